/**
 * @module
 * How the built-in actions read their input: with Python's conversions.
 */
import { asNumeric, parseDouble, parseInteger, toDouble } from '../../expressions/values/numbers.ts'
import type { Value } from '../../expressions/values/value.ts'

/** Python's `int(value)`; null for text that is none. @throws {TypeError} For null and structures. */
export function toInt(value: Value): number | null {
  if (typeof value === 'string') return orNull(() => toDouble(parseInteger(value)))
  const numeric = asNumeric(value)
  if (numeric !== null) return Math.trunc(toDouble(numeric))
  const kind = value === null ? 'NoneType' : Array.isArray(value) ? 'list' : 'dict'
  throw new TypeError(
    `int() argument must be a string, a bytes-like object or a real number, not '${kind}'`,
  )
}

/** Python's `float(value)`; null for what is no finite number. */
export function toFloat(value: Value): number | null {
  const numeric = typeof value === 'string' ? orNull(() => parseDouble(value)) : asNumeric(value)
  const double = numeric === null ? NaN : toDouble(numeric)
  return Number.isFinite(double) ? double : null
}

function orNull<T>(compute: () => T): T | null {
  try {
    return compute()
  } catch {
    return null
  }
}
