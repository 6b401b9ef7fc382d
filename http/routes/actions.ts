/**
 * @module
 * `/v2/actions`
 */
import { Hono } from 'hono'
import { NotFoundError } from '../../actors/errors.ts'
import { parseActions } from '../../actors/language/definitions.ts'
import {
  actionNotFound,
  type ActionRecord,
  createActions,
  deleteAction,
  findAdHoc,
  updateAction,
  updateActions,
} from '../../runtime/catalogue/actions.ts'
import { listVisible } from '../../runtime/catalogue/entries.ts'
import { destinationOf, fillTexts, validation } from '../texts.ts'
import { type Caller, catalogueOf, type EdgeDeps } from '../edge-deps.ts'
import { answerPage } from '../lists/answer.ts'
import { fieldsAsked, render } from '../lists/fields.ts'
import { comparator, passes } from '../lists/page.ts'
import { type ListQuery, parseListQuery } from '../lists/query.ts'
import { onlyKnown, queryOf, readText } from '../request.ts'
import { json, missingArgument, noContent, resource, textOperation } from '../resource.ts'
import {
  type ActionItem,
  actionResource,
  adHocItem,
  builtInItem,
} from '../resources/definitions.ts'

export function actionRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config, actions, store } = deps
  const catalogue = catalogueOf(deps)
  const fill = fillTexts<ActionItem>(store)

  const every = async (caller: Caller): Promise<ActionItem[]> => [
    ...actions.list().map(builtInItem),
    ...(await listVisible<ActionRecord>(store, 'action', caller)).map(adHocItem),
  ]

  resource(app, deps, '/', {
    GET: async (c, caller) => {
      // Clients get whole objects, whatever fields they ask for.
      const parameters = new Map(queryOf(c))
      parameters.delete('fields')
      if (!parameters.has('namespace')) parameters.set('namespace', '')
      const query = parseListQuery(parameters, actionResource, config, { markerIsName: true })
      const items = await every(caller)
      if (query.filters.some(({ field }) => field.needs)) await fill(items, ['text'])
      return await answerPage(c, config, actionResource, query, pageOf(items, query), fill)
    },
    POST: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config)
      const items = (await createActions(catalogue, caller, document, to)).map(adHocItem)
      await fill(items, ['text'])
      return json({
        actions: items.map((item) => {
          const { updated_at: _, ...created } = render(item, actionResource.fields)
          return created
        }),
      }, 201)
    }),
    PUT: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config)
      return await shown(await updateActions(catalogue, caller, document, to))
    }),
    DELETE: missingArgument('identifier'),
  })

  resource(app, deps, '/validate', {
    POST: textOperation(deps, (c) =>
      validation(c, config, (text) => {
        parseActions(text)
        return []
      })),
  })

  resource(app, deps, '/:name/:namespace?', {
    GET: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['namespace', 'fields'])
      const namespace = query.get('namespace') ?? c.req.param('namespace') ?? ''
      const name = c.req.param('name')!
      const record = await findAdHoc(catalogue, caller, name, namespace)
      const builtIn = record ? null : actions.get(name)
      if (!record && !builtIn) throw actionNotFound(name, namespace)
      const item = record ? adHocItem(record) : builtInItem(builtIn!)
      await fill([item], ['text'])
      return json(render(item, fieldsAsked(actionResource, query)))
    },
    PUT: textOperation(deps, async (c, caller) => {
      const document = await readText(c, config)
      const to = destinationOf(queryOf(c), config, c.req.param('namespace'))
      return await shown([
        await updateAction(catalogue, caller, c.req.param('name')!, document, to),
      ])
    }),
    DELETE: async (c, caller) => {
      const query = queryOf(c)
      onlyKnown(query, ['namespace'])
      const namespace = query.get('namespace') ?? c.req.param('namespace') ?? ''
      await deleteAction(catalogue, caller, c.req.param('name')!, namespace)
      return noContent()
    },
  })

  async function shown(records: readonly ActionRecord[]): Promise<Response> {
    const items = records.map(adHocItem)
    await fill(items, ['text'])
    return json({ actions: items.map((item) => render(item, actionResource.fields)) })
  }

  return app
}

/** A marker that is an id is exclusive; one that is only a name starts with that action. */
function pageOf(items: readonly ActionItem[], query: ListQuery<ActionItem>): ActionItem[] {
  const order = comparator(query.sort)
  const found = items.filter((item) => passes(item, query)).sort(order)
  const { marker, limit } = query
  if (marker === null) return found.slice(0, limit)
  const byId = items.find(({ id }) => id === marker)
  const first = byId ?? items.find(({ name }) => name === marker)
  if (!first) throw new NotFoundError(actionResource.notFound(marker))
  return found.filter((item) => order(item, first) > (byId ? 0 : -1)).slice(0, limit)
}
