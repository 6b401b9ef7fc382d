/**
 * @module
 * Equality, hashing and truth (`reference/expression-values.md` §2).
 */
import { Fault } from '../fault.ts'
import { DateTime, TimeSpan } from './dates.ts'
import { charge } from './effort.ts'
import {
  type ArrayKind,
  Bytes,
  type Datum,
  elementOf,
  type HashKey,
  isMutableSequence,
  isSequence,
  itemsOf,
  PlainDate,
} from './kinds.ts'
import {
  type AnyMapping,
  isFrozen,
  isMapping,
  mapEntries,
  mapGet,
  mapHas,
  mapSize,
} from './mapping.ts'
import { Regex } from './regex/regex.ts'
import { ValueSet } from './sets.ts'
import { Float } from './value.ts'
import { ItemView, KeyView, ValueView } from './views.ts'

/** No stored text begins like this unescaped, so keys of different kinds never meet. */
const MARK = '\u0000'

const identities = new WeakMap<object, number>()
let lastIdentity = 0

/** Whether two values are equal, as Python's `==`. Never fails. */
export function equals(left: Datum, right: Datum, arrays: ArrayKind = 'list'): boolean {
  if (typeof left === 'string' || typeof right === 'string') {
    if (typeof left === 'string' && left.length > 1024) charge(left.length >> 10)
    return left === right
  }
  if (left === null || right === null) return left === right
  const a = comparable(left)
  const b = comparable(right)
  if (isPrimitiveNumber(a) || isPrimitiveNumber(b)) {
    // deno-lint-ignore eqeqeq -- between a bigint and a number only `==` compares exactly
    return isPrimitiveNumber(a) && isPrimitiveNumber(b) && a == b
  }
  if (isSequence(left)) {
    return isSequence(right) &&
      isMutableSequence(left, arrays) === isMutableSequence(right, arrays) &&
      sameItems(itemsOf(left), itemsOf(right), arrays)
  }
  if (left === right) return true
  if (left instanceof ItemView && right instanceof ItemView) {
    return sameEntries(left.mapping, right.mapping, arrays)
  }
  const leftSet = asSet(left, arrays)
  if (leftSet) return setEquals(leftSet, asSet(right, arrays))
  if (isMapping(left)) return isMapping(right) && sameEntries(left, right, arrays)
  if (left instanceof DateTime) return right instanceof DateTime && left.equals(right)
  if (left instanceof TimeSpan) return right instanceof TimeSpan && left.micros === right.micros
  if (left instanceof Regex) return right instanceof Regex && left.key === right.key
  if (left instanceof PlainDate) return right instanceof PlainDate && left.text === right.text
  if (left instanceof Bytes) {
    return right instanceof Bytes && String(left.data) === String(right.data)
  }
  return false
}

/** Membership asks for identity first, so that nan is found in the list that holds it. */
export function same(left: Datum, right: Datum, arrays: ArrayKind = 'list'): boolean {
  charge(1)
  return left === right || equals(left, right, arrays)
}

/** Booleans are the numbers 0 and 1, and a wrapped float is its number. */
function comparable(value: Datum): Datum {
  if (value instanceof Float) return value.value
  return typeof value === 'boolean' ? Number(value) : value
}

function isPrimitiveNumber(value: Datum): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function sameItems(left: readonly Datum[], right: readonly Datum[], arrays: ArrayKind): boolean {
  return left.length === right.length &&
    left.every((item, index) => same(item, right[index], arrays))
}

function sameEntries(left: AnyMapping, right: AnyMapping, arrays: ArrayKind): boolean {
  charge(1)
  if (mapSize(left) !== mapSize(right)) return false
  for (const [key, value] of mapEntries(left)) {
    if (!mapHas(right, key) || !same(value, mapGet(right, key), arrays)) return false
  }
  return true
}

function setEquals(left: ValueSet, right: ValueSet | null): boolean {
  return right !== null && left.size === right.size && left.isSubsetOf(right)
}

/** A set, or a view that behaves as one; null for anything else. */
function asSet(value: Datum, arrays: ArrayKind): ValueSet | null {
  if (value instanceof ValueSet) return value
  if (!(value instanceof KeyView || value instanceof ItemView)) return null
  try {
    return new ValueSet(hashing(arrays), true, value)
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/**
 * The key under which a value is found again by its equals.
 *
 * @throws {Fault} If the value is not hashable.
 */
export function hashKey(value: Datum, arrays: ArrayKind = 'list'): HashKey {
  switch (typeof value) {
    case 'string':
      return value.startsWith(MARK) ? `${MARK}s${value}` : value
    case 'number':
      return Number.isSafeInteger(value) || !Number.isInteger(value) ? value : BigInt(value)
    case 'bigint':
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
        ? Number(value)
        : value
    case 'boolean':
      return Number(value)
    case 'object':
      return value === null ? `${MARK}null` : hashObject(value, arrays)
    default:
      return value as HashKey
  }
}

/** {@link hashKey} as a function of the value alone. */
export function hashing(arrays: ArrayKind): (value: Datum) => HashKey {
  return arrays === 'tuple' ? hashAsTuple : hashAsList
}

const hashAsTuple = (value: Datum): HashKey => hashKey(value, 'tuple')
const hashAsList = (value: Datum): HashKey => hashKey(value, 'list')

function hashObject(value: object, arrays: ArrayKind): HashKey {
  if (value instanceof Float) return Number.isNaN(value.value) ? value : hashKey(value.value)
  charge(3)
  if (isSequence(value)) {
    if (isMutableSequence(value, arrays)) throw unhashable('list')
    return charged(`${MARK}t(${itemsOf(value).map((item) => hashText(item, arrays)).join('')})`)
  }
  if (value instanceof DateTime || value instanceof TimeSpan) return `${MARK}${value.key}`
  if (value instanceof Regex) return `${MARK}r${value.key}`
  if (value instanceof PlainDate) return `${MARK}d${value.text}`
  if (value instanceof ValueSet) {
    if (!value.frozen) throw unhashable('set')
    return charged(`${MARK}f(${[...value.hashes()].map(keyText).sort().join('')})`)
  }
  if (value instanceof KeyView) throw unhashable('KeysView')
  if (value instanceof ItemView) throw unhashable('ItemsView')
  if (!(value instanceof ValueView) && isMapping(value)) return hashMapping(value, arrays)
  return value
}

function hashMapping(mapping: AnyMapping, arrays: ArrayKind): string {
  if (!isFrozen(mapping, arrays)) throw unhashable('dict')
  const entries = [...mapEntries(mapping)]
    .map(([key, item]) => hashText(key, arrays) + hashText(item, arrays))
  return charged(`${MARK}m(${entries.sort().join('')})`)
}

/** Keys of what is shared many times over grow without end. */
function charged(key: string): string {
  charge(key.length >> 2)
  return key
}

function hashText(value: Datum, arrays: ArrayKind): string {
  return keyText(hashKey(value, arrays))
}

/** A key as text that no sequence of other keys can spell. */
function keyText(key: HashKey): string {
  if (typeof key === 'string') return `${key.length}"${key}`
  if (typeof key === 'object') {
    let identity = identities.get(key)
    if (identity === undefined) identities.set(key, identity = ++lastIdentity)
    return `@${identity};`
  }
  return `${String(key)};`
}

function unhashable(type: string): Fault {
  return new Fault('type', `unhashable type: '${type}'`)
}

/** Whether a value counts as true. Iterators, dates and regexes always do. */
export function truthy(value: Datum): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Float) return value.value !== 0
  if (isSequence(value)) return elementOf(value, 0) !== undefined
  if (value instanceof TimeSpan) return value.micros !== 0n
  if (value instanceof ValueSet || value instanceof KeyView || value instanceof ItemView) {
    return value.size > 0
  }
  if (value instanceof ValueView) return value.size > 0
  if (value instanceof Bytes) return value.data.length > 0
  return isMapping(value) ? mapSize(value) > 0 : true
}
