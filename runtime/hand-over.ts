/**
 * @module
 * What the owner of a shard leaves behind for the next, and what the next one finds.
 */
import type { Message } from '../actors/turn.ts'
import { pause } from './clock.ts'
import type { Clock } from './clock.ts'
import { executorsOf } from './elsewhere.ts'
import type { Leftover } from './leftover.ts'
import { allIds, idPages } from './store/pages.ts'
import { NO_CHANGES, StaleOwnerError } from './store/store.ts'
import type { Lease, Row, RowKey, ShardStore } from './store/store.ts'

/** What an owner finds, beside messages, timers and letters. */
export interface Found {
  /** Actions that were started and that nobody has. */
  readonly orphans: readonly string[]
  /** Actions that go on in the executor of an earlier owner, and which that is. */
  readonly elsewhere: readonly (readonly [actionId: string, executor: string])[]
  /** Notices that are not delivered. */
  readonly notices: readonly string[]
  /** Executions of which something is left. */
  readonly removing: readonly string[]
  /** The latest ids that were given. */
  readonly latest: readonly string[]
}

/** Looks for what the last owner left, which `leftover` has read. */
export async function findLeft(
  store: ShardStore,
  shard: number,
  leftover: Leftover,
): Promise<Found> {
  const orphans: string[] = []
  const elsewhere: (readonly [string, string])[] = []
  // What is known of an action is heard in its place: it has ended, or was never started.
  const heard = new Set<string>()
  for (const message of leftover.messages()) {
    const id = actionHeard(message)
    if (id !== null) heard.add(id)
  }
  for await (const ids of idPages(store, shard, 'actions.running')) {
    const executors = await executorsOf(store, shard, ids)
    for (const [i, id] of ids.entries()) {
      const executor = executors[i]!
      if (executor !== null) elsewhere.push([id, executor])
      else if (!heard.has(id)) orphans.push(id)
    }
  }
  const latest: string[] = []
  for (const index of ['tasks', 'actions', 'notices'] as const) {
    latest.push(...await store.scan(shard, index, '', { after: null, limit: 1, reverse: true }))
  }
  const notices = await allIds(store, shard, 'notices')
  const removing = await allIds(store, shard, 'executions.removed')
  return { orphans, elsewhere, notices, removing, latest }
}

/** The action of which a message says what it came to, or null. */
function actionHeard(message: Message): string | null {
  switch (message.type) {
    case 'action.recover':
    case 'action.result':
    case 'action.sent':
      return message.actionId
    case 'action.ran':
      return message.row.id
    default:
      return null
  }
}

/** How long an owner tries to write down what it leaves, and how often; in milliseconds. */
const LEAVE_MS = 5_000
const LEAVE_AGAIN_MS = 250

export interface LastCommit {
  readonly lease: Lease
  readonly turn: number
  readonly puts: readonly Row[]
  readonly deletes: readonly RowKey[]
}

/**
 * Writes what an owner leaves, as its last turn: tried again for a while, since what is not written is
 * lost.
 *
 * @throws {StaleOwnerError} If another owns the shard, or if a try that seemed to fail had not.
 */
export async function commitLast(store: ShardStore, clock: Clock, last: LastCommit): Promise<void> {
  const until = clock.elapsed() + LEAVE_MS
  for (;;) {
    try {
      return await store.commit({ ...NO_CHANGES, ...last })
    } catch (error) {
      if (error instanceof StaleOwnerError || clock.elapsed() >= until) throw error
      await pause(clock, LEAVE_AGAIN_MS)
    }
  }
}

/** Somebody waits for it, and hears that it was not done: the next owner is not to do it. */
export function isAsked(message: Message): boolean {
  return 'ask' in message && message.ask !== null
}
