/**
 * @module
 * The tree of a YAQL expression. Operators, literals and indexers are calls by name, as YAQL has it,
 * so that all of them are resolved in one way.
 */
import type { Float } from '../values/value.ts'
import { numberText } from '../values/numbers.ts'
import type { Span } from '../place.ts'
import { quote } from './string-literal.ts'

interface At {
  /** Code points from the start of the expression. */
  readonly position: number
  /** UTF-16 units from the start. */
  readonly offset: number
}

/** A literal. */
export interface Constant extends At {
  readonly type: 'constant'
  readonly value: null | boolean | number | bigint | Float | string
}

/** A bare word: the name of a member after a dot, elsewhere a string. */
export interface Word extends At {
  readonly type: 'word'
  readonly name: string
}

export interface Variable extends At {
  readonly type: 'variable'
  /** With its dollar. */
  readonly name: string
}

/** Parentheses, which keep `x.(y)` from being a call. */
export interface Wrap extends At {
  readonly type: 'wrap'
  readonly inner: Node
}

/** `key => value`. */
export interface PairNode extends At {
  readonly type: 'pair'
  readonly key: Node
  readonly value: Node
}

/** An argument left out. */
export interface Skipped extends At {
  readonly type: 'skipped'
}

/** A call by name; `style` tells how it was written. */
export interface CallNode extends At {
  readonly type: 'call'
  readonly name: string
  readonly style: 'function' | 'binary' | 'unary' | 'index' | 'list' | 'map'
  readonly args: readonly Argument[]
}

export type Node = Constant | Word | Variable | Wrap | CallNode
export type Argument = Node | PairNode | Skipped

/** The tree as text: every operator a call, as `reference/yaql.md` §3.3 writes it. */
export function canonical(node: Argument): string {
  switch (node.type) {
    case 'constant':
      return constantText(node, (text) => `'${text}'`, ['None', 'True', 'False'])
    case 'word':
      return `'${node.name}'`
    case 'variable':
      return node.name
    case 'wrap':
      return canonical(node.inner)
    case 'pair':
      return `${canonical(node.key)} => ${canonical(node.value)}`
    case 'skipped':
      return '<skipped>'
    case 'call':
      return `${node.name}(${node.args.map(canonical).join(', ')})`
  }
}

/** Source text that parses to the same tree. */
export function print(node: Argument): string {
  switch (node.type) {
    case 'constant':
      return constantText(node, quote, ['null', 'true', 'false'])
    case 'word':
      return node.name
    case 'variable':
      return node.name
    case 'wrap':
      return `(${print(node.inner)})`
    case 'pair':
      return `${print(node.key)} => ${print(node.value)}`
    case 'skipped':
      return ''
    case 'call':
      return printCall(node)
  }
}

function printCall(node: CallNode): string {
  const args = node.args.map(print)
  const [first = '', second = '', ...rest] = args
  switch (node.style) {
    case 'function':
      return `${node.name}(${args.join(', ')})`
    case 'list':
      return `[${args.join(', ')}]`
    case 'map':
      return `{${args.join(', ')}}`
    case 'index':
      return `${first}[${[second, ...rest].join(', ')}]`
    case 'unary':
      return `${operatorOf(node)} ${first}`
    case 'binary': {
      const operator = operatorOf(node)
      // Between digits a dot would make a float.
      const isTight = operator === '?.' || (operator === '.' && !/^\d/.test(second))
      return isTight ? `${first}${operator}${second}` : `${first} ${operator} ${second}`
    }
  }
}

/** What a call is shown by: its name, its operator, the member that it reads. */
export function spanOf(node: CallNode): Span {
  const [, right] = node.args
  const isAccess = node.name === '#operator_.' || node.name === '#operator_?.'
  if (isAccess && right?.type === 'word') {
    return { start: right.offset, end: right.offset + right.name.length }
  }
  if (isAccess && right?.type === 'call' && right.style === 'function') return spanOf(right)
  const length = node.style === 'function'
    ? node.name.length
    : node.style === 'binary' || node.style === 'unary'
    ? operatorOf(node).length
    : 1
  return { start: node.offset, end: node.offset + length }
}

const OPERATORS: Record<string, string> = { '*equal': '=', '*not_equal': '!=' }

/** The operator that a binary or unary call was written with. */
export function operatorOf(node: CallNode): string {
  return OPERATORS[node.name] ?? node.name.replace(/^#(?:unary_)?operator_/, '')
}

function constantText(
  { value }: Constant,
  text: (value: string) => string,
  [none, yes, no]: readonly [string, string, string],
): string {
  if (value === null) return none
  if (typeof value === 'boolean') return value ? yes : no
  return typeof value === 'string' ? text(value) : numberText(value)
}
