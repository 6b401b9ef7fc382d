/**
 * @module
 * Works out what a task's policies say (`reference/language.md` §10, `reference/engine.md` §8).
 */
import { truthy } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { evaluate } from '../expressions/expressions.ts'
import type { Scope } from '../expressions/expressions.ts'
import type { Value } from '../expressions/values/value.ts'
import type { Dynamic, PolicySpec, TaskSpec } from '../language/spec.ts'
import type { Outcome, Policies } from '../records.ts'

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
    pauseBefore: flag(policies.pauseBefore, 'PauseBeforePolicy', scope),
    waitBeforeMs: seconds(policies.waitBefore, 'WaitBeforePolicy', scope),
    timeoutMs: seconds(policies.timeout, 'TimeoutPolicy', scope),
    concurrency: whole(policies.concurrency, 'ConcurrencyPolicy', scope),
    retries: policies.retry ? whole(policies.retry.count, 'RetryPolicy', scope) : 0,
    keepResult: loose(spec.keepResult, scope),
    safeRerun: loose(spec.safeRerun, scope),
  }
  // All are looked at both before and after, so that a wrong one shows at once.
  seconds(policies.waitAfter, 'WaitAfterPolicy', scope)
  if (policies.retry) whole(policies.retry.delay, 'RetryPolicy', scope)
  return values
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

/**
 * The policies as they stand after an attempt.
 *
 * @param outbound The scope in which what it published is visible: break-on and continue-on.
 * @throws {InvalidError} {@link EvaluationError}
 */
export function policiesAfter(
  spec: PolicySpec,
  outcome: Outcome,
  retryNo: number,
  scope: Scope,
  outbound: Scope,
): AfterPolicies {
  const waitAfterMs = seconds(spec.waitAfter, 'WaitAfterPolicy', scope)
  const failed = outcome.state === 'SUCCESS' && loose(spec.failOn, scope)
    ? { state: 'ERROR' as const, info: "Failed by 'fail-on' policy" }
    : null
  return {
    waitAfterMs,
    failed,
    retryDelayMs: retryDelay(spec, failed ?? outcome, retryNo, scope, outbound),
  }
}

function retryDelay(
  { retry }: PolicySpec,
  outcome: Outcome,
  retryNo: number,
  scope: Scope,
  outbound: Scope,
): number | null {
  if (!retry) return null
  const count = whole(retry.count, 'RetryPolicy', scope)
  const delayMs = whole(retry.delay, 'RetryPolicy', scope) * 1000
  if (count === 0) return null

  const continues = retry.continueOn === null ? null : loose(retry.continueOn, outbound)
  const breaks = retry.breakOn !== null && loose(retry.breakOn, outbound)
  if (outcome.state === 'CANCELLED' || retryNo >= count) return null
  if (continues === false) return null
  if (outcome.state === 'ERROR') return breaks ? null : delayMs
  return continues ? delayMs : null
}

function value<T>(dynamic: Dynamic<T>, scope: Scope): Value {
  return typeof dynamic === 'string' ? evaluate(dynamic, scope) : dynamic as Value
}

function loose(dynamic: Dynamic<boolean>, scope: Scope): boolean {
  return truthy(value(dynamic, scope))
}

function flag(dynamic: Dynamic<boolean>, policy: string, scope: Scope): boolean {
  const found = value(dynamic, scope)
  if (typeof found !== 'boolean') throw wrongType(policy, 'a boolean', dynamic)
  return found
}

function whole(dynamic: Dynamic<number>, policy: string, scope: Scope): number {
  const found = value(dynamic, scope)
  if (typeof found !== 'number' || !Number.isInteger(found) || found < 0) {
    throw wrongType(policy, 'an integer of 0 or more', dynamic)
  }
  return found
}

function seconds(dynamic: Dynamic<number>, policy: string, scope: Scope): number {
  return whole(dynamic, policy, scope) * 1000
}

function wrongType(policy: string, wanted: string, dynamic: Dynamic<unknown>): InvalidError {
  return new InvalidError(
    `Invalid data type in ${policy}: ${String(dynamic)} does not give ${wanted}`,
  )
}
