/**
 * @module
 * `/v2/executions`
 */
import { Hono } from 'hono'
import {
  deepMerge,
  entriesOf,
  fieldOf,
  isObject,
  NOTHING,
  toMapping,
  truthy,
} from '../../actors/data.ts'
import { ForbiddenError, InvalidError, NotFoundError } from '../../actors/errors.ts'
import { parseJson, stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Mapping } from '../../actors/expressions/values/value.ts'
import { isFinal, stateOf } from '../../actors/records.ts'
import { startCommand } from '../../runtime/catalogue/start-command.ts'
import { getWorkflow } from '../../runtime/catalogue/workflows.ts'
import type { UpdateExecution } from '../../runtime/commands.ts'
import { isId, ownsExecution, seeExecution } from '../access.ts'
import { type Body, type BodyShape, readBody } from '../body.ts'
import { type Caller, catalogueOf, type EdgeConfig, type EdgeDeps } from '../edge-deps.ts'
import { errorsOf } from '../tree/errors.ts'
import { executionGraph } from '../graph/answer.ts'
import { parseFields, render } from '../lists/fields.ts'
import { needsOf } from '../lists/answer.ts'
import { rowLists } from '../lists/row-lists.ts'
import { reportOf } from '../tree/report.ts'
import { onlyKnown, queryOf } from '../request.ts'
import { json, missingArgument, noContent, refuseInMaintenance, resource } from '../resource.ts'
import { executionResource } from '../resources/executions.ts'
import { fillExecutions, publishedByExecution } from '../results.ts'
import { type ExecutionItem, RowReader } from '../rows.ts'
import { descendantsOf } from '../tree/tree.ts'
import { taskStatistics } from '../tree/statistics.ts'
import { answerWhy } from '../why/answer.ts'
import { showTree, treeOptions, uuidOf } from '../tree/answer.ts'
import { parseBoolean } from '../wire.ts'
import type { PayloadField } from '../../actors/records.ts'

const SHAPE: BodyShape = {
  argument: 'wf_ex',
  attributes: {
    id: 'text',
    workflow_id: 'text',
    workflow_name: 'text',
    workflow_namespace: 'text',
    description: 'text',
    tags: 'ignored',
    params: 'json',
    task_execution_id: 'ignored',
    root_execution_id: 'ignored',
    cron_trigger_id: 'ignored',
    source_execution_id: 'text',
    state: 'text',
    state_info: 'text',
    input: 'json',
    output: 'ignored',
    created_at: 'ignored',
    updated_at: 'ignored',
    project_id: 'readonly',
    published_global: 'readonly',
  },
}

const ALL_PAYLOADS: readonly PayloadField[] = ['input', 'params', 'output']

export function executionRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config, store, engine, newId } = deps
  const catalogue = catalogueOf(deps)
  const rows = new RowReader(store)
  const lists = rowLists(store, rows, config)

  resource(app, deps, '/', {
    GET: (c, caller) => lists.executions(c, caller, queryOf(c)),
    POST: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const body = await readBody(c, SHAPE, config)
      const id = body.text('id') || null
      if (id !== null && !isId(id)) {
        throw new InvalidError('An id has at most 64 letters, digits, dots, dashes, _ and ~')
      }
      const known = id === null ? null : await rows.execution(id)
      if (known) return json(await whole(own(known, caller)), 201)

      const request = await startRequest(body, caller)
      checkSize('input', request.input, config)
      checkSize('params', request.params, config)
      const command = await startCommand(store, {
        ...request,
        id: id ?? newId(),
        isNew: id === null,
        project: caller.project,
        triggerId: null,
      })
      const { execution, input, params, output } = await engine.ask(command)
      const item = { id: execution.context.id, row: execution, payloads: { input, params, output } }
      return json(render(asRunning(own(item, caller)), executionResource.fields), 201)
    },
    PUT: missingArgument('id'),
    DELETE: missingArgument('id'),
  })

  resource(app, deps, '/:id', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['fields'])
      const item = await seeExecution(rows, caller, c.req.param('id')!)
      const asked = query.get('fields')
      if (asked) {
        const fields = parseFields(executionResource, asked)
        await fillExecutions(store, rows, [item], needsOf(fields))
        return json(render(item, fields))
      }
      const [shown, published] = await Promise.all([
        whole(item),
        publishedByExecution(store, rows, item),
      ])
      return json({ ...shown, published_global: published })
    },
    PUT: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const id = c.req.param('id')!
      const body = await readBody(c, SHAPE, config)
      // Only cancelling is heard during maintenance.
      if (body.text('state') !== 'CANCELLED') await refuseInMaintenance(deps)
      const item = await seeExecution(rows, caller, id)
      const command = updateCommand(body, item)
      await engine.ask(command)
      const after = await seeExecution(rows, caller, id)
      return json(await whole(command.state === 'RUNNING' ? asResumed(item, after) : after))
    },
    DELETE: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['force'])
      const force = parseBoolean('force', query.get('force') ?? '')
      const { id, row } = await seeExecution(rows, caller, c.req.param('id')!)
      const state = stateOf(row)
      if (!force && !isFinal(state)) {
        throw new ForbiddenError(
          'Only completed executions can be deleted. Use --force to override this. ' +
            `Execution ${id} is in ${state} state`,
        )
      }
      await engine.ask({ type: 'deleteExecution', id, force })
      return noContent()
    },
  }, { inMaintenance: { PUT: ['PAUSING', 'PAUSED'] } })

  resource(app, deps, '/:id/tasks', {
    GET: async (c, caller) => {
      const id = uuidOf(c.req.param('id')!)
      await seeExecution(rows, caller, id)
      return await lists.tasks(c, caller, new Map(queryOf(c)).set('workflow_execution_id', id))
    },
  })

  resource(app, deps, '/:id/executions', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['errors_only', 'max_depth', 'include_output'])
      const item = await seeExecution(rows, caller, uuidOf(c.req.param('id')!))
      const below = await descendantsOf(rows, item.id, treeOptions(query))
      return json({ executions: await showTree(rows, [item, ...below], query) })
    },
  })

  resource(app, deps, '/:id/report', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['errors_only', 'max_depth', 'statistics_only'])
      const item = await seeExecution(rows, caller, uuidOf(c.req.param('id')!))
      const statisticsOnly = parseBoolean('statistics_only', query.get('statistics_only') ?? '')
      const options = { ...treeOptions(query), statisticsOnly }
      return json(await reportOf(rows, item, options, deps.now()))
    },
  })

  resource(app, deps, '/:id/errors_report', {
    GET: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const item = await seeExecution(rows, caller, uuidOf(c.req.param('id')!))
      return json({ errors: await errorsOf(rows, item) })
    },
  })

  resource(app, deps, '/:id/tasks_statistics', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['current_only'])
      const item = await seeExecution(rows, caller, uuidOf(c.req.param('id')!))
      const currentOnly = parseBoolean('current_only', query.get('current_only') ?? '')
      return json(await taskStatistics(rows, item, currentOnly))
    },
  })

  resource(app, deps, '/:id/graph', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['format'])
      const item = await seeExecution(rows, caller, c.req.param('id')!)
      return await executionGraph(store, rows, item, query.get('format') ?? 'json')
    },
  })

  resource(app, deps, '/:id/why', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['limit', 'marker', 'max_depth'])
      const item = await seeExecution(rows, caller, c.req.param('id')!)
      return json(await answerWhy(c, deps, rows, item, query))
    },
  })

  async function whole(item: ExecutionItem): Promise<Record<string, unknown>> {
    await rows.fill([item], ALL_PAYLOADS.filter((field) => item.payloads[field] === undefined))
    return render(item, executionResource.fields)
  }

  /**
   * What the body wishes to start. What it leaves out is as it was in the execution it is based on,
   * if there is one (`reference/engine.md` §3, 1): down to single inputs and parameters.
   *
   * @throws {NotFoundError} If there is no such workflow or no such execution.
   */
  async function startRequest(body: Body, caller: Caller) {
    const sourceId = body.text('source_execution_id') || null
    const source = sourceId === null ? null : await sourceOf(sourceId, caller)
    const identifier = body.text('workflow_id') || body.text('workflow_name') || source?.workflowId
    if (!identifier) {
      throw new InvalidError(
        'Workflow ID or workflow name must be provided. Workflow ID is recommended.',
      )
    }
    const namespace = body.text('workflow_namespace') ?? source?.workflowNamespace ?? ''
    const description = body.text('description') ?? ''
    const given = { input: body.json('input') ?? NOTHING, params: body.json('params') ?? NOTHING }
    const workflow = await getWorkflow(catalogue, caller, identifier, namespace)
    if (!source) return { workflow, ...given, description }
    return {
      workflow,
      input: deepMerge(source.input, given.input),
      params: deepMerge(source.params, given.params),
      description: `${description} Based on the execution '${sourceId}'`.trim(),
    }
  }

  /** What another execution was started with. @throws {NotFoundError} If the caller sees none. */
  async function sourceOf(id: string, caller: Caller) {
    const source = await seeExecution(rows, caller, id)
    await rows.fill([source], ['input', 'params'])
    const { workflowId, workflowNamespace } = source.row.context
    const { input = '{}', params = '{}' } = source.payloads
    return {
      workflowId,
      workflowNamespace,
      input: parseJson(input) as Mapping,
      params: startParams(parseJson(params) as Mapping),
    }
  }

  return app
}

function own(item: ExecutionItem, caller: Caller): ExecutionItem {
  if (ownsExecution(item, caller)) return item
  throw new NotFoundError(executionResource.notFound(item.id))
}

/** What the engine itself puts into the parameters of an execution. */
const ENGINE_PARAMS = ['namespace', 'root_execution_id', 'task_execution_id', 'index']

function startParams(params: Mapping): Mapping {
  return toMapping(entriesOf(params).filter(([name]) => !ENGINE_PARAMS.includes(name)))
}

/** @throws {InvalidError} If the value takes more room than an execution may give it. */
function checkSize(field: string, value: Mapping, { maxFieldBytes }: EdgeConfig): void {
  if (maxFieldBytes < 0) return
  const kilobytes = Math.floor(stringifyJson(value).length / 1024)
  const limit = Math.floor(maxFieldBytes / 1024)
  if (kilobytes > limit) {
    throw new InvalidError(
      `Field size limit exceeded [class=TaskExecution, field=${field}, ` +
        `size=${kilobytes}KB, limit=${limit}KB]`,
    )
  }
}

const SETTABLE = ['RUNNING', 'PAUSED', 'SUCCESS', 'ERROR', 'CANCELLED'] as const

/** The checks that do not depend on what happens meanwhile, in the order that clients know. */
function updateCommand(body: Body, { id, row }: ExecutionItem): UpdateExecution {
  const state = body.text('state') || null
  const description = body.text('description') || null
  const given = fieldOf(body.json('params') ?? {}, 'env') ?? null
  const env = truthy(given) ? given : null
  if (state === null && description === null && env === null) {
    throw new InvalidError('The property state, description, or env is not provided for update.')
  }
  if (state !== null && description !== null) {
    throw new InvalidError('The property description must be updated separately from state.')
  }
  if (env !== null && state !== null && state !== 'RUNNING') {
    throw new InvalidError(
      'The property env can only be updated when workflow execution is not running ' +
        'or on resume from pause.',
    )
  }
  if (env !== null && state === null && !['IDLE', 'PAUSED', 'ERROR'].includes(stateOf(row))) {
    throw new ForbiddenError(
      'Updating env to workflow execution is only permitted if it is in IDLE, PAUSED, ' +
        'or ERROR state.',
    )
  }
  if (env !== null && !isObject(env)) throw new InvalidError('The parameter env must be an object')
  const settable = SETTABLE.find((candidate) => candidate === state) ?? null
  if (state !== null && settable === null) {
    throw new InvalidError(
      `Cannot change state to ${state}. Allowed states are: '${SETTABLE.join(', ')}'`,
    )
  }
  const stateInfo = body.text('state_info')
  return { type: 'updateExecution', id, state: settable, stateInfo, description, env }
}

function asResumed(before: ExecutionItem, after: ExecutionItem): ExecutionItem {
  return ['PAUSED', 'IDLE'].includes(stateOf(before.row)) ? asRunning(after) : after
}

/**
 * Clients know the answer to a start or a resume as RUNNING, and some insist. Here what it sets
 * going may have ended before the answer is written; they read that later. Only an error in the
 * workflow's own text is told at once, as Mistral tells it of the first tasks.
 */
function asRunning(item: ExecutionItem): ExecutionItem {
  if (!isFinal(stateOf(item.row)) || item.row.context.cause?.kind === 'definition') return item
  const context = { ...item.row.context, stateInfo: null }
  const row = { ...item.row, value: 'RUNNING' as const, context }
  return { ...item, row, payloads: { ...item.payloads, output: '{}' } }
}
