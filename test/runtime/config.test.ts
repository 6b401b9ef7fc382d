import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_LIMITS } from '../../actors/expressions/limits.ts'
import { ConfigError, readConfig } from '../../runtime/config.ts'

const it = suite('the configuration')

it('removes finished executions by generous limits, if nothing else is said', () => {
  assert.equal(readConfig({}).retention, {
    everyMs: 600_000,
    olderThanMs: 90 * 24 * 3_600_000,
    maxFinished: 100_000,
    ignoredStates: [],
  })
})

it('takes limits of retention in minutes, each of which may be off', () => {
  const retention = readConfig({
    MESTRAL_RETENTION_OLDER_THAN_MIN: '60',
    MESTRAL_RETENTION_MAX_FINISHED: '0',
    MESTRAL_RETENTION_IGNORED_STATES: 'ERROR, CANCELLED',
  }).retention!
  assert.is(retention.olderThanMs, 3_600_000)
  assert.is(retention.maxFinished, 0)
  assert.equal(retention.ignoredStates, ['ERROR', 'CANCELLED'])
  assert.is(readConfig({ MESTRAL_RETENTION_EVERY_MIN: '0' }).retention, null)
  const neither = { MESTRAL_RETENTION_OLDER_THAN_MIN: '0', MESTRAL_RETENTION_MAX_FINISHED: '0' }
  assert.is(readConfig(neither).retention, null)
})

it('turns heartbeats and the integrity check off where it is told to', () => {
  assert.equal(readConfig({}).heartbeat, { everyMs: 20_000, maxMissed: 15 })
  assert.is(readConfig({ MESTRAL_HEARTBEAT_MS: '0' }).heartbeat, null)
  assert.is(readConfig({ MESTRAL_HEARTBEAT_MAX_MISSED: '0' }).heartbeat, null)
  assert.equal(readConfig({}).integrity, { delayMs: 20_000, everyMs: 120_000 })
  assert.is(readConfig({ MESTRAL_INTEGRITY_DELAY_MS: '-1' }).integrity, null)
})

it('bounds what expressions may take, each bound by a setting of its own', () => {
  assert.equal(readConfig({}).expressions, DEFAULT_LIMITS)
  const given = readConfig({
    MESTRAL_EXPRESSION_LENGTH: '1',
    MESTRAL_EXPRESSION_DEPTH: '2',
    MESTRAL_EXPRESSION_CALLS: '3',
    MESTRAL_EXPRESSION_STEPS: '4000',
    MESTRAL_EXPRESSION_ELEMENTS: '5000',
    MESTRAL_EXPRESSION_CHARACTERS: '6000',
  })
  assert.equal(given.expressions, {
    length: 1,
    depth: 2,
    calls: 3,
    steps: 4000,
    elements: 5000,
    bytes: 6000,
  })
})

it('says which setting makes no sense, and what it takes', () => {
  const says = (settings: Record<string, string>) => {
    try {
      readConfig(settings)
    } catch (error) {
      assert.instance(error, ConfigError)
      return (error as Error).message
    }
    return null
  }
  assert.is(
    says({ MESTRAL_RETENTION_IGNORED_STATES: 'ERROR,RUNNING' }),
    "MESTRAL_RETENTION_IGNORED_STATES takes SUCCESS, ERROR, CANCELLED, and has 'RUNNING'",
  )
  assert.is(
    says({ MESTRAL_RETENTION_OLDER_THAN_MIN: '1.5' }),
    "MESTRAL_RETENTION_OLDER_THAN_MIN must be a whole number from 0 to 52560000, and is '1.5'",
  )
})

it.run()
