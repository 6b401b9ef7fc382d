/**
 * @module
 * Changes of tasks and executions: one step of a machine, kept, and what the machine asked for told on.
 */
import { withContext } from '../pure-logic.ts'
import type { Effect } from '../pure-logic.ts'
import { taskLogic } from '../task/task.machine.ts'
import type { TaskEvent, TaskInput } from '../task/task.machine.ts'
import type { TaskSpec } from '../language/spec.ts'
import type { ExecutionState, TaskContext } from '../records.ts'
import { noticeExecution, noticeTask } from '../notifications.ts'
import { timerKey } from '../turn.ts'
import type { Turn } from '../turn.ts'
import { executionLogic } from './execution.machine.ts'
import type { ExecutionEvent } from './execution.machine.ts'
import { LiveTask } from './live.ts'
import type { LiveExecution } from './live.ts'

/** What fired: a timer's name within its task. */
export interface TimerFired {
  readonly type: `xstate.after.${string}`
  readonly now: number
}

/** Makes a task, in IDLE or, for a join, WAITING. */
export function createTask(
  live: LiveExecution,
  spec: TaskSpec,
  triggeredBy: TaskInput['triggeredBy'],
  turn: Turn,
): LiveTask {
  const [created] = taskLogic.init({
    id: turn.newId(live.id),
    executionId: live.id,
    name: spec.name,
    type: spec.workflow ? 'WORKFLOW' : 'ACTION',
    tags: spec.tags,
    isJoin: spec.join !== null,
    triggeredBy,
    now: turn.now,
  })
  const snapshot = spec.join === null ? created : taskLogic.step(created, { type: 'AWAIT' })[0]
  const task = new LiveTask(spec, snapshot, {})
  live.add(task)
  turn.saveTask(live, task)
  return task
}

/** Steps a task's machine. Returns whether the event meant anything in its state. */
export function stepTask(
  live: LiveExecution,
  task: LiveTask,
  event: TaskEvent | TimerFired,
  turn: Turn,
): boolean {
  const before = task.snapshot
  const from = task.state
  const [next, effects] = taskLogic.step(before, event as TaskEvent)
  if (next === before) return false
  task.snapshot = next
  live.classify(task)
  turn.saveTask(live, task)
  keepTimeout(live, task, before.context.attempt, turn)
  noticeTask(live, task, from, event, turn)
  for (const effect of effects) carryOutTask(live, task, effect, turn)
  return true
}

/** The clock of the timeout policy runs for each attempt anew, and while a task is open. */
function keepTimeout(live: LiveExecution, task: LiveTask, attemptBefore: number, turn: Turn): void {
  const { attempt, timeoutAt } = task.context
  if (timeoutAt === null) return
  const key = timerKey(live.id, task.id, 'timeout')
  if (task.isFinal) turn.clearTimer(key)
  else if (attempt !== attemptBefore) turn.setTimer(key, timeoutAt - turn.now)
}

/** Writes data of a task that no transition depends on. */
export function noteTask(
  live: LiveExecution,
  task: LiveTask,
  fields: Partial<TaskContext>,
  turn: Turn,
): void {
  task.snapshot = withContext(task.snapshot, fields)
  if (fields.triggeredBy) task.forgetContexts()
  live.classify(task)
  turn.saveTask(live, task)
}

function carryOutTask(live: LiveExecution, task: LiveTask, effect: Effect, turn: Turn): void {
  const at = { executionId: live.id, taskId: task.id }
  const key = (timer: string) => timerKey(live.id, task.id, timer)
  const { attempt, outcome } = task.context
  switch (effect.kind) {
    case 'timer.set':
      return turn.setTimer(key(effect.timerId), effect.delayMs)
    case 'timer.clear':
      return turn.clearTimer(key(effect.timerId))
  }
  switch (effect.type) {
    case 'schedule':
      return turn.tell({ type: 'task.run', ...at, attempt })
    case 'holdExecution':
      return turn.tell({
        type: 'execution.pause',
        executionId: live.id,
        info: null,
        held: false,
        cause: { kind: 'pause-before', taskId: task.id, at: turn.now },
      })
    case 'completeHeld':
      return turn.tell({ type: 'task.complete', ...at, attempt, ...outcome! })
    case 'rejectResults':
      task.result = undefined
      return turn.tell({ type: 'task.reject', ...at })
    case 'lookAgain':
      return turn.tell({ type: 'task.await', ...at })
    case 'route':
      return turn.tell({ type: 'task.route', ...at })
    default:
      throw new TypeError(`A task has no effect ${effect.type}`)
  }
}

/** Steps an execution's machine. Returns whether the event meant anything in its state. */
export function stepExecution(live: LiveExecution, event: ExecutionEvent, turn: Turn): boolean {
  const [next, effects] = executionLogic.step(live.snapshot, event)
  if (next === live.snapshot) return false
  const from = live.state
  live.snapshot = next
  turn.saveExecution(live)
  noticeExecution(live, from, turn)
  for (const effect of effects) {
    if (effect.kind !== 'run' || effect.type !== 'announce') {
      throw new TypeError(`An execution has no effect ${JSON.stringify(effect)}`)
    }
    announce(live, from, turn)
  }
  return true
}

/** Tells the task that started it. */
function announce(live: LiveExecution, from: ExecutionState, turn: Turn): void {
  const { parentExecutionId, parentTaskId, attempt } = live.context
  if (parentExecutionId === null || parentTaskId === null) return
  turn.tell({
    type: 'child.changed',
    executionId: parentExecutionId,
    taskId: parentTaskId,
    childId: live.id,
    attempt,
    from,
    to: live.state,
  })
}
