/**
 * @module
 * `GET /v2/executions/ID/why`: a sentence for each task that has not ended, or for what an execution
 * ended with. It shows no data but what `state_info` shows.
 */
import { endOf } from '../../actors/execution/deadline.ts'
import { fieldOf } from '../../actors/data.ts'
import { parseJson } from '../../actors/expressions/values/json.ts'
import type { Mapping } from '../../actors/expressions/values/value.ts'
import { NotFoundError } from '../../actors/errors.ts'
import type { WorkflowSpec } from '../../actors/language/spec.ts'
import { isFinal, stateOf } from '../../actors/records.ts'
import type { Cause, TaskRow } from '../../actors/records.ts'
import type { Catalogue } from '../../runtime/store/store.ts'
import { specOf } from '../results.ts'
import type { ExecutionItem, RowReader } from '../rows.ts'
import { timestamp } from '../wire.ts'
import { roundOf, survey } from './survey.ts'
import type { Survey } from './survey.ts'
import { resume, resumeText, secondsUntil, Waiting } from './waiting.ts'
import type { Mover, Wait } from './waiting.ts'
import { counted, inShort, listed, span } from './words.ts'

export interface WhyOptions {
  /** How many tasks are told of. */
  readonly limit: number
  /** The last task of the page before; null for the first page. */
  readonly marker: string | null
  /** How many levels of sub-workflows are told of. */
  readonly depth: number
}

type Answer = { readonly [field: string]: unknown }

/** Of sub-workflows, how many tasks are told of, and how many tasks have their sub-workflows told of. */
const NESTED = 5

/** Reads what is asked for. */
export interface Sources {
  readonly catalogue: Catalogue
  readonly rows: RowReader
  readonly now: number
}

/** @throws {NotFoundError} If the definition of the execution has been lost. */
export async function whyOf(
  sources: Sources,
  item: ExecutionItem,
  options: WhyOptions,
): Promise<Answer> {
  const spec = await specOf(sources.catalogue, item.row)
  if (!spec) throw new NotFoundError(`The definition of the execution ${item.id} has been lost`)
  return isFinal(stateOf(item.row))
    ? await whyEnded(sources, item, spec, options)
    : await whyWaiting(sources, item, spec, options)
}

function head({ id, row }: ExecutionItem, since: number): Answer {
  return {
    execution_id: id,
    workflow_name: row.context.workflowName,
    state: stateOf(row),
    since: timestamp(since),
  }
}

async function whyWaiting(
  sources: Sources,
  item: ExecutionItem,
  spec: WorkflowSpec,
  options: WhyOptions,
): Promise<Answer> {
  const { rows, now } = sources
  // A task that has not run has no id: pages of those begin with a name.
  const isName = options.marker !== null && spec.tasks.has(options.marker)
  const found = await survey(rows, item, spec, {
    shows: (row) => !isFinal(stateOf(row)),
    after: isName ? '\uffff' : options.marker,
    limit: options.limit,
  })
  const notRun = await requirements(sources, found)
  const after = notRun.slice(
    isName ? notRun.findIndex(({ name }) => name === options.marker) + 1 : 0,
  )
  const room = options.limit - found.shown.length
  const waiting = new Waiting(rows, found, now)

  const entries: Answer[] = []
  let nested = 0
  for (const row of found.shown) {
    const wait = await waiting.of(row)
    const below = wait.children.length > 0 && options.depth > 0 && nested++ < NESTED
      ? await Promise.all(
        wait.children.map((child) =>
          whyOf(sources, child, { limit: NESTED, marker: null, depth: options.depth - 1 })
        ),
      )
      : []
    entries.push(entryOf(row, wait, below, now))
  }
  for (const { name, wait } of after.slice(0, room)) {
    entries.push(entryOf({ id: null, name, state: null }, wait, [], now))
  }
  const more = found.more + Math.max(0, after.length - room)
  const deadline = endOf(item.id, item.row.context.deadline)
  const since = item.row.context.cause?.at ?? item.row.context.createdAt
  return {
    ...head(item, since),
    sentence: sentences([
      stateSentence(found, found.total + notRun.length, now),
      deadline && `It ends in ERROR in ${span(deadline.at - now)} if it has not ended by then.`,
    ]),
    deadline: deadline && {
      at: timestamp(deadline.at),
      in_seconds: secondsUntil(deadline.at, now),
      execution_id: deadline.ownerId,
    },
    paused_by: stateOf(item.row) === 'PAUSED' ? causeFacts(found) : null,
    moved_by: stateOf(item.row) === 'PAUSED' ? moverFacts(resume(item.id)) : null,
    waiting: entries,
    more,
  }
}

function sentences(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' ')
}

type Named = { readonly id: string | null; readonly name: string; readonly state: string | null }

function entryOf(
  task: TaskRow | Named,
  wait: Wait,
  below: readonly Answer[],
  now: number,
): Answer {
  const { id, name, state } = 'context' in task
    ? { id: task.context.id, name: task.context.name, state: stateOf(task) }
    : task
  return {
    task_execution_id: id,
    task_name: name,
    state,
    kind: wait.kind,
    sentence: `Task ${name} ${wait.phrase}.`,
    since: timestamp(wait.since),
    for_seconds: secondsUntil(now, wait.since),
    until: timestamp(wait.until),
    in_seconds: wait.until === null ? null : secondsUntil(wait.until, now),
    moved_by: moverFacts(wait.mover),
    ...wait.facts,
    executions: wait.children.map(({ id }, i) =>
      below[i] ?? { execution_id: id, why: `/v2/executions/${id}/why` }
    ),
  }
}

function moverFacts(mover: Mover): Answer {
  return mover.by === 'timer' ? { ...mover, at: timestamp(mover.at) } : { ...mover }
}

function stateSentence(found: Survey, open: number, now: number): string {
  const { item, held } = found
  const { cause, createdAt, stateInfo, backlog } = item.row.context
  if (stateOf(item.row) !== 'PAUSED') {
    const waits = open === 1
      ? '1 of its tasks has not ended'
      : `${open} of its tasks have not ended`
    return `Execution ${stateOf(item.row)} since ${span(now - createdAt)}: ${waits}.`
  }
  const since = span(now - (cause?.at ?? item.row.context.updatedAt))
  const said = inShort(cause?.reason ?? stateInfo)
  const waits = held + backlog.length
  const after = waits === 0
    ? ''
    : ` ${counted(waits, 'step')} ${waits === 1 ? 'waits' : 'wait'} for that.`
  return `Execution PAUSED since ${since}${causePhrase(found, cause)}` +
    `${said === null ? '' : ` (${said})`}: ${resumeText(item.id)} resumes it.${after}`
}

function taskNamed({ latest }: Survey, cause: Cause | undefined): string | null {
  for (const { context } of latest.values()) if (context.id === cause?.taskId) return context.name
  return null
}

function causePhrase(found: Survey, cause: Cause | undefined): string {
  const task = taskNamed(found, cause)
  const of = task === null ? '' : ` of task ${task}`
  switch (cause?.kind) {
    case 'request':
      return ' by a PUT'
    case 'command':
      return ` by the engine command${task === null ? '' : ` that follows task ${task}`}`
    case 'pause-before':
      return ` by pause-before${of}`
    case 'child':
      return `, because a sub-workflow${of} is paused`
    case 'action':
      return `, because the asynchronous action${of} is paused`
    case 'parent':
      return ` with the execution above it, ${found.item.row.context.parentExecutionId}`
    case 'maintenance':
      return ' for maintenance of the service'
    default:
      return ''
  }
}

function causeFacts(found: Survey): Answer | null {
  const { cause, parentExecutionId } = found.item.row.context
  if (!cause) return null
  return {
    kind: cause.kind,
    task_name: taskNamed(found, cause),
    execution_id: cause.kind === 'parent' ? parentExecutionId : null,
    at: timestamp(cause.at),
  }
}

/** Reverse workflows: tasks on the way to the target that have not run, and what each needs first. */
async function requirements(
  { rows, now }: Sources,
  { item, spec, latest }: Survey,
): Promise<{ name: string; wait: Wait }[]> {
  if (spec.type !== 'reverse') return []
  await rows.fill([item], ['params'])
  const params = parseJson(item.payloads.params ?? '{}') as Mapping
  const queue = [String(fieldOf(params, 'task_name') ?? '')]
  const found: { name: string; wait: Wait }[] = []
  const visited = new Set(queue)
  for (const name of queue) {
    const task = spec.tasks.get(name)
    if (!task) continue
    for (const required of task.requires) if (!visited.has(required)) queue.push(required)
    for (const required of task.requires) visited.add(required)
    if (latest.has(name)) continue
    const missing = task.requires.filter((required) => {
      const row = latest.get(required)
      return !row || stateOf(row) !== 'SUCCESS'
    })
    const states = missing.map((required) => {
      const row = latest.get(required)
      return `${required} (${row ? stateOf(row) : 'not run'})`
    })
    const noun = missing.length === 1 ? 'its requirement' : 'its requirements'
    const since = item.row.context.createdAt
    found.push({
      name,
      wait: {
        kind: 'requirement',
        phrase: `has not run: it waits since ${span(now - since)} for ${noun} ${listed(states)}`,
        since,
        until: null,
        mover: { by: 'tasks', tasks: missing },
        facts: { awaited: missing },
        children: [],
      },
    })
  }
  return found
}

async function whyEnded(
  sources: Sources,
  item: ExecutionItem,
  spec: WorkflowSpec,
  options: WhyOptions,
): Promise<Answer> {
  const { rows, now } = sources
  const state = stateOf(item.row)
  const { cause, updatedAt, stateInfo } = item.row.context
  const found = await survey(rows, item, spec, {
    shows: (row) => isBlamed(row, state, spec),
    after: options.marker,
    limit: options.limit,
  })
  const entries: Answer[] = []
  let nested = 0
  for (const row of found.shown) {
    const failed = await failedChild(rows, row, state)
    const below = failed && options.depth > 0 && nested++ < NESTED
      ? await whyOf(sources, failed, { limit: NESTED, marker: null, depth: options.depth - 1 })
      : null
    entries.push(failureOf(found, row, failed, below, now))
  }
  const at = cause?.at ?? updatedAt
  return {
    ...head(item, at),
    sentence: endSentence(found, now - at),
    state_info: inShort(stateInfo),
    ended_by: cause ? causeFacts(found) : { kind: 'tasks', task_name: null, execution_id: null },
    failed: entries,
    more: found.more,
  }
}

/** A task that an execution's end is put down to. */
function isBlamed(row: TaskRow, state: string, spec: WorkflowSpec): boolean {
  if (state === 'CANCELLED') return stateOf(row) === 'CANCELLED'
  if (state !== 'ERROR' || stateOf(row) !== 'ERROR') return false
  return spec.type === 'reverse' || !row.context.errorHandled
}

function endSentence(found: Survey, ago: number): string {
  const { item, total, shown } = found
  const { cause, stateInfo, parentExecutionId } = item.row.context
  const state = stateOf(item.row)
  const said = inShort(stateInfo)
  const because = said === null ? '' : `: ${said}`
  const task = taskNamed(found, cause)
  const ended = `Execution ended in ${state} ${span(ago)} ago`
  switch (cause?.kind) {
    case 'request':
      return `${ended}, by a PUT${because}`
    case 'command':
      return `${ended}, by the engine command${
        task === null ? '' : ` that follows task ${task}`
      }${because}`
    case 'timeout':
    case 'definition':
      return `${ended}${because}`
    case 'parent':
      return `${ended} with the execution above it, ${parentExecutionId}${because}`
    default: {
      if (state === 'SUCCESS') return `${ended}: no task of it had anything left to do.`
      const names = shown.map(({ context }) => context.name)
      const verb = state === 'CANCELLED' ? 'cancelled' : 'failed and nothing took the error'
      const more = total > names.length ? ` (${total} in all)` : ''
      const what = names.length === 1 ? 'task' : 'tasks'
      return names.length === 0
        ? `${ended}${because}`
        : `${ended}: ${what} ${listed(names)}${more} ${verb}.`
    }
  }
}

/** The newest sub-workflow execution of a task that ended as the task's execution did. */
async function failedChild(
  rows: RowReader,
  { context }: TaskRow,
  state: string,
): Promise<ExecutionItem | null> {
  if (context.type !== 'WORKFLOW') return null
  for await (const ids of rows.childrenOf(context.id, { after: null, reverse: true, batch: 50 })) {
    const children = await rows.executions(ids)
    return children.find(({ row }) => stateOf(row) === state) ?? null
  }
  return null
}

function failureOf(
  found: Survey,
  row: TaskRow,
  child: ExecutionItem | null,
  below: Answer | null,
  now: number,
): Answer {
  const { id, name, stateInfo, finishedAt, updatedAt, retryNo, isJoin, attempt } = row.context
  const at = finishedAt ?? updatedAt
  const state = stateOf(row)
  const tries = retryNo === 0 ? '' : ` after ${retryNo + 1} attempts`
  const verb = state === 'CANCELLED' ? 'was cancelled' : 'failed'
  const because = isJoin && attempt === 0 ? joinFailure(found, row) : inShort(stateInfo)
  const where = child ? ` See its sub-workflow execution ${child.id}.` : ''
  return {
    task_execution_id: id,
    task_name: name,
    state,
    kind: isJoin && attempt === 0 ? 'join' : child ? 'sub-workflow' : 'action',
    sentence: `Task ${name} ${verb} ${span(now - at)} ago${tries}` +
      `${because === null ? '.' : `: ${because}`}${where}`,
    since: timestamp(at),
    attempts: retryNo + 1,
    executions: child
      ? [below ?? { execution_id: child.id, why: `/v2/executions/${child.id}/why` }]
      : [],
  }
}

/** Which of the tasks before a join did not lead to it, and how they ended. */
function joinFailure(found: Survey, row: TaskRow): string {
  const { entries } = roundOf(found, row)
  const parts = [...entries].flatMap(([name, entry]) => {
    if (entry.kind !== 'failed') return []
    const run = found.latest.get(name)
    return entry.taskId === null || !run
      ? [`${name} can no longer run`]
      : [`${name} ended in ${stateOf(run)} and did not lead here`]
  })
  return parts.length === 0 ? inShort(row.context.stateInfo) ?? '' : `${listed(parts)}.`
}
