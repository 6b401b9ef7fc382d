/**
 * @module
 * Sequences, mappings and sets (`reference/yaql.md` §11).
 */
import { Fault } from '../../fault.ts'
import {
  type Datum,
  isSequence,
  itemsOf,
  Iter,
  LazyList,
  lengthOfSequence,
  List,
  Tuple,
} from '../../values/kinds.ts'
import {
  type AnyMapping,
  isMapping,
  mapEntries,
  mapGet,
  mapHas,
  mapSize,
  mapValues,
} from '../../values/mapping.ts'
import { same } from '../../values/equality.ts'
import { ValueSet } from '../../values/sets.ts'
import { ItemView, KeyView, ValueView } from '../../values/views.ts'
import { type Context, frozenDict, frozenSet, hash, plainDict } from '../context.ts'
import { define, offset, word } from '../definition.ts'
import type { Lambda } from '../lambda.ts'
import { Memorized } from '../ordered.ts'
import { type Collection, each, isIterable, kindOf, type Pair, TYPES } from '../types.ts'
import { contains, realSet, subtractSets } from './operators.ts'

export const collections = [
  define('list', 'F(*args: any)', (context, args) => context.tuple(expand(args))),
  define('set', 'F(*args: any)', (context, args) => frozenSet(context.collect(expand(args)))),
  define('dict', 'F(*args: pair)', (_, args) => frozenDict(args.map(entryOf)), { pairs: true }),
  define('dict', 'F(items: iterable)', (context, items) => frozenDict(entriesOf(context, items)), {
    pairs: true,
  }),
  define(
    'toList',
    'M(collection: iterable)',
    (context, collection) =>
      Array.isArray(collection) || collection instanceof Tuple
        ? collection
        : context.tuple(each(collection)),
  ),
  define(
    'toSet',
    'M(collection: iterable)',
    (context, collection) => frozenSet(context.collect(each(collection))),
  ),
  define(
    'toDict',
    'M(collection: iterable, keySelector: lambda, valueSelector: lambda = null)',
    (context, collection, keySelector, valueSelector) => {
      const result = plainDict([])
      for (const item of each(collection)) {
        context.run.meter.element()
        const key = keySelector.call(item)
        result.set(key, valueSelector ? valueSelector.call(item) : item)
      }
      return result
    },
  ),
  define('isList', 'F(arg: any)', (_, arg) => isSequence(arg)),
  define('isDict', 'F(arg: any)', (_, arg) => isMapping(arg)),
  define('isSet', 'F(arg: any)', (_, arg) => (kindOf(arg) & TYPES.set) !== 0),
  define('isIterable', 'F(value: any)', (_, value) => isIterable(value)),
  define('len', 'E(dict: mapping)', (_, dict) => mapSize(dict)),
  define('len', 'E(sequence: sequence)', (_, sequence) => lengthOfSequence(sequence)),
  define('len', 'E(set: set)', (_, set) => set.size),
  define('len', 'E(collection: iterator)', (_, collection) => countOf(collection)),
  define(
    'flatten',
    'M(collection: iterable)',
    (context, collection) => context.iterate(flatten(collection)),
  ),

  define('get', 'M(dict: mapping, key: any, default: any = null)', (_, dict, key, otherwise) => {
    hash(key)
    const value = mapGet(dict, key)
    return value === undefined ? otherwise : value
  }),
  define(
    'set',
    'M(dict: mapping, key: any, value: any)',
    (context, dict, key, value) => updated(context, dict, [[key, value]]),
    { pairs: true },
  ),
  define(
    'set',
    'M(dict: mapping, replacements: mapping)',
    (context, dict, replacements) => updated(context, dict, mapEntries(replacements)),
    { pairs: true },
  ),
  define(
    'set',
    'M(dict: mapping, *args: pair)',
    (context, dict, args) => updated(context, dict, args.map(entryOf)),
    { pairs: true },
  ),
  define('keys', 'M(dict: mapping)', (_, dict) => new KeyView(dict)),
  define('values', 'M(dict: mapping)', (_, dict) => new ValueView(dict)),
  define('items', 'M(dict: mapping)', (_, dict) => new ItemView(dict)),
  define('containsKey', 'M(dict: mapping, key: any)', (_, dict, key) => {
    hash(key)
    return mapHas(dict, key)
  }),
  define('containsValue', 'M(dict: mapping, value: any)', (_, dict, value) => {
    for (const one of mapValues(dict)) if (same(one, value, 'tuple')) return true
    return false
  }),
  define(
    'delete',
    'M(dict: mapping, *keys: any)',
    (context, dict, keys) => without(context, dict, keys),
  ),
  define(
    'deleteAll',
    'M(dict: mapping, keys: iterable)',
    (context, dict, keys) => without(context, dict, each(keys)),
  ),
  define(
    'mergeWith',
    'M(dict: mapping, another: mapping, listMerger: lambda = null, itemMerger: lambda = null, maxLevels: int = 0)',
    (context, dict, another, listMerger, itemMerger, levels) =>
      merge(context, dict, another, { listMerger, itemMerger }, offset(levels)),
  ),

  define(
    'insert',
    'M(collection: sequence, position: int, value: any)',
    (context, collection, position, value) => {
      const items = context.collect(itemsOf(collection))
      items.splice(word(position), 0, value)
      return new List(items)
    },
  ),
  define(
    'insert',
    'M(collection: series, position: int, value: any)',
    (context, collection, position, value) =>
      context.iterate(insertAt(each(collection), offset(position), [value])),
  ),
  define(
    'insertMany',
    'M(collection: iterable, position: int, values: iterable)',
    (context, collection, position, values) =>
      context.iterate(
        insertAt(each(collection), Math.max(0, offset(position)), each(values)),
      ),
  ),
  define(
    'delete',
    'M(collection: iterable, position: int, count: int = 1)',
    (context, collection, position, count) =>
      context.iterate(replaceAt(each(collection), offset(position), offset(count), [])),
  ),
  define(
    'replace',
    'M(collection: iterable, position: int, value: any, count: int = 1)',
    (context, collection, position, value, count) =>
      context.iterate(replaceAt(each(collection), offset(position), offset(count), [value])),
  ),
  define(
    'replaceMany',
    'M(collection: iterable, position: int, values: iterable, count: int = 1)',
    (context, collection, position, values, count) =>
      context.iterate(
        replaceAt(each(collection), offset(position), offset(count), each(values)),
      ),
  ),
  define(
    'contains',
    'M(collection: iterable, value: any)',
    (_, collection, value) => contains(collection, value),
  ),

  define(
    'union',
    'M(left: set, right: set)',
    (context, left, right) => frozenSet(context.collect([...realSet(left), ...right])),
  ),
  define('intersect', 'M(left: set, right: set)', (_, left, right) => {
    const other = frozenSet(right)
    return frozenSet([...realSet(left)].filter((member) => other.has(member)))
  }),
  define(
    'difference',
    'M(left: set, right: set)',
    (_, left, right) => subtractSets(left, right),
  ),
  define('symmetricDifference', 'M(left: set, right: set)', (_, left, right) => {
    const [a, b] = [realSet(left), frozenSet(right)]
    return frozenSet([...subtractSets(a, b), ...subtractSets(b, a)])
  }),
  define(
    'add',
    'M(set: set, *values: any)',
    (context, set, values) => frozenSet(context.collect([...realSet(set), ...values])),
  ),
  define(
    'remove',
    'M(set: set, *values: any)',
    (_, set, values) => subtractSets(set, frozenSet(values)),
  ),
]

function entryOf(pair: Pair): [Datum, Datum] {
  return [pair.key, pair.value]
}

/** Iterators among arguments give their elements; everything else is an element itself. */
function* expand(values: Iterable<Datum>): Generator<Datum> {
  for (const value of values) {
    if (value instanceof Iter || value instanceof Memorized) yield* expand(value)
    else yield value
  }
}

function entriesOf(context: Context, items: Collection): [Datum, Datum][] {
  const entries: [Datum, Datum][] = []
  for (const item of each(items)) {
    context.run.meter.element()
    const parts = typeof item === 'string' ? item : isIterable(item) ? each(item) : keysOf(item)
    const source: Iterator<Datum> = parts[Symbol.iterator]()
    const [key, value] = [source.next(), source.next()]
    if (key.done || value.done) {
      throw new Fault('stop_iteration', 'dict() takes pairs of a key and a value')
    }
    entries.push([key.value, value.value])
  }
  return entries
}

function keysOf(item: Datum): Iterable<Datum> {
  if (isMapping(item)) return new KeyView(item)
  throw new Fault('type', 'dict() takes pairs of a key and a value')
}

/** How many elements are left to read. */
export function countOf(collection: Collection): number {
  if (collection instanceof ValueSet) return collection.size
  if (collection instanceof LazyList) return collection.length
  let count = 0
  for (const _ of each(collection)) count += 1
  return count
}

/** All levels, by a stack of its own: generators within generators would pass each element along. */
function* flatten(collection: Collection): Generator<Datum> {
  const stack = [each(collection)[Symbol.iterator]()]
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const next = top.next()
    if (next.done) stack.pop()
    else if (isIterable(next.value)) stack.push(each(next.value)[Symbol.iterator]())
    else yield next.value
  }
}

function updated(
  context: Context,
  mapping: AnyMapping,
  entries: Iterable<readonly [Datum, Datum]>,
): Datum {
  context.run.meter.reserve(mapSize(mapping))
  const result = frozenDict(mapEntries(mapping))
  for (const [key, value] of entries) result.set(key, value)
  return result
}

function without(context: Context, mapping: AnyMapping, keys: Iterable<Datum>): Datum {
  context.run.meter.reserve(mapSize(mapping))
  const result = plainDict(mapEntries(mapping))
  for (const key of keys) result.delete(key)
  return result
}

interface Mergers {
  readonly listMerger: Lambda | null
  readonly itemMerger: Lambda | null
}

/** @param levels How deep to merge; 0 is without limit. */
function merge(
  context: Context,
  left: AnyMapping,
  right: AnyMapping,
  mergers: Mergers,
  levels: number,
): Datum {
  context.run.meter.reserve(mapSize(left))
  const result = plainDict([])
  for (const [key, own] of mapEntries(left)) {
    const other = mapGet(right, key)
    result.set(key, other === undefined ? own : mergeValues(context, own, other, mergers, levels))
  }
  for (const [key, other] of mapEntries(right)) if (!mapHas(left, key)) result.set(key, other)
  return result
}

function mergeValues(
  context: Context,
  own: Datum,
  other: Datum,
  mergers: Mergers,
  levels: number,
): Datum {
  if (levels !== 1 && isMapping(other)) {
    if (!isMapping(own)) throw new Fault('type', 'mergeWith() cannot merge a mapping into a value')
    return merge(context, own, other, mergers, levels === 0 ? 0 : levels - 1)
  }
  if (levels !== 1 && isSequence(other)) {
    if (!isSequence(own)) throw new Fault('type', 'mergeWith() cannot merge a list into a value')
    if (mergers.listMerger) return mergers.listMerger.call(own, other)
    if (own instanceof List !== other instanceof List) {
      throw new Fault('type', 'mergeWith() cannot merge a list and a tuple')
    }
    return context.tuple(distinctOf([...itemsOf(own), ...itemsOf(other)]))
  }
  return mergers.itemMerger ? mergers.itemMerger.call(own, other) : other
}

function distinctOf(items: readonly Datum[]): Datum[] {
  return [...new ValueSet(hash, true, items)]
}

function* insertAt(
  items: Iterable<Datum>,
  position: number,
  values: Iterable<Datum>,
): Generator<Datum> {
  let index = 0
  for (const item of items) {
    if (index === position) yield* values
    yield item
    index += 1
  }
  if (position >= index) yield* values
}

/** Puts values in place of `count` elements; a negative count goes to the end. */
function* replaceAt(
  items: Iterable<Datum>,
  position: number,
  count: number,
  values: Iterable<Datum>,
): Generator<Datum> {
  let index = 0
  let replaced = false
  for (const item of items) {
    const within = index >= position && (count < 0 || index < position + count)
    if (within && !replaced) {
      replaced = true
      yield* values
    }
    if (!within) yield item
    index += 1
  }
}
