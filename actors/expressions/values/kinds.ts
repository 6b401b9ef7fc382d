/**
 * @module
 * The kinds of value that live only inside an evaluation, and the predicates that tell all kinds
 * apart.
 *
 * Data comes in as it is: a bare array or object is always a stored {@link Value}, never copied or
 * wrapped. YAQL reads a bare array as a *tuple* and a bare mapping as *frozen*; Jinja reads them as
 * *list* and *dict*. Functions for which that matters take an {@link ArrayKind}.
 */
import { Float } from './value.ts'

/** Any value within an evaluation. Told apart by the predicates of this module. */
export type Datum = unknown

/** What a bare array is to the language that looks at it. */
export type ArrayKind = 'list' | 'tuple'

/** A key for a JavaScript `Map` that is the same for equal values. */
export type HashKey = string | number | bigint | object | symbol

/** A number of either kind. */
export type Numeric = number | bigint | Float

/** An immutable sequence made by an expression. */
export class Tuple {
  readonly items: readonly Datum[]

  constructor(items: readonly Datum[]) {
    this.items = items
  }
}

/** A mutable sequence: never equal to a tuple and never hashable. */
export class List {
  /** The stored array this list shows, if its elements were not made by an expression. */
  readonly source: readonly Datum[] | null
  #items: Datum[] | null
  #wrap: ((item: Datum) => Datum) | null

  /** @param wrap How an element of stored data is shown, if not as itself. */
  constructor(items: Datum[] | readonly Datum[], wrap: ((item: Datum) => Datum) | null = null) {
    this.source = wrap === null ? null : items
    this.#items = wrap === null ? items as Datum[] : null
    this.#wrap = wrap
  }

  get items(): Datum[] {
    return this.#items ??= (this.source ?? []).map((item) => this.#wrap?.(item))
  }
}

/** A list that is read bit by bit, from its start each time, until somebody wants all of it. */
export class LazyList extends List {
  readonly #read: () => Iterator<Datum>
  readonly #count: (() => number | null) | null
  #whole: Datum[] | null = null

  /** @param count How many there are, where that is known without reading them; null if not. */
  constructor(read: () => Iterator<Datum>, count: (() => number | null) | null = null) {
    super([])
    this.#read = read
    this.#count = count
  }

  override get items(): Datum[] {
    return this.#whole ??= Array.from({ [Symbol.iterator]: this.#read })
  }

  get length(): number {
    return this.#whole?.length ?? this.#count?.() ?? this.items.length
  }

  [Symbol.iterator](): Iterator<Datum> {
    return this.#whole ? this.#whole.values() : this.#read()
  }

  /** The same, each element shown in another way. */
  showing(show: (item: Datum) => Datum): LazyList {
    const read = this.#read
    function* shown(): Generator<Datum> {
      for (const item of { [Symbol.iterator]: read }) yield show(item)
    }
    return new LazyList(shown, this.#count)
  }
}

/** A one-pass iterator. Whoever reads it uses it up. */
export class Iter implements IterableIterator<Datum> {
  readonly #inner: Iterator<Datum>

  constructor(inner: Iterator<Datum>) {
    this.#inner = inner
  }

  next(): IteratorResult<Datum> {
    return this.#inner.next()
  }

  [Symbol.iterator](): IterableIterator<Datum> {
    return this
  }
}

/** A day without a time, as YAML has them. */
export class PlainDate {
  /** `YYYY-MM-DD`. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Bytes, as YAML's `!!binary` has them. */
export class Bytes {
  readonly data: Uint8Array

  constructor(data: Uint8Array) {
    this.data = data
  }
}

export function isInt(value: Datum): value is number | bigint {
  return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'bigint'
}

export function isFloat(value: Datum): value is number | Float {
  return typeof value === 'number' ? !Number.isInteger(value) : value instanceof Float
}

export function isNumeric(value: Datum): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float
}

/** Whether it is an array of stored data, a {@link Tuple} or a {@link List}. */
export function isSequence(value: Datum): value is readonly Datum[] | Tuple | List {
  return Array.isArray(value) || value instanceof Tuple || value instanceof List
}

/** The elements of a sequence. */
export function itemsOf(sequence: readonly Datum[] | Tuple | List): readonly Datum[] {
  return sequence instanceof Tuple || sequence instanceof List ? sequence.items : sequence
}

/** How many elements a sequence has. */
export function lengthOfSequence(sequence: readonly Datum[] | Tuple | List): number {
  return sequence instanceof LazyList ? sequence.length : itemsOf(sequence).length
}

/** An element of a sequence by its place from the start; undefined if there is none. */
export function elementOf(sequence: readonly Datum[] | Tuple | List, place: number): Datum {
  if (!(sequence instanceof LazyList)) return itemsOf(sequence)[place]
  let index = 0
  for (const item of sequence) if (index++ === place) return item
  return undefined
}

/** Whether it is a list and not a tuple, given what a bare array is. */
export function isMutableSequence(value: Datum, arrays: ArrayKind): boolean {
  return value instanceof List || (arrays === 'list' && Array.isArray(value))
}
