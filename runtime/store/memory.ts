// deno-lint-ignore-file require-await -- a port is asynchronous, memory is not
/**
 * @module
 * The store in memory: the same promises as the others, none of the durability. For tests and
 * simulation; never a default, because it forgets.
 */
import { MemoryCatalogue } from './memory-catalogue.ts'
import { byText, SortedSet } from './sorted-set.ts'
import {
  type CatalogueChange,
  type Commit,
  type Entry,
  type EntryKind,
  type Index,
  type Lease,
  type Letter,
  type Member,
  type Page,
  REPLY_TTL_MS,
  type RowKey,
  StaleOwnerError,
  type Store,
  type Timer,
  type Wake,
} from './store.ts'

export interface MemoryStoreOptions {
  /** How many shards there are; 16 if not given. */
  readonly shards?: number
  /** The store's clock, in milliseconds since the Unix epoch: leases, members and replies run out by it. */
  readonly now?: () => number
}

interface Expiring<T> {
  readonly value: T
  readonly expiresAt: number
}

/** Everything about one shard. */
class Shard {
  readonly rows = new Map<string, string>()
  readonly indexes = new Map<string, SortedSet<string>>()
  readonly timers = new SortedSet<Timer>((a, b) => a.dueAt - b.dueAt || byText(a.key, b.key))
  readonly timersByKey = new Map<string, Timer>()
  readonly letters = new SortedSet<Letter>((a, b) => Number(a.seq) - Number(b.seq))
  readonly replies = new Map<string, Expiring<string>>()
  readonly watchers = new Set<Wake>()
  lastSeq = 0
  /** 0 until the shard is first acquired; nobody holds that. */
  epoch = 0
  turn = Infinity
  owner: Expiring<string> | null = null
}

export class MemoryStore implements Store {
  readonly durability = 'memory: everything is lost when the process ends'
  readonly shards: number
  readonly #now: () => number
  readonly #shards: readonly Shard[]
  readonly #members = new Map<string, Expiring<Member>>()
  readonly #catalogue = new MemoryCatalogue()
  #closed = false

  constructor({ shards = 16, now = Date.now }: MemoryStoreOptions = {}) {
    this.shards = shards
    this.#now = now
    this.#shards = Array.from({ length: shards }, () => new Shard())
  }

  /** How many rows there are in all, and timers. */
  get rowCount(): number {
    return this.#shards.reduce((sum, { rows, timers }) => sum + rows.size + timers.size, 0)
  }

  async commit(commit: Commit): Promise<void> {
    const { lease, turn, replies } = commit
    const shard = this.#shard(lease.shard)
    if (lease.epoch !== shard.epoch || turn !== shard.turn + 1) throw new StaleOwnerError(lease)

    shard.turn = turn
    for (const key of commit.deletes) shard.rows.delete(rowKey(key))
    for (const row of commit.puts) shard.rows.set(rowKey(row), row.body)
    for (const { index, owner, id } of commit.leave) {
      shard.indexes.get(`${index}\0${owner}`)?.delete(id)
    }
    for (const { index, owner, id } of commit.enter) this.#index(shard, index, owner).add(id)
    for (const key of commit.cleared) clearTimer(shard, key)
    for (const timer of commit.timers) {
      clearTimer(shard, timer.key)
      shard.timersByKey.set(timer.key, timer)
      shard.timers.add(timer)
    }
    if (commit.cursor !== null) shard.letters.deleteFirst(positionAfter(shard, commit.cursor))
    if (replies.length === 0) return
    this.#forgetReplies(shard)
    const expiresAt = this.#now() + REPLY_TTL_MS
    for (const { askId, body } of replies) shard.replies.set(askId, { value: body, expiresAt })
    this.#wake(lease.shard, replies.map((reply) => reply.askId))
  }

  async read(shard: number, keys: readonly RowKey[]): Promise<(string | null)[]> {
    const { rows } = this.#shard(shard)
    return keys.map((key) => rows.get(rowKey(key)) ?? null)
  }

  async scan(shard: number, index: Index, owner: string, page: Page): Promise<string[]> {
    const ids = this.#shard(shard).indexes.get(`${index}\0${owner}`)
    if (!ids) return []
    const { after, limit } = page
    if (page.reverse) {
      const end = after === null ? ids.size : ids.position(after)
      return ids.slice(end - limit, end).reverse()
    }
    const start = after === null ? 0 : ids.position(after) + (ids.has(after) ? 1 : 0)
    return ids.slice(start, start + limit)
  }

  async count(shard: number, index: Index, owner: string): Promise<number> {
    return this.#shard(shard).indexes.get(`${index}\0${owner}`)?.size ?? 0
  }

  async post(shard: number, bodies: readonly string[]): Promise<void> {
    const state = this.#shard(shard)
    for (const body of bodies) state.letters.add({ seq: String(++state.lastSeq), body })
    this.#wake(shard, [])
  }

  async letters(shard: number, after: string | null, limit: number): Promise<Letter[]> {
    const state = this.#shard(shard)
    const start = after === null ? 0 : positionAfter(state, after)
    return state.letters.slice(start, start + limit)
  }

  async reply(shard: number, askId: string): Promise<string | null> {
    const reply = this.#shard(shard).replies.get(askId)
    return reply && reply.expiresAt > this.#now() ? reply.value : null
  }

  async watch(shards: readonly number[], wake: Wake): Promise<() => Promise<void>> {
    // A wrapper, so that the same function may watch twice and each watch ends by itself.
    const watcher: Wake = (shard, answered) => wake(shard, answered)
    const watched = shards.map((shard) => this.#shard(shard))
    for (const shard of watched) shard.watchers.add(watcher)
    return async () => {
      for (const shard of watched) shard.watchers.delete(watcher)
    }
  }

  async due(shard: number, until: number, limit: number): Promise<Timer[]> {
    const { timers } = this.#shard(shard)
    const due: Timer[] = []
    for (let i = 0; i < timers.size && due.length < limit; i++) {
      const timer = timers.at(i)!
      if (timer.dueAt > until) break
      due.push(timer)
    }
    return due
  }

  async timers(shard: number, keys: readonly string[]): Promise<(number | null)[]> {
    const { timersByKey } = this.#shard(shard)
    return keys.map((key) => timersByKey.get(key)?.dueAt ?? null)
  }

  async nextDue(shard: number): Promise<number | null> {
    return this.#shard(shard).timers.at(0)?.dueAt ?? null
  }

  async acquire(shard: number, owner: string, ttlMs: number): Promise<Lease | null> {
    const state = this.#shard(shard)
    const holder = this.#holder(state)
    if (holder !== null && holder !== owner) return null
    state.owner = { value: owner, expiresAt: this.#now() + ttlMs }
    state.epoch++
    state.turn = 0
    return { shard, epoch: state.epoch }
  }

  async renew(leases: readonly Lease[], owner: string, ttlMs: number): Promise<number[]> {
    const lost: number[] = []
    for (const { shard, epoch } of leases) {
      const state = this.#shard(shard)
      if (this.#holder(state) !== owner || state.epoch !== epoch) lost.push(shard)
      else state.owner = { value: owner, expiresAt: this.#now() + ttlMs }
    }
    return lost
  }

  async release(lease: Lease, owner: string): Promise<void> {
    const state = this.#shard(lease.shard)
    if (this.#holder(state) === owner && state.epoch === lease.epoch) state.owner = null
  }

  async heartbeat(member: Member, ttlMs: number): Promise<void> {
    this.#members.set(member.id, { value: member, expiresAt: this.#now() + ttlMs })
  }

  async leave(memberId: string): Promise<void> {
    this.#members.delete(memberId)
  }

  async members(): Promise<Member[]> {
    const now = this.#now()
    for (const [id, member] of this.#members) {
      if (member.expiresAt <= now) this.#members.delete(id)
    }
    return [...this.#members.values()].map((member) => member.value)
      .sort((a, b) => byText(a.id, b.id))
  }

  async change(changes: readonly CatalogueChange[]): Promise<void> {
    this.#catalogue.change(changes)
  }

  async byId(kind: EntryKind, id: string): Promise<Entry | null> {
    return this.#catalogue.byId(kind, id)
  }

  async byKey(kind: EntryKind, key: string): Promise<Entry | null> {
    return this.#catalogue.byKey(kind, key)
  }

  async list(kind: EntryKind): Promise<Entry[]> {
    return this.#catalogue.list(kind)
  }

  async keepText(hash: string, text: string): Promise<void> {
    this.#catalogue.texts.set(hash, text)
  }

  async text(hash: string): Promise<string | null> {
    return this.#catalogue.texts.get(hash) ?? null
  }

  async ping(): Promise<void> {
    if (this.#closed) throw new Error('The store is closed')
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const shard of this.#shards) shard.watchers.clear()
  }

  #shard(shard: number): Shard {
    const state = this.#shards[shard]
    if (!state) throw new RangeError(`There is no shard ${shard}: the store has ${this.shards}`)
    return state
  }

  #index(shard: Shard, index: Index, owner: string): SortedSet<string> {
    const name = `${index}\0${owner}`
    let ids = shard.indexes.get(name)
    if (!ids) shard.indexes.set(name, ids = new SortedSet(byText))
    return ids
  }

  #holder(shard: Shard): string | null {
    return shard.owner && shard.owner.expiresAt > this.#now() ? shard.owner.value : null
  }

  #wake(shard: number, answered: readonly string[]): void {
    const { watchers } = this.#shard(shard)
    for (const wake of watchers) {
      queueMicrotask(() => {
        if (watchers.has(wake)) wake(shard, answered)
      })
    }
  }

  /** Replies are in the order in which they run out. */
  #forgetReplies(shard: Shard): void {
    const now = this.#now()
    for (const [askId, reply] of shard.replies) {
      if (reply.expiresAt > now) return
      shard.replies.delete(askId)
    }
  }
}

function rowKey({ table, id }: RowKey): string {
  return `${table}\0${id}`
}

function clearTimer(shard: Shard, key: string): void {
  const timer = shard.timersByKey.get(key)
  if (!timer) return
  shard.timersByKey.delete(key)
  shard.timers.delete(timer)
}

/** How many letters there are up to and with this one. */
function positionAfter({ letters }: Shard, seq: string): number {
  const letter = { seq, body: '' }
  return letters.position(letter) + (letters.has(letter) ? 1 : 0)
}
