/**
 * @module
 * The end of an execution (`reference/engine.md` §6, §13.3): whether it has come, in which state, with
 * which message and output.
 */
import { deepMerge, entriesOf, isEmpty, isObject, NOTHING, withFields } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { evaluateRecursively, telling } from '../expressions/expressions.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import { str } from '../expressions/values/text.ts'
import type { Mapping } from '../expressions/values/value.ts'
import { deadlineKey } from '../turn.ts'
import type { Turn } from '../turn.ts'
import { payloadId, stateOf } from '../records.ts'
import type { Cause } from '../records.ts'
import { acceptedChildren } from '../task/result.ts'
import { stepExecution } from './changes.ts'
import { EMPTY } from '../data-flow/context.ts'
import { failInVain } from './dispatch.ts'
import type { FinalState } from './execution.machine.ts'
import type { LiveExecution, LiveTask } from './live.ts'
import { actionsOf, childrenOf, outputResults, readJson } from './results.ts'
import { finalContext, workflowScope } from '../data-flow/scope.ts'
import { checkSize, cut, cutToRoom, sizeExcess } from './limits.ts'
import { NotLoaded } from '../expressions/host.ts'

/** Ends an execution that has nothing left to do. @throws {NotLoaded} */
export function checkCompletion(live: LiveExecution, turn: Turn): void {
  if (live.open.size > 0) return checkJoins(live, turn)
  if (live.state !== 'RUNNING') return
  if (live.cancelled.size > 0) {
    const names = [...live.cancelled].map((task) => task.name).sort()
    return finish(live, 'CANCELLED', `Cancelled tasks: ${names.join(', ')}`, undefined, turn)
  }
  const failed = live.spec.type === 'direct' ? [...live.failed] : errorTasks(live)
  if (failed.length === 0) return finish(live, 'SUCCESS', null, undefined, turn)
  finish(live, 'ERROR', failureMessage(failed, turn), undefined, turn)
}

/** Brings on joins that wait for each other, if nothing else is left. */
export function checkJoins(live: LiveExecution, turn: Turn): void {
  if (live.state === 'RUNNING' && live.open.size > 0 && live.isStill) failInVain(live, turn)
}

function errorTasks(live: LiveExecution): LiveTask[] {
  return [...live.tasks.values()].filter((task) => task.state === 'ERROR')
}

/**
 * Ends an execution in a state, or in ERROR if its output cannot be made.
 *
 * @param cause Undefined if it has nothing left to do.
 * @throws {NotLoaded}
 */
export function finish(
  live: LiveExecution,
  state: FinalState,
  info: string | null,
  cause: Cause | undefined,
  turn: Turn,
): void {
  try {
    conclude(live, state, cause, endOf(live, state, info, turn), turn)
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    const { workflowName } = live.context
    const message =
      `Failed to check and complete [wf_ex_id=${live.id}, wf_name=${workflowName}]: ` +
      error.message
    const wrong: Cause = { kind: 'definition', at: turn.now }
    conclude(live, 'ERROR', wrong, failureEnd(live, message, turn), turn)
  }
}

/** Ends an execution by request: a failing output is refused for SUCCESS and ignored else. */
export function stop(
  live: LiveExecution,
  state: FinalState,
  info: string | null,
  cause: Cause,
  turn: Turn,
): void {
  conclude(live, state, cause, endOf(live, state, info, turn), turn)
}

/** What is kept of the end of an execution. */
interface End {
  readonly info: string | null
  readonly output: Mapping
}

function conclude(
  live: LiveExecution,
  state: FinalState,
  cause: Cause | undefined,
  { info, output }: End,
  turn: Turn,
): void {
  const text = stringifyJson(output)
  checkSize('output', text, turn)
  if (!isEmpty(output) || live.output !== null) turn.savePayload(live.id, 'output', text)
  live.output = output
  if (live.context.deadline) turn.clearTimer(deadlineKey(live.id))
  stepExecution(live, { type: 'FINISH', now: turn.now, state, info: cut(info), cause }, turn)
}

function endOf(live: LiveExecution, state: FinalState, info: string | null, turn: Turn): End {
  switch (state) {
    case 'SUCCESS':
      return { info, output: successOutput(live, turn) }
    case 'ERROR':
      return failureEnd(live, info, turn)
    case 'CANCELLED':
      return failure(info, (result) => ({ result }), turn)
  }
}

function successOutput(live: LiveExecution, turn: Turn): Mapping {
  const context = finalContext(live, turn)
  const { output } = live.spec
  if (output !== null) {
    const evaluated = evaluateRecursively(output, workflowScope(live, context, turn), 'output')
    if (isObject(evaluated) && !isEmpty(evaluated)) return evaluated
  }
  return context
}

/** An output-on-error that cannot be made adds its own error to the message. */
function failureEnd(live: LiveExecution, info: string | null, turn: Turn): End {
  const context = contextOrNone(live, turn)
  const { outputOnError } = live.spec
  if (outputOnError === null) {
    return failure(info, (result) => withFields({ result }, entriesOf(context)), turn)
  }
  try {
    const evaluated = evaluateRecursively(
      outputOnError,
      workflowScope(live, context, turn),
      'output-on-error',
    )
    const more = isObject(evaluated) ? evaluated : NOTHING
    return failure(info, (result) => deepMerge({ result }, more), turn)
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    const wanted = str(outputOnError as Mapping)
    const message = telling(
      error,
      (summary) =>
        `Failed to evaluate expression in output-on-error! (output-on-error: '${wanted}', ` +
        `exception: '${summary}' Cause: '${info}'`,
    )
    return failure(message, (result) => ({ result }), turn)
  }
}

/**
 * A failure is never too large to be kept: the message in its output is cut to what the rest leaves,
 * and if the rest alone is too large the output is the message, which says so (`reference/engine.md` §20).
 */
function failure(
  info: string | null,
  outputWith: (message: string | null) => Mapping,
  turn: Turn,
): End {
  const rest = stringifyJson(outputWith(''))
  const excess = sizeExcess('output', rest, turn)
  if (excess === null) return { info, output: outputWith(info && cutToRoom(info, rest, turn)) }
  const message = `${info ?? ''}\nOnly this message is in the output: ${excess}`
  return failure(message, (result) => ({ result }), turn)
}

/** A failed execution still has an output, whatever its context has come to. */
function contextOrNone(live: LiveExecution, turn: Turn) {
  try {
    return finalContext(live, turn)
  } catch (error) {
    if (error instanceof NotLoaded) throw error
    return EMPTY
  }
}

/** `Failure caused by error in tasks: …`, with what each of them did. @throws {NotLoaded} */
function failureMessage(failed: readonly LiveTask[], turn: Turn): string {
  const tasks = failed.toSorted((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  const lines = [
    `Failure caused by error in tasks: ${tasks.map((task) => task.name).join(', ')}`,
    '',
  ]
  for (const task of tasks) {
    lines.push(`  ${task.name} [task_ex_id=${task.id}] -> ${task.context.stateInfo ?? 'None'}`)
    lines.push(...childLines(task, turn))
    lines.push('')
  }
  return lines.join('\n')
}

function childLines(task: LiveTask, turn: Turn): string[] {
  if (task.context.type === 'WORKFLOW') {
    const children = acceptedChildren(childrenOf(task, turn), task.context)
      .filter((row) => stateOf(row) === 'ERROR')
    const outputs = turn.rows('payload', children.map((row) => payloadId(row.context.id, 'output')))
    return children.map(({ context }, i) =>
      `    [wf_ex_id=${context.id}, idx=${context.index}]: ${
        text(readJson(outputs[i] ?? null), 'result')
      }`
    )
  }
  const actions = actionsOf(task, turn).filter((row) => row.state === 'ERROR' && row.accepted)
  const results = outputResults(actions.map((row) => row.id), turn)
  return actions.map((row, i) =>
    `    [action_ex_id=${row.id}, idx=${row.index}]: ${
      results[i] ? str(results[i], 'list') : 'Unknown'
    }`
  )
}

function text(mapping: Mapping, key: string): string {
  for (const [name, value] of entriesOf(mapping)) {
    if (name === key && value) return str(value, 'list')
  }
  return 'Unknown'
}
