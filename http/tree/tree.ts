/**
 * @module
 * Executions with the sub-workflow executions that their tasks started.
 */
import { stateOf } from '../../actors/records.ts'
import { type ExecutionItem, gather, type RowReader, type TaskItem } from '../rows.ts'

/** How much is read at a time. */
const BATCH = 500
const ALL = { after: null, reverse: false, batch: BATCH } as const

export interface TreeOptions {
  /** Follow only tasks in ERROR. */
  readonly errorsOnly: boolean
  /** How many levels below the start are followed; -1 for all. */
  readonly maxDepth: number
}

const EVERYTHING: TreeOptions = { errorsOnly: false, maxDepth: -1 }

/** All executions below an execution, depth first. */
export async function descendantsOf(
  rows: RowReader,
  executionId: string,
  options: TreeOptions = EVERYTHING,
): Promise<ExecutionItem[]> {
  if (options.maxDepth === 0) return []
  const below: ExecutionItem[] = []
  for await (const ids of rows.tasksOf(executionId, ALL)) {
    const tasks = await rows.tasks(ids)
    for (const task of tasks) {
      if (task.row.context.type === 'WORKFLOW') {
        below.push(...await descendantsOfTask(rows, task, deeper(options)))
      }
    }
  }
  return below
}

/** The executions that a task started, each followed by those below it. */
export async function descendantsOfTask(
  rows: RowReader,
  task: TaskItem,
  options: TreeOptions,
): Promise<ExecutionItem[]> {
  if (options.errorsOnly && stateOf(task.row) !== 'ERROR') return []
  const below: ExecutionItem[] = []
  for (const child of await childrenOf(rows, task.id)) {
    below.push(child, ...await descendantsOf(rows, child.id, options))
  }
  return below
}

function deeper(options: TreeOptions): TreeOptions {
  return options.maxDepth < 0 ? options : { ...options, maxDepth: options.maxDepth - 1 }
}

/** The executions that a task started, oldest first. */
export async function childrenOf(rows: RowReader, taskId: string): Promise<ExecutionItem[]> {
  return await rows.executions(await gather(rows.childrenOf(taskId, ALL)))
}

/** The tasks of an execution, oldest first. */
export async function tasksOf(rows: RowReader, executionId: string): Promise<TaskItem[]> {
  return await rows.tasks(await gather(rows.tasksOf(executionId, ALL)))
}
