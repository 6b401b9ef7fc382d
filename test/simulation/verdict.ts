/**
 * @module
 * What must hold when a simulation is over: every execution has come to what its plan says, and nothing is
 * left that somebody would still have to do.
 */
import { isFinal, payloadId, stateOf } from '../../actors/records.ts'
import type { ActionRow } from '../../actors/records.ts'
import { readMaintenance } from '../../runtime/maintenance.ts'
import type { Index, Store } from '../../runtime/store/store.ts'
import { shardOf } from '../../actors/ids.ts'
import type { Outside } from './actions.ts'
import type { ChildrenPlan, TaskPlan, WorkflowPlan } from './blocks.ts'
import type { Clients } from './clients.ts'
import type { History } from './history.ts'
import { isOver } from './history.ts'
import type { Webhook } from './webhook.ts'
import type { Workload } from './workload.ts'

export interface Evidence {
  readonly store: Store
  readonly history: History
  readonly outside: Outside
  readonly clients: Clients
  readonly workload: Workload
  readonly webhook: Webhook
  /** Nothing happened to any server, and no shard went from one to another. */
  readonly isCalm: boolean
  /** Servers came and went, but in order. */
  readonly isOrderly: boolean
}

const NOT_SAFE = 'cannot be re-run safely'
const MANY = 100_000

/** Everything that is wrong, in sentences. */
export async function verdict(evidence: Evidence): Promise<string[]> {
  const judge = new Judge(evidence)
  await judge.jobs()
  await judge.crons()
  judge.deeds()
  return [...evidence.history.problems, ...evidence.clients.problems, ...judge.problems]
}

/** What is still to be done in the store: a simulation that is not over. */
export async function restless(evidence: Evidence): Promise<string[]> {
  const { store, history, clients } = evidence
  const found: string[] = []
  /** Tasks go on, or wait, in an execution that somebody has ended; and so do sub-workflows below it. */
  const isLeft = (timer: string) => {
    const [executionId, taskId] = timer.split('/') as [string, string]
    const task = history.tasks.get(taskId)
    if (!task || isFinal(stateOf(task))) return false
    const root = history.executions.get(executionId)?.context.rootId ?? executionId
    return clients.fates.has(root)
  }
  for (let shard = 0; shard < store.shards; shard++) {
    const [timers, letters, running, notices, removed, queue] = await Promise.all([
      store.due(shard, Infinity, MANY),
      store.letters(shard, null, MANY),
      store.scan(shard, 'actions.running', '', { after: null, limit: MANY }),
      store.scan(shard, 'notices', '', { after: null, limit: MANY }),
      store.scan(shard, 'executions.removed', '', { after: null, limit: MANY }),
      store.read(shard, [{ table: 'payload', id: 'queue' }]),
    ])
    for (const { key } of timers) if (!isLeft(key)) found.push(`timer ${key}`)
    for (const { body } of letters) found.push(`letter ${body.slice(0, 100)}`)
    for (const id of running) found.push(`running action ${id}`)
    for (const id of notices) found.push(`notice ${id}`)
    for (const id of removed) found.push(`rows of the deleted ${id}`)
    if (queue[0]) found.push(`queue ${queue[0].slice(0, 200)}`)
  }
  if (evidence.workload.maintenance) {
    const { record } = await readMaintenance(store)
    if (record.status !== 'RUNNING' || record.resuming) found.push(`maintenance ${record.status}`)
  }
  found.push(...await kept(evidence))
  return found
}

/** What the retention policy lets go, and is still there. */
async function kept({ store, clients, workload: { retention } }: Evidence): Promise<string[]> {
  if (!retention) return []
  const ended: string[] = []
  for (let shard = 0; shard < store.shards; shard++) {
    const page = { after: null, limit: MANY }
    for (const kind of await store.scan(shard, 'ended.kinds', '', page)) {
      if (kind.startsWith('ERROR/')) continue
      for (const entry of await store.scan(shard, 'executions.ended', kind, page)) {
        const id = entry.slice(entry.indexOf('/') + 1)
        // Below what people have ended something may never end.
        if (!clients.fates.has(id)) ended.push(`ended ${id}`)
      }
    }
  }
  return ended.length > retention.maxFinished ? ended : []
}

/** Every notice was told, and first in the order of what they tell. To be called at rest. */
export function noticesToldWrong({ history, webhook }: Evidence): string[] {
  const problems: string[] = []
  for (const [root, notices] of history.notices) {
    const told = webhook.told.get(root) ?? []
    const at = notices.findIndex((id, i) => told[i] !== id)
    if (at >= 0) {
      problems.push(`Notice ${at + 1} of ${root} should be ${notices[at]}, is ${told[at]}`)
    }
  }
  return problems
}

class Judge {
  readonly problems: string[] = []
  readonly #evidence: Evidence
  readonly #known = new Set<string>()

  constructor(evidence: Evidence) {
    this.#evidence = evidence
  }

  async jobs(): Promise<void> {
    const { history, clients, workload } = this.#evidence
    for (const { id, plan, n } of workload.jobs) {
      this.#known.add(id)
      const fate = clients.fates.get(id)
      if (fate?.state === 'DELETED') {
        // A request to start it that was on its way all the time makes it anew.
        if (!history.executions.has(id)) await this.#nothingOf(id)
        continue
      }
      const removed = history.removed.get(id)
      if (removed) {
        if (workload.retention === null) this.problems.push(`Nobody removed ${id}`)
        if (removed !== plan.state && removed !== fate?.state) {
          this.problems.push(`${plan.name} ${id} was ${removed} when it was let go`)
        }
        if (!history.executions.has(id)) await this.#nothingOf(id)
        continue
      }
      const state = history.stateOf(id)
      if (fate && state === fate.state) {
        if (!fate.isFromBelow) this.#below(id)
        continue
      }
      if (fate?.isFromBelow && isOver(state)) continue
      if (fate?.acknowledged && state !== plan.state) {
        this.problems.push(`${plan.name} ${id} was told to be ${fate.state} and is ${state}`)
      }
      await this.#execution(id, plan, n)
    }
    for (const id of clients.deleted) await this.#nothingOf(id)
    for (const [id, { context }] of history.executions) {
      if (context.parentTaskId === null && context.triggerId === null && !this.#known.has(id)) {
        this.problems.push(`Nobody asked for ${context.workflowName} ${id}`)
      }
    }
  }

  /** An execution that was ended from outside: what it began must be over, or never be heard of. */
  #below(id: string): void {
    const { history } = this.#evidence
    for (const [child, row] of history.executions) {
      if (
        row.context.rootId === id && !isOver(stateOf(row)) && history.stateOf(id) === 'CANCELLED'
      ) {
        this.problems.push(`${row.context.workflowName} ${child} goes on below what was cancelled`)
      }
    }
  }

  /** No rows of a deleted execution are left. */
  async #nothingOf(id: string): Promise<void> {
    const { history, store } = this.#evidence
    const shard = shardOf(id, store.shards)
    for (const [task, { context }] of history.tasks) {
      if (context.executionId === id) {
        this.problems.push(`Task ${context.name} ${task} outlived ${id}`)
      }
    }
    for (const [action, row] of history.actions) {
      if (row.executionId === id) {
        this.problems.push(`Action ${action} of ${row.taskName} outlived ${id}`)
      }
    }
    for (const [child, { context }] of history.executions) {
      if (context.rootId === id) this.problems.push(`Sub-workflow ${child} outlived ${id}`)
    }
    for (const index of ['tasks.execution'] as Index[]) {
      const left = await store.scan(shard, index, id, { after: null, limit: MANY })
      if (left.length > 0) this.problems.push(`${index} of the deleted ${id}: ${left.join(', ')}`)
    }
  }

  async crons(): Promise<void> {
    const { history, workload } = this.#evidence
    const fired = [...history.executions].filter(([, { context }]) => context.triggerId !== null)
    const [cron] = workload.crons
    if (!cron) return
    if (fired.length !== cron.count) {
      this.problems.push(`A cron trigger for ${cron.count} times fired ${fired.length} times`)
    }
    for (const [id] of fired) await this.#execution(id, cron.plan, cron.n)
  }

  /** What each action did outside. */
  deeds(): void {
    const { history, isCalm, outside } = this.#evidence
    for (const [id, { key, starts, isSafe }] of outside.deeds) {
      if (starts > 1 && !isSafe) this.problems.push(`${key} (${id}) was started ${starts} times`)
      if (starts > 1 && isCalm && history.takeovers === 0) {
        this.problems.push(`${key} (${id}) was started ${starts} times for no reason`)
      }
    }
  }

  async #execution(id: string, plan: WorkflowPlan, n: number): Promise<void> {
    const { history, store } = this.#evidence
    const row = history.executions.get(id)
    if (!row) return void this.problems.push(`${plan.name} ${id} is lost`)
    const place = `${plan.name} ${id}`
    if (stateOf(row) !== plan.state) {
      this.problems.push(`${place} is ${stateOf(row)}, not ${plan.state}: ${row.context.stateInfo}`)
    }
    const lost = new Set<string>()
    const tasks = new Map<string, string[]>()
    for (const [taskId, { context }] of history.tasks) {
      if (context.executionId !== id) continue
      const runs = tasks.get(context.name)
      if (runs) runs.push(taskId)
      else tasks.set(context.name, [taskId])
    }
    for (const name of tasks.keys()) {
      if (!plan.tasks.has(name)) this.problems.push(`${place}: task ${name} should not be there`)
    }
    for (const [name, task] of plan.tasks) {
      await this.#task(place, name, tasks.get(name) ?? [], task, n, lost)
    }
    const shard = shardOf(id, store.shards)
    await this.#environment(id, shard)
    if (plan.state !== 'SUCCESS' || stateOf(row) !== 'SUCCESS') return
    const [text] = await store.read(shard, [{ table: 'payload', id: payloadId(id, 'output') }])
    const output = JSON.parse(text ?? '{}')
    for (const [key, expected] of plan.output) {
      const [should, is] = [expected(n, lost), output[key]].map((value) => JSON.stringify(value))
      if (should !== is) this.problems.push(`${place}: ${key} is ${is}, not ${should}`)
    }
  }

  /** It has what people were told that it has. */
  async #environment(id: string, shard: number): Promise<void> {
    const given = this.#evidence.clients.environments.get(id)
    if (!given) return
    const key = { table: 'payload' as const, id: payloadId(id, 'params') }
    const [text] = await this.#evidence.store.read(shard, [key])
    const { env } = JSON.parse(text ?? '{}')
    for (const [name, value] of Object.entries(given)) {
      if (env?.[name] !== value) this.problems.push(`${id}: ${name} is ${env?.[name]} in its env`)
    }
  }

  async #task(
    place: string,
    name: string,
    ids: readonly string[],
    plan: TaskPlan,
    n: number,
    lost: Set<string>,
  ): Promise<void> {
    const { history, isCalm, isOrderly } = this.#evidence
    if (!isWithin(ids.length, plan.count)) {
      this.problems.push(`${place}: task ${name} ran ${ids.length} times, not ${plan.count}`)
    }
    const mine = new Set(ids)
    const actions = [...history.actions.values()].filter(({ taskId }) => mine.has(taskId ?? ''))
    let expected: string | null = plan.state
    if (plan.isRisky && await this.#isLost(actions)) {
      lost.add(name)
      expected = 'ERROR'
      if (isCalm || isOrderly) {
        this.problems.push(`${place}: ${name} was lost although no server died`)
      }
    }
    for (const id of ids) {
      const state = stateOf(history.tasks.get(id)!)
      if (expected !== null && state !== expected) {
        this.problems.push(`${place}: task ${name} is ${state}, not ${expected}`)
      }
    }
    if (!isWithin(actions.length, plan.actions)) {
      this.problems.push(`${place}: ${name} ran ${actions.length} actions, not ${plan.actions}`)
    }
    if (plan.children) await this.#children(place, name, mine, plan.children, n)
  }

  async #isLost(actions: readonly ActionRow[]): Promise<boolean> {
    const { store } = this.#evidence
    for (const { id } of actions) {
      const key = { table: 'payload' as const, id: payloadId(id, 'output') }
      const [text] = await store.read(shardOf(id, store.shards), [key])
      if (text?.includes(NOT_SAFE)) return true
    }
    return false
  }

  async #children(
    place: string,
    name: string,
    tasks: ReadonlySet<string>,
    { plan, inputs, failed }: ChildrenPlan,
    n: number,
  ): Promise<void> {
    const { history } = this.#evidence
    const children = [...history.executions]
      .filter(([, { context }]) => tasks.has(context.parentTaskId ?? ''))
      .sort(([, a], [, b]) => a.context.index - b.context.index)
    const expected = inputs(n)
    if (children.length !== expected.length) {
      this.problems.push(
        `${place}: ${name} has ${children.length} children, not ${expected.length}`,
      )
      return
    }
    const wrong = failed?.(n) ?? []
    for (const [i, [id, row]] of children.entries()) {
      if (!wrong.includes(i)) await this.#execution(id, plan, expected[i]!)
      else if (stateOf(row) !== 'ERROR') {
        this.problems.push(`${place}: child ${id} of ${name} is ${stateOf(row)}, not ERROR`)
      }
    }
  }
}

/** @param limits A number, or the least and the most. */
function isWithin(count: number, limits: number | readonly [number, number]): boolean {
  const [least, most] = typeof limits === 'number' ? [limits, limits] : limits
  return count >= least && count <= most
}
