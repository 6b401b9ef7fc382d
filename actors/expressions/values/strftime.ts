/**
 * @module
 * `strftime` as Python has it, on glibc in the C locale (`reference/expression-values.md` §7).
 */
import { DAYS, MONTHS, weeksIn } from './date-format.ts'
import { DateTime, MICROS_PER_DAY, MICROS_PER_SECOND, offsetText } from './dates.ts'
import { charge } from './effort.ts'
import { replaceEach } from './strings.ts'

/** Flags, a width, a modifier of other locales and a letter, which may be missing at the end. */
const DIRECTIVE = /%([-_0^#]*)(\d*)([EO]?)([^]?)/gu
/** What other directives are short for. */
const COMPOSED: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}
/** Directives that a modifier makes unknown. */
const WITHOUT: Readonly<Record<string, string>> = {
  E: 'aAbBhdDeFgGHIjklmMSUVwW',
  O: 'aAcDFxXY',
}
/** The smallest room that the text is given; the longer the format, the more. */
const LEAST_ROOM = 1024

/** Formats a date-time. Unknown directives are copied; a text with no room for it is empty. */
export function formatDate(date: DateTime, format: string): string {
  const text = replaceEach(format.split('\0', 1)[0] ?? '', /%([^]?)/g, 1, ([whole, letter]) => {
    if (letter === 'f') return String(date.microsecond).padStart(6, '0')
    if (letter === 'z') return date.offset === null ? '' : offsetText(date.utcOffset ?? 0n, '')
    return letter === 'Z' ? zoneName(date) : whole
  })
  let room = LEAST_ROOM
  while (room < 256 * text.length) room *= 2
  const formatted = expand(date, text, room)
  return formatted.length < room ? formatted : ''
}

function zoneName(date: DateTime): string {
  return date.offset === 0n ? 'UTC' : ''
}

/** What is beyond the room is left out, as nothing will come of it. */
function expand(date: DateTime, format: string, room: number): string {
  let length = 0
  return replaceEach(
    format,
    DIRECTIVE,
    40,
    ([whole, flags = '', digits = '', modifier = '', letter = '']) => {
      if (length > room) return ''
      const width = Math.min(Number(digits), room)
      charge(width >> 6)
      const pad = flags.match(/[-_0](?=[^-_0]*$)/)?.[0] ?? ''
      const known = letter !== '' && !WITHOUT[modifier]?.includes(letter)
      const text = known ? directive(date, letter, { flags, pad, width, room }) : null
      const named = 'bh'.includes(letter) && flags.includes('#')
      const shown = text ?? recased(whole, named || flags.includes('^'))
      // A time zone that is not known is nothing at all.
      if (shown === '' && letter === 'z') return ''
      const placed = shown.padStart(width, pad === '0' ? '0' : ' ')
      length += placed.length
      return placed
    },
  )
}

function recased(text: string, capitals: boolean): string {
  return capitals ? text.toUpperCase() : text
}

interface Layout {
  readonly flags: string
  /** The last flag about padding, or none. */
  readonly pad: string
  readonly width: number
  readonly room: number
}

/** What a directive stands for; null if it is unknown. */
function directive(date: DateTime, letter: string, layout: Layout): string | null {
  const { flags, pad, width, room } = layout
  const capitals = flags.includes('^')
  const composed = COMPOSED[letter]
  if (composed !== undefined) return recased(expand(date, composed, room), capitals)
  const number = (value: number, digits: number, blank = false): string => {
    const filler = pad === '_' || (blank && pad === '') ? ' ' : '0'
    return pad === '-' ? String(value) : String(value).padStart(Math.max(digits, width), filler)
  }
  const name = (text: string) => recased(text, capitals || flags.includes('#'))
  const hour12 = date.hour % 12 === 0 ? 12 : date.hour % 12
  switch (letter) {
    case 'a':
      return name((DAYS[date.weekday] ?? '').slice(0, 3))
    case 'A':
      return name(DAYS[date.weekday] ?? '')
    case 'b':
    case 'h':
      return name((MONTHS[date.month - 1] ?? '').slice(0, 3))
    case 'B':
      return name(MONTHS[date.month - 1] ?? '')
    case 'C':
      return number(Math.floor(date.year / 100), 1)
    case 'd':
      return number(date.day, 2)
    case 'e':
      return number(date.day, 2, true)
    case 'H':
      return number(date.hour, 2)
    case 'k':
      return number(date.hour, 2, true)
    case 'I':
      return number(hour12, 2)
    case 'l':
      return number(hour12, 2, true)
    case 'j':
      return number(date.dayOfYear, 3)
    case 'm':
      return number(date.month, 2)
    case 'M':
      return number(date.minute, 2)
    case 'p':
    case 'P': {
      const text = date.hour < 12 ? 'AM' : 'PM'
      return letter === 'P' || flags.includes('#') ? text.toLowerCase() : text
    }
    case 's':
      return number(secondsOf(date), 1)
    case 'S':
      return number(date.second, 2)
    case 'u':
      return number(date.weekday + 1, 1)
    case 'w':
      return number((date.weekday + 1) % 7, 1)
    case 'U':
      return number(Math.floor((date.dayOfYear + 6 - (date.weekday + 1) % 7) / 7), 2)
    case 'W':
      return number(Math.floor((date.dayOfYear + 6 - date.weekday) / 7), 2)
    case 'V':
      return number(isoWeek(date)[1], 2)
    case 'G':
      return number(isoWeek(date)[0], 1)
    case 'g':
      return number(isoWeek(date)[0] % 100, 2)
    case 'y':
      return number(date.year % 100, 2)
    case 'Y':
      return number(date.year, 1)
    case 'z': {
      // With a flag it is the platform's own, which takes every clock for UTC.
      if (date.offset === null) return ''
      return '+'.padStart(width, pad === '0' ? '0' : ' ') + number(0, 4).padStart(width)
    }
    case 'Z':
      return date.offset === null ? '' : flags.includes('#') ? 'utc' : 'UTC'
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

/** Since the epoch, by its own clock. */
function secondsOf(date: DateTime): number {
  const days = (date.local - date.sinceMidnight) / MICROS_PER_DAY
  return Number(days) * 86_400 + Number(date.sinceMidnight / MICROS_PER_SECOND)
}

/** The year and number of the week that holds a day: weeks begin on Monday. */
function isoWeek(date: DateTime): [number, number] {
  const week = Math.floor((date.dayOfYear - date.weekday + 9) / 7)
  if (week < 1) return [date.year - 1, weeksIn(date.year - 1)]
  return week > weeksIn(date.year) ? [date.year + 1, 1] : [date.year, week]
}
