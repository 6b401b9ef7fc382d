/**
 * @module
 * The report of an execution: how its tasks stand, and the tree of what they did.
 */
import { type ActionRow, stateOf, type TaskState } from '../../actors/records.ts'
import { type ExecutionItem, gather, type RowReader, type TaskItem } from '../rows.ts'
import { childrenOf, tasksOf, type TreeOptions } from './tree.ts'
import { timestamp } from '../wire.ts'

const COUNTED: readonly TaskState[] = ['RUNNING', 'SUCCESS', 'ERROR', 'IDLE', 'PAUSED']

export interface ReportOptions extends TreeOptions {
  readonly statisticsOnly: boolean
}

interface TreeReport extends ReportOptions {
  /** When the executor of the tree's actions was heard of last; ms since the Unix epoch. */
  readonly heartbeat: number
}

/** Counts of tasks by state, over the whole tree that is shown. */
class Statistics {
  readonly #counts = new Map<TaskState, number>()

  add(state: TaskState): void {
    if (COUNTED.includes(state)) this.#counts.set(state, (this.#counts.get(state) ?? 0) + 1)
  }

  render(estimatedTime: number): Record<string, number> {
    const count = (state: TaskState) => this.#counts.get(state) ?? 0
    const total = COUNTED.reduce((sum, state) => sum + count(state), 0)
    return {
      total_tasks_count: total,
      running_tasks_count: count('RUNNING'),
      success_tasks_count: count('SUCCESS'),
      error_tasks_count: count('ERROR'),
      idle_tasks_count: count('IDLE'),
      paused_tasks_count: count('PAUSED'),
      estimated_time: estimatedTime,
    }
  }
}

export async function reportOf(
  rows: RowReader,
  root: ExecutionItem,
  options: ReportOptions,
  now: number,
): Promise<Record<string, unknown>> {
  const statistics = new Statistics()
  // A tree is in one shard.
  const heartbeat = await rows.heartbeat(root.id)
  const tree = await reportExecution(rows, root, { ...options, heartbeat }, 0, statistics)
  const report = { statistics: statistics.render(await estimate(rows, root, now)) }
  return options.statisticsOnly ? report : { ...report, root_workflow_execution: tree }
}

async function reportExecution(
  rows: RowReader,
  { id, row }: ExecutionItem,
  options: TreeReport,
  depth: number,
  statistics: Statistics,
): Promise<Record<string, unknown>> {
  const { workflowName, createdAt, updatedAt, stateInfo } = row.context
  const shown = {
    id,
    name: workflowName,
    created_at: timestamp(createdAt),
    updated_at: timestamp(updatedAt),
    state: stateOf(row),
    state_info: stateInfo,
  }
  if (options.maxDepth >= 0 && depth > options.maxDepth) return shown

  const tasks: Record<string, unknown>[] = []
  for (const task of await tasksOf(rows, id)) {
    const state = stateOf(task.row)
    if (options.errorsOnly && state !== 'ERROR') continue
    statistics.add(state)
    tasks.push(await reportTask(rows, task, options, depth, statistics))
  }
  return { ...shown, task_executions: tasks }
}

async function reportTask(
  rows: RowReader,
  { id, row }: TaskItem,
  options: TreeReport,
  depth: number,
  statistics: Statistics,
): Promise<Record<string, unknown>> {
  const { name, createdAt, updatedAt, stateInfo, retryNo, type } = row.context
  const isWorkflow = type === 'WORKFLOW'
  const actions = isWorkflow || options.statisticsOnly ? [] : await rows.actions(
    await gather(rows.actionsOf(id, { after: null, reverse: false, batch: 500 })),
  )
  const executions: Record<string, unknown>[] = []
  for (const child of isWorkflow ? await childrenOf(rows, id) : []) {
    executions.push(await reportExecution(rows, child, options, depth + 1, statistics))
  }
  return {
    id,
    name,
    created_at: timestamp(createdAt),
    updated_at: timestamp(updatedAt),
    state: stateOf(row),
    state_info: stateInfo,
    ...(retryNo > 0 && { retry_count: retryNo }),
    action_executions: actions.map(({ row }) => reportAction(row, options.heartbeat)),
    workflow_executions: executions,
  }
}

/** An action that runs was heard of when its executor was; any other, when it changed last. */
function reportAction(row: ActionRow, heartbeat: number): Record<string, unknown> {
  const heardOf = row.sync && row.state === 'RUNNING' ? heartbeat : 0
  return {
    id: row.id,
    name: row.name,
    created_at: timestamp(row.createdAt),
    updated_at: timestamp(row.updatedAt),
    state: row.state,
    state_info: row.stateInfo,
    accepted: row.accepted,
    last_heartbeat: timestamp(Math.max(row.updatedAt, heardOf)),
  }
}

const SAMPLES = 20
/** How far back earlier executions are looked for. */
const LOOKED_THROUGH = 2000

/**
 * Seconds until the execution will have ended, by how long earlier ones of its workflow took: 0 if it
 * is not running, -1 if there were none.
 */
async function estimate(rows: RowReader, root: ExecutionItem, now: number): Promise<number> {
  if (stateOf(root.row) !== 'RUNNING') return 0
  const { workflowId, createdAt } = root.row.context
  const durations: number[] = []
  let looked = 0
  for await (const ids of rows.allExecutions({ after: root.id, reverse: true, batch: 200 })) {
    for (const { row } of await rows.executions(ids)) {
      if (row.context.workflowId !== workflowId || stateOf(row) !== 'SUCCESS') continue
      if (durations.length < SAMPLES) durations.push(row.context.updatedAt - row.context.createdAt)
    }
    looked += ids.length
    if (durations.length === SAMPLES || looked >= LOOKED_THROUGH) break
  }
  if (durations.length === 0) return -1
  const mean = durations.reduce((sum, duration) => sum + duration, 0) / durations.length
  return Math.max(1, Math.round((mean - (now - createdAt)) / 1000))
}
