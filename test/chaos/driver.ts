/**
 * @module
 * Starts executions on servers that may die, and checks what became of them.
 */
import * as assert from 'uvu/assert'
import { call, until } from '../e2e/support.ts'
import type { Json } from '../e2e/support.ts'
import { ACTIONS, DEFINITIONS, SHAPES, WORKBOOK } from './shapes.ts'
import type { Shape } from './shapes.ts'

/** An execution that shall run. */
export interface Job {
  readonly id: string
  readonly n: number
  readonly shape: Shape
  /** The server said 201. */
  acknowledged: boolean
}

/** Jobs of all shapes in turn. */
export function jobs(count: number, random: () => number): Job[] {
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')
  return Array.from({ length: count }, (_, i) => ({
    id: `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    n: i + 1,
    shape: SHAPES[i % SHAPES.length]!,
    acknowledged: false,
  }))
}

export async function define(url: string): Promise<void> {
  await call(url, 'POST', '/actions', ACTIONS)
  await call(url, 'POST', '/workbooks', WORKBOOK)
  await call(url, 'POST', '/workflows', DEFINITIONS)
}

/** Submits jobs, several at once, until all are acknowledged or the server is no more. */
export async function submit(
  url: () => string,
  list: readonly Job[],
  stop: () => boolean,
): Promise<void> {
  const queue = list.filter((job) => !job.acknowledged).values()
  const drain = async () => {
    for (const job of queue) {
      if (stop()) return
      await start(url(), job)
    }
  }
  await Promise.all(Array.from({ length: 4 }, drain))
}

/** A request that fails may have been carried out or not: it is sent again with the same id. */
async function start(url: string, job: Job): Promise<void> {
  const response = await fetch(`${url}/v2/executions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id: job.id,
      workflow_name: job.shape.workflow,
      input: JSON.stringify({ n: job.n }),
      params: JSON.stringify(job.shape.params ?? {}),
    }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => null)
  await response?.text().catch(() => '')
  if (response?.status === 201) job.acknowledged = true
}

/**
 * Does what somebody has to do so that jobs end, again and again, whatever comes of it: answers
 * asynchronous actions, resumes, cancels, runs again and skips.
 *
 * @returns A function that ends this.
 */
export function care(url: () => string, list: readonly Job[]): () => Promise<void> {
  const byId = new Map(list.map((job) => [job.id, job]))
  let stopped = false
  const working = (async () => {
    while (!stopped) {
      // The server may be gone, and may have been when the last request was half-way.
      await careOnce(url(), byId).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return () => {
    stopped = true
    return working
  }
}

async function careOnce(url: string, byId: ReadonlyMap<string, Job>): Promise<void> {
  const asked = async (path: string, key: string) => (await call(url, 'GET', path))[key] as Json[]
  const put = (path: string, body: object) => call(url, 'PUT', path, body).catch(() => {})

  const fields = 'fields=id,state,workflow_name'
  for (const { id } of await asked(`/executions?state=PAUSED&${fields}`, 'executions')) {
    if (byId.has(id)) await put(`/executions/${id}`, { state: 'RUNNING' })
  }
  const running = '/action_executions?state=RUNNING&task_name=awaited&fields=id,task_name'
  for (const { id } of await asked(running, 'action_executions')) {
    await put(`/action_executions/${id}`, { state: 'SUCCESS', output: '{"by": "awaited"}' })
  }
  for (const { id } of await asked(`/executions?state=RUNNING&${fields}`, 'executions')) {
    const wish = byId.get(id)?.shape.care
    if (wish === 'pause') await put(`/executions/${id}`, { state: 'PAUSED' })
    if (wish !== 'cancel' && wish !== 'stop') continue
    const state = wish === 'cancel' ? 'CANCELLED' : 'ERROR'
    await put(`/executions/${id}`, { state, state_info: 'enough' })
  }
  for (const { id } of await asked(`/executions?state=ERROR&${fields}`, 'executions')) {
    const wish = byId.get(id)?.shape.care
    if (wish !== 'rerun' && wish !== 'skip') continue
    const [task] = await asked(`/executions/${id}/tasks?state=ERROR&fields=id,state`, 'tasks')
    if (!task) continue
    const again = { state: 'RUNNING', reset: true, env: '{"ok": true}' }
    await put(`/tasks/${task.id}`, {
      id: task.id,
      ...(wish === 'rerun' ? again : { state: 'SKIPPED' }),
    })
  }
}

/** Waits for every acknowledged job's end, and checks that it is the right one. */
export async function check(
  url: string,
  list: readonly Job[],
  seed: string,
): Promise<void> {
  const acknowledged = list.filter((job) => job.acknowledged)
  const ended = new Map<string, Json>()
  const openNow = () => acknowledged.filter((job) => !hasEnded(job, ended.get(job.id)?.state))
  const stopCaring = care(() => url, list)
  await until(`all executions end, ${seed}`, async () => {
    const executions = await all(url)
    for (const execution of executions) ended.set(execution.id, execution)
    return openNow().length === 0
  }, 60).catch((error: Error) => {
    const first = openNow().slice(0, 5).map(({ id, shape }) =>
      `${shape.workflow} ${id} ${ended.get(id)?.state ?? 'is lost'}`
    )
    const { message, cause } = error
    throw new Error(
      `${openNow().length} did not end, ${first.join(', ')}; ${seed}; ${message} ${cause ?? ''}`,
    )
  }).finally(stopCaring)
  for (const { id, n, shape } of acknowledged) {
    const { state, state_info: info, output } = ended.get(id)
    const place = `${shape.workflow} ${id} (${info}), ${seed}`
    assert.is(state, shape.state ?? 'SUCCESS', place)
    if (shape.output) assert.equal(JSON.parse(output), shape.output(n), place)
  }
  await checkOnce(url, list, [...ended.values()], seed)
}

/** Nobody needs to do anything more for it. */
function hasEnded({ shape }: Job, state: string | undefined): boolean {
  if (state === 'ERROR' && (shape.care === 'rerun' || shape.care === 'skip')) return false
  return isFinal(state)
}

/** Nothing happened twice: neither executions, nor tries, nor items, nor sub-workflows. */
async function checkOnce(
  url: string,
  list: readonly Job[],
  executions: readonly Json[],
  seed: string,
): Promise<void> {
  const known = new Set(list.map(({ id }) => id))
  const strangers = executions.filter((
    { id, task_execution_id: parent, cron_trigger_id: trigger, workflow_name: name },
  ) => !parent && !trigger && !known.has(id) && SHAPES.some(({ workflow }) => workflow === name))
  assert.equal(strangers.map(({ id }) => id), [], `executions that nobody asked for, ${seed}`)

  const queue = list.filter(({ acknowledged }) => acknowledged).values()
  const drain = async () => {
    for (const { id, shape } of queue) {
      const place = `${shape.workflow} ${id}, ${seed}`
      const { tasks } = await call(url, 'GET', `/executions/${id}/tasks?fields=id,type`)
      const count = async (path: string, key: string) => {
        const lists = await Promise.all(
          tasks.map((task: Json) => call(url, 'GET', `/tasks/${task.id}/${path}?fields=id`)),
        )
        return lists.reduce((sum: number, answer) => sum + answer[key].length, 0)
      }
      if (shape.actions !== undefined) {
        const actions = await count('action_executions', 'action_executions')
        assert.is(actions, shape.actions, `actions of ${place}`)
      }
      if (shape.children !== undefined) {
        const children = await count('workflow_executions', 'executions')
        assert.is(children, shape.children, `sub-workflows of ${place}`)
      }
    }
  }
  await Promise.all(Array.from({ length: 4 }, drain))
}

/** A trigger that fires every second, some times. */
export const CRON = { name: 'each second', count: 6 }

export async function schedule(url: string): Promise<void> {
  await call(url, 'POST', '/cron_triggers', {
    name: CRON.name,
    workflow_name: 'chain',
    workflow_input: '{"n": 1}',
    pattern: '* * * * * *',
    remaining_executions: CRON.count,
  })
}

/** It fired as many times as it had to, each time once, and what it started has ended. */
export async function checkCron(url: string, seed: string): Promise<void> {
  const fields = 'fields=id,state,output,cron_trigger_id'
  const fired = await until(`the cron trigger completes, ${seed}`, async () => {
    const { status } = await call(url, 'GET', `/cron_triggers/${encodeURIComponent(CRON.name)}`)
    const { executions } = await call(url, 'GET', `/executions?${fields}`)
    const mine = executions.filter(({ cron_trigger_id: trigger }: Json) => trigger)
    return status === 'COMPLETED' && mine.every(({ state }: Json) => isFinal(state)) && mine
  })
  assert.is(fired.length, CRON.count, `firings, ${seed}`)
  for (const { output } of fired) assert.equal(JSON.parse(output), { v: 7 }, seed)
}

async function all(url: string): Promise<Json[]> {
  const fields = 'id,workflow_name,state,state_info,output,task_execution_id,cron_trigger_id'
  const { executions } = await call(url, 'GET', `/executions?fields=${fields}`)
  return executions
}

function isFinal(state: string | undefined): boolean {
  return state === 'SUCCESS' || state === 'ERROR' || state === 'CANCELLED'
}
