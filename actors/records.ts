/**
 * @module
 * What is stored of executions, tasks and action executions: the rows, as they are read back. An
 * actor's row is its snapshot, small and of constant size; what may be large lies in payload rows of
 * its own, under `ID:FIELD`, and is absent where it is empty.
 */
import type { Event } from './language/spec.ts'
import type { ErrorClasses } from './task/error-classes.ts'

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
  /** The parent task's attempt that it belongs to; 0 for a root. */
  readonly attempt: number
  /** The cron trigger that started it, or null. */
  readonly triggerId: string | null
  readonly stateInfo: string | null
  /** Why it is paused, or ended otherwise than by having nothing left to do. */
  readonly cause?: Cause | undefined
  /** Absent if it has all the time. */
  readonly deadline?: Deadline | undefined
  /** Maintenance paused it, and will resume it. */
  readonly held?: boolean | undefined
  /** Commands that wait for a paused execution to resume. */
  readonly backlog: readonly BacklogCommand[]
  readonly createdAt: number
  readonly updatedAt: number
  /** When it ended; null while it has not. */
  readonly endedAt: number | null
}

/** Who or what paused or ended an execution. */
export interface Cause {
  readonly kind:
    /** A `PUT`. */
    | 'request'
    /** An engine command: pause, fail or succeed. */
    | 'command'
    | 'pause-before'
    /** A sub-workflow of it was paused. */
    | 'child'
    /** An asynchronous action of it was paused. */
    | 'action'
    /** The execution above it was paused or cancelled. */
    | 'parent'
    /** The service is being maintained. */
    | 'maintenance'
    /** Its own `timeout`, or that of an execution above it. */
    | 'timeout'
    /** The definition makes no sense for the data. */
    | 'definition'
  /** The task that brought it about, if one did. */
  readonly taskId?: string
  readonly at: number
  /** What whoever asked for a pause said of it; the end of an execution has its `state_info`. */
  readonly reason?: string
}

/** By when an execution has to have ended. Milliseconds. */
export interface Deadline {
  /** Its own timeout; 0 if it has none. */
  readonly timeoutMs: number
  /** When that is over, null without. */
  readonly ownAt: number | null
  /** By when the executions above it have to have ended; null if they have all the time. */
  readonly inherited: End | null
}

/** A time, and whose timeout it comes from. */
export interface End {
  readonly at: number
  readonly ownerId: string
}

/** A transition that was taken while the execution was paused. */
export interface BacklogCommand {
  /** The task to run, or null for an engine command. */
  readonly task: string | null
  readonly command: 'fail' | 'succeed' | 'pause' | null
  readonly message: string | null
  readonly trigger: { readonly taskId: string; readonly event: Event | null } | null
}

export type ExecutionRow = Snapshot<ExecutionState, ExecutionContext>

/** A root execution that ended, as the store finds it by when it ended. */
export interface Ended {
  readonly id: string
  /** `STATE/PROJECT`. */
  readonly kind: string
  /** Milliseconds since the Unix epoch. */
  readonly endedAt: number
}

/** Of a root execution that ended, how it is found; null for any other. */
export function endedOf(row: ExecutionRow): Ended | null {
  const { id, rootId, project, endedAt } = row.context
  if (rootId !== null || endedAt === null) return null
  return { id, kind: `${stateOf(row)}/${project}`, endedAt }
}

/** The policies of a task, evaluated when it started. Milliseconds. */
export interface Policies {
  readonly pauseBefore: boolean
  readonly waitBeforeMs: number
  readonly timeoutMs: number
  /** How many items may run at once; 0 for any number. */
  readonly concurrency: number
  /** How often it may be tried again; 0 without a retry policy. */
  readonly retries: number
  readonly keepResult: boolean
  readonly safeRerun: boolean
}

/** How far a with-items task has come. */
export interface ItemsProgress {
  readonly count: number
  /** Items below this were started in this attempt. */
  readonly next: number
  readonly running: number
  readonly failed: number
  readonly cancelled: number
  /** After a rerun without reset: the items to run again, and only those. */
  readonly only: readonly number[] | null
  /** What is known of the failures of this attempt, each kind of them once. */
  readonly failures?: readonly ErrorClasses[]
}

export const NO_ITEMS: ItemsProgress = {
  count: 0,
  next: 0,
  running: 0,
  failed: 0,
  cancelled: 0,
  only: null,
}

/** What a task ended in, held while its wait-after lasts. */
export interface Outcome {
  readonly state: 'SUCCESS' | 'ERROR' | 'CANCELLED'
  readonly info: string | null
  /** In ERROR: what is known of each failure that led to it; none if absent. */
  readonly failures?: readonly ErrorClasses[]
}

/** A task that brought another about, with the clause that led there. */
export interface Trigger {
  readonly taskId: string
  /** `not triggered`: it led elsewhere, so that a join failed, which inherits nothing from it. */
  readonly event: Event | 'not triggered' | null
}

/** A task. Payloads: `published` and, of what it published for all, `globals` (JSON objects). */
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
  /** The runs of joins that it arrived at, where they are not the first of their names. */
  readonly arrivedAt: readonly (readonly [join: string, taskId: string])[]
  readonly isJoin: boolean
  readonly policies: Policies | null
  /** The delay that a DELAYED task waits for. */
  readonly delayMs: number
  /** When that delay is over. */
  readonly dueAt: number | null
  /** When the present attempt times out; null if it has all the time. */
  readonly timeoutAt: number | null
  readonly outcome: Outcome | null
  /** Its wait-after is over. */
  readonly waited: boolean
  /** Counts attempts from 1; results of an earlier attempt no longer count. */
  readonly attempt: number
  /** The tasks that brought it about. */
  readonly triggeredBy: readonly Trigger[]
  /** Tasks that its completion triggered, null before. */
  readonly nextTasks: readonly (readonly [name: string, event: Event | null])[] | null
  /** In ERROR: an on-error transition took the error. */
  readonly errorHandled: boolean
  /** Retries done so far. */
  readonly retryNo: number
  /** While it is retried: what the last attempt failed with, cut short. */
  readonly lastError: string | null
  readonly items: ItemsProgress | null
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
  /** The task's attempt it belongs to. */
  readonly attempt: number
  /** May be started again after a crash. */
  readonly safeRerun: boolean
  /** Of a stand-alone run: how long it may take from its creation, in milliseconds; 0 for no limit. */
  readonly timeoutMs: number
  readonly createdAt: number
  readonly updatedAt: number
}

export type PayloadField = 'input' | 'params' | 'output' | 'globals' | 'published'

/** The id of a payload row. */
export function payloadId(id: string, field: PayloadField): string {
  return `${id}:${field}`
}
