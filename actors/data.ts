/**
 * @module
 * Data as it is stored, sent and written in definitions: objects are read and built alike whether they
 * are plain ones or maps.
 */
import { isMapping, mapEntries, mapGet, mapHas, mapSize } from './expressions/values/mapping.ts'
import type { Mapping, Value } from './expressions/values/value.ts'

export const NOTHING: Mapping = {}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

export function isObject(value: Value | undefined): value is Mapping {
  return isMapping(value)
}

/** The entries in order; none if the value is not an object. */
export function entriesOf(value: Value | undefined): [string, Value][] {
  return isObject(value) ? [...mapEntries(value)] as [string, Value][] : []
}

/** The value of a key; undefined if there is none, or nothing to look in. */
export function fieldOf(value: Value | undefined, key: string): Value | undefined {
  return isObject(value) ? mapGet(value, key) as Value | undefined : undefined
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

/** Keys that a plain object would reorder, or take for something else than a key. */
const UNSAFE_KEY = /^(?:0|[1-9]\d*|__proto__)$/

/** A plain object where it keeps order and keys, else a map. A later entry of a key replaces it. */
export function toMapping(entries: Iterable<readonly [string, Value]>): Mapping {
  const map = new Map<string, Value>(entries)
  for (const key of map.keys()) if (UNSAFE_KEY.test(key)) return map
  return Object.fromEntries(map)
}

/** Names to values, in text order. */
export function toNamed(value: Value | undefined): ReadonlyMap<string, Value> {
  return new Map(entriesOf(value))
}

export function textOr<T>(value: Value | undefined, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise
}

/** The strings of a list, or the string itself as a list of one; empty for anything else. */
export function textsOf(value: Value | undefined): string[] {
  if (typeof value === 'string') return [value]
  return isList(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Whether a condition holds, by the rules of Python. */
export { truthy } from './expressions/values/equality.ts'
