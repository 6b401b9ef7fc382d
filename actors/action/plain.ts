/**
 * @module
 * Between workflow data and what JavaScript authors expect: plain JSON data.
 */
import { entriesOf, isList, isObject, toMapping } from '../data.ts'
import { Float, type Value } from '../expressions/values/value.ts'

/** Arrays, plain objects, numbers and so on; integers beyond 2^53 stay bigints. */
export function toPlain(value: Value): unknown {
  if (value instanceof Float) return value.value
  if (isList(value)) return value.map(toPlain)
  if (!isObject(value)) return value
  return Object.fromEntries(entriesOf(value).map(([key, item]) => [key, toPlain(item)]))
}

/**
 * Data as `JSON.stringify` would take it (dates are text, what is undefined is left out), with bigints.
 *
 * @throws {TypeError} If there is a function or a symbol in it, or it contains itself; says where.
 */
export function toValue(data: unknown, path = 'it', within: readonly object[] = []): Value {
  if (data === undefined || data === null) return null
  if (typeof data === 'function' || typeof data === 'symbol') {
    throw new TypeError(`${path} is a ${typeof data}`)
  }
  if (typeof data !== 'object') return data as Value
  if (data instanceof Float) return data
  if (within.includes(data)) throw new TypeError(`${path} contains itself`)
  const inside = [...within, data]
  if (Array.isArray(data)) return data.map((item, i) => toValue(item, `${path}[${i}]`, inside))
  const { toJSON } = data as { toJSON?: unknown }
  if (typeof toJSON === 'function') return toValue(toJSON.call(data), path, inside)
  const entries = data instanceof Map ? [...data] : Object.entries(data)
  return toMapping(
    entries.filter(([, item]) => item !== undefined)
      .map(([key, item]) => [String(key), toValue(item, `${path}.${String(key)}`, inside)]),
  )
}
