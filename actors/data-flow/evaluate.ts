/**
 * @module
 * An expression that somebody tries out where a task stands. It reads and changes nothing.
 */
import { NotFoundError } from '../errors.ts'
import { evaluateRecursively, EvaluationError } from '../expressions/expressions.ts'
import { Fault } from '../expressions/fault.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import type { Message, Turn } from '../turn.ts'
import type { LiveExecution } from '../execution/live.ts'
import { taskScope } from './scope.ts'

type Evaluate = Extract<Message, { type: 'evaluate' }>

/**
 * Answers with JSON text of the value. What the task's input and publish expressions see is seen; `data`
 * goes before all of it, to stand for the item of a task that has items.
 *
 * @throws {NotFoundError} {@link EvaluationError} {@link NotLoaded}
 */
export function evaluateInTask(
  live: LiveExecution,
  { ask, taskId, expression, data }: Evaluate,
  turn: Turn,
): void {
  const task = live.tasks.get(taskId)
  if (!task) throw new NotFoundError(`Task execution not found [id=${taskId}]`)
  const value = evaluateRecursively(expression, taskScope(live, task, turn, { first: data }))
  turn.reply(ask, { result: textOf(value) })
}

function textOf(value: Parameters<typeof stringifyJson>[0]): string {
  try {
    return stringifyJson(value)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new EvaluationError(error.message, { kind: error.kind, cause: error })
  }
}
