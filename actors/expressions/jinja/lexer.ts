/**
 * @module
 * Cuts a template into tokens, with the blanks around its tags already trimmed.
 */
import { Fault } from '../fault.ts'
import type { Span } from '../place.ts'
import { unescapeString } from './string-literal.ts'
import { type Operator, operatorNames, type Token } from './tokens.ts'

/** Where the lexer stands: in text, in `{{ }}` or in `{% %}`. */
export type LexerState = 'root' | 'variable' | 'block'

const blank =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const pattern = (source: string) => new RegExp(source, 'syu')

const rawBegin = `\\{%(?<rawSign>[-+]?)${blank}*raw${blank}*(?:-%\\}${blank}*|%\\})`
const rootTag = pattern(
  `(?<text>.*?)(?:(?<raw>${rawBegin})|(?<tag>\\{\\{|\\{%|\\{#)(?<sign>[-+]?))`,
)
const commentRest = pattern(`.*?(?:\\+#\\}|-#\\}${blank}*|#\\}\\n?)`)
const rawRest = pattern(
  `(?<text>.*?)\\{%(?<sign>[-+]?)${blank}*endraw${blank}*(?:\\+%\\}|-%\\}${blank}*|%\\}\\n?)`,
)
const variableEnd = pattern(`-\\}\\}${blank}*|\\}\\}`)
const blockEnd = pattern(`\\+%\\}|-%\\}${blank}*|%\\}\\n?`)

const whitespace = pattern(`${blank}+`)
const floatNumber = pattern(
  '(?<!\\.)(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)',
)
const integerNumber = pattern(
  '0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\\da-fA-F])+|[1-9](?:_?\\p{Nd})*|0(?:_?0)*',
)
const word = pattern('[\\p{L}\\p{N}\\p{M}_·\\u0387\\u203f\\u2040\\u2054\\u1369-\\u1371]+')
const identifier = /^[_\p{XID_Start}]\p{XID_Continue}*$/u
const text = pattern(`'[^'\\\\]*(?:\\\\.[^'\\\\]*)*'|"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"`)
const operator = pattern('//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}><=.:|,;]')

const oneBlank = new RegExp(blank)
const onlyBlanks = new RegExp(`^${blank}+$`)

const closing: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' }

/**
 * The tokens of a source, or of the inside of one `{{ }}` for state `variable`.
 *
 * @param offset Where the source begins in the text that places are told of.
 */
export function tokenize(
  source: string,
  state: LexerState = 'root',
  offset = 0,
): Iterable<Token> {
  return new Lexer(withoutLastNewline(normalizeNewlines(source)), state, offset).tokens()
}

/** Line ends as the lexer counts them, for places in its tokens. */
export function normalizeNewlines(source: string): string {
  return source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source
}

function withoutLastNewline(source: string): string {
  return source.endsWith('\n') ? source.slice(0, -1) : source
}

class Lexer {
  readonly #source: string
  readonly #offset: number
  #position = 0
  #line = 1
  #state: LexerState
  /** Closing brackets still owed; no tag ends inside them. */
  readonly #brackets: string[] = []
  /** Whether what was read last ended a line, so that blanks may be stripped before a tag. */
  #lineStarting = true

  constructor(source: string, state: LexerState, offset: number) {
    this.#source = source
    this.#offset = offset
    this.#state = state
  }

  *tokens(): Generator<Token> {
    while (this.#position < this.#source.length) {
      if (this.#state === 'root') yield* this.#root()
      else yield* this.#inside(this.#state)
    }
  }

  /** Text up to the next tag, and the tag's beginning. */
  *#root(): Generator<Token> {
    const match = this.#take(rootTag)
    if (match === null) {
      yield this.#token('data', this.#source.slice(this.#position))
      this.#position = this.#source.length
      return
    }
    const { text = '', tag, sign, raw, rawSign } = match.groups ?? {}
    const stripped = this.#stripBefore(text, sign ?? rawSign ?? '', tag === '{{')
    if (stripped !== '') yield this.#token('data', stripped)
    this.#advance(match[0])
    if (raw !== undefined) yield* this.#raw()
    else if (tag === '{#') this.#comment()
    else {
      this.#state = tag === '{{' ? 'variable' : 'block'
      yield this.#token(tag === '{{' ? 'variable_begin' : 'block_begin', '', 0)
    }
  }

  *#raw(): Generator<Token> {
    const match = this.#take(rawRest)
    if (match === null) this.#unended('Missing end of raw directive')
    const { text = '', sign = '' } = match?.groups ?? {}
    const stripped = this.#stripBefore(text, sign, false)
    if (stripped !== '') yield this.#token('data', stripped)
    this.#advance(match?.[0] ?? '')
  }

  #comment(): void {
    const match = this.#take(commentRest)
    if (match === null) this.#unended('Missing end of comment tag')
    this.#advance(match?.[0] ?? '')
  }

  /** A comment or raw section that begins at the very end simply has nothing in it. */
  #unended(message: string): void {
    if (this.#position < this.#source.length) {
      throw new Fault('syntax', message, { at: this.#span(1) })
    }
  }

  #stripBefore(text: string, sign: string, isVariable: boolean): string {
    if (sign === '-') return withoutTrailingBlanks(text)
    if (sign === '+' || isVariable) return text
    const lineStart = text.lastIndexOf('\n') + 1
    if (lineStart === 0 && !this.#lineStarting) return text
    return onlyBlanks.test(text.slice(lineStart)) ? text.slice(0, lineStart) : text
  }

  *#inside(state: 'variable' | 'block'): Generator<Token> {
    if (this.#brackets.length === 0) {
      const end = this.#take(state === 'variable' ? variableEnd : blockEnd)
      if (end) {
        yield this.#token(state === 'variable' ? 'variable_end' : 'block_end', '')
        this.#advance(end[0])
        this.#state = 'root'
        return
      }
    }
    const blanks = this.#take(whitespace)
    if (blanks) return this.#advance(blanks[0])
    yield this.#word()
  }

  #word(): Token {
    const float = this.#take(floatNumber)
    if (float) return this.#taken('float', float[0], float[0].replaceAll('_', ''))
    const integer = this.#take(integerNumber)
    if (integer) return this.#taken('integer', integer[0], integer[0].replaceAll('_', ''))
    const name = this.#take(word)
    if (name) {
      if (!identifier.test(name[0])) {
        const at = this.#span(name[0].length)
        throw new Fault('syntax', 'Invalid character in identifier', { at })
      }
      return this.#taken('name', name[0], name[0])
    }
    const quoted = this.#take(text)
    if (quoted) return this.#taken('string', quoted[0], unescapeString(quoted[0].slice(1, -1)))
    const symbol = this.#take(operator)?.[0] as Operator | undefined
    if (symbol === undefined) throw this.#unexpectedCharacter()
    this.#balance(symbol)
    return this.#taken(operatorNames[symbol], symbol, symbol)
  }

  #balance(symbol: Operator): void {
    const close = closing[symbol]
    if (close !== undefined) this.#brackets.push(close)
    if (symbol !== '}' && symbol !== ')' && symbol !== ']') return
    const expected = this.#brackets.pop()
    const at = this.#span(1)
    if (expected === undefined) throw new Fault('syntax', `unexpected '${symbol}'`, { at })
    if (expected !== symbol) {
      throw new Fault('syntax', `unexpected '${symbol}', expected '${expected}'`, { at })
    }
  }

  #unexpectedCharacter(): Fault {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#position) as number)
    const quoted = character === "'" ? `"'"` : `'${character === '\\' ? '\\\\' : character}'`
    const offset = Array.from(this.#source.slice(0, this.#position)).length
    const at = this.#span(character.length)
    return new Fault('syntax', `unexpected char ${quoted} at ${offset}`, { at })
  }

  /** Matches at the position, without moving. */
  #take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#position
    return expression.exec(this.#source)
  }

  #span(length: number): Span {
    const start = this.#offset + this.#position
    return { start, end: start + length }
  }

  #token(type: Token['type'], value: string, length = value.length): Token {
    return { type, value, line: this.#line, at: this.#span(length) }
  }

  #taken(type: Token['type'], source: string, value: string): Token {
    const token = this.#token(type, value, source.length)
    this.#advance(source)
    return token
  }

  #advance(source: string): void {
    this.#position += source.length
    this.#lineStarting = source.endsWith('\n')
    for (let i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) this.#line++
  }
}

function withoutTrailingBlanks(text: string): string {
  let end = text.length
  while (end > 0 && oneBlank.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
