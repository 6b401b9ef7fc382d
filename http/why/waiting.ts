/**
 * @module
 * What a task that has not ended waits for, since when, and what will move it.
 */
import { stateOf } from '../../actors/records.ts'
import type { ActionRow, ExecutionState, TaskContext, TaskRow } from '../../actors/records.ts'
import { totalOf } from '../../actors/task/items.ts'
import type { ExecutionItem, RowReader } from '../rows.ts'
import { roundOf } from './survey.ts'
import type { Survey } from './survey.ts'
import { counted, inShort, listed, span } from './words.ts'

/** What will move a task. */
export type Mover =
  | { readonly by: 'timer'; readonly at: number }
  | { readonly by: 'executor' }
  | {
    readonly by: 'request'
    readonly method: 'PUT'
    readonly path: string
    readonly body?: object
  }
  | { readonly by: 'tasks'; readonly tasks: readonly string[] }
  | { readonly by: 'executions'; readonly ids: readonly string[] }
  | { readonly by: 'engine' }

export type WaitKind =
  | 'retry'
  | 'wait-before'
  | 'wait-after'
  | 'action'
  | 'asynchronous action'
  | 'items'
  | 'sub-workflow'
  | 'join'
  | 'requirement'
  | 'pause-before'
  | 'paused'
  | 'step'

/** What a task waits for. Times are milliseconds since the Unix epoch. */
export interface Wait {
  readonly kind: WaitKind
  /** What its task does, as the rest of a sentence that begins with its name. */
  readonly phrase: string
  readonly since: number
  /** When it goes on by itself; null if that is not known. */
  readonly until: number | null
  readonly mover: Mover
  /** Facts in the phrase, by name. */
  readonly facts: { readonly [name: string]: unknown }
  /** Sub-workflow executions that have not ended, a few. */
  readonly children: readonly ExecutionItem[]
}

const NO_CHILDREN: readonly ExecutionItem[] = []
/** How many of a task's actions or sub-workflows are looked at, newest first. */
const LOOKED_AT = 50
/** How many of them are named. */
const NAMED = 5

export class Waiting {
  readonly #rows: RowReader
  readonly #survey: Survey
  readonly #now: number
  /** Tasks a join waits for may be told of again under their own name. */
  readonly #known = new Map<string, Promise<Wait>>()

  constructor(rows: RowReader, survey: Survey, now: number) {
    this.#rows = rows
    this.#survey = survey
    this.#now = now
  }

  /** What a task that has not ended waits for. */
  of(row: TaskRow): Promise<Wait> {
    const { id } = row.context
    const known = this.#known.get(id) ?? this.#look(row)
    this.#known.set(id, known)
    return known
  }

  async #look(row: TaskRow): Promise<Wait> {
    const { context, value } = row
    switch (stateOf(row)) {
      case 'DELAYED':
        return this.#delayed(context, typeof value === 'string' ? '' : value['DELAYED']!)
      case 'WAITING':
        return typeof value !== 'string' && value['WAITING'] === 'retryDelay'
          ? this.#delayed(context, 'retry')
          : await this.#joins(row)
      case 'IDLE':
        return this.#idle(context)
      default:
        return await this.#runs(row)
    }
  }

  #delayed(task: TaskContext, why: string): Wait {
    const { delayMs, outcome, lastError, retryNo, policies } = task
    const until = task.dueAt ?? task.updatedAt + delayMs
    const left = span(until - this.#now)
    const base = {
      since: until - delayMs,
      until,
      mover: { by: 'timer', at: until } as const,
      children: NO_CHILDREN,
    }
    if (why === 'retry') {
      const attempt = retryNo + 1
      // A join that could not start has no policies yet.
      const attempts = policies && policies.retries + 1
      const error = inShort(lastError)
      return {
        ...base,
        kind: 'retry',
        phrase: `retries in ${left}, attempt ${attempt}${attempts ? ` of ${attempts}` : ''}` +
          (error === null ? '' : `; last error: ${error}`),
        facts: { attempt, attempts, last_error: error },
      }
    }
    if (why === 'waitAfter') {
      const state = outcome?.state ?? 'SUCCESS'
      return {
        ...base,
        kind: 'wait-after',
        phrase: `has come to ${state} and is delayed by wait-after: it goes on in ${left}`,
        facts: { outcome: state },
      }
    }
    return {
      ...base,
      kind: 'wait-before',
      phrase: `is delayed by wait-before: it runs in ${left}`,
      facts: {},
    }
  }

  #idle({ policies, updatedAt }: TaskContext): Wait {
    if (!policies?.pauseBefore) return this.#step(updatedAt, 'was created and is about to start')
    return {
      kind: 'pause-before',
      phrase: `is held by pause-before: ${resumeText(this.#survey.item.id)} runs it`,
      since: updatedAt,
      until: null,
      mover: resume(this.#survey.item.id),
      facts: {},
      children: NO_CHILDREN,
    }
  }

  #step(since: number, phrase: string): Wait {
    return {
      kind: 'step',
      phrase,
      since,
      until: null,
      mover: { by: 'engine' },
      facts: {},
      children: NO_CHILDREN,
    }
  }

  async #joins(row: TaskRow): Promise<Wait> {
    const round = roundOf(this.#survey, row)
    const names = (kind: string) =>
      [...round.entries].flatMap(([name, entry]) => entry.kind === kind ? [name] : [])
    const [awaited, failed] = [names('awaited'), names('failed')]
    const { join, inbound } = this.#survey.spec.tasks.get(row.context.name)!
    const needed = typeof join === 'number' ? join : inbound.length
    if (round.arrived >= needed) return this.#joinHeld(row.context, names('arrived'), needed)
    const details: string[] = []
    for (const name of awaited.slice(0, NAMED)) {
      details.push(`${name} ${await this.#partOf(name, row.context.name)}`)
    }
    if (awaited.length > NAMED) details.push(`and ${awaited.length - NAMED} more`)
    const lost = failed.length === 0 ? '' : `, ${listed(failed)} can no longer arrive`
    return {
      kind: 'join',
      phrase: `waits for ${listed(awaited)}, ${round.arrived} of ${needed} arrived${lost}: ` +
        details.join('; '),
      since: row.context.createdAt,
      until: null,
      mover: { by: 'tasks', tasks: awaited },
      facts: { awaited, arrived: names('arrived'), failed, needed },
      children: NO_CHILDREN,
    }
  }

  /** All have arrived, which a pause keeps it from. */
  #joinHeld({ createdAt }: TaskContext, arrived: readonly string[], needed: number): Wait {
    return {
      kind: 'join',
      phrase: `has all that it waits for, ${arrived.length} of ${needed} arrived, ` +
        'and goes on when the execution is resumed',
      since: createdAt,
      until: null,
      mover: resume(this.#survey.item.id),
      facts: { awaited: [], arrived, failed: [], needed },
      children: NO_CHILDREN,
    }
  }

  /** What a task does that a join waits for; not of a join that waits for that one. */
  async #partOf(name: string, join: string): Promise<string> {
    const row = this.#survey.latest.get(name)
    if (!row) return this.#notRun(name, join)
    const state = stateOf(row)
    if (state === 'WAITING') return `is a join that waits itself`
    if (['SUCCESS', 'ERROR', 'CANCELLED', 'SKIPPED'].includes(state)) {
      return row.context.processed
        ? this.#notRun(name, join, 'again')
        : 'has ended, which is being taken note of'
    }
    return (await this.of(row)).phrase
  }

  /** The nearest tasks before one that has not run which have not ended. */
  #notRun(name: string, join: string, again = ''): string {
    const visited = new Set([name, join])
    const queue = [name]
    const open: string[] = []
    for (const at of queue) {
      for (const before of this.#survey.spec.tasks.get(at)?.inbound ?? []) {
        if (visited.has(before)) continue
        visited.add(before)
        const row = this.#survey.latest.get(before)
        const ended = row && ['SUCCESS', 'ERROR', 'CANCELLED', 'SKIPPED'].includes(stateOf(row))
        if (row && !ended) open.push(before)
        else queue.push(before)
      }
    }
    const text = again === '' ? 'has not run yet' : `has not run ${again} yet`
    return open.length === 0 ? text : `${text} and comes after ${listed(open, 3)}`
  }

  async #runs(row: TaskRow): Promise<Wait> {
    const { context } = row
    const wait = context.type === 'WORKFLOW'
      ? await this.#runsWorkflow(row)
      : await this.#runsAction(row)
    if (context.timeoutAt === null || wait.until !== null) return wait
    const left = span(context.timeoutAt - this.#now)
    return {
      ...wait,
      phrase: `${wait.phrase}; it times out in ${left}`,
      facts: { ...wait.facts, times_out_in_seconds: secondsUntil(context.timeoutAt, this.#now) },
    }
  }

  async #runsAction({ context }: TaskRow): Promise<Wait> {
    const found = await this.#newestActions(context)
    const open = found.filter(({ state }) => state === 'RUNNING' || state === 'PAUSED')
    if (context.items && this.#hasItems(context)) return this.#items(context, open)
    const [action] = open
    if (!action) {
      return this.#step(context.updatedAt, 'is between two steps: what it ran has ended')
    }
    return action.sync ? this.#runsSync(context, action) : this.#runsAsync(action)
  }

  #hasItems({ name }: TaskContext): boolean {
    return this.#survey.spec.tasks.get(name)?.withItems != null
  }

  #runsSync({ retryNo, policies }: TaskContext, action: ActionRow): Wait {
    const attempt = retryNo > 0 ? `, attempt ${retryNo + 1} of ${(policies?.retries ?? 0) + 1}` : ''
    return {
      kind: 'action',
      phrase: `runs action ${action.name} since ${span(this.#now - action.createdAt)}${attempt}`,
      since: action.createdAt,
      until: null,
      mover: { by: 'executor' },
      facts: {
        action_execution_id: action.id,
        action: action.name,
        attempt: retryNo + 1,
        attempts: (policies?.retries ?? 0) + 1,
      },
      children: NO_CHILDREN,
    }
  }

  #runsAsync(action: ActionRow): Wait {
    const path = `/v2/action_executions/${action.id}`
    const facts = { action_execution_id: action.id, action: action.name }
    if (action.state === 'PAUSED') {
      return {
        kind: 'paused',
        phrase: `is paused with its asynchronous action ${action.name}: ` +
          `PUT {"state": "RUNNING"} to ${path} resumes it`,
        since: action.updatedAt,
        until: null,
        mover: { by: 'request', method: 'PUT', path, body: { state: 'RUNNING' } },
        facts,
        children: NO_CHILDREN,
      }
    }
    return {
      kind: 'asynchronous action',
      phrase: `waits since ${span(this.#now - action.createdAt)} for the result of the ` +
        `asynchronous action ${action.name}: PUT ${path}`,
      since: action.createdAt,
      until: null,
      mover: { by: 'request', method: 'PUT', path },
      facts,
      children: NO_CHILDREN,
    }
  }

  #items(context: TaskContext, open: readonly ActionRow[]): Wait {
    const [async] = open.filter(({ sync, state }) => !sync && state === 'RUNNING')
    const path = `/v2/action_executions/${async?.id}`
    const waits = async
      ? `; item ${async.index} waits for PUT ${path}`
      : open[0]
      ? `; item ${open[0].index} runs ${open[0].name}`
      : ''
    return {
      ...this.#itemsProgress(context, waits),
      mover: async ? { by: 'request', method: 'PUT', path } : { by: 'executor' },
      children: NO_CHILDREN,
    }
  }

  #itemsProgress(context: TaskContext, more: string): Omit<Wait, 'mover' | 'children'> {
    const { running, failed, next } = context.items!
    const total = totalOf(context.items!)
    const limit = context.policies?.concurrency || null
    const done = next - running
    const bound = limit === null ? '' : `, limit ${limit}`
    const bad = failed === 0 ? '' : `, ${failed} failed`
    return {
      kind: 'items',
      phrase: `has done ${done} of ${
        counted(total, 'item')
      }, ${running} running${bound}${bad}${more}`,
      since: context.startedAt ?? context.createdAt,
      until: null,
      facts: { items: total, done, running, failed, concurrency: limit },
    }
  }

  async #runsWorkflow(row: TaskRow): Promise<Wait> {
    const { context } = row
    const children = await this.#newestChildren(context)
    const wanted = stateOf(row) === 'PAUSED' ? ['PAUSED', 'RUNNING', 'IDLE'] : OPEN
    const open = children.filter((child) => wanted.includes(stateOf(child.row)))
    const [first] = open.toSorted((a, b) => paused(b) - paused(a))
    const mover = { by: 'executions', ids: open.slice(0, NAMED).map(({ id }) => id) } as const
    if (context.items && this.#hasItems(context)) {
      const item = first
        ? `; item ${first.row.context.index} is sub-workflow execution ${first.id} ` +
          `(${stateOf(first.row)})`
        : ''
      return { ...this.#itemsProgress(context, item), mover, children: open.slice(0, NAMED) }
    }
    if (!first) return this.#step(context.updatedAt, 'is between two steps: what it ran has ended')
    const { createdAt, updatedAt, workflowName } = first.row.context
    const state = stateOf(first.row)
    const name = `sub-workflow execution ${first.id} of ${workflowName}`
    return {
      kind: state === 'PAUSED' ? 'paused' : 'sub-workflow',
      phrase: state === 'PAUSED'
        ? `is paused with its ${name}, since ${span(this.#now - updatedAt)}`
        : `waits for its ${name} (${state} since ${span(this.#now - createdAt)})`,
      since: state === 'PAUSED' ? updatedAt : createdAt,
      until: null,
      mover,
      facts: { execution_id: first.id, workflow_name: workflowName, execution_state: state },
      children: [first],
    }
  }

  /** Of its present attempt. */
  async #newestActions(context: TaskContext): Promise<ActionRow[]> {
    const from = { after: null, reverse: true, batch: LOOKED_AT }
    for await (const ids of this.#rows.actionsOf(context.id, from)) {
      const actions = (await this.#rows.actions(ids)).map(({ row }) => row)
      return actions.filter(({ attempt }) => attempt === context.attempt)
    }
    return []
  }

  async #newestChildren(context: TaskContext): Promise<ExecutionItem[]> {
    const from = { after: null, reverse: true, batch: LOOKED_AT }
    for await (const ids of this.#rows.childrenOf(context.id, from)) {
      const children = await this.#rows.executions(ids)
      return children.filter(({ row }) => row.context.attempt === context.attempt)
    }
    return []
  }
}

const OPEN: readonly ExecutionState[] = ['IDLE', 'RUNNING', 'PAUSED']

function paused({ row }: ExecutionItem): number {
  return stateOf(row) === 'PAUSED' ? 1 : 0
}

export function resume(executionId: string): Mover {
  const path = `/v2/executions/${executionId}`
  return { by: 'request', method: 'PUT', path, body: { state: 'RUNNING' } }
}

export function resumeText(executionId: string): string {
  return `PUT {"state": "RUNNING"} to /v2/executions/${executionId}`
}

/** Whole seconds from now on; 0 for what has passed. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.round((at - now) / 1000))
}
