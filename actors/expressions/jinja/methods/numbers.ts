/**
 * @module
 * The methods and properties of numbers.
 */
import { Fault } from '../../fault.ts'
import { type Datum, Tuple } from '../../values/kinds.ts'
import { decompose } from '../../values/bits.ts'
import { fromBig } from '../../values/numbers.ts'
import { float } from '../../values/value.ts'
import { type Routine, routine } from '../callable.ts'

type Int = number | bigint

export const intMethods: Readonly<Record<string, Routine<[Int]>>> = {
  as_integer_ratio: routine('', (_run, int) => new Tuple([int, 1])),
  bit_count: routine('', (_run, int) => magnitude(int).toString(2).replaceAll('0', '').length),
  bit_length: routine(
    '',
    (_run, int) => magnitude(int) === 0n ? 0 : magnitude(int).toString(2).length,
  ),
  conjugate: routine('', (_run, int) => int),
}

function magnitude(int: Int): bigint {
  const big = BigInt(int)
  return big < 0n ? -big : big
}

/** The parts of an int that are no methods; undefined for any other name. */
export function intProperty(int: Int, name: string): Datum {
  if (name === 'numerator' || name === 'real') return int
  if (name === 'denominator') return 1
  return name === 'imag' ? 0 : undefined
}

export const floatMethods: Readonly<Record<string, Routine<[number]>>> = {
  as_integer_ratio: routine('', (_run, double) => ratio(double)),
  conjugate: routine('', (_run, double) => float(double)),
  hex: routine('', (_run, double) => hex(double)),
  is_integer: routine('', (_run, double) => Number.isInteger(double)),
}

export function floatProperty(double: number, name: string): Datum {
  if (name === 'real') return float(double)
  return name === 'imag' ? float(0) : undefined
}

function ratio(double: number): Tuple {
  if (Number.isNaN(double)) throw new Fault('value', 'cannot convert NaN to integer ratio')
  if (!Number.isFinite(double)) {
    throw new Fault('overflow', 'cannot convert Infinity to integer ratio')
  }
  let [numerator, exponent] = double === 0 ? [0n, 0] : decompose(Math.abs(double))
  while (numerator !== 0n && exponent < 0 && numerator % 2n === 0n) {
    numerator /= 2n
    exponent++
  }
  const [top, bottom] = exponent >= 0
    ? [numerator << BigInt(exponent), 1n]
    : [numerator, 1n << BigInt(-exponent)]
  return new Tuple([fromBig(double < 0 ? -top : top), fromBig(bottom)])
}

function hex(double: number): string {
  const sign = double < 0 || Object.is(double, -0) ? '-' : ''
  if (Number.isNaN(double)) return 'nan'
  if (!Number.isFinite(double)) return `${sign}inf`
  if (double === 0) return `${sign}0x0.0p+0`
  const [mantissa, exponent] = decompose(Math.abs(double))
  const normal = mantissa >> 52n === 1n
  const digits = (mantissa & 0xf_ffff_ffff_ffffn).toString(16).padStart(13, '0')
  const power = exponent + 52
  return `${sign}0x${normal ? 1 : 0}.${digits}p${power < 0 ? '-' : '+'}${Math.abs(power)}`
}
