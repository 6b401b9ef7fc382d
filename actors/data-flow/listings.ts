/**
 * @module
 * `task()`, `tasks()` and `executions()` (`reference/expressions.md` §6): what they show, and how much of
 * it is read. Listings come page by page, so that the first of a hundred thousand costs one page.
 */
import { isObject, NOTHING } from '../data.ts'
import { charge } from '../expressions/values/effort.ts'
import { Fault } from '../expressions/fault.ts'
import type { ExecutionQuery, TaskQuery } from '../expressions/host.ts'
import { LazyList } from '../expressions/values/kinds.ts'
import { parseJson } from '../expressions/values/json.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import { payloadId, stateOf } from '../records.ts'
import type { ExecutionContext, ExecutionRow, PayloadField, TaskState } from '../records.ts'
import { formatTime, parseTime } from '../time.ts'
import type { Listed, PageOf, Turn } from '../turn.ts'
import { LazyMapping } from './layers.ts'
import type { Fields } from './layers.ts'
import type { LiveTask } from '../execution/live.ts'
import { loadPublished, loadResults, resultOf } from '../execution/results.ts'

/** A task as it is about to be, while its completion is worked out. */
export interface Pending {
  readonly state: TaskState
  readonly info: string | null
  /** Undefined: look it up. */
  readonly result?: Value | undefined
}

/** Pages grow, as everything is worked out anew whenever another one has come. */
const FIRST_PAGE = 100
const LARGEST_PAGE = 16_384
/** Steps to show a task or an execution. */
const EFFORT = 20
/** Tasks of which what must be read is read at once. */
const TOGETHER = 64

/** A task among those that are likely to be looked at with it. */
interface Shown {
  readonly turn: Turn
  readonly tasks: readonly LiveTask[]
  readonly index: number
  readonly pending: Pending | null
}

/** The task object of `reference/expressions.md` §6; what must be read for it is read when looked at. */
const TASK: Fields<Shown> = new Map<Value, (shown: Shown) => Value>([
  ['id', (shown) => taskOf(shown).id],
  ['name', (shown) => taskOf(shown).name],
  ['spec', (shown) => taskOf(shown).spec.source],
  ['state', (shown) => shown.pending?.state ?? taskOf(shown).state],
  ['state_info', (shown) => shown.pending ? shown.pending.info : taskOf(shown).context.stateInfo],
  ['result', (shown) => {
    if (shown.pending?.result !== undefined) return shown.pending.result
    loadResults(together(shown), shown.turn)
    return resultOf(taskOf(shown), shown.turn)
  }],
  ['published', (shown) => {
    loadPublished(together(shown), shown.turn)
    return taskOf(shown).published ?? NOTHING
  }],
  ['type', (shown) => taskOf(shown).context.type],
  ['workflow_execution_id', (shown) => taskOf(shown).context.executionId],
  ['created_at', (shown) => formatTime(taskOf(shown).context.createdAt)],
  ['updated_at', (shown) => formatTime(taskOf(shown).context.updatedAt)],
])

function taskOf({ tasks, index }: Shown): LiveTask {
  return tasks[index]!
}

function together({ tasks, index }: Shown): readonly LiveTask[] {
  const start = index - index % TOGETHER
  return tasks.slice(start, start + TOGETHER)
}

/** A task as expressions see it. */
export function taskView(task: LiveTask, pending: Pending | null, turn: Turn): Mapping {
  return new LazyMapping(TASK, { turn, tasks: [task], index: 0, pending })
}

/** Who asks: the project sees only its own, and the current task as it is about to be. */
export interface Asker {
  readonly project: string
  readonly current: LiveTask | null
  readonly pending: Pending | null
  readonly turn: Turn
}

/** `tasks(…)`, oldest first; without an id those of all executions of the project. */
export function tasksFor(asker: Asker, query: TaskQuery): LazyList {
  const { workflowExecutionId, state, recursive, flat } = query
  const { turn } = asker
  const all = workflowExecutionId === null
  const top = () =>
    all ? projectExecutions(asker) : executionsById(asker, [String(workflowExecutionId)])
  const isWhole = !all && state === null && !recursive && !flat
  return new LazyList(
    () => tasksIn(asker, { ...query, recursive: recursive && !all }, top()),
    isWhole
      ? () => {
        const [row] = executionsById(asker, [String(workflowExecutionId)])
        return row ? turn.taskCount(row.context.id) : 0
      }
      : null,
  )
}

function* tasksIn(
  asker: Asker,
  query: TaskQuery,
  executions: Iterable<ExecutionRow>,
): Generator<Value> {
  const { turn } = asker
  for (const rows of inGroups(executions)) {
    const contexts = rows.map(({ context }) => context)
    const firsts = turn.tasks(contexts, { after: null, limit: FIRST_PAGE })
    for (const [at, context] of contexts.entries()) {
      const below: string[] = []
      for (const tasks of taskPages(turn, context, firsts[at]!)) {
        if (query.flat) turn.lists('executions.task', workflowTasks(tasks))
        for (const [index, task] of tasks.entries()) {
          charge(EFFORT)
          if (query.recursive && task.context.type === 'WORKFLOW') below.push(task.id)
          const pending = task.id === asker.current?.id ? asker.pending : null
          if (query.state !== null && (pending?.state ?? task.state) !== query.state) continue
          if (query.flat && !isFlat(task, turn)) continue
          yield new LazyMapping(TASK, { turn, tasks, index, pending })
        }
      }
      for (const ids of turn.lists('executions.task', below)) {
        yield* tasksIn(asker, query, executionsById(asker, ids))
      }
    }
  }
}

function* taskPages(
  turn: Turn,
  context: ExecutionContext,
  first: Listed<LiveTask>,
): Generator<readonly LiveTask[]> {
  let page = first
  for (let limit = FIRST_PAGE;;) {
    yield page.found
    if (page.next === null) return
    limit = Math.min(2 * limit, LARGEST_PAGE)
    page = turn.tasks([context], { after: page.next, limit })[0]!
  }
}

function workflowTasks(tasks: readonly LiveTask[]): string[] {
  return tasks.filter((task) => task.context.type === 'WORKFLOW').map((task) => task.id)
}

/** An action task, or one whose every sub-workflow is in another state than itself. */
function isFlat(task: LiveTask, turn: Turn): boolean {
  if (task.context.type === 'ACTION') return true
  return turn.rows('execution', turn.list('executions.task', task.id)).every((body) =>
    body === null || stateOf(JSON.parse(body) as ExecutionRow) !== task.state as string
  )
}

/** In groups that grow, so that what is needed of each is read for many at once. */
function* inGroups(executions: Iterable<ExecutionRow>): Generator<ExecutionRow[]> {
  let group: ExecutionRow[] = []
  let size = 1
  for (const row of executions) {
    group.push(row)
    if (group.length < size) continue
    yield group
    group = []
    size = Math.min(2 * size, TOGETHER)
  }
  if (group.length > 0) yield group
}

/** `executions(…)`, of the project only. @throws {Fault} If a time is none. */
export function executionsFor(asker: Asker, query: ExecutionQuery): LazyList {
  const from = timeOf('from_time', query.fromTime) ?? -Infinity
  const to = timeOf('to_time', query.toTime) ?? Infinity
  return new LazyList(() => executionViews(asker, query, from, to))
}

function timeOf(name: string, value: Value): number | null {
  if (value === null) return null
  const ms = typeof value === 'string' ? parseTime(value) : null
  if (ms !== null) return ms
  throw new Fault('value', `${name} of executions() is no time: write YYYY-MM-DD hh:mm:ss, in UTC`)
}

/** Times of executions are whole seconds, as they are shown. */
function* executionViews(
  asker: Asker,
  query: ExecutionQuery,
  from: number,
  to: number,
): Generator<Value> {
  const wanted = (key: Value, value: Value) => key === null || key === value
  const rows = query.id === null
    ? projectExecutions(asker)
    : executionsById(asker, [String(query.id)])
  for (const row of rows) {
    charge(EFFORT)
    const created = Math.floor(row.context.createdAt / 1000) * 1000
    const isWanted = wanted(query.rootExecutionId, row.context.rootId) &&
      wanted(query.state, stateOf(row)) && created >= from && created < to
    if (isWanted) yield new LazyMapping(EXECUTION, { row, turn: asker.turn })
  }
}

/** Another tenant's are as if there were none. */
function executionsById({ project, turn }: Asker, ids: readonly string[]): ExecutionRow[] {
  return turn.rows('execution', ids)
    .flatMap((body) => body === null ? [] : [JSON.parse(body) as ExecutionRow])
    .filter(({ context }) => context.project === project)
}

function* projectExecutions({ project, turn }: Asker): Generator<ExecutionRow> {
  let after: PageOf['after'] = null
  for (let limit = FIRST_PAGE;; limit = Math.min(2 * limit, LARGEST_PAGE)) {
    const page: Listed<ExecutionRow> = turn.executions(project, { after, limit })
    charge(limit)
    yield* page.found
    if (page.next === null) return
    after = page.next
  }
}

interface ShownExecution {
  readonly row: ExecutionRow
  readonly turn: Turn
}

const payload = (field: PayloadField) => ({ row, turn }: ShownExecution): Value => {
  const [body] = turn.rows('payload', [payloadId(row.context.id, field)])
  const value = body === null || body === undefined ? NOTHING : parseJson(body)
  return isObject(value) ? value : NOTHING
}

const EXECUTION: Fields<ShownExecution> = new Map<Value, (shown: ShownExecution) => Value>([
  ['id', ({ row }) => row.context.id],
  ['name', ({ row }) => row.context.workflowName],
  ['description', ({ row }) => row.context.description],
  ['workflow_id', ({ row }) => row.context.workflowId],
  ['workflow_name', ({ row }) => row.context.workflowName],
  ['workflow_namespace', ({ row }) => row.context.workflowNamespace],
  [
    'spec',
    ({ row: { context: { definition, workflowName, workbook } }, turn }) =>
      turn.spec({ definition, name: workflowName, workbook }).source,
  ],
  ['state', ({ row }) => stateOf(row)],
  ['state_info', ({ row }) => row.context.stateInfo],
  ['input', payload('input')],
  ['output', payload('output')],
  ['params', payload('params')],
  ['context', payload('globals')],
  ['tags', ({ row }) => row.context.tags],
  ['task_execution_id', ({ row }) => row.context.parentTaskId],
  ['root_execution_id', ({ row }) => row.context.rootId],
  ['scope', () => 'private'],
  ['project_id', ({ row }) => row.context.project],
  ['created_at', ({ row }) => formatTime(row.context.createdAt)],
  ['updated_at', ({ row }) => formatTime(row.context.updatedAt)],
])
