/**
 * @module
 * Starts executions on servers that may die, and checks what became of them.
 */
import * as assert from 'uvu/assert'
import { call, until } from '../e2e/support.ts'
import type { Json } from '../e2e/support.ts'
import { DEFINITIONS, SHAPES } from './shapes.ts'
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
    }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => null)
  await response?.text().catch(() => '')
  if (response?.status === 201) job.acknowledged = true
}

/** Waits for every acknowledged job's end, and checks that it is the right one. */
export async function check(url: string, list: readonly Job[], seed: string): Promise<void> {
  const acknowledged = list.filter((job) => job.acknowledged)
  const ended = new Map<string, Json>()
  await until(`all executions end, ${seed}`, async () => {
    const executions = await all(url)
    for (const execution of executions) ended.set(execution.id, execution)
    const open = acknowledged.filter(({ id }) => !isFinal(ended.get(id)?.state))
    return open.length === 0
  }, 40).catch((error: Error) => {
    const open = acknowledged.filter(({ id }) => !isFinal(ended.get(id)?.state))
    const first = open.slice(0, 5).map(({ id, shape }) =>
      `${shape.workflow} ${id} ${ended.get(id)?.state ?? 'is lost'}`
    )
    throw new Error(
      `${open.length} did not end, ${first.join(', ')}; ${seed}; ${error.message} ${
        error.cause ?? ''
      }`,
    )
  })
  for (const { id, n, shape } of acknowledged) {
    const { state, state_info: info, output } = ended.get(id)
    const place = `${shape.workflow} ${id} (${info}), ${seed}`
    assert.is(state, shape.state ?? 'SUCCESS', place)
    assert.equal(JSON.parse(output), shape.output(n), place)
  }
  await checkOnce(url, list, [...ended.values()], seed)
}

/** Nothing happened twice: neither executions, nor tries, nor items, nor sub-workflows. */
async function checkOnce(
  url: string,
  list: readonly Job[],
  executions: readonly Json[],
  seed: string,
): Promise<void> {
  const known = new Set(list.map(({ id }) => id))
  const strangers = executions.filter(({ id, workflow_name: name, task_execution_id: parent }) =>
    !parent && !known.has(id) && SHAPES.some(({ workflow }) => workflow === name)
  )
  assert.equal(strangers.map(({ id }) => id), [], `executions that nobody asked for, ${seed}`)

  const expected: Record<string, number> = {
    tried: 3,
    items: 12,
    few_at_once: 6,
    parent: 0,
    chain: 6,
  }
  const some = list.filter(({ shape, acknowledged }) => acknowledged && shape.workflow in expected)
  const queue = some.values()
  const drain = async () => {
    for (const { id, shape } of queue) {
      const { tasks } = await call(url, 'GET', `/executions/${id}/tasks`)
      const counts = await Promise.all(tasks.map(async (task: Json) => {
        const path = `/tasks/${task.id}/action_executions?fields=id`
        return (await call(url, 'GET', path)).action_executions.length
      }))
      const sum = counts.reduce((a: number, b: number) => a + b, 0)
      assert.is(sum, expected[shape.workflow], `actions of ${shape.workflow} ${id}, ${seed}`)
    }
  }
  await Promise.all(Array.from({ length: 4 }, drain))
  const parents = list.filter(({ shape, acknowledged }) =>
    acknowledged && shape.workflow === 'parent'
  )
  const children = executions.filter(({ workflow_name: name }) => name === 'child')
  const asked = list.filter(({ shape }) => shape.workflow === 'parent')
  assert.ok(children.length >= parents.length * 3, seed)
  assert.ok(children.length <= asked.length * 3, `sub-workflows, ${seed}`)
}

async function all(url: string): Promise<Json[]> {
  const fields = 'id,workflow_name,state,state_info,output,task_execution_id'
  const { executions } = await call(url, 'GET', `/executions?fields=${fields}`)
  return executions
}

function isFinal(state: string | undefined): boolean {
  return state === 'SUCCESS' || state === 'ERROR' || state === 'CANCELLED'
}
