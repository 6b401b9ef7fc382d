/**
 * Whatever people do to the executions of a tree, in whatever order and across restarts: when all that
 * waits is then answered and all that is paused is resumed, everything comes to its end.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from './world.ts'
import type { Json } from './world.ts'

const it = suite('a tree of executions')

const TREE = `
  root:
    tasks:
      many: {with-items: 'n in [1, 2]', workflow: middle, on-success: [after]}
      one: {workflow: leaf, on-success: [after]}
      after: {join: all, action: std.noop}
  middle:
    tasks:
      each: {with-items: 'n in [1, 2, 3]', workflow: leaf, concurrency: 2}
      own: {action: std.async_noop, retry: {count: 1, delay: 0}, on-error: [mend]}
      mend: {action: std.async_noop}
  leaf:
    tasks:
      a: {action: std.async_noop, on-success: [b]}
      b: {with-items: 'n in [1, 2]', action: std.async_noop}
`
const ITEMS = ['many', 'each', 'b']
const FINAL = ['SUCCESS', 'ERROR', 'CANCELLED']

/** What is done, and to which of those that it may be done to. */
const step = fc.tuple(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('answer SUCCESS', 'answer ERROR') },
    { weight: 3, arbitrary: fc.constantFrom('answer PAUSED', 'answer RUNNING') },
    { weight: 6, arbitrary: fc.constantFrom('put PAUSED', 'put RUNNING') },
    { weight: 1, arbitrary: fc.constantFrom('answer CANCELLED', 'put CANCELLED', 'put ERROR') },
    { weight: 5, arbitrary: fc.constantFrom('rerun', 'rerun failed items', 'skip') },
    { weight: 1, arbitrary: fc.constantFrom('delete', 'restart') },
  ),
  fc.nat(1000),
)

async function list(world: World, kind: string): Promise<Json[]> {
  return (await world.call('GET', `/${kind}`))[kind]
}

async function open(world: World): Promise<Json[]> {
  return (await list(world, 'action_executions')).filter(({ state }) => !FINAL.includes(state))
}

/** Asks for a change that may be refused, as long as it is refused in order. */
async function attempt(world: World, method: string, path: string, body?: object): Promise<void> {
  const status = await world.status(method, path, body)
  assert.ok(status < 500, `${method} ${path} ${JSON.stringify(body)}: ${status}`)
  await world.quiet()
}

async function act(world: World, root: string, [what, at]: [string, number]): Promise<void> {
  const pick = (from: Json[]): Json | undefined => from[at % from.length]
  const [verb, state] = what.split(' ')
  if (verb === 'restart') return await world.restart()
  if (verb === 'answer') {
    const action = pick(await open(world))
    if (action) await attempt(world, 'PUT', `/action_executions/${action.id}`, { state })
    return
  }
  if (verb === 'put') {
    const execution = pick(await list(world, 'executions'))
    return await attempt(world, 'PUT', `/executions/${execution.id}`, { state })
  }
  if (verb === 'delete') {
    const child = pick((await list(world, 'executions')).filter(({ id }) => id !== root))
    if (child) await attempt(world, 'DELETE', `/executions/${child.id}?force=true`)
    return
  }
  const task = pick((await list(world, 'tasks')).filter(({ state }) => state === 'ERROR'))
  if (!task) return
  const reset = what === 'rerun' || !ITEMS.includes(task.name)
  const change = verb === 'skip' ? { state: 'SKIPPED' } : { state: 'RUNNING', reset }
  await attempt(world, 'PUT', `/tasks/${task.id}`, change)
}

/** Lets everything go on until nothing is left to do. */
async function settle(world: World): Promise<string[]> {
  let unfinished: Json[] = []
  for (let round = 0; round < 40; round++) {
    for (const { id } of await open(world)) {
      await attempt(world, 'PUT', `/action_executions/${id}`, { state: 'SUCCESS' })
    }
    const executions = await list(world, 'executions')
    unfinished = executions.filter(({ state }) => !FINAL.includes(state))
    if (unfinished.length === 0) return []
    for (const { id, state } of unfinished) {
      if (state === 'PAUSED') await attempt(world, 'PUT', `/executions/${id}`, { state: 'RUNNING' })
    }
  }
  return unfinished.map(({ workflow_name: name, state }) => `${name} ${state}`)
}

it('comes to its end whatever is done to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      const world = new World()
      await world.open()
      try {
        const root = await world.launch(TREE)
        for (const one of steps) await act(world, root, one)
        assert.equal(await settle(world), [])
      } finally {
        await world.close()
      }
    }),
    { numRuns: 12 },
  )
})

it.run()
