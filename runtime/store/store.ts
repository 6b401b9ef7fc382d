/**
 * @module
 * The store port: what must outlive a process. It speaks of turns, rows, mailboxes, timers, leases and
 * definitions; how an engine keeps them is the adapter's business. Every adapter passes
 * `test/runtime/store/store.contract.ts`; what is not tested there is not promised.
 */

/** Rows of one kind share an id space. Bodies are JSON text that the store does not read. */
export type Table = 'execution' | 'task' | 'action' | 'payload'

export interface RowKey {
  readonly table: Table
  /** An actor's id; for a payload, `ID:FIELD`. */
  readonly id: string
}

export interface Row extends RowKey {
  readonly body: string
}

/**
 * Sorted sets of ids, each under an owner: `tasks.execution` of an execution's id are its tasks. Ids
 * sort by creation. The owner is '' where there is only one set.
 */
export type Index =
  | 'executions' // '' → every execution
  | 'executions.task' // task id → sub-workflow executions it started
  | 'executions.open' // '' → executions in no final state
  | 'tasks' // '' → every task
  | 'tasks.execution' // execution id → its tasks
  | 'actions' // '' → every action execution
  | 'actions.task' // task id → its action executions
  | 'executions.ended' // STATE/PROJECT → `TIME/ID` of finished root executions, by when they ended
  | 'ended.kinds' // '' → the owners of `executions.ended`
  | 'executions.removed' // '' → executions that are gone but for what lay below them
  | 'notices' // '' → notifications that are not delivered
  | 'actions.running' // '' → synchronous actions that were started and have no result

export interface IndexEntry {
  readonly index: Index
  readonly owner: string
  readonly id: string
}

/** A page of an index: ids after (or, reversed, before) `after`, at most `limit`. */
export interface Page {
  /** Exclusive; null for the start. */
  readonly after: string | null
  readonly limit: number
  /** Newest first. */
  readonly reverse?: boolean
}

export interface Timer {
  /** Names the timer within its shard; setting it again moves it. */
  readonly key: string
  /** Milliseconds since the Unix epoch. */
  readonly dueAt: number
}

/** A message waiting in a shard's mailbox. */
export interface Letter {
  /** Rises with every message of the mailbox; opaque. */
  readonly seq: string
  readonly body: string
}

export interface Reply {
  /** The asker's question. */
  readonly askId: string
  readonly body: string
}

/** Ownership of a shard. The epoch rises at every change of owner. */
export interface Lease {
  readonly shard: number
  readonly epoch: number
}

/** How long an answer waits for who asked. */
export const REPLY_TTL_MS = 60_000

/**
 * Everything a turn changed: written together or not at all. What is taken away is taken before what
 * is added, and the last of two puts of a key, or of two timers, stands.
 */
export interface Commit {
  readonly lease: Lease
  /**
   * Counts this lease's commits from 1. One that does not follow the last is refused, so a lost commit
   * can never be overtaken by a later one.
   */
  readonly turn: number
  readonly puts: readonly Row[]
  readonly deletes: readonly RowKey[]
  readonly enter: readonly IndexEntry[]
  readonly leave: readonly IndexEntry[]
  readonly timers: readonly Timer[]
  /** Keys of timers that fired or are no longer wanted. */
  readonly cleared: readonly string[]
  /** The last letter this turn consumed; it and all before it leave the mailbox. Null for none. */
  readonly cursor: string | null
  /** Answers to questions that came by mailbox; kept for `REPLY_TTL_MS`. */
  readonly replies: readonly Reply[]
}

/** The parts of a commit that changes nothing. */
export const NO_CHANGES: Omit<Commit, 'lease' | 'turn'> = {
  puts: [],
  deletes: [],
  enter: [],
  leave: [],
  timers: [],
  cleared: [],
  cursor: null,
  replies: [],
}

/** Another owner has the shard now. Stop the shard: retrying can only corrupt. */
export class StaleOwnerError extends Error {
  override readonly name = 'StaleOwnerError'
  readonly shard: number

  constructor(lease: Lease) {
    super(`Shard ${lease.shard} is no longer owned under epoch ${lease.epoch}`)
    this.shard = lease.shard
  }
}

/**
 * Something happened in a shard: `answered` has the `askId`s of the replies that were just committed,
 * and is empty if letters were posted (or if the store cannot tell: look at both).
 */
export type Wake = (shard: number, answered: readonly string[]) => void

/** The state of shards: what workers write and everybody may read. */
export interface ShardStore {
  /** How many shards there are: fixed when the store was created. */
  readonly shards: number

  /**
   * Writes a turn: all or nothing, in the order of calls. Resolves when it is as durable as the store's
   * settings promise.
   *
   * @throws {StaleOwnerError} If the shard has a newer epoch, or `turn` does not follow the last one.
   */
  commit(commit: Commit): Promise<void>

  /** The bodies of rows of the shard, null where there is none, in the order asked. */
  read(shard: number, keys: readonly RowKey[]): Promise<(string | null)[]>
  /** A page of ids. */
  scan(shard: number, index: Index, owner: string, page: Page): Promise<string[]>
  /** How many ids there are; cheap enough to be asked now and then, not at each step. */
  count(shard: number, index: Index, owner: string): Promise<number>

  /** Appends messages durably, in order; twice, if a connection was lost and it is unknown. Anybody may. */
  post(shard: number, bodies: readonly string[]): Promise<void>
  /** The oldest letters of a mailbox. Reading does not take them: a commit's cursor does. */
  letters(shard: number, after: string | null, limit: number): Promise<Letter[]>
  /** The answer to a question that was posted, or null if there is none yet. */
  reply(shard: number, askId: string): Promise<string | null>
  /**
   * Calls `wake` soon after anything was posted to one of the shards or replies were committed in
   * it, by whomever; a hint that may be lost, so whoever waits also looks now and then.
   *
   * @returns A function that ends the watch.
   */
  watch(shards: readonly number[], wake: Wake): Promise<() => Promise<void>>

  /** Timers due at or before `until`, earliest first. */
  due(shard: number, until: number, limit: number): Promise<Timer[]>
  /** When timers are due, null for those that are not set, in the order asked. */
  timers(shard: number, keys: readonly string[]): Promise<(number | null)[]>
  /** When the earliest timer is due, or null. */
  nextDue(shard: number): Promise<number | null>

  /**
   * Takes a shard that nobody holds, or whose lease ran out, for `ttlMs` of the store's clock. Who
   * holds it already gets a new epoch, which voids the one before.
   *
   * @returns The lease with a new epoch, or null if another owner holds it.
   */
  acquire(shard: number, owner: string, ttlMs: number): Promise<Lease | null>
  /**
   * Prolongs leases that are still the owner's. Returns the shards that are not, also because the
   * lease ran out: stop those.
   */
  renew(leases: readonly Lease[], owner: string, ttlMs: number): Promise<number[]>
  /** Gives a shard up at once; nothing happens if it is no longer the owner's. */
  release(lease: Lease, owner: string): Promise<void>
}

/** A running process, as the others see it. */
export interface Member {
  readonly id: string
  /** What `service-list` shows, `HOST_PID`. */
  readonly name: string
  readonly roles: readonly ('edge' | 'worker')[]
  /** Worker threads: a weight for the distribution of shards. */
  readonly threads: number
  /** Its threads that run actions, each with a name of its own; none if not given. */
  readonly executors?: readonly string[]
}

export interface Membership {
  /** Says that the member is alive for `ttlMs` from now, by the store's clock. */
  heartbeat(member: Member, ttlMs: number): Promise<void>
  leave(memberId: string): Promise<void>
  /** Members whose last heartbeat has not run out. */
  members(): Promise<Member[]>
}

/** Kinds of things that have names; a setting is one of the whole service. */
export type EntryKind =
  | 'workflow'
  | 'workbook'
  | 'action'
  | 'environment'
  | 'cron_trigger'
  | 'setting'

export interface Entry {
  readonly kind: EntryKind
  readonly id: string
  /** What must be unique within the kind; changing it renames. */
  readonly key: string
  /** JSON text. */
  readonly body: string
  /** Rises with each change. */
  readonly revision: number
}

export type CatalogueChange =
  /** @throws {DuplicateKeyError} from `change` if the id or key is taken. */
  | {
    readonly op: 'insert'
    readonly kind: EntryKind
    readonly id: string
    readonly key: string
    readonly body: string
  }
  /** Refused if the entry's revision is another: somebody was faster. */
  | {
    readonly op: 'update'
    readonly kind: EntryKind
    readonly id: string
    readonly key: string
    readonly body: string
    readonly revision: number
  }
  | {
    readonly op: 'delete'
    readonly kind: EntryKind
    readonly id: string
    readonly revision: number
  }

/** A key or id of an insert or rename is taken. Nothing was written. */
export class DuplicateKeyError extends Error {
  override readonly name = 'DuplicateKeyError'
  readonly kind: EntryKind
  readonly key: string

  constructor(kind: EntryKind, key: string) {
    super(`There already is a ${kind} with key ${key}`)
    this.kind = kind
    this.key = key
  }
}

/** An entry changed since it was read. Read again and decide again. Nothing was written. */
export class RevisionError extends Error {
  override readonly name = 'RevisionError'
  readonly kind: EntryKind
  readonly id: string

  constructor(kind: EntryKind, id: string) {
    super(`The ${kind} ${id} was changed meanwhile`)
    this.kind = kind
    this.id = id
  }
}

/** Definitions and other named things, shared by all. Small: a kind is listed whole. */
export interface Catalogue {
  /** Applies the changes in order: all or none. */
  change(changes: readonly CatalogueChange[]): Promise<void>
  byId(kind: EntryKind, id: string): Promise<Entry | null>
  byKey(kind: EntryKind, key: string): Promise<Entry | null>
  /** Every entry of a kind, by id. */
  list(kind: EntryKind): Promise<Entry[]>

  /** Keeps a text under its content hash; the same text again is the same hash. */
  keepText(hash: string, text: string): Promise<void>
  text(hash: string): Promise<string | null>
}

/** One open store. */
export interface Store extends ShardStore, Membership, Catalogue {
  /** One line about what the engine's settings mean for durability. */
  readonly durability: string
  /** Resolves if the store answers. @throws If it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}
