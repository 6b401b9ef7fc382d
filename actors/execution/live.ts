/**
 * @module
 * An execution in memory: its snapshot, its tasks and what is derived from them. Everything here is
 * rebuilt from rows; nothing here is stored but by way of rows.
 */
import type { Mapping, Value } from '../expressions/values/value.ts'
import type { TaskSpec, WorkflowSpec } from '../language/spec.ts'
import { isFinal } from '../records.ts'
import type { Ended, ExecutionContext, ExecutionState, TaskContext, TaskState } from '../records.ts'
import type { TaskSnapshot } from '../task/task.machine.ts'
import { listenersOf } from '../notifications.ts'
import type { Listener } from '../notifications.ts'
import { isSettled } from '../join/arrivals.ts'
import type { Context } from '../data-flow/context.ts'
import type { ExecutionSnapshot } from './execution.machine.ts'
import type { Round, Watcher } from '../join/joins.ts'
import type { Items } from '../task/items.ts'

/** A task in memory. */
export class LiveTask {
  readonly spec: TaskSpec
  snapshot: TaskSnapshot
  /** What its completion published; null while not loaded. */
  published: Mapping | null
  /** What it inherits, once made. */
  inbound: Context | null = null
  /** What it hands on, once made. */
  outbound: Context | null = null
  /** Its result, where that is cheap to keep: of one action or sub-workflow. Undefined: not loaded. */
  result: Value | undefined = undefined
  /** The items of an attempt while some have not begun, so that they are worked out once. */
  items: { readonly attempt: number; readonly items: Items } | null = null
  /** Its row was written before. */
  isStored = false

  constructor(spec: TaskSpec, snapshot: TaskSnapshot, published: Mapping | null) {
    this.spec = spec
    this.snapshot = snapshot
    this.published = published
  }

  get id(): string {
    return this.snapshot.context.id
  }

  get name(): string {
    return this.spec.name
  }

  get context(): TaskContext {
    return this.snapshot.context
  }

  get state(): TaskState {
    return stateNameOf(this.snapshot.value)
  }

  get isFinal(): boolean {
    return isFinal(this.state)
  }

  /** It is a join that waits for others to arrive. */
  get awaits(): boolean {
    const { value } = this.snapshot
    return typeof value === 'object' && 'WAITING' in value && value.WAITING === 'arrivals'
  }

  /** What it inherits or hands on has changed. */
  forgetContexts(): void {
    this.inbound = null
    this.outbound = null
  }
}

/** The timer that a task which is delayed waits for; null if it is not. */
export function delayTimer({ snapshot: { value } }: LiveTask): string | null {
  if (typeof value === 'string') return null
  if ('DELAYED' in value) return `xstate.after.delay.task.DELAYED.${value.DELAYED}`
  return 'WAITING' in value && value.WAITING === 'retryDelay'
    ? 'xstate.after.delay.task.WAITING.retryDelay'
    : null
}

function stateNameOf(value: TaskSnapshot['value']): TaskState {
  return (typeof value === 'string' ? value : Object.keys(value)[0]) as TaskState
}

/** What is read once when an execution comes to life. */
export interface ExecutionData {
  readonly spec: WorkflowSpec
  readonly input: Mapping
  readonly params: Mapping
  /** The workflow context: evaluated vars and global publishes. */
  readonly globals: Mapping
  /** The root's environment, which all its sub-workflows share. */
  readonly env: Mapping
  /** JSON of the output, null before the end. */
  readonly output: Mapping | null
}

/** An execution in memory. */
export class LiveExecution {
  snapshot: ExecutionSnapshot
  spec: WorkflowSpec
  input: Mapping
  params: Mapping
  globals: Mapping
  env: Mapping
  output: Mapping | null
  readonly listeners: readonly Listener[]
  /** How it is found by when it ended, as it was written last. */
  ended: Ended | null = null
  /** When it last got a message; ms since the Unix epoch. */
  usedAt = 0
  /** The turn that last wrote rows of it. */
  writtenTurn = 0
  readonly tasks = new Map<string, LiveTask>()
  /** Executions of each task of the definition, oldest first. */
  readonly byName = new Map<string, LiveTask[]>()
  /** Tasks in no final state, or of which it is not worked out yet what follows. */
  readonly open = new Set<LiveTask>()
  /** Of those, joins that wait for others to arrive. */
  readonly awaiting = new Set<LiveTask>()
  /** Tasks that are under way, or of which it is not known yet what they lead to; by their names. */
  readonly unsettled = new Map<string, Set<LiveTask>>()
  /** Tasks in ERROR that no on-error took. */
  readonly failed = new Set<LiveTask>()
  readonly cancelled = new Set<LiveTask>()
  /** Open rounds of joins, by the join's name. */
  readonly rounds = new Map<string, Round>()
  /** Whose completion may change which rounds, by the task's name. */
  readonly watched = new Map<string, Map<string, Watcher>>()

  constructor(snapshot: ExecutionSnapshot, data: ExecutionData) {
    this.snapshot = snapshot
    this.spec = data.spec
    this.input = data.input
    this.params = data.params
    this.listeners = listenersOf(data.params)
    this.globals = data.globals
    this.env = data.env
    this.output = data.output
  }

  get id(): string {
    return this.snapshot.context.id
  }

  get context(): ExecutionContext {
    return this.snapshot.context
  }

  get state(): ExecutionState {
    return this.snapshot.value as ExecutionState
  }

  get isFinal(): boolean {
    const { state } = this
    return state === 'SUCCESS' || state === 'ERROR' || state === 'CANCELLED'
  }

  /** Adds a task, new or read back. */
  add(task: LiveTask): void {
    this.tasks.set(task.id, task)
    const runs = this.byName.get(task.name)
    if (runs) runs.push(task)
    else this.byName.set(task.name, [task])
    this.classify(task)
  }

  /** Files a task by its state; to be called after each change of it. */
  classify(task: LiveTask): void {
    const { state } = task
    if (isFinal(state) && task.context.processed) this.open.delete(task)
    else this.open.add(task)
    this.#fileUnsettled(task)
    if (task.awaits) this.awaiting.add(task)
    else this.awaiting.delete(task)
    if (state === 'ERROR' && !task.context.errorHandled) this.failed.add(task)
    else this.failed.delete(task)
    if (state === 'CANCELLED') this.cancelled.add(task)
    else this.cancelled.delete(task)
  }

  #fileUnsettled(task: LiveTask): void {
    const runs = this.unsettled.get(task.name)
    if (!isSettled(task)) {
      if (runs) runs.add(task)
      else this.unsettled.set(task.name, new Set([task]))
    } else if (runs?.delete(task) && runs.size === 0) this.unsettled.delete(task.name)
  }

  /** Nothing is open but joins that wait. */
  get isStill(): boolean {
    return this.open.size === this.awaiting.size
  }

  /** The latest run of a task of the definition. */
  latest(name: string): LiveTask | null {
    return this.byName.get(name)?.at(-1) ?? null
  }
}
