/**
 * @module
 * Errors of the definition itself (`reference/engine.md` §13.1): the task and the whole workflow fail
 * at once, with the same message, and nothing that was still to come of policies, publish and clauses
 * applies.
 */
import { InvalidError } from '../errors.ts'
import { stepTask } from '../execution/changes.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { telling } from '../expressions/expressions.ts'
import { cut } from '../execution/limits.ts'
import type { Turn } from '../turn.ts'

/** What was being done, for the message: `run task`; with the action whose end led to it. */
export interface Doing {
  readonly doing: string
  readonly action?: string
}

/**
 * Works out a change of a task and makes it; an error in working it out fails task and workflow.
 *
 * @param doing Asked only in case of an error.
 * @param plan Reads and evaluates, and returns what then changes things.
 */
export function failing(
  live: LiveExecution,
  task: LiveTask,
  turn: Turn,
  doing: () => Doing,
  plan: () => () => void,
): void {
  planned(live, task, turn, doing, plan)()
}

/** As {@link failing}, but the change, or the failure, is still to be made. */
export function planned(
  live: LiveExecution,
  task: LiveTask,
  turn: Turn,
  doing: () => Doing,
  plan: () => () => void,
): () => void {
  try {
    return plan()
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    const { doing: what, action } = doing()
    const message = telling(error, (summary) => {
      const facts = [`error=${summary}`, `wf=${live.context.workflowName}`, `task=${task.name}`]
      if (action !== undefined) facts.push(`action=${action}`)
      return `Failed to ${what} [${facts.join(', ')}]`
    })
    return () => forceFail(live, task, message, turn)
  }
}

export function forceFail(live: LiveExecution, task: LiveTask, message: string, turn: Turn): void {
  const info = cut(message)!
  stepTask(live, task, { type: 'FORCE_FAIL', now: turn.now, info }, turn)
  if (live.isFinal) return
  const cause = { kind: 'definition', taskId: task.id, at: turn.now } as const
  turn.tell({ type: 'execution.finish', executionId: live.id, state: 'ERROR', info, cause })
}
