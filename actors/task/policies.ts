/**
 * @module
 * Works out what a task's policies say (`reference/language.md` §10, `reference/engine.md` §8).
 */
import { truthy } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { evaluate } from '../expressions/expressions.ts'
import type { Scope } from '../expressions/expressions.ts'
import { Float } from '../expressions/values/value.ts'
import type { Value } from '../expressions/values/value.ts'
import { EXPONENTIAL, readErrorClasses } from '../language/retry.ts'
import type { Dynamic, PolicySpec, RetrySpec, TaskSpec } from '../language/spec.ts'
import type { Outcome, Policies } from '../records.ts'
import { isListed } from './error-classes.ts'
import type { ErrorClasses } from './error-classes.ts'

const RETRY = 'RetryPolicy'
/** No delay is longer, however often it is multiplied: a hundred years. */
const LONGEST_MS = 100 * 365 * 24 * 3_600_000

/** Policies that hold no expressions are worked out once for all. */
const constant = new WeakMap<TaskSpec, Policies>()

/**
 * The policies as they stand before the task starts.
 *
 * @param scopeOf Made only if there is something to evaluate.
 * @throws {InvalidError} {@link EvaluationError}
 */
export function policiesBefore(spec: TaskSpec, scopeOf: () => Scope): Policies {
  const known = constant.get(spec)
  if (known) return known
  const policies = evaluatePolicies(spec, scopeOf())
  if (!isDynamic(spec)) constant.set(spec, policies)
  return policies
}

function isDynamic({ policies, keepResult, safeRerun }: TaskSpec): boolean {
  const { breakOn: _, continueOn: __, ...retry } = policies.retry ??
    { breakOn: null, continueOn: null }
  return [keepResult, safeRerun, ...Object.values(policies), ...Object.values(retry)]
    .some((value) => typeof value === 'string')
}

function evaluatePolicies(spec: TaskSpec, scope: Scope): Policies {
  const { policies } = spec
  const values = {
    pauseBefore: flag(policies.pauseBefore, 'PauseBeforePolicy', scope, 'pause-before'),
    waitBeforeMs: seconds(policies.waitBefore, 'WaitBeforePolicy', scope, 'wait-before'),
    timeoutMs: seconds(policies.timeout, 'TimeoutPolicy', scope, 'timeout'),
    concurrency: whole(policies.concurrency, 'ConcurrencyPolicy', scope, 'concurrency'),
    retries: policies.retry ? evaluateRetry(policies.retry, scope).count : 0,
    keepResult: loose(spec.keepResult, scope, 'keep-result'),
    safeRerun: loose(spec.safeRerun, scope, 'safe-rerun'),
  }
  // All are looked at both before and after, so that a wrong one shows at once.
  seconds(policies.waitAfter, 'WaitAfterPolicy', scope, 'wait-after')
  return values
}

/** A retry policy as it stands; milliseconds. */
interface Retry {
  readonly count: number
  readonly delayMs: number
  readonly backoff: number
  readonly maxDelayMs: number
  readonly jitter: number
  readonly on: readonly string[] | null
}

function evaluateRetry(retry: RetrySpec, scope: Scope): Retry {
  const maxDelayMs = seconds(retry.maxDelay, RETRY, scope, 'retry.max-delay')
  return {
    count: whole(retry.count, RETRY, scope, 'retry.count'),
    delayMs: seconds(retry.delay, RETRY, scope, 'retry.delay'),
    backoff: factor(retry.backoff, scope),
    maxDelayMs: maxDelayMs === 0 ? LONGEST_MS : maxDelayMs,
    jitter: share(retry.jitter, scope),
    on: typeof retry.on === 'string' ? classesListed(retry.on, scope) : retry.on,
  }
}

function classesListed(on: string, scope: Scope): readonly string[] | null {
  const found = evaluate(on, scope, 'retry.on')
  if (found === null) return null
  const { classes, wrong } = readErrorClasses(found)
  if (wrong.length > 0) throw wrongType(RETRY, 'classes of errors', on)
  return classes
}

/** The delay before a retry: each as many times longer as the policy says, and less what chance takes. */
function delayBefore(retryNo: number, retry: Retry, random: () => number): number {
  const grown = retry.delayMs === 0 ? 0 : retry.delayMs * retry.backoff ** retryNo
  const delayMs = Math.min(grown, retry.maxDelayMs)
  return Math.round(retry.jitter === 0 ? delayMs : delayMs * (1 - retry.jitter * random()))
}

/** What the policies make of an outcome. */
export interface AfterPolicies {
  readonly waitAfterMs: number
  readonly failed: Outcome | null
  readonly retryDelayMs: number | null
}

export const NO_POLICIES_AFTER: AfterPolicies = { waitAfterMs: 0, failed: null, retryDelayMs: null }

/** Whether a task has policies that act at its completion. */
export function actsAfter({ waitAfter, failOn, retry }: PolicySpec): boolean {
  return waitAfter !== 0 || failOn !== false || retry !== null
}

/** What expressions see of a task whose attempt came to an outcome. */
export interface Scopes {
  readonly inbound: Scope
  /** With what the attempt published: for break-on and continue-on. */
  readonly outbound: Scope
}

/**
 * The policies as they stand after an attempt.
 *
 * @param scopesOf What is seen of an outcome: the retry policy sees that fail-on failed the task.
 * @throws {InvalidError} {@link EvaluationError}
 */
export function policiesAfter(
  spec: PolicySpec,
  outcome: Outcome,
  retryNo: number,
  scopesOf: (outcome: Outcome) => Scopes,
  random: () => number,
): AfterPolicies {
  const scopes = scopesOf(outcome)
  const waitAfterMs = seconds(spec.waitAfter, 'WaitAfterPolicy', scopes.inbound, 'wait-after')
  const failed = outcome.state === 'SUCCESS' && loose(spec.failOn, scopes.inbound, 'fail-on')
    ? { state: 'ERROR' as const, info: "Failed by 'fail-on' policy", failures: [['fail-on']] }
    : null
  const retryDelayMs = failed
    ? retryDelay(spec, failed, retryNo, scopesOf(failed), random)
    : retryDelay(spec, outcome, retryNo, scopes, random)
  return { waitAfterMs, failed, retryDelayMs }
}

function retryDelay(
  { retry: spec }: PolicySpec,
  outcome: Outcome,
  retryNo: number,
  { inbound, outbound }: Scopes,
  random: () => number,
): number | null {
  if (!spec) return null
  const retry = evaluateRetry(spec, inbound)
  if (retry.count === 0) return null

  const continues = spec.continueOn === null
    ? null
    : loose(spec.continueOn, outbound, 'retry.continue-on')
  const breaks = spec.breakOn !== null && loose(spec.breakOn, outbound, 'retry.break-on')
  if (outcome.state === 'CANCELLED' || retryNo >= retry.count) return null
  if (continues === false) return null
  const again = outcome.state === 'ERROR'
    ? !breaks && isRetried(outcome.failures ?? [], retry.on)
    : continues
  return again ? delayBefore(retryNo, retry, random) : null
}

/** Trying again may help only if everything that failed is of a class that may. */
function isRetried(failures: readonly ErrorClasses[], on: readonly string[] | null): boolean {
  if (on === null) return true
  return failures.length > 0 && failures.every((failure) => isListed(failure, on))
}

function value<T>(dynamic: Dynamic<T>, scope: Scope, field: string): Value {
  return typeof dynamic === 'string' ? evaluate(dynamic, scope, field) : dynamic as Value
}

function loose(dynamic: Dynamic<boolean>, scope: Scope, field: string): boolean {
  return truthy(value(dynamic, scope, field))
}

function flag(dynamic: Dynamic<boolean>, policy: string, scope: Scope, field: string): boolean {
  const found = value(dynamic, scope, field)
  if (typeof found !== 'boolean') throw wrongType(policy, 'a boolean', dynamic)
  return found
}

function whole(dynamic: Dynamic<number>, policy: string, scope: Scope, field: string): number {
  const found = numberOf(value(dynamic, scope, field))
  if (found === null || !Number.isInteger(found) || found < 0) {
    throw wrongType(policy, 'an integer of 0 or more', dynamic)
  }
  return found
}

function factor(dynamic: Dynamic<number>, scope: Scope): number {
  const given = value(dynamic, scope, 'retry.backoff')
  const found = given === 'exponential' ? EXPONENTIAL : numberOf(given)
  if (found !== null && found >= 1) return found
  throw wrongType(RETRY, 'a factor of 1 or more', dynamic)
}

function share(dynamic: Dynamic<number>, scope: Scope): number {
  const found = numberOf(value(dynamic, scope, 'retry.jitter'))
  if (found !== null && found >= 0 && found <= 1) return found
  throw wrongType(RETRY, 'a share from 0 to 1', dynamic)
}

/** A number of any kind, `1.0` included; null for anything else. */
function numberOf(found: Value): number | null {
  if (typeof found === 'number') return found
  if (typeof found === 'bigint') return Number(found)
  return found instanceof Float ? found.value : null
}

/** A time in seconds, as milliseconds. @throws {InvalidError} {@link EvaluationError} */
export function seconds(
  dynamic: Dynamic<number>,
  policy: string,
  scope: Scope,
  field: string,
): number {
  return Math.min(whole(dynamic, policy, scope, field) * 1000, LONGEST_MS)
}

function wrongType(policy: string, wanted: string, dynamic: Dynamic<unknown>): InvalidError {
  return new InvalidError(
    `Invalid data type in ${policy}: ${String(dynamic)} does not give ${wanted}`,
  )
}
