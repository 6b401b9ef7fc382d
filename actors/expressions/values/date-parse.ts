/**
 * @module
 * Reads dates as people write them, the month first (`reference/expression-values.md` §7). It decides as
 * python-dateutil does, which upstream asks: token by token, and by the size of numbers at the end.
 */
import { Fault } from '../fault.ts'
import { dateTokens } from './date-tokens.ts'
import { DateTime, daysInMonth, MICROS_PER_SECOND } from './dates.ts'

/** Words and signs that say nothing. */
const FILLERS: ReadonlySet<string> = new Set(
  [
    ' ',
    '.',
    ',',
    ';',
    '-',
    '/',
    "'",
    'at',
    'on',
    'and',
    'ad',
    'm',
    't',
    'of',
    'st',
    'nd',
    'rd',
    'th',
  ],
)
const UTC_NAMES: ReadonlySet<string> = new Set(['utc', 'gmt', 'z'])
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const WEEKDAY_ENDS = ['day', 'sday', 'nesday', 'rsday', 'day', 'urday', 'day']
const MONTHS =
  'january february march april may june july august september october november december'.split(' ')
const UNITS: Readonly<Record<string, number>> = {
  h: 0,
  hour: 0,
  hours: 0,
  m: 1,
  minute: 1,
  minutes: 1,
  s: 2,
  second: 2,
  seconds: 2,
}
const HALVES: Readonly<Record<string, number>> = { a: 0, am: 0, p: 1, pm: 1 }
/** Longer texts are no dates. */
const MAX_LENGTH = 1000

/**
 * Reads a date-time from free text; naive unless it names its zone.
 *
 * @param today Where a missing year, month or day comes from.
 * @throws {Fault} If it is no date.
 */
export function parseDateText(text: string, today: DateTime): DateTime {
  if (text.length > MAX_LENGTH) invalid()
  const fields = new Reader(dateTokens(text), today.year).read()
  if (Object.values(fields).every((field) => field === null)) {
    throw new Fault('value', 'String does not contain a date')
  }
  const year = fields.year ?? today.year
  const month = fields.month ?? today.month
  const date = DateTime.of(
    year,
    month,
    fields.day ?? Math.min(today.day, daysInMonth(year, month)),
    fields.hour ?? 0,
    fields.minute ?? 0,
    fields.second ?? 0,
    fields.micros ?? 0,
    fields.offset === null ? null : BigInt(fields.offset) * MICROS_PER_SECOND,
  )
  if (fields.weekday === null || fields.day !== null) return date
  const ahead = (fields.weekday - date.weekday + 7) % 7
  return date.plus(BigInt(ahead) * 86_400n * MICROS_PER_SECOND)
}

function invalid(): never {
  throw new Fault('value', 'Unknown string format of a date')
}

interface Fields {
  year: number | null
  month: number | null
  day: number | null
  weekday: number | null
  hour: number | null
  minute: number | null
  second: number | null
  micros: number | null
  zone: string | null
  /** Seconds east of UTC. */
  offset: number | null
}

type Part = 'year' | 'month' | 'day'

class Reader {
  readonly #tokens: string[]
  readonly #thisYear: number
  readonly #fields: Fields = {
    year: null,
    month: null,
    day: null,
    weekday: null,
    hour: null,
    minute: null,
    second: null,
    micros: null,
    zone: null,
    offset: null,
  }
  /** Numbers of the date in the order of the text; what is known of them is in {@link #known}. */
  readonly #numbers: number[] = []
  readonly #known: { [part in Part]?: number } = {}
  /** Whether a year was written in full. */
  #fullYear = false
  #index = 0

  constructor(tokens: string[], thisYear: number) {
    this.#tokens = tokens
    this.#thisYear = thisYear
  }

  read(): Fields {
    for (; this.#index < this.#tokens.length; this.#index++) this.#token(this.#at(0))
    this.#settleDate()
    this.#settleZone()
    return this.#fields
  }

  #at(ahead: number): string {
    return this.#tokens[this.#index + ahead] ?? ''
  }

  #isLast(): boolean {
    return this.#index + 1 >= this.#tokens.length
  }

  #token(token: string): void {
    const fields = this.#fields
    const word = token.toLowerCase()
    const month = monthOf(word)
    if (/^\d/.test(token)) this.#number(token)
    else if (weekdayOf(word) !== null) fields.weekday = weekdayOf(word)
    else if (month !== null) this.#monthName(month)
    else if (HALVES[word] !== undefined) {
      if (fields.hour === null || fields.hour > 12) invalid()
      fields.hour = hour24(fields.hour, HALVES[word])
    } else if (this.#isZone(token)) this.#zoneName(token)
    else if (fields.hour !== null && (token === '+' || token === '-')) this.#offset(token)
    else if (!FILLERS.has(word)) invalid()
  }

  #number(token: string): void {
    const fields = this.#fields
    const next = this.#at(1)
    const size = token.length
    const unit = this.#unitOf()
    if (
      this.#numbers.length === 3 && (size === 2 || size === 4) && fields.hour === null &&
      next !== ':' && UNITS[next.toLowerCase()] === undefined
    ) {
      fields.hour = int(token.slice(0, 2))
      if (size === 4) fields.minute = int(token.slice(2))
    } else if (size === 6 || (size > 6 && token.indexOf('.') === 6)) this.#sixDigits(token)
    else if (size === 8 || size === 12 || size === 14) this.#compact(token)
    else if (unit !== null) {
      this.#index = unit.index
      this.#clockPart(token, unit.unit)
    } else if (next === ':' && this.#at(2) !== '') this.#clock(token)
    else if (next === '-' || next === '/' || next === '.') this.#separated(token, next)
    else if (this.#isLast() || FILLERS.has(next.toLowerCase())) {
      const half = HALVES[this.#at(2).toLowerCase()]
      if (half === undefined) this.#pushNumber(token)
      else {
        fields.hour = hour24(int(token), half)
        this.#index += 1
      }
      this.#index += 1
    } else if (HALVES[next.toLowerCase()] !== undefined && Number(token) < 24) {
      fields.hour = hour24(Math.trunc(Number(token)), HALVES[next.toLowerCase()] ?? 0)
      this.#index += 1
    } else if (this.#mayBeDay(Number(token))) this.#pushNumber(token)
    else invalid()
  }

  /** `YYMMDD` if there is no date yet, else `HHMMSS[.ffffff]`. */
  #sixDigits(token: string): void {
    const parts = [token.slice(0, 2), token.slice(2, 4), token.slice(4)]
    if (this.#numbers.length === 0 && !token.includes('.')) {
      for (const part of parts) this.#push(part)
      return
    }
    this.#fields.hour = int(parts[0])
    this.#fields.minute = int(parts[1])
    this.#seconds(parts[2] ?? '')
  }

  /** `YYYYMMDD[HHMM[SS]]`. */
  #compact(token: string): void {
    this.#push(token.slice(0, 4), 'year')
    this.#push(token.slice(4, 6))
    this.#push(token.slice(6, 8))
    if (token.length === 8) return
    this.#fields.hour = int(token.slice(8, 10))
    this.#fields.minute = int(token.slice(10, 12))
    if (token.length === 14) this.#fields.second = int(token.slice(12))
  }

  /** The unit that a number has: named after it, or one below the unit before it (`12h04`). */
  #unitOf(): { readonly index: number; readonly unit: number } | null {
    const at = (ahead: number) => UNITS[this.#at(ahead).toLowerCase()]
    const [next, second, before, earlier] = [at(1), at(2), at(-1), at(-2)]
    if (next !== undefined) return { index: this.#index + 1, unit: next }
    if (second !== undefined && this.#at(1) === ' ') return { index: this.#index + 2, unit: second }
    if (before !== undefined) return { index: this.#index, unit: before + 1 }
    if (this.#index > 1 && this.#isLast() && this.#at(-1) === ' ' && earlier !== undefined) {
      return { index: this.#index, unit: earlier + 1 }
    }
    return null
  }

  #clockPart(token: string, unit: number): void {
    const value = Number(token)
    if (unit === 0) {
      this.#fields.hour = Math.trunc(value)
      if (value % 1 !== 0) this.#fields.minute = Math.trunc(60 * (value % 1))
    } else if (unit === 1) this.#minutes(value)
    else if (unit === 2) this.#seconds(token)
  }

  #minutes(value: number): void {
    this.#fields.minute = Math.trunc(value)
    this.#fields.second = value % 1 === 0 ? null : Math.trunc(60 * (value % 1))
  }

  #seconds(text: string): void {
    const [whole, fraction, more] = text.split('.')
    if (more !== undefined) invalid()
    this.#fields.second = int(whole)
    this.#fields.micros = int((fraction ?? '').padEnd(6, '0').slice(0, 6))
  }

  #clock(token: string): void {
    this.#fields.hour = Math.trunc(Number(token))
    const minutes = Number(this.#at(2))
    if (!/^\d/.test(this.#at(2)) || Number.isNaN(minutes)) invalid()
    this.#minutes(minutes)
    if (this.#at(3) === ':' && this.#at(4) !== '') {
      this.#seconds(this.#at(4))
      this.#index += 2
    }
    this.#index += 2
  }

  /** `01-02[-03]`, also with the month's name. */
  #separated(token: string, separator: string): void {
    this.#push(token)
    const second = this.#at(2)
    if (second !== '' && !FILLERS.has(second.toLowerCase())) {
      this.#pushNamed(second)
      if (this.#at(3) === separator) {
        this.#pushNamed(this.#at(4))
        this.#index += 2
      }
      this.#index += 1
    }
    this.#index += 1
  }

  #pushNamed(token: string): void {
    const month = monthOf(token.toLowerCase())
    if (month === null) this.#push(token)
    else this.#push(String(month), 'month')
  }

  /** `Jan`, `Jan-01[-99]` or `January of 99`. */
  #monthName(month: number): void {
    this.#push(String(month), 'month')
    const separator = this.#at(1)
    if (separator === '-' || separator === '/') {
      this.#push(this.#at(2))
      if (this.#at(3) === separator) {
        this.#push(this.#at(4))
        this.#index += 2
      }
      this.#index += 2
    } else if (separator === ' ' && this.#at(2).toLowerCase() === 'of' && this.#at(3) === ' ') {
      if (this.#at(4) === '') return
      if (/^\d+$/.test(this.#at(4))) {
        this.#push(String(this.#century(int(this.#at(4)), false)), 'year')
      }
      this.#index += 4
    }
  }

  /** A number of the date, as it is written: more than two digits are a year. */
  #push(digits: string, known: Part | null = null): void {
    const isYear = digits.length > 2
    if (isYear) this.#fullYear = true
    this.#keep(int(digits), isYear ? 'year' : known, known)
  }

  /** A number of the date that may have a fraction. */
  #pushNumber(token: string): void {
    const value = Number(token)
    if (value > 100) this.#fullYear = true
    this.#keep(Math.trunc(value), value > 100 ? 'year' : null, null)
  }

  #keep(value: number, part: Part | null, wanted: Part | null): void {
    if (wanted !== null && part !== wanted) invalid()
    this.#numbers.push(value)
    if (part === null) return
    if (this.#known[part] !== undefined) invalid()
    this.#known[part] = this.#numbers.length - 1
  }

  #mayBeDay(value: number): boolean {
    const { year, month } = this.#known
    if (value < 1) return false
    if (month === undefined) return value <= 31
    const named = this.#numbers[month] ?? 0
    return value <= daysInMonth(year === undefined ? 2000 : this.#numbers[year] ?? 0, named)
  }

  #isZone(token: string): boolean {
    const { hour, zone, offset } = this.#fields
    return hour !== null && zone === null && offset === null && token.length <= 5 &&
      (/^[A-Z]+$/.test(token) || token === 'z')
  }

  /** `GMT+3` means that three hours more are GMT: the sign is turned round for the offset after it. */
  #zoneName(token: string): void {
    const fields = this.#fields
    fields.zone = token
    fields.offset = UTC_NAMES.has(token.toLowerCase()) ? 0 : null
    const sign = this.#at(1)
    if (sign !== '+' && sign !== '-') return
    this.#tokens[this.#index + 1] = sign === '+' ? '-' : '+'
    fields.offset = null
    if (UTC_NAMES.has(token.toLowerCase())) fields.zone = null
  }

  /** `-0300`, `-03:00` or `-3`, and perhaps a name in parentheses. */
  #offset(sign: string): void {
    const digits = this.#at(1)
    if (digits === '') invalid()
    let minutes = 0
    if (digits.length === 4) minutes = int(digits.slice(0, 2)) * 60 + int(digits.slice(2))
    else if (this.#at(2) === ':') {
      minutes = int(digits) * 60 + int(this.#at(3))
      this.#index += 2
    } else if (digits.length <= 2) minutes = int(digits) * 60
    else invalid()
    this.#fields.offset = minutes * 60 * (sign === '-' ? -1 : 1)
    const name = this.#at(4)
    if (
      FILLERS.has(this.#at(2).toLowerCase()) && this.#at(3) === '(' && this.#at(5) === ')' &&
      this.#fields.zone === null && /^[A-Z]{3,5}$/.test(name)
    ) {
      this.#fields.zone = name
      this.#index += 4
    }
    this.#index += 1
  }

  /** Tells year, month and day apart by what is known of them, then by size, else month first. */
  #settleDate(): void {
    const numbers = this.#numbers
    const parts = Object.entries(this.#known) as [Part, number][]
    if (numbers.length === 3 && parts.length === 2) {
      const left = [0, 1, 2].find((index) => parts.every(([, known]) => known !== index)) ?? 0
      const missing = (['year', 'month', 'day'] as const)
        .find((part) => this.#known[part] === undefined)
      if (missing) parts.push([missing, left])
    }
    if (numbers.length > 0 && parts.length === numbers.length) {
      for (const [part, index] of parts) this.#fields[part] = numbers[index] ?? null
    } else this.#assign(this.#orderOf(numbers), numbers)
    const { year } = this.#fields
    if (year !== null) this.#fields.year = this.#century(year, this.#fullYear)
  }

  #assign(order: readonly Part[], numbers: readonly number[]): void {
    for (const [index, part] of order.entries()) this.#fields[part] = numbers[index] ?? null
  }

  #orderOf(numbers: readonly number[]): readonly Part[] {
    const [first = 0, second = 0] = numbers
    const month = this.#known.month
    switch (numbers.length) {
      case 0:
        return []
      case 1:
        if (month !== undefined) return ['month']
        return [first > 31 ? 'year' : 'day']
      case 2: {
        if (month !== undefined) {
          const other = (numbers[1 - month] ?? 0) > 31 ? 'year' : 'day'
          return month === 0 ? ['month', other] : [other, 'month']
        }
        if (first > 31) return ['year', 'month']
        return second > 31 ? ['month', 'year'] : ['month', 'day']
      }
      case 3:
        if (month === 0) {
          return second > 31 ? ['month', 'year', 'day'] : ['month', 'day', 'year']
        }
        if (month === 1) return first > 31 ? ['year', 'month', 'day'] : ['day', 'month', 'year']
        if (month === 2) return second > 31 ? ['day', 'year', 'month'] : ['year', 'day', 'month']
        if (first > 31 || this.#known.year === 0) return ['year', 'month', 'day']
        return first > 12 ? ['day', 'month', 'year'] : ['month', 'day', 'year']
      default:
        return invalid()
    }
  }

  /** Years of two digits are the nearest within fifty of now. */
  #century(year: number, isFull: boolean): number {
    if (year >= 100 || isFull) return year
    const now = this.#thisYear
    const full = Math.floor(now / 100) * 100 + year
    if (full >= now + 50) return full - 100
    return full < now - 50 ? full + 100 : full
  }

  /** A name of UTC is an offset; any other without one says nothing. */
  #settleZone(): void {
    const fields = this.#fields
    if (fields.zone !== null && UTC_NAMES.has(fields.zone.toLowerCase())) fields.offset = 0
  }
}

/** Digits as a number. */
function int(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) invalid()
  return Number(text)
}

function hour24(hour: number, half: number): number {
  if (half === 1) return hour < 12 ? hour + 12 : hour
  return hour === 12 ? 0 : hour
}

/** `jan`, `january`, also `sept`: 1–12. */
function monthOf(word: string): number | null {
  if (word === 'sept') return 9
  if (word.length < 3) return null
  const index = MONTHS.findIndex((name) => word === name || word === name.slice(0, 3))
  return index < 0 ? null : index + 1
}

/** Monday is 0. */
function weekdayOf(word: string): number | null {
  const index = WEEKDAYS.findIndex((name, at) => word === name || word === name + WEEKDAY_ENDS[at])
  return index < 0 ? null : index
}
