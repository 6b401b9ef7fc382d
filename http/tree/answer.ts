/**
 * @module
 * What the answers about trees of executions have in common.
 */
import { isUuid } from '../../actors/ids.ts'
import type { PayloadField } from '../../actors/records.ts'
import { needsOf } from '../lists/answer.ts'
import { render } from '../lists/fields.ts'
import type { Query } from '../request.ts'
import { executionResource } from '../resources/executions.ts'
import type { ExecutionItem, RowReader } from '../rows.ts'
import type { TreeOptions } from './tree.ts'
import { notUuid, parseBoolean, parseInteger } from '../wire.ts'

/** @throws {InvalidError} If it is no UUID. */
export function uuidOf(id: string): string {
  if (!isUuid(id)) throw notUuid('id', id)
  return id
}

export function treeOptions(query: Query): TreeOptions {
  return {
    errorsOnly: parseBoolean('errors_only', query.get('errors_only') ?? ''),
    maxDepth: parseInteger('max_depth', query.get('max_depth') ?? '-1'),
  }
}

/** A flat list of a tree's executions. */
export async function showTree(
  rows: RowReader,
  items: readonly ExecutionItem[],
  query: Query,
): Promise<Record<string, unknown>[]> {
  const withOutput = parseBoolean('include_output', query.get('include_output') ?? '')
  const fields = executionResource.fields.filter(({ rare }) => withOutput || !rare)
  await rows.fill(items, needsOf(fields) as PayloadField[])
  return items.map((item) => render(item, fields))
}
