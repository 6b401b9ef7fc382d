/**
 * @module
 * `/v2/workflows`
 */
import { Hono } from 'hono'
import { ForbiddenError } from '../../actors/errors.ts'
import { listVisible } from '../../runtime/catalogue/entries.ts'
import {
  createWorkflows,
  deleteWorkflow,
  getWorkflow,
  updateWorkflow,
  updateWorkflows,
  type WorkflowRecord,
} from '../../runtime/catalogue/workflows.ts'
import { parseWorkflows } from '../../actors/language/definitions.ts'
import { destinationOf, fillTexts, validation } from '../texts.ts'
import { catalogueOf, type EdgeDeps } from '../edge-deps.ts'
import { textFaultResponse } from '../faults.ts'
import { answerList } from '../lists/answer.ts'
import { fieldsAsked, render } from '../lists/fields.ts'
import { onlyKnown, queryOf, readText } from '../request.ts'
import { json, missingArgument, noContent, resource, textOperation } from '../resource.ts'
import { type WorkflowItem, workflowResource } from '../resources/definitions.ts'

export function workflowRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config } = deps
  const catalogue = catalogueOf(deps)
  const fill = fillTexts<WorkflowItem>(deps.store)

  resource(app, deps, '/', {
    GET: (c, caller) =>
      answerList(c, config, workflowResource, async ({ allProjects }) => {
        if (allProjects) checkAllProjects(caller.admin)
        return itemsOf(await listVisible<WorkflowRecord>(deps.store, 'workflow', caller))
      }, fill),
    POST: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config)
      const items = itemsOf(await createWorkflows(catalogue, caller, document, to))
      await fill(items, ['text'])
      return json({ workflows: items.map((item) => textForm(item, 'created')) }, 201)
    }),
    PUT: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config)
      const items = itemsOf(await updateWorkflows(catalogue, caller, document, to))
      await fill(items, ['text'])
      return json({ workflows: items.map((item) => textForm(item, 'updated')) })
    }),
    DELETE: missingArgument('identifier'),
  })

  resource(app, deps, '/validate', {
    POST: textOperation(
      deps,
      (c) =>
        validation(
          c,
          config,
          (text) => parseWorkflows(text).flatMap((workflow) => workflow.warnings),
        ),
    ),
  })

  const refuseSharing = () =>
    textFaultResponse({
      status: 400,
      text: 'Resource sharing feature can only be supported with authentication enabled.',
    })
  resource(app, deps, '/:id/members', { GET: refuseSharing, POST: refuseSharing })
  resource(app, deps, '/:id/members/:member', {
    GET: refuseSharing,
    PUT: refuseSharing,
    DELETE: refuseSharing,
  })

  resource(app, deps, '/:id/:namespace?', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['namespace', 'fields'])
      const namespace = query.get('namespace') ?? c.req.param('namespace') ?? ''
      const record = await getWorkflow(catalogue, caller, c.req.param('id')!, namespace)
      const [item] = itemsOf([record])
      await fill([item!], ['text'])
      return json(render(item!, fieldsAsked(workflowResource, query)))
    },
    PUT: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config, c.req.param('namespace'))
      const id = c.req.param('id')!
      const items = itemsOf([await updateWorkflow(catalogue, caller, id, document, to)])
      await fill(items, ['text'])
      return json(textForm(items[0]!, 'updated'))
    }),
    DELETE: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['namespace'])
      const namespace = query.get('namespace') ?? c.req.param('namespace') ?? ''
      await deleteWorkflow(catalogue, caller, c.req.param('id')!, namespace)
      return noContent()
    },
  })

  return app
}

function itemsOf(records: readonly WorkflowRecord[]): WorkflowItem[] {
  return records.map((record) => ({ id: record.id, record }))
}

/** Operations on texts show the interface as an object, and what is new has no `updated_at`. */
function textForm(item: WorkflowItem, what: 'created' | 'updated'): Record<string, unknown> {
  const { updated_at, ...object } = render(item, workflowResource.fields)
  const body = { ...object, interface: JSON.parse(item.record.interface) as unknown }
  return what === 'created' ? body : { ...body, updated_at }
}

function checkAllProjects(admin: boolean): void {
  if (!admin) throw new ForbiddenError('Operation forbidden (insufficient permissions)')
}
