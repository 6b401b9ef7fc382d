/**
 * @module
 * Integrity: nothing rests in a non-final state without something that will move it
 * (`reference/engine.md` §19). Says of an execution, its open tasks and their running actions what
 * that is: a message on its way, a timer, an executor, somebody outside, a sub-workflow, other tasks.
 */
import { isFinal, stateOf } from '../records.ts'
import type { ActionRow, ActionState, ExecutionRow, ExecutionState, Outcome } from '../records.ts'
import { isEnded } from '../task/action-results.ts'
import { totalOf } from '../task/items.ts'
import { timerKey } from '../turn.ts'
import type { Message } from '../turn.ts'
import { inspectJoin, waitingInVain } from '../join/joins.ts'
import { delayTimer } from './live.ts'
import type { LiveExecution, LiveTask } from './live.ts'

/** What will move something. */
export type Mover =
  /** A message that was not handled yet. */
  | { readonly by: 'message'; readonly type: Message['type'] }
  /** `dueAt`: milliseconds since the Unix epoch. */
  | { readonly by: 'timer'; readonly timer: string; readonly dueAt: number }
  /** An executor that has the action, or whose end will be noticed. */
  | { readonly by: 'executor'; readonly actionId: string }
  /** Whoever completes an asynchronous action. */
  | { readonly by: 'reporter'; readonly actionId: string }
  /** Whoever resumes what is paused: an execution or an asynchronous action. */
  | { readonly by: 'resumer'; readonly id: string }
  | { readonly by: 'execution'; readonly id: string }
  /** Other tasks of the execution, by name. */
  | { readonly by: 'tasks'; readonly names: readonly string[] }
  /** Its execution is over: only a rerun of that matters to it. */
  | { readonly by: 'rerun' }

/** How something in no final state stands. */
export interface Standing {
  readonly kind: 'execution' | 'task' | 'action'
  readonly id: string
  /** Of the workflow, the task or the action. */
  readonly name: string
  readonly state: string
  /** When it changed last, in milliseconds since the Unix epoch. */
  readonly since: number
  readonly movers: readonly Mover[]
  /** Why it would rest for ever; null if it will not. */
  readonly fault: string | null
  /** What would set it going again; null if nothing would, or nothing has to. */
  readonly remedy: Message | null
}

/** What lies around an execution. */
export interface Surroundings {
  /** When a timer is due, in milliseconds since the Unix epoch; null if it is not set. */
  timer(key: string): number | null
  /** Whether an executor has an action, or somebody will recover it. */
  isRunning(actionId: string): boolean
  /** The action executions of a task; null if there are too many to look at. */
  actions(task: LiveTask): readonly ActionRow[] | null
  /** The sub-workflow executions that a task started; null if there are too many to look at. */
  children(task: LiveTask): readonly ExecutionRow[] | null
  /** Messages that were told and not handled. */
  readonly messages: readonly Message[]
}

type Moved = Pick<Standing, 'movers' | 'fault' | 'remedy'>

/** How an execution, its tasks and its actions stand that are in no final state. */
export function standingsOf(live: LiveExecution, around: Surroundings): Standing[] {
  const messages = around.messages.filter((message) => isFor(live, message))
  const tasks = new Map<LiveTask, Moved>()
  const joins = new Set<LiveTask>()
  for (const task of live.tasks.values()) {
    if (task.awaits) joins.add(task)
    else if (!task.isFinal) tasks.set(task, taskMoved(live, task, around, messages))
    else if (!isRouted(live, task)) tasks.set(task, routeMoved(live, task, messages))
  }
  judgeJoins(live, joins, tasks, messages)

  const standings = [...tasks].map(([task, moved]) => standingOf(task, moved))
  if (!live.isFinal) {
    standings.unshift({
      kind: 'execution',
      id: live.id,
      name: live.context.workflowName,
      state: live.state,
      since: live.context.updatedAt,
      ...executionMoved(live, tasks.keys(), messages),
    })
  }
  for (const task of live.tasks.values()) {
    standings.push(...actionStandings(task, around, messages))
  }
  return standings
}

/** How an action execution stands that is in no final state. */
export function actionMoved(
  row: ActionRow,
  around: Pick<Surroundings, 'isRunning'>,
  messages: readonly Message[],
): Moved {
  if (row.state === 'PAUSED') return moved({ by: 'resumer', id: row.id })
  if (around.isRunning(row.id)) return moved({ by: 'executor', actionId: row.id })
  if (!row.sync) return moved({ by: 'reporter', actionId: row.id })
  const own = messages.filter((message) =>
    ('actionId' in message && message.actionId === row.id) ||
    (message.type === 'action.ran' && message.row.id === row.id)
  )
  return told(own) ?? rests('no executor has it', { type: 'action.recover', actionId: row.id })
}

function standingOf(task: LiveTask, moved: Moved): Standing {
  return {
    kind: 'task',
    id: task.id,
    name: task.name,
    state: task.state,
    since: task.context.updatedAt,
    ...moved,
  }
}

function isFor(live: LiveExecution, message: Message): boolean {
  if (message.type === 'start') return message.parent?.executionId === live.id
  if ('executionId' in message) return message.executionId === live.id
  return 'actionId' in message
}

/** A final task whose successors were dispatched, or that its execution's end made useless. */
function isRouted(live: LiveExecution, task: LiveTask): boolean {
  return task.context.processed || live.isFinal
}

function moved(...movers: readonly Mover[]): Moved {
  return { movers, fault: null, remedy: null }
}

function rests(fault: string, remedy: Message | null): Moved {
  return { movers: [], fault, remedy }
}

function told(messages: readonly Message[]): Moved | null {
  return messages.length === 0
    ? null
    : moved(...messages.map(({ type }) => ({ by: 'message', type } as const)))
}

/** Messages to the task itself, to what it runs, and to its execution as a whole. */
function messagesTo(task: LiveTask, messages: readonly Message[]): Message[] {
  return messages.filter((message) => {
    if (message.type === 'start') return message.parent?.taskId === task.id
    if ('taskId' in message) return message.taskId === task.id
    return !('actionId' in message)
  })
}

function executionMoved(
  live: LiveExecution,
  tasks: Iterable<LiveTask>,
  messages: readonly Message[],
): Moved {
  const pending = told(messages)
  if (pending) return pending
  if (live.state === 'PAUSED') return moved({ by: 'resumer', id: live.id })
  if (live.state === 'IDLE') return rests('it was never started', null)
  if (live.context.backlog.length > 0) {
    return rests('it runs, and commands wait for it to resume', {
      type: 'execution.takeUp',
      executionId: live.id,
    })
  }
  const names = [...tasks].map(({ name }) => name)
  if (names.length === 0) {
    return rests('it has nothing left to do and was not ended', {
      type: 'execution.check',
      executionId: live.id,
    })
  }
  return moved({ by: 'tasks', names })
}

/** A final task whose successors are not dispatched. */
function routeMoved(live: LiveExecution, task: LiveTask, messages: readonly Message[]): Moved {
  const pending = told(messagesTo(task, messages))
  if (pending) return pending
  return live.state === 'PAUSED' && task.context.nextTasks
    ? moved({ by: 'resumer', id: live.id })
    : rests('what follows it was not dispatched', { type: 'task.route', ...at(task) })
}

function taskMoved(
  live: LiveExecution,
  task: LiveTask,
  around: Surroundings,
  messages: readonly Message[],
): Moved {
  const pending = told(messagesTo(task, messages))
  if (pending) return pending
  const { attempt } = task.context
  const timer = delayTimer(task)
  if (timer !== null) return delayMoved(live, task, timer, around)
  switch (task.state) {
    case 'IDLE':
      if (live.isFinal) return moved({ by: 'rerun' })
      return live.state === 'PAUSED' && task.context.attempt > 0
        ? moved({ by: 'resumer', id: live.id })
        : rests(
          'nothing starts it',
          task.context.attempt === 0
            ? { type: 'task.start', ...at(task) }
            : { type: 'execution.takeUp', executionId: live.id },
        )
    case 'PAUSED':
      return pausedMoved(task, around)
    default:
      if (isCompleting(task)) {
        return rests(
          'its delay is over and it was not completed',
          { type: 'task.complete', ...at(task), attempt, ...(task.context.outcome ?? UNKNOWN) },
        )
      }
      return actingMoved(live, task, around)
  }
}

/** What is taken for the outcome of what ended unheard, if it is not known. */
const UNKNOWN: Outcome = { state: 'ERROR', info: 'Its outcome was lost' }

function at({ context }: LiveTask): { readonly executionId: string; readonly taskId: string } {
  return { executionId: context.executionId, taskId: context.id }
}

/** Completes a task with what the last thing that it ran came to; the result is looked up. */
function completion(task: LiveTask, { state }: Child): Message {
  const { attempt } = task.context
  const outcome = state === 'SUCCESS' || state === 'ERROR' || state === 'CANCELLED'
    ? { state, info: null }
    : UNKNOWN
  return { type: 'task.complete', ...at(task), attempt, ...outcome }
}

function isCompleting({ snapshot: { value } }: LiveTask): boolean {
  return typeof value === 'object' && 'RUNNING' in value && value.RUNNING === 'completing'
}

function delayMoved(
  live: LiveExecution,
  task: LiveTask,
  timer: string,
  around: Surroundings,
): Moved {
  const dueAt = around.timer(timerKey(live.id, task.id, timer))
  if (dueAt !== null) return moved({ by: 'timer', timer, dueAt })
  return live.isFinal
    ? moved({ by: 'rerun' })
    : rests('its delay has no timer', { type: 'task.timer', ...at(task), timer })
}

/** What one attempt of a task runs. */
export interface Child {
  readonly id: string
  readonly index: number
  readonly state: ActionState | ExecutionState
  readonly mover: Mover | null
}

/** What the current attempt of a task runs or ran; null if it is too much to look at. */
export function childrenOfAttempt(
  task: LiveTask,
  around: Pick<Surroundings, 'actions' | 'children' | 'isRunning'>,
): Child[] | null {
  const { attempt } = task.context
  if (task.context.type === 'WORKFLOW') {
    return around.children(task)?.filter(({ context }) => context.attempt === attempt)
      .map((row): Child => ({
        id: row.context.id,
        index: row.context.index,
        state: stateOf(row),
        mover: { by: 'execution', id: row.context.id },
      })) ?? null
  }
  return around.actions(task)?.filter((row) => row.attempt === attempt).map((row): Child => ({
    id: row.id,
    index: row.index,
    state: row.state,
    // An action that nobody has is a fault of its own.
    mover: actionMoved(row, around, []).movers[0] ?? null,
  })) ?? null
}

function actingMoved(live: LiveExecution, task: LiveTask, around: Surroundings): Moved {
  const children = childrenOfAttempt(task, around)
  const { attempt } = task.context
  const run: Message = { type: 'task.run', ...at(task), attempt }
  const open = children?.filter(({ state }) => !isFinal(state))
  const { items } = task.context
  if (task.spec.withItems) {
    if (!items) return rests('its items were not started', run)
    if (open && open.length !== items.running) {
      return rests(
        `${items.running} of its items are counted as running, and ${open.length} run`,
        { type: 'task.recount', ...at(task) },
      )
    }
    if (items.running === 0) {
      // What has ended begins no more items.
      if (live.isFinal && items.next < totalOf(items)) return moved({ by: 'rerun' })
      return items.next < totalOf(items)
        ? rests('nothing starts the rest of its items', run)
        : rests('all of its items have ended and it was not completed', {
          type: 'task.recount',
          ...at(task),
        })
    }
    return moved(...moversOf(open ?? []))
  }
  if (!children || !open) return moved()
  if (open.length > 0) return moved(...moversOf(open))
  const last = children.at(-1)
  return last
    ? rests('what it ran has ended and it was not completed', completion(task, last))
    : rests('it runs nothing', run)
}

function pausedMoved(task: LiveTask, around: Surroundings): Moved {
  const children = childrenOfAttempt(task, around)
  if (!children) return moved()
  const paused = children.filter(({ state }) => state === 'PAUSED')
  if (paused.length > 0) {
    return moved(...paused.map(({ id }) => ({ by: 'resumer', id } as const)))
  }
  // The paused one has ended; the last of the others ends the task.
  const open = children.filter(({ state }) => !isFinal(state))
  if (open.length > 0) return moved(...moversOf(open))
  const last = children.at(-1)
  return rests(
    'nothing that it runs is paused',
    task.spec.withItems || !last ? { type: 'task.recount', ...at(task) } : completion(task, last),
  )
}

function moversOf(children: readonly Child[]): Mover[] {
  return children.map(({ mover }) => mover).filter((mover) => mover !== null)
}

/** Joins that wait are moved by what they wait for, unless that waits for them. */
function judgeJoins(
  live: LiveExecution,
  joins: ReadonlySet<LiveTask>,
  tasks: Map<LiveTask, Moved>,
  messages: readonly Message[],
): void {
  const waiting = new Map<LiveTask, readonly LiveTask[]>()
  for (const join of joins) {
    const pending = told(messagesTo(join, messages))
    if (pending) tasks.set(join, pending)
    else if (live.isFinal) tasks.set(join, moved({ by: 'rerun' }))
    else waiting.set(join, [])
  }
  for (const join of [...waiting.keys()]) {
    const { verdict, awaited } = inspectJoin(live, join)
    waiting.set(join, awaited)
    if (verdict.kind === 'wait' && live.context.backlog.length === 0) continue
    waiting.delete(join)
    tasks.set(
      join,
      verdict.kind === 'wait' || isHeldBack(live)
        ? moved({ by: 'resumer', id: live.id })
        : rests(`it can ${verdict.kind} and does not`, { type: 'task.settle', ...at(join) }),
    )
  }
  const vain = waitingInVain(waiting)
  // Those are looked at when nothing else is left.
  const others = [...live.open].filter((task) => !task.awaits).map(({ name }) => name)
  const check: Message = { type: 'joins.check', executionId: live.id }
  for (const [join, awaited] of waiting) {
    const names = awaited.map(({ name }) => name)
    if (!vain.has(join)) tasks.set(join, moved({ by: 'tasks', names }))
    else if (isHolding(live)) tasks.set(join, moved({ by: 'resumer', id: live.id }))
    else if (others.length > 0) tasks.set(join, moved({ by: 'tasks', names: others }))
    else if (names.length === 0) {
      tasks.set(join, rests('nothing that it waits for is under way', check))
    } else tasks.set(join, rests(`what it waits for, ${names.join(', ')}, waits for it`, check))
  }
}

/** Something has ended while the execution was paused: where it leads to is seen when it resumes. */
function isHeldBack(live: LiveExecution): boolean {
  if (live.state !== 'PAUSED') return false
  return [...live.tasks.values()].some((task) => task.isFinal && !task.context.processed)
}

/** Something ended while the execution was paused, and what follows it begins when it resumes. */
function isHolding(live: LiveExecution): boolean {
  return live.state === 'PAUSED' && [...live.open].some(({ isFinal }) => isFinal)
}

function actionStandings(
  task: LiveTask,
  around: Surroundings,
  messages: readonly Message[],
): Standing[] {
  if (task.context.type === 'WORKFLOW') return []
  return (around.actions(task) ?? []).filter((row) => !isEnded(row)).map((row) => ({
    kind: 'action',
    id: row.id,
    name: row.name,
    state: row.state,
    since: row.updatedAt,
    ...actionMoved(row, around, messages),
  }))
}
