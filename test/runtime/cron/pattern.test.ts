import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidError } from '../../../actors/errors.ts'
import { checkPattern, nextTime } from '../../../runtime/cron/pattern.ts'
import { runs } from '../../properties.ts'

const BASE = '2010-01-25 04:46'

function ms(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`)
}

function text(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** The next three times, without seconds where they are 0. */
function nextThree(pattern: string, base = BASE, dayOr = true): string[] {
  const times: string[] = []
  let timeMs = ms(base)
  for (let i = 0; i < 3; i++) {
    timeMs = nextTime(pattern, timeMs, { dayOr })
    times.push(text(timeMs).replace(/:00$/, ''))
  }
  return times
}

const patterns = suite('a cron pattern')

// Each agrees with croniter 1.3.5, with which the dialect was compared on 15,000 random patterns.
const TIMES: [pattern: string, ...next: string[]][] = [
  ['*/5 * * * *', '2010-01-25 04:50', '2010-01-25 04:55', '2010-01-25 05:00'],
  ['2 4 * * mon,fri', '2010-01-29 04:02', '2010-02-01 04:02', '2010-02-05 04:02'],
  ['2 4 1 * wed', '2010-01-27 04:02', '2010-02-01 04:02', '2010-02-03 04:02'],
  ['* * * * * 15', '2010-01-25 04:46:15', '2010-01-25 04:47:15', '2010-01-25 04:48:15'],
  ['0 0 * * * */20', '2010-01-26 00:00', '2010-01-26 00:00:20', '2010-01-26 00:00:40'],
  ['0 0 L * *', '2010-01-31 00:00', '2010-02-28 00:00', '2010-03-31 00:00'],
  ['0 0 10,l 2 *', '2010-02-10 00:00', '2010-02-28 00:00', '2011-02-10 00:00'],
  ['0 0 29-L * *', '2010-01-29 00:00', '2010-01-30 00:00', '2010-01-31 00:00'],
  ['0 0 29 2 *', '2012-02-29 00:00', '2016-02-29 00:00', '2020-02-29 00:00'],
  ['0 0 * * 5#2', '2010-02-12 00:00', '2010-03-12 00:00', '2010-04-09 00:00'],
  ['0 0 * * fri#5', '2010-01-29 00:00', '2010-04-30 00:00', '2010-07-30 00:00'],
  ['0 0 * * L5', '2010-01-29 00:00', '2010-02-26 00:00', '2010-03-26 00:00'],
  ['0 0 * * l7,2#1', '2010-01-31 00:00', '2010-02-02 00:00', '2010-02-28 00:00'],
  ['0 0 * * 0', '2010-01-31 00:00', '2010-02-07 00:00', '2010-02-14 00:00'],
  ['0 0 * * 7', '2010-01-31 00:00', '2010-02-07 00:00', '2010-02-14 00:00'],
  ['0 0 * * sat-sun', '2010-01-30 00:00', '2010-01-31 00:00', '2010-02-06 00:00'],
  ['0 0 * * sun-sun', '2010-01-31 00:00', '2010-02-07 00:00', '2010-02-14 00:00'],
  ['0 0 * * 5/2', '2010-01-29 00:00', '2010-01-31 00:00', '2010-02-05 00:00'],
  ['1/20 5 * * *', '2010-01-25 05:01', '2010-01-25 05:21', '2010-01-25 05:41'],
  ['10-20/5 5 * * *', '2010-01-25 05:10', '2010-01-25 05:15', '2010-01-25 05:20'],
  ['0 0 1 jan,MAR-4 *', '2010-03-01 00:00', '2010-04-01 00:00', '2011-01-01 00:00'],
  ['0 0 1-31 * mon', '2010-02-01 00:00', '2010-02-08 00:00', '2010-02-15 00:00'],
  ['0 0 1 * 0-6', '2010-02-01 00:00', '2010-03-01 00:00', '2010-04-01 00:00'],
  ['@hourly', '2010-01-25 05:00', '2010-01-25 06:00', '2010-01-25 07:00'],
  ['@daily', '2010-01-26 00:00', '2010-01-27 00:00', '2010-01-28 00:00'],
  ['@midnight', '2010-01-26 00:00', '2010-01-27 00:00', '2010-01-28 00:00'],
  ['@Weekly', '2010-01-31 00:00', '2010-02-07 00:00', '2010-02-14 00:00'],
  ['@monthly', '2010-02-01 00:00', '2010-03-01 00:00', '2010-04-01 00:00'],
  ['@yearly', '2011-01-01 00:00', '2012-01-01 00:00', '2013-01-01 00:00'],
  ['@annually', '2011-01-01 00:00', '2012-01-01 00:00', '2013-01-01 00:00'],
]

patterns('tells its next times', () => {
  for (const [pattern, ...times] of TIMES) assert.equal(nextThree(pattern), times, pattern)
})

patterns('can ask for days that match both ways', () => {
  assert.equal(nextThree('2 4 1 * wed', BASE, false), [
    '2010-09-01 04:02',
    '2010-12-01 04:02',
    '2011-06-01 04:02',
  ])
  // 29 February on a Monday: every 28 years, 40 across 2100.
  assert.equal(nextThree('0 0 29 2 mon', '2051-01-01', false), [
    '2072-02-29 00:00',
    '2112-02-29 00:00',
    '2140-02-29 00:00',
  ])
  assert.equal(nextThree('0 0 8-14 * L5,5#2', BASE, false), [
    '2010-02-12 00:00',
    '2010-03-12 00:00',
    '2010-04-09 00:00',
  ])
})

patterns('matches days of the month or an nth weekday, whichever comes first', () => {
  assert.equal(nextThree('0 0 1 * 5#2'), [
    '2010-02-01 00:00',
    '2010-02-12 00:00',
    '2010-03-01 00:00',
  ])
})

patterns('is read in the dialect of croniter', () => {
  const valid = [
    '05 04 01 01 00',
    '* * * * * *',
    ' * * * * * ',
    '*,5 * * * *',
    '0 0 30 2 0',
    '*/99 * * * *',
  ]
  for (const pattern of valid) checkPattern(pattern)
  const invalid = [
    '',
    'nonsense',
    '* * *',
    '* * * *',
    '* * * * * * *',
    '61 * * * *',
    '* 24 * * *',
    '* * 32 * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '* * * * mony',
    '*/x * * * *',
    '*/0 * * * *',
    '-1 * * * *',
    '1, * * * *',
    '1-3-5 * * * *',
    '1/2/3 * * * *',
    '? * * * *',
    '* * ? * *',
    'H * * * *',
    'R * * * *',
    '* * 15W * *',
    '* 22-2 * * *',
    '* * * * fri-mon',
    '* * * nov-feb *',
    '* * * * 5#6',
    '* * * * 5#0',
    '* * * * 5L',
    '* * * * L',
    '* * L/2 * *',
    'L * * * *',
    '* * * * mon,5#2',
    '@reboot',
    '@every',
    '@hourly *',
  ]
  for (const pattern of invalid) {
    assert.is(
      failure(() => checkPattern(pattern)),
      `The specified pattern is not valid: ${pattern}`,
    )
  }
})

patterns('may be valid and never come due', () => {
  const never = 'The specified pattern never comes due: 0 0 30 2 *'
  assert.is(failure(() => nextTime('0 0 30 2 *', ms(BASE))), never)
  assert.match(failure(() => nextTime('0 0 8 * 5#1', ms(BASE), { dayOr: false })) ?? '', /never/)
})

patterns('tells the time strictly after another', () => {
  const at = ms('2010-01-25 05:00')
  assert.is(text(nextTime('0 * * * *', at)), '2010-01-25 06:00:00')
  assert.is(nextTime('0 * * * *', at - 1), at)
})

const value = (min: number, max: number) => fc.integer({ min, max }).map(String)

function field(min: number, max: number): fc.Arbitrary<string> {
  const range = fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const stepped = fc.tuple(fc.oneof(fc.constant('*'), range), fc.integer({ min: 1, max: 12 }))
    .map(([base, step]) => `${base}/${step}`)
  const item = fc.oneof(fc.constant('*'), value(min, max), range, stepped)
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','))
}

const weekdays = fc.oneof(field(0, 7), fc.constantFrom('5#2', 'L5', 'mon', '1#1,3#3', 'sat-sun'))
// Every month has the days up to 28, so that there always is a next time.
const anyPattern = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), weekdays)
  .map((fields) => fields.join(' '))
const anyTime = fc.integer({ min: ms('2000-01-01'), max: ms('2090-01-01') })

patterns('skips no time, wherever one looks from', () => {
  fc.assert(
    fc.property(anyPattern, anyTime, fc.double({ min: 0, max: 1 }), (pattern, timeMs, share) => {
      const next = nextTime(pattern, timeMs)
      const between = timeMs + Math.floor((next - 1 - timeMs) * (share || 0))
      return next > timeMs && next % 60_000 === 0 && nextTime(pattern, between) === next &&
        nextTime(pattern, next - 1) === next
    }),
    { numRuns: runs(300) },
  )
})

patterns('comes due on days that match both ways only if on those that match either way', () => {
  fc.assert(
    fc.property(anyPattern, anyTime, (pattern, timeMs) => {
      let both
      try {
        both = nextTime(pattern, timeMs, { dayOr: false })
      } catch {
        return true
      }
      return nextTime(pattern, both - 1) === both && nextTime(pattern, timeMs) <= both
    }),
    { numRuns: runs(100) },
  )
})

patterns.run()

function failure(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    assert.instance(error, InvalidError)
    return (error as Error).message
  }
}
