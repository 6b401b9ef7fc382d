/**
 * @module
 * The methods of lists, tuples, ranges, dicts and sets. Those that change their object work on the
 * template's own data only: {@link ownItems} sees to that.
 */
import { Fault } from '../../fault.ts'
import { type Datum, itemsOf, List, Tuple } from '../../values/kinds.ts'
import { type AnyMapping, type Dict, mapEntries, mapGet, mapHas } from '../../values/mapping.ts'
import { ValueSet } from '../../values/sets.ts'
import { ItemView, KeyView, ValueView } from '../../values/views.ts'
import { Callable, type Routine, routine } from '../callable.ts'
import { toItems } from '../operators.ts'
import {
  dict,
  equal,
  hash,
  isDict,
  lengthOf,
  sameOrEqual,
  toCount,
  toIndex,
  truth,
  typeName,
} from '../protocol.ts'
import type { Range } from '../range.ts'
import { ownDict, ownItems, type Run } from '../run.ts'
import { sorted } from '../sorting.ts'

type Sequence = readonly Datum[] | Tuple | List
type Methods<Self> = Readonly<Record<string, Routine<[Self]>>>

function indexIn(items: readonly Datum[], value: Datum, start: Datum, stop: Datum): number {
  const length = items.length
  const clamp = (bound: Datum, fallback: number) => {
    const index = bound === null ? fallback : toIndex(bound)
    return index < 0 ? Math.max(0, index + length) : index
  }
  const [from, to] = [clamp(start, 0), Math.min(length, clamp(stop, length))]
  for (let i = from; i < to; i++) if (sameOrEqual(items[i], value)) return i
  return -1
}

function notFound(kind: string): Fault {
  return new Fault('value', `${kind}.index(x): x not in ${kind}`)
}

function countIn(items: readonly Datum[], value: Datum): number {
  return items.filter((item) => sameOrEqual(item, value)).length
}

export const tupleMethods: Methods<Sequence> = {
  count: routine('value, /', (_run, tuple, value) => countIn(itemsOf(tuple), value)),
  index: routine('value, start=0, stop=None, /', (_run, tuple, value, start, stop) => {
    const index = indexIn(itemsOf(tuple), value, start, stop)
    if (index < 0) throw notFound('tuple')
    return index
  }),
}

/** Steps to move all items of a list by one place. */
function shifting(items: readonly Datum[]): number {
  return 1 + (items.length >> 7)
}

export const listMethods: Methods<Sequence> = {
  append: routine('object, /', (run, list, value) => {
    run.step()
    ownItems(list).push(value)
    return null
  }),
  clear: routine('', (_run, list) => {
    ownItems(list).length = 0
    return null
  }),
  copy: routine('', (run, list) => new List(run.items([...itemsOf(list)]))),
  count: routine('value, /', (_run, list, value) => countIn(itemsOf(list), value)),
  extend: routine('iterable, /', (run, list, values) => {
    const added = toItems(run, values)
    const items = ownItems(list)
    run.reserveItems(items.length + added.length)
    for (const item of added) items.push(item)
    return null
  }),
  index: routine('value, start=0, stop=None, /', (_run, list, value, start, stop) => {
    const index = indexIn(itemsOf(list), value, start, stop)
    if (index < 0) throw new Fault('value', 'the value is not in list')
    return index
  }),
  insert: routine('index, object, /', (run, list, index, value) => {
    const items = ownItems(list)
    run.step(shifting(items))
    items.splice(toCount(index), 0, value)
    return null
  }),
  pop: routine('index=-1, /', (run, list, index) => {
    const items = ownItems(list)
    const at = toCount(index)
    if (items.length === 0) throw new Fault('index', 'pop from empty list')
    const from = at < 0 ? at + items.length : at
    if (from < 0 || from >= items.length) throw new Fault('index', 'pop index out of range')
    run.step(from === items.length - 1 ? 1 : shifting(items))
    return items.splice(from, 1)[0]
  }),
  remove: routine('value, /', (_run, list, value) => {
    const items = ownItems(list)
    const index = items.findIndex((item) => sameOrEqual(item, value))
    if (index < 0) throw new Fault('value', 'list.remove(x): x not in list')
    items.splice(index, 1)
    return null
  }),
  reverse: routine('', (_run, list) => {
    ownItems(list).reverse()
    return null
  }),
  sort: routine('key=None, reverse=False', (run, list, key, reverse) => {
    const items = ownItems(list)
    const keyOf = key instanceof Callable
      ? (item: Datum) => key.call(run, { positional: [item], keywords: new Map() })
      : (item: Datum) => item
    if (key !== null && !(key instanceof Callable) && items.length > 0) {
      throw new Fault('type', `'${typeName(key)}' object is not callable`)
    }
    const result = sorted(run, items, keyOf, truth(reverse))
    items.splice(0, items.length, ...result)
    return null
  }),
}

export const rangeMethods: Methods<Range> = {
  count: routine('value, /', (_run, range, value) => range.indexOf(value) < 0 ? 0 : 1),
  index: routine('value, /', (_run, range, value) => {
    const index = range.indexOf(value)
    if (index < 0) throw new Fault('value', 'the value is not in range')
    return index
  }),
}

/** What a mapping is made of: another mapping, or pairs. */
export function entriesFrom(run: Run, value: Datum): Iterable<readonly [Datum, Datum]> {
  if (isDict(value)) return mapEntries(value)
  return toItems(run, value).map((pair, index) => {
    const items = lengthOf(pair) === null ? null : toItems(run, pair)
    if (items === null) {
      throw new Fault(
        'type',
        `cannot convert dictionary update sequence element #${index} to a sequence`,
      )
    }
    if (items.length !== 2) {
      throw new Fault(
        'value',
        `dictionary update sequence element #${index} has length ${items.length}; 2 is required`,
      )
    }
    return [items[0], items[1]] as const
  })
}

/** `update`: from a mapping or pairs, then from the keywords. */
export function update(run: Run, target: Dict, others: Datum, keywords: Datum): void {
  const [other, ...more] = others as Datum[]
  if (more.length > 0) {
    throw new Fault('type', `update expected at most 1 argument, got ${more.length + 1}`)
  }
  if (other !== undefined) {
    for (const [key, value] of entriesFrom(run, other)) target.set(key, value)
  }
  for (const [key, value] of keywords as ReadonlyMap<string, Datum>) target.set(key, value)
}

export const dictMethods: Methods<AnyMapping> = {
  clear: routine('', (_run, mapping) => {
    const own = ownDict(mapping)
    for (const key of [...own.keys()]) own.delete(key)
    return null
  }),
  copy: routine('', (_run, mapping) => dict(mapEntries(mapping))),
  fromkeys: routine(
    'iterable, value=None, /',
    (run, _mapping, keys, value) => dict(toItems(run, keys).map((key) => [key, value])),
  ),
  get: routine('key, default=None, /', (_run, mapping, key, fallback) => {
    hash(key)
    return mapHas(mapping, key) ? mapGet(mapping, key) : fallback
  }),
  items: routine('', (_run, mapping) => new ItemView(mapping)),
  keys: routine('', (_run, mapping) => new KeyView(mapping)),
  pop: routine('key, default=, /', (_run, mapping, key, fallback) => {
    const own = ownDict(mapping)
    if (!own.has(key)) {
      if (fallback === undefined) throw missingKey(key)
      return fallback
    }
    const value = own.get(key)
    own.delete(key)
    return value
  }),
  popitem: routine('', (_run, mapping) => {
    const own = ownDict(mapping)
    const entry = [...own.entries()].at(-1)
    if (!entry) throw new Fault('key', "'popitem(): dictionary is empty'")
    own.delete(entry[0])
    return new Tuple(entry)
  }),
  setdefault: routine('key, default=None, /', (_run, mapping, key, fallback) => {
    const own = ownDict(mapping)
    if (!own.has(key)) own.set(key, fallback)
    return own.get(key)
  }),
  update: routine('*others, **keywords', (run, mapping, others, keywords) => {
    update(run, ownDict(mapping), others, keywords)
    return null
  }),
  values: routine('', (_run, mapping) => new ValueView(mapping)),
}

/** Says which key, if it is a name that the template itself wrote. */
export function missingKey(key: Datum): Fault {
  return new Fault(
    'key',
    typeof key === 'string' ? `'${key}'` : `no such key of type ${typeName(key)}`,
  )
}

type Members = (run: Run, others: Datum) => ValueSet[]

const membersOf: Members = (run, others) =>
  (others as Datum[]).map((other) => new ValueSet(hash, false, toItems(run, other)))

const union = (sets: readonly Iterable<Datum>[]) =>
  new ValueSet(hash, false, sets.flatMap((set) => [...set]))

export const setMethods: Methods<ValueSet> = {
  copy: routine('', (_run, set) => union([set])),
  difference: routine('*others', (run, set, others) => {
    const removed = membersOf(run, others)
    return union([[...set].filter((member) => !removed.some((other) => other.has(member)))])
  }),
  intersection: routine('*others', (run, set, others) => {
    const kept = membersOf(run, others)
    return union([[...set].filter((member) => kept.every((other) => other.has(member)))])
  }),
  isdisjoint: routine('other, /', (run, set, other) => {
    const [members] = membersOf(run, [other])
    return [...set].every((member) => !members?.has(member))
  }),
  issubset: routine('other, /', (run, set, other) => {
    const [members] = membersOf(run, [other])
    return [...set].every((member) => members?.has(member))
  }),
  issuperset: routine(
    'other, /',
    (run, set, other) => toItems(run, other).every((member) => set.has(member)),
  ),
  symmetric_difference: routine('other, /', (run, set, other) => {
    const [members] = membersOf(run, [other])
    const [left, right] = [[...set], [...members ?? []]]
    return union([
      left.filter((member) => !members?.has(member)),
      right.filter((member) => !set.has(member)),
    ])
  }),
  union: routine('*others', (run, set, others) => union([set, ...membersOf(run, others)])),
  add: routine('member, /', (_run, set, member) => {
    set.add(member)
    return null
  }),
  discard: routine('member, /', (_run, set, member) => {
    set.delete(member)
    return null
  }),
  remove: routine('member, /', (_run, set, member) => {
    if (!set.delete(member)) throw missingKey(member)
    return null
  }),
  update: routine('*others', (run, set, others) => {
    for (const members of membersOf(run, others)) for (const member of members) set.add(member)
    return null
  }),
}

export const viewMethods: Methods<KeyView | ItemView> = {
  isdisjoint: routine('other, /', (run, view, other) => {
    const members = [...view]
    return toItems(run, other).every((item) => !members.some((member) => equal(member, item)))
  }),
}
