/**
 * @module
 * How the built-in actions read their input: with Python's conversions.
 */
import { Float, type Value } from '../../expressions/values/value.ts'

/** Python's `bool(value)`. */
export function truthy(value: Value | undefined): boolean {
  if (value === undefined || value === null) return false
  if (value instanceof Float) return value.value !== 0
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Map) return value.size > 0
  return typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value)
}

const INT = /^\s*[+-]?\d+(?:_\d+)*\s*$/

/** Python's `int(value)`; null where that raises ValueError. @throws {TypeError} As Python does. */
export function toInt(value: Value): number | null {
  if (typeof value === 'string') return INT.test(value) ? Number(value.replaceAll('_', '')) : null
  const number = numberOf(value)
  if (number === null) {
    const kind = value === null ? 'NoneType' : Array.isArray(value) ? 'list' : 'dict'
    throw new TypeError(
      `int() argument must be a string, a bytes-like object or a real number, not '${kind}'`,
    )
  }
  return Number.isNaN(number) ? null : Math.trunc(number)
}

const FLOAT = /^\s*[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?\s*$/i

/** Python's `float(value)`; null where that raises, and for what is no finite number. */
export function toFloat(value: Value): number | null {
  const number = typeof value !== 'string'
    ? numberOf(value)
    : FLOAT.test(value)
    ? Number(value.replaceAll('_', ''))
    : null
  return number !== null && Number.isFinite(number) ? number : null
}

function numberOf(value: Value): number | null {
  if (value instanceof Float) return value.value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return Number(value)
  }
  return null
}
