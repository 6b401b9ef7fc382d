/**
 * @module
 * What expressions see (`reference/engine.md` §10.1, `reference/language.md` §17): a stack of layers,
 * of which the first that has a name wins, and the workflow functions.
 */
import { fieldOf, isObject, NOTHING } from '../data.ts'
import { DataHost } from '../expressions/data-host.ts'
import type { Scope } from '../expressions/expressions.ts'
import type { ExecutionQuery, TaskQuery } from '../expressions/host.ts'
import { parseJson } from '../expressions/values/json.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import { payloadId, stateOf } from '../records.ts'
import type { ExecutionRow, TaskRow, TaskState } from '../records.ts'
import { formatTime } from '../time.ts'
import type { Turn } from '../turn.ts'
import { Context, EMPTY } from './context.ts'
import { Layers, LazyMapping, settled } from './layers.ts'
import type { Layer } from './layers.ts'
import type { LiveExecution, LiveTask } from './live.ts'
import { readJson, resultOf } from './results.ts'

/** A task as it is about to be, while its completion is worked out. */
export interface Pending {
  readonly state: TaskState
  readonly info: string | null
  /** Undefined: look it up. */
  readonly result?: Value | undefined
}

/** What a task inherits. @throws {NotLoaded} */
export function inboundOf(live: LiveExecution, task: LiveTask, turn: Turn): Context {
  if (task.inbound) return task.inbound
  const parents = task.context.triggeredBy
    .filter(({ event }) => event !== 'not triggered')
    .map(({ taskId }) => live.tasks.get(taskId))
    .filter((parent) => parent !== undefined)
  loadPublished(parents, turn)
  return task.inbound = Context.merge(parents.map((parent) => outboundOf(live, parent, turn)))
}

/** What a task hands on: what it inherits with what it published. @throws {NotLoaded} */
export function outboundOf(live: LiveExecution, task: LiveTask, turn: Turn): Context {
  if (task.outbound) return task.outbound
  // A long chain is walked, not recursed into.
  const chain: LiveTask[] = []
  for (let at: LiveTask | undefined = task; at && !at.outbound && chain.length < 100_000;) {
    chain.push(at)
    const { triggeredBy }: LiveTask['context'] = at.context
    at = !at.inbound && triggeredBy.length === 1 && triggeredBy[0]!.event !== 'not triggered'
      ? live.tasks.get(triggeredBy[0]!.taskId)
      : undefined
  }
  loadPublished(chain, turn)
  for (const link of chain.reverse()) {
    link.outbound = inboundOf(live, link, turn).publish(link.published ?? NOTHING)
  }
  return task.outbound!
}

function loadPublished(tasks: readonly LiveTask[], turn: Turn): void {
  const missing = tasks.filter((task) => task.published === null)
  if (missing.length === 0) return
  const bodies = turn.rows('payload', missing.map((task) => payloadId(task.id, 'published')))
  missing.forEach((task, i) => task.published = readJson(bodies[i] ?? null))
}

/** The context that a workflow ends with: what its last tasks hand on. @throws {NotLoaded} */
export function finalContext(live: LiveExecution, turn: Turn): Context {
  if (live.spec.type === 'reverse') {
    const target = live.latest(String(fieldOf(live.params, 'task_name') ?? ''))
    return target && target.isFinal ? outboundOf(live, target, turn) : EMPTY
  }
  const ends = [...live.tasks.values()]
    .filter((task) => task.isFinal && !task.context.nextTasks?.length && task.state !== 'CANCELLED')
    .sort((a, b) =>
      (a.context.finishedAt ?? 0) - (b.context.finishedAt ?? 0) || (a.id < b.id ? -1 : 1)
    )
  loadPublished(ends, turn)
  return Context.merge(ends.map((task) => outboundOf(live, task, turn)))
}

/** The scope of a whole workflow: `vars`, `output`, `output-on-error`. */
export function workflowScope(live: LiveExecution, context: Context, turn: Turn): Scope {
  const layers: Layer[] = [context, envLayer(live), ...workflowLayers(live)]
  return { data: new Layers(layers), host: new OfExecution(turn, live, null, null) }
}

export interface TaskScopeOptions {
  /** Item variables of one item. */
  readonly items?: ReadonlyMap<string, Value>
  /** What it has just published is visible: conditions, and retry's break-on. */
  readonly context?: Context
  readonly pending?: Pending
  /** Layers that go before all others: an action's own input. */
  readonly first?: Layer
}

/** The scope of a task. @throws {NotLoaded} */
export function taskScope(
  live: LiveExecution,
  task: LiveTask,
  turn: Turn,
  options: TaskScopeOptions = {},
): Scope {
  const context = options.context ?? inboundOf(live, task, turn)
  const layers: Layer[] = []
  if (options.first) layers.push(options.first)
  layers.push({ __task_execution: { id: task.id, name: task.name } }, envLayer(live))
  if (options.items) layers.push(options.items)
  layers.push(context, ...workflowLayers(live))
  return {
    data: new Layers(layers),
    host: new OfExecution(turn, live, task, options.pending ?? null),
  }
}

/** The scope of an environment's own values. */
export function envScope(env: Mapping, turn: Turn): Scope {
  return { data: new Layers([{ __env: env }]), host: new DataHost(turn, { __env: env }) }
}

function envLayer(live: LiveExecution): Layer {
  return { __env: live.env }
}

function workflowLayers(live: LiveExecution): Layer[] {
  return [live.globals, { __execution: { id: live.id } }, live.input]
}

/** What an expression of a workflow may ask, in a task or outside of one. */
class OfExecution extends DataHost {
  readonly #turn: Turn
  readonly #live: LiveExecution
  readonly #current: LiveTask | null
  readonly #pending: Pending | null
  /** It showed something whose fields are looked up when they are asked for. */
  #showed = false

  constructor(turn: Turn, live: LiveExecution, current: LiveTask | null, pending: Pending | null) {
    super(turn, NOTHING)
    this.#turn = turn
    this.#live = live
    this.#current = current
    this.#pending = pending
  }

  override env(): Value {
    return this.#live.env
  }

  override execution(): Value {
    return executionView(this.#live)
  }

  override global(name: string): Value {
    if (name === '__execution') return { id: this.#live.id }
    return fieldOf(this.#live.globals, name) ?? null
  }

  override task(name: string | null): Value {
    this.#showed = true
    const current = this.#current
    if (name === null || name === current?.name) {
      return current && liveTaskView(current, this.#pending, this.#turn)
    }
    const task = this.#live.latest(name)
    return task && liveTaskView(task, null, this.#turn)
  }

  override tasks(query: TaskQuery): Value {
    this.#showed = true
    const { workflowExecutionId } = query
    const ids = workflowExecutionId === null
      ? this.#turn.executions(this.#live.context.project).map(idOfRow)
      : [String(workflowExecutionId)]
    const found: Value[] = []
    this.#collectTasks(ids, query, found)
    return found
  }

  override executions(query: ExecutionQuery): Value {
    this.#showed = true
    return queryExecutions(this.#live, query, this.#turn)
  }

  #collectTasks(ids: readonly string[], query: TaskQuery, found: Value[]): void {
    for (const live of this.#turn.seen(ids)) {
      // Another tenant's are as if there were none.
      if (live?.context.project !== this.#live.context.project) continue
      const tasks = [...live.tasks.values()]
      for (const task of tasks) {
        const pending = task.id === this.#current?.id ? this.#pending : null
        if (query.state !== null && (pending?.state ?? task.state) !== query.state) continue
        if (query.flat && !isFlat(task, this.#turn)) continue
        found.push(liveTaskView(task, pending, this.#turn))
      }
      if (!query.recursive || query.workflowExecutionId === null) continue
      for (const task of tasks) {
        if (task.context.type !== 'WORKFLOW') continue
        this.#collectTasks(this.#turn.list('executions.task', task.id), query, found)
      }
    }
  }

  override settle(value: Value): Value {
    return this.#showed ? settled(value) : value
  }
}

function idOfRow(body: string): string {
  return (JSON.parse(body) as ExecutionRow).context.id
}

function executionView(live: LiveExecution): Mapping {
  const { context } = live
  return {
    id: live.id,
    name: context.workflowName,
    spec: live.spec.source,
    input: live.input,
    params: live.params,
    created_at: formatTime(context.createdAt),
    updated_at: formatTime(context.updatedAt),
    root_execution_id: context.rootId,
  }
}

function liveTaskView(
  task: LiveTask,
  pending: Pending | null,
  turn: Turn,
): Mapping {
  return taskView(
    task.spec.source,
    pending?.state ?? task.state,
    pending ? { ...task.context, stateInfo: pending.info } : task.context,
    () => {
      loadPublished([task], turn)
      return task.published ?? NOTHING
    },
    () => pending?.result !== undefined ? pending.result : resultOf(task, turn),
  )
}

/** The task object of `reference/expressions.md` §6; what must be read for it is read when looked at. */
function taskView(
  spec: Mapping,
  state: TaskState,
  context: TaskRow['context'],
  published: () => Value,
  result: () => Value,
): Mapping {
  return new LazyMapping([
    ['id', () => context.id],
    ['name', () => context.name],
    ['spec', () => spec],
    ['state', () => state],
    ['state_info', () => context.stateInfo],
    ['result', result],
    ['published', published],
    ['type', () => context.type],
    ['workflow_execution_id', () => context.executionId],
    ['created_at', () => formatTime(context.createdAt)],
    ['updated_at', () => formatTime(context.updatedAt)],
  ])
}

/** An action task, or one whose every sub-workflow is in another state than itself. */
function isFlat(task: LiveTask, turn: Turn): boolean {
  if (task.context.type === 'ACTION') return true
  return turn.rows('execution', turn.list('executions.task', task.id)).every((body) =>
    body === null || stateOf(JSON.parse(body) as ExecutionRow) !== task.state as string
  )
}

function queryExecutions(live: LiveExecution, query: ExecutionQuery, turn: Turn): Value {
  const wanted = (key: Value, value: Value) => key === null || key === value
  return turn.executions(live.context.project)
    .map((body) => JSON.parse(body) as ExecutionRow)
    .filter((row) => {
      const created = formatTime(row.context.createdAt)
      return wanted(query.id, row.context.id) &&
        wanted(query.rootExecutionId, row.context.rootId) &&
        wanted(query.state, stateOf(row)) &&
        (query.fromTime === null || created >= String(query.fromTime)) &&
        (query.toTime === null || created < String(query.toTime))
    })
    .map((row) => storedExecutionView(row, turn))
}

function storedExecutionView(row: ExecutionRow, turn: Turn): Mapping {
  const { context } = row
  const payload = (field: 'input' | 'params' | 'output') => () => {
    const body = turn.rows('payload', [payloadId(context.id, field)])[0] ?? null
    const value = body === null ? NOTHING : parseJson(body)
    return isObject(value) ? value : NOTHING
  }
  return new LazyMapping([
    ['id', () => context.id],
    ['name', () => context.workflowName],
    ['description', () => context.description],
    ['workflow_id', () => context.workflowId],
    ['workflow_name', () => context.workflowName],
    ['workflow_namespace', () => context.workflowNamespace],
    ['state', () => stateOf(row)],
    ['state_info', () => context.stateInfo],
    ['input', payload('input')],
    ['output', payload('output')],
    ['params', payload('params')],
    ['tags', () => context.tags],
    ['task_execution_id', () => context.parentTaskId],
    ['root_execution_id', () => context.rootId],
    ['project_id', () => context.project],
    ['created_at', () => formatTime(context.createdAt)],
    ['updated_at', () => formatTime(context.updatedAt)],
  ])
}
