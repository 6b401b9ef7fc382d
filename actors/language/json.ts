/**
 * @module
 * JSON text to value, with Python's eye for numbers: `1.0` is a float, and ints are exact.
 */
import { float, type Value } from '../expressions/values/value.ts'

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g
const BOXED = '\u0000number'

/** @throws {SyntaxError} If the text is not JSON. */
export function parseJson(text: string): Value {
  JSON.parse(text)
  const boxed = text.replace(STRING_OR_NUMBER, (token) => {
    return token.startsWith('"') ? token : `{"\\u0000number":"${token}"}`
  })
  return JSON.parse(boxed, (_key, value: unknown) => unbox(value)) as Value
}

function unbox(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, BOXED)) return value
  const digits = String((value as Record<string, unknown>)[BOXED])
  if (/[.eE]/.test(digits)) return float(Number(digits))
  const int = Number(digits)
  return Number.isSafeInteger(int) ? int : BigInt(digits)
}
