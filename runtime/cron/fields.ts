/**
 * @module
 * Reads the fields of a cron pattern in the dialect of Python's croniter, which is Mistral's:
 * `minute hour day month weekday`, and seconds as a sixth field at the end.
 */

/** Values that match, rising; null where all do. */
export type Values = readonly number[] | null

/** Days of the month that match. */
export interface MonthDays {
  readonly days: readonly number[]
  /** `L`: the last day as well. */
  readonly last: boolean
}

/** Weekdays that match, 0 is Sunday: any of them, or only the nth of a month. */
export interface Weekdays {
  readonly days: readonly number[]
  /** `5#2` is the second Friday of the month, `L5` its last one. */
  readonly nth: readonly NthWeekday[]
}

export interface NthWeekday {
  readonly day: number
  readonly nth: number | 'last'
}

/** A pattern, understood. Days are null where they are not restricted. */
export interface CronFields {
  readonly second: Values
  readonly minute: Values
  readonly hour: Values
  readonly month: Values
  readonly monthDays: MonthDays | null
  readonly weekdays: Weekdays | null
}

const ALIASES = new Map([
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
])

interface Field {
  readonly min: number
  readonly max: number
  /** Names of values, the first one for `first`. */
  readonly names: readonly string[]
  readonly first: number
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const second: Field = { min: 0, max: 59, names: [], first: 0 }
const minute: Field = { min: 0, max: 59, names: [], first: 0 }
const hour: Field = { min: 0, max: 23, names: [], first: 0 }
const monthDay: Field = { min: 1, max: 31, names: [], first: 0 }
const month: Field = { min: 1, max: 12, names: MONTHS, first: 1 }
/** Sunday is 0 and 7. */
const weekday: Field = { min: 0, max: 7, names: WEEKDAYS, first: 0 }

/** The fields of a pattern; null if it is not valid. */
export function parseFields(pattern: string): CronFields | null {
  const lower = pattern.toLowerCase()
  const texts = (ALIASES.get(lower) ?? lower).trim().split(/\s+/)
  if (texts.length !== 5 && texts.length !== 6) return null
  const [minutes = '', hours = '', monthDays = '', months = '', weekdays = '', seconds = '0'] =
    texts
  try {
    return {
      second: parseValues(seconds, second),
      minute: parseValues(minutes, minute),
      hour: parseValues(hours, hour),
      month: parseValues(months, month),
      monthDays: parseMonthDays(monthDays),
      weekdays: parseWeekdays(weekdays),
    }
  } catch (error) {
    if (error instanceof MalformedError) return null
    throw error
  }
}

class MalformedError extends Error {}

function parseValues(text: string, field: Field): Values {
  const values = text.split(',').flatMap((item) => parseItem(item, field))
  return unlessAll(values, field.max - field.min + 1)
}

/** Rising and without repeats; null if they are all there are. */
function unlessAll(values: readonly number[], count: number): Values {
  const unique = [...new Set(values)].sort((a, b) => a - b)
  return unique.length === count ? null : unique
}

function parseMonthDays(text: string): MonthDays | null {
  const items = text.split(',')
  const values = items.filter((item) => item !== 'l')
    .flatMap((item) => parseItem(item.replace(/^(\w+)-l(?=\/|$)/, '$1-31'), monthDay))
  const days = unlessAll(values, 31)
  return days && { days, last: items.includes('l') }
}

function parseWeekdays(text: string): Weekdays | null {
  const items = text.split(',')
  const nth = items.flatMap((item): NthWeekday[] => {
    const [, day = '', number = '', last] = /^(?:(\w+)#(\d+)|l(\d))$/.exec(item) ?? []
    if (last !== undefined) return [{ day: parseValue(last, weekday) % 7, nth: 'last' }]
    if (!number) return []
    if (Number(number) < 1 || Number(number) > 5) throw new MalformedError()
    return [{ day: parseValue(day, weekday) % 7, nth: Number(number) }]
  })
  if (nth.length === items.length) return { days: [], nth }
  // A plain weekday next to an nth one: croniter refuses it as well.
  if (nth.length > 0) throw new MalformedError()

  // A range from another day up to Sunday ends at 7.
  const rising = items.map((item) => item.replace(/^(?!0+-|sun-)(\w+)-(?:0|sun)(?=\/|$)/, '$1-7'))
  const values = rising.flatMap((item) => parseItem(item, weekday)).map((day) => day % 7)
  const days = unlessAll(values, 7)
  return days && { days, nth: [] }
}

const ITEM = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/

/** `*`, `5`, `5-7`, each with or without a step; `5/2` goes on to the largest value. */
function parseItem(item: string, field: Field): number[] {
  const match = ITEM.exec(item)
  if (!match) throw new MalformedError()
  const [, star, from = '', to, every] = match
  const low = star ? field.min : parseValue(from, field)
  const high = to !== undefined
    ? parseValue(to, field)
    : star || every !== undefined
    ? field.max
    : low
  const step = Number(every ?? 1)
  if (low > high || step === 0) throw new MalformedError()
  const values = []
  for (let value = low; value <= high; value += step) values.push(value)
  return values
}

function parseValue(text: string, { min, max, names, first }: Field): number {
  const index = names.indexOf(text)
  const value = index >= 0 ? index + first : /^\d+$/.test(text) ? Number(text) : NaN
  if (value >= min && value <= max) return value
  throw new MalformedError()
}
