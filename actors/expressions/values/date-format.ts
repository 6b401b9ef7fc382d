/**
 * @module
 * `strftime` and `strptime` in the C locale (`reference/expression-values.md` §7).
 */
import { Fault } from '../fault.ts'
import { charge } from './effort.ts'
import { DateTime, isLeapYear, MICROS_PER_SECOND, offsetText } from './dates.ts'

export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const COMPOSED: Record<string, string> = {
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  r: '%I:%M:%S %p',
}

/** A flag, a width, a modifier of other locales and a letter. */
const DIRECTIVE = /%([-_0^#]*)(\d{0,3})(?:E(?=[cCxXyY])|O(?=[deHImMSuUVwWy]))?([a-zA-Z%])/g

/**
 * Formats a date-time. Unknown directives are copied; `%-d` drops the padding, `%_d` pads with blanks, `%^a`
 * is in capitals.
 */
export function formatDate(date: DateTime, format: string): string {
  return format.replace(DIRECTIVE, (whole, flags: string, width: string, letter: string) => {
    const composed = COMPOSED[letter]
    const text = composed === undefined ? directive(date, letter) : formatDate(date, composed)
    if (text === null) return whole
    charge(20 + Number(width))
    return padded(recased(text, flags, letter), flags, Number(width))
  })
}

/** `^` is capitals; `#` is the other case, which of `AM` is the small one. */
function recased(text: string, flags: string, letter: string): string {
  if (flags.includes('^')) return text.toUpperCase()
  if (!flags.includes('#')) return text
  if ('pZ'.includes(letter)) return text.toLowerCase()
  return 'aAbBh'.includes(letter) ? text.toUpperCase() : text
}

/** The last flag about padding decides. */
function padded(text: string, flags: string, width: number): string {
  const flag = flags.match(/[-_0](?=[^-_0]*$)/)?.[0]
  const isNumber = /^[ \d]+$/.test(text)
  if (flag === '-') return isNumber ? text.replace(/^[0 ]+(?=\d)/, '') : text
  const filler = flag === '_' ? ' ' : flag === '0' || /^\d/.test(text) ? '0' : ' '
  const size = Math.max(width, text.length)
  if (flag === undefined || !isNumber) return text.padStart(size, filler)
  return text.replace(/^[0 ]+(?=\d)/, '').padStart(size, filler)
}

function directive(date: DateTime, letter: string): string | null {
  const hour12 = date.hour % 12 === 0 ? 12 : date.hour % 12
  switch (letter) {
    case 'a':
      return (DAYS[date.weekday] ?? '').slice(0, 3)
    case 'A':
      return DAYS[date.weekday] ?? ''
    case 'b':
    case 'h':
      return (MONTHS[date.month - 1] ?? '').slice(0, 3)
    case 'B':
      return MONTHS[date.month - 1] ?? ''
    case 'C':
      return String(Math.floor(date.year / 100))
    case 'd':
      return pad(date.day)
    case 'e':
      return pad(date.day, 2, ' ')
    case 'f':
      return pad(date.microsecond, 6)
    case 'H':
      return pad(date.hour)
    case 'k':
      return pad(date.hour, 2, ' ')
    case 'I':
      return pad(hour12)
    case 'l':
      return pad(hour12, 2, ' ')
    case 'j':
      return pad(date.dayOfYear, 3)
    case 'm':
      return pad(date.month)
    case 'M':
      return pad(date.minute)
    case 'p':
      return date.hour < 12 ? 'AM' : 'PM'
    case 'P':
      return date.hour < 12 ? 'am' : 'pm'
    case 's':
      return String((date.local - mod(date.local)) / MICROS_PER_SECOND)
    case 'S':
      return pad(date.second)
    case 'u':
      return String(date.weekday + 1)
    case 'w':
      return String((date.weekday + 1) % 7)
    case 'U':
      return pad(Math.floor((date.dayOfYear + 6 - (date.weekday + 1) % 7) / 7))
    case 'W':
      return pad(Math.floor((date.dayOfYear + 6 - date.weekday) / 7))
    case 'V':
      return pad(isoWeek(date)[1])
    case 'G':
      return String(isoWeek(date)[0])
    case 'g':
      return pad(isoWeek(date)[0] % 100)
    case 'y':
      return pad(date.year % 100)
    case 'Y':
      return String(date.year)
    case 'z':
      return date.offset === null ? '' : offsetText(date.offset, '')
    case 'Z':
      return date.offset === 0n ? 'UTC' : ''
    case 'n':
      return '\n'
    case 't':
      return '\t'
    case '%':
      return '%'
    default:
      return null
  }
}

function mod(micros: bigint): bigint {
  return ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND
}

function pad(value: number, width = 2, filler = '0'): string {
  return String(value).padStart(width, filler)
}

/** The year and number of the week that holds a day: weeks begin on Monday. */
function isoWeek(date: DateTime): [number, number] {
  const week = Math.floor((date.dayOfYear - date.weekday + 9) / 7)
  if (week < 1) return [date.year - 1, weeksIn(date.year - 1)]
  return week > weeksIn(date.year) ? [date.year + 1, 1] : [date.year, week]
}

function weeksIn(year: number): number {
  const weekday = DateTime.of(Math.max(1, year), 1, 1).weekday
  return weekday === 3 || (weekday === 2 && isLeapYear(year)) ? 53 : 52
}

const PATTERNS: Record<string, string> = {
  a: DAYS.map((day) => day.slice(0, 3)).join('|'),
  A: DAYS.join('|'),
  b: MONTHS.map((month) => month.slice(0, 3)).join('|'),
  B: MONTHS.join('|'),
  d: '3[01]|[12]\\d|0[1-9]|[1-9]| [1-9]',
  f: '\\d{1,6}',
  G: '\\d{4}',
  H: '2[0-3]|[01]\\d|\\d',
  I: '1[0-2]|0[1-9]|[1-9]',
  j: '36[0-6]|3[0-5]\\d|[12]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9]',
  m: '1[0-2]|0[1-9]|[1-9]',
  M: '[0-5]\\d|\\d',
  p: 'am|pm',
  S: '6[01]|[0-5]\\d|\\d',
  u: '[1-7]',
  U: '5[0-3]|[0-4]\\d|\\d',
  V: '5[0-3]|0[1-9]|[1-4]\\d|\\d',
  W: '5[0-3]|[0-4]\\d|\\d',
  w: '[0-6]',
  y: '\\d\\d',
  Y: '\\d{4}',
  z: '[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|Z',
  Z: 'utc|gmt',
  '%': '%',
}
/** As `strptime` reads what only some directives compose. */
const PARSED_AS: Record<string, string> = {
  c: '%a %b %d %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}

/**
 * Reads text by a format; naive unless the text has an offset.
 *
 * @throws {Fault} If the text is not in that format, or no such date.
 */
export function parseDateAs(text: string, format: string): DateTime {
  const fields = matchFormat(text, format)
  const number = (name: string, otherwise: number): number => {
    const found = fields.get(name)
    return found === undefined ? otherwise : Number(found.trim())
  }
  let year = number('Y', 1900)
  const short = fields.get('y')
  if (short !== undefined) year = Number(short) + (Number(short) <= 68 ? 2000 : 1900)
  let month = number('m', 1)
  let day = number('d', 1)
  for (const [letter, names] of [['b', MONTHS], ['B', MONTHS]] as const) {
    const name = fields.get(letter)?.toLowerCase().slice(0, 3)
    if (name) month = names.findIndex((one) => one.toLowerCase().startsWith(name)) + 1
  }
  const iso = isoDay(fields)
  if (iso !== null) [year, month, day] = [iso.year, iso.month, iso.day]
  else if (!fields.has('d')) [month, day] = dayFromWeek(fields, year, month, day)
  const date = DateTime.of(year, month, day, hourOf(fields), number('M', 0))
  const micros = BigInt(number('S', 0)) * MICROS_PER_SECOND +
    BigInt((fields.get('f') ?? '').padEnd(6, '0'))
  if (number('S', 0) > 59) throw new Fault('value', 'second must be in 0..59')
  return new DateTime(date.local + micros, offsetOf(fields))
}

/** Characters of a format; longer ones make no regular expression. */
const MAX_FORMAT = 1000

function matchFormat(text: string, format: string): Map<string, string> {
  if (format.length > MAX_FORMAT) throw new Fault('value', 'the format is too long')
  charge(text.length + format.length)
  const names: string[] = []
  let expanded = format
  for (const [letter, meaning] of Object.entries(PARSED_AS)) {
    expanded = expanded.replaceAll(`%${letter}`, meaning)
  }
  const source = expanded.replace(/%([^]?)|\s+|[\\.^$*+?()[\]{}|]/g, (token, letter?: string) => {
    if (letter === undefined) return token.trim() === '' ? '\\s+' : `\\${token}`
    const pattern = PATTERNS[letter]
    if (pattern === undefined) {
      throw new Fault('value', `'%${letter}' is a bad directive`)
    }
    if (letter === '%') return '%'
    if (names.includes(letter)) {
      throw new Fault('regex', `the directive '%${letter}' is there twice`)
    }
    names.push(letter)
    return `(${pattern})`
  })
  const match = new RegExp(`^(?:${source})`, 'i').exec(text)
  if (!match) throw new Fault('value', 'the text does not match the format')
  if (match[0].length < text.length) throw new Fault('value', 'unconverted data remains')
  return new Map(names.map((name, index) => [name, match[index + 1] ?? '']))
}

function hourOf(fields: ReadonlyMap<string, string>): number {
  const twelve = fields.get('I')
  if (twelve === undefined || fields.has('H')) return Number(fields.get('H') ?? 0)
  const hour = Number(twelve) % 12
  return fields.get('p')?.toLowerCase() === 'pm' ? hour + 12 : hour
}

/** The day that `%G`, `%V` and a weekday mean; null if none of the first two is there. */
function isoDay(fields: ReadonlyMap<string, string>): DateTime | null {
  const [year, week] = [fields.get('G'), fields.get('V')]
  if (year === undefined && week === undefined) return null
  const weekday = weekdayOf(fields)
  if (year === undefined || week === undefined || weekday === null || fields.has('j')) {
    throw new Fault('value', '%G, %V and a weekday go together, and without %j')
  }
  const number = Number(week)
  if (number < 1 || number > weeksIn(Number(year))) throw new Fault('value', 'Invalid week')
  const january4 = DateTime.of(Number(year), 1, 4)
  const days = 7 * (number - 1) + weekday - january4.weekday
  return january4.plus(BigInt(days) * 86_400n * MICROS_PER_SECOND)
}

/** The month and day that a day of the year, or a week and a weekday, mean. */
function dayFromWeek(
  fields: ReadonlyMap<string, string>,
  year: number,
  month: number,
  day: number,
): [number, number] {
  let dayOfYear = Number(fields.get('j') ?? 0)
  const week = fields.get('U') ?? fields.get('W')
  const weekday = weekdayOf(fields)
  if (dayOfYear === 0 && week !== undefined && weekday !== null) {
    const sundayFirst = fields.has('U')
    const first = DateTime.of(year, 1, 1).weekday
    const start = sundayFirst ? (first + 1) % 7 : first
    const column = sundayFirst ? (weekday + 1) % 7 : weekday
    const beforeFirst = (7 - start) % 7
    dayOfYear = Number(week) === 0
      ? 1 + column - start
      : 1 + beforeFirst + 7 * (Number(week) - 1) + column
  }
  if (dayOfYear === 0) return [month, day]
  const date = DateTime.of(year, 1, 1).plus(BigInt(dayOfYear - 1) * 86_400n * MICROS_PER_SECOND)
  return [date.month, date.day]
}

function weekdayOf(fields: ReadonlyMap<string, string>): number | null {
  const digit = fields.get('w')
  if (digit !== undefined) return (Number(digit) + 6) % 7
  if (fields.has('u')) return Number(fields.get('u')) - 1
  const name = (fields.get('a') ?? fields.get('A'))?.toLowerCase().slice(0, 3)
  return name ? DAYS.findIndex((day) => day.toLowerCase().startsWith(name)) : null
}

function offsetOf(fields: ReadonlyMap<string, string>): bigint | null {
  const zone = fields.get('z')
  if (zone === undefined) return null
  if (zone.toUpperCase() === 'Z') return 0n
  const digits = zone.slice(1).replaceAll(':', '')
  const [whole = '', fraction = ''] = digits.split('.')
  const seconds = Number(whole.slice(0, 2)) * 3600 + Number(whole.slice(2, 4)) * 60 +
    Number(whole.slice(4, 6))
  const micros = BigInt(seconds) * MICROS_PER_SECOND + BigInt(fraction.padEnd(6, '0'))
  return zone.startsWith('-') ? -micros : micros
}
