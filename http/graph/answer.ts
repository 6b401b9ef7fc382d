/**
 * @module
 * `GET /v2/executions/ID/graph`
 */
import { InvalidError, NotFoundError } from '../../actors/errors.ts'
import type { Catalogue } from '../../runtime/store/store.ts'
import { json } from '../resource.ts'
import { specOf } from '../results.ts'
import type { ExecutionItem, RowReader } from '../rows.ts'
import { tasksOf } from '../tree/tree.ts'
import { toDot, toMermaid } from './diagrams.ts'
import { graphOf } from './graph.ts'
import { toMachine } from './xstate.ts'

const FORMATS = ['json', 'mermaid', 'dot', 'xstate']

/** @throws {InvalidError} If the format is unknown. */
export async function executionGraph(
  catalogue: Catalogue,
  rows: RowReader,
  item: ExecutionItem,
  format: string,
): Promise<Response> {
  if (!FORMATS.includes(format)) {
    throw new InvalidError(`Unknown format: ${format}. Choose from ${FORMATS.join(', ')}`)
  }
  const spec = await specOf(catalogue, item.row)
  if (!spec) throw new NotFoundError(`The definition of the execution ${item.id} has been lost`)
  const tasks = await tasksOf(rows, item.id)
  const graph = graphOf(spec, item.row, tasks.map(({ row }) => row))
  if (format === 'mermaid') return plainText(toMermaid(graph))
  if (format === 'dot') return plainText(toDot(graph))
  return json(format === 'xstate' ? toMachine(graph) : graph)
}

function plainText(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
