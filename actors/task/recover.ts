/**
 * @module
 * Actions that were under way when their host died (`reference/engine.md` §12.4).
 */
import type { ActionResult } from '../action/action.ts'
import { runAloneAgain } from '../action/stand-alone.ts'
import { entriesOf, NOTHING } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { readJson } from '../execution/results.ts'
import { taskScope } from '../data-flow/scope.ts'
import { evaluateRecursively } from '../expressions/expressions.ts'
import type { Mapping } from '../expressions/values/value.ts'
import { payloadId } from '../records.ts'
import type { ActionRow } from '../records.ts'
import type { Message, Turn } from '../turn.ts'
import { isEnded } from './action-results.ts'
import { callAction, dataScope, placeOf } from './call.ts'

const NOT_SAFE = 'Request to run an action was redelivered, but it cannot be re-run safely. ' +
  "If it may be run twice, say 'safe-rerun: true' in its task"

const SILENT = "Heartbeat wasn't received."

type Recover = Extract<Message, { type: 'action.recover' }>

/** Starts an action again if that is safe, and else ends it with an error. @throws {NotLoaded} */
export function recoverAction({ actionId, unsent, silent }: Recover, turn: Turn): void {
  const row = turn.actionRows([actionId])[0]
  if (!row || isEnded(row)) return turn.clearRunning(actionId)
  const input = readJson(turn.rows('payload', [payloadId(actionId, 'input')])[0] ?? null)
  if (!row.safeRerun && !unsent) {
    return fail(row, { error: silent ? SILENT : NOT_SAFE, classes: ['lost'] }, turn)
  }
  try {
    startAgain(row, input, turn)
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    fail(row, { error: error.message }, turn)
  }
}

function startAgain(row: ActionRow, input: Mapping, turn: Turn): void {
  if (row.executionId === null) return runAloneAgain(row, input, turn)
  const live = turn.execution(row.executionId)
  const task = live?.tasks.get(row.taskId ?? '')
  if (!live || !task) return turn.clearRunning(row.id)
  const scopeWith = (first: Mapping | null) => taskScope(live, task, turn, first ? { first } : {})
  const call = callAction(
    row.name,
    Object.fromEntries(entriesOf(input)),
    placeOf(live),
    (template, data, field) => evaluateRecursively(template, dataScope(data, scopeWith), field),
    turn,
  )
  turn.startAction({
    row,
    action: call.action,
    input: call.actionInput,
    timeoutMs: task.context.policies?.timeoutMs ?? 0,
    alone: null,
  })
}

function fail(row: ActionRow, result: ActionResult, turn: Turn): void {
  if (row.executionId !== null) {
    const { executionId, taskId } = row
    return turn.tell({
      type: 'action.result',
      actionId: row.id,
      executionId,
      taskId,
      result,
    })
  }
  const alone = { ask: null, save: true, isStored: true, input: NOTHING }
  turn.tell({ type: 'action.ran', row, alone, result })
}
