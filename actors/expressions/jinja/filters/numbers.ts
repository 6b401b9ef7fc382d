/**
 * @module
 * Filters on numbers.
 */
import { Fault } from '../../fault.ts'
import { charge } from '../../values/effort.ts'
import { formatFixed } from '../../values/float-format.ts'
import { type Datum, isFloat, type Numeric } from '../../values/kinds.ts'
import * as numbers from '../../values/numbers.ts'
import { strip } from '../../values/strings.ts'
import { float } from '../../values/value.ts'
import { asText } from '../markup.ts'
import { Undefined } from '../objects.ts'
import { binaryOperation } from '../operators.ts'
import { toIndex, truth, typeName } from '../protocol.ts'
import type { Run } from '../run.ts'
import { filter, type Filters } from './filter.ts'

function notANumber(value: Datum, message: string): Fault {
  if (value instanceof Undefined) return value.fail()
  return new Fault('type', message)
}

/** Python's `float(value)`. */
function toFloat(value: Datum): number | ReturnType<typeof float> {
  const text = asText(value)
  if (text !== null) return numbers.parseDouble(text)
  const number = numbers.asNumeric(value)
  if (number !== null) return float(numbers.toDouble(number))
  throw notANumber(
    value,
    `float() argument must be a string or a real number, not '${typeName(value)}'`,
  )
}

/** Python's `int(value)`. */
function toInt(value: Datum): number | bigint {
  const number = numbers.asNumeric(value)
  if (number !== null) return numbers.truncate(number)
  throw notANumber(
    value,
    `int() argument must be a string, a bytes-like object or a real number, not '${
      typeName(value)
    }'`,
  )
}

/** Of a number in any base. */
const MAX_DIGITS = 20_000

const prefixes: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16 }

/** Python's `int(text, base)`. */
function parseInBase(text: string, base: number): number | bigint {
  if (base === 10) return numbers.parseInteger(text)
  const invalid = () => new Fault('value', `invalid literal for int() with base ${base}`)
  if (base !== 0 && (base < 2 || base > 36)) {
    throw new Fault('value', 'int() base must be >= 2 and <= 36, or 0')
  }
  const [, sign, prefix, digits = ''] = /^([-+]?)(?:0([box])_?)?([0-9a-z]+(?:_[0-9a-z]+)*)$/.exec(
    numbers.asciiDigits(strip(text, null, 'both').toLowerCase()),
  ) ?? []
  const prefixed = prefix === undefined ? undefined : prefixes[prefix]
  const actual = base === 0 ? prefixed ?? 10 : base
  // In base 16 a `b` after 0 is a digit, as `0b1` shows.
  const body = prefixed === actual
    ? digits
    : (prefix === undefined ? digits : `0${prefix}${digits}`)
  if (base === 0 && prefixed === undefined && /^0[0_]*[1-9]/.test(digits)) throw invalid()
  if (body.length > MAX_DIGITS) throw new Fault('limit', 'The number has too many digits')
  let result = 0n
  for (const digit of body.replaceAll('_', '')) {
    const value = parseInt(digit, 36)
    if (Number.isNaN(value) || value >= actual) throw invalid()
    result = result * BigInt(actual) + BigInt(value)
  }
  if (body === '') throw invalid()
  return numbers.fromBig(sign === '-' ? -result : result)
}

/** Runs the attempts in turn until one does not fail in a way that counts as "not a number". */
function firstThat<T>(
  kinds: readonly (readonly string[])[],
  attempts: readonly (() => T)[],
): T | null {
  for (const [index, attempt] of attempts.entries()) {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof Fault) || !kinds[index]?.includes(error.kind)) throw error
      // An error is dear to make.
      charge(100)
    }
  }
  return null
}

function intOr(value: Datum, fallback: Datum, base: Datum): Datum {
  const text = asText(value)
  charge((text?.length ?? 0) >> 1)
  const strictly = () => {
    if (text === null) return toInt(value)
    return parseInBase(text, toIndex(base))
  }
  const loosely = () => numbers.truncate(toFloat(value))
  const expected = [['type', 'value'], ['type', 'value', 'overflow']]
  return firstThat<Datum>(expected, [strictly, loosely]) ?? fallback
}

function rounded(run: Run, value: Datum, precision: Datum, method: Datum): Datum {
  const how = asText(method)
  if (how !== 'common' && how !== 'ceil' && how !== 'floor') {
    throw new Fault('runtime', 'method must be common, ceil or floor')
  }
  const number = numbers.asNumeric(value)
  if (how === 'common') {
    if (number === null) {
      throw new Fault('type', `type ${typeName(value)} doesn't define __round__ method`)
    }
    if (precision === null) return toWhole(numbers.round(number, 0))
    return numbers.round(number, toIndex(precision))
  }
  const factor = binaryOperation('**')(run, 10, precision)
  const scaled = numbers.asNumeric(binaryOperation('*')(run, value, factor))
  if (scaled === null) throw notANumber(value, `must be real number, not ${typeName(value)}`)
  return binaryOperation('/')(run, whole(scaled, how), factor)
}

function toWhole(value: Numeric): Datum {
  return numbers.truncate(value)
}

function whole(value: Numeric, how: 'ceil' | 'floor'): number | bigint {
  if (!isFloat(value)) return numbers.truncate(value)
  const double = numbers.toDouble(value)
  return numbers.truncate(float(how === 'ceil' ? Math.ceil(double) : Math.floor(double)))
}

function fileSize(value: Datum, binary: boolean): string {
  const size = toFloat(value)
  const bytes = numbers.toDouble(size)
  const base = binary ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${numbers.truncate(size)} Bytes`
  const letters = [binary ? 'K' : 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']
  const unit = letters.findIndex((_, index) => bytes < base ** (index + 2))
  const index = unit < 0 ? letters.length - 1 : unit
  const amount = base * bytes / base ** (index + 2)
  return `${formatFixed(amount, 1)} ${letters[index]}${binary ? 'i' : ''}B`
}

export const numberFilters: Filters = {
  abs: filter('x, /', (_run, value) => {
    const number = numbers.asNumeric(value)
    if (number === null) {
      throw new Fault('type', `bad operand type for abs(): '${typeName(value)}'`)
    }
    return numbers.absolute(number)
  }),
  filesizeformat: filter(
    'value, binary=False',
    (_run, value, binary) => fileSize(value, truth(binary)),
  ),
  float: filter(
    'value, default=0.0',
    (_run, value, fallback) =>
      firstThat<Datum>([['type', 'value']], [() => toFloat(value)]) ?? fallback,
  ),
  int: filter(
    'value, default=0, base=10',
    (_run, value, fallback, base) => intOr(value, fallback, base),
  ),
  round: filter("value, precision=0, method='common'", rounded),
}
