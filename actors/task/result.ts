/**
 * @module
 * What a task came to, from what its actions or sub-workflows came to (`reference/engine.md` §12.3).
 */

import { isFinal, stateOf } from '../records.ts'
import type { ExecutionRow, TaskContext } from '../records.ts'

/**
 * Those of a task's sub-workflows whose end counts for it: of its present attempt and, after a rerun
 * without reset, what had succeeded before and was not run again.
 *
 * @param children All that it started, oldest first.
 */
export function acceptedChildren(
  children: readonly ExecutionRow[],
  { attempt, items }: TaskContext,
): ExecutionRow[] {
  const again = items?.only && new Set(items.only)
  const latest = new Map(children.map((child) => [child.context.index, child]))
  return children.filter((child) => {
    const state = stateOf(child)
    const { index } = child.context
    if (child.context.attempt === attempt) return isFinal(state)
    return again && !again.has(index) && state === 'SUCCESS' && latest.get(index) === child
  })
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
