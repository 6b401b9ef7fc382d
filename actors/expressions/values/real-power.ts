/**
 * @module
 * Powers of floats, rounded once: `Math.pow` is off in the last digit where the C library is not.
 */
import { bitLength, decompose } from './bits.ts'
import { charge } from './effort.ts'

/** Exponents that are a multiple of 1 / 2^ROOTS are worked out exactly. */
const ROOTS = 2
/** Beyond this the exact power has too many digits to be worth it. */
const MAX_EXPONENT = 400
/** Bits of a result before it is rounded: a double's and some more. */
const PRECISION = 66

/** `base ** exponent` of two finite doubles whose power is real. */
export function realPower(base: number, exponent: number): number {
  const estimate = base ** exponent
  const root = rootOf(exponent)
  if (
    root === null || estimate === 0 || !Number.isFinite(estimate) ||
    Math.abs(exponent) > MAX_EXPONENT || Math.abs(estimate) < Number.MIN_VALUE * 2 ** 60
  ) return estimate
  charge(20 + (Math.abs(exponent) * 2 ** root) ** 2 / 300)
  const [mantissa, shift] = decompose(Math.abs(base))
  const times = BigInt(Math.abs(exponent) * 2 ** root)
  const scale = BigInt(shift) * times
  const result = exact(mantissa ** times, exponent < 0 ? -scale : scale, exponent < 0, root)
  return estimate < 0 ? -result : result
}

/** How often a square root is taken after a whole power; null if that is not exact. */
function rootOf(exponent: number): number | null {
  for (let root = 0; root <= ROOTS; root++) if (Number.isInteger(exponent * 2 ** root)) return root
  return null
}

/** The root of `power * 2^scale`, or of `2^scale / power`, to the nearest double. */
function exact(power: bigint, scale: bigint, inverse: boolean, root: number): number {
  const fold = 2 ** root
  const size = inverse ? -bitLength(power) : bitLength(power)
  const wanted = PRECISION * fold - size
  // What is left over after the root has to be a whole power of two.
  const odd = Number((BigInt(wanted) - scale) % BigInt(fold))
  const shift = wanted - odd
  const numerator = inverse ? 1n : power
  const denominator = inverse ? power : 1n
  const [n, d] = shift >= 0
    ? [numerator << BigInt(shift), denominator]
    : [numerator, denominator << BigInt(-shift)]
  let value = n / d
  let sticky = value * d !== n
  for (let index = 0; index < root; index++) {
    const next = squareRoot(value)
    sticky ||= next * next !== value
    value = next
  }
  const left = (Number(scale) - shift) / fold
  return scaled(Number(value << 1n | (sticky ? 1n : 0n)), left - 1)
}

function scaled(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2)
  return value * 2 ** half * 2 ** (exponent - half)
}

/** The largest int whose square is not larger. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let guess = 1n << BigInt(Math.ceil(bitLength(value) / 2))
  for (;;) {
    const next = (guess + value / guess) >> 1n
    if (next >= guess) return guess
    guess = next
  }
}
