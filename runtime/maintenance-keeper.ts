/**
 * @module
 * Carries maintenance out: pauses all executions and waits until nothing is at work, or resumes what
 * it paused. Every step may be done twice and by several processes, so one that dies half-way is
 * followed by any other.
 */
import { parseTask } from '../actors/rows.ts'
import { type ExecutionRow, stateOf } from '../actors/records.ts'
import type { Engine } from './commands.ts'
import { isLeftOver } from './leftover.ts'
import { knownForMs, readMaintenance, replaceMaintenance, SEEN_MS } from './maintenance.ts'
import { idPages } from './store/pages.ts'
import type { Store } from './store/store.ts'

export interface KeeperDeps {
  readonly store: Store
  readonly engine: Engine
  /** How long others may not know of PAUSING and let something begin; in milliseconds. */
  readonly unknownMs?: number
}

/** Commands under way at a time. */
const PARALLEL = 16
const PAGE = 500
/** How long to wait for what is still at work. */
const LOOK_MS = 200
/** How long a request that was let in before may take until what it starts is seen. */
const LATE_MS = 60_000

/**
 * Does what the present status asks for.
 *
 * @param now Milliseconds since the Unix epoch.
 * @returns When to look again, or null if nothing is to be done.
 * @throws {Error} If something could not be asked: it is tried again with the next step.
 */
export async function maintenanceStep(
  { store, engine, unknownMs = SEEN_MS }: KeeperDeps,
  now: number,
): Promise<{ readonly nextDueAt: number | null }> {
  const stored = await readMaintenance(store)
  const { status, resuming } = stored.record
  if (status === 'PAUSING') {
    const isKnown = knownForMs(store) >= unknownMs
    const isQuiet = await pauseAll({ store, engine }) && isKnown
    if (isQuiet) await replaceMaintenance(store, stored, { status: 'PAUSED', resuming: false })
    return { nextDueAt: isQuiet ? null : now + LOOK_MS }
  }
  if (status === 'PAUSED' && knownForMs(store) < LATE_MS) {
    // A request that had been let in, and that a slow store or a busy shard held up, begins only now.
    await pauseAll({ store, engine })
  }
  if (status === 'RUNNING' && resuming) {
    await resumeAll({ store, engine })
    await replaceMaintenance(store, stored, { status, resuming: false })
  }
  return { nextDueAt: null }
}

/** @returns Whether everything was paused before and nothing is at work. */
async function pauseAll({ store, engine }: KeeperDeps): Promise<boolean> {
  let isQuiet = true
  for (let shard = 0; shard < store.shards; shard++) {
    // Looked at first: what it leads to is then among the rows.
    if (await hasMessages(store, shard)) isQuiet = false
    for await (const rows of pagesOf(store, shard)) {
      const running = rows.filter((row) => stateOf(row) === 'RUNNING')
      if (running.length > 0) isQuiet = false
      await ask(engine, running, true)
      for (const row of rows) {
        if (isQuiet && stateOf(row) === 'PAUSED') isQuiet = !await isAtWork(store, shard, row)
      }
    }
  }
  return isQuiet
}

/** Whether something waits to be handled: it may start an execution. */
async function hasMessages(store: Store, shard: number): Promise<boolean> {
  const [letters, isCutShort] = await Promise.all([
    store.letters(shard, null, 1),
    isLeftOver(store, shard),
  ])
  return letters.length > 0 || isCutShort
}

async function resumeAll({ store, engine }: KeeperDeps): Promise<void> {
  for (let shard = 0; shard < store.shards; shard++) {
    for await (const rows of pagesOf(store, shard)) {
      await ask(engine, rows.filter(({ context }) => context.held === true), false)
    }
  }
}

async function ask(engine: Engine, rows: readonly ExecutionRow[], hold: boolean): Promise<void> {
  for (let at = 0; at < rows.length; at += PARALLEL) {
    await Promise.all(
      rows.slice(at, at + PARALLEL).map(({ context }) =>
        engine.ask({ type: 'holdExecution', id: context.id, hold }).catch(unlessGone)
      ),
    )
  }
}

/** It was deleted since it was seen. */
function unlessGone(error: unknown): null {
  if ((error as { status?: number }).status === 404) return null
  throw error
}

/** All executions of a shard, page by page. */
async function* pagesOf(store: Store, shard: number): AsyncGenerator<ExecutionRow[]> {
  for await (const ids of idPages(store, shard, 'executions', { limit: PAGE })) {
    const bodies = await store.read(shard, ids.map((id) => ({ table: 'execution', id })))
    yield bodies.flatMap((body) => body === null ? [] : [JSON.parse(body) as ExecutionRow])
  }
}

/** Whether a task of an execution is RUNNING. */
async function isAtWork(store: Store, shard: number, { context }: ExecutionRow): Promise<boolean> {
  const pages = idPages(store, shard, 'tasks.execution', { owner: context.id, limit: PAGE })
  for await (const ids of pages) {
    const bodies = await store.read(shard, ids.map((id) => ({ table: 'task', id })))
    if (bodies.some((body) => body !== null && stateOf(parseTask(body)) === 'RUNNING')) return true
  }
  return false
}
