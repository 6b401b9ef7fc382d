/**
 * @module
 * What a task makes of its sub-workflows' changes (`reference/engine.md` §9, §14, §15): they end, pause,
 * go on, are run again or deleted.
 */
import { fieldOf, NOTHING } from '../data.ts'
import { str } from '../expressions/values/text.ts'
import type { Mapping } from '../expressions/values/value.ts'
import { isFinal, stateOf } from '../records.ts'
import type { Cause, Outcome } from '../records.ts'
import { childEnded } from '../task/complete.ts'
import { classesOfError } from '../task/error-classes.ts'
import { totalOf } from '../task/items.ts'
import type { Message, Turn } from '../turn.ts'
import { noteTask, stepTask } from './changes.ts'
import type { LiveExecution, LiveTask } from './live.ts'
import { planPause, revival } from './operations.ts'
import { childrenOf } from './results.ts'

type Changed = Extract<Message, { type: 'child.changed' }>

/** A sub-workflow changed its state. @throws {NotLoaded} */
export function childChanged(
  live: LiveExecution,
  task: LiveTask,
  { childId, attempt, from, to }: Changed,
  turn: Turn,
): void {
  const child = turn.execution(childId)
  if (!child) {
    // Deleted after it had ended, and before this was heard.
    if (isFinal(to)) childDeleted(live, task, { childId, attempt }, turn)
    return
  }
  if (attempt !== task.context.attempt) return
  switch (to) {
    case 'SUCCESS':
    case 'ERROR':
    case 'CANCELLED': {
      const output = child.output ?? NOTHING
      if (task.spec.withItems) unpause(live, task, childId, turn)
      return childEnded(live, task, attempt, outcomeOf(child, to, output), output, turn)
    }
    case 'PAUSED': {
      const cause: Cause = { kind: 'child', taskId: task.id, at: turn.now }
      const held = child.context.held ?? false
      const pauseAll = planPause(live, { info: null, held, cause }, turn)
      stepTask(live, task, { type: 'PAUSE', now: turn.now }, turn)
      return pauseAll()
    }
    case 'RUNNING':
      return from === 'ERROR' || from === 'CANCELLED'
        ? childRunsAgain(live, task, childId, from, turn)
        : childResumed(live, task, childId, turn)
  }
}

function outcomeOf(child: LiveExecution, state: Outcome['state'], output: Mapping): Outcome {
  if (state === 'SUCCESS') return { state, info: null }
  const result = fieldOf(output, 'result') ?? null
  const info = result === null ? null : str(result)
  if (state === 'CANCELLED') return { state, info }
  // What it chose to say of its failure; variables that merely are called so say nothing.
  const said = child.spec.outputOnError === null ? [] : classesOfError(output)
  const timedOut = child.context.cause?.kind === 'timeout' ? ['timeout'] : []
  return { state, info, failures: [['workflow', ...timedOut, ...said]] }
}

/** Its task goes on once none of its sub-workflows is paused, and its execution once no task is. */
function childResumed(live: LiveExecution, task: LiveTask, childId: string, turn: Turn): void {
  if (unpause(live, task, childId, turn)) goOn(live, turn)
}

/** A task is no longer PAUSED if no sub-workflow but the one given is. Returns whether it was. */
function unpause(live: LiveExecution, task: LiveTask, childId: string, turn: Turn): boolean {
  if (task.state !== 'PAUSED') return false
  const siblings = childrenOf(task, turn).filter((row) => row.context.id !== childId)
  if (siblings.some((row) => stateOf(row) === 'PAUSED')) return false
  return stepTask(live, task, { type: 'RESUME', now: turn.now }, turn)
}

function goOn(live: LiveExecution, turn: Turn): void {
  if (live.state !== 'PAUSED' || [...live.open].some(({ state }) => state === 'PAUSED')) return
  turn.tell({ type: 'execution.resume', executionId: live.id, env: null })
}

/** A task in it was rerun or skipped after it had ended: so everything above it is under way again. */
function childRunsAgain(
  live: LiveExecution,
  task: LiveTask,
  childId: string,
  was: 'ERROR' | 'CANCELLED',
  turn: Turn,
): void {
  const revive = revival(live, turn)
  if (task.state === 'PAUSED') childResumed(live, task, childId, turn)
  const ended = task.isFinal
  if (ended) stepTask(live, task, { type: 'RESUME', now: turn.now }, turn)
  revive()
  goOn(live, turn)
  task.result = undefined
  task.forgetContexts()

  const { items, attempt } = task.context
  if (!items) return
  const progress = {
    ...items,
    running: items.running + 1,
    failed: items.failed - (was === 'ERROR' ? 1 : 0),
    cancelled: items.cancelled - (was === 'CANCELLED' ? 1 : 0),
  }
  noteTask(live, task, { items: progress }, turn)
  // The task ended before all of its items had begun.
  if (ended && progress.next < totalOf(progress)) {
    turn.tell({ type: 'task.run', executionId: live.id, taskId: task.id, attempt })
  }
}

type Deleted = Pick<Extract<Message, { type: 'child.deleted' }>, 'childId' | 'attempt'>

/** A sub-workflow was deleted before its end was heard of, and will not be: its task fails. */
export function childDeleted(
  live: LiveExecution,
  task: LiveTask,
  { childId, attempt }: Deleted,
  turn: Turn,
): void {
  if (attempt === task.context.attempt && task.spec.withItems) unpause(live, task, childId, turn)
  const info = `The sub-workflow execution ${childId} was deleted before it ended`
  childEnded(live, task, attempt, { state: 'ERROR', info }, [], turn)
}
