/**
 * @module
 * Rows of tasks and actions as text: JSON without the fields that have the value which most rows have.
 * They are what a step writes, so their size is what a step costs.
 */
import type { ActionRow, Policies, TaskContext, TaskRow } from './records.ts'

const NOTHING: readonly never[] = []

/** Policies of a task that has none. */
export const NO_POLICIES: Policies = {
  pauseBefore: false,
  waitBeforeMs: 0,
  timeoutMs: 0,
  concurrency: 0,
  retries: 0,
  keepResult: true,
  safeRerun: false,
}

const TASK: Partial<TaskContext> = {
  tags: NOTHING,
  isJoin: false,
  stateInfo: null,
  processed: false,
  startedAt: null,
  finishedAt: null,
  arrivedAt: NOTHING,
  policies: null,
  delayMs: 0,
  dueAt: null,
  timeoutAt: null,
  outcome: null,
  waited: false,
  triggeredBy: NOTHING,
  nextTasks: null,
  errorHandled: false,
  retryNo: 0,
  lastError: null,
  items: null,
}

const ACTION: Partial<ActionRow> = {
  stateInfo: null,
  workflowNamespace: '',
  description: null,
  tags: null,
  accepted: false,
  sync: true,
  index: 0,
  attempt: 1,
  safeRerun: false,
  timeoutMs: 0,
}

/** Writes the snapshot of a task. */
export function taskText({ value, context }: Pick<TaskRow, 'value' | 'context'>): string {
  const { policies } = context
  const left = without<TaskContext>(TASK, context)
  if (policies) left.policies = without<Policies>(NO_POLICIES, policies) as Policies
  return JSON.stringify({ machine: 'task@1', value, context: left })
}

/** Reads what {@link taskText} wrote. */
export function parseTask(text: string): TaskRow {
  const row = JSON.parse(text) as TaskRow
  fill<TaskContext>(row.context, TASK)
  if (row.context.policies) fill<Policies>(row.context.policies, NO_POLICIES)
  return row
}

export function actionText(row: ActionRow): string {
  return JSON.stringify(without<ActionRow>(ACTION, row))
}

/** Reads what {@link actionText} wrote. */
export function parseAction(text: string): ActionRow {
  const row = JSON.parse(text) as ActionRow
  fill(row, ACTION)
  return row
}

type Left<T> = { -readonly [K in keyof T]?: T[K] }

function without<T extends object>(defaults: Partial<T>, row: T): Left<T> {
  const left: Left<T> = {}
  for (const key in row) {
    const value = row[key]
    const usual = defaults[key]
    if (value !== usual && !(usual === NOTHING && isEmptyArray(value))) left[key] = value
  }
  return left
}

function fill<T extends object>(row: T, defaults: Partial<T>): void {
  for (const key in defaults) row[key] ??= defaults[key]!
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
