/**
 * @module
 * What the supervisor and its worker threads say to each other.
 */
import type { Limits as ExpressionLimits } from '../actors/expressions/limits.ts'
import type { ActionSettings } from '../actors/action/action.ts'
import type { EngineLimits } from '../actors/turn.ts'
import type { ReplyBody } from './messages.ts'
import type { IntegrityPolicy } from './integrity.ts'
import type { RetentionPolicy } from './retention.ts'
import type { Lease } from './store/store.ts'
import type { StoreOptions } from './store/open.ts'

/** What a worker thread begins with. */
export interface WorkerData {
  readonly store: StoreOptions
  readonly limits: EngineLimits
  readonly expressions: ExpressionLimits
  readonly retention: RetentionPolicy | null
  readonly integrity: IntegrityPolicy | null
  readonly settings: ActionSettings
  readonly actionsDir: string | null
  readonly apiUrl: string | null
  readonly logLevel: string
  /** Signs notifications; null for no signature. */
  readonly webhookSecret: string | null
  /** How long to wait for actions that must not be run twice, when the worker stops; ms. */
  readonly graceMs: number
}

export interface AskMessage {
  readonly askId: string
  readonly shard: number
  /** JSON text of a command: structured cloning would lose the kinds of numbers. */
  readonly command: string
}

export type ToWorker =
  /**
   * `executor`: what others call the thread. `silent`: whoever ran its actions before was ended because
   * nothing was heard of it.
   */
  | {
    readonly type: 'own'
    readonly lease: Lease
    readonly executor: string
    readonly silent?: boolean
  }
  /** The executors of all members, as they were after the last shard was owned. */
  | { readonly type: 'executors'; readonly alive: readonly string[] }
  /** Asks for a sign of life. */
  | { readonly type: 'beat' }
  /** Give a shard up when its turn is over. */
  | { readonly type: 'drop'; readonly shard: number; readonly epoch: number }
  | { readonly type: 'asks'; readonly asks: readonly AskMessage[] }
  | { readonly type: 'wake'; readonly shard: number }
  | { readonly type: 'stop' }

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'dropped'; readonly shard: number; readonly epoch: number }
  | {
    readonly type: 'replies'
    readonly replies: readonly (readonly [askId: string, body: ReplyBody])[]
  }
  /** A shard cannot go on here. */
  | {
    readonly type: 'failed'
    readonly shard: number
    /** Of the lease that it had. */
    readonly epoch: number
    readonly message: string
  }
  /** A sign of life. */
  | { readonly type: 'beat' }
  | { readonly type: 'stopped' }
