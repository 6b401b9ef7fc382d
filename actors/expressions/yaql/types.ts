/**
 * @module
 * The types of parameters (`reference/yaql.md` §5.3), as sets of kinds.
 */
import { DateTime, TimeSpan } from '../values/dates.ts'
import { charge } from '../values/effort.ts'
import {
  type Datum,
  isSequence,
  itemsOf,
  Iter,
  LazyList,
  List,
  type Numeric,
  Tuple,
} from '../values/kinds.ts'
import { type AnyMapping, isMapping } from '../values/mapping.ts'
import { Regex } from '../values/regex/regex.ts'
import { ValueSet } from '../values/sets.ts'
import { Float } from '../values/value.ts'
import { ItemView, KeyView, ValueView } from '../values/views.ts'
import { Context } from './context.ts'
import type { Lambda } from './lambda.ts'
import { Memorized, Ordered } from './ordered.ts'

/** One bit a kind, so that a type is the sum of its kinds. */
export const KIND = {
  null: 1,
  bool: 1 << 1,
  int: 1 << 2,
  float: 1 << 3,
  string: 1 << 4,
  tuple: 1 << 5,
  list: 1 << 6,
  iterator: 1 << 7,
  ordered: 1 << 8,
  mapping: 1 << 9,
  keyView: 1 << 10,
  itemView: 1 << 11,
  valueView: 1 << 12,
  set: 1 << 13,
  datetime: 1 << 14,
  timespan: 1 << 15,
  regex: 1 << 16,
  context: 1 << 17,
  pair: 1 << 18,
  memorized: 1 << 19,
  other: 1 << 20,
} as const

const ANY = (1 << 21) - 1 - KIND.pair
const SEQUENCE = KIND.tuple | KIND.list
const SETS = KIND.set | KIND.keyView | KIND.itemView

/** The kinds that a parameter of each type takes. */
export const TYPES = {
  any: ANY,
  'any!': ANY & ~KIND.null,
  null: KIND.null,
  int: KIND.int | KIND.bool,
  /** An int, or a boolean left as it is. */
  bits: KIND.int | KIND.bool,
  Integer: KIND.int,
  Number: KIND.int | KIND.float,
  bool: KIND.bool,
  str: KIND.string,
  iterable: SEQUENCE | SETS | KIND.valueView | KIND.iterator | KIND.ordered | KIND.memorized,
  /** Iterable and not a set. */
  series: SEQUENCE | KIND.valueView | KIND.iterator | KIND.ordered | KIND.memorized,
  sequence: SEQUENCE,
  iterator: KIND.iterator | KIND.memorized,
  mapping: KIND.mapping,
  set: SETS,
  datetime: KIND.datetime,
  timespan: KIND.timespan,
  regex: KIND.regex,
  ordered: KIND.ordered,
  context: KIND.context,
  pair: KIND.pair,
  lambda: 0,
  /** A pair whose sides are not evaluated. */
  lazyPair: 0,
} as const

export type TypeName = keyof typeof TYPES

/** What a function's body gets for a parameter of each type. */
export interface TypeOf {
  any: Datum
  'any!': Datum
  null: null
  /** Booleans have become 0 and 1. */
  int: number | bigint
  bits: number | bigint | boolean
  Integer: number | bigint
  Number: Numeric
  bool: boolean
  str: string
  iterable: Collection
  series: Collection
  sequence: Sequence
  iterator: Iter | Memorized
  mapping: AnyMapping
  set: SetLike
  datetime: DateTime
  timespan: TimeSpan
  regex: Regex
  ordered: Ordered
  context: Context
  pair: Pair
  lambda: Lambda
  lazyPair: LazyPair
}

export type Sequence = readonly Datum[] | Tuple | List
export type SetLike = ValueSet | KeyView | ItemView
export type Collection = Sequence | SetLike | ValueView | Iter | Ordered | Memorized

/** An evaluated `key => value`. */
export class Pair {
  readonly key: Datum
  readonly value: Datum

  constructor(key: Datum, value: Datum) {
    this.key = key
    this.value = value
  }
}

/** A `key => value` whose sides are evaluated when wanted. */
export class LazyPair {
  readonly key: Lambda
  readonly value: Lambda

  constructor(key: Lambda, value: Lambda) {
    this.key = key
    this.value = value
  }
}

/** The one bit of a value's kind. */
export function kindOf(value: Datum): number {
  switch (typeof value) {
    case 'string':
      return KIND.string
    case 'number':
      return Number.isInteger(value) ? KIND.int : KIND.float
    case 'boolean':
      return KIND.bool
    case 'bigint':
      return KIND.int
    case 'object':
      return value === null ? KIND.null : kindOfObject(value)
    default:
      return KIND.other
  }
}

/** What each kind is called in messages. */
const KIND_NAMES: Readonly<Record<keyof typeof KIND, string>> = {
  null: 'null',
  bool: 'boolean',
  int: 'int',
  float: 'float',
  string: 'string',
  tuple: 'list',
  list: 'list',
  iterator: 'iterator',
  ordered: 'ordered collection',
  mapping: 'mapping',
  keyView: 'keys()',
  itemView: 'items()',
  valueView: 'values()',
  set: 'set',
  datetime: 'datetime',
  timespan: 'timespan',
  regex: 'regex',
  context: 'context',
  pair: 'pair',
  memorized: 'iterator',
  other: 'other',
}

/** The kind of a value, for messages. */
export function kindName(value: Datum): string {
  const kind = kindOf(value)
  const found = (Object.keys(KIND) as (keyof typeof KIND)[]).find((name) => KIND[name] === kind)
  // An expression that was handed over unevaluated.
  return found === undefined || found === 'other' ? 'expression' : KIND_NAMES[found]
}

function kindOfObject(value: object): number {
  if (Array.isArray(value) || value instanceof Tuple) return KIND.tuple
  if (Object.getPrototypeOf(value) === Object.prototype) return KIND.mapping
  if (value instanceof Iter) return KIND.iterator
  if (value instanceof List) return KIND.list
  if (value instanceof Float) return KIND.float
  if (value instanceof Context) return KIND.context
  if (value instanceof Pair) return KIND.pair
  if (value instanceof DateTime) return KIND.datetime
  if (value instanceof TimeSpan) return KIND.timespan
  if (value instanceof Regex) return KIND.regex
  if (value instanceof ValueSet) return KIND.set
  if (value instanceof KeyView) return KIND.keyView
  if (value instanceof ItemView) return KIND.itemView
  if (value instanceof ValueView) return KIND.valueView
  if (value instanceof Ordered) return KIND.ordered
  if (value instanceof Memorized) return KIND.memorized
  return isMapping(value) ? KIND.mapping : KIND.other
}

/** Whether a value is a collection that functions iterate. */
export function isIterable(value: Datum): value is Collection {
  return (kindOf(value) & TYPES.iterable) !== 0
}

/** Elements of a sequence that are charged at once. */
const CHARGED = 64

/** The elements of a collection, charged; a one-pass iterator is used up by reading them. */
export function each(collection: Collection): Iterable<Datum> {
  if (!isSequence(collection) || collection instanceof LazyList) return collection
  const items = itemsOf(collection)
  return items.length <= CHARGED ? items : chargedItems(items)
}

function* chargedItems(items: readonly Datum[]): Generator<Datum> {
  for (let start = 0; start < items.length; start += CHARGED) {
    charge(CHARGED)
    const end = Math.min(items.length, start + CHARGED)
    for (let index = start; index < end; index++) yield items[index]
  }
}
