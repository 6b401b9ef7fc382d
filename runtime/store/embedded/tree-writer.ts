/**
 * @module
 * The writes of the embedded store, as the writer thread carries them out: each within a transaction,
 * where its checks come first, and a refusal has written nothing.
 */
import {
  type CatalogueChange,
  DuplicateKeyError,
  type EntryKind,
  type Lease,
  REPLY_TTL_MS,
  RevisionError,
  StaleOwnerError,
  type Timer,
} from '../store.ts'
import { decodeEntry, encodeEntry } from './entry.ts'
import {
  digits,
  dueKey,
  entryKey,
  fenceKey,
  leaseKey,
  leaseRange,
  letterKey,
  letterRange,
  LOCK_KEY,
  mailboxKey,
  memberKey,
  memberRange,
  META_KEY,
  MINUTE_MS,
  nameKey,
  type Range,
  repliesBefore,
  replyKey,
  textKey,
  timerKey,
} from './keys.ts'
import type { Tree } from './tree.ts'

/** A commit as the writer wants it: with little left to do. */
export interface TreeCommit {
  readonly lease: Lease
  readonly turn: number
  /** Keys. */
  readonly removes: readonly string[]
  /** Keys and values by turns. */
  readonly puts: readonly string[]
  readonly timers: readonly Timer[]
  readonly cleared: readonly string[]
  readonly cursor: string | null
  /** `askId`s and bodies by turns. */
  readonly replies: readonly string[]
}

/** The process that has the directory open. */
export interface Owner {
  readonly nonce: string
  readonly pid: number
  readonly socket: string
}

export interface Meta {
  readonly format: number
  readonly shards: number
}

interface Held {
  readonly owner: string
  readonly expiresAt: number
}

export class TreeWriter {
  readonly #tree: Tree
  #sweptMinute = 0

  constructor(tree: Tree) {
    this.#tree = tree
  }

  commit(commit: TreeCommit, now: number): void {
    const tree = this.#tree
    const { lease, turn, puts, replies } = commit
    const { shard } = lease
    const fence = fenceKey(shard)
    if (tree.get(fence) !== `${lease.epoch}:${turn - 1}`) throw new StaleOwnerError(lease)

    tree.put(fence, `${lease.epoch}:${turn}`)
    for (const key of commit.removes) tree.remove(key)
    for (let i = 0; i < puts.length; i += 2) tree.put(puts[i]!, puts[i + 1]!)
    for (const key of commit.cleared) this.#clearTimer(shard, key)
    for (const { key, dueAt } of commit.timers) {
      this.#clearTimer(shard, key)
      tree.put(timerKey(shard, key), String(dueAt))
      tree.put(dueKey(shard, dueAt, key), '')
    }
    if (commit.cursor !== null) {
      const { start } = letterRange(shard)
      this.#removeRange({ start, end: start + commit.cursor }, true)
    }
    if (replies.length > 0) this.#reply(shard, replies, now)
  }

  post(shard: number, bodies: readonly string[]): void {
    const last = mailboxKey(shard)
    let seq = Number(this.#tree.get(last) ?? 0)
    for (const body of bodies) this.#tree.put(letterKey(shard, digits(++seq)), body)
    this.#tree.put(last, String(seq))
  }

  acquire(shard: number, owner: string, ttlMs: number, now: number): Lease | null {
    const holder = this.#holder(shard, now)
    if (holder !== null && holder !== owner) return null
    const epoch = this.#epoch(shard) + 1
    this.#hold(shard, owner, now + ttlMs)
    this.#tree.put(fenceKey(shard), `${epoch}:0`)
    return { shard, epoch }
  }

  renew(leases: readonly Lease[], owner: string, ttlMs: number, now: number): number[] {
    const lost: number[] = []
    for (const lease of leases) {
      if (this.#holds(lease, owner, now)) this.#hold(lease.shard, owner, now + ttlMs)
      else lost.push(lease.shard)
    }
    return lost
  }

  release(lease: Lease, owner: string, now: number): void {
    if (this.#holds(lease, owner, now)) this.#tree.remove(leaseKey(lease.shard))
  }

  heartbeat(id: string, alive: string): void {
    this.#tree.put(memberKey(id), alive)
  }

  leave(id: string): void {
    this.#tree.remove(memberKey(id))
  }

  change(changes: readonly CatalogueChange[]): void {
    // What the changes so far would write; null is a removal.
    const writes = new Map<string, string | null>()
    for (const change of changes) this.#change(change, writes)
    for (const [key, value] of writes) {
      if (value === null) this.#tree.remove(key)
      else this.#tree.put(key, value)
    }
  }

  keepText(hash: string, text: string): void {
    this.#tree.put(textKey(hash), text)
  }

  /**
   * Makes `owner` the one that has the directory open, if nobody has or `dead` had.
   *
   * @returns Who has it, or null if that is now `owner`.
   */
  claim(owner: Owner, dead: string | null): Owner | null {
    const current = this.#owner()
    if (current && current.nonce !== dead) return current
    this.#tree.put(LOCK_KEY, JSON.stringify(owner))
    return null
  }

  disclaim(nonce: string): void {
    if (this.#owner()?.nonce === nonce) this.#tree.remove(LOCK_KEY)
  }

  /** Voids leases and members: who held them is dead. */
  inherit(): void {
    this.#removeRange(leaseRange())
    this.#removeRange(memberRange())
  }

  /** Writes what the store is, if it is new. @returns What it is. */
  describe(meta: Meta): Meta {
    const text = this.#tree.get(META_KEY)
    if (text !== undefined) return JSON.parse(text)
    this.#tree.put(META_KEY, JSON.stringify(meta))
    return meta
  }

  #owner(): Owner | null {
    const text = this.#tree.get(LOCK_KEY)
    return text === undefined ? null : JSON.parse(text)
  }

  #reply(shard: number, replies: readonly string[], now: number): void {
    const expiresAt = now + REPLY_TTL_MS
    const minute = Math.floor(now / MINUTE_MS)
    for (let i = 0; i < replies.length; i += 2) {
      this.#tree.put(replyKey(minute, shard, replies[i]!), `${expiresAt}:${replies[i + 1]!}`)
    }
    if (minute === this.#sweptMinute) return
    this.#sweptMinute = minute
    this.#removeRange(repliesBefore(minute - REPLY_TTL_MS / MINUTE_MS))
  }

  #clearTimer(shard: number, key: string): void {
    const place = timerKey(shard, key)
    const dueAt = this.#tree.get(place)
    if (dueAt === undefined) return
    this.#tree.remove(place)
    this.#tree.remove(dueKey(shard, Number(dueAt), key))
  }

  #epoch(shard: number): number {
    return Number.parseInt(this.#tree.get(fenceKey(shard)) ?? '0', 10)
  }

  #holder(shard: number, now: number): string | null {
    const text = this.#tree.get(leaseKey(shard))
    if (text === undefined) return null
    const held: Held = JSON.parse(text)
    return held.expiresAt > now ? held.owner : null
  }

  #hold(shard: number, owner: string, expiresAt: number): void {
    const held: Held = { owner, expiresAt }
    this.#tree.put(leaseKey(shard), JSON.stringify(held))
  }

  #holds({ shard, epoch }: Lease, owner: string, now: number): boolean {
    return this.#holder(shard, now) === owner && this.#epoch(shard) === epoch
  }

  #change(change: CatalogueChange, writes: Map<string, string | null>): void {
    const { op, kind, id } = change
    const place = entryKey(kind, id)
    const text = this.#get(place, writes)
    const current = text === null ? null : decodeEntry(kind, id, text)
    if (op === 'insert') {
      const name = nameKey(kind, change.key)
      if (current || this.#get(name, writes) !== null) throw new DuplicateKeyError(kind, change.key)
      writes.set(place, encodeEntry(1, change.key, change.body))
      writes.set(name, id)
      return
    }
    if (!current || current.revision !== change.revision) throw new RevisionError(kind, id)
    if (op === 'delete') {
      writes.set(place, null)
      writes.set(nameKey(kind, current.key), null)
      return
    }
    this.#assertFree(kind, change.key, id, writes)
    writes.set(nameKey(kind, current.key), null)
    writes.set(nameKey(kind, change.key), id)
    writes.set(place, encodeEntry(current.revision + 1, change.key, change.body))
  }

  #assertFree(
    kind: EntryKind,
    key: string,
    id: string,
    writes: ReadonlyMap<string, string | null>,
  ): void {
    const holder = this.#get(nameKey(kind, key), writes)
    if (holder !== null && holder !== id) throw new DuplicateKeyError(kind, key)
  }

  #get(key: string, writes: ReadonlyMap<string, string | null>): string | null {
    const written = writes.get(key)
    return written === undefined ? this.#tree.get(key) ?? null : written
  }

  #removeRange(range: Range, inclusiveEnd = false): void {
    // Read before the first removal: a cursor over what it removes may skip.
    const keys = [...this.#tree.getKeys({ ...range, inclusiveEnd })]
    for (const key of keys) this.#tree.remove(key)
  }
}
