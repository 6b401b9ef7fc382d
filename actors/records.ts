/**
 * @module
 * What is stored of executions, tasks and action executions: the rows, as they are read back. An
 * actor's row is its snapshot, small and of constant size; what may be large lies in payload rows of
 * its own, under `ID:FIELD`, and is absent where it is empty.
 */
import type { Event } from './language/spec.ts'

export type ExecutionState = 'IDLE' | 'RUNNING' | 'PAUSED' | 'SUCCESS' | 'ERROR' | 'CANCELLED'

export type TaskState =
  | 'IDLE'
  | 'WAITING'
  | 'RUNNING'
  | 'DELAYED'
  | 'PAUSED'
  | 'SUCCESS'
  | 'ERROR'
  | 'CANCELLED'
  | 'SKIPPED'

export type ActionState = 'RUNNING' | 'PAUSED' | 'SUCCESS' | 'ERROR' | 'CANCELLED'

/** States that nothing leaves by itself. */
export function isFinal(state: TaskState): boolean {
  return state === 'SUCCESS' || state === 'ERROR' || state === 'CANCELLED' || state === 'SKIPPED'
}

/** A persisted XState actor: which machine in which version, the state, and the context. */
export interface Snapshot<Value, Context> {
  /** For example `task@1`. */
  readonly machine: string
  /** A state's name, or `{ STATE: substate }`; {@link stateOf} tells the state. */
  readonly value: Value | { readonly [state: string]: string }
  readonly context: Context
}

/** The state that users see: the outermost one of a snapshot. */
export function stateOf<V extends string>(snapshot: Snapshot<V, unknown>): V {
  const { value } = snapshot
  return typeof value === 'string' ? value : (Object.keys(value)[0] as V)
}

/**
 * An execution. Payloads: `input`, `params`, `output` (JSON objects) and `globals` (the workflow
 * context: evaluated vars, global publishes). Times are milliseconds since the Unix epoch.
 */
export interface ExecutionContext {
  readonly id: string
  readonly project: string
  readonly workflowId: string
  readonly workflowName: string
  readonly workflowNamespace: string
  /** Content hash of the definition it began with and keeps. */
  readonly definition: string
  /** The workbook the workflow came from, or null. */
  readonly workbook: string | null
  readonly description: string
  readonly tags: readonly string[]
  /** The root of its tree, null if it is one. */
  readonly rootId: string | null
  /** The task that started it, null for a root. */
  readonly parentTaskId: string | null
  readonly parentExecutionId: string | null
  /** Its number among a with-items task's children. */
  readonly index: number
  /** The cron trigger that started it, or null. */
  readonly triggerId: string | null
  readonly stateInfo: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

export type ExecutionRow = Snapshot<ExecutionState, ExecutionContext>

/** A task. Payloads: `published` (a JSON object), `with-items` and policy details stay in the row. */
export interface TaskContext {
  readonly id: string
  readonly executionId: string
  readonly name: string
  readonly type: 'ACTION' | 'WORKFLOW'
  readonly tags: readonly string[]
  readonly stateInfo: string | null
  /** Its result was published and its successors were dispatched. */
  readonly processed: boolean
  readonly createdAt: number
  readonly updatedAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** What the API calls `runtime_context`. */
  readonly triggeredBy: readonly { readonly taskId: string; readonly event: Event | null }[]
  /** Tasks that its completion triggered, null before. */
  readonly nextTasks: readonly (readonly [name: string, event: Event | null])[] | null
  /** In ERROR: an on-error transition took the error. */
  readonly errorHandled: boolean
  /** Retries done so far. */
  readonly retryNo: number
  /** With-items: how many items, and how many more may start now (null: any number). */
  readonly items: { readonly count: number; readonly capacity: number | null } | null
}

export type TaskRow = Snapshot<TaskState, TaskContext>

/** An action execution; not an actor. Payloads: `input` and `output` (`{ result }`), JSON objects. */
export interface ActionRow {
  readonly id: string
  readonly name: string
  readonly state: ActionState
  /** Null for a stand-alone run. */
  readonly taskId: string | null
  readonly taskName: string | null
  readonly executionId: string | null
  readonly project: string
  readonly workflowName: string | null
  readonly workflowNamespace: string
  readonly stateInfo: string | null
  readonly description: string | null
  readonly tags: readonly string[] | null
  /** The result counts for the task. */
  readonly accepted: boolean
  readonly sync: boolean
  /** Its item of a with-items task, else 0. */
  readonly index: number
  readonly createdAt: number
  readonly updatedAt: number
}

export type PayloadField = 'input' | 'params' | 'output' | 'globals' | 'published'

/** The id of a payload row. */
export function payloadId(id: string, field: PayloadField): string {
  return `${id}:${field}`
}
