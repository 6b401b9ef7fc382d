/**
 * @module
 * The configuration of a process: read once at the entry point, from flags and the environment.
 */
import { availableParallelism } from 'node:os'
import type { ActionSettings } from '../actors/action/action.ts'
import type { ExecutionState } from '../actors/records.ts'
import { DEFAULT_LIMITS, type Limits as ExpressionLimits } from '../actors/expressions/limits.ts'
import type { EngineLimits } from '../actors/turn.ts'
import type { IntegrityPolicy } from './integrity.ts'
import type { RetentionPolicy } from './retention.ts'
import type { HeartbeatPolicy } from './heartbeat.ts'

export interface Config {
  readonly host: string
  readonly port: number
  /** Directory of the embedded store; not looked at if `redisUrl` is given. */
  readonly dataDir: string
  readonly redisUrl: string | null
  /** Shards of a new store; null for the store's own default. */
  readonly shards: number | null
  readonly threads: number
  /** How long a process may be silent before others take its shards, in milliseconds. */
  readonly leaseMs: number
  readonly askMs: number
  /** How long a server that stops waits for actions that must not be run twice, in milliseconds. */
  readonly graceMs: number
  /** Directory of custom actions, or null. */
  readonly actionsDir: string | null
  readonly logLevel: string
  /** Signs notifications, HMAC-SHA-256; null for no signature. */
  readonly webhookSecret: string | null
  readonly limits: EngineLimits
  /** What one evaluation may use. */
  readonly expressions: ExpressionLimits
  /** When a thread that gives no sign of life is ended; null for never. */
  readonly heartbeat: HeartbeatPolicy | null
  /** Which finished executions are let go; null for none. */
  readonly retention: RetentionPolicy | null
  /** When to look for what rests for ever; null for never. */
  readonly integrity: IntegrityPolicy | null
  readonly actions: ActionSettings
}

/** A setting does not make sense. Its message names the variable and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Settings by the names of their environment variables. */
export type Settings = Readonly<Record<string, string | undefined>>

/** What Mistral denies by default: this machine itself, and the metadata services of clouds. */
const LOOPBACK = ['127.0.0.0/8', '::1/128']
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10']

/** What an action may return where fields have no limit. */
const LARGEST_RESULT = 64 * 1024 * 1024

/** @throws {ConfigError} If a setting does not make sense. */
export function readConfig(settings: Settings): Config {
  const host = settings['MESTRAL_HOST'] ?? '127.0.0.1'
  const fieldSize = integer(settings, 'MESTRAL_FIELD_KB', 1024, 0, 1_048_576) * 1024
  return {
    host,
    port: integer(settings, 'MESTRAL_PORT', 8989, 0, 65_535),
    dataDir: settings['MESTRAL_DATA'] ?? './.mestral',
    redisUrl: settings['REDIS_URL'] || null,
    shards: settings['MESTRAL_SHARDS'] ? integer(settings, 'MESTRAL_SHARDS', 0, 1, 4096) : null,
    threads: integer(settings, 'MESTRAL_THREADS', availableParallelism(), 1, 256),
    leaseMs: integer(settings, 'MESTRAL_LEASE_MS', 5_000, 200, 600_000),
    askMs: integer(settings, 'MESTRAL_ASK_MS', 30_000, 100, 600_000),
    graceMs: integer(settings, 'MESTRAL_GRACE_MS', 5_000, 0, 600_000),
    actionsDir: settings['MESTRAL_ACTIONS'] || null,
    logLevel: oneOf(settings, 'MESTRAL_LOG', 'info', ['debug', 'info', 'warn', 'error', 'silent']),
    webhookSecret: settings['MESTRAL_WEBHOOK_SECRET'] || null,
    limits: { fieldSize, itemsAtOnce: 500 },
    expressions: expressionsOf(settings),
    heartbeat: heartbeatOf(settings),
    retention: retentionOf(settings),
    integrity: integrityOf(settings),
    actions: {
      resultSize: fieldSize || LARGEST_RESULT,
      javascript: {
        timeoutMs: integer(settings, 'MESTRAL_JS_TIMEOUT', 10, 1, 3_600) * 1000,
        memoryBytes: integer(settings, 'MESTRAL_JS_MEMORY_MB', 64, 1, 1_024) * 2 ** 20,
      },
      mail: {
        timeoutMs: integer(settings, 'MESTRAL_SMTP_TIMEOUT', 30, 1, 3_600) * 1000,
        verify: oneOf(settings, 'MESTRAL_SMTP_VERIFY', 'true', ['true', 'false']) === 'true',
      },
      ssh: {
        timeoutMs: integer(settings, 'MESTRAL_SSH_TIMEOUT', 30, 1, 3_600) * 1000,
        keyDirectory: settings['MESTRAL_SSH_KEYS'] || null,
      },
      http: {
        allowedHosts: list(settings['MESTRAL_HTTP_ALLOWED_HOSTS']) ?? [],
        deniedCidrs: list(settings['MESTRAL_HTTP_DENIED_CIDRS']) ?? deniedBy(host),
        defaultTimeoutMs: integer(settings, 'MESTRAL_HTTP_TIMEOUT', 60, 0, 86_400) * 1000,
        maxResponseBytes: integer(settings, 'MESTRAL_HTTP_MAX_BYTES', 5_242_880, 0, 2 ** 31),
      },
    },
  }
}

/** Deeper trees and calls than may be allowed would run out of the stack. */
function expressionsOf(settings: Settings): ExpressionLimits {
  const limit = (name: string, fallback: number, min: number, max: number) =>
    integer(settings, `MESTRAL_EXPRESSION_${name}`, fallback, min, max)
  return {
    length: limit('LENGTH', DEFAULT_LIMITS.length, 1, 1_000_000),
    depth: limit('DEPTH', DEFAULT_LIMITS.depth, 1, 400),
    calls: limit('CALLS', DEFAULT_LIMITS.calls, 1, 200),
    steps: limit('STEPS', DEFAULT_LIMITS.steps, 1_000, 1_000_000_000),
    elements: limit('ELEMENTS', DEFAULT_LIMITS.elements, 1_000, 100_000_000),
    bytes: limit('CHARACTERS', DEFAULT_LIMITS.bytes, 1_000, 500_000_000),
  }
}

const MINUTE_MS = 60_000
/** 90 days. */
const OLDER_THAN_MIN = 129_600
const MAX_FINISHED = 100_000
const FINAL: readonly ExecutionState[] = ['SUCCESS', 'ERROR', 'CANCELLED']

function retentionOf(settings: Settings): RetentionPolicy | null {
  const minutes = (name: string, fallback: number) =>
    integer(settings, name, fallback, 0, 52_560_000) * MINUTE_MS
  const everyMs = minutes('MESTRAL_RETENTION_EVERY_MIN', 10)
  const olderThanMs = minutes('MESTRAL_RETENTION_OLDER_THAN_MIN', OLDER_THAN_MIN)
  const maxFinished = integer(
    settings,
    'MESTRAL_RETENTION_MAX_FINISHED',
    MAX_FINISHED,
    0,
    1_000_000_000,
  )
  const ignoredStates = (list(settings['MESTRAL_RETENTION_IGNORED_STATES']) ?? []).map((state) => {
    const found = FINAL.find((known) => known === state)
    if (found) return found
    throw new ConfigError(
      `MESTRAL_RETENTION_IGNORED_STATES takes ${FINAL.join(', ')}, and has '${state}'`,
    )
  })
  if (everyMs === 0 || (olderThanMs === 0 && maxFinished === 0)) return null
  return { everyMs, olderThanMs, maxFinished, ignoredStates }
}

/** 0 in either turns them off. */
function heartbeatOf(settings: Settings): HeartbeatPolicy | null {
  const everyMs = integer(settings, 'MESTRAL_HEARTBEAT_MS', 20_000, 0, 3_600_000)
  const maxMissed = integer(settings, 'MESTRAL_HEARTBEAT_MAX_MISSED', 15, 0, 1_000_000)
  return everyMs === 0 || maxMissed === 0 ? null : { everyMs, maxMissed }
}

/** A negative delay turns it off. */
function integrityOf(settings: Settings): IntegrityPolicy | null {
  const delayMs = integer(settings, 'MESTRAL_INTEGRITY_DELAY_MS', 20_000, -1, 86_400_000)
  const everyMs = integer(settings, 'MESTRAL_INTEGRITY_EVERY_MS', 120_000, 100, 86_400_000)
  return delayMs < 0 ? null : { delayMs, everyMs }
}

/**
 * What actions must not reach. A server that only this machine reaches may reach this machine:
 * whoever uses it is there already.
 */
function deniedBy(host: string): string[] {
  const isLocal = host === 'localhost' || host === '::1' || host.startsWith('127.')
  return isLocal ? LINK_LOCAL : [...LOOPBACK, ...LINK_LOCAL]
}

function list(text: string | undefined): string[] | null {
  if (text === undefined) return null
  return text.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '')
}

function integer(
  settings: Settings,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = settings[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, and is '${text}'`)
}

function oneOf(settings: Settings, name: string, fallback: string, words: string[]): string {
  const text = settings[name] || fallback
  if (words.includes(text)) return text
  throw new ConfigError(`${name} must be one of ${words.join(', ')}, and is '${text}'`)
}
