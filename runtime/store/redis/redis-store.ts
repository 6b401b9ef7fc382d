/**
 * @module
 * The store in Redis: for several processes, on several machines.
 */
import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { Redis } from 'ioredis'
import { UnavailableError } from '../../../actors/errors.ts'
import {
  type CatalogueChange,
  type Commit,
  DuplicateKeyError,
  type Entry,
  type EntryKind,
  type Index,
  type Lease,
  type Letter,
  type Member,
  type Page,
  REPLY_TTL_MS,
  RevisionError,
  type RowKey,
  StaleOwnerError,
  type Store,
  type Table,
  type Timer,
  type Wake,
} from '../store.ts'
import { connectTo, withoutPassword } from './client.ts'
import { describeDurability } from './durability.ts'
import {
  afterPrefix,
  changeKey,
  type KindKeys,
  kindKeys,
  KINDS,
  memberKeys,
  memberPrefix,
  metaKey,
  type ShardKeys,
  shardKeys,
  TABLES,
  textKey,
} from './keys.ts'
import { type Client, defineScripts, type Scripts } from './scripts.ts'
import { Subscriber } from './subscriber.ts'

export interface RedisStoreOptions {
  /** See `connectTo` for its forms. */
  readonly url: string
  /** Begins every key; `mestral` if not given. Stores with different prefixes share a Redis. */
  readonly prefix?: string
  /** How many shards a new store gets; 64 if not given. */
  readonly shards?: number
  /**
   * How long what is asked waits for a Redis that does not answer; 10,000 if not given. Commits wait
   * for as long as it takes.
   */
  readonly patienceMs?: number
}

/** Rises when what is stored is no longer what an older version can read. */
const FORMAT = 1
const DEFAULT_SHARDS = 64
const CHANGE_MEMORY_MS = 60_000
const PATIENCE_MS = 10_000
const PING_MS = 2000

/** A commit that was sent; `pending` until it has an answer. */
interface Sent {
  readonly epoch: number
  readonly turn: number
  pending: Promise<void> | null
}

/** What the commit script returns. */
const DONE = 1
const REPEATED = -1
const MISSING = -2

export class RedisStore implements Store {
  readonly durability: string
  readonly shards: number
  readonly #client: Client
  readonly #scripts: Scripts
  readonly #prefix: string
  readonly #patienceMs: number
  readonly #keys: readonly ShardKeys[]
  readonly #kinds: ReadonlyMap<EntryKind, KindKeys>
  /** The last commit of each shard. */
  readonly #commits = new Map<number, Sent>()
  #subscriber: Subscriber | null = null
  /** How many connections were lost. */
  #losses = 0
  #downSince: number | null = null
  #corked = false

  private constructor(
    client: Client,
    prefix: string,
    shards: number,
    durability: string,
    patienceMs: number,
  ) {
    this.durability = durability
    this.shards = shards
    this.#client = client
    this.#prefix = prefix
    this.#patienceMs = patienceMs
    this.#scripts = defineScripts(client)
    this.#keys = Array.from({ length: shards }, (_, shard) => shardKeys(prefix, shard))
    this.#kinds = new Map(KINDS.map((kind) => [kind, kindKeys(prefix, kind)]))
    const lost = () => {
      this.#losses++
      this.#downSince ??= Date.now()
    }
    client.on('close', lost)
    // A cluster's client loses nodes one by one.
    client.on('-node', lost)
    client.on('ready', () => {
      this.#downSince = null
    })
    client.on('+node', () => {
      this.#downSince = null
    })
  }

  /**
   * Connects, and makes the store if there is none under the prefix.
   *
   * @throws {UnavailableError} If Redis does not answer.
   * @throws {RangeError} If the store has another number of shards than was asked for.
   */
  static async open(options: RedisStoreOptions): Promise<RedisStore> {
    const { url, prefix = 'mestral', patienceMs = PATIENCE_MS } = options
    const client = connectTo(url)
    let trouble: unknown = null
    client.on('error', (error: unknown) => {
      trouble = error
    })
    try {
      const shards = await within(
        patienceMs,
        shardCount(client, prefix, options.shards),
        () => `Redis at ${withoutPassword(url)} does not answer${trouble ? `: ${trouble}` : ''}`,
      )
      const durability = await describeDurability(client)
      return new RedisStore(client, prefix, shards, durability, patienceMs)
    } catch (error) {
      client.disconnect()
      throw error
    }
  }

  commit(commit: Commit): Promise<void> {
    const { shard } = commit.lease
    if (!this.#keys[shard]) return Promise.reject(this.#noShard(shard))
    const sent: Sent = { epoch: commit.lease.epoch, turn: commit.turn, pending: null }
    const done = this.#commit(commit, this.#commits.get(shard))
    const settle = () => {
      sent.pending = null
    }
    sent.pending = done.then(settle, settle)
    this.#commits.set(shard, sent)
    return done
  }

  async read(shard: number, keys: readonly RowKey[]): Promise<(string | null)[]> {
    const { tables } = this.#ready(shard)
    if (keys.length === 0) return []
    const first = keys[0]!.table
    if (keys.every(({ table }) => table === first)) {
      return await this.#client.hmget(tables[TABLES.indexOf(first)]!, ...keys.map(({ id }) => id))
    }
    const ids = new Map<Table, string[]>()
    const places = keys.map(({ table, id }) => {
      const list = ids.get(table) ?? []
      ids.set(table, list)
      return list.push(id) - 1
    })
    const found = new Map<Table, (string | null)[]>()
    await Promise.all([...ids].map(async ([table, list]) => {
      found.set(table, await this.#client.hmget(tables[TABLES.indexOf(table)]!, ...list))
    }))
    return keys.map(({ table }, i) => found.get(table)![places[i]!]!)
  }

  async scan(shard: number, index: Index, owner: string, page: Page): Promise<string[]> {
    const { indexes } = this.#ready(shard)
    const prefix = memberPrefix(index, owner)
    const { after, limit } = page
    const low = `[${prefix}`
    const high = `(${afterPrefix(prefix)}`
    const from = `(${prefix}${after ?? ''}`
    const members = page.reverse
      ? await this.#client.zrevrangebylex(
        indexes,
        after === null ? high : from,
        low,
        'LIMIT',
        0,
        limit,
      )
      : await this.#client.zrangebylex(
        indexes,
        after === null ? low : from,
        high,
        'LIMIT',
        0,
        limit,
      )
    return members.map((member) => member.slice(prefix.length))
  }

  async count(shard: number, index: Index, owner: string): Promise<number> {
    const { indexes } = this.#ready(shard)
    const prefix = memberPrefix(index, owner)
    return await this.#client.zlexcount(indexes, `[${prefix}`, `(${afterPrefix(prefix)}`)
  }

  async post(shard: number, bodies: readonly string[]): Promise<void> {
    const { mailbox, wakes } = this.#ready(shard)
    await this.#scripts.post([mailbox, wakes, ...bodies])
  }

  async letters(shard: number, after: string | null, limit: number): Promise<Letter[]> {
    const { mailbox } = this.#ready(shard)
    // To Redis, a count of 0 is no limit.
    if (limit <= 0) return []
    const start = after === null ? '-' : `(${after}`
    const entries = await this.#client.xrange(mailbox, start, '+', 'COUNT', limit)
    return entries.map(([seq, fields]) => ({ seq, body: fields[1]! }))
  }

  async reply(shard: number, askId: string): Promise<string | null> {
    return await this.#client.get(this.#ready(shard).replies + askId)
  }

  async watch(shards: readonly number[], wake: Wake): Promise<() => Promise<void>> {
    const channels = shards.map((shard) => [shard, this.#ready(shard).wakes] as const)
    this.#subscriber ??= new Subscriber(this.#client)
    return await this.#subscriber.watch(channels, wake)
  }

  async due(shard: number, until: number, limit: number): Promise<Timer[]> {
    const { timers } = this.#ready(shard)
    return timersOf(
      await this.#client.zrangebyscore(timers, '-inf', until, 'WITHSCORES', 'LIMIT', 0, limit),
    )
  }

  async timers(shard: number, keys: readonly string[]): Promise<(number | null)[]> {
    const { timers } = this.#ready(shard)
    if (keys.length === 0) return []
    const scores = await this.#client.zmscore(timers, ...keys)
    return scores.map((score) => score === null ? null : Number(score))
  }

  async nextDue(shard: number): Promise<number | null> {
    const first = await this.#client.zrange(this.#ready(shard).timers, 0, '0', 'WITHSCORES')
    return timersOf(first)[0]?.dueAt ?? null
  }

  async acquire(shard: number, owner: string, ttlMs: number): Promise<Lease | null> {
    const { fence, lease } = this.#ready(shard)
    const epoch = await this.#scripts.acquire(fence, lease, owner, ttlMs)
    return epoch === 0 ? null : { shard, epoch }
  }

  async renew(leases: readonly Lease[], owner: string, ttlMs: number): Promise<number[]> {
    const renewed = await Promise.all(leases.map(({ shard, epoch }) => {
      const { fence, lease } = this.#ready(shard)
      return this.#scripts.renew(fence, lease, owner, epoch, ttlMs)
    }))
    return leases.filter((_, i) => renewed[i] !== 1).map(({ shard }) => shard)
  }

  async release({ shard, epoch }: Lease, owner: string): Promise<void> {
    const { fence, lease } = this.#ready(shard)
    await this.#scripts.renew(fence, lease, owner, epoch, 0)
  }

  async heartbeat(member: Member, ttlMs: number): Promise<void> {
    this.#cork()
    const [expiries, members] = memberKeys(this.#prefix)
    await this.#scripts.heartbeat(expiries, members, member.id, ttlMs, JSON.stringify(member))
  }

  async leave(memberId: string): Promise<void> {
    const [expiries, members] = memberKeys(this.#prefix)
    await this.#scripts.heartbeat(expiries, members, memberId, 0, '')
  }

  async members(): Promise<Member[]> {
    this.#assertUp()
    const members = await this.#scripts.members(...memberKeys(this.#prefix))
    return members.map((text): Member => JSON.parse(text))
      .sort((a, b) => a.id < b.id ? -1 : 1)
  }

  async change(changes: readonly CatalogueChange[]): Promise<void> {
    this.#assertUp()
    const keys = [...this.#kinds.values()].flat()
    const args = changes.flatMap((change) => {
      const { op, kind, id } = change
      const number = KINDS.indexOf(kind) + 1
      if (op === 'delete') return [op, number, id, '', '', change.revision]
      return [op, number, id, change.key, change.body, op === 'insert' ? '' : change.revision]
    })
    // Named, so that changes whose answer was lost can be asked again.
    const name = changeKey(this.#prefix, randomUUID())
    const code = await this.#scripts.changeCatalogue([...keys, name, CHANGE_MEMORY_MS, ...args])
    if (code === 0) return
    const refused = changes[Math.abs(code) - 1]!
    if (code < 0 || refused.op === 'delete') throw new RevisionError(refused.kind, refused.id)
    throw new DuplicateKeyError(refused.kind, refused.key)
  }

  async byId(kind: EntryKind, id: string): Promise<Entry | null> {
    return id === '' ? null : await this.#find(kind, id, '')
  }

  async byKey(kind: EntryKind, key: string): Promise<Entry | null> {
    return await this.#find(kind, '', key)
  }

  async list(kind: EntryKind): Promise<Entry[]> {
    this.#assertUp()
    const [bodies, keys, revisions] = this.#kinds.get(kind)!
    const parts = await this.#scripts.listEntries(bodies, keys, revisions)
    const entries: Entry[] = []
    for (let i = 0; i < parts.length; i += 4) entries.push(entryOf(kind, parts.slice(i, i + 4)))
    return entries.sort((a, b) => a.id < b.id ? -1 : 1)
  }

  async keepText(hash: string, text: string): Promise<void> {
    this.#assertUp()
    await this.#client.set(textKey(this.#prefix, hash), text, 'NX')
  }

  async text(hash: string): Promise<string | null> {
    this.#assertUp()
    return await this.#client.get(textKey(this.#prefix, hash))
  }

  async ping(): Promise<void> {
    await within(PING_MS, this.#client.exists(metaKey(this.#prefix)), () => 'Redis does not answer')
  }

  async close(): Promise<void> {
    this.#subscriber?.close()
    // It may have answers to give; if Redis is away, there are none to wait for.
    if (this.#downSince === null) await this.#client.quit().catch(() => {})
    this.#client.disconnect()
  }

  /**
   * A commit whose answer was lost is sent again by the client, as it was. The turn then tells whether
   * it had happened: nobody else commits under its epoch.
   */
  async #commit(commit: Commit, previous: Sent | undefined): Promise<void> {
    const { lease, turn } = commit
    const args = commitArgs(this.#keys[lease.shard]!, commit)
    const losses = this.#losses
    this.#cork()
    let code = await this.#scripts.commit(args)
    // When a cluster moves a slot, a turn can overtake the one before: that is still on its way then.
    if (code === MISSING && previous?.pending && previous.epoch === lease.epoch) {
      if (previous.turn !== turn - 1) throw new StaleOwnerError(lease)
      await previous.pending
      code = await this.#scripts.commit(args)
    }
    if (code === DONE || (code === REPEATED && this.#losses !== losses)) return
    throw new StaleOwnerError(lease)
  }

  async #find(kind: EntryKind, id: string, key: string): Promise<Entry | null> {
    this.#assertUp()
    const parts = await this.#scripts.findEntry(...this.#kinds.get(kind)!, id, key)
    return parts.length === 0 ? null : entryOf(kind, parts)
  }

  /** Prepares to ask something about a shard. */
  #ready(shard: number): ShardKeys {
    const keys = this.#keys[shard]
    if (!keys) throw this.#noShard(shard)
    this.#assertUp()
    this.#cork()
    return keys
  }

  #noShard(shard: number): RangeError {
    return new RangeError(`There is no shard ${shard}: the store has ${this.shards}`)
  }

  /** What is asked while Redis is away waits for it, but not for long. */
  #assertUp(): void {
    if (this.#downSince === null || Date.now() - this.#downSince < this.#patienceMs) return
    throw new UnavailableError('Redis does not answer')
  }

  /** Sends what one tick asks in one piece: system calls cost more than what they carry. */
  #cork(): void {
    if (this.#corked || !(this.#client instanceof Redis) || this.#client.status !== 'ready') return
    const { stream } = this.#client
    this.#corked = true
    stream.cork()
    process.nextTick(() => {
      this.#corked = false
      stream.uncork()
    })
  }
}

/** See the script for their order. */
function commitArgs(keys: ShardKeys, commit: Commit): (string | number)[] {
  const { lease, turn, cursor, replies } = commit
  const { tables } = keys
  const args: (string | number)[] = [
    keys.fence,
    ...tables,
    keys.indexes,
    keys.timers,
    keys.mailbox,
    keys.replies,
    lease.epoch,
    turn,
    cursor === null ? '' : following(cursor),
    REPLY_TTL_MS,
    keys.wakes,
    replies.length === 0 ? '' : JSON.stringify(replies.map((reply) => reply.askId)),
  ]
  const counts = args.length
  for (let i = 0; i < 13; i++) args.push(0)
  let group = counts
  let start = args.length
  const close = () => {
    args[group++] = args.length - start
    start = args.length
  }
  for (const table of TABLES) {
    for (const row of commit.deletes) if (row.table === table) args.push(row.id)
    close()
  }
  for (const table of TABLES) {
    for (const row of commit.puts) if (row.table === table) args.push(row.id, row.body)
    close()
  }
  for (const { index, owner, id } of commit.leave) args.push(memberPrefix(index, owner) + id)
  close()
  for (const { index, owner, id } of commit.enter) args.push(0, memberPrefix(index, owner) + id)
  close()
  for (const key of commit.cleared) args.push(key)
  close()
  for (const { key, dueAt } of commit.timers) args.push(dueAt, key)
  close()
  for (const { askId, body } of replies) args.push(askId, body)
  close()
  return args
}

/** The smallest stream id after this one. */
function following(seq: string): string {
  const dash = seq.indexOf('-')
  return `${seq.slice(0, dash)}-${Number(seq.slice(dash + 1)) + 1}`
}

/** Reads keys and due times, which come by turns. */
function timersOf(parts: readonly string[]): Timer[] {
  const timers: Timer[] = []
  for (let i = 0; i < parts.length; i += 2) {
    timers.push({ key: parts[i]!, dueAt: Number(parts[i + 1]) })
  }
  return timers
}

function entryOf(kind: EntryKind, [id, key, body, revision]: readonly string[]): Entry {
  return { kind, id: id!, key: key!, body: body!, revision: Number(revision) }
}

async function shardCount(client: Client, prefix: string, asked?: number): Promise<number> {
  const key = metaKey(prefix)
  await client.hsetnx(key, 'format', FORMAT)
  await client.hsetnx(key, 'shards', asked ?? DEFAULT_SHARDS)
  const [format, shards] = (await client.hmget(key, 'format', 'shards')).map(Number)
  if (format !== FORMAT) {
    throw new RangeError(
      `The store ${prefix} in Redis has format ${format}; this version reads ${FORMAT}`,
    )
  }
  if (asked !== undefined && asked !== shards) {
    throw new RangeError(
      `The store ${prefix} in Redis has ${shards} shards, not ${asked}: ` +
        'the number is fixed when it is made',
    )
  }
  return shards!
}

/** @throws {UnavailableError} If the promise takes longer. */
async function within<T>(ms: number, promise: Promise<T>, message: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnavailableError(message())), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
