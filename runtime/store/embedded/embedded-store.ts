// deno-lint-ignore-file require-await -- the port is asynchronous, reading a mapped file is not
/**
 * @module
 * The store in a directory: LMDB. Every thread of the process reads for itself; one thread, which
 * belongs to the store, writes for all.
 */
import { chmod, mkdir, realpath } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { MessagePort, Worker } from 'node:worker_threads'
import type {
  CatalogueChange,
  Commit,
  Entry,
  EntryKind,
  Index,
  Lease,
  Letter,
  Member,
  Page,
  RowKey,
  Store,
  Timer,
  Wake,
} from '../store.ts'
import { REPLY_TTL_MS } from '../store.ts'
import { DirectoryLock } from './directory-lock.ts'
import { decodeEntry } from './entry.ts'
import {
  assertShort,
  dueKey,
  dueParts,
  dueRange,
  entryKey,
  entryRange,
  indexKey,
  indexRange,
  letterRange,
  memberRange,
  META_KEY,
  MINUTE_MS,
  nameKey,
  replyKey,
  rowKey,
  textKey,
  timerKey,
} from './keys.ts'
import { openTree, type Tree } from './tree.ts'
import type { TreeCommit } from './tree-writer.ts'
import { Wakes } from './wakes.ts'
import { openDoor, portTo, startWriter, stopWriter, WriterLink } from './writer-link.ts'

export interface EmbeddedStoreOptions {
  /** Made if it does not exist, for its owner's eyes only. */
  readonly dataDir: string
  /** How many shards a new store gets; 16 if not given. */
  readonly shards?: number
  /**
   * Whether to take the directory for this process: true in its main thread, which opens first and
   * closes last; false in its other threads.
   */
  readonly lock?: boolean
  /** What the main thread's store handed to this thread; without it, writes are slower, on Deno by much. */
  readonly port?: MessagePort
  /** Milliseconds since the Unix epoch: leases, members and replies run out by it. */
  readonly now?: () => number
}

/** Rises when what is stored is no longer what an older version can read. */
const FORMAT = 1
const COUNTED_AT_ONCE = 2000
/**
 * One process needs no more than keep its threads busy: the fewer there are, the more executions share
 * a turn, a commit and a flush.
 */
const DEFAULT_SHARDS = Math.max(4, availableParallelism() * 2)

interface Alive {
  readonly member: Member
  readonly expiresAt: number
}

/** What the main thread has besides. */
interface Reign {
  readonly writer: Worker
  readonly lock: DirectoryLock
}

export class EmbeddedStore implements Store {
  readonly durability =
    'embedded: an answer waits until what it says is on the disk, so it survives kill and power loss'
  readonly shards: number
  readonly #tree: Tree
  readonly #link: WriterLink
  readonly #reign: Reign | null
  readonly #wakes: Wakes
  readonly #now: () => number
  #closed = false

  private constructor(
    path: string,
    link: WriterLink,
    reign: Reign | null,
    shards: number,
    now: () => number,
  ) {
    this.shards = shards
    this.#tree = openTree(path)
    this.#link = link
    this.#reign = reign
    this.#now = now
    this.#wakes = new Wakes(path, () => link.fail(new WriterDiedError()))
    reign?.writer.once('error', (cause) => link.fail(new WriterDiedError({ cause })))
    reign?.writer.once('exit', () => {
      if (this.#closed) return
      link.fail(new WriterDiedError())
      this.#wakes.announceDeath()
    })
  }

  /**
   * Opens the store, or makes it. Opening it with the lock voids all leases and members, because the
   * lock proves that who held them is dead.
   *
   * @throws {DirectoryInUseError} If another process has the directory open.
   * @throws {RangeError} If the store has another number of shards than was asked for.
   */
  static async open(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
    const { lock = true, now = Date.now } = options
    await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
    const path = await realpath(options.dataDir)
    return lock
      ? await EmbeddedStore.#openMain(path, options.shards, now)
      : await EmbeddedStore.#openThread(path, options, now)
  }

  static async #openMain(
    path: string,
    asked: number | undefined,
    now: () => number,
  ): Promise<EmbeddedStore> {
    const lock = await DirectoryLock.stand(path)
    const writer = await startWriter(path)
    const link = new WriterLink(portTo(writer))
    try {
      await lock.claim(link)
      await Promise.all(['data.mdb', 'lock.mdb'].map((file) => chmod(join(path, file), 0o600)))
      await link.call('inherit')
      const shards = await shardCount(link, path, asked)
      openDoor(writer)
      return new EmbeddedStore(path, link, { writer, lock }, shards, now)
    } catch (error) {
      await lock.release(link)
      link.close()
      await stopWriter(writer)
      throw error
    }
  }

  static async #openThread(
    path: string,
    { port, shards: asked }: EmbeddedStoreOptions,
    now: () => number,
  ): Promise<EmbeddedStore> {
    const link = port ? new WriterLink(port) : await WriterLink.find(path)
    try {
      return new EmbeddedStore(path, link, null, await shardCount(link, path, asked), now)
    } catch (error) {
      link.close()
      throw error
    }
  }

  /**
   * A port for a thread that is about to be started, which opens the store with it.
   *
   * @throws {Error} If this store was not opened by the main thread.
   */
  openPort(): MessagePort {
    if (!this.#reign) throw new Error('Only the store that has the lock can hand out ports')
    return portTo(this.#reign.writer)
  }

  async commit(commit: Commit): Promise<void> {
    this.#assertShard(commit.lease.shard)
    await this.#link.call('commit', treeCommit(commit), this.#now())
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

  async count(shard: number, index: Index, owner: string): Promise<number> {
    const range = indexRange(shard, index, owner)
    // In slices, so that nothing else in this thread has to wait for all of it.
    for (let counted = 0, { start } = range;; counted += COUNTED_AT_ONCE) {
      this.#look(shard)
      const rest = { start, end: range.end }
      const [next] = this.#tree.getKeys({ ...rest, offset: COUNTED_AT_ONCE, limit: 1 })
      if (next === undefined) return counted + this.#tree.getKeysCount(rest)
      start = next
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async post(shard: number, bodies: readonly string[]): Promise<void> {
    this.#assertShard(shard)
    await this.#link.call('post', shard, bodies)
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

  async timers(shard: number, keys: readonly string[]): Promise<(number | null)[]> {
    this.#look(shard)
    return keys.map((key) => {
      const dueAt = this.#tree.get(timerKey(shard, key))
      return dueAt === undefined ? null : Number(dueAt)
    })
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
    return await this.#link.call('acquire', shard, owner, ttlMs, this.#now())
  }

  async renew(leases: readonly Lease[], owner: string, ttlMs: number): Promise<number[]> {
    return await this.#link.call('renew', leases, owner, ttlMs, this.#now())
  }

  async release(lease: Lease, owner: string): Promise<void> {
    await this.#link.call('release', lease, owner, this.#now())
  }

  async heartbeat(member: Member, ttlMs: number): Promise<void> {
    assertShort(member.id)
    const alive: Alive = { member, expiresAt: this.#now() + ttlMs }
    await this.#link.call('heartbeat', member.id, JSON.stringify(alive))
  }

  async leave(memberId: string): Promise<void> {
    await this.#link.call('leave', memberId)
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
    for (const change of changes) {
      assertShort(change.id)
      if (change.op !== 'delete') assertShort(change.key)
    }
    await this.#link.call('change', changes)
  }

  async byId(kind: EntryKind, id: string): Promise<Entry | null> {
    this.#tree.resetReadTxn()
    return this.#entry(kind, id)
  }

  async byKey(kind: EntryKind, key: string): Promise<Entry | null> {
    this.#tree.resetReadTxn()
    const id = this.#tree.get(nameKey(kind, key))
    return id === undefined ? null : this.#entry(kind, id)
  }

  async list(kind: EntryKind): Promise<Entry[]> {
    this.#tree.resetReadTxn()
    const range = entryRange(kind)
    const entries: Entry[] = []
    for (const { key, value } of this.#tree.getRange(range)) {
      entries.push(decodeEntry(kind, key.slice(range.start.length), value))
    }
    return entries
  }

  async keepText(hash: string, text: string): Promise<void> {
    assertShort(hash)
    await this.#link.call('keepText', hash, text)
  }

  async text(hash: string): Promise<string | null> {
    this.#tree.resetReadTxn()
    return this.#tree.get(textKey(hash)) ?? null
  }

  async ping(): Promise<void> {
    // Nothing to release: it only has the writer answer.
    await this.#link.call('renew', [], '', 0, 0)
    this.#tree.get(META_KEY)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#reign?.lock.release(this.#link)
    this.#link.close()
    if (this.#reign) {
      await stopWriter(this.#reign.writer)
      this.#wakes.announceDeath()
    }
    this.#wakes.close()
    await this.#tree.close()
  }

  #entry(kind: EntryKind, id: string): Entry | null {
    const text = this.#tree.get(entryKey(kind, id))
    return text === undefined ? null : decodeEntry(kind, id, text)
  }

  /** Prepares to read: what was committed up to now is to be seen. */
  #look(shard: number): void {
    this.#assertShard(shard)
    this.#tree.resetReadTxn()
  }

  #assertShard(shard: number): void {
    if (shard >= 0 && shard < this.shards) return
    throw new RangeError(`There is no shard ${shard}: the store has ${this.shards}`)
  }
}

/**
 * The thread that writes has ended: the main thread closed the store, or restart the process. What was
 * asked and not answered may have been done.
 */
export class WriterDiedError extends Error {
  override readonly name = 'WriterDiedError'

  constructor(options?: ErrorOptions) {
    super('The thread that writes the store has ended', options)
  }
}

/** Lays out what the writer then only has to put down, one value at a time. */
function treeCommit(commit: Commit): TreeCommit {
  const { lease, turn, timers, cleared, cursor } = commit
  const { shard } = lease
  const removes: string[] = []
  const puts: string[] = []
  const replies: string[] = []
  for (const key of commit.deletes) removes.push(rowKey(shard, short(key)))
  for (const row of commit.puts) puts.push(rowKey(shard, short(row)), row.body)
  for (const { index, owner, id } of commit.leave) removes.push(indexKey(shard, index, owner, id))
  for (const { index, owner, id } of commit.enter) {
    assertShort(owner + id)
    puts.push(indexKey(shard, index, owner, id), '')
  }
  for (const { key } of timers) assertShort(key)
  for (const { askId, body } of commit.replies) {
    assertShort(askId)
    replies.push(askId, body)
  }
  return { lease, turn, removes, puts, timers, cleared, cursor, replies }
}

function short<T extends RowKey>(key: T): T {
  assertShort(key.id)
  return key
}

async function shardCount(link: WriterLink, path: string, asked?: number): Promise<number> {
  const wanted = { format: FORMAT, shards: asked ?? DEFAULT_SHARDS }
  const { format, shards } = await link.call('describe', wanted)
  if (format !== FORMAT) {
    throw new RangeError(`The store in ${path} has format ${format}; this version reads ${FORMAT}`)
  }
  if (asked !== undefined && asked !== shards) {
    throw new RangeError(
      `The store in ${path} has ${shards} shards, not ${asked}: the number is fixed when it is made`,
    )
  }
  return shards
}
