/**
 * @module
 * Events that publishers are told of (`reference/engine.md` §18): which change is which event, and what
 * its body says.
 */
import { fieldOf, isObject } from './data.ts'
import type { Mapping, Value } from './expressions/values/value.ts'
import type { TimerFired } from './execution/changes.ts'
import type { LiveExecution, LiveTask } from './execution/live.ts'
import { isFinal } from './records.ts'
import type { TaskState } from './records.ts'
import type { TaskEvent } from './task/task.machine.ts'
import { formatTime } from './time.ts'
import type { Turn } from './turn.ts'

/** A request to be made, kept until it is done or given up. */
export interface Notice {
  readonly id: string
  /** Notices of one root execution go out one after another. */
  readonly rootId: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly event: string
  /** The event as it is sent. */
  readonly body: { readonly [key: string]: Value }
}

/** Whoever is to be told of an execution. */
export interface Listener {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** Null for all. */
  readonly events: ReadonlySet<string> | null
}

/** The webhooks among `params.notify`. */
export function listenersOf(params: Mapping): readonly Listener[] {
  const notify = fieldOf(params, 'notify')
  if (!Array.isArray(notify)) return []
  return (notify as readonly Value[]).flatMap((entry) => {
    if (!isObject(entry) || fieldOf(entry, 'type') !== 'webhook') return []
    const url = fieldOf(entry, 'url')
    const types = fieldOf(entry, 'event_types')
    const headers = fieldOf(entry, 'headers')
    if (typeof url !== 'string') return []
    return [{
      url,
      headers: isObject(headers) ? textsOf(headers) : {},
      events: Array.isArray(types) && types.length > 0 ? new Set(types.map(String)) : null,
    }]
  })
}

function textsOf(headers: Mapping): Record<string, string> {
  const map = headers as Record<string, Value>
  return Object.fromEntries(Object.keys(map).map((name) => [name, String(map[name])]))
}

const ENDS: Readonly<Record<string, string>> = {
  SUCCESS: 'SUCCEEDED',
  ERROR: 'FAILED',
  CANCELLED: 'CANCELLED',
  PAUSED: 'PAUSED',
}

/** An execution changed its state. */
export function noticeExecution(live: LiveExecution, from: string, turn: Turn): void {
  const { state } = live
  if (live.listeners.length === 0 || state === from) return
  const launched = from === 'PAUSED' ? 'RESUMED' : from === 'ERROR' ? 'RERUN' : 'LAUNCHED'
  const event = state === 'RUNNING' ? launched : ENDS[state]
  if (event) publish(live, `WORKFLOW_${event}`, executionBody(live), turn)
}

/**
 * A task took a step: what it passed through, which is more than where it is now. Every attempt
 * starts and ends before policies delay it.
 */
export function noticeTask(
  live: LiveExecution,
  task: LiveTask,
  from: TaskState,
  step: TaskEvent | TimerFired,
  turn: Turn,
): void {
  if (live.listeners.length === 0) return
  for (const { event, state, info } of passages(task, from, step)) {
    publish(live, `TASK_${event}`, taskBody(live, task, state, info, turn), turn)
  }
}

interface Passage {
  readonly event: string
  readonly state: TaskState
  readonly info: string | null
}

function passages(task: LiveTask, from: TaskState, step: TaskEvent | TimerFired): Passage[] {
  const { context, state } = task
  switch (step.type) {
    case 'START':
      return [running(from === 'WAITING' ? 'RESUMED' : 'LAUNCHED')]
    case 'RERUN':
      return [running(from === 'ERROR' ? 'RERUN' : 'LAUNCHED')]
    case 'COMPLETE': {
      // What waits after completes once more when it has waited, and fail-on acts only then.
      const isHeld = context.outcome !== null
      const { outcome, failed } = step
      return [outcome, ...(failed && !isHeld ? [failed] : [])].map(({ state, info }) => ({
        event: ENDS[state]!,
        state,
        info,
      }))
    }
  }
  // The end of wait-after is no new run.
  if (state === from || context.outcome !== null) return []
  if (state === 'RUNNING') return [running(HELD.has(from) ? 'RESUMED' : 'LAUNCHED')]
  const event = state === 'SKIPPED' ? state : ENDS[state]
  return event ? [{ event, state, info: context.stateInfo }] : []
}

const HELD: ReadonlySet<TaskState> = new Set(['IDLE', 'PAUSED', 'WAITING'])

function running(event: string): Passage {
  return { event, state: 'RUNNING', info: null }
}

function publish(
  live: LiveExecution,
  event: string,
  body: { readonly [key: string]: Value },
  turn: Turn,
): void {
  for (const { url, headers, events } of live.listeners) {
    if (events && !events.has(event)) continue
    const rootId = live.context.rootId ?? live.id
    turn.notify({ id: turn.newId(live.id), rootId, url, headers, event, body: { ...body, event } })
  }
}

function executionBody(live: LiveExecution): { [key: string]: Value } {
  const { context } = live
  return {
    id: live.id,
    name: context.workflowName,
    workflow_name: context.workflowName,
    workflow_namespace: context.workflowNamespace,
    workflow_id: context.workflowId,
    state: live.state,
    state_info: context.stateInfo,
    project_id: context.project,
    task_execution_id: context.parentTaskId,
    root_execution_id: context.rootId,
    created_at: formatTime(context.createdAt),
    updated_at: formatTime(context.updatedAt),
  }
}

function taskBody(
  live: LiveExecution,
  task: LiveTask,
  state: TaskState,
  info: string | null,
  turn: Turn,
): { [key: string]: Value } {
  const { context } = task
  const finishedAt = isFinal(state) ? context.finishedAt ?? turn.now : null
  return {
    id: task.id,
    name: task.name,
    workflow_execution_id: live.id,
    workflow_name: live.context.workflowName,
    workflow_namespace: live.context.workflowNamespace,
    workflow_id: live.context.workflowId,
    state,
    state_info: info,
    type: context.type,
    project_id: live.context.project,
    created_at: formatTime(context.createdAt),
    updated_at: formatTime(context.updatedAt),
    started_at: context.startedAt === null ? null : formatTime(context.startedAt),
    finished_at: finishedAt === null ? null : formatTime(finishedAt),
  }
}
