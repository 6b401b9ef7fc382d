/**
 * @module
 * `text % values`: formatting as C's printf, in Python's dialect.
 */
import { Fault } from '../fault.ts'
import { formatExponent, formatFixed, formatGeneral, withPoint } from '../values/float-format.ts'
import { type Datum, isInt, List, Tuple } from '../values/kinds.ts'
import { mapGet } from '../values/mapping.ts'
import { asNumeric, toDouble, truncate } from '../values/numbers.ts'
import { characters, codePointLength, replaceEach } from '../values/strings.ts'
import { asText } from './markup.ts'
import { Undefined } from './objects.ts'
import { asIndex, isDict, repr, str, typeName } from './protocol.ts'
import type { Run } from './run.ts'

const directive =
  /%(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlL]?([^]?)/gu

interface Directive {
  readonly flags: string
  readonly width: number
  readonly precision: number | null
  readonly conversion: string
}

/** @throws {Fault} If the values do not fit the text. */
export function formatPrintf(run: Run, text: string, values: Datum): string {
  const source = new Values(values)
  const result = replaceEach(
    text,
    directive,
    8,
    ([whole, key, flags = '', width = '', precision, conversion]) => {
      if (!conversion) throw new Fault('value', 'incomplete format')
      const picked = key === undefined ? null : source.named(key)
      const field = source.field(flags, width, precision, conversion)
      run.reserveText(field.width + (field.precision ?? 0))
      if (conversion === '%') return whole === '%%' ? '%' : pad('%', field)
      return format(key === undefined ? source.next() : picked, field)
    },
  )
  source.finish()
  return result
}

/** The values in the order, or under the names, that the text asks for. */
class Values {
  readonly #values: Datum
  readonly #items: readonly Datum[]
  #next = 0
  #byName = false

  constructor(values: Datum) {
    this.#values = values
    this.#items = values instanceof Tuple ? values.items : [values]
  }

  next(): Datum {
    if (this.#next >= this.#items.length) {
      throw new Fault('type', 'not enough arguments for format string')
    }
    return this.#items[this.#next++]
  }

  named(key: string): Datum {
    this.#byName = true
    if (!isDict(this.#values)) throw new Fault('type', 'format requires a mapping')
    const value = mapGet(this.#values, key)
    if (value === undefined) throw new Fault('key', `'${key}'`, { quoted: `'${key}'` })
    return value
  }

  field(
    flags: string,
    width: string,
    precision: string | undefined,
    conversion: string,
  ): Directive {
    const wide = width === '*' ? this.#star() : Number(width)
    const allFlags = wide < 0 ? `${flags}-` : flags
    const precise = precision === undefined
      ? null
      : precision === '*'
      ? Math.max(0, this.#star())
      : Number(precision)
    return { flags: allFlags, width: Math.abs(wide), precision: precise, conversion }
  }

  #star(): number {
    const value = asIndex(this.next())
    if (value === null) throw new Fault('type', '* wants int')
    return value
  }

  /** Values left over are an error, but a mapping or list may stand there unread. */
  finish(): void {
    const values = this.#values
    if (this.#byName || this.#next >= this.#items.length) return
    const mayBeUnread = isDict(values) || values instanceof List || Array.isArray(values) ||
      values instanceof Undefined || typeName(values) === 'range'
    if (mayBeUnread) return
    throw new Fault('type', 'not all arguments converted during string formatting')
  }
}

function format(value: Datum, field: Directive): string {
  switch (field.conversion) {
    case 's':
      return pad(cut(str(value), field.precision), field)
    case 'r':
      return pad(cut(repr(value), field.precision), field)
    case 'a':
      return pad(cut(asciiOnly(repr(value)), field.precision), field)
    case 'c':
      return pad(character(value), field)
    case 'd':
    case 'i':
    case 'u':
      return padNumber(...signed(decimal(value, field), 10), field)
    case 'x':
    case 'X':
    case 'o':
      return inBase(value, field)
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return real(value, field)
    default: {
      const code = (field.conversion.codePointAt(0) ?? 0).toString(16)
      throw new Fault('value', `unsupported format character '${field.conversion}' (0x${code})`)
    }
  }
}

function cut(text: string, precision: number | null): string {
  return precision === null ? text : characters(text).slice(0, precision).join('')
}

function asciiOnly(text: string): string {
  // deno-lint-ignore no-control-regex -- ASCII begins with the control characters
  return replaceEach(text, /[^\x00-\x7f]/gu, 5, ([character]) => {
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16)
    if (code < 0x100) return `\\x${hex}`
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })
}

function character(value: Datum): string {
  const text = asText(value)
  if (text !== null && codePointLength(text) === 1) return text
  const code = text === null ? asIndex(value) : null
  if (code === null) throw new Fault('type', '%c requires int or char')
  if (code < 0 || code > 0x10ffff) throw new Fault('overflow', '%c arg not in range(0x110000)')
  return String.fromCodePoint(code)
}

function decimal(value: Datum, field: Directive): number | bigint {
  const number = asNumeric(value)
  if (number !== null) return truncate(number)
  if (value instanceof Undefined) return value.fail()
  throw new Fault(
    'type',
    `%${field.conversion} format: a real number is required, not ${typeName(value)}`,
  )
}

function signed(value: number | bigint, base: number): [boolean, string] {
  const big = BigInt(value)
  return big < 0n ? [true, (-big).toString(base)] : [false, big.toString(base)]
}

function inBase(value: Datum, field: Directive): string {
  const number = asNumeric(value)
  if (number === null || !isInt(number)) {
    throw new Fault(
      'type',
      `%${field.conversion} format: an integer is required, not ${typeName(value)}`,
    )
  }
  const [negative, digits] = signed(number, field.conversion === 'o' ? 8 : 16)
  const prefix = field.flags.includes('#') ? `0${field.conversion}` : ''
  const body = field.conversion === 'X' ? digits.toUpperCase() : digits
  return padNumber(negative, body, field, prefix)
}

function real(value: Datum, field: Directive): string {
  const number = asNumeric(value)
  if (number === null) {
    if (value instanceof Undefined) return value.fail()
    throw new Fault('type', `must be real number, not ${typeName(value)}`)
  }
  const double = toDouble(number)
  const precision = field.precision ?? 6
  const alternate = field.flags.includes('#')
  const kind = field.conversion.toLowerCase()
  const body = kind === 'f'
    ? formatFixed(double, precision)
    : kind === 'e'
    ? formatExponent(double, precision)
    : formatGeneral(double, precision, alternate)
  const negative = double < 0 || Object.is(double, -0)
  const shown = alternate ? withPoint(body) : body
  const whole = isUpper(field.conversion) ? shown.toUpperCase() : shown
  return padNumber(negative, whole, { ...field, precision: null })
}

function isUpper(conversion: string): boolean {
  return conversion !== conversion.toLowerCase()
}

function padNumber(negative: boolean, digits: string, field: Directive, prefix = ''): string {
  const sign = negative
    ? '-'
    : field.flags.includes('+')
    ? '+'
    : field.flags.includes(' ')
    ? ' '
    : ''
  const body = digits.padStart(field.precision ?? 0, '0')
  const zeros = field.flags.includes('0') && !field.flags.includes('-')
    ? Math.max(0, field.width - sign.length - prefix.length - body.length)
    : 0
  return pad(sign + prefix + '0'.repeat(zeros) + body, field)
}

function pad(text: string, { flags, width }: Directive): string {
  const blanks = ' '.repeat(Math.max(0, width - codePointLength(text)))
  return flags.includes('-') ? text + blanks : blanks + text
}
