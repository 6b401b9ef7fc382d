/**
 * @module
 * What has to be known of an execution to say why it is where it is: gathered in one pass over its
 * tasks, holding no more than the definition's tasks and one page of those that wait.
 */
import { NOTHING } from '../../actors/data.ts'
import { executionLogic } from '../../actors/execution/execution.machine.ts'
import { openRound } from '../../actors/join/joins.ts'
import type { Round } from '../../actors/join/joins.ts'
import { LiveExecution, LiveTask } from '../../actors/execution/live.ts'
import type { WorkflowSpec } from '../../actors/language/spec.ts'
import { isFinal, stateOf } from '../../actors/records.ts'
import type { TaskRow } from '../../actors/records.ts'
import { taskLogic } from '../../actors/task/task.machine.ts'
import type { ExecutionItem, RowReader } from '../rows.ts'

const BATCH = 500

export interface Survey {
  readonly item: ExecutionItem
  readonly spec: WorkflowSpec
  /** The last run of each task of the definition that has run. */
  readonly latest: ReadonlyMap<string, TaskRow>
  /** Of joins, the run before the last. */
  readonly before: ReadonlyMap<string, TaskRow>
  /** Those that are shown: after the marker, as many as were asked for, oldest first. */
  readonly shown: readonly TaskRow[]
  /** How many more there are after them. */
  readonly more: number
  /** All that are in the states asked for. */
  readonly total: number
  /** Tasks that ended while the execution was paused, and whose successors wait. */
  readonly held: number
}

export interface SurveyOptions {
  readonly shows: (row: TaskRow) => boolean
  /** Exclusive; null for the start. */
  readonly after: string | null
  readonly limit: number
}

export async function survey(
  rows: RowReader,
  item: ExecutionItem,
  spec: WorkflowSpec,
  { shows, after, limit }: SurveyOptions,
): Promise<Survey> {
  const latest = new Map<string, TaskRow>()
  const before = new Map<string, TaskRow>()
  const shown: TaskRow[] = []
  let [more, total, held] = [0, 0, 0]
  for await (const ids of rows.tasksOf(item.id, { after: null, reverse: false, batch: BATCH })) {
    for (const { id, row } of await rows.tasks(ids)) {
      const { name, isJoin, processed, nextTasks } = row.context
      const last = latest.get(name)
      if (isJoin && last) before.set(name, last)
      latest.set(name, row)
      if (isFinal(stateOf(row)) && !processed && nextTasks) held++
      if (!shows(row)) continue
      total++
      if (after !== null && id <= after) continue
      if (shown.length < limit) shown.push(row)
      else more++
    }
  }
  return { item, spec, latest, before, shown, more, total, held }
}

/** How a join stands: which of the tasks before it arrived, are awaited, or can no longer arrive. */
export function roundOf({ item, spec, latest, before }: Survey, join: TaskRow): Round {
  const { value, context } = item.row
  const live = new LiveExecution(executionLogic.restore(value, context), {
    spec,
    input: NOTHING,
    params: NOTHING,
    globals: NOTHING,
    env: NOTHING,
    output: null,
  })
  const add = (row: TaskRow) => {
    const task = spec.tasks.get(row.context.name)
    if (!task) return null
    const added = new LiveTask(task, taskLogic.restore(row.value, row.context), NOTHING)
    live.add(added)
    return added
  }
  const fired = before.get(join.context.name)
  if (fired) add(fired)
  for (const row of latest.values()) if (row.context.name !== join.context.name) add(row)
  return openRound(live, add(join)!)
}
