/**
 * @module
 * Floats as text with a given number of digits, as C and Python format them: rounded half to even
 * on the exact decimal expansion.
 */
import { decompose } from './bits.ts'
import { roundHalfEven } from './numbers.ts'

/** No double has more digits than these that are not zero: behind the point, and at all. */
const MAX_FRACTION = 1100
const MAX_SIGNIFICANT = 800

/** The numerator and denominator of a positive double. */
function fraction(value: number): [bigint, bigint] {
  const [mantissa, exponent] = decompose(value)
  return exponent >= 0 ? [mantissa << BigInt(exponent), 1n] : [mantissa, 1n << BigInt(-exponent)]
}

function notFinite(value: number): string {
  return Number.isNaN(value) ? 'nan' : 'inf'
}

/** `%.nf` of a magnitude. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  if (digits > MAX_FRACTION) {
    return formatFixed(value, MAX_FRACTION) + '0'.repeat(digits - MAX_FRACTION)
  }
  const [numerator, denominator] = fraction(Math.abs(value))
  const scaled = roundHalfEven(numerator * 10n ** BigInt(digits), denominator).toString()
  if (digits === 0) return scaled
  const padded = scaled.padStart(digits + 1, '0')
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}

/** The first digits of a magnitude, rounded, and the power of ten of the first of them. */
function significant(value: number, count: number): [string, number] {
  const magnitude = Math.abs(value)
  if (magnitude === 0) return ['0'.repeat(count), 0]
  if (count > MAX_SIGNIFICANT) {
    const [text, exponent] = significant(value, MAX_SIGNIFICANT)
    return [text + '0'.repeat(count - MAX_SIGNIFICANT), exponent]
  }
  const [numerator, denominator] = fraction(magnitude)
  let exponent = Number(magnitude.toExponential().split('e')[1])
  for (;;) {
    const shift = BigInt(count - 1 - exponent)
    const scaled = shift >= 0n
      ? roundHalfEven(numerator * 10n ** shift, denominator)
      : roundHalfEven(numerator, denominator * 10n ** -shift)
    const text = scaled.toString()
    if (text.length === count) return [text, exponent]
    exponent += text.length - count
  }
}

/** `%.ne` of a magnitude. */
export function formatExponent(value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  const [text, exponent] = significant(value, digits + 1)
  const mantissa = digits === 0 ? text : `${text.charAt(0)}.${text.slice(1)}`
  return mantissa + exponentText(exponent)
}

function exponentText(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** With the point that the alternate form `#` has even where nothing follows it. */
export function withPoint(number: string): string {
  return /[.n]/.test(number) ? number : number.replace(/(?=e|$)/, '.')
}

/** `%.ng` of a magnitude; trailing zeros stay if `alternate`. */
export function formatGeneral(value: number, precision: number, alternate = false): string {
  if (!Number.isFinite(value)) return notFinite(value)
  const digits = Math.max(1, precision)
  const [text, exponent] = significant(value, digits)
  const trim = (body: string) =>
    alternate || !body.includes('.') ? body : body.replace(/\.?0+$/, '')
  if (exponent < -4 || exponent >= digits) {
    const mantissa = text.length === 1 ? text : `${text.charAt(0)}.${text.slice(1)}`
    return trim(mantissa) + exponentText(exponent)
  }
  if (exponent < 0) return trim(`0.${'0'.repeat(-exponent - 1)}${text}`)
  const [whole, rest] = [text.slice(0, exponent + 1), text.slice(exponent + 1)]
  return trim(rest === '' ? whole : `${whole}.${rest}`)
}
