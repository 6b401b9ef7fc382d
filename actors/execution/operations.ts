/**
 * @module
 * What people do to executions (`reference/engine.md` §2.1, §14, §15): pause, resume, stop, cancel,
 * delete, rerun, skip; and how that spreads through trees of sub-workflows.
 */
import { deepMerge, fieldOf, isObject, NOTHING, withFields } from '../data.ts'
import { ForbiddenError, InvalidError, NotFoundError } from '../errors.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import type { Mapping } from '../expressions/values/value.ts'
import { stateOf } from '../records.ts'
import type { ActionRow, Cause } from '../records.ts'
import { skipTask } from '../task/complete.ts'
import { totalOf } from '../task/items.ts'
import { policiesBefore } from '../task/policies.ts'
import { failing } from '../task/force-fail.ts'
import { acceptedChildren } from '../task/result.ts'
import { timerKey } from '../turn.ts'
import type { Message, Turn } from '../turn.ts'
import { stepExecution, stepTask } from './changes.ts'
import { stop } from './completion.ts'
import { armDeadline, renewedDeadline } from './deadline.ts'
import { dispatch } from './dispatch.ts'
import { checkSize, cut } from './limits.ts'
import { delayTimer } from './live.ts'
import { lookAgain } from '../join/joins.ts'
import type { LiveExecution, LiveTask } from './live.ts'
import { actionsOf, childrenOf, unfinishedChildren } from './results.ts'
import { taskScope } from '../data-flow/scope.ts'

type Update = Extract<Message, { type: 'update' }>

/** Does what `PUT /v2/executions/ID` asks. @throws {DomainError} {@link NotLoaded} */
export function updateExecution(live: LiveExecution, update: Update, turn: Turn): void {
  const { state, env, description } = update
  const children = state === null ? [] : unfinishedChildren(live, turn)
  const cause: Cause = { kind: 'request', at: turn.now }
  if (env && state === null) checkEnvAllowed(live)
  if (env) checkSize('params', stringifyJson(withEnv(live, env)), turn)
  switch (state) {
    case 'PAUSED': {
      const reason = cut(update.stateInfo)
      const told = reason === null ? cause : { ...cause, reason }
      pause(live, children, { info: null, held: false, cause: told }, turn)
      break
    }
    case 'RUNNING':
      resume(live, children, env, turn)
      break
    case 'SUCCESS':
    case 'ERROR':
      stopBy(live, state, update.stateInfo, cause, turn)
      break
    case 'CANCELLED':
      cancel(live, children, update.stateInfo, cause, turn)
      break
    case null:
      if (env) mergeEnv(live, env, turn)
      if (description !== null && description !== live.context.description) {
        stepExecution(live, { type: 'DESCRIBE', now: turn.now, description }, turn)
      }
  }
  turn.reply(update.ask, null)
}

function checkEnvAllowed(live: LiveExecution): void {
  if (['IDLE', 'PAUSED', 'ERROR'].includes(live.state)) return
  throw new ForbiddenError(
    `Updating env is only permitted in states IDLE, PAUSED and ERROR; the execution is ${live.state}`,
  )
}

function refuseChange(live: LiveExecution, to: string): never {
  throw new InvalidError(
    `Can't change workflow execution state from ${live.state} to ${to}. ` +
      `[workflow=${live.context.workflowName}, execution_id=${live.id}]`,
  )
}

/** Pauses an execution after its sub-workflows. Running actions go on. @throws {NotLoaded} */
export function pauseExecution(live: LiveExecution, pausing: Pausing, turn: Turn): void {
  planPause(live, pausing, turn)()
}

/** Why something is paused. */
interface Pausing {
  readonly info: string | null
  /** For maintenance. */
  readonly held: boolean
  readonly cause: Cause
}

/** Reads what {@link pauseExecution} has to, and returns what then changes things. @throws {NotLoaded} */
export function planPause(live: LiveExecution, pausing: Pausing, turn: Turn): () => void {
  if (live.state !== 'RUNNING') return () => {}
  const children = unfinishedChildren(live, turn)
  return () => pause(live, children, pausing, turn)
}

function pause(
  live: LiveExecution,
  children: string[],
  { info, held, cause }: Pausing,
  turn: Turn,
): void {
  if (live.state === 'PAUSED') return
  if (live.state !== 'RUNNING') refuseChange(live, 'PAUSED')
  const below: Cause = { kind: 'parent', at: turn.now }
  for (const executionId of children) {
    turn.tell({ type: 'execution.pause', executionId, info, held, cause: below })
  }
  stepExecution(live, { type: 'PAUSE', now: turn.now, info, held, cause }, turn)
}

type Hold = Extract<Message, { type: 'hold' }>

/** Maintenance pauses what runs, and later resumes what it paused and only that. @throws {NotLoaded} */
export function holdExecution(live: LiveExecution, { hold, ask }: Hold, turn: Turn): void {
  const cause: Cause = { kind: 'maintenance', at: turn.now }
  if (hold) pauseExecution(live, { info: null, held: true, cause }, turn)
  else if (live.context.held) resumeExecution(live, null, turn)
  turn.reply(ask, null)
}

/** Resumes a paused execution. @throws {NotLoaded} */
export function resumeExecution(live: LiveExecution, env: Mapping | null, turn: Turn): void {
  resume(live, unfinishedChildren(live, turn), env, turn)
}

function resume(
  live: LiveExecution,
  children: string[],
  env: Mapping | null,
  turn: Turn,
): void {
  if (live.state !== 'PAUSED') return
  for (const executionId of children) turn.tell({ type: 'execution.resume', executionId, env })
  if (env) mergeEnv(live, env, turn)
  stepExecution(live, { type: 'RESUME', now: turn.now }, turn)
  takeUpHeld(live, turn)
  // What is open has it checked when it is over, after what it leads to: a `fail`, for example.
  if (live.open.size === 0) turn.tell({ type: 'execution.check', executionId: live.id })
}

/** What a pause held goes on: tasks before they run, and what follows those that ended. */
export function takeUpHeld(live: LiveExecution, turn: Turn): void {
  const { backlog } = live.context
  for (const task of live.tasks.values()) {
    const at = { executionId: live.id, taskId: task.id }
    if (task.state === 'IDLE') stepTask(live, task, { type: 'RUN', now: turn.now }, turn)
    else if (task.isFinal && !task.context.processed && task.context.nextTasks) {
      turn.tell({ type: 'task.route', ...at, resumed: true })
    }
  }
  if (backlog.length === 0) return
  stepExecution(live, { type: 'KEEP', backlog: [] }, turn)
  dispatch(live, backlog, turn)
}

/** The parameters with more in their environment. */
function withEnv({ params }: LiveExecution, env: Mapping): Mapping {
  const own = fieldOf(params, 'env')
  return withFields(params, [['env', deepMerge(isObject(own) ? own : NOTHING, env)]])
}

function mergeEnv(live: LiveExecution, env: Mapping, turn: Turn): void {
  live.params = withEnv(live, env)
  if (live.context.rootId === null) {
    live.env = fieldOf(live.params, 'env') as Mapping
    turn.shareEnvironment(live)
  }
  turn.savePayload(live.id, 'params', stringifyJson(live.params))
  stepExecution(live, { type: 'TOUCH', now: turn.now }, turn)
}

function stopBy(
  live: LiveExecution,
  state: 'SUCCESS' | 'ERROR',
  info: string | null,
  cause: Cause,
  turn: Turn,
): void {
  if (state === 'ERROR') {
    if (!live.isFinal) stop(live, state, info, cause, turn)
    return
  }
  if (live.state !== 'RUNNING' && live.state !== 'SUCCESS') refuseChange(live, state)
  stop(live, state, info, cause, turn)
}

/** Cancels an execution and its sub-workflows; their tasks and actions go on unheard. */
export function cancelExecution(
  live: LiveExecution,
  info: string | null,
  cause: Cause,
  turn: Turn,
): void {
  cancel(live, unfinishedChildren(live, turn), info, cause, turn)
}

function cancel(
  live: LiveExecution,
  children: string[],
  info: string | null,
  cause: Cause,
  turn: Turn,
): void {
  // What outlived the end of an execution is cancelled with it, though it stays as it ended.
  if (!live.isFinal) stop(live, 'CANCELLED', info, cause, turn)
  const below: Cause = { kind: 'parent', at: turn.now }
  for (const executionId of children) {
    turn.tell({ type: 'execution.cancel', executionId, info, cause: below })
  }
}

type Rerun = Extract<Message, { type: 'rerun' }>

/** Runs a failed task again. @throws {DomainError} {@link NotLoaded} */
export function rerunTask(
  live: LiveExecution,
  { taskId, reset, env, ask }: Rerun,
  turn: Turn,
): void {
  const task = failedTask(live, taskId)
  if (live.state === 'PAUSED') return turn.reply(ask, null)
  if (env) {
    checkEnvAllowed(live)
    checkSize('params', stringifyJson(withEnv(live, env)), turn)
  }
  checkRevivable(live, turn)
  const kept = reset ? [] : succeededIndexes(task, turn)
  const goOn = revival(live, turn)

  failing(live, task, turn, () => ({ doing: 'run task' }), () => {
    const policies = policiesBefore(task.spec, () => taskScope(live, task, turn))
    const rejected = acceptedActions(task, new Set(kept), turn)
    return () => {
      if (env) mergeEnv(live, env, turn)
      goOn()
      for (const row of rejected) turn.saveAction({ ...row, accepted: false })
      task.result = undefined
      task.forgetContexts()
      const only = reset ? null : remaining(task, kept)
      stepTask(live, task, { type: 'RERUN', now: turn.now, policies, only }, turn)
      lookAgain(live, task.name, true)
    }
  })
  turn.reply(ask, null)
}

function failedTask(live: LiveExecution, taskId: string): LiveTask {
  const task = live.tasks.get(taskId)
  if (!task) throw new NotFoundError(`Task not found: ${taskId}`)
  if (task.state !== 'ERROR') {
    throw new InvalidError(
      `The current task execution must be in ERROR for rerun. Only updating task to rerun or skip is ` +
        `supported. [task=${task.name}, state=${task.state}]`,
    )
  }
  return task
}

function succeededIndexes(task: LiveTask, turn: Turn): number[] {
  if (task.context.type === 'WORKFLOW') {
    return acceptedChildren(childrenOf(task, turn), task.context)
      .filter((row) => stateOf(row) === 'SUCCESS')
      .map((row) => row.context.index)
  }
  return actionsOf(task, turn)
    .filter((row) => row.accepted && row.state === 'SUCCESS')
    .map((row) => row.index)
}

function acceptedActions(task: LiveTask, kept: ReadonlySet<number>, turn: Turn): ActionRow[] {
  return actionsOf(task, turn).filter((row) => row.accepted && !kept.has(row.index))
}

function remaining(task: LiveTask, kept: readonly number[]): number[] {
  const done = new Set(kept)
  const count = task.context.items?.count ?? 0
  return Array.from({ length: count }, (_, i) => i).filter((i) => !done.has(i))
}

type Skip = Extract<Message, { type: 'skip' }>

/** Skips a failed task, which sets its execution going again. @throws {DomainError} {@link NotLoaded} */
export function skip(live: LiveExecution, { taskId, ask }: Skip, turn: Turn): void {
  const task = failedTask(live, taskId)
  if (live.state === 'PAUSED') return turn.reply(ask, null)
  checkRevivable(live, turn)
  const goOn = revival(live, turn)
  skipTask(live, task, turn)
  // What it would have published may be wrong: then nothing goes on.
  if (task.state === 'SKIPPED') goOn()
  turn.reply(ask, null)
}

/**
 * What is run again sets all executions above it going: none of them may have succeeded.
 *
 * @throws {InvalidError} {@link NotLoaded}
 */
function checkRevivable(live: LiveExecution, turn: Turn): void {
  for (let at: LiveExecution | null = live; at;) {
    if (at.state === 'SUCCESS') refuseChange(at, 'RUNNING')
    const { parentExecutionId, parentTaskId, attempt }: LiveExecution['context'] = at.context
    if (parentExecutionId === null || parentTaskId === null) return
    const parent: LiveExecution | null = turn.execution(parentExecutionId)
    // The parent task has gone on to another attempt and hears no more of this one.
    if (parent?.tasks.get(parentTaskId)?.context.attempt !== attempt) return
    at = parent
  }
}

/**
 * What sets an execution that had ended going again, with all that was under way when it ended.
 *
 * @throws {NotLoaded}
 */
export function revival(live: LiveExecution, turn: Turn): () => void {
  const deadline = renewedDeadline(live, turn)
  return () => {
    const wasFinal = live.isFinal
    stepExecution(live, { type: 'RERUN', now: turn.now, deadline }, turn)
    if (!wasFinal || live.isFinal) return
    armDeadline(live, turn)
    for (const task of live.open) takeUpDelayed(live, task, turn)
    for (const { id } of live.awaiting) {
      turn.tell({ type: 'task.await', executionId: live.id, taskId: id })
    }
    takeUpHeld(live, turn)
  }
}

/** A delay that was over when its execution had ended, and items that were not started then. */
function takeUpDelayed(live: LiveExecution, task: LiveTask, turn: Turn): void {
  const timer = delayTimer(task)
  const { items, attempt, dueAt } = task.context
  if (timer !== null) {
    turn.setTimer(timerKey(live.id, task.id, timer), Math.max(0, (dueAt ?? 0) - turn.now))
  } else if (items && task.state === 'RUNNING' && items.next < totalOf(items)) {
    turn.tell({ type: 'task.run', executionId: live.id, taskId: task.id, attempt })
  }
}
