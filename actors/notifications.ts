/**
 * @module
 * Events that publishers are told of (`reference/engine.md` §18): which change is which event, and what
 * its body says.
 */
import { fieldOf, isObject } from './data.ts'
import type { Mapping, Value } from './expressions/values/value.ts'
import type { LiveExecution, LiveTask } from './execution/live.ts'
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

/** A task changed its state. */
export function noticeTask(live: LiveExecution, task: LiveTask, from: string, turn: Turn): void {
  const { state } = task
  if (live.listeners.length === 0 || state === from) return
  const event = state === 'RUNNING'
    ? taskLaunch(task, from)
    : state === 'SKIPPED'
    ? state
    : ENDS[state]
  if (event) publish(live, `TASK_${event}`, taskBody(live, task), turn)
}

function taskLaunch(task: LiveTask, from: string): string {
  if (from === 'ERROR') return 'RERUN'
  // Its first run is a launch, wherever it waited before.
  const isFirst = task.context.attempt <= 1 && from !== 'PAUSED'
  if (isFirst && task.context.stateInfo === null) return 'LAUNCHED'
  return from === 'IDLE' || from === 'PAUSED' || from === 'WAITING' ? 'RESUMED' : 'LAUNCHED'
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

function taskBody(live: LiveExecution, task: LiveTask): { [key: string]: Value } {
  const { context } = task
  return {
    id: task.id,
    name: task.name,
    workflow_execution_id: live.id,
    workflow_name: live.context.workflowName,
    workflow_namespace: live.context.workflowNamespace,
    workflow_id: live.context.workflowId,
    state: task.state,
    state_info: context.stateInfo,
    type: context.type,
    project_id: live.context.project,
    created_at: formatTime(context.createdAt),
    updated_at: formatTime(context.updatedAt),
    started_at: context.startedAt === null ? null : formatTime(context.startedAt),
    finished_at: context.finishedAt === null ? null : formatTime(context.finishedAt),
  }
}
