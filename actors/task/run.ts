/**
 * @module
 * A task runs: its action, its sub-workflow, or the next of its items (`engine.md` §4, §9, §11, §12).
 */
import type { ActionResult } from '../action/action.ts'
import { InstantiationError, raised } from '../action/registry.ts'
import { isEmpty } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { noteTask } from '../execution/changes.ts'
import { checkSize } from '../execution/limits.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { taskScope } from '../data-flow/scope.ts'
import { NotLoaded } from '../expressions/host.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import type { Mapping } from '../expressions/values/value.ts'
import { NO_ITEMS } from '../records.ts'
import type { ActionRow } from '../records.ts'
import type { StartMessage, Turn } from '../turn.ts'
import { childStart, SubWorkflowError, taskCall } from './call.ts'
import type { ActionCall } from './call.ts'
import { failing } from './force-fail.ts'
import { itemsOf, nextIndexes, totalOf } from './items.ts'
import type { Item } from './items.ts'

/** Something to start: an action, a sub-workflow, or what stands in its way. */
type Start =
  | { readonly kind: 'action'; readonly call: ActionCall }
  | { readonly kind: 'workflow'; readonly message: StartMessage }
  | { readonly kind: 'error'; readonly message: string }

/** Schedules what an attempt of a task runs. @throws {NotLoaded} */
export function runTask(live: LiveExecution, task: LiveTask, attempt: number, turn: Turn): void {
  // That one of its items is paused does not keep the others.
  if (task.state !== 'RUNNING' && task.state !== 'PAUSED') return
  if (task.context.attempt !== attempt) return
  // What it began with goes on, but what has ended begins no more items.
  if (live.isFinal && task.context.items) return
  failing(
    live,
    task,
    turn,
    () => ({ doing: 'run task' }),
    () => task.spec.withItems ? planItems(live, task, turn) : planOne(live, task, turn),
  )
}

function planOne(live: LiveExecution, task: LiveTask, turn: Turn): () => void {
  const start = startOf(live, task, null, 0, turn)
  return () => begin(live, task, start, 0, turn)
}

function planItems(live: LiveExecution, task: LiveTask, turn: Turn): () => void {
  const { attempt, policies } = task.context
  const items = task.items?.attempt === attempt
    ? task.items.items
    : itemsOf(task.spec.withItems!, taskScope(live, task, turn))
  const progress = task.context.items ?? { ...NO_ITEMS, count: items.count }
  const concurrency = policies?.concurrency ?? 0
  const indexes = nextIndexes(progress, concurrency, turn.limits.itemsAtOnce)
  const starts = indexes.map((index) => startOf(live, task, items.at(index), index, turn))

  return () => {
    const next = progress.next + indexes.length
    const refused = starts.filter(({ kind }) => kind === 'error').length
    const running = progress.running + indexes.length - refused
    const begun = { ...progress, next, running, failed: progress.failed + refused }
    task.items = next < totalOf(begun) ? { attempt, items } : null
    noteTask(live, task, { items: begun, updatedAt: turn.now }, turn)
    starts.forEach((start, i) => begin(live, task, start, indexes[i]!, turn))

    const at = { executionId: live.id, taskId: task.id, attempt }
    if (totalOf(begun) === 0) {
      turn.tell({ type: 'task.complete', ...at, state: 'SUCCESS', info: null })
    } else if (indexes.length === turn.limits.itemsAtOnce) turn.tell({ type: 'task.run', ...at })
  }
}

/** @throws {InvalidError} For what fails the whole workflow. {@link NotLoaded} */
function startOf(
  live: LiveExecution,
  task: LiveTask,
  items: Item | null,
  index: number,
  turn: Turn,
): Start {
  const scopeWith = (first: Mapping | null) =>
    taskScope(live, task, turn, { ...(items && { items }), ...(first && { first }) })
  if (task.spec.workflow) {
    try {
      return { kind: 'workflow', message: childStart(live, task, index, scopeWith(null), turn) }
    } catch (error) {
      const isOwn = task.spec.safeInput && error instanceof InvalidError
      if (!isOwn && !(error instanceof SubWorkflowError)) throw error
      return { kind: 'error', message: error.message }
    }
  }
  try {
    const call = taskCall(live, task, scopeWith, turn)
    if (!isEmpty(call.input)) checkSize('input', stringifyJson(call.input), turn)
    return { kind: 'action', call }
  } catch (error) {
    const isOwn = task.spec.safeInput && error instanceof InvalidError
    if (!isOwn && !(error instanceof InstantiationError)) throw error
    return { kind: 'error', message: error.message }
  }
}

function begin(
  live: LiveExecution,
  task: LiveTask,
  start: Start,
  index: number,
  turn: Turn,
): void {
  switch (start.kind) {
    case 'workflow':
      return turn.tell(start.message)
    case 'action':
      return scheduleAction(live, task, start.call, index, turn)
    case 'error':
      return turn.tell({
        type: 'task.complete',
        executionId: live.id,
        taskId: task.id,
        attempt: task.context.attempt,
        state: 'ERROR',
        info: start.message,
        result: [],
      })
  }
}

function scheduleAction(
  live: LiveExecution,
  task: LiveTask,
  call: ActionCall,
  index: number,
  turn: Turn,
): void {
  const { context } = live
  const safeRerun = task.context.policies?.safeRerun ?? false
  const row = newAction(call, {
    id: turn.newId(live.id),
    project: context.project,
    workflowName: context.workflowName,
    workflowNamespace: context.workflowNamespace,
    executionId: live.id,
    taskId: task.id,
    taskName: task.name,
    description: null,
    index,
    attempt: task.context.attempt,
    safeRerun: safeRerun || (call.action.pure ?? false),
    now: turn.now,
  })
  launch(row, call, task.context.policies?.timeoutMs ?? 0, turn)
}

/** What the row of a new action execution is made of. */
export type ActionOrigin =
  & Pick<
    ActionRow,
    | 'id'
    | 'project'
    | 'workflowName'
    | 'workflowNamespace'
    | 'executionId'
    | 'taskId'
    | 'taskName'
    | 'description'
    | 'index'
    | 'attempt'
    | 'safeRerun'
  >
  & { readonly now: number }

export function newAction(
  call: Pick<ActionCall, 'name' | 'action'>,
  origin: ActionOrigin,
): ActionRow {
  return {
    id: origin.id,
    name: call.name,
    state: 'RUNNING',
    taskId: origin.taskId,
    taskName: origin.taskName,
    executionId: origin.executionId,
    project: origin.project,
    workflowName: origin.workflowName,
    workflowNamespace: origin.workflowNamespace,
    stateInfo: null,
    description: origin.description,
    tags: null,
    accepted: false,
    sync: !call.action.async,
    index: origin.index,
    attempt: origin.attempt,
    safeRerun: origin.safeRerun,
    timeoutMs: 0,
    createdAt: origin.now,
    updatedAt: origin.now,
  }
}

/** Keeps a new action execution and starts it: at once if it need not wait, else after the commit. */
function launch(
  row: ActionRow,
  call: ActionCall,
  timeoutMs: number,
  turn: Turn,
): void {
  turn.addAction(row)
  if (!isEmpty(call.input)) turn.savePayload(row.id, 'input', stringifyJson(call.input))
  const result = resultNow(row, call)
  if (result) {
    return turn.tell({
      type: 'action.result',
      actionId: row.id,
      executionId: row.executionId,
      taskId: row.taskId,
      result,
    })
  }
  turn.startAction({ row, action: call.action, input: call.actionInput, timeoutMs, alone: null })
}

/** The result of an action that need not wait, or undefined. */
export function resultNow(
  row: Pick<ActionRow, 'id'>,
  { action, actionInput }: ActionCall,
): ActionResult | undefined {
  if (action.async) return undefined
  try {
    return action.now?.(actionInput)
  } catch (error) {
    if (error instanceof NotLoaded) throw error
    return raised(action, row.id, error)
  }
}
