/**
 * @module
 * What can be done with any value, by the rules of Python: asking its kind, testing, printing,
 * iterating, comparing. Template objects answer for themselves, data is read as YAQL reads it.
 */
import { Fault } from '../fault.ts'
import { DateTime, TimeSpan } from '../values/dates.ts'
import { charge } from '../values/effort.ts'
import { equals, hashKey, truthy } from '../values/equality.ts'
import {
  Bytes,
  type Datum,
  isFloat,
  isInt,
  isNumeric,
  isSequence,
  itemsOf,
  Iter,
  LazyList,
  lengthOfSequence,
  PlainDate,
  Tuple,
} from '../values/kinds.ts'
import {
  type AnyMapping,
  Dict,
  isMapping,
  mapEntries,
  mapGet,
  mapHas,
  mapKeys,
  mapSize,
} from '../values/mapping.ts'
import { asNumeric, compareNumbers } from '../values/numbers.ts'
import { indexOf } from '../values/search.ts'
import { ValueSet } from '../values/sets.ts'
import { characters, codePointLength, compareText } from '../values/strings.ts'
import { repr as shownInside, str as shown } from '../values/text.ts'
import { ItemView, KeyView, ValueView } from '../values/views.ts'
import { asText, Markup } from './markup.ts'
import { TemplateObject, Undefined } from './objects.ts'

type Sequence = Parameters<typeof itemsOf>[0]

/** The kind of a value as Python names it. */
export function typeName(value: Datum): string {
  if (value === null || value === undefined) return 'NoneType'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (isNumeric(value)) return isFloat(value) ? 'float' : 'int'
  if (value instanceof TemplateObject) return value.typeName
  if (value instanceof Tuple) return 'tuple'
  if (isSequence(value)) return 'list'
  if (value instanceof Iter) return 'generator'
  if (value instanceof ValueSet) return value.frozen ? 'frozenset' : 'set'
  if (value instanceof KeyView) return 'dict_keys'
  if (value instanceof ValueView) return 'dict_values'
  if (value instanceof ItemView) return 'dict_items'
  if (value instanceof DateTime) return 'datetime'
  if (value instanceof TimeSpan) return 'timedelta'
  if (value instanceof PlainDate) return 'date'
  if (value instanceof Bytes) return 'bytes'
  return isMapping(value) ? 'dict' : 'object'
}

/** Whether it is a mapping and not an object of the template. */
export function isDict(value: Datum): value is AnyMapping {
  return isMapping(value) && !isView(value)
}

function isView(value: Datum): boolean {
  return value instanceof KeyView || value instanceof ValueView || value instanceof ItemView
}

/** @throws {Fault} If it is undefined. */
export function truth(value: Datum): boolean {
  return value instanceof TemplateObject ? value.truth() : truthy(value)
}

/** @throws {Fault} If it is undefined. */
export function str(value: Datum): string {
  if (typeof value === 'string') return value
  if (value instanceof TemplateObject) return value.str()
  return value instanceof Iter ? '<generator object>' : shown(value)
}

export function repr(value: Datum): string {
  if (value instanceof TemplateObject) return value.repr()
  return value instanceof Iter ? '<generator object>' : shownInside(value)
}

/** The string itself for text, or what Python's `str` makes of the rest; markup stays markup. */
export function softText(value: Datum): string | Markup {
  return value instanceof Markup ? value : str(value)
}

/** @throws {Fault} If it has no length. */
export function length(value: Datum): number {
  const found = lengthOf(value)
  if (found === null) throw new Fault('type', `object of type '${typeName(value)}' has no len()`)
  return found
}

/** As {@link length}, but null where there is none. */
export function lengthOf(value: Datum): number | null {
  if (typeof value === 'string') return codePointLength(value)
  if (value instanceof TemplateObject) return value.length()
  if (isSequence(value)) return lengthOfSequence(value)
  if (value instanceof KeyView || value instanceof ValueView || value instanceof ItemView) {
    return value.size
  }
  if (value instanceof ValueSet) return value.size
  if (value instanceof Bytes) return value.data.length
  return isDict(value) ? mapSize(value) : null
}

/** @throws {Fault} If it cannot be iterated. */
export function iterate(value: Datum): Iterator<Datum> {
  const found = iteratorOf(value)
  if (found === null) throw new Fault('type', `'${typeName(value)}' object is not iterable`)
  return found
}

/** As {@link iterate}, but null for what cannot be iterated. */
export function iteratorOf(value: Datum): Iterator<Datum> | null {
  if (typeof value === 'string') return characters(value)[Symbol.iterator]()
  if (value instanceof TemplateObject) return value.iterate()
  if (value instanceof LazyList) return value[Symbol.iterator]()
  if (isSequence(value)) return itemsOf(value)[Symbol.iterator]()
  if (value instanceof Iter || value instanceof ValueSet) return value[Symbol.iterator]()
  if (value instanceof KeyView || value instanceof ValueView || value instanceof ItemView) {
    return value[Symbol.iterator]()
  }
  if (value instanceof Bytes) return value.data[Symbol.iterator]()
  return isDict(value) ? mapKeys(value)[Symbol.iterator]() : null
}

/** The elements from the last to the first; null for what has no such order. */
export function reversedOf(value: Datum): Iterator<Datum> | null {
  if (value instanceof TemplateObject) return value.reversed()
  if (value instanceof Iter || value instanceof ValueSet) return null
  if (isSequence(value)) return backwards(itemsOf(value))
  const forward = iteratorOf(value)
  if (forward === null) return null
  const items = [...iterable(forward)]
  charge(items.length)
  return backwards(items)
}

function* backwards(items: readonly Datum[]): Generator<Datum> {
  for (let i = items.length - 1; i >= 0; i--) yield items[i]
}

/** An iterator for use in `for`. */
export function iterable(iterator: Iterator<Datum>): Iterable<Datum> {
  return { [Symbol.iterator]: () => iterator }
}

/** `==`. @throws {Fault} If either is undefined. */
export function equal(left: Datum, right: Datum): boolean {
  if (left instanceof Undefined) return left.equals(right)
  if (right instanceof TemplateObject) return right.equals(left)
  if (left instanceof TemplateObject) return left.equals(right)
  // As shared equality has it, but what is inside may be a template object.
  if (isSequence(left) && isSequence(right)) return sameElements(left, right)
  if (isDict(left) && isDict(right)) return sameEntries(left, right)
  return equals(left, right)
}

function sameElements(left: Sequence, right: Sequence): boolean {
  const [a, b] = [itemsOf(left), itemsOf(right)]
  return typeName(left) === typeName(right) && a.length === b.length &&
    a.every((item, index) => sameOrEqual(item, b[index]))
}

function sameEntries(left: AnyMapping, right: AnyMapping): boolean {
  charge(1)
  if (mapSize(left) !== mapSize(right)) return false
  for (const [key, item] of mapEntries(left)) {
    if (!mapHas(right, key) || !sameOrEqual(item, mapGet(right, key))) return false
  }
  return true
}

/** As membership compares: identity first. */
export function sameOrEqual(left: Datum, right: Datum): boolean {
  charge(1)
  return left === right || equal(left, right)
}

/**
 * A key that is the same for equal values.
 *
 * @throws {Fault} If the value is not hashable.
 */
export function hash(value: Datum): ReturnType<typeof hashKey> {
  if (value instanceof Undefined && !value.plain) return value.fail()
  return hashKey(asText(value) ?? value)
}

/** A new mapping that the template may change. */
export function dict(entries: Iterable<readonly [Datum, Datum]> = []): Dict {
  return new Dict(hash, false, entries)
}

export type Order = '<' | '<=' | '>' | '>='

/** @throws {Fault} If the two have no order. */
export function compare(operator: Order, left: Datum, right: Datum): boolean {
  if (left instanceof Undefined) return left.fail()
  if (right instanceof Undefined) return right.fail()
  const order = ordering(left, right)
  if (order === null) {
    throw new Fault(
      'type',
      `'${operator}' not supported between instances of '${typeName(left)}' and '${
        typeName(right)
      }'`,
    )
  }
  return order(operator)
}

const byNumber = (order: number) => (operator: Order): boolean => {
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function ordering(left: Datum, right: Datum): ((operator: Order) => boolean) | null {
  const [a, b] = [asNumeric(left), asNumeric(right)]
  if (a !== null && b !== null) return byNumber(compareNumbers(a, b))
  const [s, t] = [asText(left), asText(right)]
  if (s !== null && t !== null) return byNumber(compareText(s, t))
  if (isSequence(left) && isSequence(right) && typeName(left) === typeName(right)) {
    return (operator) => compareItems(operator, itemsOf(left), itemsOf(right))
  }
  if (left instanceof DateTime && right instanceof DateTime) {
    return byNumber(Number(left.instant - right.instant))
  }
  if (left instanceof TimeSpan && right instanceof TimeSpan) {
    return byNumber(Number(left.micros - right.micros))
  }
  if (left instanceof PlainDate && right instanceof PlainDate) {
    return byNumber(compareText(left.text, right.text))
  }
  return isSetLike(left) && isSetLike(right)
    ? (operator) => compareSets(operator, left, right)
    : null
}

/** The first pair that differs decides; else the shorter sequence is the smaller. */
function compareItems(
  operator: Order,
  left: readonly Datum[],
  right: readonly Datum[],
): boolean {
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (!sameOrEqual(left[i], right[i])) return compare(operator, left[i], right[i])
  }
  return byNumber(left.length - right.length)(operator)
}

type SetLike = ValueSet | KeyView | ItemView

function isSetLike(value: Datum): value is SetLike {
  return value instanceof ValueSet || value instanceof KeyView || value instanceof ItemView
}

/** Items of a view need not be hashable, so views are asked one by one. */
function compareSets(operator: Order, left: SetLike, right: SetLike): boolean {
  const [a, b] = operator.startsWith('<') ? [left, right] : [right, left]
  if (!(operator.endsWith('=') ? a.size <= b.size : a.size < b.size)) return false
  if (a instanceof ValueSet && b instanceof ValueSet) return a.isSubsetOf(b)
  for (const member of a) {
    charge(1)
    if (!contains(b, member)) return false
  }
  return true
}

/** `item in container`. @throws {Fault} If the container cannot be asked. */
export function contains(container: Datum, item: Datum): boolean {
  const text = asText(container)
  if (text !== null) {
    const part = asText(item)
    if (part === null) {
      throw new Fault(
        'type',
        `'in <string>' requires string as left operand, not ${typeName(item)}`,
      )
    }
    return indexOf(text, part) >= 0
  }
  if (isDict(container)) {
    hash(item)
    return mapHas(container, asText(item) ?? item)
  }
  if (container instanceof ValueSet) {
    hash(item)
    return container.has(asText(item) ?? item)
  }
  if (container instanceof KeyView) {
    hash(item)
    return mapHas(container.mapping, asText(item) ?? item)
  }
  if (container instanceof ItemView) {
    charge(1)
    if (!(item instanceof Tuple) || item.items.length !== 2) return false
    const key = asText(item.items[0]) ?? item.items[0]
    hash(key)
    const { mapping } = container
    return mapHas(mapping, key) && sameOrEqual(mapGet(mapping, key), item.items[1])
  }
  const iterator = iteratorOf(container)
  if (iterator === null) {
    throw new Fault('type', `argument of type '${typeName(container)}' is not iterable`)
  }
  for (const candidate of iterable(iterator)) {
    if (sameOrEqual(candidate, item)) return true
  }
  return false
}

/** An index, where booleans count as 0 and 1; null for what is not an int. */
export function asIndex(value: Datum): number | null {
  if (typeof value === 'boolean') return Number(value)
  return isInt(value) ? Number(value) : null
}

/**
 * An int that a function asks for.
 *
 * @throws {Fault} If it is not one.
 */
export function toIndex(value: Datum): number {
  const index = asIndex(value)
  if (index !== null) return index
  throw new Fault('type', `'${typeName(value)}' object cannot be interpreted as an integer`)
}

/**
 * As {@link toIndex}, where what is too large is no index either.
 *
 * @throws {Fault} If it is no int of 64 bits.
 */
export function toCount(value: Datum): number {
  const count = toIndex(value)
  if (Math.abs(count) < 2 ** 63) return count
  throw new Fault('overflow', "cannot fit 'int' into an index-sized integer")
}

/**
 * A string that a function asks for.
 *
 * @throws {Fault} If it is not one.
 */
export function toText(value: Datum): string {
  const text = asText(value)
  if (text !== null) return text
  if (value instanceof Undefined) return value.fail()
  throw new Fault('type', `expected str instance, ${typeName(value)} found`)
}
