/**
 * @module
 * Stored data, typed: the mapping functions of `expressions/values` as the engine uses them.
 */
import { isMapping, mapEntries, mapGet, mapHas, mapSize } from './expressions/values/mapping.ts'
import type { Mapping, Value } from './expressions/values/value.ts'

export const NOTHING: Mapping = {}

export function isObject(value: Value | undefined): value is Mapping {
  return isMapping(value)
}

export function entriesOf(mapping: Mapping): Iterable<[string, Value]> {
  return mapEntries(mapping) as Iterable<[string, Value]>
}

/** The value of a key; undefined if there is none. */
export function fieldOf(mapping: Mapping, key: string): Value | undefined {
  return mapGet(mapping, key) as Value | undefined
}

export function hasField(mapping: Mapping, key: string): boolean {
  return mapHas(mapping, key)
}

export function isEmpty(mapping: Mapping): boolean {
  return mapSize(mapping) === 0
}

/** The mapping with some fields set; order is kept. */
export function withFields(mapping: Mapping, fields: Iterable<readonly [string, Value]>): Mapping {
  const merged = new Map<Value, Value>(entriesOf(mapping))
  for (const [key, value] of fields) merged.set(key, value)
  return merged
}

/** A deep merge: the right one wins on leaves. */
export function deepMerge(left: Mapping, right: Mapping): Mapping {
  const merged = new Map<Value, Value>(entriesOf(left))
  for (const [key, value] of entriesOf(right)) {
    const own = merged.get(key)
    merged.set(key, isObject(own) && isObject(value) ? deepMerge(own, value) : value)
  }
  return merged
}

/** Whether a condition holds, by the rules of Python. */
export { truthy } from './expressions/values/equality.ts'
