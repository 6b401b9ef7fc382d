/**
 * @module
 * `strptime` in the C locale (`reference/expression-values.md` §7), and the names that it shares with
 * `strftime`.
 */
import { Fault } from '../fault.ts'
import { charge } from './effort.ts'
import { DateTime, isLeapYear, MICROS_PER_DAY, MICROS_PER_SECOND } from './dates.ts'
import { asciiDigits } from './numbers.ts'

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
/** ISO weeks of a year: they begin on Monday. */
export function weeksIn(year: number): number {
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
  z: '[+-]\\d\\d(?::[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,6})?)?|[0-5]\\d(?:[0-5]\\d(?:\\.\\d{1,6})?)?)|Z',
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
  else if (!fields.has('d')) [year, month, day] = dayFromWeek(fields, year, month, day)
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
  const match = new RegExp(`^(?:${source})`, 'i').exec(asciiDigits(text))
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
  const january4 = DateTime.of(Number(year), 1, 4)
  const days = 7 * (Number(week) - 1) + weekday - january4.weekday
  return january4.plus(BigInt(days) * 86_400n * MICROS_PER_SECOND)
}

/** The day that a day of the year, or a week and a weekday, mean; the 366th may be in the next year. */
function dayFromWeek(
  fields: ReadonlyMap<string, string>,
  year: number,
  month: number,
  day: number,
): [number, number, number] {
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
  if (dayOfYear === 0) return [year, month, day]
  const date = DateTime.of(year, 1, 1).plus(BigInt(dayOfYear - 1) * 86_400n * MICROS_PER_SECOND)
  return [date.year, date.month, date.day]
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
  if (micros >= MICROS_PER_DAY) throw new Fault('value', 'the offset is a day or more')
  return zone.startsWith('-') ? -micros : micros
}
