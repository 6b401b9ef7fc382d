/**
 * @module
 * When a cron pattern comes due, in UTC: croniter's dialect and rules, on top of cron-parser.
 */
import { CronExpressionParser } from 'cron-parser'
import { InvalidError } from '../../actors/errors.ts'
import {
  type CronFields,
  type MonthDays,
  parseFields,
  type Values,
  type Weekdays,
} from './fields.ts'

export interface CronOptions {
  /**
   * Where both days of the month and weekdays are restricted: true for days that match either of
   * them (the default), false for days that match both.
   */
  readonly dayOr?: boolean
}

/** @throws {InvalidError} If the pattern is not valid. It may still never come due, as 30 February. */
export function checkPattern(pattern: string): void {
  scheduleOf(pattern)
}

/**
 * The first time after `afterMs` at which the pattern comes due. Times are in milliseconds since the
 * Unix epoch.
 *
 * @throws {InvalidError} If the pattern is not valid, or never comes due.
 */
export function nextTime(
  pattern: string,
  afterMs: number,
  { dayOr = true }: CronOptions = {},
): number {
  const { fields, expressions } = scheduleOf(pattern)
  const { monthDays, weekdays } = fields
  const times = !monthDays || !weekdays || dayOr
    ? [...expressions.monthDays, ...expressions.weekdays].map((expression) =>
      next(expression, afterMs)
    )
    : expressions.monthDays.map((expression) =>
      nextWhere(expression, afterMs, (timeMs) => isOnWeekday(timeMs, weekdays))
    )
  const first = Math.min(...times)
  if (first - afterMs <= LONGEST_MS) return first
  throw new InvalidError(`The specified pattern never comes due: ${pattern}`)
}

const DAY_MS = 86_400_000
/** How far apart two times may be: 29 February on a given weekday may take 40 years. */
const LONGEST_MS = 50 * 366 * DAY_MS

/** Patterns for cron-parser, each with one kind of day: a time is due if any of them is. */
interface Expressions {
  readonly monthDays: readonly string[]
  readonly weekdays: readonly string[]
}

interface Schedule {
  readonly fields: CronFields
  readonly expressions: Expressions
}

const KEPT = 1000
const schedules = new Map<string, Schedule>()

function scheduleOf(pattern: string): Schedule {
  const known = schedules.get(pattern)
  if (known) return known
  const fields = parseFields(pattern)
  if (!fields) throw new InvalidError(`The specified pattern is not valid: ${pattern}`)
  const schedule = { fields, expressions: expressionsOf(fields) }
  if (schedules.size >= KEPT) schedules.clear()
  schedules.set(pattern, schedule)
  return schedule
}

function expressionsOf(fields: CronFields): Expressions {
  const { monthDays, weekdays } = fields
  const time = [fields.second, fields.minute, fields.hour].map(textOf).join(' ')
  const month = textOf(fields.month)
  if (!monthDays && !weekdays) return { monthDays: [`${time} * ${month} *`], weekdays: [] }
  return {
    monthDays: monthDayTexts(monthDays).map((days) => `${time} ${days} ${month} *`),
    weekdays: weekdayTexts(weekdays).map((days) => `${time} * ${month} ${days}`),
  }
}

function textOf(values: Values): string {
  return values?.join(',') ?? '*'
}

function monthDayTexts(monthDays: MonthDays | null): string[] {
  if (!monthDays) return []
  const { days, last } = monthDays
  return [...(days.length > 0 ? [days.join(',')] : []), ...(last ? ['L'] : [])]
}

function weekdayTexts(weekdays: Weekdays | null): string[] {
  if (!weekdays) return []
  const { days, nth } = weekdays
  const special = nth.map(({ day, nth }) => nth === 'last' ? `${day}L` : `${day}#${nth}`)
  return [...(days.length > 0 ? [days.join(',')] : []), ...special]
}

/** Infinitely far if there is no such time. */
function next(expression: string, afterMs: number): number {
  try {
    // Random fields are refused before: the seed only keeps the library from drawing one.
    const schedule = CronExpressionParser.parse(expression, {
      tz: 'UTC',
      currentDate: afterMs,
      hashSeed: 'none',
    })
    return schedule.next().getTime()
  } catch {
    // The fields are sound, so it can only be that no month has such a day, or the search gave up.
    return Infinity
  }
}

function nextWhere(
  expression: string,
  afterMs: number,
  holds: (timeMs: number) => boolean,
): number {
  let timeMs = next(expression, afterMs)
  while (timeMs - afterMs <= LONGEST_MS && !holds(timeMs)) {
    // The whole day is out: go on at its end.
    timeMs = next(expression, Math.floor(timeMs / DAY_MS) * DAY_MS + DAY_MS - 1)
  }
  return timeMs
}

function isOnWeekday(timeMs: number, { days, nth }: Weekdays): boolean {
  const date = new Date(timeMs)
  const day = date.getUTCDay()
  if (days.includes(day)) return true
  const week = Math.ceil(date.getUTCDate() / 7)
  const isLast = new Date(timeMs + 7 * DAY_MS).getUTCMonth() !== date.getUTCMonth()
  return nth.some((wanted) =>
    wanted.day === day && (wanted.nth === 'last' ? isLast : wanted.nth === week)
  )
}
