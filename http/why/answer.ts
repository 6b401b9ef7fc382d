/**
 * @module
 * `GET /v2/executions/ID/why`: what a request asks for, and where the next page is.
 */
import type { Context } from 'hono'
import { InvalidError } from '../../actors/errors.ts'
import type { EdgeDeps } from '../edge-deps.ts'
import { baseUrl } from '../request.ts'
import type { Query } from '../request.ts'
import type { ExecutionItem, RowReader } from '../rows.ts'
import { parseInteger } from '../wire.ts'
import { whyOf } from './why.ts'

const LIMIT = 50
const DEPTH = 2
const DEEPEST = 10

/** @throws {InvalidError} If the query makes no sense. */
export async function answerWhy(
  c: Context,
  deps: EdgeDeps,
  rows: RowReader,
  item: ExecutionItem,
  query: Query,
): Promise<unknown> {
  const limit = between('limit', query, LIMIT, 1, deps.config.maxPage)
  const depth = between('max_depth', query, DEPTH, 0, DEEPEST)
  const marker = query.get('marker') || null
  const sources = { catalogue: deps.store, rows, now: deps.now() }
  const answer = await whyOf(sources, item, { limit, marker, depth })
  const entries = (answer['waiting'] ?? answer['failed']) as readonly Entry[]
  const last = entries.at(-1)
  if (!last || answer['more'] === 0) return answer
  const next = new URLSearchParams({
    limit: String(limit),
    max_depth: String(depth),
    marker: last.task_execution_id ?? last.task_name,
  })
  return { ...answer, next: `${baseUrl(c, deps.config)}/v2/executions/${item.id}/why?${next}` }
}

interface Entry {
  readonly task_execution_id: string | null
  readonly task_name: string
}

function between(name: string, query: Query, usual: number, least: number, most: number): number {
  const value = parseInteger(name, query.get(name) ?? String(usual))
  if (value >= least && value <= most) return value
  throw new InvalidError(`${name} must be from ${least} to ${most}, not ${value}`)
}
