/**
 * @module
 * `mestral eval EXPR`: evaluates an expression over data, here and at once, or where a task of a server
 * stands.
 */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { DataHost } from '../../actors/expressions/data-host.ts'
import { evaluate } from '../../actors/expressions/expressions.ts'
import { limitExpressions } from '../../actors/expressions/limits.ts'
import { dumpJson, parseJson } from '../../actors/expressions/values/json.ts'
import type { Value } from '../../actors/expressions/values/value.ts'
import { readConfig } from '../../runtime/config.ts'
import { clientOf } from './reach.ts'

export interface EvalOptions {
  /** File of JSON that `$` and `_` stand for; with a task, of variables that go before its own. */
  readonly data?: string
  /** Id of a task execution. */
  readonly task?: string
  /** Address of the server that has it, with or without `/v2`. */
  readonly server?: string
  /** The same. */
  readonly url?: string
}

/** Prints the value as JSON. @throws {ApiError} If the server refuses. */
export async function evalExpression(expression: string, options: EvalOptions): Promise<void> {
  const data = options.data === undefined ? {} : parseJson(await readFile(options.data, 'utf8'))
  const value = options.task === undefined
    ? evaluateHere(expression, data)
    : await clientOf(options.server ?? options.url).evaluate(expression, data, options.task)
  process.stdout.write(`${dumpJson(value, { indent: 2 })}\n`)
}

function evaluateHere(expression: string, data: Value): Value {
  limitExpressions(readConfig(process.env).expressions)
  const source = {
    now: Date.now(),
    random: () => Math.random(),
    uuid: () => crypto.randomUUID(),
  }
  return evaluate(expression, { data, host: new DataHost(source, data) })
}
