/**
 * @module
 * A definition, compiled: what the engine reads. Everything that depends on the text alone is settled
 * here once (defaults merged, clauses normalised, the graph drawn), so that running a step only looks
 * things up. Immutable and kept by content hash.
 */
import type { Value } from '../expressions/values/value.ts'

/** A string that may hold expressions, or any structure with such strings in it. */
export type Template = Value

/** Names in a definition map to something; in text order. */
export type Named<T> = ReadonlyMap<string, T>

/** A declared input parameter, of a workflow or an action. */
export interface Parameter {
  readonly name: string
  /** Taken literally. Undefined where the parameter is required. */
  readonly default?: Value
}

export type WorkflowType = 'direct' | 'reverse'

export interface WorkflowSpec {
  readonly name: string
  readonly type: WorkflowType
  readonly description: string | null
  readonly tags: readonly string[]
  readonly input: readonly Parameter[]
  readonly vars: Named<Template>
  /** Seconds after which an execution that has not ended fails; 0 for no such bound. */
  readonly timeout: Dynamic<number>
  /** Null where the definition has none: the whole final context is the output. */
  readonly output: Template | null
  readonly outputOnError: Template | null
  readonly tasks: Named<TaskSpec>
  /** Direct: names of tasks no clause leads to, in text order. */
  readonly startTasks: readonly string[]
  /** The workbook it came from, for names of its members; null if none. */
  readonly workbook: string | null
  /** The definition as `execution().spec` shows it, with name, version and types filled in. */
  readonly source: { readonly [key: string]: Value }
}

/** The name to call, and its parameters, of `action:` and `workflow:`. */
export interface Call {
  /** Whole expression or literal name. */
  readonly name: string
}

export type EngineCommand = 'noop' | 'fail' | 'succeed' | 'pause'

/** One entry of an on-clause. */
export interface Transition {
  /** A task's name, or null for an engine command. */
  readonly task: string | null
  readonly command: EngineCommand | null
  /** A whole expression, or null for always. */
  readonly condition: string | null
  /** `msg` and other parameters; may hold expressions. */
  readonly params: Named<Template>
}

export interface Publish {
  readonly branch: Named<Template>
  readonly global: Named<Template>
}

export type Event = 'on-success' | 'on-error' | 'on-complete' | 'on-skip'

export interface Clause {
  /** The effective transitions: the task's own, or task-defaults' without those to the task itself. */
  readonly next: readonly Transition[]
  /** Published with this clause; null where the clause publishes nothing. */
  readonly publish: Publish | null
}

/** A whole expression, or the value itself. */
export type Dynamic<T> = string | T

export interface RetrySpec {
  readonly count: Dynamic<number>
  /** Seconds. */
  readonly delay: Dynamic<number>
  readonly breakOn: string | null
  readonly continueOn: string | null
  /** What the delay is multiplied by from one retry to the next; 1 leaves it as it is. */
  readonly backoff: Dynamic<number>
  /** Seconds that no delay is longer than; 0 for no such bound. */
  readonly maxDelay: Dynamic<number>
  /** The share of a delay, 0 to 1, that chance may take off it. */
  readonly jitter: Dynamic<number>
  /** Classes of errors to retry after, or an expression that gives them; null for any error. */
  readonly on: string | readonly string[] | null
}

/** Effective policies: the task's own, or else of task-defaults. Seconds where a time is meant. */
export interface PolicySpec {
  readonly pauseBefore: Dynamic<boolean>
  readonly waitBefore: Dynamic<number>
  readonly waitAfter: Dynamic<number>
  readonly failOn: Dynamic<boolean>
  readonly timeout: Dynamic<number>
  readonly concurrency: Dynamic<number>
  readonly retry: RetrySpec | null
}

/** `VAR in COLLECTION`: a whole expression, or a list whose strings may hold expressions. */
export interface ItemsSpec {
  readonly variable: string
  readonly collection: Template
}

export interface TaskSpec {
  readonly name: string
  readonly description: string | null
  readonly tags: readonly string[]
  /** What it runs: never both; neither means `std.noop`, which is filled in here. */
  readonly action: Call | null
  readonly workflow: Call | null
  /** A mapping of templates with inline parameters merged in, or one dynamic string. */
  readonly input: Named<Template> | string
  /** Null where the task does not iterate. */
  readonly withItems: readonly ItemsSpec[] | null
  readonly publish: Named<Template>
  readonly publishOnError: Named<Template>
  readonly publishOnSkip: Named<Template>
  readonly policies: PolicySpec
  readonly target: string | null
  readonly keepResult: Dynamic<boolean>
  readonly safeRerun: Dynamic<boolean>
  /** An error in the task's call or input fails the task alone, in its normal way. */
  readonly safeInput: boolean
  /** Null for no join; `all`, or how many of the inbound tasks have to arrive (`one` is 1). */
  readonly join: 'all' | number | null
  readonly on: { readonly [E in Event]: Clause }
  /** Reverse: the tasks this one needs, its own and task-defaults', without itself. */
  readonly requires: readonly string[]
  /** Direct: names of the tasks with a transition here, in text order, each once. */
  readonly inbound: readonly string[]
  /** Direct: names of the tasks it has a transition to, in clause order, each once. */
  readonly outbound: readonly string[]
  /** The definition of the task as `task().spec` shows it. */
  readonly source: { readonly [key: string]: Value }
}

/** An ad-hoc action: another action with some input preset. */
export interface AdHocSpec {
  readonly name: string
  readonly description: string | null
  readonly tags: readonly string[]
  readonly input: readonly Parameter[]
  /** The name of the action it wraps. */
  readonly base: string
  /** `base-input` with the inline parameters of `base` merged in. */
  readonly baseInput: Named<Template>
  /** Undefined where there is none (null is a legal output). */
  readonly output: Template | undefined
  readonly source: { readonly [key: string]: Value }
}
