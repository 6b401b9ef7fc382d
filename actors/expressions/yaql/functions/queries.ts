/**
 * @module
 * Queries on collections (`reference/yaql.md` §12). What gives an iterator does no work until it is
 * read.
 */
import { Fault } from '../../fault.ts'
import { charge } from '../../values/effort.ts'
import { equals, same, truthy } from '../../values/equality.ts'
import {
  type Datum,
  isSequence,
  itemsOf,
  Iter,
  List,
  type Numeric,
  Tuple,
} from '../../values/kinds.ts'
import { isMapping, mapKeys } from '../../values/mapping.ts'
import { add, compareNumbers } from '../../values/numbers.ts'
import { characters, slice } from '../../values/strings.ts'
import type { Context } from '../context.ts'
import { hash } from '../context.ts'
import { define, defineAll, offset, word } from '../definition.ts'
import type { Lambda } from '../lambda.ts'
import { Memorized, Ordered } from '../ordered.ts'
import { type Collection, each, isIterable } from '../types.ts'
import { countOf } from './collections.ts'
import { compareValues, maximum, minimum, plus } from './comparison.ts'
import { chain } from './operators.ts'

export const queries = [
  ...defineAll(['where', 'filter'], 'M(collection: iterable, predicate: lambda)', (
    context,
    collection,
    predicate,
  ) => context.iterate(where(each(collection), predicate))),
  ...defineAll(['select', 'map'], 'M(collection: iterable, selector: lambda)', (
    context,
    collection,
    selector,
  ) => context.iterate(select(each(collection), selector))),
  define(
    'selectMany',
    'M(collection: iterable, selector: lambda)',
    (context, collection, selector) => context.iterate(selectMany(each(collection), selector)),
  ),
  define(
    'skip',
    'M(collection: iterable, count: int)',
    (context, collection, count) => context.iterate(skip(each(collection), natural(count))),
  ),
  ...defineAll(['limit', 'take'], 'M(collection: iterable, count: int)', (
    context,
    collection,
    count,
  ) => context.iterate(take(each(collection), natural(count)))),
  define(
    'takeWhile',
    'M(collection: iterable, predicate: lambda)',
    (context, collection, predicate) => context.iterate(takeWhile(each(collection), predicate)),
  ),
  define(
    'skipWhile',
    'M(collection: iterable, predicate: lambda)',
    (context, collection, predicate) => context.iterate(skipWhile(each(collection), predicate)),
  ),
  define(
    'append',
    'E(collection: iterable, *args: any)',
    (context, collection, args) => context.iterate(chain([collection, args])),
  ),
  define(
    'concat',
    'E(*collections: iterable)',
    (context, collections) => context.iterate(chain(collections)),
  ),
  define(
    'distinct',
    'E(collection: iterable, keySelector: lambda = null)',
    (context, collection, keySelector) => context.iterate(distinct(each(collection), keySelector)),
  ),
  define('enumerate', 'E(collection: iterable, start: int? = 0)', (context, collection, start) => {
    return context.iterate(enumerate(each(collection), start))
  }),
  define('any', 'E(collection: iterable, predicate: lambda = null)', (_, collection, predicate) => {
    for (const item of each(collection)) {
      if (predicate === null || truthy(predicate.call(item))) return true
    }
    return false
  }),
  define('all', 'E(collection: iterable, predicate: lambda = null)', (_, collection, predicate) => {
    for (const item of each(collection)) {
      if (!truthy(predicate === null ? item : predicate.call(item))) return false
    }
    return true
  }),
  define('count', 'M(collection: iterable)', (_, collection) => countOf(collection)),
  define(
    'memorize',
    'M(collection: iterable)',
    (_, collection) => collection instanceof Iter ? new Memorized(collection) : collection,
  ),
  define(
    'sum',
    'M(collection: iterable, initial: any = none)',
    (context, collection, initial) =>
      fold(collection, initial, (left, right) => plus(context, left, right)),
  ),
  define(
    'max',
    'M(collection: iterable, initial: any = none)',
    (context, collection, initial) =>
      fold(collection, initial, (left, right) => maximum(context, left, right)),
  ),
  define(
    'min',
    'M(collection: iterable, initial: any = none)',
    (context, collection, initial) =>
      fold(collection, initial, (left, right) => minimum(context, left, right)),
  ),
  define('first', 'M(collection: iterable, default: any = none)', (_, collection, otherwise) => {
    for (const item of each(collection)) return item
    return orStop(otherwise, 'first')
  }),
  define('last', 'M(collection: iterable, default: any = none)', (_, collection, otherwise) => {
    let last: Datum = undefined
    for (const item of each(collection)) last = item
    return last === undefined ? orStop(otherwise, 'last') : last
  }),
  define('single', 'M(collection: iterable)', (_, collection) => {
    const [first, second] = [...take(each(collection), 2)]
    if (first === undefined || second !== undefined) {
      throw new Fault('stop_iteration', 'single() takes a collection of exactly one element')
    }
    return first
  }),
  define('range', 'F(stop: int)', (context, stop) => context.iterate(range(0, stop, 1))),
  define('range', 'F(start: int, stop: int, step: int = 1)', (context, start, stop, step) => {
    if (step === 0) throw new Fault('value', 'range() arg 3 must not be zero')
    return context.iterate(range(start, stop, step))
  }),
  define(
    'sequence',
    'F(start: int = 0, step: int = 1)',
    (context, start, step) => context.iterate(sequence(start, step)),
  ),
  define(
    'repeat',
    'M(value: any, times: int = -1)',
    (context, value, times) => context.iterate(repeat(value, times < 0 ? -1 : word(times))),
  ),
  define(
    'cycle',
    'M(collection: iterable)',
    (context, collection) => context.iterate(cycle(context, each(collection))),
  ),
  define(
    'orderBy',
    'M(collection: iterable, selector: lambda)',
    (context, collection, selector) =>
      new Ordered(() => context.collect(each(collection)), orderBy(context, selector, 1)),
  ),
  define(
    'orderByDescending',
    'M(collection: iterable, selector: lambda)',
    (context, collection, selector) =>
      new Ordered(() => context.collect(each(collection)), orderBy(context, selector, -1)),
  ),
  define(
    'thenBy',
    'M(collection: ordered, selector: lambda)',
    (context, collection, selector) => collection.add(orderBy(context, selector, 1)),
  ),
  define(
    'thenByDescending',
    'M(collection: ordered, selector: lambda)',
    (context, collection, selector) => collection.add(orderBy(context, selector, -1)),
  ),
  define(
    'groupBy',
    'M(collection: iterable, keySelector: lambda, valueSelector: lambda = null, aggregator: lambda = null)',
    (context, collection, keySelector, valueSelector, aggregator) => {
      const groups = group(context, each(collection), keySelector, valueSelector)
      return context.iterate(
        aggregator === null ? groups.values() : aggregate(context, groups, aggregator),
      )
    },
  ),
  define(
    'zip',
    'M(*collections: iterable)',
    (context, collections) => context.iterate(zip(collections)),
  ),
  define(
    'zipLongest',
    'M(*collections: iterable, **kwargs: any)',
    (context, collections, kwargs) =>
      context.iterate(zipLongest(collections, kwargs.get('default') ?? null)),
  ),
  define(
    'join',
    'M(collection1: iterable, collection2: iterable, predicate: lambda, selector: lambda)',
    (context, left, right, predicate, selector) =>
      context.iterate(join(left, right, predicate, selector)),
  ),
  define(
    'indexOf',
    'M(collection: iterable, item: any)',
    (_, collection, item) => firstIndex(collection, (one) => same(one, item, 'tuple')),
  ),
  define(
    'lastIndexOf',
    'M(collection: iterable, item: any)',
    (_, collection, item) => lastIndex(collection, (one) => same(one, item, 'tuple')),
  ),
  define(
    'indexWhere',
    'M(collection: iterable, predicate: lambda)',
    (_, collection, predicate) => firstIndex(collection, (one) => truthy(predicate.call(one))),
  ),
  define('lastIndexWhere', 'M(collection: iterable, predicate: lambda)', (
    _,
    collection,
    predicate,
  ) => lastIndex(collection, (one) => truthy(predicate.call(one)))),
  define(
    'slice',
    'M(collection: iterable, length: int)',
    (context, collection, length) => context.iterate(slices(context, each(collection), length)),
  ),
  define(
    'splitWhere',
    'M(collection: iterable, predicate: lambda)',
    (context, collection, predicate) =>
      context.iterate(splitWhere(context, each(collection), predicate)),
  ),
  define(
    'sliceWhere',
    'M(collection: iterable, predicate: lambda)',
    (context, collection, predicate) =>
      context.iterate(sliceWhere(context, each(collection), predicate)),
  ),
  define('splitAt', 'M(collection: iterable, index: int)', (context, collection, index) => {
    const items = context.collect(each(collection))
    const at = offset(index)
    return new List([context.tuple(slice(items, null, at)), context.tuple(slice(items, at, null))])
  }),
  ...defineAll(
    ['aggregate', 'reduce'],
    'M(collection: iterable, selector: lambda, seed: any = none)',
    (_, collection, selector, seed) =>
      fold(collection, seed, (left, right) => selector.call(left, right)),
  ),
  define(
    'accumulate',
    'M(collection: iterable, selector: lambda, seed: any = none)',
    (context, collection, selector, seed) =>
      context.iterate(accumulate(each(collection), selector, seed)),
  ),
  define(
    'reverse',
    'M(collection: iterable)',
    (context, collection) => context.iterate(context.collect(each(collection)).reverse().values()),
  ),
  define(
    'generate',
    'F(initial: any, predicate: lambda, producer: lambda, selector: lambda = null, decycle: bool = false)',
    (context, initial, predicate, producer, selector, decycle) =>
      context.iterate(generate(initial, predicate, producer, selector, decycle)),
  ),
  define(
    'generateMany',
    'F(initial: any, producer: lambda, selector: lambda = null, decycle: bool = false, depthFirst: bool = false)',
    (context, initial, producer, selector, decycle, depthFirst) =>
      context.iterate(generateMany(initial, producer, selector, decycle, depthFirst)),
  ),
  define('defaultIfEmpty', 'M(collection: iterable, default: iterable)', (
    context,
    collection,
    otherwise,
  ) => {
    if (!(collection instanceof Iter)) {
      for (const _ of each(collection)) return collection
      return otherwise
    }
    const first = collection.next()
    return first.done ? otherwise : context.iterate(chain([[first.value], collection]))
  }),
]

const MAX_COUNT = 2n ** 63n - 1n

function natural(count: number | bigint): number {
  if (count < 0 || count > MAX_COUNT) {
    throw new Fault('value', 'The number of elements must be from 0 to 2^63 - 1')
  }
  return offset(count)
}

function orStop(otherwise: Datum, name: string): Datum {
  if (otherwise !== undefined) return otherwise
  throw new Fault('stop_iteration', `${name}() of an empty collection; give it a default`)
}

function* where(items: Iterable<Datum>, predicate: Lambda): Generator<Datum> {
  for (const item of items) if (truthy(predicate.call(item))) yield item
}

function* select(items: Iterable<Datum>, selector: Lambda): Generator<Datum> {
  for (const item of items) yield selector.call(item)
}

function* selectMany(items: Iterable<Datum>, selector: Lambda): Generator<Datum> {
  for (const item of items) {
    const inner = selector.call(item)
    if (isIterable(inner)) yield* each(inner)
    else yield inner
  }
}

function* skip(items: Iterable<Datum>, count: number): Generator<Datum> {
  let index = 0
  for (const item of items) if (index++ >= count) yield item
}

function* take(items: Iterable<Datum>, count: number): Generator<Datum> {
  if (count === 0) return
  const source = items[Symbol.iterator]()
  // Not a `for` loop: leaving one early would close the iterator that others may read on.
  for (let taken = 0; taken < count; taken++) {
    const next = source.next()
    if (next.done) return
    yield next.value
  }
}

function* takeWhile(items: Iterable<Datum>, predicate: Lambda): Generator<Datum> {
  for (const item of items) {
    if (!truthy(predicate.call(item))) return
    yield item
  }
}

function* skipWhile(items: Iterable<Datum>, predicate: Lambda): Generator<Datum> {
  let skipping = true
  for (const item of items) {
    skipping &&= truthy(predicate.call(item))
    if (!skipping) yield item
  }
}

function* distinct(items: Iterable<Datum>, keySelector: Lambda | null): Generator<Datum> {
  const seen = new Set<unknown>()
  for (const item of items) {
    const key = hash(keySelector === null ? item : keySelector.call(item))
    if (seen.has(key)) continue
    seen.add(key)
    yield item
  }
}

function* enumerate(items: Iterable<Datum>, start: Int | null): Generator<Datum> {
  if (start === null) throw new Fault('type', 'enumerate() starts at an integer')
  let index: Numeric = start
  for (const item of items) {
    yield new List([index, item])
    index = add(index, 1)
  }
}

function fold(
  collection: Collection,
  initial: Datum,
  combine: (left: Datum, right: Datum) => Datum,
): Datum {
  let result = initial
  for (const item of each(collection)) {
    result = result === undefined ? item : combine(result, item)
  }
  if (result === undefined) {
    throw new Fault('type', 'reduce() of an empty collection with no initial value')
  }
  return result
}

type Int = number | bigint

function* range(start: Int, stop: Int, step: Int): Generator<Datum> {
  const order = step > 0 ? -1 : 1
  for (let value: Numeric = start; compareNumbers(value, stop) === order;) {
    yield value
    value = add(value, step)
  }
}

function* sequence(start: Int, step: Int): Generator<Datum> {
  for (let value: Numeric = start;; value = add(value, step)) yield value
}

function* repeat(value: Datum, times: number): Generator<Datum> {
  for (let count = 0; times < 0 || count < times; count++) yield value
}

function* cycle(context: Context, items: Iterable<Datum>): Generator<Datum> {
  const seen: Datum[] = []
  for (const item of items) {
    context.run.meter.element()
    seen.push(item)
    yield item
  }
  while (seen.length > 0) yield* seen
}

function orderBy(
  context: Context,
  selector: Lambda,
  direction: 1 | -1,
): (left: Datum, right: Datum) => number {
  const keys = new Map<Datum, Datum>()
  const keyOf = (item: Datum): Datum => {
    let key = keys.get(item)
    if (key === undefined) keys.set(item, key = selector.call(item))
    return key
  }
  return (left, right) => {
    context.run.meter.step()
    const order = compareValues(context, keyOf(left), keyOf(right))
    return order === 0 ? 0 : order * direction
  }
}

/** Pairs of key and list of values, in the order in which keys first appear. */
function group(
  context: Context,
  items: Iterable<Datum>,
  keySelector: Lambda,
  valueSelector: Lambda | null,
): Tuple[] {
  const groups = new Map<unknown, [Datum, List]>()
  for (const item of items) {
    context.run.meter.element()
    charge(6)
    const value = valueSelector === null ? item : valueSelector.call(item)
    const key = keySelector.call(item)
    const known = groups.get(hash(key))
    if (known) known[1].items.push(value)
    else groups.set(hash(key), [key, new List([value])])
  }
  return [...groups.values()].map((entry) => new Tuple(entry))
}

/**
 * Applies an aggregator to every group. One in the old style takes the pair of key and values: it shows
 * when the first call fails, and stays possible while nothing proves otherwise.
 */
function* aggregate(
  context: Context,
  groups: readonly Tuple[],
  aggregator: Lambda,
): Generator<Datum> {
  let oldStyle = false
  let mayBeOld = true
  let failure: unknown = null
  for (const entry of groups) {
    const [key, values] = entry.items
    if (!oldStyle) {
      try {
        const result = aggregator.call(values)
        mayBeOld &&= looksOld(values, result)
        yield new Tuple([key, result])
        continue
      } catch (error) {
        if (!mayBeOld || !isStyleFault(error)) throw error
        oldStyle = true
        failure = error
      }
    }
    const result = oldResult(context, aggregator, entry)
    if (result === null) throw failure
    yield result
  }
}

function looksOld(values: Datum, result: Datum): boolean {
  return values instanceof List && values.items.length === 2 && isSequence(result) &&
    itemsOf(result).length === 2 && equals(itemsOf(result)[0], values.items[0], 'tuple')
}

function isStyleFault(error: unknown): error is Fault {
  return error instanceof Fault &&
    ['no_matching_method', 'no_matching_function', 'index'].includes(error.kind)
}

function oldResult(_context: Context, aggregator: Lambda, entry: Tuple): Datum {
  try {
    const result = aggregator.call(entry)
    return isSequence(result) && itemsOf(result).length === 2 ? result : null
  } catch (error) {
    if (error instanceof Fault && error.kind !== 'limit') return null
    throw error
  }
}

function* zip(collections: readonly Collection[]): Generator<Datum> {
  const sources = collections.map((collection) => each(collection)[Symbol.iterator]())
  for (;;) {
    const row: Datum[] = []
    for (const source of sources) {
      const next = source.next()
      if (next.done) return
      row.push(next.value)
    }
    yield new Tuple(row)
  }
}

function* zipLongest(collections: readonly Collection[], filler: Datum): Generator<Datum> {
  const sources = collections.map((collection) => each(collection)[Symbol.iterator]())
  for (;;) {
    const row = sources.map((source) => source.next())
    if (row.every((next) => next.done)) return
    yield new Tuple(row.map((next) => (next.done ? filler : next.value)))
  }
}

function* join(
  left: Collection,
  right: Collection,
  predicate: Lambda,
  selector: Lambda,
): Generator<Datum> {
  const inner = right instanceof Iter ? new Memorized(right) : each(right)
  for (const first of each(left)) {
    for (const second of inner) {
      if (truthy(predicate.call(first, second))) yield selector.call(first, second)
    }
  }
}

function firstIndex(collection: Collection, matches: (item: Datum) => boolean): number {
  let index = 0
  for (const item of each(collection)) {
    if (matches(item)) return index
    index += 1
  }
  return -1
}

function lastIndex(collection: Collection, matches: (item: Datum) => boolean): number {
  let index = 0
  let found = -1
  for (const item of each(collection)) {
    if (matches(item)) found = index
    index += 1
  }
  return found
}

function* slices(context: Context, items: Iterable<Datum>, size: Int): Generator<Datum> {
  const length = natural(size)
  const source = items[Symbol.iterator]()
  for (;;) {
    const part: Datum[] = []
    while (part.length < length) {
      const next = source.next()
      if (next.done) break
      part.push(next.value)
    }
    if (part.length === 0) return
    yield context.tuple(part)
  }
}

function* splitWhere(
  context: Context,
  items: Iterable<Datum>,
  predicate: Lambda,
): Generator<Datum> {
  let part: Datum[] = []
  for (const item of items) {
    if (truthy(predicate.call(item))) {
      yield context.tuple(part)
      part = []
    } else part.push(item)
  }
  if (part.length > 0) yield context.tuple(part)
}

function* sliceWhere(
  context: Context,
  items: Iterable<Datum>,
  predicate: Lambda,
): Generator<Datum> {
  let part: Datum[] = []
  let last: Datum = undefined
  for (const item of items) {
    const value = predicate.call(item)
    if (part.length > 0 && !equals(value, last, 'tuple')) {
      yield context.tuple(part)
      part = []
    }
    part.push(item)
    last = value
  }
  if (part.length > 0) yield context.tuple(part)
}

function* accumulate(items: Iterable<Datum>, selector: Lambda, seed: Datum): Generator<Datum> {
  let result = seed
  if (result !== undefined) yield result
  for (const item of items) {
    result = result === undefined ? item : selector.call(result, item)
    yield result
  }
  if (result === undefined) {
    throw new Fault('type', 'accumulate() of an empty collection with no seed')
  }
}

function* generate(
  initial: Datum,
  predicate: Lambda,
  producer: Lambda,
  selector: Lambda | null,
  decycle: boolean,
): Generator<Datum> {
  const seen = new Set<unknown>()
  let value = initial
  while (truthy(predicate.call(value))) {
    if (decycle) {
      const key = hash(value)
      if (seen.has(key)) return
      seen.add(key)
    }
    yield selector === null ? value : selector.call(value)
    value = producer.call(value)
  }
}

/** Of a text its characters, of a mapping its keys. */
function childrenOf(value: Datum): Iterable<Datum> {
  if (typeof value === 'string') return characters(value)
  if (isMapping(value)) return mapKeys(value)
  if (isIterable(value)) return each(value)
  throw new Fault('type', 'The producer must return a collection')
}

function* generateMany(
  initial: Datum,
  producer: Lambda,
  selector: Lambda | null,
  decycle: boolean,
  depthFirst: boolean,
): Generator<Datum> {
  const seen = new Set<unknown>()
  const queue: Datum[] = [initial]
  for (let head = 0; head < queue.length;) {
    const value = depthFirst ? queue.pop() : queue[head++]
    if (decycle) {
      charge(2)
      const key = hash(value)
      if (seen.has(key)) continue
      seen.add(key)
    }
    yield selector === null ? value : selector.call(value)
    const children = producer.call(value)
    const start = queue.length
    for (const child of childrenOf(children)) queue.push(child)
    // What is taken from the end comes in the order of the text.
    if (depthFirst) queue.push(...queue.splice(start).reverse())
  }
}
