/**
 * @module
 * Operators, literals and the indexer (`reference/yaql.md` §6). All of them are functions with odd
 * names; comparison has a file of its own.
 */
import { Fault } from '../../fault.ts'
import { DateTime, TimeSpan } from '../../values/dates.ts'
import { equals, same, truthy } from '../../values/equality.ts'
import {
  type Datum,
  elementOf,
  isFloat,
  isMutableSequence,
  isSequence,
  itemsOf,
  lengthOfSequence,
  List,
  type Numeric,
  Tuple,
} from '../../values/kinds.ts'
import { isFrozen, isMapping, mapEntries, mapGet, mapHas, mapSize } from '../../values/mapping.ts'
import { decompose } from '../../values/bits.ts'
import {
  add,
  divide,
  floorDivide,
  fromBig,
  modulo,
  multiply,
  negate,
  roundHalfEven,
  subtract,
  toDouble,
} from '../../values/numbers.ts'
import { Regex } from '../../values/regex/regex.ts'
import { indexOf } from '../../values/search.ts'
import { ValueSet } from '../../values/sets.ts'
import { characters } from '../../values/strings.ts'
import { ItemView, KeyView } from '../../values/views.ts'
import { type Context, frozenDict, frozenSet, hash } from '../context.ts'
import { define, offset } from '../definition.ts'
import { MissingKey } from '../members.ts'
import { type Collection, each, isIterable, type Sequence, type SetLike } from '../types.ts'

export const operators = [
  define('#operator_+', 'F(*args: str)', (context, args) => context.text(args.join(''))),
  define('#operator_+', 'F(left: Number, right: Number)', (_, left, right) => add(left, right)),
  define('#operator_+', 'F(left: iterable, right: iterable)', concatenate),
  define(
    '#operator_+',
    'F(left: mapping, right: mapping)',
    (context, left, right) => {
      context.run.meter.reserve(mapSize(left) + mapSize(right))
      return frozenDict([...mapEntries(left), ...mapEntries(right)])
    },
  ),
  define('#operator_+', 'F(dt: datetime, ts: timespan)', (_, dt, ts) => dt.plus(ts.micros)),
  define('#operator_+', 'F(ts: timespan, dt: datetime)', (_, ts, dt) => dt.plus(ts.micros)),
  define(
    '#operator_+',
    'F(ts1: timespan, ts2: timespan)',
    (_, ts1, ts2) => new TimeSpan(ts1.micros + ts2.micros),
  ),

  define(
    '#operator_-',
    'F(left: Number, right: Number)',
    (_, left, right) => subtract(left, right),
  ),
  define('#operator_-', 'F(left: set, right: set)', (_, left, right) => subtractSets(left, right)),
  define('#operator_-', 'F(dt: datetime, ts: timespan)', (_, dt, ts) => dt.plus(-ts.micros)),
  define('#operator_-', 'F(dt1: datetime, dt2: datetime)', (_, dt1, dt2) => between(dt1, dt2)),
  define(
    '#operator_-',
    'F(ts1: timespan, ts2: timespan)',
    (_, ts1, ts2) => new TimeSpan(ts1.micros - ts2.micros),
  ),

  define(
    '#operator_*',
    'F(left: Number, right: Number)',
    (_, left, right) => multiply(left, right),
  ),
  define('#operator_*', 'F(left: str, right: int)', repeatText),
  define(
    '#operator_*',
    'F(left: int, right: str)',
    (context, left, right) => repeatText(context, right, left),
  ),
  define('#operator_*', 'F(left: sequence, right: int)', repeatSequence),
  define(
    '#operator_*',
    'F(left: int, right: sequence)',
    (context, left, right) => repeatSequence(context, right, left),
  ),
  define('#operator_*', 'F(ts: timespan, n: Number)', (_, ts, n) => scale(ts, n)),
  define('#operator_*', 'F(n: Number, ts: timespan)', (_, n, ts) => scale(ts, n)),

  define(
    '#operator_/',
    'F(left: Number, right: Number)',
    (_, left, right) =>
      isFloat(left) || isFloat(right) ? divide(left, right) : floorDivide(left, right),
  ),
  define('#operator_/', 'F(ts: timespan, n: Number)', (_, ts, n) => shrink(ts, n)),
  define(
    '#operator_/',
    'F(ts1: timespan, ts2: timespan)',
    (_, ts1, ts2) => divide(ts1.micros, ts2.micros),
  ),
  define(
    '#operator_mod',
    'F(left: Number, right: Number)',
    (_, left, right) => modulo(left, right),
  ),

  define('#unary_operator_+', 'F(op: Number)', (_, op) => op),
  define('#unary_operator_+', 'F(ts: timespan)', (_, ts) => ts),
  define('#unary_operator_-', 'F(op: Number)', (_, op) => negate(op)),
  define('#unary_operator_-', 'F(ts: timespan)', (_, ts) => new TimeSpan(-ts.micros)),
  define('#unary_operator_not', 'F(arg: any)', (_, arg) => !truthy(arg)),

  define('*equal', 'F(left: any, right: any)', (_, left, right) => equals(left, right, 'tuple')),
  define(
    '*not_equal',
    'F(left: any, right: any)',
    (_, left, right) => !equals(left, right, 'tuple'),
  ),

  define('#operator_in', 'F(left: str, right: str)', (_, left, right) => indexOf(right, left) >= 0),
  define(
    '#operator_in',
    'F(value: any, collection: iterable)',
    (_, value, collection) => contains(collection, value),
  ),

  define('#operator_and', 'F(left: lambda, right: lambda)', (_, left, right) => {
    const value = left.call()
    return truthy(value) ? right.call() : value
  }),
  define('#operator_or', 'F(left: lambda, right: lambda)', (_, left, right) => {
    const value = left.call()
    return truthy(value) ? value : right.call()
  }),
  define('#operator_->', 'F(left: context, right: lambda)', (_, left, right) => right.body(left)),

  define(
    '#operator_=~',
    'F(string: str, pattern: str)',
    (_, string, pattern) => Regex.of(pattern).test(string),
  ),
  define(
    '#operator_=~',
    'F(string: str, regexp: regex)',
    (_, string, regexp) => regexp.test(string),
  ),
  define(
    '#operator_!~',
    'F(string: str, pattern: str)',
    (_, string, pattern) => !Regex.of(pattern).test(string),
  ),
  define(
    '#operator_!~',
    'F(string: str, regexp: regex)',
    (_, string, regexp) => !regexp.test(string),
  ),

  define('#list', 'F(*args: any)', (context, args) => context.tuple(args)),
  define('#map', 'F(*args: pair)', (context, args) => {
    context.run.meter.reserve(args.length)
    return frozenDict(args.map((pair): [Datum, Datum] => [pair.key, pair.value]))
  }, { pairs: true }),

  define('#indexer', 'F(list: sequence, index: int)', (_, list, index) => elementAt(list, index)),
  define('#indexer', 'F(dict: mapping, key: any)', (_, dict, key) => {
    hash(key)
    const value = mapGet(dict, key)
    if (value !== undefined) return value
    throw new MissingKey(dict)
  }),
  define('#indexer', 'F(dict: mapping, key: any, default: any)', (_, dict, key, otherwise) => {
    hash(key)
    return mapHas(dict, key) ? mapGet(dict, key) : otherwise
  }),
]

/** Tuples make a tuple, sets a set; any other mix is read one after the other. */
function concatenate(context: Context, left: Collection, right: Collection): Datum {
  if (isTuple(left) && isTuple(right)) return context.tuple([...itemsOf(left), ...itemsOf(right)])
  if (left instanceof ValueSet && right instanceof ValueSet) {
    return frozenSet(context.collect([...left, ...right]))
  }
  return context.iterate(chain([left, right]))
}

/** Every collection's elements, one collection after the other. */
export function* chain(collections: Iterable<Collection>): Generator<Datum> {
  for (const collection of collections) yield* each(collection)
}

function isTuple(value: Collection): value is readonly Datum[] | Tuple {
  return Array.isArray(value) || value instanceof Tuple
}

/** Whether a collection has an element equal to a value. */
export function contains(collection: Collection, value: Datum): boolean {
  if (collection instanceof ValueSet) return collection.has(value)
  if (collection instanceof KeyView) {
    hash(value)
    return mapHas(collection.mapping, value)
  }
  if (collection instanceof ItemView) return hasItem(collection, value)
  for (const item of each(collection)) if (same(item, value, 'tuple')) return true
  return false
}

/**
 * Whether a view of items has an item.
 *
 * @throws {Fault} If the value is no pair and the mapping frozen; a plain one just has no such item.
 */
function hasItem({ mapping }: ItemView, value: Datum): boolean {
  const isPair = isSequence(value) && isTuple(value) && itemsOf(value).length === 2
  if (!isPair && !isFrozen(mapping, 'tuple')) return false
  const parts = typeof value === 'string' ? characters(value) : partsOf(value)
  if (parts === null) throw new Fault('type', 'An item is a pair of a key and a value')
  const [key, item, more] = parts
  if (item === undefined || more !== undefined) {
    throw new Fault('value', 'An item is a pair of a key and a value')
  }
  hash(key)
  const found = mapGet(mapping, key)
  return found !== undefined && same(found, item, 'tuple')
}

/** The first three elements of what can be iterated. */
function partsOf(value: Datum): Datum[] | null {
  if (isMapping(value)) return partsOf(new KeyView(value))
  if (!isIterable(value)) return null
  const parts: Datum[] = []
  for (const part of each(value)) {
    parts.push(part)
    if (parts.length === 3) break
  }
  return parts
}

/** @throws {Fault} If the first is a view, which has no arithmetic. */
export function subtractSets(left: SetLike, right: SetLike): ValueSet {
  const subtrahend = right instanceof ValueSet ? right : frozenSet(right)
  return frozenSet([...realSet(left)].filter((member) => !subtrahend.has(member)))
}

/** A set that is none of the views which only behave as one. */
export function realSet(value: SetLike): ValueSet {
  if (value instanceof ValueSet) return value
  throw new Fault('attribute', 'A view of keys or items has no set operations; use toSet()')
}

/** The span from the second to the first; a naive one counts as UTC. */
function between(left: DateTime, right: DateTime): TimeSpan {
  return new TimeSpan(left.instant - right.instant)
}

function repetitions(times: number | bigint): number {
  if (times >= 2n ** 63n || times < -(2n ** 63n)) {
    throw new Fault('overflow', 'The number of repetitions does not fit an index')
  }
  return Math.max(0, offset(times))
}

function repeatText(context: Context, text: string, times: number | bigint): string {
  const count = repetitions(times)
  context.run.meter.bytes(text.length * count)
  return text.repeat(text === '' ? 0 : count)
}

function repeatSequence(context: Context, sequence: Sequence, times: number | bigint): Datum {
  const items = itemsOf(sequence)
  const wanted = repetitions(times)
  const count = items.length === 0 ? 0 : wanted
  context.run.meter.reserve(items.length * count)
  const result: Datum[] = []
  for (let round = 0; round < count; round++) for (const item of items) result.push(item)
  return isMutableSequence(sequence, 'tuple') ? new List(result) : new Tuple(result)
}

/** A span times a number. Upstream multiplies and divides microseconds, in doubles if one is a float. */
function scale(span: TimeSpan, factor: Numeric): TimeSpan {
  return spanOf(multiply(fromBig(span.micros), factor))
}

function shrink(span: TimeSpan, divisor: Numeric): TimeSpan {
  return spanOf(divide(fromBig(span.micros), divisor))
}

/** The span of so many microseconds, to the nearest whole one. */
function spanOf(micros: Numeric): TimeSpan {
  const [numerator, denominator] = ratio(micros)
  return new TimeSpan(roundHalfEven(numerator, denominator))
}

/** A number as an exact fraction. */
function ratio(value: Numeric): [bigint, bigint] {
  if (!isFloat(value)) return [BigInt(value), 1n]
  const double = toDouble(value)
  if (!Number.isFinite(double)) {
    throw Number.isNaN(double)
      ? new Fault('value', 'cannot convert NaN to integer ratio')
      : new Fault('overflow', 'cannot convert Infinity to integer ratio')
  }
  const [mantissa, exponent] = decompose(Math.abs(double))
  const signed = double < 0 ? -mantissa : mantissa
  return exponent >= 0 ? [signed << BigInt(exponent), 1n] : [signed, 1n << BigInt(-exponent)]
}

function elementAt(sequence: Sequence, index: number | bigint): Datum {
  const at = offset(index)
  const place = at < 0 ? at + lengthOfSequence(sequence) : at
  const found = place < 0 ? undefined : elementOf(sequence, place)
  if (found === undefined) throw new Fault('index', 'list index out of range')
  return found
}
