/**
 * @module
 * What a client may ask of a list: a page, an order, some fields, some objects.
 */
import { InvalidError } from '../../actors/errors.ts'
import { isUuid } from '../../actors/ids.ts'
import type { EdgeConfig } from '../edge-deps.ts'
import type { Query } from '../request.ts'
import { notUuid, parseBoolean, parseInteger } from '../wire.ts'
import { type Field, fieldOf, parseFields, type Resource } from './fields.ts'
import { dashed, type Filter, parseFilter } from './filter.ts'

export interface SortKey<T> {
  readonly field: Field<T>
  readonly descending: boolean
}

export interface ListQuery<T> {
  readonly limit: number
  readonly marker: string | null
  readonly sort: readonly SortKey<T>[]
  /** Null for all that lists show by default. */
  readonly fields: readonly Field<T>[] | null
  readonly filters: readonly { readonly filter: Filter; readonly field: Field<T> }[]
  readonly nulls: readonly Field<T>[]
  readonly includeOutput: boolean
  readonly allProjects: boolean
}

const PAGING = ['limit', 'marker', 'sort_keys', 'sort_dirs', 'fields']

/** @throws {InvalidError} If a parameter is unknown or makes no sense. */
export function parseListQuery<T>(
  query: Query,
  resource: Resource<T>,
  config: EdgeConfig,
  options: { readonly markerIsName?: boolean } = {},
): ListQuery<T> {
  for (const name of query.keys()) {
    const known = PAGING.includes(name) || resource.filters.includes(name) ||
      (resource.flags as readonly string[]).includes(name)
    if (!known) throw new InvalidError(`Unknown argument: "${name}"`)
  }
  const fields = query.get('fields')
  const flag = (name: string) => parseBoolean(name, query.get(name) ?? '')
  return {
    limit: parseLimit(query.get('limit'), config),
    marker: parseMarker(query.get('marker'), options.markerIsName ?? false),
    sort: parseSort(resource, query.get('sort_keys'), query.get('sort_dirs')),
    fields: fields === undefined || fields === '' ? null : parseFields(resource, fields),
    filters: parseFilters(query, resource),
    nulls: parseNulls(resource, query.get('nulls')),
    includeOutput: flag('include_output'),
    allProjects: flag('all_projects'),
  }
}

function parseLimit(text: string | undefined, { maxPage }: EdgeConfig): number {
  if (text === undefined) return maxPage
  const limit = parseInteger('limit', text)
  if (limit <= 0) throw new InvalidError('Limit must be positive.')
  return Math.min(limit, maxPage)
}

function parseMarker(text: string | undefined, markerIsName: boolean): string | null {
  if (text === undefined || markerIsName) return text ?? null
  if (!isUuid(text)) throw notUuid('marker', text)
  return text.includes('-') ? text.toLowerCase() : dashed(text)
}

function parseSort<T>(
  resource: Resource<T>,
  keyList: string | undefined,
  directionList: string | undefined,
): SortKey<T>[] {
  const keys = [...new Set(commaList(keyList ?? resource.defaultSort))]
  if (keys.length === 0) throw new InvalidError('sort_keys names no attribute to sort by.')
  const directions = commaList(directionList ?? '')
  if (directions.length > keys.length) {
    throw new InvalidError('Length of sort_keys must be equal or greater than sort_dirs.')
  }
  const sort = keys.map((key, index) => {
    const field = fieldOf(resource, key)
    const direction = directions[index] ?? 'asc'
    if (!field) throw new InvalidError(`Unknown sort key: ${key}`)
    if (direction !== 'asc' && direction !== 'desc') {
      throw new InvalidError(
        `Unknown sort direction, must be 'desc' or 'asc', actual: ${direction}`,
      )
    }
    return { field, descending: direction === 'desc' }
  })
  if (!keys.includes('id')) sort.push({ field: fieldOf(resource, 'id')!, descending: false })
  return sort
}

function commaList(text: string): string[] {
  return text.split(',').map((item) => item.trim().toLowerCase()).filter(Boolean)
}

function parseFilters<T>(query: Query, resource: Resource<T>): ListQuery<T>['filters'] {
  const filters: { filter: Filter; field: Field<T> }[] = []
  for (const [name, value] of query) {
    if (!resource.filters.includes(name)) continue
    const field = fieldOf(resource, name)
    // Accepted for clients that send them, without an effect.
    if (!field) continue
    // Whoever names no tags asks for none.
    if (field.kind === 'tags' && value === '') continue
    filters.push({ filter: parseFilter(name, field.kind, value), field })
  }
  return filters
}

function parseNulls<T>(resource: Resource<T>, text: string | undefined): Field<T>[] {
  return commaList(text ?? '').map((name) => {
    const field = fieldOf(resource, name)
    if (!field) throw new InvalidError(`'${name}' is not a valid field name.`)
    if (!field.nullable) throw new InvalidError(`The field '${name}' can't hold None value.`)
    return field
  })
}

/** The address of the page after the one that ends with `marker`. */
export function nextAddress<T>(
  collectionUrl: string,
  query: ListQuery<T>,
  marker: string,
): string {
  const pairs: [string, string][] = [
    ['sort_keys', query.sort.map(({ field }) => field.name).join(',')],
    ['sort_dirs', query.sort.map(({ descending }) => descending ? 'desc' : 'asc').join(',')],
    ...query.filters.map(({ filter }): [string, string] => [
      filter.field,
      `${filter.operator}:${filter.text}`,
    ]),
  ]
  if (query.nulls.length > 0) pairs.push(['nulls', query.nulls.map(({ name }) => name).join(',')])
  if (query.includeOutput) pairs.push(['include_output', 'true'])
  if (query.allProjects) pairs.push(['all_projects', 'true'])
  pairs.push(['limit', String(query.limit)], ['marker', marker])
  if (query.fields) pairs.push(['fields', query.fields.map(({ name }) => name).join(',')])
  return `${collectionUrl}?${pairs.map(([name, value]) => `${name}=${escape(value)}`).join('&')}`
}

/** Percent-encoding that leaves commas and colons readable, as clients expect them. */
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll('%2C', ',').replaceAll('%3A', ':')
}
