/**
 * @module
 * `/v2/workbooks`
 */
import { Hono } from 'hono'
import { parseWorkbook } from '../../actors/language/definitions.ts'
import { listVisible } from '../../runtime/catalogue/entries.ts'
import {
  createWorkbook,
  deleteWorkbook,
  getWorkbook,
  updateWorkbook,
  type WorkbookRecord,
} from '../../runtime/catalogue/workbooks.ts'
import { destinationOf, fillTexts, validation } from '../texts.ts'
import { catalogueOf, type EdgeDeps } from '../edge-deps.ts'
import { answerList } from '../lists/answer.ts'
import { fieldsAsked, render } from '../lists/fields.ts'
import { onlyKnown, queryOf, readText } from '../request.ts'
import { json, missingArgument, noContent, resource, textOperation } from '../resource.ts'
import { type WorkbookItem, workbookResource } from '../resources/definitions.ts'

export function workbookRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config } = deps
  const catalogue = catalogueOf(deps)
  const fill = fillTexts<WorkbookItem>(deps.store)

  resource(app, deps, '/', {
    GET: (c, caller) =>
      answerList(c, config, workbookResource, async () => {
        const records = await listVisible<WorkbookRecord>(deps.store, 'workbook', caller)
        return records.map(itemOf)
      }, fill),
    POST: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config)
      const item = itemOf(await createWorkbook(catalogue, caller, document, to))
      await fill([item], ['text'])
      const { updated_at: _, ...created } = render(item, workbookResource.fields)
      return json(created, 201)
    }),
    PUT: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config)
      const item = itemOf(await updateWorkbook(catalogue, caller, document, to))
      await fill([item], ['text'])
      return json(render(item, workbookResource.fields))
    }),
    DELETE: missingArgument('name'),
  })

  resource(app, deps, '/validate', {
    POST: textOperation(
      deps,
      (c) =>
        validation(
          c,
          config,
          (text) => parseWorkbook(text).workflows.flatMap((workflow) => workflow.warnings),
        ),
    ),
  })

  resource(app, deps, '/:name/:namespace?', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['namespace', 'fields'])
      const namespace = query.get('namespace') ?? c.req.param('namespace') ?? ''
      const item = itemOf(await getWorkbook(catalogue, caller, c.req.param('name')!, namespace))
      await fill([item], ['text'])
      return json(render(item, fieldsAsked(workbookResource, query)))
    },
    DELETE: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['namespace'])
      const namespace = query.get('namespace') ?? c.req.param('namespace') ?? ''
      await deleteWorkbook(catalogue, caller, c.req.param('name')!, namespace)
      return noContent()
    },
  })

  return app
}

function itemOf(record: WorkbookRecord): WorkbookItem {
  return { id: record.id, record }
}
