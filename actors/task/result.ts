/**
 * @module
 * What a task came to, from what its actions or sub-workflows came to (`reference/engine.md` §12.3).
 */

import { isFinal, stateOf } from '../records.ts'
import type { ExecutionRow, TaskContext } from '../records.ts'

/** Whether what a sub-workflow came to counts for the task that started it. */
export function isAccepted(child: ExecutionRow, { attempt, items }: TaskContext): boolean {
  const state = stateOf(child)
  if (child.context.attempt === attempt) return isFinal(state)
  // Rerun without reset: what succeeded before still counts.
  return state === 'SUCCESS' && !!items?.only && !items.only.includes(child.context.index)
}

/** One finished child of a task. */
export interface ChildOutcome<T> {
  /** Its item of a with-items task, else 0. */
  readonly index: number
  /** Counts for the task: it finished, and belongs to the task's present attempt. */
  readonly accepted: boolean
  readonly result: T
}

/**
 * With items, the accepted results in the order of items. Without, the accepted one itself; a list if
 * there are several, an empty one if there is none.
 */
export function taskResult<T>(hasItems: boolean, children: readonly ChildOutcome<T>[]): T | T[] {
  const results = children.filter((child) => child.accepted)
    .sort((a, b) => a.index - b.index)
    .map((child) => child.result)
  return !hasItems && results.length === 1 ? results[0]! : results
}
