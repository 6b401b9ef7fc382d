/**
 * @module
 * Delivers a message to its actor.
 */
import { aloneEnded, deleteAction, runAlone } from './action/stand-alone.ts'
import { NotFoundError } from './errors.ts'
import { stepTask } from './execution/changes.ts'
import { childChanged, childDeleted } from './execution/children.ts'
import { checkCompletion, checkJoins, finish } from './execution/completion.ts'
import { meetDeadline, timeOut } from './execution/deadline.ts'
import { awaitAgain, settleJoin } from './execution/dispatch.ts'
import { evaluateInTask } from './data-flow/evaluate.ts'
import type { LiveExecution, LiveTask } from './execution/live.ts'
import {
  cancelExecution,
  holdExecution,
  pauseExecution,
  rerunTask,
  resumeExecution,
  skip,
  takeUpHeld,
  updateExecution,
} from './execution/operations.ts'
import { deleteExecution, expireExecutions } from './execution/removal.ts'
import { repairExecution } from './execution/repair.ts'
import { startExecution } from './execution/start.ts'
import { takeResult, updateAction } from './task/action-results.ts'
import { completeTask, recountItems, rejectResults, routeTask } from './task/complete.ts'
import { recoverAction } from './task/recover.ts'
import { runTask } from './task/run.ts'
import { startTask } from './task/start.ts'
import { timerKey } from './turn.ts'
import type { Message, Turn } from './turn.ts'

/**
 * Handles one message: all of it or, if something has to be loaded first, nothing.
 *
 * @throws {NotLoaded} If something is not in memory: load it and deliver again.
 * @throws {DomainError} If what was asked is illegal; nothing changed.
 */
export function receive(message: Message, turn: Turn): void {
  switch (message.type) {
    case 'start':
      return startExecution(message, turn)
    case 'action.update':
      return updateAction(message, turn)
    case 'action.run':
      return runAlone(message, turn)
    case 'action.ran':
      return aloneEnded(message, turn)
    case 'action.delete':
      return deleteAction(message, turn)
    case 'executions.expire':
      return expireExecutions(message, turn)
    case 'remains.remove':
      for (const remains of message.remains) turn.removeRemains(remains)
      return turn.reply(message.ask, null)
    case 'answer':
      return turn.reply(message.ask, null)
    case 'notice.done':
      return turn.forgetNotice(message.id)
    case 'action.sent':
      return turn.clearRunning(message.actionId)
    case 'action.recover':
      return recoverAction(message, turn)
    case 'action.result':
      return receiveResult(message, turn)
  }
  const live = turn.execution(message.executionId)
  if ('ask' in message && message.ask) {
    if (!live) throw new NotFoundError(`Execution not found: ${message.executionId}`)
  } else if (!live) return
  switch (message.type) {
    case 'update':
      return updateExecution(live, message, turn)
    case 'delete':
      return deleteExecution(live, message, turn)
    case 'hold':
      return holdExecution(live, message, turn)
    case 'rerun':
      return rerunTask(live, message, turn)
    case 'skip':
      return skip(live, message, turn)
    case 'evaluate':
      return evaluateInTask(live, message, turn)
    case 'execution.check':
      return checkCompletion(live, turn)
    case 'joins.check':
      return checkJoins(live, turn)
    case 'execution.takeUp':
      return live.state === 'RUNNING' ? takeUpHeld(live, turn) : undefined
    case 'execution.repair':
      return repairExecution(live, message, turn)
    case 'execution.finish':
      return live.isFinal
        ? undefined
        : finish(live, message.state, message.info, message.cause, turn)
    case 'execution.pause':
      return pauseExecution(live, message, turn)
    case 'execution.resume':
      return resumeExecution(live, message.env, turn)
    case 'execution.deadline':
      return meetDeadline(live, turn)
    case 'execution.expire':
      return timeOut(live, message.ownerId, turn)
    case 'execution.cancel':
      return cancelExecution(live, message.info, message.cause, turn)
  }
  const task = live.tasks.get(message.taskId)
  if (task) receiveTask(live, task, message, turn)
}

type TaskMessage = Extract<Message, { type: `task.${string}` | `child.${string}` }>

function receiveTask(
  live: LiveExecution,
  task: LiveTask,
  message: TaskMessage,
  turn: Turn,
): void {
  switch (message.type) {
    case 'task.start':
      return startTask(live, task, turn)
    case 'task.run':
      return runTask(live, task, message.attempt, turn)
    case 'task.recount':
      return recountItems(live, task, turn)
    case 'task.settle':
      return settleJoin(live, task, turn)
    case 'task.await':
      return awaitAgain(live, task, turn)
    case 'task.reject':
      return rejectResults(task, turn)
    case 'task.complete': {
      const { attempt, state, info, failures, result } = message
      const outcome = { state, info, ...(failures && { failures }) }
      return completeTask(live, task, attempt, outcome, result, turn)
    }
    case 'task.route':
      return routeTask(live, task, message.resumed ?? false, turn)
    case 'task.timer':
      return receiveTimer(live, task, message.timer, turn)
    case 'child.changed':
      return childChanged(live, task, message, turn)
    case 'child.deleted':
      return childDeleted(live, task, message, turn)
  }
}

function receiveTimer(live: LiveExecution, task: LiveTask, timer: string, turn: Turn): void {
  const { attempt, policies, dueAt, timeoutAt } = task.context
  const isTimeout = timer === 'timeout'
  const at = isTimeout ? timeoutAt : dueAt
  if (at !== null && at > turn.now) {
    // It was moved by a turn whose commit was on its way when the timers were read.
    return turn.setTimer(timerKey(live.id, task.id, timer), at - turn.now)
  }
  if (!isTimeout) {
    // What an execution that has ended was delayed with goes on if it is run again.
    if (live.isFinal) return
    stepTask(live, task, { type: timer as `xstate.after.${string}`, now: turn.now }, turn)
    return
  }
  const info = `Task timed out [timeout(s)=${(policies?.timeoutMs ?? 0) / 1000}].`
  const outcome = { state: 'ERROR', info, failures: [['timeout']] } as const
  completeTask(live, task, attempt, outcome, undefined, turn)
}

function receiveResult(message: Extract<Message, { type: 'action.result' }>, turn: Turn): void {
  const row = turn.actionRows([message.actionId])[0] ?? null
  if (!row || row.executionId === null || row.taskId === null) return
  const live = turn.execution(row.executionId)
  const task = live?.tasks.get(row.taskId)
  if (live && task) takeResult(live, task, row, message.result, turn)
}
