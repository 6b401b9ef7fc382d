/**
 * @module
 * Policies of a task, each falling back to task-defaults where the task has none or has it off.
 */
import { Float, type Value } from '../expressions/values/value.ts'
import { parseCommand } from './command.ts'
import { isMapping, valueAt } from './mapping.ts'
import type { Dynamic, PolicySpec, RetrySpec } from './spec.ts'

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
  const number = (key: string) => numberOf(valueAt(task, key)) || numberOf(valueAt(defaults, key))
  const boolean = (key: string) => flagOf(valueAt(task, key)) || flagOf(valueAt(defaults, key))
  return {
    pauseBefore: boolean('pause-before'),
    waitBefore: number('wait-before'),
    waitAfter: number('wait-after'),
    failOn: boolean('fail-on'),
    timeout: number('timeout'),
    concurrency: number('concurrency'),
    retry: compileRetry(valueAt(task, 'retry') ?? valueAt(defaults, 'retry')),
  }
}

function compileRetry(value: Value | undefined): RetrySpec | null {
  const retry = retryMapping(value)
  if (!isMapping(retry)) return null
  const expression = (key: string) => {
    const text = valueAt(retry, key)
    return typeof text === 'string' ? text : null
  }
  return {
    count: numberOf(valueAt(retry, 'count')),
    delay: numberOf(valueAt(retry, 'delay')),
    breakOn: expression('break-on'),
    continueOn: expression('continue-on'),
  }
}

/** `count=3 delay=5` as the mapping that it stands for; anything else as it is. */
export function retryMapping(value: Value | undefined): Value | undefined {
  if (typeof value !== 'string') return value
  const command = parseCommand(value)
  return command ? new Map<Value, Value>(command.params) : value
}

/** An int, though it may be written `1.0`; 0 where there is none. */
function numberOf(value: Value | undefined): Dynamic<number> {
  if (typeof value === 'string' || typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Float ? value.value : 0
}

/** False where there is none. */
export function flagOf(value: Value | undefined): Dynamic<boolean> {
  return typeof value === 'string' || typeof value === 'boolean' ? value : false
}
