/**
 * @module
 * Arithmetic as Python does it: exact ints of any size, IEEE floats, and never one for the other
 * (`reference/expression-values.md` §1).
 */
import { Fault } from '../fault.ts'
import { bitLength, decompose } from './bits.ts'
import { charge } from './effort.ts'
import { type Datum, isFloat, isInt, isNumeric, type Numeric } from './kinds.ts'
import { realPower } from './real-power.ts'
import { codePointLength, replaceEach } from './strings.ts'
import { Float, float } from './value.ts'

type Int = number | bigint

/** Ints longer than this do not turn into text, nor text into them: it would take too long. */
const MAX_DIGITS = 4300
/** Bits of the largest int that an operation may make. */
const MAX_BITS = 100_000
/** Ints from here on take time to work with. */
const LONG = 1n << 1024n
const LONG_EFFORT = 50
const HUGE = 1n << 16384n
const HUGE_EFFORT = 1500

/** An int in its one form: a number if safe, else a bigint. */
export function fromBig(value: bigint): number | bigint {
  if (value >= LONG || value <= -LONG) {
    charge(value >= HUGE || value <= -HUGE ? HUGE_EFFORT : LONG_EFFORT)
  }
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : value
}

/** The plain number behind a float, or the float nearest to an int. */
export function toDouble(value: Numeric): number {
  if (typeof value === 'number') return value
  if (value instanceof Float) return value.value
  const double = Number(value)
  if (!Number.isFinite(double)) throw new Fault('overflow', 'int too large to convert to float')
  return double
}

/** The bigint of an int. */
export function toBig(value: Int): bigint {
  return BigInt(value)
}

function bothInts(left: Numeric, right: Numeric): boolean {
  return isInt(left) && isInt(right)
}

export function add(left: Numeric, right: Numeric): Numeric {
  if (bothInts(left, right)) {
    if (typeof left === 'number' && typeof right === 'number') {
      const sum = left + right
      if (Number.isSafeInteger(sum)) return sum
    }
    return fromBig(BigInt(left as Int) + BigInt(right as Int))
  }
  return float(toDouble(left) + toDouble(right))
}

export function subtract(left: Numeric, right: Numeric): Numeric {
  if (bothInts(left, right)) {
    if (typeof left === 'number' && typeof right === 'number') {
      const difference = left - right
      if (Number.isSafeInteger(difference)) return difference
    }
    return fromBig(BigInt(left as Int) - BigInt(right as Int))
  }
  return float(toDouble(left) - toDouble(right))
}

export function multiply(left: Numeric, right: Numeric): Numeric {
  if (bothInts(left, right)) {
    if (typeof left === 'number' && typeof right === 'number') {
      const product = left * right
      // Adding 0 turns -0 into the int 0.
      if (Number.isSafeInteger(product)) return product + 0
    }
    const [a, b] = [BigInt(left as Int), BigInt(right as Int)]
    checkBits(bitLength(a) + bitLength(b))
    return fromBig(a * b)
  }
  return float(toDouble(left) * toDouble(right))
}

/** `/` of floats, and of ints where it does not floor; the quotient is rounded once. */
export function divide(left: Numeric, right: Numeric): number | Float {
  if (isZero(right)) {
    throw new Fault(
      'zero_division',
      bothInts(left, right) ? 'division by zero' : 'float division by zero',
    )
  }
  if (typeof left === 'bigint' || typeof right === 'bigint') {
    if (bothInts(left, right)) return float(divideBig(BigInt(left as Int), BigInt(right as Int)))
  }
  return float(toDouble(left) / toDouble(right))
}

function divideBig(left: bigint, right: bigint): number {
  const negative = (left < 0n) !== (right < 0n)
  const [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right]
  // 66 bits of quotient and a sticky bit: enough for one correct rounding.
  const shift = 66 - (bitLength(a) - bitLength(b))
  const [n, d] = shift >= 0 ? [a << BigInt(shift), b] : [a, b << BigInt(-shift)]
  const quotient = n / d | (n % d === 0n ? 0n : 1n)
  const result = scale(Number(quotient), -shift)
  if (!Number.isFinite(result)) {
    throw new Fault('overflow', 'integer division result too large for a float')
  }
  return negative ? -result : result
}

/** A double times a power of two, in steps that do not overflow on the way. */
function scale(value: number, exponent: number): number {
  let result = value
  let left = exponent
  while (left > 1000) [result, left] = [result * 2 ** 1000, left - 1000]
  while (left < -1000) [result, left] = [result * 2 ** -1000, left + 1000]
  return result * 2 ** left
}

/** `//`: towards minus infinity. */
export function floorDivide(left: Numeric, right: Numeric): Numeric {
  if (isZero(right)) {
    const text = bothInts(left, right)
      ? 'integer division or modulo by zero'
      : 'float floor division by zero'
    throw new Fault('zero_division', text)
  }
  if (bothInts(left, right)) {
    // Below 2^45 the rounded quotient never reaches the next int.
    const small = typeof left === 'number' && typeof right === 'number' &&
      Math.abs(left) < 2 ** 45 && Math.abs(right) < 2 ** 45
    return small ? Math.floor(left / right) + 0 : floorBig(left as Int, right as Int)
  }
  return float(floatDivmod(toDouble(left), toDouble(right))[0])
}

function floorBig(left: Int, right: Int): number | bigint {
  const [a, b] = [BigInt(left), BigInt(right)]
  const quotient = a / b
  return fromBig(a % b !== 0n && (a < 0n) !== (b < 0n) ? quotient - 1n : quotient)
}

/** `%` (YAQL `mod`): takes the sign of the right operand. */
export function modulo(left: Numeric, right: Numeric): Numeric {
  if (isZero(right)) {
    throw new Fault(
      'zero_division',
      bothInts(left, right) ? 'integer modulo by zero' : 'float modulo',
    )
  }
  if (bothInts(left, right)) {
    if (typeof left === 'number' && typeof right === 'number') {
      const rest = left % right
      return (rest !== 0 && (rest < 0) !== (right < 0) ? rest + right : rest) + 0
    }
    const [a, b] = [BigInt(left as Int), BigInt(right as Int)]
    const rest = a % b
    return fromBig(rest !== 0n && (rest < 0n) !== (b < 0n) ? rest + b : rest)
  }
  return float(floatDivmod(toDouble(left), toDouble(right))[1])
}

function floatDivmod(a: number, b: number): [number, number] {
  let rest = a % b
  let quotient = (a - rest) / b
  if (rest !== 0) {
    if ((b < 0) !== (rest < 0)) {
      rest += b
      quotient -= 1
    }
  } else rest = b < 0 ? -0 : 0
  if (quotient === 0) return [Object.is(a / b, -0) || a / b < 0 ? -0 : 0, rest]
  const floor = Math.floor(quotient)
  return [quotient - floor > 0.5 ? floor + 1 : floor, rest]
}

/** `**`: an int power of ints is exact, a negative one a float. */
export function power(base: Numeric, exponent: Numeric): Numeric {
  if (isInt(base) && isInt(exponent) && exponent >= 0) {
    const [b, e] = [BigInt(base), BigInt(exponent)]
    if (b !== 0n && b !== 1n && b !== -1n) checkBits(Number(e) * (bitLength(b) - 1))
    return fromBig(b ** (b === 0n || b === 1n || b === -1n ? (e === 0n ? 0n : e % 2n + 2n) : e))
  }
  const [b, e] = [toDouble(base), toDouble(exponent)]
  if (b === 0 && e < 0) {
    throw new Fault('zero_division', '0.0 cannot be raised to a negative power')
  }
  if (b === 1 || e === 0) return new Float(1)
  if (b === -1 && !Number.isFinite(e) && !Number.isNaN(e)) return new Float(1)
  const result = realPower(b, e)
  if (Number.isNaN(result) && !Number.isNaN(b) && !Number.isNaN(e)) {
    throw new Fault('type', 'A negative number has no real power with a fractional exponent')
  }
  if (!Number.isFinite(result) && Number.isFinite(b) && Number.isFinite(e)) {
    throw new Fault('overflow', 'Numerical result out of range')
  }
  return float(result)
}

/** `pow(a, b, c)`: of ints only; a negative exponent asks for the inverse. */
export function powerModulo(base: Numeric, exponent: Numeric, modulus: Numeric): Numeric {
  if (!isInt(base) || !isInt(exponent) || !isInt(modulus)) {
    throw new Fault('type', 'pow() 3rd argument not allowed unless all arguments are integers')
  }
  const m = BigInt(modulus)
  if (m === 0n) throw new Fault('value', 'pow() 3rd argument cannot be 0')
  const size = m < 0n ? -m : m
  let [b, e] = [((BigInt(base) % size) + size) % size, BigInt(exponent)]
  if (e < 0n) [b, e] = [inverse(b, size), -e]
  let result = 1n % size
  const effort = 1 + (bitLength(size) >> 4)
  for (; e > 0n; e >>= 1n) {
    charge(effort)
    if (e & 1n) result = result * b % size
    b = b * b % size
  }
  return fromBig(m < 0n && result !== 0n ? result + m : result)
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, s0, s1] = [modulus, value, 0n, 1n]
  const effort = 1 + (bitLength(modulus) >> 6)
  while (r1 !== 0n) {
    charge(effort)
    const quotient = r0 / r1
    ;[r0, r1] = [r1, r0 - quotient * r1]
    ;[s0, s1] = [s1, s0 - quotient * s1]
  }
  if (r0 !== 1n) throw new Fault('value', 'base is not invertible for the given modulus')
  return ((s0 % modulus) + modulus) % modulus
}

export function negate(value: Numeric): Numeric {
  return isInt(value) ? subtract(0, value) : float(-toDouble(value))
}

export function absolute(value: Numeric): Numeric {
  return isInt(value) ? value < 0 ? negate(value) : value : float(Math.abs(toDouble(value)))
}

/** -1, 0 or 1; NaN where there is no order. Exact between ints and floats. */
export function compareNumbers(left: Numeric, right: Numeric): number {
  const a = left instanceof Float ? left.value : left
  const b = right instanceof Float ? right.value : right
  // deno-lint-ignore eqeqeq -- between a bigint and a number only `==` compares exactly
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : NaN
}

/** Half to even on the exact decimal expansion; ints stay ints, floats stay floats. */
export function round(value: Numeric, digits: number): Numeric {
  if (isInt(value)) {
    if (digits >= 0) return value
    if (digits < -MAX_DIGITS) return 0
    const unit = 10n ** BigInt(-digits)
    return fromBig(roundHalfEven(BigInt(value), unit) * unit)
  }
  const double = toDouble(value)
  if (!Number.isFinite(double) || double === 0 || digits > 323) return float(double)
  if (digits < -308) return float(double < 0 ? -0 : 0)
  const [mantissa, exponent] = decompose(Math.abs(double))
  let [numerator, denominator] = exponent >= 0
    ? [mantissa << BigInt(exponent), 1n]
    : [mantissa, 1n << BigInt(-exponent)]
  if (digits >= 0) numerator *= 10n ** BigInt(digits)
  else denominator *= 10n ** BigInt(-digits)
  const rounded = Number(`${roundHalfEven(numerator, denominator)}e${-digits}`)
  if (!Number.isFinite(rounded)) {
    throw new Fault('overflow', 'rounded value too large to represent')
  }
  return float(double < 0 ? -rounded : rounded)
}

/** `numerator / denominator`, half to even. */
export function roundHalfEven(numerator: bigint, denominator: bigint): bigint {
  const [n, d] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator]
  let quotient = n / d
  let rest = n % d
  if (rest < 0n) [quotient, rest] = [quotient - 1n, rest + d]
  const twice = rest * 2n
  return twice > d || (twice === d && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

export function isZero(value: Numeric): boolean {
  return value instanceof Float ? value.value === 0 : value === 0 || value === 0n
}

/** @throws {Fault} If an int of that many bits is more than an expression may make. */
export function checkBits(bits: number): void {
  if (bits > MAX_BITS) throw new Fault('limit', 'The expression makes a number that is too large')
}

export function shiftLeft(value: Int, bits: Int): number | bigint {
  if (bits < 0) throw new Fault('value', 'negative shift count')
  if (value === 0) return 0
  checkBits(Number(bits) + bitLength(BigInt(value)))
  return fromBig(BigInt(value) << BigInt(bits))
}

export function shiftRight(value: Int, bits: Int): number | bigint {
  if (bits < 0) throw new Fault('value', 'negative shift count')
  const count = BigInt(bits) > BigInt(MAX_BITS * 2) ? BigInt(MAX_BITS * 2) : BigInt(bits)
  return fromBig(BigInt(value) >> count)
}

/** A float as Python prints it: shortest digits, `1.0`, `1e-05`, `1e+16`, `inf`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [digits = '', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  if (exponent < 0) {
    const sign = value < 0 ? '-' : ''
    return `${sign}0.${'0'.repeat(-exponent - 1)}${digits.replace(/[-.]/g, '')}`
  }
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** A number as Python prints it. */
export function numberText(value: Numeric): string {
  if (isFloat(value)) return floatText(toDouble(value))
  const text = String(value)
  if (text.length > MAX_DIGITS + 1) {
    throw new Fault(
      'value',
      `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion`,
    )
  }
  return text
}

const BLANK =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*'
const INT_TEXT = new RegExp(`^${BLANK}([-+]?)(\\p{Nd}+(?:_\\p{Nd}+)*)${BLANK}$`, 'u')
const FLOAT_TEXT = new RegExp(
  `^${BLANK}([-+]?)((?:D(?:\\.D?)?|\\.D)(?:[eE][-+]?D)?|inf(?:inity)?|nan)${BLANK}$`
    .replaceAll('D', '(?:\\d+(?:_\\d+)*)'),
  'i',
)

/**
 * `int(text)`.
 *
 * @throws {Fault} If it is not an int.
 */
export function parseInteger(text: string): number | bigint {
  charge(text.length >> 1)
  const match = INT_TEXT.exec(text)
  if (!match) throw new Fault('value', 'invalid literal for int() with base 10')
  const written = (match[2] ?? '').replaceAll('_', '')
  if (written.length > MAX_DIGITS && codePointLength(written) > MAX_DIGITS) {
    throw new Fault(
      'value',
      `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion`,
    )
  }
  return fromBig(BigInt(asciiDigits(written)) * (match[1] === '-' ? -1n : 1n))
}

/**
 * `float(text)`.
 *
 * @throws {Fault} If it is not a number.
 */
export function parseDouble(text: string): number | Float {
  charge(text.length >> 1)
  const match = FLOAT_TEXT.exec(asciiDigits(text))
  if (!match) throw new Fault('value', 'could not convert string to float')
  const body = (match[2] ?? '').toLowerCase()
  const sign = match[1] === '-' ? -1 : 1
  if (body.startsWith('inf')) return new Float(sign * Infinity)
  return float(body === 'nan' ? NaN : sign * Number(body.replaceAll('_', '')))
}

/** Decimal digits of any script as 0–9. Every script has its ten in a row. */
export function asciiDigits(text: string): string {
  return replaceEach(text, /(?![0-9])\p{Nd}/gu, 8, ([digit]) => {
    const code = digit.codePointAt(0) ?? 0
    let first = code
    while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1
    return String((code - first) % 10)
  })
}

/** `int(value)` for a number or a boolean: towards zero. */
export function truncate(value: Numeric | boolean): number | bigint {
  if (typeof value === 'boolean') return Number(value)
  if (isInt(value)) return value
  const double = toDouble(value)
  if (Number.isNaN(double)) throw new Fault('value', 'cannot convert float NaN to integer')
  if (!Number.isFinite(double)) {
    throw new Fault('overflow', 'cannot convert float infinity to integer')
  }
  return fromBig(BigInt(Math.trunc(double)))
}

/** Booleans are ints where an int is wanted. */
export function asNumeric(value: Datum): Numeric | null {
  if (typeof value === 'boolean') return Number(value)
  return isNumeric(value) ? value : null
}
