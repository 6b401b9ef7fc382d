/**
 * @module
 * One turn of a shard: what its handlers read and what they change, gathered into one commit.
 */
import type { Action } from '../actors/action/action.ts'
import type { ActionRegistry } from '../actors/action/registry.ts'
import { NotLoaded } from '../actors/expressions/host.ts'
import { stringifyJson } from '../actors/expressions/values/json.ts'
import type { Mapping, Value } from '../actors/expressions/values/value.ts'
import { rowOf } from '../actors/execution/start.ts'
import type { LiveExecution, LiveTask } from '../actors/execution/live.ts'
import type { IdGenerator } from '../actors/ids.ts'
import { slotOf } from '../actors/ids.ts'
import type { AdHocSpec, WorkflowSpec } from '../actors/language/spec.ts'
import type { Notice } from '../actors/notifications.ts'
import { endedOf, payloadId } from '../actors/records.ts'
import { taskText } from '../actors/rows.ts'
import type {
  ActionRow,
  Ended,
  ExecutionContext,
  ExecutionRow,
  PayloadField,
} from '../actors/records.ts'
import { deadlineKey, timerKey } from '../actors/turn.ts'
import type {
  ActionStart,
  Ask,
  EngineLimits,
  Listed,
  ListName,
  Message,
  Need,
  PageOf,
  Remains,
  RowTable,
  Turn,
  WorkflowRef,
} from '../actors/turn.ts'
import { knownSpec } from './catalogue/definitions.ts'
import { endedEntry } from './retention.ts'
import type { IndexEntry, Row, RowKey, Timer } from './store/store.ts'
import { executorRow } from './elsewhere.ts'
import type { ShardView } from './shard-view.ts'

/** Chance and identity, handed in so that a turn can be replayed. */
export interface Chance {
  random(): number
  uuid(): string
  newId: IdGenerator
}

/** What a turn came to. */
export interface TurnChanges {
  readonly puts: Row[]
  readonly deletes: RowKey[]
  readonly enter: IndexEntry[]
  readonly leave: IndexEntry[]
  readonly timers: Timer[]
  readonly cleared: string[]
}

/** An answer, made when the turn is over. */
export type Answered =
  | { readonly ask: NonNullable<Ask>; readonly ok: true; readonly answer: unknown }
  | { readonly ask: NonNullable<Ask>; readonly ok: false; readonly error: Error }

/** What a row's payloads may be. */
const PAYLOADS: Readonly<Record<'execution' | 'task' | 'action', readonly PayloadField[]>> = {
  execution: ['input', 'params', 'output', 'globals'],
  task: ['published', 'globals'],
  action: ['input', 'output'],
}

const TASK_TIMERS = [
  'timeout',
  'xstate.after.delay.task.DELAYED.waitBefore',
  'xstate.after.delay.task.DELAYED.waitAfter',
  'xstate.after.delay.task.DELAYED.retry',
  'xstate.after.delay.task.WAITING.retryDelay',
]

/** A turn as handlers see it; the shard reads what they left in it. */
export class ShardTurn implements Turn {
  readonly now: number
  readonly limits: EngineLimits
  readonly queue: Message[] = []
  readonly started: ActionStart[] = []
  readonly stopped: string[] = []
  readonly notices: Notice[] = []
  /** Executions that are gone, and who is to hear of it when nothing is left of them. */
  readonly removed: { readonly id: string; readonly ask: Ask }[] = []
  readonly answered: Answered[] = []
  /** Executions of which something is written. */
  readonly written = new Set<LiveExecution>()
  /** What was loaded for this turn, by need. */
  readonly loaded = new Map<string, unknown>()
  readonly #view: ShardView
  readonly #registry: ActionRegistry
  readonly #chance: Chance
  readonly #executions = new Set<LiveExecution>()
  readonly #tasks = new Set<LiveTask>()
  readonly #timers = new Map<string, number | null>()
  /** Actions of this turn that nothing was started for. */
  readonly #unstarted = new Set<string>()
  /** What this turn entered into some index. */
  readonly #entered = new Set<string>()
  readonly #changes: TurnChanges = {
    puts: [],
    deletes: [],
    enter: [],
    leave: [],
    timers: [],
    cleared: [],
  }

  constructor(
    now: number,
    view: ShardView,
    registry: ActionRegistry,
    chance: Chance,
    limits: EngineLimits,
  ) {
    this.now = now
    this.limits = limits
    this.#view = view
    this.#registry = registry
    this.#chance = chance
  }

  random(): number {
    return this.#chance.random()
  }

  uuid(): string {
    return this.#chance.uuid()
  }

  newId(near: string): string {
    return this.#chance.newId(slotOf(near))
  }

  execution(id: string): LiveExecution | null {
    const live = this.#view.live.get(id)
    if (live) {
      live.usedAt = this.now
      return live
    }
    if (this.#view.gone.has(id) || this.#view.pending('execution', id) === null) return null
    return this.#get({ kind: 'execution', id })
  }

  tasks(of: readonly ExecutionContext[], page: PageOf): Listed<LiveTask>[] {
    const found = of.map(({ id }): Listed<LiveTask> | undefined => {
      const live = this.#view.live.get(id)
      if (!live) return this.loaded.get(tasksKey(id, page)) as Listed<LiveTask> | undefined
      // All of them are in memory: of a page that began in the store, what is left.
      const tasks = [...live.tasks.values()]
      return {
        found: tasks.filter((task) => page.after === null || task.id > page.after),
        next: null,
      }
    })
    const missing = of.filter((_, i) => found[i] === undefined)
    if (missing.length > 0) throw new NotLoaded({ kind: 'tasks', of: missing, page } satisfies Need)
    return found as Listed<LiveTask>[]
  }

  taskCount(executionId: string): number {
    const live = this.#view.live.get(executionId)
    return live ? live.tasks.size : this.#get({ kind: 'taskCount', executionId })
  }

  rows(table: RowTable, ids: readonly string[]): (string | null)[] {
    const found = ids.map((id) => this.#row(table, id))
    const missing = ids.filter((_, i) => found[i] === undefined)
    if (missing.length > 0) {
      throw new NotLoaded({ kind: 'rows', table, ids: missing } satisfies Need)
    }
    return found as (string | null)[]
  }

  #row(table: RowTable, id: string): string | null | undefined {
    if (table === 'execution') {
      const live = this.#view.live.get(id)
      if (live) return JSON.stringify(rowOf(live))
    }
    const pending = this.#view.pending(table, id)
    return pending !== undefined
      ? pending
      : this.loaded.get(`${table}/${id}`) as string | null | undefined
  }

  actionRows(ids: readonly string[]): (ActionRow | null)[] {
    const found = ids.map((id) => {
      const pending = this.#view.pendingAction(id)
      return pending !== undefined
        ? pending
        : this.loaded.get(`action/${id}`) as ActionRow | null | undefined
    })
    const missing = ids.filter((_, i) => found[i] === undefined)
    if (missing.length > 0) {
      throw new NotLoaded({ kind: 'rows', table: 'action', ids: missing } satisfies Need)
    }
    return found as (ActionRow | null)[]
  }

  list(list: ListName, owner: string): readonly string[] {
    return this.lists(list, [owner])[0]!
  }

  lists(list: ListName, owners: readonly string[]): (readonly string[])[] {
    const stored = owners.map((owner) =>
      this.loaded.get(listKey(list, owner)) as readonly string[] | undefined
    )
    const missing = owners.filter((_, i) => stored[i] === undefined)
    if (missing.length > 0) {
      throw new NotLoaded({ kind: 'lists', list, owners: missing } satisfies Need)
    }
    return owners.map((owner, i) => {
      const entering = this.#view.entering(list, owner)
      return entering.length === 0 ? stored[i]! : [...new Set([...stored[i]!, ...entering])].sort()
    })
  }

  spec(ref: { definition: string; name: string; workbook: string | null }): WorkflowSpec {
    const { definition: hash, name, workbook } = ref
    return knownSpec(hash, name, workbook) ?? this.#get({ kind: 'spec', hash, name, workbook })
  }

  workflow(project: string, namespace: string, name: string): WorkflowRef | null {
    return this.#get({ kind: 'workflow', project, namespace, name })
  }

  adHoc(project: string, namespace: string, name: string): AdHocSpec | null {
    return this.#get({ kind: 'action', project, namespace, name })
  }

  action(name: string): Action | null {
    return this.#registry.get(name)
  }

  environment(project: string, name: string): Mapping | null {
    return this.#get({ kind: 'environment', project, name })
  }

  executions(project: string, page: PageOf): Listed<ExecutionRow> {
    const { found, next } = this.#get<Listed<ExecutionRow>>({ kind: 'executions', project, page })
    const { live, gone } = this.#view
    const rows = found.filter(({ context: { id } }) => !gone.has(id)).map((row) => {
      const known = live.get(row.context.id)
      return known ? rowOf(known) : row
    })
    if (next !== null) return { found: rows, next }
    // Those that are not in the store yet.
    const listed = this.loaded.get(listedKey(project)) as ReadonlySet<string>
    const fresh = [...live.values()].filter(({ id, context }) =>
      context.project === project && !listed.has(id)
    )
    return { found: [...rows, ...fresh.map(rowOf)], next }
  }

  #get<T>(what: Need): T {
    const found = this.loaded.get(keyOf(what))
    if (found === undefined) throw new NotLoaded(what)
    return found as T
  }

  tell(message: Message): void {
    this.queue.push(message)
  }

  admit(execution: LiveExecution): void {
    this.#view.live.set(execution.id, execution)
    this.#view.gone.delete(execution.id)
    const { parentTaskId } = execution.context
    this.#enter('executions', '', execution.id)
    if (parentTaskId !== null) this.#enter('executions.task', parentTaskId, execution.id)
  }

  saveExecution(execution: LiveExecution): void {
    execution.writtenTurn = this.#view.turn
    this.written.add(execution)
    this.#executions.add(execution)
  }

  shareEnvironment(root: LiveExecution): void {
    for (const live of this.#view.live.values()) {
      if (live.context.rootId === root.id) live.env = root.env
    }
  }

  saveTask(execution: LiveExecution, task: LiveTask): void {
    execution.writtenTurn = this.#view.turn
    this.written.add(execution)
    this.#tasks.add(task)
    if (task.isStored) return
    task.isStored = true
    this.#enter('tasks', '', task.id)
    this.#enter('tasks.execution', execution.id, task.id)
  }

  addAction(row: ActionRow): void {
    this.#unstarted.add(row.id)
    this.#enter('actions', '', row.id)
    if (row.taskId !== null) this.#enter('actions.task', row.taskId, row.id)
    this.saveAction(row)
  }

  saveAction(row: ActionRow): void {
    this.#view.putAction(row)
  }

  savePayload(id: string, field: PayloadField, body: string): void {
    this.#view.put('payload', payloadId(id, field), body)
  }

  removeExecution(row: ExecutionRow, ask: Ask): void {
    const { id, parentTaskId } = row.context
    const ended = endedOf(row)
    if (ended) this.forgetEnded(ended)
    this.#forgetExecution(id, parentTaskId, ask)
  }

  #forgetExecution(id: string, parentTaskId: string | null, ask: Ask): void {
    const live = this.#view.live.get(id)
    if (live) {
      this.#executions.delete(live)
      if (live.ended) this.forgetEnded(live.ended)
    }
    this.removed.push({ id, ask })
    const { started } = this
    for (let at = started.length - 1; at >= 0; at--) {
      if (started[at]!.row.executionId === id) started.splice(at, 1)
    }
    this.#view.live.delete(id)
    this.#view.gone.add(id)
    this.#view.removing.add(id)
    this.#remove('execution', id)
    this.#leave('executions', '', id)
    if (parentTaskId !== null) this.#leave('executions.task', parentTaskId, id)
    this.clearTimer(deadlineKey(id))
    this.#enter('executions.removed', '', id)
  }

  isRemoving(executionId: string): boolean {
    return this.#view.removing.has(executionId)
  }

  removeRemains({ kind, id, owner }: Remains): void {
    switch (kind) {
      case 'execution':
        return this.#forgetExecution(id, owner, null)
      case 'action':
        this.stopAction(id)
        return this.removeAction({ id, taskId: owner })
      case 'task':
        this.#remove('task', id)
        this.#leave('tasks', '', id)
        this.#leave('tasks.execution', owner, id)
        for (const timer of TASK_TIMERS) this.clearTimer(timerKey(owner, id, timer))
        return
      case 'end':
        this.#view.removing.delete(id)
        return this.#leave('executions.removed', '', id)
    }
  }

  removeAction({ id, taskId }: Pick<ActionRow, 'id' | 'taskId'>): void {
    this.#remove('action', id)
    this.#view.putAction(id)
    this.#leave('actions', '', id)
    if (taskId !== null) this.#leave('actions.task', taskId, id)
    this.clearRunning(id)
  }

  #remove(table: 'execution' | 'task' | 'action', id: string): void {
    this.#view.put(table, id, null)
    for (const field of PAYLOADS[table]) this.#view.put('payload', payloadId(id, field), null)
  }

  forgetEnded({ kind, id, endedAt }: Ended): void {
    this.#leave('executions.ended', kind, endedEntry(id, endedAt))
  }

  /** Keeps how an execution is found by when it ended. */
  #fileEnded(live: LiveExecution, row: ExecutionRow): void {
    const before = live.ended
    const ended = endedOf(row)
    if (before?.kind === ended?.kind && before?.endedAt === ended?.endedAt) return
    live.ended = ended
    if (before) this.forgetEnded(before)
    if (!ended) return
    this.#enter('executions.ended', ended.kind, endedEntry(ended.id, ended.endedAt))
    if (this.#view.endedKinds.has(ended.kind)) return
    this.#view.endedKinds.add(ended.kind)
    this.#enter('ended.kinds', '', ended.kind)
  }

  setTimer(key: string, delayMs: number): void {
    this.#timers.set(key, this.now + delayMs)
  }

  clearTimer(key: string): void {
    this.#timers.set(key, null)
  }

  startAction(start: ActionStart): void {
    this.started.push(start)
    this.#unstarted.delete(start.row.id)
    this.#comeBack(start.row.id)
    this.#view.actionStarted(start.row)
    const kept = start.alone === null || start.alone.save
    if (kept && !(start.action.async && start.action.pure)) {
      this.#enter('actions.running', '', start.row.id)
    }
  }

  notify(notice: Notice): void {
    this.notices.push(notice)
    this.#view.put('payload', noticeRow(notice.id), stringifyJson(notice as unknown as Value))
    this.#enter('notices', '', notice.id)
  }

  forgetNotice(id: string): void {
    this.#view.put('payload', noticeRow(id), null)
    this.#leave('notices', '', id)
  }

  stopAction(actionId: string): void {
    this.stopped.push(actionId)
    const at = this.started.findIndex(({ row }) => row.id === actionId)
    if (at >= 0) this.started.splice(at, 1)
  }

  isRunning(actionId: string): boolean {
    return this.#view.isRunning(actionId)
  }

  clearRunning(actionId: string): void {
    if (this.#unstarted.has(actionId)) return
    this.#view.actionEnded(actionId)
    this.#comeBack(actionId)
    this.#leave('actions.running', '', actionId)
  }

  /** No other executor has an action any more. */
  #comeBack(actionId: string): void {
    if (!this.#view.elsewhere.delete(actionId)) return
    const { table, id } = executorRow(actionId)
    this.#view.put(table, id, null)
  }

  reply(ask: Ask, answer: unknown): void {
    if (ask) this.answered.push({ ask, ok: true, answer })
  }

  refuse(ask: Ask, error: Error): void {
    if (ask) this.answered.push({ ask, ok: false, error })
  }

  #enter(index: IndexEntry['index'], owner: string, id: string): void {
    this.#changes.enter.push({ index, owner, id })
    this.#entered.add(id)
    this.#view.enter(index, owner, id)
  }

  #leave(index: IndexEntry['index'], owner: string, id: string): void {
    if (this.#entered.has(id)) this.#takeBack(index, owner, id)
    this.#changes.leave.push({ index, owner, id })
  }

  /** A commit takes away before it adds: what came and went in this turn must not be added. */
  #takeBack(index: IndexEntry['index'], owner: string, id: string): void {
    const { enter } = this.#changes
    const at = enter.findLastIndex((entry) =>
      entry.id === id && entry.index === index && entry.owner === owner
    )
    if (at >= 0) enter.splice(at, 1)
  }

  /** Everything that changed, each row once as it is now. */
  changes(): TurnChanges {
    const { puts, deletes, timers, cleared } = this.#changes
    for (const live of this.#executions) {
      const row = rowOf(live)
      this.#fileEnded(live, row)
      puts.push({ table: 'execution', id: live.id, body: JSON.stringify(row) })
    }
    for (const task of this.#tasks) {
      puts.push({ table: 'task', id: task.id, body: taskText(task.snapshot) })
    }
    for (const { table, id, body } of this.#view.takeChanged()) {
      if (body === null) deletes.push({ table, id })
      else puts.push({ table, id, body })
    }
    for (const [key, dueAt] of this.#timers) {
      if (dueAt === null) cleared.push(key)
      else timers.push({ key, dueAt })
    }
    return this.#changes
  }
}

/** The payload row of a notice that is not delivered. */
export function noticeRow(id: string): string {
  return `notice:${id}`
}

/** Under what a page of an execution's tasks is kept. */
export function tasksKey(executionId: string, { after, limit }: PageOf): string {
  return `tasks/${executionId}/${after}/${limit}`
}

/** Under what a list is kept. */
export function listKey(list: ListName, owner: string): string {
  return `list/${list}/${owner}`
}

/** Under what the ids of all executions of a project are kept that a page had. */
export function listedKey(project: string): string {
  return `listed/${project}`
}

/** Under what a loaded need is kept. */
export function keyOf(what: Need): string {
  switch (what.kind) {
    case 'rows':
      return `${what.table}/${what.ids.join(',')}`
    case 'lists':
      return `lists/${what.list}/${what.owners.join(',')}`
    case 'execution':
      return `live/${what.id}`
    case 'tasks':
      return `tasks/${what.of.map(({ id }) => id).join(',')}/${what.page.after}/${what.page.limit}`
    case 'taskCount':
      return `taskCount/${what.executionId}`
    case 'spec':
      return `spec/${what.hash}/${what.workbook ?? ''}/${what.name}`
    case 'workflow':
    case 'action':
      return `${what.kind}/${JSON.stringify([what.project, what.namespace, what.name])}`
    case 'environment':
      return `environment/${JSON.stringify([what.project, what.name])}`
    case 'executions':
      return `executions/${what.page.after}/${what.page.limit}/${what.project}`
  }
}
