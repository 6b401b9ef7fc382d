/**
 * @module
 * What the answers about one execution or one task show besides their rows: results, and the
 * variables that were published for all.
 */
import { parseJson, stringifyJson } from '../actors/expressions/values/json.ts'
import type { Value } from '../actors/expressions/values/value.ts'
import { entriesOf, fieldOf, toMapping } from '../actors/data.ts'
import type { Event, TaskSpec, WorkflowSpec } from '../actors/language/spec.ts'
import type { ExecutionRow, PayloadField } from '../actors/records.ts'
import { acceptedChildren, type ChildOutcome, taskResult } from '../actors/task/result.ts'
import { loadSpec } from '../runtime/catalogue/definitions.ts'
import type { Catalogue } from '../runtime/store/store.ts'
import { type ExecutionItem, gather, isWorkedOut, type RowReader, type TaskItem } from './rows.ts'
import { childrenOf } from './tree/tree.ts'
import { spacedJson } from './wire.ts'

/** The spec an execution began with, or null if its text has been lost. */
export async function specOf(
  catalogue: Catalogue,
  { context }: ExecutionRow,
): Promise<WorkflowSpec | null> {
  try {
    const { definition, workflowName, workbook } = context
    return await loadSpec(catalogue, definition, workflowName, workbook)
  } catch {
    return null
  }
}

/** Reads into executions what fields need of them. */
export async function fillExecutions(
  catalogue: Catalogue,
  rows: RowReader,
  items: readonly ExecutionItem[],
  needs: readonly string[],
): Promise<void> {
  await rows.fill(items, stored(needs))
  if (!needs.includes('published_global')) return
  for (const item of items) {
    item.payloads.published_global = await publishedByExecution(catalogue, rows, item)
  }
}

/** Reads into tasks what fields need of them. */
export async function fillTasks(
  catalogue: Catalogue,
  rows: RowReader,
  items: readonly TaskItem[],
  needs: readonly string[],
): Promise<void> {
  await rows.fill(items, stored(needs))
  for (const item of items) {
    if (needs.includes('result')) {
      const spec = await specOf(catalogue, item.execution)
      item.payloads.result = await resultText(
        rows,
        item,
        spec?.tasks.get(item.row.context.name) ?? null,
      )
    }
    if (needs.includes('published_global')) {
      const text = await publishedByTask(rows, item)
      if (text !== null) item.payloads.published_global = text
    }
  }
}

function stored(needs: readonly string[]): PayloadField[] {
  return needs.filter((need) => !isWorkedOut(need)) as PayloadField[]
}

/** JSON text of what a task came to. */
export async function resultText(
  rows: RowReader,
  task: TaskItem,
  spec: TaskSpec | null,
): Promise<string> {
  const hasItems = spec ? spec.withItems !== null : task.row.context.items !== null
  const outcomes = task.row.context.type === 'WORKFLOW'
    ? await workflowOutcomes(rows, task)
    : await actionOutcomes(rows, task)
  return spacedJson(stringifyJson(taskResult<Value>(hasItems, outcomes)))
}

async function actionOutcomes(rows: RowReader, task: TaskItem): Promise<ChildOutcome<Value>[]> {
  const ids = await gather(rows.actionsOf(task.id, { after: null, reverse: false, batch: 500 }))
  const accepted = (await rows.actions(ids)).filter(({ row }) => row.accepted)
  await rows.fill(accepted, ['output'])
  return accepted.map(({ row, payloads }) => {
    const output = payloads.output === undefined ? null : parseJson(payloads.output)
    return { index: row.index, accepted: true, result: fieldOf(output, 'result') ?? null }
  })
}

async function workflowOutcomes(rows: RowReader, task: TaskItem): Promise<ChildOutcome<Value>[]> {
  const children = await childrenOf(rows, task.id)
  const counting = new Set(acceptedChildren(children.map(({ row }) => row), task.row.context))
  const accepted = children.filter(({ row }) => counting.has(row))
  await rows.fill(accepted, ['output'])
  return accepted.map(({ row, payloads }) => ({
    index: row.context.index,
    accepted: true,
    result: parseJson(payloads.output ?? '{}'),
  }))
}

const ANY: readonly Event[] = ['on-success', 'on-error', 'on-complete', 'on-skip']

/** JSON text of the variables that an execution's tasks published for all of it; those of `vars` not. */
export async function publishedByExecution(
  catalogue: Catalogue,
  rows: RowReader,
  item: ExecutionItem,
): Promise<string> {
  const spec = await specOf(catalogue, item.row)
  const tasks = spec ? [...spec.tasks.values()] : []
  const names = tasks.flatMap((task) => globalsOf(task, ANY))
  return await published(rows, item, names.filter((name) => !spec!.vars.has(name)))
}

/** JSON text of what one task published for all of its execution; null if nothing. */
export async function publishedByTask(rows: RowReader, task: TaskItem): Promise<string | null> {
  await rows.fill([task], ['globals'])
  const { globals } = task.payloads
  return globals === undefined ? null : spacedJson(globals)
}

function globalsOf(task: TaskSpec, events: readonly Event[]): string[] {
  return events.flatMap((event) => [...task.on[event].publish?.global.keys() ?? []])
}

async function published(
  rows: RowReader,
  item: ExecutionItem,
  names: readonly string[],
): Promise<string> {
  if (names.length === 0) return '{}'
  await rows.fill([item], ['globals'])
  const globals = parseJson(item.payloads.globals ?? '{}')
  const shown = toMapping(entriesOf(globals).filter(([name]) => names.includes(name)))
  return spacedJson(stringifyJson(shown))
}
