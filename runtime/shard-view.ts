/**
 * @module
 * What a shard has in memory: live executions, and writes that are not in the store yet, so that a
 * turn reads what the turns before it wrote although their commits are still on their way.
 */
import type { LiveExecution } from '../actors/execution/live.ts'
import type { ActionRow } from '../actors/records.ts'
import { actionText } from '../actors/rows.ts'
import type { Index, Table } from './store/store.ts'

interface Pending {
  /** Null: deleted. */
  body: string | null
  /** The turn that wrote it last. */
  turn: number
}

interface PendingAction {
  row: ActionRow | null
  turn: number
}

/** Counts turns; a write is forgotten here once its turn is in the store. */
export class ShardView {
  readonly live = new Map<string, LiveExecution>()
  /** Executions that were deleted, or are known not to exist. */
  readonly gone = new Set<string>()
  /** Of those that were deleted, the ones of which something is left. */
  readonly removing = new Set<string>()
  /** Actions that go on in the executor of an earlier owner, and which one that is. */
  readonly elsewhere = new Map<string, string>()
  /** Owners of `executions.ended` that are known to be listed. */
  readonly endedKinds = new Set<string>()
  /** The turn that writes now. */
  turn = 1
  readonly #rows = new Map<string, Pending>()
  readonly #actions = new Map<string, PendingAction>()
  /** Actions that run here: their results find the row in memory. */
  readonly #running = new Map<string, ActionRow>()
  readonly #entering = new Map<string, { id: string; turn: number }[]>()
  #changed = new Map<string, { table: Table; id: string }>()

  pending(table: Table, id: string): string | null | undefined {
    return this.#rows.get(`${table}/${id}`)?.body
  }

  pendingAction(id: string): ActionRow | null | undefined {
    const pending = this.#actions.get(id)
    return pending ? pending.row : this.#running.get(id)
  }

  put(table: Table, id: string, body: string | null): void {
    const key = `${table}/${id}`
    this.#rows.set(key, { body, turn: this.turn })
    this.#changed.set(key, { table, id })
  }

  /** @param row The row, or the id of one that is deleted. */
  putAction(row: ActionRow | string): void {
    const id = typeof row === 'string' ? row : row.id
    this.#actions.set(id, { row: typeof row === 'string' ? null : row, turn: this.turn })
    this.#changed.set(`action/${id}`, { table: 'action', id })
    if (!this.#running.has(id)) return
    if (typeof row === 'string') this.#running.delete(id)
    else this.#running.set(id, row)
  }

  actionStarted(row: ActionRow): void {
    this.#running.set(row.id, row)
  }

  /** Whether actions of the shard run, here or elsewhere. */
  get hasRunning(): boolean {
    return this.#running.size > 0 || this.elsewhere.size > 0
  }

  isRunning(id: string): boolean {
    return this.#running.has(id) || this.elsewhere.has(id)
  }

  actionEnded(id: string): void {
    this.#running.delete(id)
  }

  enter(index: Index, owner: string, id: string): void {
    if (owner === '') return
    const key = `${index}/${owner}`
    const ids = this.#entering.get(key)
    if (ids) ids.push({ id, turn: this.turn })
    else this.#entering.set(key, [{ id, turn: this.turn }])
  }

  entering(index: Index, owner: string): string[] {
    return this.#entering.get(`${index}/${owner}`)?.map(({ id }) => id) ?? []
  }

  /** What the current turn wrote, each row once. */
  *takeChanged(): Generator<{ table: Table; id: string; body: string | null }> {
    const changed = this.#changed
    this.#changed = new Map()
    for (const [key, { table, id }] of changed) {
      if (table !== 'action') yield { table, id, body: this.#rows.get(key)!.body }
      else {
        const { row } = this.#actions.get(id)!
        yield { table, id, body: row && actionText(row) }
      }
    }
  }

  /** A turn is in the store. */
  stored(turn: number): void {
    for (const [key, pending] of this.#rows) if (pending.turn <= turn) this.#rows.delete(key)
    for (const [id, pending] of this.#actions) if (pending.turn <= turn) this.#actions.delete(id)
    for (const [key, ids] of this.#entering) {
      const left = ids.filter((entry) => entry.turn > turn)
      if (left.length === 0) this.#entering.delete(key)
      else this.#entering.set(key, left)
    }
  }

  /** Lets executions go that nobody used lately and whose rows are in the store. */
  passivate(idleSince: number, storedTurn: number, keep: number): void {
    if (this.gone.size > 10_000) this.gone.clear()
    for (const [id, execution] of this.live) {
      if (execution.writtenTurn > storedTurn) continue
      if (execution.usedAt < idleSince || execution.isFinal || this.live.size > keep) {
        this.live.delete(id)
      }
    }
  }
}
