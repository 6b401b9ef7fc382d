/**
 * @module
 * Executions go: deleted by people (`reference/rest-api.md` §12.3), or let go by the retention policy
 * (`reference/engine.md` §19).
 */
import { ForbiddenError } from '../errors.ts'
import { endedOf } from '../records.ts'
import type { ExecutionRow } from '../records.ts'
import type { Message, Turn } from '../turn.ts'
import type { LiveExecution } from './live.ts'
import { rowOf } from './start.ts'

type Delete = Extract<Message, { type: 'delete' }>

/** Deletes an execution with everything under it. @throws {ForbiddenError} If it has not ended. */
export function deleteExecution(live: LiveExecution, { force, ask }: Delete, turn: Turn): void {
  if (!live.isFinal && !force) {
    throw new ForbiddenError(
      `Execution ${live.id} is ${live.state}: stop it first, or delete it with force`,
    )
  }
  const { parentExecutionId, parentTaskId, attempt } = live.context
  if (!live.isFinal && parentExecutionId !== null && parentTaskId !== null) {
    turn.tell({
      type: 'child.deleted',
      executionId: parentExecutionId,
      taskId: parentTaskId,
      childId: live.id,
      attempt,
    })
  }
  turn.removeExecution(rowOf(live), ask)
}

type Expire = Extract<Message, { type: 'executions.expire' }>

/**
 * Deletes root executions that have rested since they ended, and answers how many there were: one
 * that was rerun is left alone, and one that is gone already does not count. @throws {NotLoaded}
 */
export function expireExecutions({ ended, ask }: Expire, turn: Turn): void {
  const bodies = turn.rows('execution', ended.map(({ id }) => id))
  let removed = 0
  ended.forEach((known, i) => {
    const row = bodies[i] ? JSON.parse(bodies[i]) as ExecutionRow : null
    if (!row) return turn.forgetEnded(known)
    const now = endedOf(row)
    if (now?.kind !== known.kind || now.endedAt !== known.endedAt) return
    turn.removeExecution(row, null)
    removed++
  })
  turn.reply(ask, removed)
}
