/**
 * @module
 * The `timeout` of a workflow: an execution that has not ended by then fails, and so does everything
 * below it, for a sub-workflow inherits the deadline of its parent. The clock runs on while the
 * execution is paused, and begins anew when an execution that had ended is run again.
 *
 * Executions of a tree end from the top down, so that none takes the end of a sub-workflow for a
 * failure that it may handle.
 */
import type { Deadline, End } from '../records.ts'
import { deadlineKey } from '../turn.ts'
import type { Turn } from '../turn.ts'
import { stepExecution } from './changes.ts'
import { finish } from './completion.ts'
import type { LiveExecution } from './live.ts'
import { unfinishedChildren } from './results.ts'

/** The deadline of an execution that begins now; undefined if it has all the time. */
export function deadlineOf(
  timeoutMs: number,
  inherited: End | null,
  now: number,
): Deadline | undefined {
  if (timeoutMs === 0 && inherited === null) return undefined
  return { timeoutMs, ownAt: timeoutMs === 0 ? null : now + timeoutMs, inherited }
}

/** When an execution has to have ended, and by whose timeout; null if it has all the time. */
export function endOf(id: string, deadline: Deadline | undefined): End | null {
  if (!deadline) return null
  const { ownAt, inherited } = deadline
  if (ownAt === null || (inherited && inherited.at <= ownAt)) return inherited
  return { at: ownAt, ownerId: id }
}

/** When what is below a live execution has to have ended. */
export function endBelow(live: LiveExecution): End | null {
  return endOf(live.id, live.context.deadline)
}

/** The deadline that an execution gets when it is run again. @throws {NotLoaded} */
export function renewedDeadline(live: LiveExecution, turn: Turn): Deadline | undefined {
  const { deadline } = live.context
  if (!live.isFinal || !deadline) return deadline
  const parent = parentOf(live, turn)
  // If it has ended, it is run again with this one.
  const above = parent && endOf(parent.id, renewedDeadline(parent, turn))
  return deadlineOf(deadline.timeoutMs, above, turn.now)
}

function parentOf(live: LiveExecution, turn: Turn): LiveExecution | null {
  const { parentExecutionId } = live.context
  return parentExecutionId === null ? null : turn.execution(parentExecutionId)
}

/** Sets the timer of an execution that has a deadline. */
export function armDeadline(live: LiveExecution, turn: Turn): void {
  const end = endBelow(live)
  if (end) turn.setTimer(deadlineKey(live.id), Math.max(0, end.at - turn.now))
}

/** The timer of an execution rang, or that of one below it. @throws {NotLoaded} */
export function meetDeadline(live: LiveExecution, turn: Turn): void {
  const { deadline } = live.context
  const end = endBelow(live)
  if (live.isFinal || !deadline || !end) return
  if (end.at > turn.now) return armDeadline(live, turn)

  const parent = parentOf(live, turn)
  const isBelow = parent !== null && !parent.isFinal
  // It may have been run again meanwhile, and have more time.
  const inherited = isBelow ? endBelow(parent) : deadline.inherited
  if (isBelow && inherited && inherited.at <= turn.now) {
    return turn.tell({ type: 'execution.deadline', executionId: parent.id })
  }
  const now = { ...deadline, inherited }
  const due = endOf(live.id, now)
  if (due && due.at <= turn.now) return timeOut(live, due.ownerId, turn)
  stepExecution(live, { type: 'DEFER', deadline: now }, turn)
  armDeadline(live, turn)
}

/**
 * Ends an execution that has timed out, and all below it.
 *
 * @param ownerId Whose timeout it was: its own, or that of an execution above it.
 * @throws {NotLoaded}
 */
export function timeOut(live: LiveExecution, ownerId: string, turn: Turn): void {
  if (live.isFinal) return
  const children = unfinishedChildren(live, turn)
  const info = ownerId === live.id
    ? `Workflow timed out [timeout(s)=${live.context.deadline!.timeoutMs / 1000}].`
    : `Workflow timed out with the execution above it [wf_ex_id=${ownerId}].`
  finish(live, 'ERROR', info, { kind: 'timeout', at: turn.now }, turn)
  for (const executionId of children) {
    turn.tell({ type: 'execution.expire', executionId, ownerId })
  }
}
