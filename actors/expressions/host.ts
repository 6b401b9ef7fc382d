/**
 * @module
 * What an expression may ask of the workflow it stands in: a port, so that evaluation stays pure.
 */
import type { LazyList } from './values/kinds.ts'
import type { Value } from './values/value.ts'

/** Filters of `executions()` (`reference/expressions.md` §6); null means any. */
export interface ExecutionQuery {
  readonly id: Value
  readonly rootExecutionId: Value
  readonly state: Value
  readonly fromTime: Value
  readonly toTime: Value
}

/** Filters of `tasks()` (`reference/expressions.md` §6). */
export interface TaskQuery {
  readonly workflowExecutionId: Value
  readonly recursive: boolean
  readonly state: Value
  readonly flat: boolean
}

/**
 * The workflow functions, time and chance. Any of them may throw {@link NotLoaded}: the evaluator
 * lets it pass untouched, and whoever evaluates loads what is missing and evaluates again.
 */
export interface ExpressionHost {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** A float in [0, 1). */
  random(): number
  /** A new random UUID. */
  uuid(): string
  /** The root execution's environment. */
  env(): Value
  /** The current workflow execution. */
  execution(): Value
  /** A list, perhaps a lazy one. */
  executions(query: ExecutionQuery): Value | LazyList
  /** The named task, or the current one for null; null if there is none. */
  task(name: string | null): Value
  /** A list, perhaps a lazy one. */
  tasks(query: TaskQuery): Value | LazyList
  /** A variable of the workflow context, or null. */
  global(name: string): Value
  /**
   * What an evaluation gave, as plain data: of things that the host shows as they are at the moment,
   * it holds what they were. Absent where the host only gives plain data.
   */
  settle?(value: Value): Value
}

/** Something that an evaluation needs is not in memory. Not an error of the expression. */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded'
  /** What to load; its shape is the business of whoever threw it. */
  readonly what: unknown

  constructor(what: unknown) {
    super('Not loaded')
    this.what = what
  }
}
