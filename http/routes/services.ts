/**
 * @module
 * `/v2/services`: the processes that make up the service.
 */
import { Hono } from 'hono'
import type { EdgeDeps } from '../edge-deps.ts'
import { onlyKnown, queryOf } from '../request.ts'
import { json, resource } from '../resource.ts'

const GROUPS = {
  edge: ['api_group'],
  worker: ['engine_group', 'executor_group'],
} as const

export function serviceRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  resource(app, deps, '/', {
    GET: async (c) => {
      onlyKnown(queryOf(c), [])
      const members = await deps.store.members()
      const services = members.flatMap(({ name, roles }) =>
        roles.flatMap((role) => GROUPS[role].map((type) => ({ name, type })))
      )
      return json({ services })
    },
  })
  return app
}
