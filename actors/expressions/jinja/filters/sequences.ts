/**
 * @module
 * Filters on lists, mappings and everything that can be iterated.
 */
import { Fault } from '../../fault.ts'
import { type Datum, List, Tuple } from '../../values/kinds.ts'
import { mapEntries } from '../../values/mapping.ts'
import { attributeOf, getAttribute, getItem, Group, missing } from '../access.ts'
import { isText, Markup } from '../markup.ts'
import { Undefined } from '../objects.ts'
import { add, toItems } from '../operators.ts'
import {
  compare,
  equal,
  hash,
  isDict,
  iterate,
  length,
  type Order,
  reversedOf,
  toIndex,
  toText,
  truth,
  typeName,
} from '../protocol.ts'
import type { Run } from '../run.ts'
import { ignoreCase, sorted } from '../sorting.ts'
import {
  contextualFilter,
  each,
  filter,
  type Filters,
  getter,
  lazily,
  multiGetter,
} from './filter.ts'
import { joinText } from './text.ts'

const keepCase = (value: Datum): Datum => value

/** The key that values are compared by. */
function keyed(run: Run, caseSensitive: Datum, attribute: Datum): (item: Datum) => Datum {
  const get = getter(run, attribute)
  const fold = truth(caseSensitive) ? keepCase : ignoreCase
  return (item) => fold(get(item))
}

function extreme(operator: Order) {
  return (run: Run, value: Datum, caseSensitive: Datum, attribute: Datum): Datum => {
    const keyOf = keyed(run, caseSensitive, attribute)
    let best: { item: Datum; key: Datum } | null = null
    for (const item of each(run, value)) {
      const key = keyOf(item)
      if (best === null || compare(operator, key, best.key)) best = { item, key }
    }
    return best ? best.item : new Undefined('No aggregated item, sequence was empty.')
  }
}

function entriesOf(value: Datum): [Datum, Datum][] {
  if (isDict(value)) return [...mapEntries(value)]
  if (value instanceof Undefined) return value.fail()
  throw new Fault('attribute', `'${typeName(value)}' object has no attribute 'items'`)
}

function* batch(run: Run, value: Datum, size: Datum, fill: Datum): Generator<Datum> {
  let items: Datum[] = []
  for (const item of each(run, value)) {
    if (equal(items.length, size)) {
      yield new List(items)
      items = []
    }
    items.push(item)
  }
  if (items.length === 0) return
  if (fill !== null && compare('<', items.length, size)) {
    const missingCount = toIndex(size) - items.length
    run.reserveItems(missingCount)
    for (let i = 0; i < missingCount; i++) items.push(fill)
  }
  yield new List(items)
}

function* slices(run: Run, value: Datum, count: Datum, fill: Datum): Generator<Datum> {
  const items = toItems(run, value)
  const number = toIndex(count)
  if (number === 0) throw new Fault('zero_division', 'integer division or modulo by zero')
  const size = Math.floor(items.length / number)
  const larger = items.length - size * number
  let offset = 0
  for (let i = 0; i < number; i++) {
    run.step(4)
    const start = offset + i * size
    if (i < larger) offset++
    const part = items.slice(start, offset + (i + 1) * size)
    if (fill !== null && i >= larger) part.push(fill)
    yield new List(part)
  }
}

function groups(run: Run, value: Datum, attribute: Datum, fallback: Datum, exact: Datum): Datum {
  const get = getter(run, attribute, fallback)
  const fold = truth(exact) ? keepCase : ignoreCase
  const items = sorted(run, toItems(run, value), (item) => fold(get(item)))
  const found: { key: Datum; items: Datum[] }[] = []
  for (const item of items) {
    const key = fold(get(item))
    const last = found.at(-1)
    if (last && equal(last.key, key)) last.items.push(item)
    else found.push({ key, items: [item] })
  }
  return new List(found.map((group) => {
    const grouper = truth(exact) ? group.key : get(group.items[0])
    return new Group(grouper, new List(group.items))
  }))
}

function* unique(run: Run, value: Datum, caseSensitive: Datum, attribute: Datum): Generator<Datum> {
  const keyOf = keyed(run, caseSensitive, attribute)
  const seen = new Set<unknown>()
  for (const item of each(run, value)) {
    const key = hash(keyOf(item))
    if (seen.has(key)) continue
    seen.add(key)
    yield item
  }
}

function sum(run: Run, value: Datum, attribute: Datum, start: Datum): Datum {
  if (isText(start)) {
    throw new Fault('type', `sum() can't sum strings [use ''.join(seq) instead]`)
  }
  const get = getter(run, attribute)
  let total = start
  for (const item of each(run, value)) total = add(run, total, get(item))
  return total
}

function reverse(run: Run, value: Datum): Datum {
  if (isText(value)) {
    const reversed = [...reversedOf(value) ? toItems(run, value).reverse() : []].join('')
    return value instanceof Markup ? new Markup(reversed) : reversed
  }
  const backwards = reversedOf(value)
  if (backwards) {
    return lazily(run, function* () {
      for (let next = backwards.next(); !next.done; next = backwards.next()) yield next.value
    })
  }
  try {
    return new List(toItems(run, value).reverse())
  } catch (error) {
    if (error instanceof Fault && error.kind === 'type') {
      throw new Fault('runtime', 'argument must be iterable')
    }
    throw error
  }
}

function last(value: Datum): Datum {
  const backwards = reversedOf(value)
  if (backwards === null) {
    throw new Fault('type', `'${typeName(value)}' object is not reversible`)
  }
  const next = backwards.next()
  return next.done ? new Undefined('No last item, sequence was empty.') : next.value
}

function randomOf(run: Run, value: Datum): Datum {
  const count = length(value)
  if (count === 0) return new Undefined('No random item, sequence was empty.')
  return getItem(run, value, Math.floor(run.host.random() * count))
}

function dictSort(run: Run, value: Datum, caseSensitive: Datum, by: Datum, reversed: Datum): Datum {
  const place = by === 'key' ? 0 : by === 'value' ? 1 : null
  if (place === null) {
    throw new Fault('runtime', 'You can only sort by either "key" or "value"')
  }
  const fold = truth(caseSensitive) ? keepCase : ignoreCase
  const entries = sorted(
    run,
    entriesOf(value),
    (entry) => fold(entry[place]),
    toIndex(reversed) !== 0,
  )
  return new List(entries.map((entry) => new Tuple(entry)))
}

/** Sorting asks for a list of keys; a single one need not be wrapped. */
function sort(run: Run, value: Datum, reversed: Datum, exact: Datum, attribute: Datum): Datum {
  const get = multiGetter(run, attribute)
  const fold = truth(exact) ? keepCase : ignoreCase
  const keyOf = (item: Datum) => new List(get(item).map(fold))
  return new List(sorted(run, toItems(run, value), keyOf, toIndex(reversed) !== 0))
}

export const sequenceFilters: Filters = {
  attr: filter('obj, name', (run, object, name) => {
    const attribute = attributeOf(object, toText(name))
    return attribute === undefined ? missing(object, name) : getAttribute(run, object, toText(name))
  }),
  batch: filter(
    'value, linecount, fill_with=None',
    (run, value, size, fill) => lazily(run, () => batch(run, value, size, fill)),
  ),
  count: filter('obj, /', (_run, value) => length(value)),
  dictsort: filter("value, case_sensitive=False, by='key', reverse=False", dictSort),
  first: filter('seq', (_run, value) => {
    const next = iterate(value).next()
    return next.done ? new Undefined('No first item, sequence was empty.') : next.value
  }),
  groupby: filter('value, attribute, default=None, case_sensitive=False', groups),
  items: filter('value', (run, value) =>
    lazily(run, function* () {
      if (value instanceof Undefined) return
      if (!isDict(value)) throw new Fault('type', 'Can only get item pairs from a mapping.')
      for (const entry of mapEntries(value)) yield new Tuple(entry)
    })),
  join: filter("value, d='', attribute=None", (run, value, separator, attribute) => {
    const get = getter(run, attribute)
    const items = attribute === null ? toItems(run, value) : toItems(run, value).map(get)
    return joinText(run, items, separator)
  }),
  last: filter('seq', (_run, value) => last(value)),
  length: filter('obj, /', (_run, value) => length(value)),
  list: filter('value', (run, value) => new List(toItems(run, value))),
  max: filter('value, case_sensitive=False, attribute=None', extreme('>')),
  min: filter('value, case_sensitive=False, attribute=None', extreme('<')),
  random: contextualFilter('seq', (run, value) => randomOf(run, value)),
  reverse: filter('value', reverse),
  slice: filter(
    'value, slices, fill_with=None',
    (run, value, count, fill) => lazily(run, () => slices(run, value, count, fill)),
  ),
  sort: filter('value, reverse=False, case_sensitive=False, attribute=None', sort),
  sum: filter('iterable, attribute=None, start=0', sum),
  unique: filter(
    'value, case_sensitive=False, attribute=None',
    (run, value, exact, attribute) => lazily(run, () => unique(run, value, exact, attribute)),
  ),
}
