/**
 * @module
 * Results of action executions, from executors and from people (`reference/engine.md` §2.1, §12.3).
 */
import type { ActionResult } from '../action/action.ts'
import { adHocOutput } from '../action/ad-hoc.ts'
import { aloneEnding } from '../action/stand-alone-result.ts'
import { truthy } from '../data.ts'
import { InvalidError, NotFoundError } from '../errors.ts'
import { checkSize } from '../execution/limits.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { planPause } from '../execution/operations.ts'
import { actionsOf } from '../execution/results.ts'
import { taskScope } from '../data-flow/scope.ts'
import { stepTask } from '../execution/changes.ts'
import { evaluateRecursively, telling } from '../expressions/expressions.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import { str } from '../expressions/values/text.ts'
import type { Value } from '../expressions/values/value.ts'
import type { ActionRow, Cause } from '../records.ts'
import type { Message, Turn } from '../turn.ts'
import { chainOf, placeOf } from './call.ts'
import { childEnded } from './complete.ts'
import { classesOfError } from './error-classes.ts'
import type { ErrorClasses } from './error-classes.ts'
import { forceFail } from './force-fail.ts'

type Given = ActionResult | { readonly cancelled: true }

/** What an action execution comes to. */
interface Ending {
  readonly state: 'SUCCESS' | 'ERROR' | 'CANCELLED'
  readonly result: Value
  /** In ERROR: what is known of the failure. */
  readonly classes?: ErrorClasses
  /** The definition is wrong: the workflow fails. */
  readonly fatal: string | null
}

export function isEnded({ state }: ActionRow): boolean {
  return state === 'SUCCESS' || state === 'ERROR' || state === 'CANCELLED'
}

/** Takes a result once; later ones are not heard. @throws {NotLoaded} */
export function takeResult(
  live: LiveExecution,
  task: LiveTask,
  row: ActionRow,
  given: Given,
  turn: Turn,
): void {
  if (isEnded(row)) return
  const ending = endingOf(live, task, row, given, turn)
  const { state, result, classes } = ending
  const accepted = row.attempt === task.context.attempt
  turn.clearRunning(row.id)
  turn.saveAction({ ...row, state, accepted, updatedAt: turn.now })
  turn.savePayload(row.id, 'output', stringifyJson({ result }))
  if (ending.fatal !== null) {
    return task.isFinal ? undefined : forceFail(live, task, ending.fatal, turn)
  }
  const info = state === 'ERROR' && truthy(result) ? str(result) : null
  const outcome = { state, info, ...(classes && { failures: [classes] }) }
  childEnded(live, task, row.attempt, outcome, result, turn)
}

function endingOf(
  live: LiveExecution,
  task: LiveTask,
  row: ActionRow,
  given: Given,
  turn: Turn,
): Ending {
  if ('cancelled' in given) return { state: 'CANCELLED', result: null, fatal: null }
  try {
    if ('error' in given) {
      checkSize('output', stringifyJson(given.error), turn)
      const classes = [...given.classes ?? [], ...classesOfError(given.error)]
      return { state: 'ERROR', result: given.error, classes, fatal: null }
    }
    const result = transformed(live, task, row, given.data, turn)
    checkSize('output', stringifyJson(result), turn)
    return { state: 'SUCCESS', result, fatal: null }
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    const fatal = telling(
      error,
      (summary) =>
        `Failed to complete action [error=${summary}, action=${row.name}, task=${task.name}]`,
    )
    return { state: 'ERROR', result: fatal, fatal }
  }
}

/** An ad-hoc action's `output` over the data. */
function transformed(
  live: LiveExecution,
  task: LiveTask,
  row: ActionRow,
  data: Value,
  turn: Turn,
): Value {
  if (turn.action(row.name)) return data
  const chain = chainOf(row.name, placeOf(live), turn)
  if (!chain) return data
  const { host } = taskScope(live, task, turn)
  return adHocOutput(
    chain,
    data,
    (template, of, field) => evaluateRecursively(template, { data: of, host }, field),
  )
}

type Update = Extract<Message, { type: 'action.update' }>

/** What `PUT /v2/action_executions/ID` says of an action. @throws {DomainError} {@link NotLoaded} */
export function updateAction(update: Update, turn: Turn): void {
  const row = turn.actionRows([update.actionId])[0] ?? null
  if (!row) throw new NotFoundError(`Action execution not found: ${update.actionId}`)
  const live = row.executionId === null ? null : turn.execution(row.executionId)
  const task = live?.tasks.get(row.taskId ?? '') ?? null
  if (update.state === 'PAUSED' || update.state === 'RUNNING') {
    changeState(row, update.state, live, task, turn)
  } else if (isEnded(row)) {
    throw new InvalidError(
      `Action execution ${row.id} is already completed: it is ${row.state} and takes no other result`,
    )
  } else {
    const given = givenBy(update)
    // What sends an asynchronous one off may be what brings its result.
    if (row.sync) turn.stopAction(row.id)
    if (live && task) takeResult(live, task, row, given, turn)
    else takeAlone(row, given, turn)
  }
  turn.reply(update.ask, null)
}

function givenBy({ state, output }: Update): Given {
  if (state === 'SUCCESS') return { data: output }
  if (state === 'CANCELLED') return { cancelled: true }
  return { error: truthy(output) ? output : 'Unknown error' }
}

function takeAlone(row: ActionRow, given: Given, turn: Turn): void {
  const { state, output } = 'cancelled' in given ? CANCELLED : aloneEnding(row, given, turn)
  turn.clearRunning(row.id)
  turn.saveAction({ ...row, state, accepted: true, updatedAt: turn.now })
  turn.savePayload(row.id, 'output', output)
}

const CANCELLED = { state: 'CANCELLED', output: '{"result":null}' } as const

function changeState(
  row: ActionRow,
  state: 'PAUSED' | 'RUNNING',
  live: LiveExecution | null,
  task: LiveTask | null,
  turn: Turn,
): void {
  if (row.state === state) return
  if (isEnded(row) || row.sync) {
    throw new InvalidError(
      row.sync && !isEnded(row)
        ? `Only asynchronous actions can be paused and resumed; ${row.name} is synchronous`
        : `Cannot change action execution ${row.id} from ${row.state} to ${state}`,
    )
  }
  const changed = { ...row, state, updatedAt: turn.now }
  if (!live || !task) return turn.saveAction(changed)
  if (state === 'PAUSED') {
    const cause: Cause = { kind: 'action', taskId: task.id, at: turn.now }
    const pauseAll = planPause(live, { info: null, held: false, cause }, turn)
    turn.saveAction(changed)
    stepTask(live, task, { type: 'PAUSE', now: turn.now }, turn)
    return pauseAll()
  }
  const others = actionsOf(task, turn).filter(({ id }) => id !== row.id)
  turn.saveAction(changed)
  if (others.some((other) => other.state === 'PAUSED')) return
  stepTask(live, task, { type: 'RESUME', now: turn.now }, turn)
  if ([...live.open].some((other) => other.state === 'PAUSED')) return
  turn.tell({ type: 'execution.resume', executionId: live.id, env: null })
}
