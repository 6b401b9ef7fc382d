/**
 * @module
 * What a task's actions and sub-workflows came to (`reference/engine.md` §12.3).
 */
import { fieldOf, isObject, NOTHING } from '../data.ts'
import { parseJson } from '../expressions/values/json.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import { isFinal, payloadId, stateOf } from '../records.ts'
import { acceptedChildren, taskResult } from '../task/result.ts'
import type { ChildOutcome } from '../task/result.ts'
import type { ActionRow, ExecutionRow } from '../records.ts'
import type { Turn } from '../turn.ts'
import type { LiveExecution, LiveTask } from './live.ts'

/** A JSON object as it is stored; nothing where there is none. */
export function readJson(body: string | null): Mapping {
  if (body === null) return NOTHING
  const value = parseJson(body)
  return isObject(value) ? value : NOTHING
}

/** The action executions of a task, oldest first. @throws {NotLoaded} */
export function actionsOf(task: LiveTask, turn: Turn): ActionRow[] {
  return turn.actionRows(turn.list('actions.task', task.id)).filter((row) => row !== null)
}

/** The sub-workflow executions that a task started, oldest first. @throws {NotLoaded} */
export function childrenOf(task: LiveTask, turn: Turn): ExecutionRow[] {
  return turn.rows('execution', turn.list('executions.task', task.id))
    .flatMap((body) => body === null ? [] : [JSON.parse(body) as ExecutionRow])
}

/** Ids of sub-workflow executions that are not final. @throws {NotLoaded} */
export function unfinishedChildren(live: LiveExecution, turn: Turn): string[] {
  return [...live.open]
    .filter((task) => task.context.type === 'WORKFLOW')
    .flatMap((task) => childrenOf(task, turn))
    .filter((row) => !isFinal(stateOf(row)))
    .map((row) => row.context.id)
}

/** The `result` of an action's output, null where it has none. */
export function outputResults(ids: readonly string[], turn: Turn): Value[] {
  return turn.rows('payload', ids.map((id) => payloadId(id, 'output')))
    .map((body) => fieldOf(readJson(body), 'result') ?? null)
}

/**
 * The result of a task: of its one action or sub-workflow, or of all its items in their order.
 *
 * @throws {NotLoaded}
 */
export function resultOf(task: LiveTask, turn: Turn): Value {
  if (task.result !== undefined) return task.result
  const outcomes = task.context.type === 'WORKFLOW'
    ? childOutcomes(task, turn)
    : actionOutcomes(task, turn)
  const result = taskResult<Value>(task.spec.withItems !== null, outcomes)
  if (task.isFinal && task.spec.withItems === null) task.result = result
  return result
}

function actionOutcomes(task: LiveTask, turn: Turn): ChildOutcome<Value>[] {
  const accepted = actionsOf(task, turn).filter((row) => row.accepted)
  const results = outputResults(accepted.map((row) => row.id), turn)
  return accepted.map((row, i) => ({
    index: row.index,
    accepted: true,
    result: results[i] ?? null,
  }))
}

function childOutcomes(task: LiveTask, turn: Turn): ChildOutcome<Value>[] {
  const accepted = acceptedChildren(childrenOf(task, turn), task.context)
  const outputs = turn.rows('payload', accepted.map((row) => payloadId(row.context.id, 'output')))
  return accepted.map((row, i) => ({
    index: row.context.index,
    accepted: true,
    result: readJson(outputs[i] ?? null),
  }))
}

/** What tasks published, of those of which it is not in memory yet. @throws {NotLoaded} */
export function loadPublished(tasks: readonly LiveTask[], turn: Turn): void {
  const missing = tasks.filter((task) => task.published === null)
  if (missing.length === 0) return
  const bodies = turn.rows('payload', missing.map((task) => payloadId(task.id, 'published')))
  missing.forEach((task, i) => task.published = readJson(bodies[i] ?? null))
}

/**
 * Has the results of tasks read together; with {@link resultOf} alone each would be waited for. Those of
 * tasks with items are not: they may be long.
 *
 * @throws {NotLoaded}
 */
export function loadResults(tasks: readonly LiveTask[], turn: Turn): void {
  const plain = tasks.filter((task) => task.result === undefined && task.spec.withItems === null)
  const ids = (type: 'ACTION' | 'WORKFLOW') =>
    plain.filter((task) => task.context.type === type).map((task) => task.id)
  const actions = turn.actionRows(turn.lists('actions.task', ids('ACTION')).flat())
  const children = turn.lists('executions.task', ids('WORKFLOW')).flat()
  turn.rows('execution', children)
  const accepted = actions.flatMap((row) => row?.accepted ? [row.id] : [])
  turn.rows('payload', [...accepted, ...children].map((id) => payloadId(id, 'output')))
}
