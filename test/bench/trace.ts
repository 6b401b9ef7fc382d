/**
 * @module
 * The bare limit of a store: what the engine commits under a load is recorded, and then committed again
 * by nobody: the same bytes in the same commits through the same adapter, with as many on their way at
 * any time as there were.
 */
import { loadActions } from '../../actors/action/directory.ts'
import type { Commit, Lease, Store } from '../../runtime/store/store.ts'
import { startService } from '../in-process.ts'
import { define, drive, submit } from './drive.ts'
import type { Load } from './loads.ts'
import { ACTIONS_DIR } from './paths.ts'

interface Traced {
  readonly shard: number
  readonly commit: Omit<Commit, 'lease' | 'turn'>
  /** How many commits were durable when this one was issued. */
  readonly after: number
}

export interface Trace {
  readonly commits: readonly Traced[]
  /** How many rows were put; indexes are not counted. */
  readonly rows: number
  /** Of those rows, with their keys. */
  readonly bytes: number
}

/** Runs a load in this process and keeps what is committed. */
export async function recordLoad(store: Store, load: Load, ends = true): Promise<Trace> {
  const commits: Traced[] = []
  const actions = await loadActions(ACTIONS_DIR)
  const service = await startService({ store: recording(store, commits), actions })
  try {
    await define(service, load)
    await (ends ? drive(service, load) : submit(service, load))
  } finally {
    await service.close()
  }
  const sum = (of: (commit: Traced['commit']) => number) =>
    commits.reduce((total, { commit }) => total + of(commit), 0)
  return { commits, rows: sum(({ puts }) => puts.length), bytes: sum(bytesOf) }
}

function bytesOf({ puts }: Traced['commit']): number {
  return puts.reduce((sum, { id, body }) => sum + id.length + Buffer.byteLength(body), 0)
}

function recording(store: Store, commits: Traced[]): Store {
  let durable = 0
  async function commit(whole: Commit): Promise<void> {
    const { lease, turn: _, ...commit } = whole
    commits.push({ shard: lease.shard, commit, after: durable })
    await store.commit(whole)
    durable++
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'commit') return commit
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) as unknown : value
    },
  })
}

/** Commits a trace to a store that is new. @returns How long that took, in seconds. */
export async function replay(store: Store, { commits }: Trace): Promise<number> {
  const owners = new Map<number, { readonly lease: Lease; turn: number }>()
  for (let shard = 0; shard < store.shards; shard++) {
    const lease = await store.acquire(shard, 'bench', 600_000)
    if (!lease) throw new Error(`Shard ${shard} is taken`)
    owners.set(shard, { lease, turn: 0 })
  }
  let durable = 0
  let next = () => {}
  let failure: unknown = null
  const begin = performance.now()
  for (const { shard, commit, after } of commits) {
    while (durable < after && failure === null) await new Promise<void>((resolve) => next = resolve)
    const owner = owners.get(shard)!
    store.commit({ ...commit, lease: owner.lease, turn: ++owner.turn }).then(
      () => durable++,
      (error: unknown) => failure ??= error,
    ).finally(() => next())
  }
  while (durable < commits.length && failure === null) {
    await new Promise<void>((resolve) => next = resolve)
  }
  if (failure !== null) throw failure
  return (performance.now() - begin) / 1000
}
