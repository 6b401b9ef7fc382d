/**
 * @module
 * Who may see which executions, tasks and action executions: those of their project.
 */
import { ForbiddenError, NotFoundError } from '../actors/errors.ts'
import type { Caller } from './edge-deps.ts'
import type { ActionItem, ExecutionItem, RowReader, TaskItem } from './rows.ts'

export function ownsExecution({ row }: ExecutionItem, caller: Caller): boolean {
  return caller.admin || row.context.project === caller.project
}

export function ownsTask({ execution }: TaskItem, caller: Caller): boolean {
  return caller.admin || execution.context.project === caller.project
}

export function ownsAction({ row }: ActionItem, caller: Caller): boolean {
  return caller.admin || row.project === caller.project
}

/** Ids are UUIDs, or what a client chose instead; nothing else is worth a look into the store. */
const ID = /^[\w.~-]{1,64}$/

export function isId(text: string): boolean {
  return ID.test(text)
}

/** @throws {NotFoundError} If there is none that the caller sees. */
export async function seeExecution(
  rows: RowReader,
  caller: Caller,
  id: string,
): Promise<ExecutionItem> {
  const item = isId(id) ? await rows.execution(id) : null
  if (item && ownsExecution(item, caller)) return item
  throw new NotFoundError(`WorkflowExecution not found [id=${id}]`)
}

/** @throws {NotFoundError} If there is none that the caller sees. */
export async function seeTask(rows: RowReader, caller: Caller, id: string): Promise<TaskItem> {
  const item = isId(id) ? await rows.task(id) : null
  if (item && ownsTask(item, caller)) return item
  throw new NotFoundError(`Task execution not found [id=${id}]`)
}

/** @throws {NotFoundError} If there is none that the caller sees. */
export async function seeAction(rows: RowReader, caller: Caller, id: string): Promise<ActionItem> {
  const item = isId(id) ? await rows.action(id) : null
  if (item && ownsAction(item, caller)) return item
  throw new NotFoundError(`ActionExecution not found [id=${id}]`)
}

/** @throws {ForbiddenError} If the caller may not look into all projects. */
export function checkAllProjects(caller: Caller, wanted: boolean): void {
  if (wanted && !caller.admin) {
    throw new ForbiddenError('Operation forbidden (insufficient permissions)')
  }
}
