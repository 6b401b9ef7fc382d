/**
 * @module
 * The words of a template, as the parser meets them.
 */
import { Fault } from '../fault.ts'
import type { Span } from '../place.ts'

export type TokenType =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'eof'
  | OperatorName

/** What each operator is called in error messages and in the grammar. */
export const operatorNames = {
  '+': 'add',
  '-': 'sub',
  '/': 'div',
  '//': 'floordiv',
  '*': 'mul',
  '%': 'mod',
  '**': 'pow',
  '~': 'tilde',
  '[': 'lbracket',
  ']': 'rbracket',
  '(': 'lparen',
  ')': 'rparen',
  '{': 'lbrace',
  '}': 'rbrace',
  '==': 'eq',
  '!=': 'ne',
  '>': 'gt',
  '>=': 'gteq',
  '<': 'lt',
  '<=': 'lteq',
  '=': 'assign',
  '.': 'dot',
  ':': 'colon',
  '|': 'pipe',
  ',': 'comma',
  ';': 'semicolon',
} as const

export type Operator = keyof typeof operatorNames
export type OperatorName = typeof operatorNames[Operator]

const operatorOf = new Map<string, string>(
  Object.entries(operatorNames).map(([operator, name]) => [name, operator]),
)

export interface Token {
  readonly type: TokenType
  /** The text, unescaped for strings; digits without underscores for numbers. */
  readonly value: string
  readonly line: number
  /** Where it stands in the source. */
  readonly at: Span
}

/** How a token type is called in a message. */
function describeType(type: string): string {
  const described: Record<string, string> = {
    block_begin: 'begin of statement block',
    block_end: 'end of statement block',
    variable_begin: 'begin of print statement',
    variable_end: 'end of print statement',
    data: 'template data / text',
    eof: 'end of template',
  }
  return operatorOf.get(type) ?? described[type] ?? type
}

export function describeToken(token: Token): string {
  return token.type === 'name' ? token.value : describeType(token.type)
}

/** Tokens one at a time, with as much look-ahead as the grammar needs. */
export class TokenStream {
  readonly #source: Iterator<Token>
  readonly #ahead: Token[] = []
  #current: Token

  constructor(source: Iterable<Token>) {
    this.#source = source[Symbol.iterator]()
    this.#current = this.#pull({ line: 1, at: { start: 0, end: 0 } })
  }

  #pull({ line, at }: Pick<Token, 'line' | 'at'>): Token {
    const next = this.#source.next()
    if (!next.done) return next.value
    return { type: 'eof', value: '', line, at: { start: at.end, end: at.end } }
  }

  get current(): Token {
    return this.#current
  }

  get ended(): boolean {
    return this.#current.type === 'eof'
  }

  /** The token after the current one. */
  look(): Token {
    if (this.#ahead.length === 0) this.#ahead.push(this.#pull(this.#current))
    return this.#ahead[0] as Token
  }

  /** Moves on and returns the token that was current. */
  next(): Token {
    const token = this.#current
    if (token.type !== 'eof') this.#current = this.#ahead.shift() ?? this.#pull(token)
    return token
  }

  is(type: TokenType): boolean {
    return this.#current.type === type
  }

  isName(...names: readonly string[]): boolean {
    return this.#current.type === 'name' && names.includes(this.#current.value)
  }

  skipIf(type: TokenType): boolean {
    if (!this.is(type)) return false
    this.next()
    return true
  }

  skipName(name: string): boolean {
    if (!this.isName(name)) return false
    this.next()
    return true
  }

  expect(type: TokenType): Token {
    if (this.is(type)) return this.next()
    throw this.#unexpected(describeType(type))
  }

  expectName(name: string): Token {
    if (this.isName(name)) return this.next()
    throw this.#unexpected(name)
  }

  #unexpected(expected: string): Fault {
    const { at } = this.#current
    if (this.ended) {
      return new Fault('syntax', `unexpected end of template, expected '${expected}'.`, { at })
    }
    const found = describeToken(this.#current)
    return new Fault('syntax', `expected token '${expected}', got '${found}'`, { at })
  }
}
