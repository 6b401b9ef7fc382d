/**
 * @module
 * The grammar of expressions, loosest operator first (`reference/jinja.md` §3).
 */
import type {
  Arguments,
  Binary,
  BinaryOperator,
  ComparisonOperator,
  Expression,
  Slice,
  Target,
} from './ast.ts'
import { Fault } from '../fault.ts'
import { describeToken, type Token, type TokenStream, type TokenType } from './tokens.ts'

const comparisons = new Map<TokenType, ComparisonOperator>([
  ['eq', '=='],
  ['ne', '!='],
  ['lt', '<'],
  ['lteq', '<='],
  ['gt', '>'],
  ['gteq', '>='],
])
const sums = new Map<TokenType, BinaryOperator>([['add', '+'], ['sub', '-']])
const products = new Map<TokenType, BinaryOperator>([
  ['mul', '*'],
  ['div', '/'],
  ['floordiv', '//'],
  ['mod', '%'],
])
const powers = new Map<TokenType, BinaryOperator>([['pow', '**']])
const constants = new Map<string, Expression>([
  ['true', { type: 'constant', kind: 'boolean', value: true }],
  ['True', { type: 'constant', kind: 'boolean', value: true }],
  ['false', { type: 'constant', kind: 'boolean', value: false }],
  ['False', { type: 'constant', kind: 'boolean', value: false }],
  ['none', { type: 'constant', kind: 'none' }],
  ['None', { type: 'constant', kind: 'none' }],
])
const tupleEnds: readonly TokenType[] = ['variable_end', 'block_end', 'rparen']
const testArguments: readonly TokenType[] = [
  'name',
  'string',
  'integer',
  'float',
  'lparen',
  'lbracket',
  'lbrace',
]

/** Deeper nesting than any person writes, and far from the end of the stack. */
const maxNesting = 100

export interface TupleOptions {
  /** Only names and literals, as in an assignment's target. */
  readonly simplified?: boolean
  readonly withConditional?: boolean
  /** In parentheses, so that nothing at all is the empty tuple. */
  readonly parenthesized?: boolean
  readonly withNamespace?: boolean
}

export class ExpressionParser {
  protected readonly stream: TokenStream
  #nesting = 0

  constructor(stream: TokenStream) {
    this.stream = stream
  }

  protected fail(message: string): never {
    throw new Fault('syntax', message, { at: this.stream.current.at })
  }

  /** One whole expression with nothing after it. */
  wholeExpression(): Expression {
    const expression = this.expression()
    if (!this.stream.ended) this.fail('chunk after expression')
    return expression
  }

  expression(withConditional = true): Expression {
    return this.nested(() => withConditional ? this.#conditional() : this.#or())
  }

  /** Guards the stack: whatever recurses goes through here. */
  protected nested<T>(parse: () => T): T {
    if (++this.#nesting > maxNesting) this.fail('too many nested expressions')
    try {
      return parse()
    } finally {
      this.#nesting--
    }
  }

  #conditional(): Expression {
    let result = this.#or()
    let { line } = this.stream.current
    while (this.stream.skipName('if')) {
      const test = this.#or()
      const otherwise = this.stream.skipName('else') ? this.nested(() => this.#conditional()) : null
      result = { type: 'conditional', test, then: result, otherwise, line }
      line = this.stream.current.line
    }
    return result
  }

  #or(): Expression {
    let left = this.#and()
    while (this.stream.skipName('or')) {
      left = { type: 'logical', operator: 'or', left, right: this.#and() }
    }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.stream.skipName('and')) {
      left = { type: 'logical', operator: 'and', left, right: this.#not() }
    }
    return left
  }

  #not(): Expression {
    const { at } = this.stream.current
    if (!this.stream.skipName('not')) return this.#comparison()
    return { type: 'unary', operator: 'not', operand: this.nested(() => this.#not()), at }
  }

  #comparison(): Expression {
    const first = this.#sum()
    const { at } = this.stream.current
    const rest: { operator: ComparisonOperator; operand: Expression }[] = []
    for (
      let operator = this.#comparisonOperator();
      operator;
      operator = this.#comparisonOperator()
    ) {
      rest.push({ operator, operand: this.#sum() })
    }
    return rest.length === 0 ? first : { type: 'comparison', first, rest, at }
  }

  #comparisonOperator(): ComparisonOperator | null {
    const operator = comparisons.get(this.stream.current.type)
    if (operator) {
      this.stream.next()
      return operator
    }
    if (this.stream.skipName('in')) return 'in'
    if (!this.stream.isName('not')) return null
    const ahead = this.stream.look()
    if (ahead.type !== 'name' || ahead.value !== 'in') return null
    this.stream.next()
    this.stream.next()
    return 'not in'
  }

  #sum(): Expression {
    return this.#leftAssociative(sums, () => this.#concatenation())
  }

  #concatenation(): Expression {
    const first = this.#product()
    if (!this.stream.is('tilde')) return first
    const parts = [first]
    while (this.stream.skipIf('tilde')) parts.push(this.#product())
    return { type: 'concatenation', parts }
  }

  #product(): Expression {
    return this.#leftAssociative(products, () => this.#power())
  }

  #power(): Expression {
    return this.#leftAssociative(powers, () => this.#unary())
  }

  #leftAssociative(
    operators: ReadonlyMap<TokenType, BinaryOperator>,
    operand: () => Expression,
  ): Expression {
    let left = operand()
    let operator = operators.get(this.stream.current.type)
    while (operator) {
      const { at } = this.stream.next()
      const node: Binary = { type: 'binary', operator, left, right: operand(), at }
      left = node
      operator = operators.get(this.stream.current.type)
    }
    return left
  }

  #unary(withFilter = true): Expression {
    const operator = this.stream.is('sub') ? '-' : this.stream.is('add') ? '+' : null
    const { at } = this.stream.current
    if (operator) this.stream.next()
    const node: Expression = operator
      ? { type: 'unary', operator, operand: this.nested(() => this.#unary(false)), at }
      : this.#primary()
    const whole = this.#postfix(node)
    return withFilter ? this.#filters(whole) : whole
  }

  #primary(withNamespace = false): Expression {
    const token = this.stream.current
    switch (token.type) {
      case 'name':
        this.stream.next()
        return this.#named(token, withNamespace)
      case 'string': {
        let value = ''
        while (this.stream.is('string')) value += this.stream.next().value
        return { type: 'constant', kind: 'string', value }
      }
      case 'integer':
      case 'float':
        this.stream.next()
        return { type: 'constant', kind: token.type, digits: token.value }
      case 'lparen': {
        this.stream.next()
        const node = this.tuple({ parenthesized: true })
        this.stream.expect('rparen')
        return node
      }
      case 'lbracket':
        return this.#list()
      case 'lbrace':
        return this.#dictionary()
      default:
        return this.fail(`unexpected '${describeToken(token)}'`)
    }
  }

  #named({ value: name, at }: Token, withNamespace: boolean): Expression {
    const constant = constants.get(name)
    if (constant) return constant
    if (!withNamespace || !this.stream.skipIf('dot')) return { type: 'name', name, at }
    return { type: 'namespaceReference', name, attribute: this.stream.expect('name').value }
  }

  /** One expression, or a tuple of them if there is a comma. */
  tuple(options: TupleOptions = {}): Expression {
    const items: Expression[] = []
    let isTuple = false
    while (true) {
      if (items.length > 0) this.stream.expect('comma')
      if (tupleEnds.includes(this.stream.current.type)) break
      items.push(
        options.simplified
          ? this.nested(() => this.#primary(options.withNamespace))
          : this.expression(options.withConditional ?? true),
      )
      if (!this.stream.is('comma')) break
      isTuple = true
    }
    const [only] = items
    if (!isTuple && only) return only
    if (!isTuple && !options.parenthesized) {
      this.fail(`Expected an expression, got '${describeToken(this.stream.current)}'`)
    }
    return { type: 'tuple', items }
  }

  /** What may stand on the left of an assignment. */
  assignmentTarget(options: { withNamespace?: boolean } = {}): Target {
    return this.#assignable(this.tuple({ ...options, simplified: true }))
  }

  nameTarget(): string {
    const { value } = this.stream.expect('name')
    if (constants.has(value)) this.fail(`can't assign to 'name'`)
    return value
  }

  #assignable(node: Expression): Target {
    if (node.type === 'name' || node.type === 'namespaceReference') return node
    if (node.type !== 'tuple') this.fail(`can't assign to '${nodeName(node)}'`)
    if (!node.items.every(isAssignable)) this.fail(`can't assign to 'tuple'`)
    return { type: 'tuple', items: node.items.map((item) => this.#assignable(item)) }
  }

  #list(): Expression {
    this.stream.expect('lbracket')
    const items: Expression[] = []
    while (!this.stream.is('rbracket')) {
      if (items.length > 0) this.stream.expect('comma')
      if (this.stream.is('rbracket')) break
      items.push(this.expression())
    }
    this.stream.expect('rbracket')
    return { type: 'list', items }
  }

  #dictionary(): Expression {
    this.stream.expect('lbrace')
    const entries: { key: Expression; value: Expression }[] = []
    while (!this.stream.is('rbrace')) {
      if (entries.length > 0) this.stream.expect('comma')
      if (this.stream.is('rbrace')) break
      const key = this.expression()
      this.stream.expect('colon')
      entries.push({ key, value: this.expression() })
    }
    this.stream.expect('rbrace')
    return { type: 'dictionary', entries }
  }

  #postfix(start: Expression): Expression {
    let node = start
    while (true) {
      if (this.stream.is('dot')) node = this.#dotted(node)
      else if (this.stream.is('lbracket')) node = this.#subscript(node)
      else if (this.stream.is('lparen')) node = this.#call(node)
      else return node
    }
  }

  #filters(start: Expression): Expression {
    let node = start
    while (true) {
      if (this.stream.is('pipe')) node = this.filter(node)
      else if (this.stream.isName('is')) node = this.#test(node)
      else if (this.stream.is('lparen')) node = this.#call(node)
      else return node
    }
  }

  #dotted(object: Expression): Expression {
    this.stream.expect('dot')
    const token = this.stream.next()
    const { at } = token
    if (token.type === 'name') return { type: 'attribute', object, name: token.value, at }
    if (token.type !== 'integer') this.fail('expected name or number')
    const key: Expression = { type: 'constant', kind: 'integer', digits: token.value }
    return { type: 'item', object, key, at }
  }

  #subscript(object: Expression): Expression {
    const { start } = this.stream.expect('lbracket').at
    const keys: (Expression | Slice)[] = []
    while (!this.stream.is('rbracket')) {
      if (keys.length > 0) this.stream.expect('comma')
      keys.push(this.#subscripted())
    }
    const { end } = this.stream.expect('rbracket').at
    const [only] = keys
    const key: Expression = keys.length === 1 && only ? only : { type: 'tuple', items: keys }
    return { type: 'item', object, key, at: { start, end } }
  }

  #subscripted(): Expression | Slice {
    let start: Expression | null = null
    if (!this.stream.is('colon')) {
      start = this.expression()
      if (!this.stream.is('colon')) return start
    }
    this.stream.expect('colon')
    const stop = this.stream.is('colon') ? null : this.#bound()
    const step = this.stream.skipIf('colon') ? this.#bound() : null
    return { type: 'slice', start, stop, step }
  }

  #bound(): Expression | null {
    return this.stream.is('rbracket') || this.stream.is('comma') ? null : this.expression()
  }

  #call(callee: Expression): Expression {
    const at = 'at' in callee && callee.at ? callee.at : this.stream.current.at
    return { type: 'call', callee, args: this.#arguments(), at }
  }

  #arguments(): Arguments {
    const positional: Expression[] = []
    const keywords: { name: string; value: Expression }[] = []
    let spread: Expression | null = null
    let spreadKeywords: Expression | null = null
    const ensure = (allowed: boolean) => {
      if (!allowed) this.fail('invalid syntax for function call expression')
    }
    this.stream.expect('lparen')
    for (let first = true; !this.stream.is('rparen'); first = false) {
      if (!first) {
        this.stream.expect('comma')
        if (this.stream.is('rparen')) break
      }
      if (this.stream.is('mul')) {
        ensure(spread === null && spreadKeywords === null)
        this.stream.next()
        spread = this.expression()
      } else if (this.stream.is('pow')) {
        ensure(spreadKeywords === null)
        this.stream.next()
        spreadKeywords = this.expression()
      } else if (this.stream.is('name') && this.stream.look().type === 'assign') {
        ensure(spreadKeywords === null)
        const name = this.stream.next().value
        this.stream.next()
        keywords.push({ name, value: this.expression() })
      } else {
        ensure(spread === null && spreadKeywords === null && keywords.length === 0)
        positional.push(this.expression())
      }
    }
    this.stream.expect('rparen')
    return { positional, keywords, spread, spreadKeywords }
  }

  /** `|name(args)` as often as it stands there; the first bar is already read if `inline`. */
  filter(target: Expression): Expression
  filter(target: Expression | null, inline?: boolean): Expression | null
  filter(target: Expression | null, inline = false): Expression | null {
    let node = target
    let started = inline
    while (started || this.stream.skipIf('pipe')) {
      started = false
      const { at } = this.stream.current
      node = {
        type: 'filter',
        target: node,
        name: this.#dottedName(),
        args: this.#optionalArguments(),
        at,
      }
    }
    return node
  }

  #dottedName(): string {
    let name = this.stream.expect('name').value
    while (this.stream.skipIf('dot')) name += `.${this.stream.expect('name').value}`
    return name
  }

  #optionalArguments(): Arguments {
    return this.stream.is('lparen') ? this.#arguments() : noArguments
  }

  #test(target: Expression): Expression {
    this.stream.expectName('is')
    const negated = this.stream.skipName('not')
    const { at } = this.stream.current
    const test: Expression = {
      type: 'test',
      target,
      name: this.#dottedName(),
      args: this.#testArguments(),
      at,
    }
    return negated ? { type: 'unary', operator: 'not', operand: test } : test
  }

  #testArguments(): Arguments {
    if (this.stream.is('lparen')) return this.#arguments()
    if (!testArguments.includes(this.stream.current.type)) return noArguments
    if (this.stream.isName('else', 'or', 'and')) return noArguments
    if (this.stream.isName('is')) this.fail('You cannot chain multiple tests with is')
    return { ...noArguments, positional: [this.nested(() => this.#postfix(this.#primary()))] }
  }
}

const noArguments: Arguments = { positional: [], keywords: [], spread: null, spreadKeywords: null }

function isAssignable(node: Expression): boolean {
  if (node.type === 'tuple') return node.items.every(isAssignable)
  return node.type === 'name' || node.type === 'namespaceReference'
}

function nodeName(node: Expression): string {
  if (node.type === 'constant') return 'const'
  return node.type === 'dictionary' ? 'dict' : node.type
}
