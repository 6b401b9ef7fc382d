/**
 * @module
 * Parses a YAQL expression by precedence climbing (`reference/yaql.md` §3).
 */
import { GrammarError } from '../errors.ts'
import { DEFAULT_LIMITS, type Limits } from '../limits.ts'
import type { Argument, CallNode, Node } from './ast.ts'
import { type Token, tokenize } from './lexer.ts'

/** Binding strength of the infix operators; a greater one binds tighter. */
const INFIX: Record<string, number> = {
  '->': 1,
  or: 2,
  and: 3,
  '>': 5,
  '<': 5,
  '>=': 5,
  '<=': 5,
  '!=': 5,
  '=': 5,
  in: 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  mod: 7,
  '=~': 8,
  '!~': 8,
  '[': 10,
  '.': 11,
  '?.': 11,
}
const PREFIX: Record<string, number> = { not: 4, '+': 9, '-': 9 }
const CONSTANTS: Record<string, null | boolean> = { null: null, true: true, false: false }
const OPERATOR_WORDS: ReadonlySet<string> = new Set(['mod', 'in', 'not', 'and', 'or'])
const NAMES: Record<string, string> = { '=': '*equal', '!=': '*not_equal' }

/** @throws {GrammarError} If it is not an expression, or exceeds a limit. */
export function parse(source: string, limits: Limits = DEFAULT_LIMITS): Node {
  if (source.length > limits.length) {
    throw new GrammarError(`The expression is longer than ${limits.length} characters`)
  }
  return new Parser(source, limits.depth).parse()
}

interface Place {
  readonly position: number
  readonly offset: number
}

function placeOf({ position, offset }: Token): Place {
  return { position, offset }
}

class Parser {
  readonly #source: string
  readonly #tokens: readonly Token[]
  readonly #maxDepth: number
  readonly #heights = new WeakMap<Argument, number>()
  #index = 0
  #depth = 0

  constructor(source: string, maxDepth: number) {
    this.#source = source
    this.#tokens = tokenize(source)
    this.#maxDepth = maxDepth
  }

  parse(): Node {
    const node = this.#expression(0)
    if (this.#token.type !== 'end') this.#unexpected()
    return node
  }

  get #token(): Token {
    const token = this.#tokens[this.#index]
    if (!token) throw new RangeError('Read past the end of the tokens')
    return token
  }

  #take(): Token {
    const token = this.#token
    this.#index += 1
    return token
  }

  #unexpected(): never {
    const { type, text, position, offset } = this.#token
    const at = { start: offset, end: offset + text.length }
    if (type === 'end') {
      throw new GrammarError('Parse error: unexpected end of statement', { at })
    }
    throw new GrammarError(
      `Parse error: unexpected '${text}' at position ${position} of expression '${this.#source}'`,
      { at },
    )
  }

  #tooDeep(): never {
    throw new GrammarError(`The expression is nested more than ${this.#maxDepth} levels deep`)
  }

  /** What an operator token is to {@link INFIX} and {@link PREFIX}; '' if it is none. */
  #operator(): string {
    const { type, text } = this.#token
    return type === 'operator' || (type === 'word' && OPERATOR_WORDS.has(text)) ? text : ''
  }

  #is(text: string): boolean {
    return this.#token.type === 'operator' && this.#token.text === text
  }

  #expect(text: string): void {
    if (!this.#is(text)) this.#unexpected()
    this.#index += 1
  }

  /** An operand and all operators that bind tighter than `floor`. */
  #expression(floor: number): Node {
    if (++this.#depth > this.#maxDepth) this.#tooDeep()
    let left = this.#operand()
    for (;;) {
      const operator = this.#operator()
      const strength = INFIX[operator]
      if (strength === undefined || strength <= floor) break
      const at = placeOf(this.#take())
      if (operator === '[') {
        left = this.#call('#indexer', 'index', at, [left, ...this.#arguments(']')])
        continue
      }
      const right = this.#expression(operator === '->' ? strength - 1 : strength)
      const name = NAMES[operator] ?? `#operator_${operator}`
      left = this.#call(name, 'binary', at, [left, right])
    }
    this.#depth -= 1
    return left
  }

  #operand(): Node {
    const operator = this.#operator()
    const strength = PREFIX[operator]
    const token = this.#take()
    const at = placeOf(token)
    if (strength !== undefined) {
      const operand = this.#expression(strength - 1)
      return this.#call(`#unary_operator_${operator}`, 'unary', at, [operand])
    }
    switch (token.type) {
      case 'variable':
        return { type: 'variable', name: token.text, ...at }
      case 'number':
      case 'string':
        return { type: 'constant', value: token.value, ...at }
      case 'function':
        return this.#call(token.text, 'function', at, this.#arguments(')'))
      case 'word': {
        const constant = Object.hasOwn(CONSTANTS, token.text) ? CONSTANTS[token.text] : undefined
        if (constant !== undefined) return { type: 'constant', value: constant, ...at }
        if (operator === '') return { type: 'word', name: token.text, ...at }
        break
      }
      case 'operator':
        if (token.text === '(') {
          const inner = this.#expression(0)
          this.#expect(')')
          return { type: 'wrap', inner, ...at }
        }
        if (token.text === '[') return this.#call('#list', 'list', at, this.#arguments(']'))
        if (token.text === '{') return this.#call('#map', 'map', at, this.#arguments('}'))
    }
    this.#index -= 1
    return this.#unexpected()
  }

  /** Arguments and the bracket that closes them: positional ones, some left out, then pairs. */
  #arguments(close: string): Argument[] {
    const args: Argument[] = []
    if (this.#is(close)) {
      this.#index += 1
      return args
    }
    let named = false
    for (;;) {
      if (!named && this.#is(',')) {
        args.push({ type: 'skipped', ...placeOf(this.#take()) })
        if (this.#is(close)) this.#unexpected()
        continue
      }
      const at = placeOf(this.#token)
      const node = this.#expression(0)
      if (this.#is('=>')) {
        if (args.length > 0 && args.every((arg) => arg.type === 'skipped')) this.#unexpected()
        this.#index += 1
        args.push({ type: 'pair', key: node, value: this.#expression(0), ...at })
        named = true
      } else if (named) this.#unexpected()
      else args.push(node)
      if (this.#is(close)) {
        this.#index += 1
        return args
      }
      this.#expect(',')
    }
  }

  /** Makes a call node, unless the tree grows too high: long chains nest to the left. */
  #call(
    name: string,
    style: CallNode['style'],
    at: Place,
    args: readonly Argument[],
  ): CallNode {
    const node: CallNode = { type: 'call', name, style, ...at, args }
    const height = 1 + Math.max(0, ...args.map((arg) => this.#height(arg)))
    if (height > this.#maxDepth) this.#tooDeep()
    this.#heights.set(node, height)
    return node
  }

  #height(node: Argument): number {
    switch (node.type) {
      case 'call':
        return this.#heights.get(node) ?? 0
      case 'wrap':
        return this.#height(node.inner)
      case 'pair':
        return Math.max(this.#height(node.key), this.#height(node.value))
      default:
        return 0
    }
  }
}
