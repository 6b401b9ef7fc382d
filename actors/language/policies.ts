/**
 * @module
 * Policies of a task, each falling back to task-defaults where the task has none or has it off.
 */
import type { Value } from '../expressions/values/value.ts'
import { fieldOf } from '../data.ts'
import { compileRetry, numberOf } from './retry.ts'
import type { Dynamic, PolicySpec } from './spec.ts'

export const POLICIES = [
  'pause-before',
  'wait-before',
  'wait-after',
  'fail-on',
  'retry',
  'timeout',
  'concurrency',
] as const

export function compilePolicies(task: Value, defaults: Value | undefined): PolicySpec {
  const number = (key: string) => numberOf(fieldOf(task, key)) || numberOf(fieldOf(defaults, key))
  const boolean = (key: string) => flagOf(fieldOf(task, key)) || flagOf(fieldOf(defaults, key))
  return {
    pauseBefore: boolean('pause-before'),
    waitBefore: number('wait-before'),
    waitAfter: number('wait-after'),
    failOn: boolean('fail-on'),
    timeout: number('timeout'),
    concurrency: number('concurrency'),
    retry: compileRetry(fieldOf(task, 'retry') ?? fieldOf(defaults, 'retry')),
  }
}

/** False where there is none. */
export function flagOf(value: Value | undefined): Dynamic<boolean> {
  return typeof value === 'string' || typeof value === 'boolean' ? value : false
}
