/**
 * @module
 * Numbers (`reference/yaql.md` §10).
 */
import { Fault } from '../../fault.ts'
import { type Datum, isInt, isNumeric } from '../../values/kinds.ts'
import {
  absolute,
  compareNumbers,
  fromBig,
  parseDouble,
  parseInteger,
  power,
  powerModulo,
  round,
  shiftLeft,
  shiftRight,
  toDouble,
  truncate,
} from '../../values/numbers.ts'
import { Float, float } from '../../values/value.ts'
import { define, offset } from '../definition.ts'
import { maximum, minimum } from './comparison.ts'

export const math = [
  define('abs', 'F(op: Number)', (_, op) => absolute(op)),
  define('int', 'F(value: any)', (_, value) => toInt(value)),
  define('float', 'F(value: any)', (_, value) => toFloat(value)),
  define('isInteger', 'F(value: any)', (_, value) => isInt(value)),
  define('isNumber', 'F(value: any)', (_, value) => isNumeric(value)),
  define(
    'round',
    'F(number: Number, ndigits: int = 0)',
    (_, number, digits) => round(number, offset(digits)),
  ),
  define('sign', 'F(num: Number)', (_, num) => {
    const order = compareNumbers(num, 0)
    return order > 0 ? 1 : order < 0 ? -1 : 0
  }),
  define(
    'pow',
    'F(a: Number, b: Number, c: Number? = null)',
    (_, a, b, c) => c === null ? power(a, b) : powerModulo(a, b, c),
  ),
  define('max', 'F(a: any, b: any)', (context, a, b) => maximum(context, a, b)),
  define('min', 'F(a: any, b: any)', (context, a, b) => minimum(context, a, b)),
  define(
    'bitwiseAnd',
    'F(left: bits, right: bits)',
    (_, left, right) => bitwise(left, right, (a, b) => a & b),
  ),
  define(
    'bitwiseOr',
    'F(left: bits, right: bits)',
    (_, left, right) => bitwise(left, right, (a, b) => a | b),
  ),
  define(
    'bitwiseXor',
    'F(left: bits, right: bits)',
    (_, left, right) => bitwise(left, right, (a, b) => a ^ b),
  ),
  define('bitwiseNot', 'F(arg: int)', (_, arg) => fromBig(~BigInt(arg))),
  define(
    'shiftBitsLeft',
    'F(value: int, bitsNumber: int)',
    (_, value, bits) => shiftLeft(value, bits),
  ),
  define(
    'shiftBitsRight',
    'F(value: int, bitsNumber: int)',
    (_, value, bits) => shiftRight(value, bits),
  ),
  define('random', 'F()', (context) => float(context.run.host.random())),
  define(
    'random',
    'F(from: any, to: any)',
    (context, from, to) => randomBetween(() => context.run.host.random(), from, to),
  ),
]

type Bits = number | bigint | boolean

/** Of two booleans it is a boolean. */
function bitwise(left: Bits, right: Bits, operate: (a: bigint, b: bigint) => bigint): Datum {
  const result = operate(BigInt(left), BigInt(right))
  return typeof left === 'boolean' && typeof right === 'boolean' ? result !== 0n : fromBig(result)
}

function toInt(value: Datum): number | bigint {
  if (value === null) return 0
  if (typeof value === 'string') return parseInteger(value)
  if (typeof value === 'boolean' || isNumeric(value)) return truncate(value)
  throw new Fault('type', 'int() takes a number, a boolean, text or null')
}

function toFloat(value: Datum): number | Float {
  if (value === null) return new Float(0)
  if (typeof value === 'string') return parseDouble(value)
  if (typeof value === 'boolean') return new Float(Number(value))
  if (isNumeric(value)) return float(toDouble(value))
  throw new Fault('type', 'float() takes a number, a boolean, text or null')
}

/** Both ends included. */
function randomBetween(random: () => number, from: Datum, to: Datum): number | bigint {
  const [low, high] = [integral(from), integral(to)]
  if (low > high) throw new Fault('value', 'empty range for random()')
  const size = high - low + 1n
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return fromBig(low + BigInt(Math.floor(random() * Number(size))))
  }
  let value = 0n
  for (let bits = size; bits > 0n; bits >>= 32n) {
    value = value << 32n | BigInt(Math.floor(random() * 2 ** 32))
  }
  return fromBig(low + value % size)
}

function integral(value: Datum): bigint {
  if (typeof value === 'boolean' || isInt(value)) return BigInt(value)
  if (value instanceof Float && Number.isInteger(value.value)) return BigInt(value.value)
  throw isNumeric(value)
    ? new Fault('value', 'random() takes whole numbers')
    : new Fault('type', 'random() takes whole numbers')
}
