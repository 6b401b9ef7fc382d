/**
 * @module
 * Mappings that are looked up, not copied: a stack of layers, and one whose values are worked out when
 * they are looked at.
 */
import { entriesOf, fieldOf, hasField, isObject } from '../data.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'

export type Layer = Mapping | ReadonlyMap<string, Value>

/** What is common to mappings that know their keys and how to get one. */
export abstract class Looked implements ReadonlyMap<Value, Value> {
  abstract get(key: Value): Value | undefined
  abstract has(key: Value): boolean
  abstract keys(): MapIterator<Value>

  get size(): number {
    return [...this.keys()].length
  }

  *values(): MapIterator<Value> {
    for (const key of this.keys()) yield this.get(key)!
  }

  *entries(): MapIterator<[Value, Value]> {
    for (const key of this.keys()) yield [key, this.get(key)!]
  }

  [Symbol.iterator](): MapIterator<[Value, Value]> {
    return this.entries()
  }

  forEach(visit: (value: Value, key: Value, map: ReadonlyMap<Value, Value>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }
}

/** A stack of layers; the first that has a key wins. Seen whole it is their union. */
export class Layers extends Looked {
  readonly #layers: readonly Layer[]

  constructor(layers: readonly Layer[]) {
    super()
    this.#layers = layers
  }

  override get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    for (const layer of this.#layers) {
      const value = fieldOf(layer as Mapping, key)
      if (value !== undefined) return value
    }
    return undefined
  }

  override has(key: Value): boolean {
    return typeof key === 'string' && this.#layers.some((layer) => hasField(layer as Mapping, key))
  }

  override *keys(): MapIterator<Value> {
    const seen = new Set<string>()
    for (const layer of this.#layers) {
      for (const [key] of entriesOf(layer as Mapping)) {
        if (seen.has(key)) continue
        seen.add(key)
        yield key
      }
    }
  }
}

/** The value with every {@link LazyMapping} in it looked up, so that it is what it was from now on. */
export function settled(value: Value): Value {
  if (Array.isArray(value)) {
    const items = value.map(settled)
    return items.every((item, i) => item === value[i]) ? value : items
  }
  if (!isObject(value)) return value
  const entries = [...entriesOf(value)]
  const known = entries.map(([key, item]) => [key, settled(item)] as const)
  const isPlain = !(value instanceof LazyMapping)
  return isPlain && known.every(([, item], i) => item === entries[i]![1]) ? value : new Map(known)
}

/** How the fields of a mapping are worked out of what it shows. */
export type Fields<Subject> = ReadonlyMap<Value, (subject: Subject) => Value>

/** A mapping with fixed keys whose values are worked out when they are looked at. */
export class LazyMapping<Subject = never> extends Looked {
  readonly #fields: Fields<Subject>
  readonly #subject: Subject

  constructor(fields: Fields<Subject>, subject: Subject) {
    super()
    this.#fields = fields
    this.#subject = subject
  }

  override get(key: Value): Value | undefined {
    return this.#fields.get(key)?.(this.#subject)
  }

  override has(key: Value): boolean {
    return this.#fields.has(key)
  }

  override keys(): MapIterator<Value> {
    return this.#fields.keys()
  }
}
