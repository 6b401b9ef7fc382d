/**
 * @module
 * Opens the store that the configuration names. An adapter is loaded when it is chosen, so a bundle for
 * the edge, which has Redis, never loads LMDB.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Store } from './store.ts'

export interface StoreOptions {
  /**
   * Chooses Redis: `redis://HOST:PORT/DB`, `rediss://…` (TLS), `redis+sentinel://HOST:PORT,HOST:PORT/MASTER`
   * or `redis+cluster://HOST:PORT,HOST:PORT`, each with `USER:PASSWORD@` before the hosts if need be.
   */
  readonly redisUrl?: string | null
  /** Begins every key in Redis; `mestral` if not given. */
  readonly prefix?: string
  /** Chooses the embedded store in this directory. */
  readonly dataDir?: string | null
  /**
   * How many shards a new store gets; if not given 64 in Redis, and two a core in a directory. A store that
   * exists keeps its number, and opening it with another fails.
   */
  readonly shards?: number | null
  /** Embedded: false in all threads but the main one, which opens first and takes the directory. */
  readonly lock?: boolean
  /** Embedded, other threads: see `optionsForThread`. Without it, writes are slower, on Deno by much. */
  readonly port?: MessagePort
}

/** @throws {TypeError} If neither a Redis nor a directory is named, or both are. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { redisUrl, dataDir, prefix, lock, port } = options
  if (redisUrl && dataDir) throw new TypeError('Name a Redis or a data directory, not both')
  const shards = options.shards ? { shards: options.shards } : {}
  if (redisUrl) {
    const { RedisStore } = await import('./redis/redis-store.ts')
    return await RedisStore.open({ url: redisUrl, ...prefix ? { prefix } : {}, ...shards })
  }
  if (!dataDir) throw new TypeError('Name a Redis or a data directory')
  const { EmbeddedStore } = await import('./embedded/embedded-store.ts')
  return await EmbeddedStore.open({
    dataDir,
    ...lock === undefined ? {} : { lock },
    ...port ? { port } : {},
    ...shards,
  })
}

/**
 * What a thread that is about to be started opens the main thread's `store` with. Anew for each
 * thread: the port in it belongs in the `transferList`, and can be used once.
 */
export function optionsForThread(
  store: Store,
  options: StoreOptions,
): { readonly options: StoreOptions; readonly transferList: MessagePort[] } {
  if (!opensPorts(store)) return { options, transferList: [] }
  const port = store.openPort()
  return { options: { ...options, lock: false, port }, transferList: [port] }
}

/** Whether it is the embedded store, which must not be loaded to find out. */
function opensPorts(store: Store): store is Store & { openPort(): MessagePort } {
  return 'openPort' in store
}
