/**
 * @module
 * What an execution failed of: each failed execution, task and action of its tree with the cause in one
 * line, from the whole to the parts. Errors that an on-error clause took are left out.
 */
import { parseJson } from '../../actors/expressions/values/json.ts'
import { str } from '../../actors/expressions/values/text.ts'
import { stateOf } from '../../actors/records.ts'
import { fieldOf } from '../../actors/data.ts'
import { type ExecutionItem, gather, type RowReader, type TaskItem } from '../rows.ts'
import { childrenOf, tasksOf } from './tree.ts'

export interface ReportedError {
  readonly id: string
  readonly name: string
  readonly type: 'WORKFLOW' | 'TASK' | 'ACTION'
  /** What it is a part of; null for the execution that was asked for. */
  readonly parent_id: string | null
  readonly error: string
  /** Its item, or which of the task's tries it was; null where there is nothing to count. */
  readonly idx: number | null
}

/** The errors of an execution, an error before those it is caused by. */
export async function errorsOf(rows: RowReader, item: ExecutionItem): Promise<ReportedError[]> {
  return await executionErrors(rows, item, null, null)
}

async function executionErrors(
  rows: RowReader,
  { id, row }: ExecutionItem,
  parentId: string | null,
  idx: number | null,
): Promise<ReportedError[]> {
  if (stateOf(row) !== 'ERROR') return []
  const { workflowName: name, stateInfo } = row.context
  const error = causeIn(stateInfo)
  const errors: ReportedError[] = [{ id, name, type: 'WORKFLOW', parent_id: parentId, error, idx }]
  for (const task of await tasksOf(rows, id)) {
    if (stateOf(task.row) !== 'ERROR' || task.row.context.errorHandled) continue
    errors.push(...await taskErrors(rows, task, id))
  }
  return errors
}

async function taskErrors(
  rows: RowReader,
  { id, row }: TaskItem,
  executionId: string,
): Promise<ReportedError[]> {
  const { name, type, stateInfo, items } = row.context
  const error = causeIn(stateInfo)
  const errors: ReportedError[] = [
    { id, name, type: 'TASK', parent_id: executionId, error, idx: null },
  ]
  if (type === 'WORKFLOW') {
    for (const [number, child] of (await childrenOf(rows, id)).entries()) {
      const idx = items ? child.row.context.index : number
      errors.push(...await executionErrors(rows, child, id, idx))
    }
    return errors
  }
  const ids = await gather(rows.actionsOf(id, { after: null, reverse: false, batch: 500 }))
  const actions = await rows.actions(ids)
  const failed = actions.filter((action) => action.row.state === 'ERROR')
  await rows.fill(failed, ['output'])
  for (const action of failed) {
    const result = fieldOf(parseJson(action.payloads.output ?? '{}'), 'result') ?? null
    errors.push({
      id: action.id,
      name: action.row.name,
      type: 'ACTION',
      parent_id: id,
      error: raisedIn(result === null ? '' : str(result)),
      idx: items ? action.row.index : actions.indexOf(action),
    })
  }
  return errors
}

/** The first line of an error, without the facts in brackets after it. */
function causeIn(info: string | null): string {
  const [line = ''] = (info ?? '').split('\n', 1)
  return line.replace(/^([^[\]]*\S)\s*\[.*$/, '$1')
}

/** What an action raised, out of the text that is made of it. */
function raisedIn(text: string): string {
  return /\bmsg='(.*)'\]\s*$/s.exec(text)?.[1] ?? causeIn(text)
}
