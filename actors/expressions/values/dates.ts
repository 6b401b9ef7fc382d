/**
 * @module
 * Date-times and time spans, in whole microseconds (`reference/yaql.md` §14). Both are immutable.
 */
import { Fault } from '../fault.ts'

export const MICROS_PER_SECOND = 1_000_000n
export const MICROS_PER_DAY = 86_400n * MICROS_PER_SECOND
const MAX_SPAN_DAYS = 999_999_999n
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** @param month 1–12 */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : DAYS_IN_MONTH[month - 1] ?? 0
}

/** Days since 1970-01-01. */
function daysFromCivil(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return Math.round(date.getTime() / 86_400_000)
}

const FIRST_MICROS = BigInt(daysFromCivil(1, 1, 1)) * MICROS_PER_DAY
const END_MICROS = BigInt(daysFromCivil(10000, 1, 1)) * MICROS_PER_DAY

/** Floor division and its rest. */
function divmod(value: bigint, by: bigint): [bigint, bigint] {
  const rest = ((value % by) + by) % by
  return [(value - rest) / by, rest]
}

/** A length of time, possibly negative. */
export class TimeSpan {
  /** Length in microseconds. */
  readonly micros: bigint

  /** @throws {Fault} If it is longer than 999999999 days. */
  constructor(micros: bigint) {
    const [days] = divmod(micros, MICROS_PER_DAY)
    if (days > MAX_SPAN_DAYS || days < -MAX_SPAN_DAYS) {
      throw new Fault('overflow', `days=${days}; must have magnitude <= 999999999`)
    }
    this.micros = micros
  }

  get key(): string {
    return `T${this.micros}`
  }

  /** Length in seconds. */
  get seconds(): number {
    return Number(this.micros) / 1e6
  }

  toString(): string {
    const [days, rest] = divmod(this.micros, MICROS_PER_DAY)
    const clock = clockText(rest).replace(/^0(?=\d)/, '')
    if (days === 0n) return clock
    return `${days} day${days === 1n || days === -1n ? '' : 's'}, ${clock}`
  }

  repr(): string {
    const [days, rest] = divmod(this.micros, MICROS_PER_DAY)
    const [seconds, micros] = divmod(rest, MICROS_PER_SECOND)
    const parts = [
      days === 0n ? '' : `days=${days}`,
      seconds === 0n ? '' : `seconds=${seconds}`,
      micros === 0n ? '' : `microseconds=${micros}`,
    ].filter((part) => part !== '')
    return `datetime.timedelta(${parts.length === 0 ? '0' : parts.join(', ')})`
  }
}

/** `HH:MM:SS[.ffffff]` of microseconds within a day. */
function clockText(micros: bigint): string {
  const [seconds, fraction] = divmod(micros, MICROS_PER_SECOND)
  const total = Number(seconds)
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':')
  return fraction === 0n ? clock : `${clock}.${String(fraction).padStart(6, '0')}`
}

/** `+HH:MM[:SS[.ffffff]]`. */
export function offsetText(offset: bigint, separator = ':'): string {
  const text = clockText(offset < 0n ? -offset : offset)
  const shown = text.endsWith(':00') ? text.slice(0, 5) : text
  return (offset < 0n ? '-' : '+') + shown.replaceAll(':', separator)
}

/** A point on the calendar and clock; with an offset (aware) it is also an instant. */
export class DateTime {
  /** Microseconds since 1970-01-01 00:00 on its own clock. */
  readonly local: bigint
  /** Microseconds east of UTC; null if naive. One of a day or more is kept, but serves for nothing. */
  readonly offset: bigint | null
  #date: Date | null = null

  /** @throws {Fault} If the year is not 1–9999. */
  constructor(local: bigint, offset: bigint | null) {
    if (local < FIRST_MICROS || local >= END_MICROS) {
      throw new Fault('overflow', 'date value out of range')
    }
    this.local = local
    this.offset = offset
  }

  /** @throws {Fault} If a part is out of its range. */
  static of(
    year: number,
    month: number,
    day: number,
    hour = 0,
    minute = 0,
    second = 0,
    micro = 0,
    offset: bigint | null = null,
  ): DateTime {
    inRange(year, 1, 9999, `year ${year} is out of range`)
    inRange(month, 1, 12, 'month must be in 1..12')
    inRange(day, 1, daysInMonth(year, month), 'day is out of range for month')
    inRange(hour, 0, 23, 'hour must be in 0..23')
    inRange(minute, 0, 59, 'minute must be in 0..59')
    inRange(second, 0, 59, 'second must be in 0..59')
    inRange(micro, 0, 999_999, 'microsecond must be in 0..999999')
    const seconds = BigInt(daysFromCivil(year, month, day)) * 86_400n +
      BigInt(hour * 3600 + minute * 60 + second)
    return new DateTime(seconds * MICROS_PER_SECOND + BigInt(micro), offset)
  }

  /** The instant, shown at an offset. */
  static at(instant: bigint, offset: bigint): DateTime {
    return new DateTime(instant + offset, offset)
  }

  /** {@link offset} where something depends on it. @throws {Fault} If it is a day or more. */
  get utcOffset(): bigint | null {
    const { offset } = this
    if (offset !== null && (offset <= -MICROS_PER_DAY || offset >= MICROS_PER_DAY)) {
      throw new Fault('value', 'offset must be strictly between -24 and 24 hours')
    }
    return offset
  }

  /** Microseconds since the epoch; a naive one is taken as UTC. @throws {Fault} If the offset is a day or more. */
  get instant(): bigint {
    return this.local - (this.utcOffset ?? 0n)
  }

  get key(): string {
    return this.offset === null ? `N${this.local}` : `A${this.instant}`
  }

  get year(): number {
    return this.#calendar.getUTCFullYear()
  }

  /** 1–12. */
  get month(): number {
    return this.#calendar.getUTCMonth() + 1
  }

  get day(): number {
    return this.#calendar.getUTCDate()
  }

  get hour(): number {
    return this.#calendar.getUTCHours()
  }

  get minute(): number {
    return this.#calendar.getUTCMinutes()
  }

  get second(): number {
    return this.#calendar.getUTCSeconds()
  }

  get microsecond(): number {
    return Number(divmod(this.local, MICROS_PER_SECOND)[1])
  }

  /** Monday is 0. */
  get weekday(): number {
    return (this.#calendar.getUTCDay() + 6) % 7
  }

  /** 1–366. */
  get dayOfYear(): number {
    return daysFromCivil(this.year, this.month, this.day) - daysFromCivil(this.year, 1, 1) + 1
  }

  /** Microseconds since midnight. */
  get sinceMidnight(): bigint {
    return divmod(this.local, MICROS_PER_DAY)[1]
  }

  get #calendar(): Date {
    return this.#date ??= new Date(Number(divmod(this.local, 1000n)[0]))
  }

  equals(other: DateTime): boolean {
    if (this.offset === other.offset) return this.local === other.local
    return (this.offset === null) === (other.offset === null) && this.instant === other.instant
  }

  /** The clock moved on by a span, the offset kept. */
  plus(micros: bigint): DateTime {
    return new DateTime(this.local + micros, this.offset)
  }

  /** `YYYY-MM-DD`. */
  dateText(): string {
    const pad = (value: number, width: number) => String(value).padStart(width, '0')
    return `${pad(this.year, 4)}-${pad(this.month, 2)}-${pad(this.day, 2)}`
  }

  /** How a workflow stores it: `YYYY-MM-DDTHH:MM:SS.ffffff`, without its offset; no year is padded. */
  toStored(): string {
    const clock = clockText(this.sinceMidnight)
    return `${this.dateText().replace(/^0+/, '')}T${
      clock.includes('.') ? clock : `${clock}.000000`
    }`
  }

  toString(): string {
    const offset = this.utcOffset === null ? '' : offsetText(this.utcOffset)
    return `${this.dateText()} ${clockText(this.sinceMidnight)}${offset}`
  }

  repr(): string {
    const parts = [this.year, this.month, this.day, this.hour, this.minute]
    if (this.second !== 0 || this.microsecond !== 0) parts.push(this.second)
    if (this.microsecond !== 0) parts.push(this.microsecond)
    const zone = this.offset === null
      ? ''
      : this.offset === 0n
      ? ', tzinfo=tzutc()'
      : `, tzinfo=tzoffset(None, ${this.offset / MICROS_PER_SECOND})`
    return `datetime.datetime(${parts.join(', ')}${zone})`
  }
}

function inRange(value: number, low: number, high: number, message: string): void {
  if (!(value >= low && value <= high)) throw new Fault('value', message)
}
