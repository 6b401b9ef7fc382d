/**
 * @module
 * What expressions see (`reference/engine.md` §10.1, `reference/language.md` §17): a stack of layers,
 * of which the first that has a name wins, and the workflow functions.
 */
import { fieldOf, NOTHING } from '../data.ts'
import { DataHost } from '../expressions/data-host.ts'
import type { Scope } from '../expressions/expressions.ts'
import type { ExecutionQuery, TaskQuery } from '../expressions/host.ts'
import type { LazyList } from '../expressions/values/kinds.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import { formatTime } from '../time.ts'
import type { Turn } from '../turn.ts'
import { Context, EMPTY } from './context.ts'
import { Layers, settled } from './layers.ts'
import type { Layer } from './layers.ts'
import { executionsFor, tasksFor, taskView } from './listings.ts'
import type { Asker, Pending } from './listings.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { loadPublished } from '../execution/results.ts'

export type { Pending } from './listings.ts'

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
      return current && taskView(current, this.#pending, this.#turn)
    }
    const task = this.#live.latest(name)
    return task && taskView(task, null, this.#turn)
  }

  override tasks(query: TaskQuery): LazyList {
    this.#showed = true
    return tasksFor(this.#asker(), query)
  }

  override executions(query: ExecutionQuery): LazyList {
    this.#showed = true
    return executionsFor(this.#asker(), query)
  }

  #asker(): Asker {
    return {
      project: this.#live.context.project,
      current: this.#current,
      pending: this.#pending,
      turn: this.#turn,
    }
  }

  override settle(value: Value): Value {
    return this.#showed ? settled(value) : value
  }
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
