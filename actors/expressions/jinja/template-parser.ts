/**
 * @module
 * The grammar of statements, around that of expressions (`reference/jinja.md` §5).
 */
import type { Expression, Filter, Load, Parameter, Statement, Target } from './ast.ts'
import { Fault } from '../fault.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { ExpressionParser } from './expression-parser.ts'
import { tokenize } from './lexer.ts'
import { TokenStream } from './tokens.ts'

/** @throws {Fault} If the text is not a well-formed template. */
export function parseTemplate(source: string): readonly Statement[] {
  const statements = new TemplateParser(new TokenStream(tokenize(source))).template()
  checkHeight(statements)
  return statements
}

/**
 * @param offset Where the source begins in the text that places are told of.
 * @throws {Fault} If the text is not exactly one well-formed expression.
 */
export function parseExpression(source: string, offset = 0): Expression {
  const stream = new TokenStream(tokenize(source, 'variable', offset))
  const expression = new ExpressionParser(stream).wholeExpression()
  checkHeight(expression)
  return expression
}

/** Long chains nest to the left, where the parser does not recurse but all that follows does. */
function checkHeight(tree: unknown): void {
  const pending: [node: unknown, height: number][] = [[tree, 0]]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [node, height] = next
    if (typeof node !== 'object' || node === null) continue
    const inner = 'type' in node ? height + 1 : height
    if (inner > DEFAULT_LIMITS.depth) throw new Fault('syntax', 'too many nested expressions')
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'at') pending.push([child, inner])
    }
  }
}

class TemplateParser extends ExpressionParser {
  /** The tags that are open, innermost last, for messages. */
  readonly #open: string[] = []
  readonly #ends: (readonly string[])[] = []

  readonly #statements: Readonly<Record<string, () => Statement>> = {
    autoescape: () => this.#autoescape(),
    block: () => this.#block(),
    call: () => this.#callBlock(),
    extends: () => this.#load('extends'),
    filter: () => this.#filterBlock(),
    for: () => this.#for(),
    from: () => this.#load('from'),
    if: () => this.#if(),
    import: () => this.#load('import'),
    include: () => this.#load('include'),
    macro: () => this.#macro(),
    print: () => this.#print(),
    set: () => this.#set(),
    with: () => this.#with(),
  }

  template(): readonly Statement[] {
    return this.#until(null)
  }

  /** Text, prints and statements up to one of the end tags, which becomes current. */
  #until(ends: readonly string[] | null): readonly Statement[] {
    const body: Statement[] = []
    let parts: (string | Expression)[] = []
    const flush = () => {
      if (parts.length > 0) body.push({ type: 'output', parts })
      parts = []
    }
    if (ends) this.#ends.push(ends)
    while (!this.stream.ended) {
      if (this.stream.is('data')) {
        parts.push(this.stream.next().value)
      } else if (this.stream.skipIf('variable_begin')) {
        parts.push(this.tuple())
        this.stream.expect('variable_end')
      } else {
        flush()
        this.stream.expect('block_begin')
        if (ends && this.stream.isName(...ends)) break
        body.push(this.nested(() => this.#statement()))
        this.stream.expect('block_end')
      }
    }
    flush()
    if (ends) {
      if (this.stream.ended) this.#failAtTag(null)
      this.#ends.pop()
    }
    return body
  }

  #statement(): Statement {
    const token = this.stream.current
    if (token.type !== 'name') this.fail('tag name expected')
    const parse = Object.hasOwn(this.#statements, token.value)
      ? this.#statements[token.value]
      : undefined
    if (!parse) return this.#failAtTag(token.value)
    this.#open.push(token.value)
    const statement = parse()
    this.#open.pop()
    return statement
  }

  #failAtTag(tag: string | null): never {
    const message = [
      tag === null ? 'Unexpected end of template.' : `Encountered unknown tag '${tag}'.`,
    ]
    const looking = this.#ends.at(-1)?.map((name) => `'${name}'`).join(' or ')
    if (looking) {
      message.push(
        tag !== null && this.#ends.flat().includes(tag)
          ? 'You probably made a nesting mistake. Jinja is expecting this tag, but currently ' +
            `looking for ${looking}.`
          : `Jinja was looking for the following tags: ${looking}.`,
      )
    }
    const innermost = this.#open.at(-1)
    if (innermost) {
      message.push(`The innermost block that needs to be closed is '${innermost}'.`)
    }
    return this.fail(message.join(' '))
  }

  /** The body of a statement; the end tag is current afterwards. */
  #bodyTo(...ends: readonly string[]): readonly Statement[] {
    this.stream.skipIf('colon')
    this.stream.expect('block_end')
    return this.#until(ends)
  }

  /** The body of a statement with its end tag. */
  #body(end: string): readonly Statement[] {
    const body = this.#bodyTo(end)
    this.stream.next()
    return body
  }

  #for(): Statement {
    this.stream.expectName('for')
    const target = this.assignmentTarget()
    this.stream.expectName('in')
    const iterable = this.tuple({ withConditional: false })
    const test = this.stream.skipName('if') ? this.expression() : null
    const recursive = this.stream.skipName('recursive')
    const body = this.#bodyTo('endfor', 'else')
    const otherwise = this.stream.next().value === 'else' ? this.#body('endfor') : []
    return { type: 'for', target, iterable, test, recursive, body, otherwise }
  }

  #if(): Statement {
    this.stream.expectName('if')
    const branches: { test: Expression; body: readonly Statement[] }[] = []
    while (true) {
      const test = this.tuple({ withConditional: false })
      branches.push({ test, body: this.#bodyTo('elif', 'else', 'endif') })
      const { value } = this.stream.next()
      if (value === 'elif') continue
      return { type: 'if', branches, otherwise: value === 'else' ? this.#body('endif') : [] }
    }
  }

  #set(): Statement {
    this.stream.next()
    const target = this.assignmentTarget({ withNamespace: true })
    if (this.stream.skipIf('assign')) return { type: 'assign', target, value: this.tuple() }
    const filter = this.filter(null) as Filter | null
    return { type: 'assignBlock', target, filter, body: this.#body('endset') }
  }

  #with(): Statement {
    this.stream.next()
    const bindings: { target: Target; value: Expression }[] = []
    while (!this.stream.is('block_end')) {
      if (bindings.length > 0) this.stream.expect('comma')
      const target = this.assignmentTarget()
      this.stream.expect('assign')
      bindings.push({ target, value: this.expression() })
    }
    return { type: 'with', bindings, body: this.#body('endwith') }
  }

  #autoescape(): Statement {
    this.stream.next()
    return { type: 'autoescape', enabled: this.expression(), body: this.#body('endautoescape') }
  }

  #block(): Statement {
    this.stream.next()
    const name = this.stream.expect('name').value
    const scoped = this.stream.skipName('scoped')
    const required = this.stream.skipName('required')
    if (this.stream.is('sub')) {
      this.fail(
        'Block names in Jinja have to be valid Python identifiers and may not contain hyphens, ' +
          'use an underscore instead.',
      )
    }
    const body = this.#body('endblock')
    if (required && !body.every(isBlank)) {
      this.fail('Required blocks can only contain comments or whitespace')
    }
    this.stream.skipName(name)
    return { type: 'block', name, scoped, required, body }
  }

  #load(statement: Load['statement']): Statement {
    this.stream.next()
    const template = this.expression()
    if (statement === 'include' && this.stream.isName('ignore')) this.#twoWords('ignore', 'missing')
    if (statement === 'import') {
      this.stream.expectName('as')
      this.nameTarget()
    }
    if (statement === 'from') this.#importedNames()
    else if (statement !== 'extends') this.#importContext()
    return { type: 'load', statement, template }
  }

  #importContext(): boolean {
    return this.#twoWords('with', 'context') || this.#twoWords('without', 'context')
  }

  #twoWords(first: string, second: string): boolean {
    const ahead = this.stream.isName(first) ? this.stream.look() : null
    if (ahead?.type !== 'name' || ahead.value !== second) return false
    this.stream.next()
    this.stream.next()
    return true
  }

  #importedNames(): void {
    this.stream.expectName('import')
    for (let first = true;; first = false) {
      if (!first) this.stream.expect('comma')
      if (!this.stream.is('name')) this.stream.expect('name')
      if (this.#importContext()) return
      if (this.nameTarget().startsWith('_')) {
        this.fail('names starting with an underline can not be imported')
      }
      if (this.stream.skipName('as')) this.nameTarget()
      if (this.#importContext() || !this.stream.is('comma')) return
    }
  }

  #macro(): Statement {
    this.stream.next()
    const name = this.nameTarget()
    return { type: 'macro', name, parameters: this.#signature(), body: this.#body('endmacro') }
  }

  #signature(): readonly Parameter[] {
    const parameters: Parameter[] = []
    this.stream.expect('lparen')
    while (!this.stream.is('rparen')) {
      if (parameters.length > 0) this.stream.expect('comma')
      const name = this.nameTarget()
      const fallback = this.stream.skipIf('assign') ? this.expression() : null
      if (fallback === null && parameters.at(-1)?.fallback) {
        this.fail('non-default argument follows default argument')
      }
      parameters.push({ name, fallback })
    }
    this.stream.expect('rparen')
    return parameters
  }

  #callBlock(): Statement {
    this.stream.next()
    const parameters = this.stream.is('lparen') ? this.#signature() : []
    const call = this.expression()
    if (call.type !== 'call') return this.fail('expected call')
    return { type: 'callBlock', parameters, call, body: this.#body('endcall') }
  }

  #filterBlock(): Statement {
    this.stream.next()
    const filter = this.filter(null, true) as Filter
    return { type: 'filterBlock', filter, body: this.#body('endfilter') }
  }

  #print(): Statement {
    this.stream.next()
    const parts: Expression[] = []
    while (!this.stream.is('block_end')) {
      if (parts.length > 0) this.stream.expect('comma')
      parts.push(this.expression())
    }
    return { type: 'output', parts }
  }
}

function isBlank(statement: Statement): boolean {
  return statement.type === 'output' &&
    statement.parts.every((part) => typeof part === 'string' && part.trim() === '')
}
