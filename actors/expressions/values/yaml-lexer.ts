/**
 * @module
 * The `yaml` package's lexemes, with line breaks and indentation as YAML 1.1 and PyYAML have them.
 */
import { Lexer, type YAMLError } from 'yaml'

/** What the package's lexer keeps to itself, of which we change how deep a next line has to be. */
interface Indentation {
  /** Flow collections around the next lexeme. */
  flowLevel: number
  /** Spaces before a line that still belongs to the node. */
  indentNext: number
  parseFlowCollection(): Generator<string, unknown, unknown>
  parseQuotedScalar(): Generator<string, unknown, unknown>
}

/**
 * The lexemes of a text, each as long as what it stands for, so places stay what they are. Inside `[]`,
 * `{}` and quotes a line may begin anywhere; a lone CR and NEL end a line.
 */
export function lexemes(text: string): Generator<string, void> {
  const lexer = new Lexer()
  letLinesBeginAnywhere(lexer as unknown as Indentation)
  return lexer.lex(text.replace(/\r(?!\n)|\x85/g, '\n'))
}

function letLinesBeginAnywhere(lexer: Indentation): void {
  const { parseFlowCollection, parseQuotedScalar } = lexer
  let around: number | null = null
  lexer.parseFlowCollection = function* () {
    around ??= lexer.indentNext
    lexer.indentNext = 0
    const next = yield* parseFlowCollection.call(lexer)
    if (lexer.flowLevel === 0) {
      lexer.indentNext = around
      around = null
    }
    return next
  }
  lexer.parseQuotedScalar = function* () {
    const outside = lexer.indentNext
    lexer.indentNext = 0
    const next = yield* parseQuotedScalar.call(lexer)
    lexer.indentNext = outside
    return next
  }
}

/** Whether an error of the composer is only that nothing is between a quote or bracket and a comment. */
export function isTightComment(error: YAMLError, text: string): boolean {
  return error.code === 'MISSING_CHAR' && text[error.pos[0]] === '#'
}
