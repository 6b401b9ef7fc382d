// deno-lint-ignore-file require-await -- the port is asynchronous, reading a mapped file is not
/**
 * @module
 * The store in a directory: LMDB, opened by the threads of one process, each with a handle of its own.
 */
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
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
} from '../store.ts'
import { DirectoryLock } from './directory-lock.ts'
import { EmbeddedCatalogue } from './embedded-catalogue.ts'
import {
  assertShort,
  digits,
  dueKey,
  dueParts,
  dueRange,
  fenceKey,
  indexKey,
  indexRange,
  leaseKey,
  leaseRange,
  letterKey,
  letterRange,
  mailboxKey,
  memberKey,
  memberRange,
  META_KEY,
  type Range,
  repliesBefore,
  replyKey,
  rowKey,
  timerKey,
} from './keys.ts'
import { type Handle, openTree, type Tree } from './tree.ts'
import { Wakes } from './wakes.ts'
import type { WriteQueue } from './write-queue.ts'

export interface EmbeddedStoreOptions {
  /** Made if it does not exist, for its owner's eyes only. */
  readonly dataDir: string
  /** How many shards a new store gets; 16 if not given. */
  readonly shards?: number
  /**
   * Whether to take the directory for this process: true in its main thread, which opens first; false
   * in its other threads.
   */
  readonly lock?: boolean
  /** Milliseconds since the Unix epoch: leases, members and replies run out by it. */
  readonly now?: () => number
}

/** What is stored in another way than this version knows. */
const FORMAT = 1
const DEFAULT_SHARDS = 16
const MINUTE_MS = 60_000

interface Held {
  readonly owner: string
  readonly expiresAt: number
}

interface Alive {
  readonly member: Member
  readonly expiresAt: number
}

export class EmbeddedStore implements Store {
  readonly durability =
    'embedded: every answer waits until what it says is flushed to the disk; survives kill and power loss'
  readonly shards: number
  readonly #handle: Handle
  readonly #tree: Tree
  readonly #writes: WriteQueue
  readonly #lock: DirectoryLock | null
  readonly #wakes: Wakes
  readonly #catalogue: EmbeddedCatalogue
  readonly #now: () => number
  #sweptMinute = 0
  #closed = false

  private constructor(
    handle: Handle,
    lock: DirectoryLock | null,
    shards: number,
    now: () => number,
  ) {
    this.shards = shards
    this.#handle = handle
    this.#tree = handle.tree
    this.#writes = handle.writes
    this.#lock = lock
    this.#wakes = new Wakes(handle.path)
    this.#catalogue = new EmbeddedCatalogue(handle.tree, handle.writes)
    this.#now = now
  }

  /**
   * Opens the store, or makes it. Opening it with the lock voids all leases and members, because the
   * lock proves that who held them is dead.
   *
   * @throws {DirectoryInUseError} If another process has the directory open.
   * @throws {RangeError} If the store has another number of shards than was asked for.
   */
  static async open(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
    const { dataDir, lock = true, now = Date.now } = options
    const handle = await openTree(dataDir)
    const { tree, writes } = handle
    let held: DirectoryLock | null = null
    try {
      if (lock) {
        held = await DirectoryLock.take(handle)
        await Promise.all(['data.mdb', 'lock.mdb'].map((file) => chmod(join(dataDir, file), 0o600)))
        await writes.add(() => {
          removeRange(tree, leaseRange())
          removeRange(tree, memberRange())
        })
      }
      const shards = await writes.add(() => shardCount(tree, dataDir, options.shards))
      return new EmbeddedStore(handle, held, shards, now)
    } catch (error) {
      await held?.release()
      await handle.close()
      throw error
    }
  }

  async commit(commit: Commit): Promise<void> {
    const { shard } = commit.lease
    this.#assertShard(shard)
    assertWritable(commit)
    await this.#writes.add(() => this.#apply(commit))
    if (commit.replies.length > 0) {
      this.#wakes.announce(shard, commit.replies.map((reply) => reply.askId))
    }
  }

  async read(shard: number, keys: readonly RowKey[]): Promise<(string | null)[]> {
    this.#look(shard)
    return keys.map((key) => this.#tree.get(rowKey(shard, key)) ?? null)
  }

  async scan(shard: number, index: Index, owner: string, page: Page): Promise<string[]> {
    this.#look(shard)
    const range = indexRange(shard, index, owner)
    const after = page.after === null ? null : range.start + page.after
    const options = page.reverse
      // Reversed, a range runs from its exclusive upper end down to `end`.
      ? { start: after ?? range.end, exclusiveStart: true, end: range.start, reverse: true }
      : { start: after ?? range.start, exclusiveStart: after !== null, end: range.end }
    const ids: string[] = []
    for (const key of this.#tree.getKeys({ ...options, limit: page.limit })) {
      ids.push(key.slice(range.start.length))
    }
    return ids
  }

  async post(shard: number, bodies: readonly string[]): Promise<void> {
    this.#assertShard(shard)
    await this.#writes.add(() => {
      const tree = this.#tree
      const last = mailboxKey(shard)
      let seq = Number(tree.get(last) ?? 0)
      for (const body of bodies) tree.put(letterKey(shard, digits(++seq)), body)
      tree.put(last, String(seq))
    }, () => this.#wakes.announce(shard, []))
  }

  async letters(shard: number, after: string | null, limit: number): Promise<Letter[]> {
    this.#look(shard)
    const range = letterRange(shard)
    const letters: Letter[] = []
    const start = after === null ? range.start : range.start + after
    const options = { start, exclusiveStart: after !== null, end: range.end, limit }
    for (const { key, value } of this.#tree.getRange(options)) {
      letters.push({ seq: key.slice(range.start.length), body: value })
    }
    return letters
  }

  async reply(shard: number, askId: string): Promise<string | null> {
    this.#look(shard)
    const now = this.#now()
    const minute = Math.floor(now / MINUTE_MS)
    for (let m = minute; m >= minute - REPLY_TTL_MS / MINUTE_MS; m--) {
      const text = this.#tree.get(replyKey(m, shard, askId))
      if (text === undefined) continue
      const end = text.indexOf(':')
      return Number(text.slice(0, end)) > now ? text.slice(end + 1) : null
    }
    return null
  }

  async watch(shards: readonly number[], wake: Wake): Promise<() => Promise<void>> {
    for (const shard of shards) this.#assertShard(shard)
    const end = this.#wakes.watch(shards, wake)
    return async () => end()
  }

  async due(shard: number, until: number, limit: number): Promise<Timer[]> {
    this.#look(shard)
    const { start } = dueRange(shard)
    const end = dueKey(shard, Math.floor(until) + 1, '')
    const timers: Timer[] = []
    for (const key of this.#tree.getKeys({ start, end, limit })) {
      timers.push(dueParts(key.slice(start.length)))
    }
    return timers
  }

  async nextDue(shard: number): Promise<number | null> {
    this.#look(shard)
    const range = dueRange(shard)
    for (const key of this.#tree.getKeys({ ...range, limit: 1 })) {
      return dueParts(key.slice(range.start.length)).dueAt
    }
    return null
  }

  async acquire(shard: number, owner: string, ttlMs: number): Promise<Lease | null> {
    this.#assertShard(shard)
    return await this.#writes.add(() => {
      const holder = this.#holder(shard)
      if (holder !== null && holder !== owner) return null
      const { epoch } = this.#fence(shard)
      this.#hold(shard, owner, ttlMs)
      this.#tree.put(fenceKey(shard), `${epoch + 1}:0`)
      return { shard, epoch: epoch + 1 }
    })
  }

  async renew(leases: readonly Lease[], owner: string, ttlMs: number): Promise<number[]> {
    return await this.#writes.add(() => {
      const lost: number[] = []
      for (const lease of leases) {
        if (this.#holds(lease, owner)) this.#hold(lease.shard, owner, ttlMs)
        else lost.push(lease.shard)
      }
      return lost
    })
  }

  async release(lease: Lease, owner: string): Promise<void> {
    await this.#writes.add(() => {
      if (this.#holds(lease, owner)) this.#tree.remove(leaseKey(lease.shard))
    })
  }

  async heartbeat(member: Member, ttlMs: number): Promise<void> {
    assertShort(member.id)
    await this.#writes.add(() => {
      const alive: Alive = { member, expiresAt: this.#now() + ttlMs }
      this.#tree.put(memberKey(member.id), JSON.stringify(alive))
    })
  }

  async leave(memberId: string): Promise<void> {
    await this.#writes.add(() => {
      this.#tree.remove(memberKey(memberId))
    })
  }

  async members(): Promise<Member[]> {
    this.#tree.resetReadTxn()
    const now = this.#now()
    const members: Member[] = []
    for (const { value } of this.#tree.getRange(memberRange())) {
      const alive: Alive = JSON.parse(value)
      if (alive.expiresAt > now) members.push(alive.member)
    }
    return members
  }

  async change(changes: readonly CatalogueChange[]): Promise<void> {
    await this.#catalogue.change(changes)
  }

  async byId(kind: EntryKind, id: string): Promise<Entry | null> {
    this.#tree.resetReadTxn()
    return this.#catalogue.byId(kind, id)
  }

  async byKey(kind: EntryKind, key: string): Promise<Entry | null> {
    this.#tree.resetReadTxn()
    return this.#catalogue.byKey(kind, key)
  }

  async list(kind: EntryKind): Promise<Entry[]> {
    this.#tree.resetReadTxn()
    return this.#catalogue.list(kind)
  }

  async keepText(hash: string, text: string): Promise<void> {
    await this.#catalogue.keepText(hash, text)
  }

  async text(hash: string): Promise<string | null> {
    this.#tree.resetReadTxn()
    return this.#catalogue.text(hash)
  }

  async ping(): Promise<void> {
    if (this.#closed) throw new Error('The store is closed')
    this.#tree.get(META_KEY)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#lock?.release()
    this.#wakes.close()
    await this.#handle.close()
  }

  /** Runs within a transaction. What lmdb calls asynchronous is done at once there. */
  #apply(commit: Commit): void {
    const tree = this.#tree
    const { lease, turn } = commit
    const { shard } = lease
    const fence = fenceKey(shard)
    if (tree.get(fence) !== `${lease.epoch}:${turn - 1}`) throw new StaleOwnerError(lease)

    tree.put(fence, `${lease.epoch}:${turn}`)
    for (const key of commit.deletes) tree.remove(rowKey(shard, key))
    for (const row of commit.puts) tree.put(rowKey(shard, row), row.body)
    for (const { index, owner, id } of commit.leave) tree.remove(indexKey(shard, index, owner, id))
    for (const { index, owner, id } of commit.enter) tree.put(indexKey(shard, index, owner, id), '')
    for (const key of commit.cleared) this.#clearTimer(shard, key)
    for (const { key, dueAt } of commit.timers) {
      this.#clearTimer(shard, key)
      tree.put(timerKey(shard, key), String(dueAt))
      tree.put(dueKey(shard, dueAt, key), '')
    }
    if (commit.cursor !== null) {
      const { start } = letterRange(shard)
      removeRange(tree, { start, end: start + commit.cursor }, true)
    }
    if (commit.replies.length > 0) this.#giveReplies(commit)
  }

  #giveReplies({ lease, replies }: Commit): void {
    const expiresAt = this.#now() + REPLY_TTL_MS
    const minute = Math.floor(this.#now() / MINUTE_MS)
    for (const { askId, body } of replies) {
      this.#tree.put(replyKey(minute, lease.shard, askId), `${expiresAt}:${body}`)
    }
    if (minute === this.#sweptMinute) return
    this.#sweptMinute = minute
    removeRange(this.#tree, repliesBefore(minute - REPLY_TTL_MS / MINUTE_MS))
  }

  #clearTimer(shard: number, key: string): void {
    const place = timerKey(shard, key)
    const dueAt = this.#tree.get(place)
    if (dueAt === undefined) return
    this.#tree.remove(place)
    this.#tree.remove(dueKey(shard, Number(dueAt), key))
  }

  #fence(shard: number): { epoch: number; turn: number } {
    const [epoch = 0, turn = 0] = (this.#tree.get(fenceKey(shard)) ?? '0:0').split(':').map(Number)
    return { epoch, turn }
  }

  #holder(shard: number): string | null {
    const text = this.#tree.get(leaseKey(shard))
    if (text === undefined) return null
    const held: Held = JSON.parse(text)
    return held.expiresAt > this.#now() ? held.owner : null
  }

  #hold(shard: number, owner: string, ttlMs: number): void {
    const held: Held = { owner, expiresAt: this.#now() + ttlMs }
    this.#tree.put(leaseKey(shard), JSON.stringify(held))
  }

  #holds({ shard, epoch }: Lease, owner: string): boolean {
    return this.#holder(shard) === owner && this.#fence(shard).epoch === epoch
  }

  /** Prepares to read: what other threads committed up to now is to be seen. */
  #look(shard: number): void {
    this.#assertShard(shard)
    this.#tree.resetReadTxn()
  }

  #assertShard(shard: number): void {
    if (shard >= 0 && shard < this.shards) return
    throw new RangeError(`There is no shard ${shard}: the store has ${this.shards}`)
  }
}

/** Nothing may fail between the first write of a commit and its last. */
function assertWritable(commit: Commit): void {
  for (const { id } of commit.puts) assertShort(id)
  for (const { id } of commit.deletes) assertShort(id)
  for (const { owner, id } of commit.enter) assertShort(owner + id)
  for (const { owner, id } of commit.leave) assertShort(owner + id)
  for (const { key } of commit.timers) assertShort(key)
  for (const key of commit.cleared) assertShort(key)
  for (const { askId } of commit.replies) assertShort(askId)
}

function removeRange(tree: Tree, range: Range, inclusiveEnd = false): void {
  // Read before the first removal: a cursor over what it removes may skip.
  const keys = [...tree.getKeys({ ...range, inclusiveEnd })]
  for (const key of keys) tree.remove(key)
}

function shardCount(tree: Tree, dataDir: string, asked: number | undefined): number {
  const text = tree.get(META_KEY)
  if (text === undefined) {
    const shards = asked ?? DEFAULT_SHARDS
    tree.put(META_KEY, JSON.stringify({ format: FORMAT, shards }))
    return shards
  }
  const { format, shards }: { format: number; shards: number } = JSON.parse(text)
  if (format !== FORMAT) {
    throw new RangeError(
      `The store in ${dataDir} has format ${format}; this version reads ${FORMAT}`,
    )
  }
  if (asked !== undefined && asked !== shards) {
    throw new RangeError(
      `The store in ${dataDir} has ${shards} shards, not ${asked}: the number is fixed when it is made`,
    )
  }
  return shards
}
