/**
 * @module
 * `/maintenance`
 */
import { Hono } from 'hono'
import { InvalidError } from '../../actors/errors.ts'
import { insufficient } from '../../runtime/catalogue/changes.ts'
import { readMaintenance, requestMaintenance } from '../../runtime/maintenance.ts'
import { type BodyShape, readBody } from '../body.ts'
import type { EdgeDeps } from '../edge-deps.ts'
import { json, resource } from '../resource.ts'

const SHAPE: BodyShape = { argument: 'maintenance', attributes: { status: 'text' } }

export function maintenanceRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { store } = deps
  resource(app, deps, '/', {
    GET: async () => json({ status: (await readMaintenance(store)).record.status }),
    PUT: async (c, caller) => {
      // Where nobody is known, nobody is an administrator.
      if (deps.identify && !caller.admin) throw insufficient()
      const wanted = (await readBody(c, SHAPE, deps.config)).text('status')
      if (wanted !== 'RUNNING' && wanted !== 'PAUSED') {
        throw new InvalidError(
          `Cannot change maintenance state to ${wanted ?? 'None'}. ` +
            'Allowed states are: RUNNING, PAUSED',
        )
      }
      const status = await requestMaintenance(store, wanted)
      deps.onMaintenanceChange?.()
      return json({ status })
    },
  }, { inMaintenance: { PUT: ['PAUSING', 'PAUSED'] } })
  return app
}
