/**
 * @module
 * What the store saw, commit by commit: checked as it happens, and told to whoever waits for it.
 */
import type { Notice } from '../../actors/notifications.ts'
import { stateOf } from '../../actors/records.ts'
import type { ActionRow, ExecutionRow, ExecutionState, TaskRow } from '../../actors/records.ts'
import type { Maintenance } from '../../runtime/maintenance.ts'
import type { CatalogueChange, Commit, Lease } from '../../runtime/store/store.ts'
import type { Witness } from './store-link.ts'

const FINAL: readonly ExecutionState[] = ['SUCCESS', 'ERROR', 'CANCELLED']

/** How long what comes late in maintenance may run until it is paused; in milliseconds. */
const LATE_MS = 4000
/** When maintenance began, and when it came to PAUSED. */
const NO_MAINTENANCE = { pausingAt: Infinity, pausedAt: Infinity }

export function isOver(state: ExecutionState | undefined): boolean {
  return state !== undefined && FINAL.includes(state)
}

export class History implements Witness {
  readonly problems: string[] = []
  /** Root and sub-workflow executions, as they were last committed. */
  readonly executions = new Map<string, ExecutionRow>()
  readonly tasks = new Map<string, TaskRow>()
  readonly actions = new Map<string, ActionRow>()
  /** Executions that may go on after their end, and how many times. */
  readonly revivals = new Map<string, number>()
  /** Told of every action execution that is written. */
  onAction: (row: ActionRow) => void = () => {}
  /** Notices in the order in which they came into the store, by the root of their tree. */
  readonly notices = new Map<string, string[]>()
  /** States in which root executions had ended when they were removed, the last of each. */
  readonly removed = new Map<string, ExecutionState>()
  commits = 0
  /** Changes of owner, by shard. */
  takeovers = 0
  /** Actions that went on when their shard was given up, and were heard by another owner. */
  heardFromAfar = 0
  readonly #leftRunning = new Set<string>()
  readonly #epochs = new Map<number, number>()
  readonly #turns = new Map<number, number>()
  /** When root and sub-workflow executions came to be RUNNING last. */
  readonly #runningSince = new Map<string, number>()
  #maintenance = NO_MAINTENANCE
  readonly #now: () => number
  readonly #trace: (who: string, what: string) => void
  #waiting: { readonly holds: () => boolean; readonly go: () => void }[] = []

  /** @param now Milliseconds of simulated time. */
  constructor(now: () => number, trace: (who: string, what: string) => void) {
    this.#now = now
    this.#trace = trace
  }

  acquired({ shard, epoch }: Lease, owner: string): void {
    const before = this.#epochs.get(shard) ?? 0
    if (epoch <= before) this.problems.push(`The epoch of shard ${shard} fell to ${epoch}`)
    if (before > 0) this.takeovers++
    this.#epochs.set(shard, epoch)
    this.#turns.set(shard, 0)
    this.#trace('store', `shard ${shard} goes to ${owner.slice(0, 8)} under ${epoch}`)
  }

  /**
   * When maintenance comes to PAUSED, nothing runs of what ran when it began. What a request that had been let
   * in before begins later is paused as soon as it is seen: none of it is left long after. What a task starts
   * when its delay is over is left out: a delay goes on in an execution that is paused.
   */
  changed(changes: readonly CatalogueChange[]): void {
    for (const change of changes) {
      if (change.kind !== 'setting' || !('body' in change)) continue
      const { status } = JSON.parse(change.body) as Maintenance
      this.#trace('store', `maintenance is ${status}`)
      const { pausingAt, pausedAt } = this.#maintenance
      if (status === 'PAUSING') this.#maintenance = { pausingAt: this.#now(), pausedAt: Infinity }
      if (status === 'PAUSED') {
        this.#ranBefore(pausingAt, 'runs when maintenance is PAUSED')
        this.#maintenance = { pausingAt, pausedAt: this.#now() }
      }
      if (status === 'RUNNING') {
        if (this.#now() - pausedAt > LATE_MS) {
          this.#ranBefore(this.#now() - LATE_MS, 'ran on in maintenance')
        }
        this.#maintenance = NO_MAINTENANCE
      }
    }
  }

  #ranBefore(at: number, fault: string): void {
    for (const [id, row] of this.executions) {
      const { workflowName, rootId } = row.context
      if (rootId !== null || stateOf(row) !== 'RUNNING' || this.#runningSince.get(id)! >= at) {
        continue
      }
      this.problems.push(`${workflowName} ${id} ${fault}`)
    }
  }

  committed({ lease: { shard, epoch }, turn, puts, deletes, enter, leave, timers }: Commit): void {
    this.commits++
    const current = this.#epochs.get(shard)
    if (current !== epoch) {
      this.problems.push(`Shard ${shard} was written under ${epoch}, its epoch is ${current}`)
    }
    if (this.#turns.get(shard)! + 1 !== turn) {
      this.problems.push(`Turn ${turn} of shard ${shard} follows ${this.#turns.get(shard)}`)
    }
    this.#turns.set(shard, turn)
    const seen: string[] = []
    for (const { index, id } of enter) {
      if (index === 'actions.running') seen.push(`runs ${id}`)
      if (index === 'notices') this.#notice(puts.find((row) => row.id === `notice:${id}`)!.body)
    }
    for (const { index, id } of leave) if (index === 'actions.running') seen.push(`ran ${id}`)
    for (const { key } of timers) seen.push(`timer ${key.slice(-25)}`)
    for (const { table, id } of deletes) {
      if (table !== 'payload') seen.push(`${table} ${id} is deleted`)
      if (table === 'execution') this.#remove(id)
      if (table === 'task') this.tasks.delete(id)
      if (table === 'action') this.actions.delete(id)
    }
    for (const { table, id, body } of puts) {
      switch (table) {
        case 'execution':
          seen.push(this.#execution(id, JSON.parse(body)))
          break
        case 'task': {
          const row = JSON.parse(body) as TaskRow
          seen.push(`${row.context.name} ${stateOf(row)}`)
          this.tasks.set(id, row)
          break
        }
        case 'payload':
          if (id.startsWith('executor:')) this.#leftRunning.add(id.slice('executor:'.length))
          break
        case 'action': {
          const row = JSON.parse(body) as ActionRow
          if (row.state === 'SUCCESS' && this.#leftRunning.delete(id)) this.heardFromAfar++
          const was = this.actions.get(id)
          if (was && isOver(was.state as ExecutionState) && was.state !== row.state) {
            this.problems.push(
              `Action ${id} of ${row.taskName} went from ${was.state} to ${row.state}`,
            )
          }
          this.actions.set(id, row)
          this.onAction(row)
        }
      }
    }
    this.#trace('store', `shard ${shard} turn ${epoch}.${turn}: ${seen.join(', ')}`)
    this.notice()
  }

  #remove(id: string): void {
    const row = this.executions.get(id)
    if (!row) return
    const state = stateOf(row)
    if (row.context.rootId === null && isOver(state)) this.removed.set(id, state)
    this.executions.delete(id)
  }

  #notice(body: string): void {
    const { id, rootId } = JSON.parse(body) as Notice
    const before = this.notices.get(rootId)
    if (before) before.push(id)
    else this.notices.set(rootId, [id])
  }

  #execution(id: string, row: ExecutionRow): string {
    const state = stateOf(row)
    const was = this.executions.get(id)
    const before = was && stateOf(was)
    if (isOver(before) && before !== state) {
      const left = this.revivals.get(id) ?? 0
      if (left === 0) {
        this.problems.push(
          `Execution ${id} of ${row.context.workflowName} went from ${before} to ${state}`,
        )
      }
      if (!isOver(state)) this.revivals.set(id, left - 1)
    }
    if (state === 'RUNNING' && before !== 'RUNNING') this.#runningSince.set(id, this.#now())
    this.executions.set(id, row)
    return `${row.context.workflowName} ${state}`
  }

  stateOf(id: string): ExecutionState | undefined {
    const row = this.executions.get(id)
    return row && stateOf(row)
  }

  /** The execution that nobody started but people and cron, of the tree that another is in. */
  rootOf(id: string): string {
    return this.executions.get(id)?.context.rootId ?? id
  }

  /** Resolves when something holds; it is looked at after every commit. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((go) => this.#waiting.push({ holds, go }))
  }

  /** Lets those go on whose condition holds now. */
  notice(): void {
    if (this.#waiting.length === 0) return
    const ready = this.#waiting.filter(({ holds }) => holds())
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting))
    for (const { go } of ready) go()
  }
}
