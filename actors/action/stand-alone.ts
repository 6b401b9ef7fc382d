/**
 * @module
 * Actions that are run by themselves, without a workflow (`reference/engine.md` §12.6).
 */
import { entriesOf } from '../data.ts'
import { ForbiddenError, InvalidError, NotFoundError } from '../errors.ts'
import { checkSize } from '../execution/limits.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import { callAction } from '../task/call.ts'
import type { ActionCall } from '../task/call.ts'
import { isEnded } from '../task/action-results.ts'
import { newAction, resultNow } from '../task/run.ts'
import type { Mapping } from '../expressions/values/value.ts'
import type { ActionRow } from '../records.ts'
import type { Message, StandAlone, Turn } from '../turn.ts'
import { aloneEnding, evaluator } from './stand-alone-result.ts'

type Run = Extract<Message, { type: 'action.run' }>

/** Runs an action by itself. @throws {DomainError} {@link NotLoaded} */
export function runAlone(message: Run, turn: Turn): void {
  const place = { project: message.project, namespace: message.namespace, workbook: null }
  const input = Object.fromEntries(entriesOf(message.input))
  const call = callAction(message.name, input, place, evaluator(turn), turn)
  const { action } = call
  checkSize('input', stringifyJson(call.input), turn)
  if (action.async && message.runSync) {
    throw new InvalidError('Action does not support synchronous execution.')
  }
  const timeoutMs = message.timeoutMs ?? 0
  const save = message.saveResult || !!action.async
  const created = newAction(call, {
    id: message.id,
    project: message.project,
    workflowName: null,
    workflowNamespace: message.namespace,
    executionId: null,
    taskId: null,
    taskName: null,
    // Mistral takes a description with the request and keeps none.
    description: save ? '' : null,
    index: 0,
    attempt: 0,
    safeRerun: action.pure ?? false,
    now: turn.now,
  })
  const row: ActionRow = { ...created, timeoutMs }
  const waits = !action.async && (message.runSync || !message.saveResult)
  const alone: StandAlone = {
    ask: waits ? message.ask : null,
    save,
    isStored: !waits,
    input: call.input,
  }
  if (!waits) {
    turn.addAction(row)
    turn.savePayload(row.id, 'input', stringifyJson(call.input))
    turn.reply(message.ask, { isSaved: save, state: 'RUNNING', output: null })
  }
  start(row, call, alone, timeoutMs, turn)
}

/** Runs a stored action again that was under way: in what is left of its time. @throws {NotLoaded} */
export function runAloneAgain(row: ActionRow, given: Mapping, turn: Turn): void {
  const place = { project: row.project, namespace: row.workflowNamespace, workbook: null }
  const input = Object.fromEntries(entriesOf(given))
  const call = callAction(row.name, input, place, evaluator(turn), turn)
  const alone = { ask: null, save: true, isStored: true, input: call.input }
  const leftMs = Math.min(row.timeoutMs, row.createdAt + row.timeoutMs - turn.now)
  start(row, call, alone, leftMs, turn)
}

function start(
  row: ActionRow,
  call: ActionCall,
  alone: StandAlone,
  leftMs: number,
  turn: Turn,
): void {
  const result = resultNow(row, call)
  if (result) return turn.tell({ type: 'action.ran', row, alone, result })
  const { action, actionInput: input } = call
  turn.startAction({ row, action, input, timeoutMs: row.timeoutMs, leftMs, alone })
}

type Ran = Extract<Message, { type: 'action.ran' }>

/** A stand-alone action has ended. @throws {NotLoaded} */
export function aloneEnded({ row, alone, result }: Ran, turn: Turn): void {
  const current = turn.actionRows([row.id])[0] ?? null
  if (current ? isEnded(current) : alone.isStored) return
  const { state, output } = aloneEnding(row, result, turn)
  if (alone.save) {
    turn.clearRunning(row.id)
    const kept = { ...row, state, accepted: true, updatedAt: turn.now } as const
    if (current) turn.saveAction(kept)
    else {
      turn.addAction(kept)
      turn.savePayload(row.id, 'input', stringifyJson(alone.input))
    }
    turn.savePayload(row.id, 'output', output)
  }
  turn.reply(alone.ask, { isSaved: alone.save, state, output })
}

type Delete = Extract<Message, { type: 'action.delete' }>

/** Deletes a stand-alone action execution that has ended. @throws {DomainError} {@link NotLoaded} */
export function deleteAction({ actionId, ask }: Delete, turn: Turn): void {
  const row = turn.actionRows([actionId])[0] ?? null
  if (!row) throw new NotFoundError(`Action execution not found: ${actionId}`)
  if (row.taskId !== null) {
    throw new ForbiddenError('Only ad-hoc action execution can be deleted, not one of a task')
  }
  if (!isEnded(row)) throw new ForbiddenError('Only completed action execution can be deleted')
  turn.removeAction(row)
  turn.reply(ask, null)
}
