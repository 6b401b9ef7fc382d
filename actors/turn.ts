/**
 * @module
 * The port between actors and whoever hosts them. A handler reads what is in memory, decides, and says
 * what changes; the host commits that and only then lets effects out.
 *
 * Every handler is one unit: it reads and evaluates first, and only then changes anything. If something
 * is not in memory, reading throws {@link NotLoaded}; the host loads it and runs the handler again.
 */
import type { Action, ActionInput, ActionResult } from './action/action.ts'
import { NotLoaded } from './expressions/host.ts'
import type { Mapping, Value } from './expressions/values/value.ts'
import type { AdHocSpec, WorkflowSpec } from './language/spec.ts'
import type { Notice } from './notifications.ts'
import type { LiveExecution, LiveTask } from './execution/live.ts'
import type {
  ActionRow,
  Cause,
  Ended,
  ExecutionContext,
  ExecutionRow,
  ExecutionState,
  Outcome,
  PayloadField,
} from './records.ts'

/** A table of rows that handlers read. */
export type RowTable = 'execution' | 'payload'

/** The sets of ids that handlers read. */
export type ListName = 'tasks.execution' | 'actions.task' | 'executions.task'

/** A workflow found by name. */
export interface WorkflowRef {
  readonly id: string
  readonly name: string
  readonly namespace: string
  readonly workbook: string | null
  /** Content hash. */
  readonly definition: string
}

/** Something to be brought into memory. */
export type Need =
  | { readonly kind: 'rows'; readonly table: RowTable | 'action'; readonly ids: readonly string[] }
  | { readonly kind: 'lists'; readonly list: ListName; readonly owners: readonly string[] }
  | { readonly kind: 'execution'; readonly id: string }
  | { readonly kind: 'tasks'; readonly of: readonly ExecutionContext[]; readonly page: PageOf }
  | { readonly kind: 'taskCount'; readonly executionId: string }
  | {
    readonly kind: 'spec'
    readonly hash: string
    readonly name: string
    readonly workbook: string | null
  }
  | {
    readonly kind: 'workflow'
    readonly project: string
    readonly namespace: string
    readonly name: string
  }
  | {
    readonly kind: 'action'
    readonly project: string
    readonly namespace: string
    readonly name: string
  }
  | { readonly kind: 'environment'; readonly project: string; readonly name: string }
  | { readonly kind: 'executions'; readonly project: string; readonly page: PageOf }

/** Some of a long listing. */
export interface PageOf {
  /** Where the page before it ended; null for the first. */
  readonly after: string | null
  readonly limit: number
}

export interface Listed<T> {
  readonly found: readonly T[]
  /** Where the next page begins; null if this was the last. */
  readonly next: string | null
}

/** Throws what is missing. */
export function need(what: Need): never {
  throw new NotLoaded(what)
}

/** Who waits for an answer; opaque to actors. */
export type Ask = { readonly id: string } | null

/** What a new execution begins with. */
export interface StartMessage {
  readonly type: 'start'
  readonly ask: Ask
  readonly id: string
  /** The id was made for this very message, so nothing can have it yet. */
  readonly isNew: boolean
  readonly project: string
  readonly workflow: WorkflowRef
  readonly input: Mapping
  readonly params: Mapping
  readonly description: string
  readonly triggerId: string | null
  /** The task that starts it; null for a root. */
  readonly parent: {
    readonly executionId: string
    readonly taskId: string
    readonly rootId: string
    readonly index: number
    readonly attempt: number
  } | null
}

/** What actors say to each other, and to themselves, within a shard. */
export type Message =
  | StartMessage
  | { readonly type: 'task.start'; readonly executionId: string; readonly taskId: string }
  | {
    readonly type: 'task.run'
    readonly executionId: string
    readonly taskId: string
    readonly attempt: number
  }
  /** Something keeps a join from starting: it fails, unless that has changed meanwhile. */
  | { readonly type: 'task.settle'; readonly executionId: string; readonly taskId: string }
  /** A join that could not start is tried again. */
  | { readonly type: 'task.await'; readonly executionId: string; readonly taskId: string }
  /** Results of the task's children no longer count. */
  | { readonly type: 'task.reject'; readonly executionId: string; readonly taskId: string }
  | {
    readonly type: 'task.timer'
    readonly executionId: string
    readonly taskId: string
    readonly timer: string
  }
  | {
    readonly type: 'task.complete'
    readonly executionId: string
    readonly taskId: string
    readonly attempt: number
    readonly state: 'SUCCESS' | 'ERROR' | 'CANCELLED'
    readonly info: string | null
    readonly failures?: Outcome['failures']
    /** Its result, where the sender knows it. */
    readonly result?: Value
  }
  | {
    readonly type: 'task.route'
    readonly executionId: string
    readonly taskId: string
    /** Its execution resumes. */
    readonly resumed?: boolean
  }
  | {
    readonly type: 'action.result'
    readonly actionId: string
    readonly executionId: string | null
    readonly taskId: string | null
    readonly result: ActionResult | { readonly cancelled: true }
  }
  | {
    readonly type: 'child.changed'
    readonly executionId: string
    readonly taskId: string
    readonly childId: string
    readonly attempt: number
    readonly from: ExecutionState
    readonly to: ExecutionState
  }
  /** A sub-workflow was deleted before it ended. */
  | {
    readonly type: 'child.deleted'
    readonly executionId: string
    readonly taskId: string
    readonly childId: string
    readonly attempt: number
  }
  /** It may be at its end: nothing of it is open. */
  | { readonly type: 'execution.check'; readonly executionId: string }
  /** Nothing of it is open but joins. */
  | { readonly type: 'joins.check'; readonly executionId: string }
  | {
    readonly type: 'execution.finish'
    readonly executionId: string
    readonly state: 'SUCCESS' | 'ERROR' | 'CANCELLED'
    readonly info: string | null
    readonly cause?: Cause
  }
  /** Its deadline may have passed. */
  | { readonly type: 'execution.deadline'; readonly executionId: string }
  /** An execution above it has timed out. */
  | {
    readonly type: 'execution.expire'
    readonly executionId: string
    /** Whose timeout it was. */
    readonly ownerId: string
  }
  | {
    readonly type: 'execution.pause'
    readonly executionId: string
    readonly info: string | null
    /** For maintenance. */
    readonly held: boolean
    readonly cause: Cause
  }
  | {
    readonly type: 'execution.resume'
    readonly executionId: string
    readonly env: Mapping | null
  }
  | {
    readonly type: 'execution.cancel'
    readonly executionId: string
    readonly info: string | null
    readonly cause: Cause
  }
  | {
    readonly type: 'update'
    readonly ask: Ask
    readonly executionId: string
    readonly state: 'PAUSED' | 'RUNNING' | 'SUCCESS' | 'ERROR' | 'CANCELLED' | null
    readonly stateInfo: string | null
    readonly description: string | null
    readonly env: Mapping | null
  }
  | {
    readonly type: 'delete'
    readonly ask: Ask
    readonly executionId: string
    readonly force: boolean
  }
  | {
    readonly type: 'hold'
    readonly ask: Ask
    readonly executionId: string
    readonly hold: boolean
  }
  | {
    readonly type: 'rerun'
    readonly ask: Ask
    readonly executionId: string
    readonly taskId: string
    readonly reset: boolean
    readonly env: Mapping | null
  }
  | {
    readonly type: 'skip'
    readonly ask: Ask
    readonly executionId: string
    readonly taskId: string
  }
  /** An expression, or a structure of them, tried out where a task stands. */
  | {
    readonly type: 'evaluate'
    readonly ask: Ask
    readonly executionId: string
    readonly taskId: string
    readonly expression: Value
    readonly data: Mapping
  }
  | {
    readonly type: 'action.update'
    readonly ask: Ask
    readonly actionId: string
    readonly state: 'SUCCESS' | 'ERROR' | 'CANCELLED' | 'PAUSED' | 'RUNNING'
    readonly output: Value
  }
  | {
    readonly type: 'action.run'
    readonly ask: Ask
    readonly id: string
    readonly project: string
    readonly name: string
    readonly namespace: string
    readonly input: Mapping
    readonly saveResult: boolean
    readonly runSync: boolean
    readonly timeoutMs: number | null
  }
  /** What a pause held is taken up, and open joins are looked at. */
  | { readonly type: 'execution.takeUp'; readonly executionId: string }
  /** How far the items of a task have come is counted anew. */
  | { readonly type: 'task.recount'; readonly executionId: string; readonly taskId: string }
  /**
   * Something of it seems to rest for ever. `unset`: delays without a timer. Nothing else may be
   * under way for the execution when this is handled.
   */
  | {
    readonly type: 'execution.repair'
    readonly ask: Ask
    readonly executionId: string
    readonly unset: readonly string[]
  }
  /** Root executions that the retention policy lets go, if nothing happened to them since. */
  | { readonly type: 'executions.expire'; readonly ask: Ask; readonly ended: readonly Ended[] }
  | { readonly type: 'remains.remove'; readonly ask: Ask; readonly remains: readonly Remains[] }
  /** Whatever was asked for is done. */
  | { readonly type: 'answer'; readonly ask: Ask }
  /** A notice was delivered, or given up. */
  | { readonly type: 'notice.done'; readonly id: string }
  /** An asynchronous action was sent off: what remains is to hear of it. */
  | { readonly type: 'action.sent'; readonly actionId: string }
  /** An action was under way when its host died, or its host closed before it was started. */
  | {
    readonly type: 'action.recover'
    readonly actionId: string
    readonly unsent?: boolean
    /** Its host did not die, but nothing was heard of it. */
    readonly silent?: boolean
  }
  /** A stand-alone action that somebody waits for has ended. */
  | {
    readonly type: 'action.ran'
    readonly row: ActionRow
    readonly alone: StandAlone
    readonly result: ActionResult
  }
  | { readonly type: 'action.delete'; readonly ask: Ask; readonly actionId: string }

/** What lay below an execution that is gone. `owner`: the execution or task that it belonged to. */
export interface Remains {
  /** `end`: nothing else is left of the execution. */
  readonly kind: 'execution' | 'task' | 'action' | 'end'
  readonly id: string
  readonly owner: string
}

/** An action to be started once the turn is committed. */
export interface ActionStart {
  readonly row: ActionRow
  readonly action: Action
  readonly input: ActionInput
  /** Milliseconds; 0 for none. */
  readonly timeoutMs: number
  /** What is left of them, if it was started before. */
  readonly leftMs?: number
  /** A stand-alone run: somebody waits for its result. */
  readonly alone: StandAlone | null
}

/** Who waits for a stand-alone action, and whether its result is kept. */
export interface StandAlone {
  readonly ask: Ask
  readonly save: boolean
  /** Its action execution was stored when it was started: if there is none any more, it was deleted. */
  readonly isStored: boolean
  /** As it is shown: an ad-hoc action's own input. */
  readonly input: Mapping
}

/** Bounds on what a workflow may hold. */
export interface EngineLimits {
  /** Characters of JSON in one input, output, params or published; 0 for none. */
  readonly fieldSize: number
  /** Items that one step of a with-items task starts. */
  readonly itemsAtOnce: number
}

/** What a handler may read and change. */
export interface Turn {
  /** Milliseconds since the Unix epoch; stands still during a turn. */
  readonly now: number
  random(): number
  uuid(): string
  /** A new id in the slot of another. */
  newId(near: string): string

  /** An execution in memory, or null if there is none. @throws {NotLoaded} */
  execution(id: string): LiveExecution | null
  /**
   * A page of the tasks of each execution, of whatever shard, oldest first; to be looked at only.
   *
   * @throws {NotLoaded}
   */
  tasks(of: readonly ExecutionContext[], page: PageOf): Listed<LiveTask>[]
  /** How many tasks an execution has. @throws {NotLoaded} */
  taskCount(executionId: string): number
  /** Bodies of rows, null where there is none. @throws {NotLoaded} */
  rows(table: RowTable, ids: readonly string[]): (string | null)[]
  /** Action executions, null where there is none. @throws {NotLoaded} */
  actionRows(ids: readonly string[]): (ActionRow | null)[]
  /** Ids of a set, by creation. @throws {NotLoaded} */
  list(list: ListName, owner: string): readonly string[]
  /** As {@link list}, of several owners at once. @throws {NotLoaded} */
  lists(list: ListName, owners: readonly string[]): (readonly string[])[]
  /** @throws {NotLoaded} */
  spec(
    ref: { readonly definition: string; readonly name: string; readonly workbook: string | null },
  ): WorkflowSpec
  /** In the namespace, or else the default one. @throws {NotLoaded} */
  workflow(project: string, namespace: string, name: string): WorkflowRef | null
  /** An ad-hoc action. @throws {NotLoaded} */
  adHoc(project: string, namespace: string, name: string): AdHocSpec | null
  /** A built-in or custom action. */
  action(name: string): Action | null
  readonly limits: EngineLimits
  /** @throws {NotLoaded} */
  environment(project: string, name: string): Mapping | null
  /** A page of the executions of a project; it may be empty although there is a next. @throws {NotLoaded} */
  executions(project: string, page: PageOf): Listed<ExecutionRow>

  tell(message: Message): void
  admit(execution: LiveExecution): void
  saveExecution(execution: LiveExecution): void
  /** Executions in memory below a root see its environment as it is now. */
  shareEnvironment(root: LiveExecution): void
  saveTask(execution: LiveExecution, task: LiveTask): void
  addAction(row: ActionRow): void
  saveAction(row: ActionRow): void
  /** @param body JSON text. */
  savePayload(id: string, field: PayloadField, body: string): void
  /**
   * Forgets an execution: from now on there is none. What lies below it goes bit by bit in later turns,
   * also if its host dies; then whoever asked is answered.
   */
  removeExecution(row: ExecutionRow, ask: Ask): void
  /** Whether something is left of an execution that is gone. */
  isRemoving(executionId: string): boolean
  /** Forgets something that lay below an execution that is gone. */
  removeRemains(remains: Remains): void
  removeAction(row: Pick<ActionRow, 'id' | 'taskId'>): void
  /** There is no such execution any more. */
  forgetEnded(ended: Ended): void
  setTimer(key: string, delayMs: number): void
  clearTimer(key: string): void
  /** Whether an executor has the action, or is about to. */
  isRunning(actionId: string): boolean
  startAction(start: ActionStart): void
  /** Sends a notice once the turn is committed, and keeps it until it is delivered. */
  notify(notice: Notice): void
  /** A notice was delivered, or given up. */
  forgetNotice(id: string): void
  /** It ended by other means: its executor need not go on. */
  stopAction(actionId: string): void
  /** It has a result: nothing of it is left to be recovered. */
  clearRunning(actionId: string): void
  reply(ask: Ask, answer: unknown): void
  refuse(ask: Ask, error: Error): void
}

/** The key of an execution's own timer, told from those of its tasks by naming none. */
export function deadlineKey(executionId: string): string {
  return timerKey(executionId, '', 'deadline')
}

/** The key of a task's timer. */
export function timerKey(executionId: string, taskId: string, timer: string): string {
  return `${executionId}/${taskId}/${timer}`
}
