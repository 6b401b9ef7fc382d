/**
 * @module
 * How many tasks, or items of a task, are in which state.
 */
import { InvalidError } from '../../actors/errors.ts'
import { stateOf, type TaskState } from '../../actors/records.ts'
import { type ExecutionItem, gather, type RowReader, type TaskItem } from '../rows.ts'
import { childrenOf, descendantsOf, tasksOf } from './tree.ts'

const STATES: readonly TaskState[] = [
  'IDLE',
  'WAITING',
  'RUNNING',
  'DELAYED',
  'PAUSED',
  'SUCCESS',
  'ERROR',
  'CANCELLED',
  'SKIPPED',
]

/** Counts by state, and `TOTAL`. */
type Counts = Record<TaskState | 'TOTAL', number>

function countsOf(states: readonly TaskState[]): Counts {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Counts
  for (const state of states) counts[state]++
  return { ...counts, TOTAL: states.length }
}

/**
 * Counts the tasks of a root and of all below it, or those of one execution alone.
 *
 * @throws {InvalidError} If the whole is asked of an execution that is none.
 */
export async function taskStatistics(
  rows: RowReader,
  item: ExecutionItem,
  currentOnly: boolean,
): Promise<Counts> {
  if (!currentOnly && item.row.context.rootId !== null) {
    throw new InvalidError(
      `Execution ${item.id} is a sub-workflow's: ask with current_only=true, or ask its root ` +
        item.row.context.rootId,
    )
  }
  const below = currentOnly ? [] : await descendantsOf(rows, item.id)
  const states: TaskState[] = []
  for (const { id } of [item, ...below]) {
    for (const { row } of await tasksOf(rows, id)) states.push(stateOf(row))
  }
  return countsOf(states)
}

/**
 * Counts the items of a task by the state of the last that each of them ran; those not begun are IDLE.
 *
 * @throws {InvalidError} If the task has no items.
 */
export async function itemStatistics(rows: RowReader, { id, row }: TaskItem): Promise<Counts> {
  const { items, type, name } = row.context
  const latest = new Map<number, TaskState>()
  if (type === 'WORKFLOW') {
    for (const child of await childrenOf(rows, id)) {
      latest.set(child.row.context.index, stateOf(child.row))
    }
  } else {
    const ids = await gather(rows.actionsOf(id, { after: null, reverse: false, batch: 500 }))
    for (const action of await rows.actions(ids)) latest.set(action.row.index, action.row.state)
  }
  if (!items) throw new InvalidError(`Task ${name} has no items: it is not a with-items task`)
  const idle = Array.from({ length: Math.max(0, items.count - latest.size) }, () => 'IDLE' as const)
  return countsOf([...latest.values(), ...idle])
}
