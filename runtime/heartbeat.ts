/**
 * @module
 * Heartbeats (`reference/engine.md` §12.7): signs of life of the threads in which actions run.
 */
import type { RowKey } from './store/store.ts'

export interface HeartbeatPolicy {
  /** Between two signs of life, in milliseconds. */
  readonly everyMs: number
  /** How many in a row may be missing. */
  readonly maxMissed: number
}

/** In each shard: when its executor was heard of last, in milliseconds since the Unix epoch. */
export const HEARTBEAT: RowKey = { table: 'payload', id: 'heartbeat' }
