/**
 * @module
 * The format specifications of Python's `str.format`: `[[fill]align][sign][#][0][width][,][.precision][type]`.
 */
import { Fault } from '../fault.ts'
import { formatExponent, formatFixed, formatGeneral, withPoint } from './float-format.ts'
import { isFloat, type Numeric } from './kinds.ts'
import { floatText, toDouble } from './numbers.ts'
import { codePointLength, sliceText } from './strings.ts'

interface Spec {
  readonly fill: string
  readonly align: string
  readonly sign: string
  readonly alternate: boolean
  readonly width: number
  readonly grouping: string
  readonly precision: number | null
  readonly type: string
}

const SPEC =
  /^(?:([^])?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u
const MAX_WIDTH = 1_000_000

function parse(text: string, kind: string): Spec {
  const match = SPEC.exec(text)
  if (!match) throw new Fault('value', `Invalid format specifier for object of type '${kind}'`)
  const [, fill, align, sign, , alternate, zero, width, grouping, precision, type] = match
  const spec = {
    fill: fill ?? (zero && !align ? '0' : ' '),
    align: align ?? (zero ? '=' : ''),
    sign: sign ?? '',
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    grouping: grouping ?? '',
    precision: precision === undefined ? null : Number(precision),
    type: type ?? '',
  }
  if (spec.width > MAX_WIDTH || (spec.precision ?? 0) > MAX_WIDTH) {
    throw new Fault('limit', 'The expression makes a text that is too long')
  }
  return zero && align && !fill ? { ...spec, fill: '0' } : spec
}

function wrongType(type: string, kind: string): Fault {
  return new Fault('value', `Unknown format code '${type}' for object of type '${kind}'`)
}

function noGrouping({ grouping, type }: Spec): Fault {
  return new Fault('value', `Cannot specify '${grouping}' with '${type}'.`)
}

/** `format(text, spec)`. */
export function formatText(text: string, specification: string): string {
  if (specification === '') return text
  const spec = parse(specification, 'str')
  if (spec.type !== '' && spec.type !== 's') throw wrongType(spec.type, 'str')
  if (spec.sign !== '') throw new Fault('value', 'Sign not allowed in string format specifier')
  if (spec.alternate) {
    throw new Fault('value', 'Alternate form (#) not allowed in string format specifier')
  }
  if (spec.grouping !== '') throw new Fault('value', `Cannot specify '${spec.grouping}' with 's'.`)
  if (spec.align === '=' && !specification.startsWith('0')) {
    throw new Fault('value', `'=' alignment not allowed in string format specifier`)
  }
  const cut = spec.precision === null ? text : sliceText(text, 0, spec.precision)
  return pad(cut, spec, spec.align === '' || spec.align === '=' ? '<' : spec.align)
}

/** `format(number, spec)`. */
export function formatNumber(value: Numeric | boolean, specification: string): string {
  if (typeof value === 'boolean') {
    return specification === ''
      ? value ? 'True' : 'False'
      : formatNumber(Number(value), specification)
  }
  const spec = parse(specification, isFloat(value) ? 'float' : 'int')
  return isFloat(value) ? formatFloat(toDouble(value), spec) : formatInt(value, spec)
}

function formatInt(value: number | bigint, spec: Spec): string {
  if ('eEfFgG%'.includes(spec.type) && spec.type !== '') return formatFloat(toDouble(value), spec)
  if (spec.precision !== null) {
    throw new Fault('value', 'Precision not allowed in integer format specifier')
  }
  if (spec.type === 'c') return formatCharacter(value, spec)
  if (spec.type === 's') throw wrongType('s', 'int')
  const bases: Record<string, number> = { b: 2, o: 8, x: 16, X: 16 }
  const base = bases[spec.type] ?? 10
  if (spec.grouping !== '' && spec.type === 'n') throw noGrouping(spec)
  if (spec.grouping === ',' && base !== 10) {
    throw noGrouping(spec)
  }
  const big = BigInt(value)
  const digits = (big < 0n ? -big : big).toString(base)
  const prefix = spec.alternate && base !== 10 ? `0${spec.type}` : ''
  const body = spec.type === 'X' ? digits.toUpperCase() : digits
  return assemble(big < 0n, prefix, body, '', spec, base === 10 ? 3 : 4)
}

function formatCharacter(value: number | bigint, spec: Spec): string {
  const code = Number(value)
  if (spec.grouping !== '') throw noGrouping(spec)
  if (spec.sign !== '') {
    throw new Fault('value', `Sign not allowed with integer format specifier 'c'`)
  }
  if (code < 0 || code > 0x10ffff) throw new Fault('overflow', '%c arg not in range(0x110000)')
  return pad(String.fromCodePoint(code), spec, spec.align === '' ? '<' : spec.align)
}

function formatFloat(value: number, spec: Spec): string {
  if (spec.grouping !== '' && spec.type === 'n') throw noGrouping(spec)
  const negative = value < 0 || Object.is(value, -0)
  const magnitude = Math.abs(value)
  const [number, suffix] = spec.type === '%'
    ? [formatFixed(magnitude * 100, spec.precision ?? 6), '%']
    : [floatDigits(magnitude, spec), '']
  const shown = spec.alternate ? withPoint(number) : number
  const upper = 'EFG'.includes(spec.type) && spec.type !== ''
  const [, whole = '', rest = ''] = /^([^.e]*)(.*)$/.exec(shown) ?? []
  const tail = upper ? rest.toUpperCase() : rest
  return assemble(negative, '', upper ? whole.toUpperCase() : whole, tail + suffix, spec, 3)
}

function floatDigits(value: number, spec: Spec): string {
  switch (spec.type) {
    case 'f':
    case 'F':
      return formatFixed(value, spec.precision ?? 6)
    case 'e':
    case 'E':
      return formatExponent(value, spec.precision ?? 6)
    case 'g':
    case 'G':
    case 'n':
      return formatGeneral(value, spec.precision ?? 6, spec.alternate)
    case '': {
      if (spec.precision === null) return floatText(value)
      const text = formatGeneral(value, spec.precision, spec.alternate)
      if (/[.en]/.test(text)) return text
      // As `g`, but with a digit after the point, and the exponent one place earlier.
      return text.length >= Math.max(1, spec.precision) && value !== 0
        ? withoutZeros(formatExponent(value, Math.max(0, spec.precision - 1)), spec)
        : `${text}.0`
    }
    default:
      throw wrongType(spec.type, 'float')
  }
}

function withoutZeros(number: string, { alternate }: Spec): string {
  return alternate ? number : number.replace(/\.?0*e/, 'e')
}

function assemble(
  negative: boolean,
  prefix: string,
  digits: string,
  tail: string,
  spec: Spec,
  groupSize: number,
): string {
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign
  const room = spec.width - sign.length - prefix.length - tail.length
  const zeros = spec.fill === '0' && spec.align === '='
  const body = spec.grouping === ''
    ? digits
    : group(digits, spec.grouping, groupSize, zeros ? room : 0)
  if (spec.align === '=') {
    const fill = spec.fill.repeat(Math.max(0, room - body.length))
    return sign + prefix + fill + body + tail
  }
  return pad(sign + prefix + body + tail, spec, spec.align === '' ? '>' : spec.align)
}

/** Digits with separators, and zeros in front until they fill the width. */
function group(digits: string, separator: string, size: number, width: number): string {
  const grouped = (text: string) => {
    const groups: string[] = []
    for (let end = text.length; end > 0; end -= size) {
      groups.push(text.slice(Math.max(0, end - size), end))
    }
    return groups.reverse().join(separator)
  }
  let count = digits.length
  while (count + Math.floor((count - 1) / size) < width) count++
  return grouped(digits.padStart(count, '0'))
}

function pad(text: string, spec: Spec, align: string): string {
  const missing = Math.max(0, spec.width - codePointLength(text))
  const left = align === '<' ? 0 : align === '^' ? Math.floor(missing / 2) : missing
  return spec.fill.repeat(left) + text + spec.fill.repeat(missing - left)
}
