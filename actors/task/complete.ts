/**
 * @module
 * A task completes: results are taken, variables published, policies applied, and what follows is
 * dispatched (`reference/engine.md` §4, §10.4, §11).
 */
import { deepMerge, isEmpty, NOTHING } from '../data.ts'
import { noteTask, stepTask } from '../execution/changes.ts'
import { dispatch, settleJoins } from '../execution/dispatch.ts'
import { checkSize, cut } from '../execution/limits.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { nextCommands, NOWHERE } from '../execution/next-commands.ts'
import { actionsOf, childrenOf } from '../execution/results.ts'
import { inboundOf, outboundOf, taskScope } from '../data-flow/scope.ts'
import type { Pending } from '../data-flow/scope.ts'
import { evaluateRecursively } from '../expressions/expressions.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import type { Event, Named, Publish, TaskSpec, Template } from '../language/spec.ts'
import { isFinal, stateOf } from '../records.ts'
import type { ItemsProgress, Outcome, TaskState } from '../records.ts'
import type { Turn } from '../turn.ts'
import { withFailure } from './error-classes.ts'
import { failing, planned } from './force-fail.ts'
import type { Doing } from './force-fail.ts'
import { totalOf } from './items.ts'
import { actsAfter, NO_POLICIES_AFTER, policiesAfter } from './policies.ts'

/** One child of a task ended. With items, the task goes on until the last one has. */
export function childEnded(
  live: LiveExecution,
  task: LiveTask,
  attempt: number,
  outcome: Outcome,
  result: Value | undefined,
  turn: Turn,
): void {
  const { items, policies } = task.context
  if (task.context.attempt !== attempt) return
  const at = { executionId: live.id, taskId: task.id, attempt }
  if (!task.spec.withItems) {
    if (task.isFinal) return
    const known = result === undefined ? {} : { result }
    return turn.tell({ type: 'task.complete', ...at, ...outcome, ...known })
  }
  if (!items) return
  const progress = {
    ...items,
    running: items.running - 1,
    failed: items.failed + (outcome.state === 'ERROR' ? 1 : 0),
    cancelled: items.cancelled + (outcome.state === 'CANCELLED' ? 1 : 0),
    ...(outcome.state === 'ERROR' && {
      failures: withFailure(items.failures ?? [], outcome.failures?.[0] ?? []),
    }),
  }
  // A task that has ended may go on when one of its sub-workflows is run again.
  if (task.isFinal) return noteTask(live, task, { items: progress }, turn)
  noteTask(live, task, { items: progress, updatedAt: turn.now }, turn)
  const isLast = progress.next === totalOf(progress) && progress.running === 0
  if (isLast || progress.cancelled > 0) {
    turn.tell({ type: 'task.complete', ...at, ...itemsOutcome(progress) })
  } else if (
    !live.isFinal && policies && policies.concurrency > 0 && progress.next < totalOf(progress)
  ) {
    turn.tell({ type: 'task.run', ...at })
  }
}

/** Counts the items of a task that have ended, and goes on from there. @throws {NotLoaded} */
export function recountItems(live: LiveExecution, task: LiveTask, turn: Turn): void {
  const { items, attempt } = task.context
  if (task.isFinal || !items) return
  const states = task.context.type === 'WORKFLOW'
    ? childrenOf(task, turn).filter(({ context }) => context.attempt === attempt).map(stateOf)
    : actionsOf(task, turn).filter((row) => row.attempt === attempt).map(({ state }) => state)
  const count = (wanted: string) => states.filter((state) => state === wanted).length
  const progress = {
    ...items,
    running: states.filter((state) => !isFinal(state)).length,
    // Some fail before they are anything.
    failed: Math.max(items.failed, count('ERROR')),
    cancelled: count('CANCELLED'),
  }
  noteTask(live, task, { items: progress, updatedAt: turn.now }, turn)
  const at = { executionId: live.id, taskId: task.id, attempt }
  const isLast = progress.next === totalOf(progress) && progress.running === 0
  if (isLast || progress.cancelled > 0) {
    turn.tell({ type: 'task.complete', ...at, ...itemsOutcome(progress) })
  } else turn.tell({ type: 'task.run', ...at })
}

function itemsOutcome({ failed, cancelled, failures = [] }: ItemsProgress): Outcome {
  if (cancelled > 0) return { state: 'CANCELLED', info: 'One or more actions was cancelled.' }
  if (failed > 0) return { state: 'ERROR', info: 'One or more actions had failed.', failures }
  return { state: 'SUCCESS', info: null }
}

/** An attempt of a task ended. @throws {NotLoaded} */
export function completeTask(
  live: LiveExecution,
  task: LiveTask,
  attempt: number,
  outcome: Outcome,
  result: Value | undefined,
  turn: Turn,
): void {
  if (task.isFinal || task.context.attempt !== attempt) return
  const doing = () => completing(task, turn)
  failing(live, task, turn, doing, () => {
    const ended = { ...outcome, info: cut(outcome.info) }
    const pending: Pending = { state: ended.state, info: ended.info, result }
    const publishing = planPublish(live, task, ended.state, pending, turn)
    // What was published stays, even if a policy cannot be worked out.
    const step = planned(live, task, turn, doing, () => {
      const after = planPolicies(live, task, ended, pending, publishing, turn)
      // A task that waits publishes once more when it has waited.
      const waits = after.waitAfterMs > 0 && !task.context.waited
      const emptied = keepsResult(task) || waits ? [] : actionsOf(task, turn).map((row) => row.id)
      return () => {
        for (const id of emptied) turn.savePayload(id, 'output', '{}')
        if (result !== undefined) task.result = emptied.length > 0 ? null : result
        stepTask(live, task, { type: 'COMPLETE', now: turn.now, outcome: ended, ...after }, turn)
      }
    })

    return () => {
      applyPublish(live, task, publishing, turn)
      step()
    }
  })
}

/** What a task's completion is part of: that of its last child, unless a delay came in between. */
function completing(task: LiveTask, turn: Turn): Doing {
  const last = task.context.waited ? undefined : lastEnded(task, turn)
  return last === undefined
    ? { doing: 'complete task' }
    : { doing: 'handle action completion', action: last }
}

/** The name of the task's action or sub-workflow that ended last. @throws {NotLoaded} */
function lastEnded(task: LiveTask, turn: Turn): string | undefined {
  const children = task.context.type === 'WORKFLOW'
    ? childrenOf(task, turn).map((row) => ({
      name: row.context.workflowName,
      state: stateOf(row),
      updatedAt: row.context.updatedAt,
    }))
    : actionsOf(task, turn)
  return children
    .filter(({ state }) => isFinal(state))
    .toSorted((a, b) => a.updatedAt - b.updatedAt)
    .at(-1)?.name
}

function keepsResult(task: LiveTask): boolean {
  return task.context.policies?.keepResult ?? true
}

function planPolicies(
  live: LiveExecution,
  task: LiveTask,
  outcome: Outcome,
  pending: Pending,
  publishing: Publishing,
  turn: Turn,
) {
  const { policies } = task.spec
  if (!actsAfter(policies)) return NO_POLICIES_AFTER
  const outbound = inboundOf(live, task, turn).publish(publishing.branch ?? NOTHING)
  const after = policiesAfter(policies, outcome, task.context.retryNo, ({ state, info }) => {
    const now = { ...pending, state, info }
    return {
      inbound: taskScope(live, task, turn, { pending: now }),
      outbound: taskScope(live, task, turn, { pending: now, context: outbound }),
    }
  }, () => turn.random())
  // What has ended starts nothing more.
  if (live.isFinal) return { ...after, waitAfterMs: 0, retryDelayMs: null }
  // A join that could not start has nothing to wait after.
  return task.context.attempt === 0 ? { ...after, waitAfterMs: 0 } : after
}

/** What a completion publishes, evaluated. */
interface Publishing {
  /** Null where clauses publish, but nothing into the branch. */
  readonly branch: Mapping | null
  readonly global: Mapping
}

const SOURCES: Partial<Record<TaskState, readonly [Event, keyof TaskSpec & `publish${string}`]>> = {
  SUCCESS: ['on-success', 'publish'],
  ERROR: ['on-error', 'publishOnError'],
  SKIPPED: ['on-skip', 'publishOnSkip'],
}

/** Later sources override earlier ones: the state's clause, the task's own, on-complete's. */
function planPublish(
  live: LiveExecution,
  task: LiveTask,
  state: TaskState,
  pending: Pending,
  turn: Turn,
): Publishing {
  const source = SOURCES[state]
  if (!source) return { branch: NOTHING, global: NOTHING }
  const [event, own] = source
  const clauses = [task.spec.on[event].publish, task.spec.on['on-complete'].publish]
  const [first, last] = clauses as [Publish | null, Publish | null]
  const branch = mergeTemplates(first?.branch, task.spec[own], last?.branch)
  const global = mergeTemplates(first?.global, last?.global)
  if (!branch && !global) return { branch: first || last ? null : NOTHING, global: NOTHING }

  const scope = taskScope(live, task, turn, { pending })
  const made = {
    branch: branch && evaluateRecursively(branch, scope, 'publish') as Mapping,
    global: global ? evaluateRecursively(global, scope, 'publish.global') as Mapping : NOTHING,
  }
  if (made.branch) checkSize('published', stringifyJson(made.branch), turn)
  return made
}

function mergeTemplates(...sources: (Named<Template> | undefined)[]): Mapping | null {
  const given = sources.filter((source) => source !== undefined && source.size > 0)
  if (given.length === 0) return null
  return (given as unknown as Mapping[]).reduce(deepMerge)
}

function applyPublish(live: LiveExecution, task: LiveTask, made: Publishing, turn: Turn): void {
  const before = task.published
  if (made.branch === null || !isEmpty(made.branch) || (before && !isEmpty(before))) {
    turn.savePayload(task.id, 'published', stringifyJson(made.branch))
  }
  task.published = made.branch ?? NOTHING
  task.outbound = null
  if (isEmpty(made.global)) return
  live.globals = deepMerge(live.globals, made.global)
  turn.savePayload(live.id, 'globals', stringifyJson(live.globals))
  turn.savePayload(task.id, 'globals', stringifyJson(made.global))
}

/** A failed task is skipped: published, and routed as the on-skip clause says. @throws {NotLoaded} */
export function skipTask(live: LiveExecution, task: LiveTask, turn: Turn): void {
  failing(live, task, turn, () => ({ doing: 'skip task' }), () => {
    const publishing = planPublish(live, task, 'SKIPPED', {
      state: 'SKIPPED',
      info: 'Task was skipped.',
    }, turn)
    return () => {
      applyPublish(live, task, publishing, turn)
      stepTask(live, task, { type: 'SKIP', now: turn.now }, turn)
    }
  })
}

/** A task is final: works out what follows and sets it going. @throws {NotLoaded} */
export function routeTask(
  live: LiveExecution,
  task: LiveTask,
  resumed: boolean,
  turn: Turn,
): void {
  if (!task.isFinal || task.context.processed) return
  failing(live, task, turn, () => completing(task, turn), () => {
    const route = live.isFinal ? NOWHERE : nextCommands(
      live,
      task,
      taskScope(live, task, turn, { context: outboundOf(live, task, turn) }),
    )
    // What paused the execution must not do so again when it resumes.
    const commands = resumed
      ? route.commands.filter(({ command }) => command !== 'pause')
      : route.commands

    return () => {
      const processed = live.state !== 'PAUSED'
      const { nextTasks, errorHandled } = route
      noteTask(live, task, { nextTasks, errorHandled, processed }, turn)
      if (!processed) return
      if (!dispatch(live, commands, turn)) settleJoins(live, task, turn)
      if (live.open.size === 0) turn.tell({ type: 'execution.check', executionId: live.id })
      else if (live.isStill) turn.tell({ type: 'joins.check', executionId: live.id })
    }
  })
}

/** The results of the attempt that is to be retried no longer count. @throws {NotLoaded} */
export function rejectResults(task: LiveTask, turn: Turn): void {
  for (const row of actionsOf(task, turn).filter(({ accepted }) => accepted)) {
    turn.saveAction({ ...row, accepted: false })
  }
}
