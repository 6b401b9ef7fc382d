/**
 * @module
 * What the edge may ask of the actors. A command is answered when what it did is durable.
 */
import type { Mapping, Value } from '../actors/expressions/values/value.ts'
import type { ExecutionRow } from '../actors/records.ts'

/** Everything the shard needs to start an execution; names are resolved, input is checked. */
export interface StartExecution {
  readonly type: 'startExecution'
  /** Given by the client, or new. An execution that exists is returned as it is. */
  readonly id: string
  /** The id was made for this very command, so nothing can have it yet. */
  readonly isNew: boolean
  readonly project: string
  readonly workflowId: string
  readonly workflowName: string
  readonly workflowNamespace: string
  readonly workbook: string | null
  /** Content hash of the definition. */
  readonly definition: string
  /** With defaults filled in. */
  readonly input: Mapping
  /** As given, with `env` resolved to a mapping; the shard evaluates it and adds `namespace`. */
  readonly params: Mapping
  readonly description: string
  readonly triggerId: string | null
}

export interface UpdateExecution {
  readonly type: 'updateExecution'
  readonly id: string
  /** PAUSED, RUNNING (resume), SUCCESS, ERROR, CANCELLED (stop), or null to leave it. */
  readonly state: 'PAUSED' | 'RUNNING' | 'SUCCESS' | 'ERROR' | 'CANCELLED' | null
  readonly stateInfo: string | null
  readonly description: string | null
  readonly env: Mapping | null
}

export interface DeleteExecution {
  readonly type: 'deleteExecution'
  readonly id: string
  readonly force: boolean
}

/** Maintenance pauses what runs, and later resumes what it paused and nobody changed meanwhile. */
export interface HoldExecution {
  readonly type: 'holdExecution'
  readonly id: string
  /** False to let it go on. */
  readonly hold: boolean
}

export interface RerunTask {
  readonly type: 'rerunTask'
  readonly id: string
  readonly reset: boolean
  readonly env: Mapping | null
}

export interface SkipTask {
  readonly type: 'skipTask'
  readonly id: string
}

/** An expression tried out where a task stands; nothing changes. */
export interface EvaluateInTask {
  readonly type: 'evaluateInTask'
  /** The task execution. */
  readonly id: string
  /** A string, or a structure of which every string is evaluated. */
  readonly expression: Value
  /** Goes before what the task sees. */
  readonly data: Mapping
}

export interface UpdateAction {
  readonly type: 'updateAction'
  readonly id: string
  readonly state: 'SUCCESS' | 'ERROR' | 'CANCELLED' | 'PAUSED' | 'RUNNING'
  readonly output: Value
}

/** A stand-alone action. */
export interface RunAction {
  readonly type: 'runAction'
  /** New; tells the shard. */
  readonly id: string
  readonly project: string
  readonly name: string
  readonly namespace: string
  readonly input: Mapping
  /** Keep it as an action execution, which an asynchronous one always is. */
  readonly saveResult: boolean
  /** Answer only when it has ended; so it is, too, if it is not kept. */
  readonly runSync: boolean
  readonly timeoutMs: number | null
}

export interface DeleteAction {
  readonly type: 'deleteAction'
  readonly id: string
}

export type Command =
  | StartExecution
  | UpdateExecution
  | DeleteExecution
  | HoldExecution
  | RerunTask
  | SkipTask
  | EvaluateInTask
  | UpdateAction
  | RunAction
  | DeleteAction

/** What `startExecution` answers: the execution as it was committed. */
export interface StartedExecution {
  readonly execution: ExecutionRow
  /** JSON texts. */
  readonly input: string
  readonly params: string
  readonly output: string
}

/** What `runAction` answers. */
export interface RanAction {
  /** An action execution tells the rest. */
  readonly isSaved: boolean
  readonly state: 'RUNNING' | 'SUCCESS' | 'ERROR'
  /** JSON text of `{ result }`; null while it runs. */
  readonly output: string | null
}

/** What `evaluateInTask` answers. */
export interface Evaluated {
  /** JSON text of the value. */
  readonly result: string
}

/** Answers by command; the others answer null and are seen by reading the store. */
export type Answer<C extends Command> = C extends StartExecution ? StartedExecution
  : C extends RunAction ? RanAction
  : C extends EvaluateInTask ? Evaluated
  : null

/** Reaches the actors, wherever their shard is. */
export interface Engine {
  /**
   * @throws {DomainError} If the command is illegal now, or names nothing.
   * @throws {UnavailableError} If no owner of the shard answered in time; the command may still be done.
   */
  ask<C extends Command>(command: C): Promise<Answer<C>>
}
