/**
 * @module
 * The integrity check of a shard (`reference/engine.md` §19): looks now and then whether something
 * rests that nothing will move. It looks at what changed since it looked last, and once, bit by bit, at
 * what the shard's last owner left: so what is parked costs nothing, however much it is.
 */
import { standingsOf } from '../actors/execution/integrity.ts'
import type { Standing } from '../actors/execution/integrity.ts'
import { delayTimer } from '../actors/execution/live.ts'
import type { LiveExecution, LiveTask } from '../actors/execution/live.ts'
import { MOST_CHILDREN, unsetTimer } from '../actors/execution/repair.ts'
import { isFinal, stateOf } from '../actors/records.ts'
import type { ActionRow, ExecutionRow } from '../actors/records.ts'
import { parseAction } from '../actors/rows.ts'
import { timerKey } from '../actors/turn.ts'
import type { Clock } from './clock.ts'
import { Loader } from './loader.ts'
import type { Log } from './log.ts'
import type { Request } from './removal.ts'
import { ShardView } from './shard-view.ts'
import type { Index, Store } from './store/store.ts'

export interface IntegrityPolicy {
  /** How long something must have rested to be looked at, in milliseconds. */
  readonly delayMs: number
  /** Between two looks, in milliseconds. */
  readonly everyMs: number
}

export interface IntegrityDeps {
  readonly store: Store
  readonly shard: number
  readonly policy: IntegrityPolicy
  readonly clock: Clock
  readonly log: Log
  readonly request: Request
  readonly isRunning: (actionId: string) => boolean
}

/** The first look is soon after the start. */
const FIRST_MS = 10_000
/** Rows that one look reads; what is left over is the next one's. */
const ROWS_A_LOOK = 10_000
/** Executions that are remembered to have changed. */
const MOST_CHANGED = 100_000
/** Executions of the last owner whose rows one look reads. */
const OLD_A_LOOK = 500

/** Looks after the executions of one shard. */
export class IntegrityCheck {
  readonly #deps: IntegrityDeps
  /** Executions that changed and were not looked at since, with the time of the first change. */
  readonly #changed = new Map<string, number>()
  /** Up to where the executions of the last owner were looked at; null when all were. */
  #old: string | null = ''
  #rows = 0
  #cancel = () => {}
  #stopped = false
  #looking: Promise<void> = Promise.resolve()

  constructor(deps: IntegrityDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#arm(Math.min(FIRST_MS, this.#deps.policy.everyMs))
  }

  /** Resolves when a look that is under way has come to its end. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#looking
  }

  /** Something of an execution was written. */
  note(live: LiveExecution): void {
    if (live.isFinal) this.#changed.delete(live.id)
    else if (this.#changed.has(live.id)) return
    else if (this.#changed.size < MOST_CHANGED) {
      this.#changed.set(live.id, this.#deps.clock.now())
    } // More than can be remembered: they are found again in the store.
    else this.#old ??= ''
  }

  #arm(ms: number): void {
    if (this.#stopped) return
    const { clock, log, shard, policy } = this.#deps
    this.#cancel = clock.after(ms, () => {
      this.#looking = this.look()
        .catch((error: unknown) => {
          if (!this.#stopped) log.warn({ shard, error }, 'Integrity was not checked')
        })
        .then(() => this.#arm(policy.everyMs))
    })
  }

  /** Looks at what has rested long enough, and has set going again what rests for ever. */
  async look(): Promise<void> {
    this.#rows = 0
    if (this.#old !== null && this.#changed.size < MOST_CHANGED) await this.#takeOld(this.#old)
    const before = this.#deps.clock.now() - this.#deps.policy.delayMs
    for (const [id, since] of this.#changed) {
      if (this.#stopped || this.#rows >= ROWS_A_LOOK) return
      if (since > before) continue
      this.#changed.delete(id)
      await this.#lookAt(id, before)
      await new Promise<void>((resolve) => this.#deps.clock.soon(resolve))
    }
  }

  /** Takes up some of the executions that were there before this owner. */
  async #takeOld(after: string): Promise<void> {
    const { store, shard } = this.#deps
    const page = { after: after || null, limit: OLD_A_LOOK }
    const ids = await store.scan(shard, 'executions', '', page)
    const bodies = await store.read(shard, ids.map((id) => ({ table: 'execution', id })))
    for (const body of bodies) {
      if (body === null) continue
      const row = JSON.parse(body) as ExecutionRow
      const { id, updatedAt } = row.context
      if (!isFinal(stateOf(row)) && !this.#changed.has(id)) this.#changed.set(id, updatedAt)
    }
    this.#old = ids.length < OLD_A_LOOK ? null : ids.at(-1)!
  }

  /** @param before What changed after this time is not looked at yet. */
  async #lookAt(id: string, before: number): Promise<void> {
    const { shard, log, request } = this.#deps
    const found = await this.#read(id)
    if (!found) return
    const { live, unset, standings } = found
    // What is stored may have been in the middle of a turn: whether it is so, the shard says.
    if (!standings.some(({ fault, since }) => fault !== null && since <= before)) return
    const repaired = await request((ask) => ({
      type: 'execution.repair',
      ask,
      executionId: id,
      unset,
    })) as readonly Standing[]
    if (repaired.length === 0) return
    const faults = repaired.map(({ kind, id, name, state, fault }) => ({
      kind,
      id,
      name,
      state,
      fault,
    }))
    log.error(
      { shard, execution: id, workflow: live.context.workflowName, faults },
      'Something rested that nothing would have moved, and is set going again',
    )
  }

  /** How everything stands in an execution, by what is stored; null if it is over or gone. */
  async #read(
    id: string,
  ): Promise<{ live: LiveExecution; unset: string[]; standings: Standing[] } | null> {
    const { store, shard, isRunning } = this.#deps
    const view = new ShardView()
    await new Loader(store, shard, view).load({ kind: 'execution', id }, new Map())
    const live = view.live.get(id)
    this.#rows += 1 + (live?.tasks.size ?? 0)
    if (!live || live.isFinal) return null
    const open = [...live.open]
    const keys = open.flatMap((task) => {
      const timer = delayTimer(task)
      return timer === null ? [] : [timerKey(id, task.id, timer)]
    })
    const dueAt = await store.timers(shard, keys)
    const timers = new Map(keys.map((key, i) => [key, dueAt[i] ?? null]))
    const actions = new Map<LiveTask, ActionRow[] | null>()
    const children = new Map<LiveTask, ExecutionRow[] | null>()
    for (const task of open) {
      if (task.state !== 'RUNNING' && task.state !== 'PAUSED') continue
      if (task.context.type === 'ACTION') {
        actions.set(task, await this.#rowsOf('action', 'actions.task', task.id, parseAction))
      } else {
        children.set(task, await this.#rowsOf('execution', 'executions.task', task.id, parseRow))
      }
    }
    const standings = standingsOf(live, {
      timer: (key) => timers.get(key) ?? null,
      isRunning,
      actions: (task) => actions.get(task) ?? null,
      children: (task) => children.get(task) ?? null,
      messages: [],
    })
    // Named with when they should be due: the next delay of a task has the same key.
    const unset = open.flatMap((task) => {
      const timer = delayTimer(task)
      if (timer === null || timers.get(timerKey(id, task.id, timer)) !== null) return []
      return [unsetTimer(task, timer)]
    })
    return { live, unset, standings }
  }

  async #rowsOf<T>(
    table: 'action' | 'execution',
    index: Index,
    owner: string,
    parse: (body: string) => T,
  ): Promise<T[] | null> {
    const { store, shard } = this.#deps
    const page = { after: null, limit: MOST_CHILDREN + 1 }
    const ids = await store.scan(shard, index, owner, page)
    this.#rows += ids.length
    if (ids.length > MOST_CHILDREN) return null
    const bodies = await store.read(shard, ids.map((id) => ({ table, id })))
    return bodies.filter((body) => body !== null).map(parse)
  }
}

function parseRow(body: string): ExecutionRow {
  return JSON.parse(body) as ExecutionRow
}
