/**
 * @module
 * The store of an edge that runs alone: Redis, because a disk is not there.
 */
import process from 'node:process'
import { openStore } from '../runtime/store/open.ts'
import type { Store } from '../runtime/store/store.ts'

/** Settings as a platform hands them over; whatever else it hands over is left alone. */
export interface EdgeEnvironment {
  readonly REDIS_URL?: unknown
}

/** @throws {TypeError} If neither the platform nor the process names a Redis. */
export async function openEdgeStore(given: EdgeEnvironment = {}): Promise<Store> {
  const redisUrl = given.REDIS_URL ?? process.env.REDIS_URL
  if (typeof redisUrl !== 'string' || redisUrl === '') {
    throw new TypeError('An edge needs REDIS_URL: the Redis that its workers use')
  }
  return await openStore({ redisUrl })
}
