/**
 * @module
 * Mappings of a definition, read and built alike whether they are plain objects or maps.
 */
import { Float, type Mapping, type Value } from '../expressions/values/value.ts'

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

export function isMapping(value: Value | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Float)
}

/** The entries in text order; none if the value is not a mapping. */
export function entriesOf(value: Value | undefined): [string, Value][] {
  if (!isMapping(value)) return []
  if (value instanceof Map) return [...value].map(([key, item]) => [String(key), item])
  return Object.entries(value)
}

/** The value under a key, or undefined: if there is none, or nothing to look in. */
export function valueAt(value: Value | undefined, key: string): Value | undefined {
  if (!isMapping(value)) return undefined
  if (value instanceof Map) return value.get(key)
  return Object.hasOwn(value, key) ? (value as Record<string, Value>)[key] : undefined
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
