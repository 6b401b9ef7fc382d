/**
 * @module
 * `/v2/code_sources` and `/v2/dynamic_actions`: for administrators, and not there yet.
 */
import { Hono } from 'hono'
import { insufficient } from '../../runtime/catalogue/changes.ts'
import type { EdgeDeps } from '../edge-deps.ts'
import { RequestError } from '../faults.ts'
import { type Handler, resource } from '../resource.ts'

const refuse: Handler = (_, caller) => {
  if (!caller.admin) throw insufficient()
  throw new RequestError(501, 'Code sources and dynamic actions are not available in this version')
}

export function codeRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  for (const path of ['/', '/:identifier', '/:identifier/:namespace']) {
    resource(app, deps, path, { GET: refuse, POST: refuse, PUT: refuse, DELETE: refuse })
  }
  return app
}
