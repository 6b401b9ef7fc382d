/**
 * @module
 * `/v2/expressions`, an addition of ours: evaluates and checks expressions over data, or where a task
 * stands.
 */
import { Hono } from 'hono'
import type { Context } from 'hono'
import { entriesOf, fieldOf, isObject } from '../../actors/data.ts'
import { InvalidError } from '../../actors/errors.ts'
import { DataHost } from '../../actors/expressions/data-host.ts'
import {
  evaluateRecursively,
  EvaluationError,
  GrammarError,
  validate,
} from '../../actors/expressions/expressions.ts'
import { Fault } from '../../actors/expressions/fault.ts'
import { nearest } from '../../actors/expressions/nearest.ts'
import { parseJson, stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Mapping, Value } from '../../actors/expressions/values/value.ts'
import { seeTask } from '../access.ts'
import type { EdgeConfig, EdgeDeps } from '../edge-deps.ts'
import { onlyKnown, queryOf, readText } from '../request.ts'
import { json, resource } from '../resource.ts'
import { RowReader } from '../rows.ts'

export function expressionRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config, engine } = deps
  const rows = new RowReader(deps.store)

  resource(app, deps, '/evaluate', {
    POST: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const body = await argumentsOf(c, config, ARGUMENTS)
      const expression = fieldOf(body, 'expression')
      if (expression === undefined) throw new InvalidError('Missing argument: "expression"')
      const data = fieldOf(body, 'data')
      const taskId = fieldOf(body, 'task_execution_id') ?? null
      if (taskId === null) {
        return text(`{"result":${evaluate(deps, expression, data === undefined ? {} : data)}}`)
      }
      if (typeof taskId !== 'string') {
        throw new InvalidError('The argument task_execution_id must be a string')
      }
      if (data !== undefined && !isObject(data)) {
        throw new InvalidError('Beside task_execution_id the argument data must be an object')
      }
      const { id } = await seeTask(rows, caller, taskId)
      const { result } = await engine.ask({
        type: 'evaluateInTask',
        id,
        expression,
        data: data ?? {},
      })
      return text(`{"result":${result}}`)
    },
  })

  resource(app, deps, '/validate', {
    POST: async (c) => {
      onlyKnown(queryOf(c), [])
      const expression = fieldOf(await argumentsOf(c, config, ['expression']), 'expression')
      if (typeof expression !== 'string') {
        throw new InvalidError('The argument expression must be a string')
      }
      try {
        validate(expression)
        return json({ valid: true, error: null })
      } catch (error) {
        if (!(error instanceof GrammarError) && !(error instanceof EvaluationError)) throw error
        return json({ valid: false, error: error.message })
      }
    },
  })

  return app
}

/** JSON text of the value over data alone. */
function evaluate(deps: EdgeDeps, expression: Value, data: Value): string {
  const source = { now: deps.now(), random: () => Math.random(), uuid: () => crypto.randomUUID() }
  const host = new DataHost(source, data)
  try {
    return stringifyJson(evaluateRecursively(expression, { data, host }))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new InvalidError(error.message)
  }
}

/** An object with none but the known keys. @throws {InvalidError} */
async function argumentsOf(
  c: Context,
  config: EdgeConfig,
  known: readonly string[],
): Promise<Mapping> {
  const body = await objectOf(c, config)
  const unknown = entriesOf(body).map(([name]) => name).find((name) => !known.includes(name))
  if (unknown === undefined) return body
  const usual = MEANT.get(unknown)
  const meant = usual && known.includes(usual) ? usual : nearest(unknown, known)
  const hint = meant === null ? '' : `; did you mean "${meant}"?`
  throw new InvalidError(
    `Unknown argument: "${unknown.slice(0, 100)}"${hint} (known ${
      known.length === 1 ? 'is' : 'are'
    } ${known.join(', ')})`,
  )
}

const ARGUMENTS: readonly string[] = ['expression', 'data', 'task_execution_id']

/** What the arguments are called elsewhere. */
const MEANT = new Map([['context', 'data'], ['input', 'data'], ['task_id', 'task_execution_id']])

async function objectOf(c: Context, config: EdgeConfig): Promise<Mapping> {
  let body: Value
  try {
    body = parseJson(await readText(c, config))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new InvalidError(`The body is not JSON: ${error.message}`)
  }
  if (isObject(body)) return body
  throw new InvalidError('The body must be a JSON object')
}

/** An answer that keeps 1.0 apart from 1, as `JSON.stringify` would not. */
function text(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}
