/**
 * @module
 * The retry policy of a task: Mistral's `count`, `delay`, `break-on` and `continue-on`, and what is
 * ours besides, `backoff`, `max-delay`, `jitter` and `on`.
 */
import { Float, type Value } from '../expressions/values/value.ts'
import { parseCommand } from './command.ts'
import { fieldOf, isList, isObject, textOr } from '../data.ts'
import type { Path, Problems } from './problems.ts'
import { show } from './show.ts'
import type { Dynamic, RetrySpec } from './spec.ts'

const ADDED_KEYS = ['backoff', 'max-delay', 'jitter', 'on']
export const RETRY_KEYS = ['count', 'delay', 'break-on', 'continue-on', ...ADDED_KEYS]

/** What `backoff: exponential` stands for. */
export const EXPONENTIAL = 2

export function compileRetry(value: Value | undefined): RetrySpec | null {
  const retry = retryMapping(value)
  if (!isObject(retry)) return null
  const backoff = fieldOf(retry, 'backoff') ?? 1
  const on = fieldOf(retry, 'on')
  return {
    count: numberOf(fieldOf(retry, 'count')),
    delay: numberOf(fieldOf(retry, 'delay')),
    breakOn: textOr(fieldOf(retry, 'break-on'), null),
    continueOn: textOr(fieldOf(retry, 'continue-on'), null),
    backoff: backoff === 'exponential' ? EXPONENTIAL : numberOf(backoff),
    maxDelay: numberOf(fieldOf(retry, 'max-delay')),
    jitter: numberOf(fieldOf(retry, 'jitter')),
    on: on === undefined ? null : isWholeExpression(on) ? on : readErrorClasses(on).classes,
  }
}

/** `count=3 delay=5` as the mapping that it stands for; anything else as it is. */
export function retryMapping(value: Value | undefined): Value | undefined {
  if (typeof value !== 'string') return value
  const command = parseCommand(value, ADDED_KEYS)
  return command ? new Map<Value, Value>(command.params) : value
}

/** A number, though it may be written `1.0`; 0 where there is none. */
export function numberOf(value: Value | undefined): Dynamic<number> {
  if (typeof value === 'string' || typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Float ? value.value : 0
}

/** Classes of errors that the service itself knows, besides the statuses of HTTP. */
const ERROR_CLASSES = [
  'timeout',
  'connection',
  'refused',
  'reset',
  'dns',
  'lost',
  'workflow',
  'fail-on',
] as const

const STATUS = /^[1-5](?:\d\d|xx)$/
/** What an action may call its own errors. */
const KIND = /^[A-Za-z_][\w.-]{0,63}$/

/** Whether a text may be the kind of an error. */
export function isErrorKind(value: unknown): value is string {
  return typeof value === 'string' && KIND.test(value)
}

/**
 * A list of classes, one class, or several in one text with commas between; and what is none. Classes
 * are compared without regard to case.
 */
export function readErrorClasses(value: Value): { classes: string[]; wrong: Value[] } {
  const items = isList(value)
    ? value
    : typeof value === 'string'
    ? value.replace(/^\[(.*)\]$/, '$1').split(',').map((item) => item.trim())
    : [value]
  const classes: string[] = []
  const wrong: Value[] = []
  for (const item of items) {
    const name = typeof item === 'number' ? String(item) : item
    if (typeof name === 'string' && (STATUS.test(name.toLowerCase()) || isErrorKind(name))) {
      classes.push(name.toLowerCase())
    } else wrong.push(item)
  }
  return { classes, wrong }
}

function isWholeExpression(value: Value | undefined): value is string {
  return typeof value === 'string' && /^(?:<%.*%>|\{\{.*\}\})\s*$/.test(value)
}

/** What its schema cannot say of a retry policy. */
export function checkRetry(value: Value | undefined, path: Path, problems: Problems): void {
  const retry = retryMapping(value)
  if (!isObject(retry)) return
  const on = fieldOf(retry, 'on')
  if (on !== undefined && !isWholeExpression(on)) checkClasses(on, [...path, 'on'], problems)

  const delay = literal(fieldOf(retry, 'delay'))
  const maxDelay = literal(fieldOf(retry, 'max-delay'))
  if (delay !== null && maxDelay !== null && maxDelay !== 0 && maxDelay < delay) {
    problems.add(
      [...path, 'max-delay'],
      `'max-delay' is ${maxDelay}, less than the 'delay' of ${delay}`,
      `no delay would be longer than ${maxDelay}: write a larger 'max-delay', or a smaller 'delay'`,
    )
  }
  if (delay !== 0 || literal(fieldOf(retry, 'count')) === 0) return
  for (const key of ['backoff', 'max-delay', 'jitter']) {
    if (fieldOf(retry, key) === undefined) continue
    problems.add(
      [...path, key],
      `'${key}' does nothing with a 'delay' of 0`,
      `write a 'delay' of 1 or more, or leave '${key}' out`,
      'key',
    )
  }
}

function checkClasses(on: Value, path: Path, problems: Problems): void {
  for (const [index, item] of (isList(on) ? on : [on]).entries()) {
    const at = isList(on) ? [...path, index] : path
    for (const value of readErrorClasses(item).wrong) {
      problems.add(
        at,
        `${show(value)} is no class of errors`,
        'write a status as 503 or 5xx, one of ' + ERROR_CLASSES.join(', ') +
          ', or the kind that an action gives its error',
      )
    }
  }
}

function literal(value: Value | undefined): number | null {
  const number = value === undefined ? null : numberOf(value)
  return typeof number === 'number' ? number : null
}
