/**
 * @module
 * Dates and time spans (`reference/yaql.md` §14).
 */
import { Fault } from '../../fault.ts'
import { parseDateAs } from '../../values/date-format.ts'
import { parseDateText } from '../../values/date-parse.ts'
import { DateTime, MICROS_PER_DAY, MICROS_PER_SECOND, TimeSpan } from '../../values/dates.ts'
import { isFloat, type Numeric } from '../../values/kinds.ts'
import { decompose } from '../../values/bits.ts'
import { fromBig, roundHalfEven, toDouble } from '../../values/numbers.ts'
import { formatDate } from '../../values/strftime.ts'
import { float } from '../../values/value.ts'
import type { Context } from '../context.ts'
import { define, type Definition, offset } from '../definition.ts'

/** What a clock of 64 bits counts to. */
const MAX_TIMESTAMP = 2n ** 63n * MICROS_PER_SECOND

const UNITS: readonly (readonly [string, bigint])[] = [
  ['milliseconds', 1000n],
  ['seconds', MICROS_PER_SECOND],
  ['minutes', 60n * MICROS_PER_SECOND],
  ['hours', 3600n * MICROS_PER_SECOND],
  ['days', MICROS_PER_DAY],
]

export const dates = [
  define('datetime', 'F(string: str, format: str? = null)', (context, string, format) => {
    const date = format === null || format === ''
      ? parseDateText(string, now(context, 0n))
      : parseDateAs(string, format)
    return date.offset === null ? new DateTime(date.local, 0n) : date
  }),
  define(
    'datetime',
    'F(timestamp: Number, offset: timespan = null)',
    (_, timestamp, zone) => atTimestamp(microsOf(timestamp), zone?.micros ?? 0n),
  ),
  define(
    'datetime',
    'F(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0, offset: timespan = null)',
    (_, year, month, day, hour, minute, second, microsecond, zone) =>
      DateTime.of(
        offset(year),
        offset(month),
        offset(day),
        offset(hour),
        offset(minute),
        offset(second),
        offset(microsecond),
        zone?.micros ?? 0n,
      ),
  ),
  define(
    'timespan',
    'F(days: int = 0, hours: int = 0, minutes: int = 0, seconds: Integer = 0, milliseconds: Integer = 0, microseconds: Integer = 0)',
    (_, days, hours, minutes, seconds, milliseconds, microseconds) =>
      new TimeSpan(
        BigInt(days) * MICROS_PER_DAY + BigInt(hours) * 3600n * MICROS_PER_SECOND +
          BigInt(minutes) * 60n * MICROS_PER_SECOND + BigInt(seconds) * MICROS_PER_SECOND +
          BigInt(milliseconds) * 1000n + BigInt(microseconds),
      ),
  ),
  define('now', 'F(offset: timespan? = none)', (context, zone) => {
    if (zone === null) return new DateTime(now(context, 0n).local, null)
    return now(context, zone?.micros ?? 0n)
  }),
  define('localtz', 'F()', () => new TimeSpan(0n)),
  define('utctz', 'F()', () => new TimeSpan(0n)),
  define('isDatetime', 'F(value: any)', (_, value) => value instanceof DateTime),
  define('isTimespan', 'F(value: any)', (_, value) => value instanceof TimeSpan),
  define(
    'replace',
    'M(dt: datetime, year: int? = null, month: int? = null, day: int? = null, hour: int? = null, minute: int? = null, second: int? = null, microsecond: int? = null, offset: timespan? = null)',
    (_, dt, year, month, day, hour, minute, second, microsecond, zone) =>
      DateTime.of(
        offset(year ?? dt.year),
        offset(month ?? dt.month),
        offset(day ?? dt.day),
        offset(hour ?? dt.hour),
        offset(minute ?? dt.minute),
        offset(second ?? dt.second),
        offset(microsecond ?? dt.microsecond),
        zone === null ? dt.offset : zone.micros,
      ),
  ),
  define('format', 'M(dt: datetime, format: str)', (_, dt, format) => formatDate(dt, format)),

  ...(['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond', 'weekday'] as const)
    .map((name): Definition => define(`#property#${name}`, 'F(dt: datetime)', (_, dt) => dt[name])),
  define(
    '#property#date',
    'F(dt: datetime)',
    (_, dt) => new DateTime(dt.local - dt.sinceMidnight, dt.offset),
  ),
  define('#property#time', 'F(dt: datetime)', (_, dt) => new TimeSpan(dt.sinceMidnight)),
  define('#property#offset', 'F(dt: datetime)', (_, dt) => new TimeSpan(dt.utcOffset ?? 0n)),
  define('#property#utc', 'F(dt: datetime)', (_, dt) => shiftedClock(dt)),
  define(
    '#property#timestamp',
    'F(dt: datetime)',
    (_, dt) => float(Number(shiftedClock(dt).instant) / 1e6),
  ),
  define('#property#microseconds', 'F(ts: timespan)', (_, ts) => fromBig(ts.micros)),
  ...UNITS.map(([name, unit]): Definition =>
    define(
      `#property#${name}`,
      'F(ts: timespan)',
      (_, ts) => float(Number(ts.micros) / Number(unit)),
    )
  ),
]

function now(context: Context, zone: bigint): DateTime {
  return DateTime.at(BigInt(Math.round(context.run.host.now() * 1000)), zone)
}

/** Upstream shifts the clock to UTC and keeps the zone, so that the instant moves. */
function shiftedClock(date: DateTime): DateTime {
  return new DateTime(date.local - (date.utcOffset ?? 0n), date.offset)
}

function atTimestamp(instant: bigint, zone: bigint): DateTime {
  try {
    return DateTime.at(instant, zone)
  } catch (error) {
    if (!(error instanceof Fault) || instant > MAX_TIMESTAMP || instant < -MAX_TIMESTAMP) {
      throw error
    }
    throw new Fault('value', 'The timestamp is outside the years 1 to 9999', { cause: error })
  }
}

/** Seconds since the epoch to the nearest microsecond. */
function microsOf(timestamp: Numeric): bigint {
  if (!isFloat(timestamp)) return BigInt(timestamp) * MICROS_PER_SECOND
  const double = toDouble(timestamp)
  if (!Number.isFinite(double)) {
    throw new Fault(
      Number.isNaN(double) ? 'value' : 'overflow',
      'The timestamp is no point in time',
    )
  }
  const [mantissa, exponent] = decompose(Math.abs(double))
  const signed = (double < 0 ? -mantissa : mantissa) * MICROS_PER_SECOND
  return exponent >= 0 ? signed << BigInt(exponent) : roundHalfEven(signed, 1n << BigInt(-exponent))
}
