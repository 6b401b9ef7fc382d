/**
 * @module
 * Values spread over lines of 80 characters with their keys sorted, as Python's `pprint` does.
 */
import { Fault } from '../fault.ts'
import { charge } from '../values/effort.ts'
import { type Datum, isSequence, itemsOf, Tuple } from '../values/kinds.ts'
import { type AnyMapping, mapEntries } from '../values/mapping.ts'
import { ValueSet } from '../values/sets.ts'
import { codePointLength, splitLines } from '../values/strings.ts'
import { reprString } from '../values/repr-string.ts'
import { compare, isDict, repr, typeName } from './protocol.ts'
import type { Run } from './run.ts'

const lineWidth = 80
const maxDepth = 100

export function prettyPrint(run: Run, value: Datum): string {
  return new PrettyPrinter(run).format(value, 0, 0, 0)
}

class PrettyPrinter {
  readonly #run: Run

  constructor(run: Run) {
    this.#run = run
  }

  /** @param allowance What has to fit on the last line behind the value. */
  format(value: Datum, indent: number, allowance: number, level: number): string {
    if (level > maxDepth) throw new Fault('recursion', 'maximum recursion depth exceeded')
    this.#run.step()
    const text = this.#onOneLine(value, level)
    if (codePointLength(text) <= lineWidth - indent - allowance) return text
    if (typeof value === 'string') return this.#text(value, indent, allowance, level + 1)
    if (value instanceof ValueSet) return this.#set(value, text, indent, allowance, level + 1)
    if (isSequence(value)) return this.#sequence(value, indent, allowance, level + 1)
    return isDict(value) ? this.#mapping(value, indent, allowance, level + 1) : text
  }

  #onOneLine(value: Datum, level: number): string {
    if (level > maxDepth) throw new Fault('recursion', 'maximum recursion depth exceeded')
    this.#run.step()
    this.#run.read(value)
    if (isSequence(value)) {
      const items = itemsOf(value).map((item) => this.#onOneLine(item, level + 1))
      if (!(value instanceof Tuple)) return `[${items.join(', ')}]`
      return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
    }
    if (!isDict(value)) return repr(value)
    const entries = sortedEntries(value).map(([key, item]) =>
      `${this.#onOneLine(key, level + 1)}: ${this.#onOneLine(item, level + 1)}`
    )
    return `{${entries.join(', ')}}`
  }

  #sequence(
    value: Parameters<typeof itemsOf>[0],
    indent: number,
    allowance: number,
    level: number,
  ) {
    const items = itemsOf(value)
    const tuple = value instanceof Tuple
    const close = tuple ? (items.length === 1 ? ',)' : ')') : ']'
    return (tuple ? '(' : '[') + this.#items(items, indent, allowance + close.length, level) + close
  }

  #set(value: ValueSet, text: string, indent: number, allowance: number, level: number): string {
    if (value.size === 0) return text
    const [open, close] = value.frozen ? ['frozenset({', '})'] : ['{', '}']
    const members = [...value].sort(safeOrder)
    return open +
      this.#items(members, indent + open.length - 1, allowance + close.length, level) + close
  }

  #items(items: readonly Datum[], indent: number, allowance: number, level: number): string {
    const inner = indent + 1
    return items.map((item, index) =>
      this.format(item, inner, index === items.length - 1 ? allowance : 1, level)
    ).join(`,\n${' '.repeat(inner)}`)
  }

  #mapping(value: AnyMapping, indent: number, allowance: number, level: number): string {
    const inner = indent + 1
    const entries = sortedEntries(value)
    const parts = entries.map(([key, item], index) => {
      const name = this.#onOneLine(key, level)
      const last = index === entries.length - 1
      const at = inner + codePointLength(name) + 2
      return `${name}: ${this.format(item, at, last ? allowance + 1 : 1, level)}`
    })
    return `{${parts.join(`,\n${' '.repeat(inner)}`)}}`
  }

  /** A long text as adjacent literals, broken at line ends and blanks. */
  #text(value: string, indent: number, allowance: number, level: number): string {
    const [at, behind] = level === 1 ? [indent + 1, allowance + 1] : [indent, allowance]
    const width = lineWidth - at
    const lines = splitLines(value, true)
    const chunks: string[] = []
    lines.forEach((line, index) => {
      const last = index === lines.length - 1
      const whole = reprString(line)
      if (codePointLength(whole) <= (last ? width - behind : width)) chunks.push(whole)
      else chunks.push(...broken(line, width, last ? behind : 0))
    })
    if (chunks.length === 1) return reprString(lines.at(-1) ?? '')
    const body = chunks.join(`\n${' '.repeat(at)}`)
    return level === 1 ? `(${body})` : body
  }
}

function broken(line: string, width: number, allowance: number): string[] {
  const parts = line.match(/\S*\s*/gu)?.filter((part) => part !== '') ?? []
  const chunks: string[] = []
  let current = ''
  parts.forEach((part, index) => {
    const room = index === parts.length - 1 ? width - allowance : width
    if (codePointLength(reprString(current + part)) <= room) current += part
    else {
      if (current !== '') chunks.push(reprString(current))
      current = part
    }
  })
  if (current !== '') chunks.push(reprString(current))
  return chunks
}

function sortedEntries(value: AnyMapping): [Datum, Datum][] {
  return [...mapEntries(value)].sort(([left], [right]) => safeOrder(left, right))
}

/** Keys that have no order among themselves are ordered by kind. */
function safeOrder(left: Datum, right: Datum): number {
  try {
    return compare('<', left, right) ? -1 : compare('<', right, left) ? 1 : 0
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'type') throw error
    charge(100)
    const [a, b] = [`<class '${typeName(left)}'>`, `<class '${typeName(right)}'>`]
    return a < b ? -1 : a > b ? 1 : 0
  }
}
