/**
 * @module
 * `/v2/action_executions`
 */
import { Hono } from 'hono'
import { ForbiddenError, InvalidError } from '../../actors/errors.ts'
import { toFloat } from '../../actors/action/std/python.ts'
import { stringifyJson } from '../../actors/expressions/values/json.ts'
import { str } from '../../actors/expressions/values/text.ts'
import type { Mapping } from '../../actors/expressions/values/value.ts'
import { fieldOf } from '../../actors/data.ts'
import { isFinal, type PayloadField } from '../../actors/records.ts'
import type { RanAction, RunAction, UpdateAction } from '../../runtime/commands.ts'
import { seeAction } from '../access.ts'
import { type Body, type BodyShape, readBody } from '../body.ts'
import type { Caller, EdgeDeps } from '../edge-deps.ts'
import { needsOf } from '../lists/answer.ts'
import { fieldsAsked, render } from '../lists/fields.ts'
import { rowLists } from '../lists/row-lists.ts'
import { onlyKnown, queryOf } from '../request.ts'
import { json, missingArgument, noContent, refuseInMaintenance, resource } from '../resource.ts'
import { actionExecutionResource } from '../resources/action-executions.ts'
import { type ActionItem, RowReader } from '../rows.ts'
import { spacedJson } from '../wire.ts'

const SHAPE: BodyShape = {
  argument: 'action_ex',
  attributes: {
    id: 'ignored',
    workflow_name: 'ignored',
    workflow_namespace: 'text',
    task_name: 'ignored',
    task_execution_id: 'ignored',
    state: 'text',
    state_info: 'ignored',
    tags: 'ignored',
    name: 'text',
    description: 'ignored',
    project_id: 'readonly',
    accepted: 'ignored',
    input: 'json',
    output: 'json',
    created_at: 'ignored',
    updated_at: 'ignored',
    params: 'json',
  },
}

export function actionExecutionRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config, store, engine, newId } = deps
  const rows = new RowReader(store)
  const lists = rowLists(store, rows, config)

  resource(app, deps, '/', {
    GET: (c, caller) => lists.actions(c, caller, queryOf(c)),
    POST: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const body = await readBody(c, SHAPE, config)
      const command = runCommand(body, caller, newId())
      const ran = await engine.ask(command)
      if (ran.isSaved) {
        const shown = await whole(await seeAction(rows, caller, command.id))
        return json(command.runSync ? shown : { ...shown, ...JUST_STARTED }, 201)
      }
      return json(unsaved(command, ran), 201)
    },
    PUT: missingArgument('id'),
    DELETE: missingArgument('id'),
  })

  resource(app, deps, '/:id', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['fields'])
      const item = await seeAction(rows, caller, c.req.param('id')!)
      const fields = fieldsAsked(actionExecutionResource, query)
      await rows.fill([item], needsOf(fields) as PayloadField[])
      return json(render(item, fields))
    },
    PUT: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const id = c.req.param('id')!
      const body = await readBody(c, SHAPE, config)
      const command = updateCommand(body, id)
      // Only what completes an action is heard while maintenance begins.
      if (!isFinal(command.state)) await refuseInMaintenance(deps)
      const { row } = await seeAction(rows, caller, id)
      if (isFinal(row.state)) {
        throw new InvalidError(`Action execution ${id} is already completed: ${row.state}`)
      }
      await engine.ask(command)
      return json(await whole(await seeAction(rows, caller, id)))
    },
    DELETE: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      if (!config.allowActionDeletion) {
        throw new ForbiddenError('Action execution deletion is not allowed.')
      }
      const { id, row } = await seeAction(rows, caller, c.req.param('id')!)
      if (row.taskId !== null) {
        throw new ForbiddenError('Only ad-hoc action execution can be deleted.')
      }
      if (!isFinal(row.state)) {
        throw new ForbiddenError('Only completed action execution can be deleted.')
      }
      await engine.ask({ type: 'deleteAction', id })
      return noContent()
    },
  }, { inMaintenance: { PUT: ['PAUSING'] } })

  async function whole(item: ActionItem): Promise<Record<string, unknown>> {
    await rows.fill([item], ['input', 'output'])
    return render(item, actionExecutionResource.fields)
  }

  return app
}

function runCommand(body: Body, { project }: Caller, id: string): RunAction {
  const name = body.text('name')
  if (!name) throw new InvalidError('Please provide at least action name to run action.')
  const params = body.json('params') ?? {}
  checkTarget(params)
  return {
    type: 'runAction',
    id,
    project,
    name,
    namespace: body.text('workflow_namespace') ?? '',
    input: body.json('input') ?? {},
    saveResult: flag(params, 'save_result'),
    runSync: flag(params, 'run_sync'),
    timeoutMs: timeoutOf(params),
  }
}

function flag(params: Mapping, name: string): boolean {
  const value = fieldOf(params, name)
  return value === true || value === 'true' || value === 'True'
}

/** Every worker runs every action; a target is only checked to make sense. @throws {InvalidError} */
function checkTarget(params: Mapping): void {
  const given = fieldOf(params, 'target') ?? null
  if (given === null || (typeof given === 'string' && given !== '')) return
  throw new InvalidError(`The parameter target must be the name of an executor, not ${str(given)}`)
}

/** @throws {InvalidError} If it is no number of seconds. */
function timeoutOf(params: Mapping): number | null {
  const given = fieldOf(params, 'timeout') ?? null
  if (given === null) return null
  const seconds = toFloat(given)
  if (seconds === null || seconds < 0) {
    throw new InvalidError(`The parameter timeout must be a number of seconds, not ${str(given)}`)
  }
  return seconds > 0 ? Math.ceil(seconds * 1000) : null
}

/** Clients know the answer to a start as RUNNING, even if the action has ended meanwhile. */
const JUST_STARTED = { state: 'RUNNING', accepted: false, output: null, updated_at: null }

/** The answer about a run of which nothing is kept. */
function unsaved(
  { name, namespace, input }: RunAction,
  { state, output }: RanAction,
): Record<string, unknown> {
  return {
    id: null,
    workflow_name: null,
    workflow_namespace: namespace,
    task_name: null,
    task_execution_id: null,
    state,
    state_info: null,
    tags: null,
    name,
    description: null,
    project_id: null,
    accepted: null,
    input: spacedJson(stringifyJson(input)),
    output: output && spacedJson(output),
    created_at: null,
    updated_at: null,
  }
}

const REPORTABLE = ['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING'] as const

function updateCommand(body: Body, id: string): UpdateAction {
  const given = body.text('state')
  const state = REPORTABLE.find((candidate) => candidate === given)
  if (!state) {
    const expected = REPORTABLE.map((name) => `'${name}'`).join(', ')
    throw new InvalidError(`Error. Expected one of [${expected}], actual: ${given ?? 'None'}`)
  }
  const output = body.json('output')
  if (state === 'ERROR') {
    return { type: 'updateAction', id, state, output: output ?? 'Unknown error' }
  }
  const data = body.names().includes('output') ? output : {}
  return { type: 'updateAction', id, state, output: state === 'SUCCESS' ? data : null }
}
