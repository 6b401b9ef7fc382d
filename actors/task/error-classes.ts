/**
 * @module
 * Classes of errors, which `retry: {on: …}` names: what is known of a failure besides its text.
 *
 * | class | the failure |
 * |---|---|
 * | `503`, `5xx` | an error that is an object with that number as its `status`, as of std.http |
 * | `timeout` | the task's timeout, a limit on the action's time, a workflow's `timeout`, no answer in time |
 * | `connection` | no connection, or it broke; also one of `refused`, `reset`, `dns` if it is known which |
 * | `lost` | the executor was lost with the action |
 * | `workflow` | a sub-workflow ended in ERROR |
 * | `fail-on` | the task's fail-on held |
 * | any other | the `kind` of an error that is an object, or of what an action threw, or its class's name |
 */
import { fieldOf, isObject } from '../data.ts'
import type { Value } from '../expressions/values/value.ts'
import { isErrorKind } from '../language/retry.ts'

/** Everything that one failure is called; empty if nothing is known of it. */
export type ErrorClasses = readonly string[]

const CODES: Readonly<Record<string, ErrorClasses>> = {
  ECONNREFUSED: ['connection', 'refused'],
  ECONNRESET: ['connection', 'reset'],
  EPIPE: ['connection', 'reset'],
  UND_ERR_SOCKET: ['connection', 'reset'],
  ENOTFOUND: ['connection', 'dns'],
  EAI_AGAIN: ['connection', 'dns'],
  EHOSTUNREACH: ['connection'],
  ENETUNREACH: ['connection'],
  ECONNABORTED: ['connection'],
  ETIMEDOUT: ['connection', 'timeout'],
  UND_ERR_CONNECT_TIMEOUT: ['connection', 'timeout'],
  UND_ERR_HEADERS_TIMEOUT: ['timeout'],
  UND_ERR_BODY_TIMEOUT: ['timeout'],
}
/** Names that say nothing, or the same as a code. */
const NAMES: Readonly<Record<string, ErrorClasses>> = {
  Error: [],
  AggregateError: [],
  TimeoutError: ['timeout'],
}
const DEEPEST = 5
const MOST = 16

/** The classes of whatever an action threw: of the error, of its causes and of errors inside it. */
export function classesOfThrown(thrown: unknown): ErrorClasses {
  const classes = new Set<string>()
  collect(thrown, 0, classes)
  return [...classes].slice(0, MOST)
}

function collect(thrown: unknown, depth: number, classes: Set<string>): void {
  if (typeof thrown !== 'object' || thrown === null || depth > DEEPEST) return
  const { kind, code, name, cause, errors } = thrown as Readonly<Record<string, unknown>>
  if (isErrorKind(kind)) classes.add(kind.toLowerCase())
  const known = typeof code === 'string' && Object.hasOwn(CODES, code) ? CODES[code]! : []
  for (const one of known) classes.add(one)
  if (isErrorKind(name)) {
    const said = Object.hasOwn(NAMES, name) ? NAMES[name]! : [name.toLowerCase()]
    for (const one of said) classes.add(one)
  }
  collect(cause, depth + 1, classes)
  if (Array.isArray(errors)) {
    for (const one of errors.slice(0, MOST)) collect(one, depth + 1, classes)
  }
}

/** The classes that an error's own data say: its `status` and its `kind`. */
export function classesOfError(error: Value): ErrorClasses {
  if (!isObject(error)) return []
  const status = fieldOf(error, 'status')
  const kind = fieldOf(error, 'kind')
  const classes: string[] = []
  if (Number.isInteger(status) && Number(status) >= 100 && Number(status) <= 599) {
    classes.push(String(status))
  }
  if (isErrorKind(kind)) classes.push(kind.toLowerCase())
  return classes
}

/** Whether a failure is of one of the classes that a policy lists. */
export function isListed(failure: ErrorClasses, listed: readonly string[]): boolean {
  return failure.some((name) =>
    listed.includes(name) || (/^\d{3}$/.test(name) && listed.includes(`${name[0]}xx`))
  )
}

/** Different failures of one task's items that are kept apart: its row stays small. */
const MOST_FAILURES = 32

/** Failures with one more, each once; what goes beyond the bound counts as unknown. */
export function withFailure(
  failures: readonly ErrorClasses[],
  failure: ErrorClasses,
): readonly ErrorClasses[] {
  const key = failure.join(' ')
  if (failures.some((known) => known.join(' ') === key)) return failures
  if (failures.length < MOST_FAILURES) return [...failures, failure]
  return failures.some((known) => known.length === 0) ? failures : [...failures, []]
}
