/**
 * @module
 * Filters of lists: `NAME=OPERATOR:VALUE`.
 */
import { InvalidError } from '../../actors/errors.ts'
import { isUuid } from '../../actors/ids.ts'
import { notUuid, parseBoolean } from '../wire.ts'
import type { Comparable, FieldKind } from './fields.ts'

const OPERATORS = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'has'] as const
export type Operator = (typeof OPERATORS)[number]

export interface Filter {
  readonly field: string
  readonly operator: Operator
  /** As it was given, without the operator. */
  readonly text: string
  /** Converted to the field's kind; several for `in` and `nin`. */
  readonly operands: readonly Comparable[]
}

/** @throws {InvalidError} If the value makes no sense for a field of this kind. */
export function parseFilter(field: string, kind: FieldKind, value: string): Filter {
  const colon = value.indexOf(':')
  const prefix = value.slice(0, Math.max(colon, 0))
  const known = OPERATORS.find((operator) => operator === prefix)
  const operator = known ?? 'eq'
  const text = known ? value.slice(colon + 1) : value
  const several = operator === 'in' || operator === 'nin' || kind === 'tags'
  const texts = several ? text.split(',') : [text]
  if (kind === 'tags' && /^[gl]te?$/.test(operator)) {
    throw new InvalidError(`Tags can be compared by eq, neq, in, nin and has, not by ${operator}`)
  }
  if (kind === 'uuid' && several) throw notUuid(field, value)
  return { field, operator, text, operands: texts.map((item) => operand(field, kind, item)) }
}

function operand(field: string, kind: FieldKind, text: string): Comparable {
  switch (kind) {
    case 'uuid':
      if (!isUuid(text) && text !== '<default-project>') throw notUuid(field, text)
      return isUuid(text) ? dashed(text) : text
    case 'time':
      return parseTime(field, text)
    case 'boolean':
      return parseBoolean(field, text)
    case 'integer': {
      if (!/^-?\d+$/.test(text)) {
        throw new InvalidError(
          `Invalid input for field/attribute ${field}. Value: '${text}'. unable to convert to int`,
        )
      }
      return Number(text)
    }
    case 'json':
      try {
        return canonicalJson(text)
      } catch (cause) {
        throw new InvalidError(
          `Invalid input for field/attribute ${field}. Value: '${text}'. It is not JSON`,
          { cause },
        )
      }
    default:
      return text
  }
}

/** Ids are compared as they are stored, which is with dashes and in lower case. */
export function dashed(uuid: string): string {
  const hex = uuid.replaceAll('-', '').toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .join('-')
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z|\+00:?00)?)?$/

/** Seconds since the Unix epoch. */
function parseTime(field: string, text: string): number {
  const match = TIME.exec(text.trim())
  const time = match?.[2] ?? '00:00:00'
  const ms = match ? Date.parse(`${match[1]}T${time.length === 5 ? `${time}:00` : time}Z`) : NaN
  if (Number.isNaN(ms)) {
    throw new InvalidError(
      `Invalid input for field/attribute ${field}. Value: '${text}'. Expected YYYY-MM-DD HH:MM:SS`,
    )
  }
  return ms / 1000
}

/** A text that is the same for equal JSON values. */
function canonicalJson(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
  })
}

/** Whether a value passes. Null passes no comparison. */
export function matches(filter: Filter, kind: FieldKind, value: Comparable): boolean {
  if (value === null) return false
  const { operator, operands } = filter
  if (kind === 'tags') return hasTags(operator, operands, value as readonly string[])
  const actual = normalise(kind, value)
  const [first] = operands as [Comparable]
  switch (operator) {
    case 'eq':
      return actual === first
    case 'neq':
      return actual !== first
    case 'gt':
      return actual! > first!
    case 'gte':
      return actual! >= first!
    case 'lt':
      return actual! < first!
    case 'lte':
      return actual! <= first!
    case 'in':
      return operands.includes(actual)
    case 'nin':
      return !operands.includes(actual)
    case 'has':
      return String(actual).includes(filter.text)
  }
}

/** Plain tags must all be there; `in` is content with one of them, `neq` and `nin` with none. */
function hasTags(
  operator: Operator,
  tags: readonly Comparable[],
  actual: readonly string[],
): boolean {
  const has = (tag: Comparable) => actual.includes(tag as string)
  if (operator === 'neq' || operator === 'nin') return !tags.some(has)
  return operator === 'in' ? tags.some(has) : tags.every(has)
}

function normalise(kind: FieldKind, value: Comparable): Comparable {
  if (kind === 'time') return Math.floor((value as number) / 1000)
  return kind === 'json' ? canonicalJson(value as string) : value
}
