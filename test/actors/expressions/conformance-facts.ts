/**
 * @module
 * The lines of recorded expressions, under whichever of the usual names they have their parts.
 */
import { parseJson, stringifyJson } from '../../../actors/expressions/values/json.ts'
import type { Mapping, Value } from '../../../actors/expressions/values/value.ts'
import { entriesOf, fieldOf, isObject } from '../../../actors/data.ts'

/** What an evaluation came to: text of JSON with sorted keys, or null for a failure. */
export type Outcome = { readonly value: string } | { readonly value: null }

export interface Fact {
  readonly expression: Value
  /** Undefined: none. */
  readonly data: Value | undefined
  readonly expected: Outcome
}

const EXPRESSION = ['expression', 'expr', 'template', 'text', 'input']
const DATA = ['data', 'context', 'ctx']
const VALUE = ['value', 'result', 'output', 'expected', 'valid']
const FAILURE = ['error', 'error_kind', 'fails']

/** @throws {TypeError} For a line that tells no outcome. */
export function factsOf(lines: string): Fact[] {
  return lines.split('\n').filter((line) => line.trim() !== '').map(factOf)
}

function factOf(line: string): Fact {
  const fact = parseJson(line)
  if (!isObject(fact)) throw new TypeError(`This line is no object: ${line}`)
  const newer = fieldOf(fact, 'newer')
  const expected = (newer === undefined ? null : outcomeIn(newer, true)) ?? outcomeIn(fact, false)
  const expression = firstOf(fact, EXPRESSION)
  if (expression === undefined || expected === null) {
    throw new TypeError(`This line tells no expression and outcome: ${line}`)
  }
  return { expression, data: firstOf(fact, DATA), expected }
}

/** @param bare Whether a value that is no object with an outcome in it stands for itself. */
function outcomeIn(told: Value, bare: boolean): Outcome | null {
  const value = isObject(told) ? firstOf(told, VALUE) : undefined
  const failure = isObject(told) ? firstOf(told, FAILURE) : undefined
  if (failure !== undefined && failure !== null && failure !== false && value !== false) {
    return { value: null }
  }
  if (value !== undefined) return { value: canonical(value) }
  return bare ? { value: canonical(told) } : null
}

function firstOf(of: Mapping, names: readonly string[]): Value | undefined {
  return names.map((name) => fieldOf(of, name)).find((found) => found !== undefined)
}

/** What the API answered. */
export function outcomeOf(status: number, body: string): Outcome {
  if (status !== 200) return { value: null }
  const answer = parseJson(body)
  const value = fieldOf(answer, 'result') ?? fieldOf(answer, 'valid')
  return { value: canonical(value ?? null) }
}

export function agrees({ expected }: Fact, outcome: Outcome): boolean {
  return expected.value === outcome.value
}

/** JSON text in which keys are sorted: an answer keeps them in order, but the order is not compared. */
function canonical(value: Value): string {
  return stringifyJson(sorted(value))
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map((item: Value) => sorted(item))
  if (!isObject(value)) return value
  return new Map(
    entriesOf(value)
      .map(([key, item]) => [key, sorted(item)] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  )
}
