/**
 * @module
 * `/v2/environments`
 */
import { Hono } from 'hono'
import { InvalidError } from '../../actors/errors.ts'
import { stringifyJson } from '../../actors/expressions/values/json.ts'
import {
  createEnvironment,
  deleteEnvironment,
  type EnvironmentChange,
  getEnvironment,
  listEnvironments,
  updateEnvironment,
} from '../../runtime/catalogue/environments.ts'
import { type Body, type BodyShape, readBody } from '../body.ts'
import { catalogueOf, type EdgeDeps } from '../edge-deps.ts'
import { answerList } from '../lists/answer.ts'
import { fieldsAsked, render } from '../lists/fields.ts'
import { onlyKnown, queryOf } from '../request.ts'
import { json, missingArgument, noContent, resource } from '../resource.ts'
import { environmentResource } from '../resources/catalogue.ts'

const SHAPE: BodyShape = {
  argument: 'env',
  attributes: {
    id: 'readonly',
    name: 'text',
    description: 'text',
    variables: 'json',
    scope: 'scope',
    project_id: 'readonly',
    created_at: 'readonly',
    updated_at: 'readonly',
  },
}

export function environmentRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config } = deps
  const catalogue = catalogueOf(deps)

  resource(app, deps, '/', {
    GET: (c, caller) =>
      answerList(
        c,
        config,
        environmentResource,
        () => listEnvironments(catalogue, caller),
        () => Promise.resolve(),
      ),
    POST: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const body = await readBody(c, SHAPE, config)
      const record = await createEnvironment(catalogue, caller, changeOf(body))
      const { updated_at: _, ...created } = render(record, environmentResource.fields)
      // What the caller left out stays out: the command line tells absent from null.
      for (const name of ['description', 'variables']) {
        if (!body.names().includes(name)) delete created[name]
      }
      return json(created, 201)
    },
    PUT: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      const body = await readBody(c, SHAPE, config)
      const record = await updateEnvironment(catalogue, caller, changeOf(body))
      return json(render(record, environmentResource.fields))
    },
    DELETE: missingArgument('name'),
  })

  resource(app, deps, '/:name', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['fields'])
      const record = await getEnvironment(catalogue, caller, c.req.param('name')!)
      return json(render(record, fieldsAsked(environmentResource, query)))
    },
    DELETE: async (c, caller) => {
      onlyKnown(queryOf(c), [])
      await deleteEnvironment(catalogue, caller, c.req.param('name')!)
      return noContent()
    },
  })

  return app
}

function changeOf(body: Body): EnvironmentChange {
  const name = body.text('name')
  if (!name) throw new InvalidError('Name of the environment must be provided.')
  const names = body.names()
  const variables = body.json('variables')
  const scope = body.text('scope') as 'private' | 'public' | null
  return {
    name,
    ...(names.includes('description') && { description: body.text('description') }),
    ...(names.includes('variables') && { variables: variables && stringifyJson(variables) }),
    ...(scope && { scope }),
  }
}
