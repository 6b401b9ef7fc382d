/**
 * @module
 * `/v2/tasks`
 */
import { Hono } from 'hono'
import { InvalidError, NotFoundError } from '../../actors/errors.ts'
import type { TaskSpec } from '../../actors/language/spec.ts'
import { stateOf } from '../../actors/records.ts'
import type { RerunTask, SkipTask } from '../../runtime/commands.ts'
import { seeAction, seeTask } from '../access.ts'
import { type Body, type BodyShape, readBody } from '../body.ts'
import type { EdgeDeps } from '../edge-deps.ts'
import { needsOf } from '../lists/answer.ts'
import { parseFields, render } from '../lists/fields.ts'
import { rowLists } from '../lists/row-lists.ts'
import { onlyKnown, queryOf } from '../request.ts'
import { json, missingArgument, resource } from '../resource.ts'
import { actionExecutionResource } from '../resources/action-executions.ts'
import { taskResource } from '../resources/tasks.ts'
import { fillTasks, publishedByTask, resultText, specOf } from '../results.ts'
import { RowReader, type TaskItem } from '../rows.ts'
import { itemStatistics } from '../tree/statistics.ts'
import { descendantsOfTask } from '../tree/tree.ts'
import { showTree, treeOptions, uuidOf } from '../tree/answer.ts'

const SHAPE: BodyShape = {
  argument: 'task',
  attributes: {
    id: 'ignored',
    name: 'text',
    type: 'ignored',
    workflow_name: 'text',
    workflow_namespace: 'ignored',
    workflow_id: 'ignored',
    workflow_execution_id: 'ignored',
    tags: 'ignored',
    state: 'text',
    state_info: 'ignored',
    project_id: 'readonly',
    runtime_context: 'ignored',
    result: 'ignored',
    published: 'ignored',
    published_global: 'ignored',
    processed: 'ignored',
    created_at: 'ignored',
    updated_at: 'ignored',
    started_at: 'ignored',
    finished_at: 'ignored',
    reset: 'boolean',
    env: 'json',
  },
}

export function taskRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config, store, engine } = deps
  const rows = new RowReader(store)
  const lists = rowLists(store, rows, config)

  resource(app, deps, '/', {
    GET: (c, caller) => lists.tasks(c, caller, queryOf(c)),
    PUT: missingArgument('id'),
  })

  resource(app, deps, '/:id', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['fields'])
      const item = await seeTask(rows, caller, c.req.param('id')!)
      const asked = query.get('fields')
      if (!asked) return json(await whole(item))
      const fields = parseFields(taskResource, asked)
      await fillTasks(store, rows, [item], needsOf(fields))
      return json(render(item, fields))
    },
    PUT: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const id = c.req.param('id')!
      const body = await readBody(c, SHAPE, config)
      const item = await seeTask(rows, caller, id)
      await engine.ask(updateCommand(body, item, await taskSpec(item)))
      return json(await whole(await seeTask(rows, caller, id)))
    },
  })

  resource(app, deps, '/:id/action_executions', {
    GET: (c, caller) => {
      const id = uuidOf(c.req.param('id')!)
      return lists.actions(c, caller, new Map(queryOf(c)).set('task_execution_id', id))
    },
  })

  resource(app, deps, '/:id/action_executions/:action', {
    GET: async (c, caller) => {
      const item = await seeAction(rows, caller, c.req.param('action')!)
      if (item.row.taskId !== c.req.param('id')) {
        throw new NotFoundError(actionExecutionResource.notFound(item.id))
      }
      await rows.fill([item], ['input', 'output'])
      return json(render(item, actionExecutionResource.fields))
    },
  })

  resource(app, deps, '/:id/workflow_executions', {
    GET: (c, caller) => {
      const id = uuidOf(c.req.param('id')!)
      return lists.executions(c, caller, new Map(queryOf(c)).set('task_execution_id', id))
    },
  })

  resource(app, deps, '/:id/executions', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['errors_only', 'max_depth', 'include_output'])
      const item = await seeTask(rows, caller, uuidOf(c.req.param('id')!))
      const below = await descendantsOfTask(rows, item, treeOptions(query))
      return json({ executions: await showTree(rows, below, query) })
    },
  })

  resource(app, deps, '/:id/with_items_statistics', {
    GET: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      return json(
        await itemStatistics(rows, await seeTask(rows, caller, uuidOf(c.req.param('id')!))),
      )
    },
  })

  async function taskSpec({ row, execution }: TaskItem): Promise<TaskSpec | null> {
    const spec = await specOf(store, execution)
    return spec?.tasks.get(row.context.name) ?? null
  }

  /** A task with its result, and what it published for all. */
  async function whole(item: TaskItem): Promise<Record<string, unknown>> {
    const spec = await taskSpec(item)
    const [result, global] = await Promise.all([
      resultText(rows, item, spec),
      publishedByTask(rows, item),
      rows.fill([item], ['published']),
    ])
    const shown = render(item, taskResource.fields)
    return { ...shown, result, ...(global !== null && { published_global: global }) }
  }

  return app
}

/** The checks that do not depend on what happens meanwhile, in the order that clients know. */
function updateCommand(
  body: Body,
  { id, row, execution }: TaskItem,
  spec: TaskSpec | null,
): RerunTask | SkipTask {
  const name = body.text('name')
  if (name && name !== row.context.name) throw new InvalidError('Task name does not match.')
  const workflowName = body.text('workflow_name')
  if (workflowName && workflowName !== execution.context.workflowName) {
    throw new InvalidError('Workflow name does not match.')
  }
  const state = body.text('state')
  if (state !== 'RUNNING' && state !== 'SKIPPED') {
    throw new InvalidError('Invalid task state. Only updating task to rerun is supported.')
  }
  if (stateOf(row) !== 'ERROR') {
    throw new InvalidError(
      'The current task execution must be in ERROR for rerun. ' +
        'Only updating task to rerun is supported.',
    )
  }
  if (state === 'SKIPPED') return { type: 'skipTask', id }
  const reset = body.boolean('reset')
  if (reset === null) throw new InvalidError('Reset field is mandatory to rerun task.')
  const hasItems = spec ? spec.withItems !== null : row.context.items !== null
  if (!reset && !hasItems) {
    throw new InvalidError('Only with-items task has the option to not reset.')
  }
  return { type: 'rerunTask', id, reset, env: body.json('env') }
}
