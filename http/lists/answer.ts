/**
 * @module
 * Answers of lists: the page, and the address of the next one.
 */
import type { Context } from 'hono'
import type { EdgeConfig } from '../edge-deps.ts'
import { json } from '../resource.ts'
import { baseUrl, queryOf } from '../request.ts'
import { type Field, render, type Resource } from './fields.ts'
import { pageOf, type Source, streamedPage } from './page.ts'
import { type ListQuery, nextAddress, parseListQuery } from './query.ts'

/** Loads what fields need of the items of a page. */
export type Fill<T> = (items: readonly T[], needs: readonly string[]) => Promise<void>

interface Identified {
  readonly id: string
}

/** Answers a page of what is in memory. */
export async function answerList<T extends Identified>(
  c: Context,
  config: EdgeConfig,
  resource: Resource<T>,
  read: (query: ListQuery<T>) => Promise<readonly T[]>,
  fill: Fill<T>,
): Promise<Response> {
  const query = parseListQuery(queryOf(c), resource, config)
  const items = await read(query)
  await fill(items, needsOf(comparedFields(query)))
  return await answerPage(c, config, resource, query, pageOf(items, resource, query), fill)
}

/** Answers a page of what has to be read bit by bit. */
export async function answerStream<T extends Identified>(
  c: Context,
  config: EdgeConfig,
  resource: Resource<T>,
  query: ListQuery<T>,
  source: Source<T>,
  fill: Fill<T>,
): Promise<Response> {
  const page = await streamedPage(source, resource, query)
  return await answerPage(c, config, resource, query, page, fill)
}

/** Answers a page that has been found. */
export async function answerPage<T extends Identified>(
  c: Context,
  config: EdgeConfig,
  resource: Resource<T>,
  query: ListQuery<T>,
  page: readonly T[],
  fill: Fill<T>,
): Promise<Response> {
  const fields = query.fields ?? defaultFields(resource, query)
  await fill(page, needsOf(fields))
  const list = page.map((item) => render(item, fields))
  if (page.length < query.limit) return json({ [resource.collection]: list })
  const url = `${baseUrl(c, config)}/v2/${resource.collection}`
  return json({
    [resource.collection]: list,
    next: nextAddress(url, query, page.at(-1)!.id),
  })
}

/** What lists show if no fields are asked for. */
function defaultFields<T>(
  { fields }: Resource<T>,
  { includeOutput }: ListQuery<T>,
): readonly Field<T>[] {
  return includeOutput ? fields : fields.filter(({ rare }) => !rare)
}

function comparedFields<T>({ filters, sort, nulls }: ListQuery<T>): Field<T>[] {
  return [...filters, ...sort].map(({ field }) => field).concat(nulls)
}

/** What must be loaded for these fields. */
export function needsOf<T>(fields: readonly Field<T>[]): string[] {
  return [...new Set(fields.flatMap(({ needs }) => needs ?? []))]
}
