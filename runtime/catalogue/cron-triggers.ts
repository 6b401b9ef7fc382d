/**
 * @module
 * Cron triggers: when which workflow is started with what. Ticking is `runtime/cron/`.
 */
import type { Scope } from './entries.ts'

export type CronTriggerStatus = 'READY' | 'COMPLETED' | 'PAUSED' | 'ERROR'

/** Times are milliseconds since the Unix epoch. */
export interface CronTrigger {
  readonly id: string
  readonly name: string
  readonly project: string
  readonly scope: Scope
  readonly workflowId: string
  readonly workflowName: string
  /** JSON text of an object. */
  readonly input: string
  /** JSON text of an object: parameters of the execution. */
  readonly params: string
  /** Null for a trigger that fires once, at its first time. */
  readonly pattern: string | null
  readonly firstExecutionTime: number | null
  /** Null once it is completed. */
  readonly nextExecutionAt: number | null
  /** How many times it will still fire; null for no end. */
  readonly remaining: number | null
  readonly status: CronTriggerStatus
  readonly createdAt: number
  readonly updatedAt: number | null
}
