/**
 * @module
 * `/v2/ticks`, an addition of ours: fires the cron triggers that are due. Any number of callers may
 * tick at once; each due firing starts one execution.
 */
import { Hono } from 'hono'
import { cronTick } from '../../runtime/cron/ticks.ts'
import type { EdgeDeps } from '../edge-deps.ts'
import { onlyKnown, queryOf } from '../request.ts'
import { json, resource } from '../resource.ts'

export function tickRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  resource(app, deps, '/', {
    POST: async (c) => {
      onlyKnown(queryOf(c), [])
      const { store: catalogue, engine } = deps
      const { started, failed } = await cronTick({ catalogue, engine }, deps.now())
      return json({ started, failed })
    },
  })
  return app
}
