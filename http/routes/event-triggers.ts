/**
 * @module
 * `/v2/event_triggers`: there is no bus of events to listen to, so there are none.
 */
import { Hono } from 'hono'
import { InvalidError, NotFoundError } from '../../actors/errors.ts'
import { isUuid } from '../../actors/ids.ts'
import { findById } from '../../runtime/catalogue/entries.ts'
import { checkAllProjects } from '../access.ts'
import { type BodyShape, readBody } from '../body.ts'
import type { EdgeDeps } from '../edge-deps.ts'
import { RequestError } from '../faults.ts'
import { answerList } from '../lists/answer.ts'
import type { Field, Resource } from '../lists/fields.ts'
import { missingArgument, resource } from '../resource.ts'
import { notUuid } from '../wire.ts'

const SHAPE: BodyShape = {
  argument: 'event_trigger',
  attributes: {
    id: 'readonly',
    created_at: 'readonly',
    updated_at: 'readonly',
    project_id: 'readonly',
    name: 'text',
    workflow_id: 'text',
    workflow_input: 'json',
    workflow_params: 'json',
    exchange: 'text',
    topic: 'text',
    event: 'text',
    scope: 'scope',
  },
}

/** What an event trigger listens to never changes. */
const FIXED = ['exchange', 'topic', 'event']

type None = { readonly id: string }

const NAMES = Object.keys(SHAPE.attributes)

const eventTriggerResource: Resource<None> = {
  collection: 'event_triggers',
  fields: NAMES.map((name): Field<None> => ({
    name,
    kind: name.endsWith('_at') ? 'time' : 'text',
    value: ({ id }) => name === 'id' ? id : null,
  })),
  filters: NAMES.filter((name) => name !== 'id'),
  flags: ['all_projects'],
  defaultSort: 'created_at',
  notFound: (id) => `Event trigger not found [id=${id}]`,
}

export function eventTriggerRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config, store } = deps

  resource(app, deps, '/', {
    GET: (c, caller) =>
      answerList(
        c,
        config,
        eventTriggerResource,
        ({ allProjects }) => {
          checkAllProjects(caller, allProjects)
          return Promise.resolve([])
        },
        () => Promise.resolve(),
      ),
    POST: async (c, caller) => {
      const body = await readBody(c, SHAPE, config)
      const missing = ['event', 'exchange', 'topic', 'workflow_id'].filter((name) => {
        return !body.text(name)
      })
      if (missing.length > 0) {
        const names = missing.map((name) => `'${name}'`).join(', ')
        throw new InvalidError(
          `Params {${names}} must be provided for creating event trigger.`,
        )
      }
      const id = body.text('workflow_id')!
      if (!isUuid(id)) throw notUuid('workflow_id', id)
      if (!await findById(store, 'workflow', id.toLowerCase(), caller)) {
        throw new NotFoundError(`Workflow not found [workflow_id=${id}]`)
      }
      throw new RequestError(501, 'Event triggers are not available in this version')
    },
    PUT: missingArgument('id'),
    DELETE: missingArgument('id'),
  })

  const absent = (id: string): never => {
    if (!isUuid(id)) throw notUuid('id', id)
    throw new NotFoundError(eventTriggerResource.notFound(id))
  }
  resource(app, deps, '/:id', {
    GET: (c) => absent(c.req.param('id')!),
    PUT: async (c) => {
      const body = await readBody(c, SHAPE, config)
      if (FIXED.some((name) => body.has(name))) {
        const names = FIXED.map((name) => `'${name}'`).join(', ')
        throw new InvalidError(`Can not update fields [${names}] of event trigger.`)
      }
      return absent(c.req.param('id')!)
    },
    DELETE: (c) => absent(c.req.param('id')!),
  })
  return app
}
