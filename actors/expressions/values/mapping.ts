/**
 * @module
 * Reading mappings, whatever they are: plain objects, maps, layered contexts, {@link Dict}.
 */
import { charge } from './effort.ts'
import { type ArrayKind, type Datum, type HashKey } from './kinds.ts'
import { Float } from './value.ts'

/** Anything that {@link isMapping} accepts. */
export type AnyMapping = { readonly [key: string]: Datum } | ReadonlyMap<Datum, Datum>

/**
 * A mapping made by an expression: keys of any hashable kind, in order of insertion. Equal keys
 * (1, 1.0 and true) are one key, and the first one stays.
 */
export class Dict implements ReadonlyMap<Datum, Datum> {
  readonly #hash: (key: Datum) => HashKey
  readonly #entries = new Map<HashKey, [Datum, Datum]>()
  /** Whether it may be hashed. */
  readonly frozen: boolean

  constructor(
    hash: (key: Datum) => HashKey,
    frozen: boolean,
    entries: Iterable<readonly [Datum, Datum]> = [],
  ) {
    this.#hash = hash
    this.frozen = frozen
    for (const [key, value] of entries) this.set(key, value)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Only for whoever makes the mapping, or a language whose mappings are mutable. */
  set(key: Datum, value: Datum): this {
    charge(7)
    const hash = this.#hash(key)
    const entry = this.#entries.get(hash)
    if (entry) entry[1] = value
    else this.#entries.set(hash, [key, value])
    return this
  }

  /** As {@link set}. */
  delete(key: Datum): boolean {
    return this.#entries.delete(this.#hash(key))
  }

  get(key: Datum): Datum {
    return this.#entries.get(this.#hash(key))?.[1]
  }

  has(key: Datum): boolean {
    return this.#entries.has(this.#hash(key))
  }

  forEach(visit: (value: Datum, key: Datum, map: ReadonlyMap<Datum, Datum>) => void): void {
    for (const [key, value] of this.#entries.values()) visit(value, key, this)
  }

  *keys(): MapIterator<Datum> {
    charge(this.size)
    for (const entry of this.#entries.values()) yield entry[0]
  }

  *values(): MapIterator<Datum> {
    charge(this.size)
    for (const entry of this.#entries.values()) yield entry[1]
  }

  *entries(): MapIterator<[Datum, Datum]> {
    charge(2 * this.size)
    for (const [key, value] of this.#entries.values()) yield [key, value]
  }

  [Symbol.iterator](): MapIterator<[Datum, Datum]> {
    return this.entries()
  }
}

/** A stored mapping whose values are shown in another way, and which is not hashable. */
export class MappingView implements ReadonlyMap<Datum, Datum> {
  readonly source: AnyMapping
  readonly #wrap: (value: Datum) => Datum

  constructor(source: AnyMapping, wrap: (value: Datum) => Datum) {
    this.source = source
    this.#wrap = wrap
  }

  get size(): number {
    return mapSize(this.source)
  }

  get(key: Datum): Datum {
    const value = mapGet(this.source, key)
    return value === undefined ? undefined : this.#wrap(value)
  }

  has(key: Datum): boolean {
    return mapHas(this.source, key)
  }

  forEach(visit: (value: Datum, key: Datum, map: ReadonlyMap<Datum, Datum>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }

  *keys(): MapIterator<Datum> {
    yield* mapKeys(this.source)
  }

  *values(): MapIterator<Datum> {
    for (const value of mapValues(this.source)) yield this.#wrap(value)
  }

  *entries(): MapIterator<[Datum, Datum]> {
    for (const [key, value] of mapEntries(this.source)) yield [key, this.#wrap(value)]
  }

  [Symbol.iterator](): MapIterator<[Datum, Datum]> {
    return this.entries()
  }
}

/** Whether it is a mapping: a plain object, or anything that offers what a `ReadonlyMap` does. */
export function isMapping(value: Datum): value is AnyMapping {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || isMapLike(value)
}

/** Whether a mapping is read with `get` and `has`. Decided by shape, so that any layered map fits. */
export function isMapLike(value: object): value is ReadonlyMap<Datum, Datum> {
  if (value instanceof Map || value instanceof Dict || value instanceof MappingView) return true
  const candidate = value as Partial<ReadonlyMap<Datum, Datum>>
  return typeof candidate.get === 'function' && typeof candidate.has === 'function' &&
    typeof candidate.entries === 'function' && isClassInstance(value)
}

function isClassInstance(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== Object.prototype && prototype !== null
}

/** Whether a mapping is immutable, so that it may be hashed, given what a bare array is. */
export function isFrozen(mapping: AnyMapping, arrays: ArrayKind): boolean {
  if (mapping instanceof Dict) return mapping.frozen
  return arrays === 'tuple' && !(mapping instanceof MappingView)
}

/** The value of a key; undefined if it is missing. */
export function mapGet(mapping: AnyMapping, key: Datum): Datum {
  if (!isMapLike(mapping)) {
    return typeof key === 'string' && Object.hasOwn(mapping, key) ? mapping[key] : undefined
  }
  const value = mapping.get(key)
  if (value !== undefined || typeof key === 'string' || mapping instanceof Dict) return value
  return scan(mapping, key)
}

export function mapHas(mapping: AnyMapping, key: Datum): boolean {
  if (!isMapLike(mapping)) return typeof key === 'string' && Object.hasOwn(mapping, key)
  if (mapping.has(key)) return true
  return typeof key !== 'string' && !(mapping instanceof Dict) && scan(mapping, key) !== undefined
}

/** A bare map compares keys by identity: look for an equal one, as 1.0 is to 1. */
function scan(mapping: ReadonlyMap<Datum, Datum>, key: Datum): Datum {
  const wanted = bareNumber(key)
  if (wanted === null) return undefined
  for (const [candidate, value] of mapping.entries()) {
    // deno-lint-ignore eqeqeq -- between a bigint and a number only `==` compares exactly
    if (bareNumber(candidate) == wanted) return value
  }
  return undefined
}

function bareNumber(key: Datum): number | bigint | null {
  if (typeof key === 'number' || typeof key === 'bigint') return key
  if (typeof key === 'boolean') return Number(key)
  return key instanceof Float ? key.value : null
}

export function mapSize(mapping: AnyMapping): number {
  return isMapLike(mapping) ? mapping.size : charged(Object.keys(mapping)).length
}

export function mapKeys(mapping: AnyMapping): Iterable<Datum> {
  return isMapLike(mapping) ? mapping.keys() : charged(Object.keys(mapping))
}

export function mapValues(mapping: AnyMapping): Iterable<Datum> {
  return isMapLike(mapping) ? mapping.values() : charged(Object.values(mapping))
}

export function mapEntries(mapping: AnyMapping): Iterable<[Datum, Datum]> {
  return isMapLike(mapping) ? mapping.entries() : charged(Object.entries(mapping), 3)
}

function charged<T>(list: readonly T[], effort = 2): readonly T[] {
  charge(effort * list.length)
  return list
}
