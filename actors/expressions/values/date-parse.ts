/**
 * @module
 * Reads dates as people write them, the month first (`reference/expression-values.md` §7).
 */
import { Fault } from '../fault.ts'
import { MONTHS } from './date-format.ts'
import { DateTime, daysInMonth, MICROS_PER_SECOND } from './dates.ts'

const WORD = /[a-z]+|\d+(?:[.,]\d+)?|[^\s]/gi
const MONTH_NAMES = MONTHS.map((month) => month.toLowerCase())
const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
/** Words that say nothing. */
const FILLERS: ReadonlySet<string> = new Set([
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
])
const UTC_NAMES: ReadonlySet<string> = new Set(['utc', 'gmt', 'z'])

interface Fields {
  year?: number
  month?: number
  day?: number
  hour?: number
  minute?: number
  second?: number
  micros?: number
  offset?: bigint
  weekday?: number
  afternoon?: boolean
}

/**
 * Reads a date-time from free text; naive unless it names its zone.
 *
 * @param today Where a missing year, month or day comes from.
 * @throws {Fault} If it is no date.
 */
export function parseDateText(text: string, today: DateTime): DateTime {
  const fields = iso(text.trim()) ?? new Reader(text).read()
  const hour = hourOf(fields)
  const year = fields.year ?? today.year
  const month = fields.month ?? today.month
  const day = fields.day ?? Math.min(today.day, daysInMonth(year, month))
  const date = DateTime.of(
    year,
    month,
    day,
    hour,
    fields.minute ?? 0,
    fields.second ?? 0,
    fields.micros ?? 0,
    fields.offset ?? null,
  )
  if (fields.weekday === undefined || fields.day !== undefined) return date
  const ahead = (fields.weekday - date.weekday + 7) % 7
  return date.plus(BigInt(ahead) * 86_400n * MICROS_PER_SECOND)
}

function hourOf(fields: Fields): number {
  const { hour = 0, afternoon } = fields
  if (afternoon === undefined) return hour
  if (fields.hour === undefined || hour > 12 || hour < 0) invalid()
  return hour % 12 + (afternoon ? 12 : 0)
}

function invalid(): never {
  throw new Fault('value', 'Unknown string format of a date')
}

const ISO_DATE = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?=$|[T ])/
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(?=$|[^\d]))?(?=$|[T Z+-])/
const REST =
  /^(?:[T ]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i

/** The forms that programs write, with the year first; null for anything else. */
function iso(text: string): Fields | null {
  const date = ISO_DATE.exec(text)
  const compact = date ? null : COMPACT.exec(text)
  const head = date ?? compact
  if (!head) return null
  const rest = REST.exec(text.slice(head[0].length))
  if (!rest) return null
  const fields: Fields = { year: Number(head[1]) }
  if (date) [fields.month, fields.day] = [Number(date[3]), Number(date[4])]
  if (compact) {
    ;[fields.month, fields.day] = [Number(compact[2]), Number(compact[3])]
    fields.hour = Number(compact[4] ?? 0)
    fields.minute = Number(compact[5] ?? 0)
    fields.second = Number(compact[6] ?? 0)
  }
  if (date && (fields.month ?? 0) > 12 && (fields.day ?? 0) <= 12) {
    ;[fields.month, fields.day] = [Number(date[4]), Number(date[3])]
  }
  if (rest[1] !== undefined) {
    fields.hour = Number(rest[1])
    fields.minute = Number(rest[2] ?? 0)
    fields.second = Number(rest[3] ?? 0)
    fields.micros = microsOf(rest[4])
  }
  if (rest[5] !== undefined) fields.offset = zoneOf(rest[5])
  return fields
}

function microsOf(fraction: string | undefined): number {
  return Number((fraction ?? '').slice(0, 6).padEnd(6, '0'))
}

function zoneOf(text: string): bigint {
  if (UTC_NAMES.has(text.toLowerCase())) return 0n
  const digits = text.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4) || 0)
  return BigInt(minutes * 60) * MICROS_PER_SECOND * (text.startsWith('-') ? -1n : 1n)
}

class Reader {
  readonly #tokens: readonly string[]
  readonly #fields: Fields = {}
  /** Numbers of the date whose meaning is settled at the end, in order. */
  readonly #numbers: string[] = []
  /** Where among them the month was named. */
  #monthAt: number | null = null
  #index = 0
  /** Where the last token of the clock ended: a dash there begins an offset. */
  #clockEnd = -1

  constructor(text: string) {
    this.#tokens = text.match(WORD) ?? []
  }

  read(): Fields {
    if (this.#tokens.length === 0) {
      throw new Fault('value', 'String does not contain a date')
    }
    while (this.#index < this.#tokens.length) this.#token()
    this.#settle()
    return this.#fields
  }

  #at(ahead: number): string {
    return this.#tokens[this.#index + ahead] ?? ''
  }

  #token(): void {
    const token = this.#at(0)
    if (/^\d/.test(token)) return this.#number(token)
    if (/^[a-z]/i.test(token)) return this.#word(token.toLowerCase())
    const mayBeOffset = token === '-' ? this.#index === this.#clockEnd : token === '+'
    if (mayBeOffset && this.#fields.hour !== undefined) return this.#offset(token)
    if (!/^[-/,.;:()'+]$/.test(token)) invalid()
    this.#index += 1
  }

  #word(word: string): void {
    this.#index += 1
    const month = word.length >= 3 ? MONTH_NAMES.findIndex((name) => isName(word, name)) : -1
    if (month >= 0) {
      this.#fields.month = month + 1
      this.#monthAt = this.#numbers.length
    } else if (DAY_NAMES.includes(word.slice(0, 3)) && /day$|^...$|^tues$|^thurs?$/.test(word)) {
      this.#fields.weekday = DAY_NAMES.indexOf(word.slice(0, 3))
    } else if (word === 'am' || word === 'pm' || word === 'a' || word === 'p') {
      if (this.#fields.hour === undefined) invalid()
      this.#fields.afternoon = word.startsWith('p')
      this.#clockEnd = this.#index
    } else if (UTC_NAMES.has(word)) this.#fields.offset = 0n
    else if (FILLERS.has(word)) return
    else if (this.#fields.hour === undefined || word.length > 5 || !/^[a-z]{3,5}$/.test(word)) {
      invalid()
    }
  }

  #number(token: string): void {
    if (this.#at(1) === ':') {
      this.#clock()
      this.#clockEnd = this.#index
      return
    }
    if (/^\d{6}$/.test(token) && this.#at(-1).toLowerCase() === 't') {
      const fields = this.#fields
      fields.hour = Number(token.slice(0, 2))
      fields.minute = Number(token.slice(2, 4))
      fields.second = Number(token.slice(4))
      this.#clockEnd = this.#index += 1
      return
    }
    const suffix = this.#at(1).toLowerCase()
    if (
      /^(?:am|pm|a|p|h)$/.test(suffix) && this.#fields.hour === undefined && /^\d\d?$/.test(token)
    ) {
      this.#fields.hour = Number(token)
      this.#index += 1
      if (suffix === 'h') this.#index += 1
      return
    }
    if (token.length === 8 && /^\d+$/.test(token)) {
      this.#fields.year = Number(token.slice(0, 4))
      this.#fields.month = Number(token.slice(4, 6))
      this.#fields.day = Number(token.slice(6))
    } else if (/^\d+\.\d+$/.test(token)) this.#numbers.push(...token.split('.'))
    else if (/^\d{1,4}$/.test(token)) this.#numbers.push(token)
    else invalid()
    this.#index += 1
  }

  #clock(): void {
    const fields = this.#fields
    fields.hour = Number(this.#at(0))
    const [minute = '', minuteFraction] = this.#at(2).split(/[.,]/)
    if (!/^\d+$/.test(minute)) invalid()
    fields.minute = Number(minute)
    this.#index += 3
    if (minuteFraction !== undefined) {
      fields.second = Math.floor(Number(`0.${minuteFraction}`) * 60)
      return
    }
    if (this.#at(0) !== ':') return
    const [second = '', fraction] = this.#at(1).split(/[.,]/)
    if (!/^\d+$/.test(second)) invalid()
    fields.second = Number(second)
    fields.micros = microsOf(fraction)
    this.#index += 2
  }

  #offset(sign: string): void {
    const digits = this.#at(1)
    if (!/^\d{1,4}$/.test(digits)) invalid()
    this.#index += 2
    let minutes = digits.length === 4
      ? Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
      : Number(digits) * 60
    if (this.#at(0) === ':' && /^\d\d$/.test(this.#at(1))) {
      minutes += Number(this.#at(1))
      this.#index += 2
    }
    this.#fields.offset = BigInt(minutes * 60) * MICROS_PER_SECOND * (sign === '-' ? -1n : 1n)
  }

  /** Tells year, month and day apart: by size, by a named month, else month first. */
  #settle(): void {
    const fields = this.#fields
    const numbers = [...this.#numbers]
    if (numbers.length > 3) invalid()
    const isYear = (text: string) => text.length > 2 || Number(text) > 31
    if (this.#monthAt === null) {
      if (numbers.length === 3 && isYear(numbers[0] ?? '')) {
        fields.year = fullYear(numbers.shift() ?? '')
        ;[fields.month, fields.day] = monthFirst(numbers)
      } else if (numbers.length === 3) {
        fields.year = fullYear(numbers.pop() ?? '')
        ;[fields.month, fields.day] = monthFirst(numbers)
      } else if (numbers.length === 2) this.#two(numbers, isYear)
      else if (numbers.length === 1) this.#one(numbers[0] ?? '', isYear)
      return
    }
    if (numbers.length > 2) invalid()
    const [first, second] = numbers
    if (first === undefined) return
    if (second === undefined) return this.#one(first, isYear)
    const yearFirst = isYear(first)
    fields.year = fullYear(yearFirst ? first : second)
    fields.day = Number(yearFirst ? second : first)
  }

  #two(numbers: readonly string[], isYear: (text: string) => boolean): void {
    const [first = '', second = ''] = numbers
    if (isYear(first)) [this.#fields.year, this.#fields.month] = [fullYear(first), Number(second)]
    else if (isYear(second)) {
      ;[this.#fields.month, this.#fields.year] = [Number(first), fullYear(second)]
    } else [this.#fields.month, this.#fields.day] = monthFirst([first, second])
  }

  #one(number: string, isYear: (text: string) => boolean): void {
    if (isYear(number)) this.#fields.year = fullYear(number)
    else this.#fields.day = Number(number)
  }
}

/** `jan`, `january`, also `sept`. */
function isName(word: string, name: string): boolean {
  return word === name || word === name.slice(0, 3) || (word === 'sept' && name === 'september')
}

function monthFirst(numbers: readonly string[]): [number, number] {
  const [first, second] = [Number(numbers[0]), Number(numbers[1])]
  return first > 12 && second <= 12 ? [second, first] : [first, second]
}

/** Years of two digits are the nearest within fifty of now. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length > 2) return year
  const now = new Date().getUTCFullYear()
  const century = Math.floor(now / 100) * 100
  const full = century + year
  if (full >= now + 50) return full - 100
  return full < now - 50 ? full + 100 : full
}
