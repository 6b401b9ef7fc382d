/**
 * @module
 * `/maintenance`
 */
import { Hono } from 'hono'
import { InvalidError } from '../../actors/errors.ts'
import { type BodyShape, readBody } from '../body.ts'
import type { EdgeDeps } from '../edge-deps.ts'
import { RequestError } from '../faults.ts'
import { json, resource } from '../resource.ts'

const SHAPE: BodyShape = { argument: 'maintenance', attributes: { status: 'text' } }

export function maintenanceRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  resource(app, deps, '/', {
    GET: () => json({ status: 'RUNNING' }),
    PUT: async (c) => {
      const status = (await readBody(c, SHAPE, deps.config)).text('status')
      if (status === 'RUNNING') return json({ status })
      if (status !== 'PAUSED') {
        throw new InvalidError(
          `Cannot change maintenance state to ${status ?? 'None'}. ` +
            'Allowed states are: RUNNING, PAUSED',
        )
      }
      throw new RequestError(501, 'Maintenance mode is not available in this version')
    },
  })
  return app
}
