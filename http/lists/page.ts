/**
 * @module
 * Pages of lists, from what is in memory and from what is not.
 */
import { NotFoundError } from '../../actors/errors.ts'
import type { Comparable, Resource } from './fields.ts'
import { matches } from './filter.ts'
import type { ListQuery, SortKey } from './query.ts'

/** Whether an object passes the filters; what they need has been loaded. */
export function passes<T>(item: T, { filters, nulls }: ListQuery<T>): boolean {
  return filters.every(({ filter, field }) => matches(filter, field.kind, field.value(item))) &&
    nulls.every((field) => field.value(item) === null)
}

export function comparator<T>(sort: readonly SortKey<T>[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const { field, descending } of sort) {
      const order = compare(field.value(a), field.value(b))
      if (order !== 0) return descending ? -order : order
    }
    return 0
  }
}

/** Null comes before everything. */
function compare(a: Comparable, b: Comparable): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (Array.isArray(a) || Array.isArray(b)) return compare(String(a), String(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The page of a list that is in memory.
 *
 * @throws {NotFoundError} If the marker names nothing.
 */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  resource: Resource<T>,
  query: ListQuery<T>,
): T[] {
  const order = comparator(query.sort)
  let found = items.filter((item) => passes(item, query)).sort(order)
  if (query.marker !== null) {
    const marker = items.find((item) => item.id === query.marker)
    if (!marker) throw new NotFoundError(resource.notFound(query.marker))
    found = found.filter((item) => order(item, marker) > 0)
  }
  return found.slice(0, query.limit)
}

/** Objects too many to hold: read in the order of their ids, which is that of their creation. */
export interface Source<T> {
  /** Batches of ids after (or, reversed, before) `after`. */
  ids(from: {
    readonly after: string | null
    readonly reverse: boolean
    readonly batch: number
  }): AsyncIterable<readonly string[]>
  /** The objects that still exist and that the caller sees, with what is needed to compare them. */
  load(ids: readonly string[], needs: ReadonlySet<string>): Promise<T[]>
}

const FILTERED_BATCH = 500

/**
 * The page of a list that is not in memory. In order of creation it reads no further than the page
 * reaches; any other order reads everything, but never holds more than two pages.
 *
 * @throws {NotFoundError} If the marker names nothing.
 */
export async function streamedPage<T extends { readonly id: string }>(
  source: Source<T>,
  resource: Resource<T>,
  query: ListQuery<T>,
): Promise<T[]> {
  const needs = new Set<string>()
  for (const { field } of [...query.filters, ...query.sort]) if (field.needs) needs.add(field.needs)
  for (const field of query.nulls) if (field.needs) needs.add(field.needs)

  let marker: T | null = null
  if (query.marker !== null) {
    marker = (await source.load([query.marker], needs))[0] ?? null
    if (!marker) throw new NotFoundError(resource.notFound(query.marker))
  }
  const first = query.sort[0]!
  const natural = first.field.name === 'created_at' || first.field.name === 'id'
  const unfiltered = query.filters.length === 0 && query.nulls.length === 0
  const batch = natural && unfiltered ? Math.min(query.limit, FILTERED_BATCH) : FILTERED_BATCH
  return natural
    ? await inOrder(source, query, { marker, needs, batch, reverse: first.descending })
    : await sorted(source, query, { marker, needs, batch })
}

async function inOrder<T extends { readonly id: string }>(
  source: Source<T>,
  query: ListQuery<T>,
  { marker, needs, batch, reverse }: {
    marker: T | null
    needs: ReadonlySet<string>
    batch: number
    reverse: boolean
  },
): Promise<T[]> {
  const page: T[] = []
  for await (const ids of source.ids({ after: marker?.id ?? null, reverse, batch })) {
    for (const item of await source.load(ids, needs)) {
      if (!passes(item, query)) continue
      page.push(item)
      if (page.length === query.limit) return page
    }
  }
  return page
}

async function sorted<T>(
  source: Source<T>,
  query: ListQuery<T>,
  { marker, needs, batch }: { marker: T | null; needs: ReadonlySet<string>; batch: number },
): Promise<T[]> {
  const order = comparator(query.sort)
  let best: T[] = []
  for await (const ids of source.ids({ after: null, reverse: false, batch })) {
    for (const item of await source.load(ids, needs)) {
      if (passes(item, query) && (!marker || order(item, marker) > 0)) best.push(item)
    }
    if (best.length > 2 * query.limit) best = best.sort(order).slice(0, query.limit)
  }
  return best.sort(order).slice(0, query.limit)
}
