/**
 * @module
 * The API: `createApp` puts the routes together over the ports it is given.
 */
import { Hono } from 'hono'
import { cors } from './cors.ts'
import type { EdgeDeps } from './edge-deps.ts'
import { faultOf, faultResponse } from './faults.ts'
import { refusedMedia } from './resource.ts'
import { actionExecutionRoutes } from './routes/action-executions.ts'
import { actionRoutes } from './routes/actions.ts'
import { codeRoutes } from './routes/code.ts'
import { cronTriggerRoutes } from './routes/cron-triggers.ts'
import { environmentRoutes } from './routes/environments.ts'
import { eventTriggerRoutes } from './routes/event-triggers.ts'
import { executionRoutes } from './routes/executions.ts'
import { expressionRoutes } from './routes/expressions.ts'
import { maintenanceRoutes } from './routes/maintenance.ts'
import { rootRoutes } from './routes/root.ts'
import { serviceRoutes } from './routes/services.ts'
import { taskRoutes } from './routes/tasks.ts'
import { tickRoutes } from './routes/ticks.ts'
import { workbookRoutes } from './routes/workbooks.ts'
import { workflowRoutes } from './routes/workflows.ts'

export { defaultConfig } from './edge-deps.ts'
export type { ActionDirectory, Caller, EdgeConfig, EdgeDeps, Identify } from './edge-deps.ts'

/** The whole API. Every path is accepted with or without a slash at its end. */
export function createApp(deps: EdgeDeps): Hono {
  const app = new Hono({ strict: false })
  const { corsOrigins } = deps.config
  if (corsOrigins.length > 0) app.use(cors(corsOrigins))
  app.route('/v2/executions', executionRoutes(deps))
  app.route('/v2/tasks', taskRoutes(deps))
  app.route('/v2/action_executions', actionExecutionRoutes(deps))
  app.route('/v2/workflows', workflowRoutes(deps))
  app.route('/v2/workbooks', workbookRoutes(deps))
  app.route('/v2/actions', actionRoutes(deps))
  app.route('/v2/environments', environmentRoutes(deps))
  app.route('/v2/cron_triggers', cronTriggerRoutes(deps))
  app.route('/v2/event_triggers', eventTriggerRoutes(deps))
  app.route('/v2/code_sources', codeRoutes(deps))
  app.route('/v2/dynamic_actions', codeRoutes(deps))
  app.route('/v2/expressions', expressionRoutes(deps))
  app.route('/v2/ticks', tickRoutes(deps))
  app.route('/v2/services', serviceRoutes(deps))
  app.route('/maintenance', maintenanceRoutes(deps))
  app.route('/', rootRoutes(deps))

  app.notFound((c) => {
    const text = `There is nothing at ${c.req.path}`
    return refusedMedia(c.req.raw) ?? faultResponse({ status: 404, text })
  })
  app.onError((error, c) => {
    deps.onError?.(error, c.req.raw)
    return faultResponse(faultOf(error))
  })
  return app
}
