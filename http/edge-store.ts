/**
 * @module
 * The store of an edge that runs alone: Redis, because a disk is not there.
 */
import type { Store } from '../runtime/store/store.ts'

/** @throws {Error} If the environment names no store that an edge can reach. */
export function openEdgeStore(): Promise<Store> {
  // The Redis adapter is opened here, by REDIS_URL, once there is one.
  return Promise.reject(
    new Error('An edge needs the Redis store, which this version does not have'),
  )
}
