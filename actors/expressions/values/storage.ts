/**
 * @module
 * From what an evaluation made to what a workflow stores (`reference/expressions.md` §8).
 */
import { Fault } from '../fault.ts'
import { DateTime } from './dates.ts'
import { Bytes, type Datum, Iter, List, PlainDate, Tuple } from './kinds.ts'
import { isMapping, mapEntries, MappingView, mapValues } from './mapping.ts'
import { jsonKey, mappingOf } from './json.ts'
import { ValueSet } from './sets.ts'
import { Float, type Mapping, type Value } from './value.ts'
import { ItemView, KeyView, ValueView } from './views.ts'

const MAX_DEPTH = 1000

/** Told of elements that the result has; throws to stop. */
export type Count = (elements: number) => void

/**
 * The stored form of any value: sets, tuples, views and iterators become arrays, date-times text, keys
 * strings. Stored data comes back as it is, at no cost; within what was made, it counts as often as it is
 * there.
 *
 * @throws {Fault} If the value cannot be stored, as a regex cannot.
 */
export function toStored(value: Datum, count: Count = () => {}): Value {
  return new Storing(count).store(value, 0)
}

class Storing {
  readonly #count: Count
  /** How many elements stored data has that was met before. */
  readonly #sizes = new Map<object, number>()

  constructor(count: Count) {
    this.#count = count
  }

  store(value: Datum, depth: number): Value {
    if (typeof value !== 'object' || value === null) {
      if (value === undefined) return null
      if (typeof value === 'function' || typeof value === 'symbol') throw unstorable('function')
      return value as Value
    }
    if (value instanceof Float) return value as Value
    const known = storedData(value)
    if (known !== null) {
      if (depth > 0) this.#count(this.#sizeOf(known, depth))
      return known
    }
    if (depth > MAX_DEPTH) throw new Fault('recursion', 'The result is nested too deeply')
    const inner = (item: Datum): Value => {
      this.#count(1)
      return this.store(item, depth + 1)
    }
    if (value instanceof Tuple || value instanceof List) return value.items.map(inner)
    if (value instanceof DateTime) return value.toStored()
    if (value instanceof PlainDate) return value.text
    if (value instanceof Bytes) return new TextDecoder().decode(value.data)
    if (isCollection(value)) return Array.from(value, inner)
    if (isMapping(value)) {
      return mappingOf(
        Array.from(
          mapEntries(value),
          ([key, item]): [string, Value] => [storedKey(key), inner(item)],
        ),
      )
    }
    throw unstorable(value.constructor.name)
  }

  /** Elements at all depths. */
  #sizeOf(value: Value, depth: number): number {
    if (typeof value !== 'object' || value === null || value instanceof Float) return 0
    const known = this.#sizes.get(value)
    if (known !== undefined) return known
    if (depth > MAX_DEPTH) throw new Fault('recursion', 'The result is nested too deeply')
    let size = 0
    for (const item of Array.isArray(value) ? value : mapValues(value as Mapping)) {
      size += 1 + this.#sizeOf(item as Value, depth + 1)
    }
    this.#sizes.set(value, size)
    return size
  }
}

/** The stored data that a value is or shows; null if an expression made it. */
function storedData(value: object): Value {
  if (Array.isArray(value)) return value as Value
  if (value instanceof List) return value.source as Value
  if (value instanceof MappingView) return storedData(value.source)
  return isPlain(value) ? value as Mapping : null
}

/** Plain objects and parsed maps hold nothing but stored data. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || prototype === Map.prototype
}

/** Whatever can be listed and is neither a sequence, a mapping nor text. */
function isCollection(value: object): value is Iterable<Datum> {
  return value instanceof ValueSet || value instanceof KeyView || value instanceof ValueView ||
    value instanceof ItemView || value instanceof Iter ||
    (Symbol.iterator in value && !isMapping(value))
}

function storedKey(key: Datum): string {
  if (key instanceof DateTime) return key.toStored()
  if (key instanceof PlainDate) return key.text
  return jsonKey(key)
}

function unstorable(type: string): Fault {
  return new Fault('unstorable', `The result has no stored form: ${type.toLowerCase()}`)
}
