/**
 * @module
 * Changes of tasks and executions: one step of a machine, kept, and what the machine asked for told on.
 */
import type { Effect } from '../pure-logic.ts'
import { taskLogic } from '../task/task.machine.ts'
import type { TaskEvent, TaskInput } from '../task/task.machine.ts'
import type { TaskSpec } from '../language/spec.ts'
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
  const [snapshot] = taskLogic.init({
    id: turn.newId(live.id),
    executionId: live.id,
    name: spec.name,
    type: spec.workflow ? 'WORKFLOW' : 'ACTION',
    tags: spec.tags,
    isJoin: spec.join !== null,
    triggeredBy,
    now: turn.now,
  })
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
  const [next, effects] = taskLogic.step(before, event as TaskEvent)
  if (next === before) return false
  task.snapshot = next
  if (next.context.triggeredBy !== before.context.triggeredBy) task.forgetContexts()
  live.classify(task)
  turn.saveTask(live, task)
  for (const effect of effects) carryOutTask(live, task, effect, turn)
  return true
}

function carryOutTask(live: LiveExecution, task: LiveTask, effect: Effect, turn: Turn): void {
  const at = { executionId: live.id, taskId: task.id }
  const key = (timer: string) => timerKey(live.id, task.id, timer)
  const { attempt, policies, outcome } = task.context
  switch (effect.kind) {
    case 'timer.set':
      return turn.setTimer(key(effect.timerId), effect.delayMs)
    case 'timer.clear':
      return turn.clearTimer(key(effect.timerId))
  }
  switch (effect.type) {
    case 'schedule':
      return turn.tell({ type: 'task.run', ...at, attempt })
    case 'armTimeout':
      if (policies && policies.timeoutMs > 0) turn.setTimer(key('timeout'), policies.timeoutMs)
      return
    case 'disarmTimeout':
      if (policies && policies.timeoutMs > 0) turn.clearTimer(key('timeout'))
      return
    case 'holdExecution':
      return turn.tell({ type: 'execution.pause', executionId: live.id, info: null })
    case 'completeHeld':
      return turn.tell({ type: 'task.complete', ...at, attempt, ...outcome! })
    case 'rejectResults':
      task.result = undefined
      return turn.tell({ type: 'task.reject', ...at })
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
  live.snapshot = next
  turn.saveExecution(live)
  for (const effect of effects) {
    if (effect.kind !== 'run' || effect.type !== 'announce') {
      throw new TypeError(`An execution has no effect ${JSON.stringify(effect)}`)
    }
    announce(live, turn)
  }
  return true
}

/** Tells the task that started it. */
function announce(live: LiveExecution, turn: Turn): void {
  const { parentExecutionId, parentTaskId } = live.context
  if (parentExecutionId === null || parentTaskId === null) return
  turn.tell({
    type: 'child.changed',
    executionId: parentExecutionId,
    taskId: parentTaskId,
    childId: live.id,
  })
}
