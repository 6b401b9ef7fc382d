/**
 * @module
 * `/v2/cron_triggers`
 */
import { Hono } from 'hono'
import { stringifyJson } from '../../actors/expressions/values/json.ts'
import {
  createCronTrigger,
  deleteCronTrigger,
  getCronTrigger,
  listCronTriggers,
} from '../../runtime/catalogue/cron-triggers.ts'
import { checkAllProjects } from '../access.ts'
import { type BodyShape, readBody } from '../body.ts'
import { catalogueOf, type EdgeDeps } from '../edge-deps.ts'
import { answerList } from '../lists/answer.ts'
import { fieldsAsked, render } from '../lists/fields.ts'
import { onlyKnown, queryOf } from '../request.ts'
import { json, missingArgument, noContent, resource } from '../resource.ts'
import { cronTriggerResource } from '../resources/catalogue.ts'

const SHAPE: BodyShape = {
  argument: 'cron_trigger',
  attributes: {
    id: 'ignored',
    name: 'text',
    workflow_name: 'text',
    workflow_id: 'text',
    workflow_input: 'json',
    workflow_params: 'json',
    project_id: 'readonly',
    scope: 'scope',
    pattern: 'text',
    remaining_executions: 'integer',
    first_execution_time: 'text',
    next_execution_time: 'ignored',
    status: 'ignored',
    created_at: 'ignored',
    updated_at: 'ignored',
  },
}

export function cronTriggerRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config } = deps
  const catalogue = catalogueOf(deps)

  resource(app, deps, '/', {
    GET: (c, caller) =>
      answerList(c, config, cronTriggerResource, ({ allProjects }) => {
        checkAllProjects(caller, allProjects)
        return listCronTriggers(catalogue, caller)
      }, () => Promise.resolve()),
    POST: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const body = await readBody(c, SHAPE, config)
      const trigger = await createCronTrigger(catalogue, caller, {
        name: body.text('name'),
        workflow: body.text('workflow_name') || body.text('workflow_id'),
        input: stringifyJson(body.json('workflow_input') ?? {}),
        params: stringifyJson(body.json('workflow_params') ?? {}),
        pattern: body.text('pattern'),
        firstExecutionTime: body.text('first_execution_time'),
        remaining: body.integer('remaining_executions'),
        scope: body.text('scope') === 'public' ? 'public' : 'private',
      })
      deps.onTriggerChange?.()
      const { updated_at: _, ...created } = render(trigger, cronTriggerResource.fields)
      return json(created, 201)
    },
    DELETE: missingArgument('identifier'),
  })

  resource(app, deps, '/:identifier', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['fields'])
      const trigger = await getCronTrigger(catalogue, caller, c.req.param('identifier')!)
      return json(render(trigger, fieldsAsked(cronTriggerResource, query)))
    },
    DELETE: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      await deleteCronTrigger(catalogue, caller, c.req.param('identifier')!)
      deps.onTriggerChange?.()
      return noContent()
    },
  })

  return app
}
