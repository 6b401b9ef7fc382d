import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'
import type { Json, World } from './world.ts'

const it = worldSuite('a tree of executions')

/** A root with a middle that has two leaves, and a leaf of its own. */
const threeLevels = `
  root:
    tasks:
      down: {workflow: middle}
      beside: {workflow: leaf}
  middle:
    tasks: {each: {with-items: 'n in [1, 2]', workflow: leaf, input: {n: <% $.n %>}}}
  leaf:
    input: [{n: 0}]
    output: {n: <% $.n %>}
    tasks: {wait: {action: std.async_noop}}
`

/** Ids of the executions of {@link threeLevels}: root, middle, the leaf beside it, the two below it. */
async function family(world: World): Promise<string[]> {
  const root = await world.launch(threeLevels)
  const [middle] = await world.children(root, 'down')
  const [beside] = await world.children(root, 'beside')
  const below = await world.children(middle.id, 'each')
  return [root, middle.id, beside.id, ...below.map(({ id }: Json) => id)]
}

async function statesOf(world: World, ids: string[]): Promise<string[]> {
  return await Promise.all(ids.map((id) => world.state(id)))
}

it('pauses upwards to the root and from there downwards', async ({ world }) => {
  const ids = await family(world)
  await world.update(ids[3]!, { state: 'PAUSED' })
  assert.equal(new Set(await statesOf(world, ids)), new Set(['PAUSED']))
  assert.is((await world.task(ids[0]!, 'down')).state, 'PAUSED')
})

it('goes on level by level as its paused leaves are resumed', async ({ world }) => {
  const ids = await family(world)
  const [root, middle, beside, left, right] = ids as [string, string, string, string, string]
  await world.update(root, { state: 'PAUSED' })
  await world.update(left, { state: 'RUNNING' })
  assert.is(await world.state(middle), 'PAUSED')
  await world.update(right, { state: 'RUNNING' })
  assert.is(await world.state(middle), 'RUNNING')
  assert.is(await world.state(root), 'PAUSED')
  await world.update(beside, { state: 'RUNNING' })
  assert.equal(new Set(await statesOf(world, ids)), new Set(['RUNNING']))
  for (const leaf of [beside, left, right]) await world.answer(leaf, 'wait')
  assert.is(await world.state(root), 'SUCCESS')
})

it('is cancelled downwards with one message, and upwards task by task', async ({ world }) => {
  const ids = await family(world)
  await world.update(ids[0]!, { state: 'CANCELLED', state_info: 'enough' })
  for (const id of ids) {
    assert.is((await world.execution(id)).state, 'CANCELLED')
    assert.is((await world.execution(id)).state_info, 'enough')
  }
  const others = await family2(world)
  await world.update(others[3]!, { state: 'CANCELLED', state_info: 'enough' })
  assert.is((await world.task(others[1]!, 'each')).state, 'CANCELLED')
  assert.is(await world.state(others[1]!), 'CANCELLED')
  assert.is(await world.state(others[0]!), 'RUNNING')
  await world.answer(others[2]!, 'wait')
  assert.is((await world.execution(others[0]!)).state_info, 'Cancelled tasks: down')
})

it('that was stopped at its root is cancelled below it all the same', async ({ world }) => {
  for (const state of ['SUCCESS', 'ERROR']) {
    const ids = state === 'SUCCESS' ? await family(world) : await family2(world)
    await world.update(ids[0]!, { state, state_info: 'stopped' })
    await world.update(ids[0]!, { state: 'CANCELLED', state_info: 'all of it' })
    const { state: ended, state_info } = await world.execution(ids[0]!)
    assert.equal([ended, state_info], [state, 'stopped'])
    const below = await Promise.all(ids.slice(1).map((id) => world.execution(id)))
    assert.equal(
      new Set(below.map(({ state, state_info }) => `${state} ${state_info}`)),
      new Set(['CANCELLED all of it']),
    )
    assert.is((await world.task(ids[0]!, 'down')).state, 'CANCELLED')
    assert.is(await world.state(ids[0]!), state)
  }
})

/** A second family, of workflows that are there already. */
async function family2(world: World): Promise<string[]> {
  const root = await world.start('root')
  await world.quiet()
  const [middle] = await world.children(root, 'down')
  const [beside] = await world.children(root, 'beside')
  const below = await world.children(middle.id, 'each')
  return [root, middle.id, beside.id, ...below.map(({ id }: Json) => id)]
}

it('sees a changed environment of its root wherever it stands', async ({ world }) => {
  const id = await world.launch(
    `
    outer: {tasks: {sub: {workflow: inner}}}
    inner:
      output: {who: <% $.who %>}
      tasks:
        wait: {action: std.async_noop, on-success: [say]}
        say: {action: std.echo output=<% env().who %>, publish: {who: <% task().result %>}}
  `,
    {},
    { env: { who: 'old' } },
  )
  const [inner] = await world.children(id, 'sub')
  await world.update(id, { state: 'PAUSED' })
  await world.update(id, { state: 'RUNNING', params: { env: { who: 'new' } } })
  await world.answer(inner.id, 'wait')
  assert.is(JSON.parse((await world.execution(inner.id)).output).who, 'new')
})

it('is refused a rerun below what has succeeded, and changes nothing', async ({ world }) => {
  const id = await world.launch(`
    calm: {tasks: {sub: {workflow: rough, on-error: noop}}}
    rough: {tasks: {bad: {action: std.fail}}}
  `)
  assert.is(await world.state(id), 'SUCCESS')
  const [rough] = await world.children(id, 'sub')
  const { id: bad } = await world.task(rough.id, 'bad')
  for (const change of [{ state: 'RUNNING', reset: true }, { state: 'SKIPPED' }]) {
    const text = await world.refused('PUT', `/tasks/${bad}`, change)
    assert.match(text, /^400 Can't change workflow execution state from SUCCESS to RUNNING/)
  }
  assert.is(await world.state(rough.id), 'ERROR')
  assert.equal(await world.states(id), { sub: 'ERROR' })
})

it('goes on above a rerun although it had been paused meanwhile', async ({ world }) => {
  const id = await world.launch(`
    above:
      tasks:
        sub: {workflow: below}
        side: {action: std.async_noop, on-success: [last]}
        last: {action: std.noop}
    below: {tasks: {wait: {action: std.async_noop}}}
  `)
  const [below] = await world.children(id, 'sub')
  await world.answer(below.id, 'wait', {}, 'ERROR')
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'side')
  await world.rerun(below.id, 'wait')
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(below.id, 'wait')
  const { state, states } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { sub: 'SUCCESS', side: 'SUCCESS', last: 'SUCCESS' })
})

const items = `
  many:
    output: {all: <% $.all %>}
    tasks: {each: {with-items: 'n in [0, 1]', workflow: one, input: {n: <% $.n %>}, publish: {all: <% task().result.r %>}}}
  one:
    input: [n]
    output: {r: <% $.r %>}
    tasks: {wait: {action: std.async_noop, publish: {r: <% task().result.r %>}}}
`

/** Answers the sub-workflow that an item's latest attempt runs. */
async function settle(world: World, id: string, item: number, r: string | null): Promise<void> {
  const runs = (await world.children(id, 'each'))
    .filter(({ params }: Json) => JSON.parse(params).index === item)
  const latest = runs.at(-1).id
  await world.answer(latest, 'wait', r === null ? {} : { r }, r === null ? 'ERROR' : 'SUCCESS')
}

it('counts of reruns with and without reset the last result of each item', async ({ world }) => {
  const id = await world.launch(items)
  await settle(world, id, 0, 'first')
  await settle(world, id, 1, null)
  await world.rerun(id, 'each', true)
  await settle(world, id, 0, null)
  await settle(world, id, 1, 'second')
  await world.rerun(id, 'each', false)
  assert.is((await world.children(id, 'each')).length, 5, 'only the failed item ran again')
  await settle(world, id, 0, 'third')
  assert.equal((await world.end(id)).output, { all: ['third', 'second'] })
})

it('waits for an item that is rerun by itself while others run', async ({ world }) => {
  const id = await world.launch(items)
  const [zero] = await world.children(id, 'each')
  await settle(world, id, 0, null)
  await world.rerun(zero.id, 'wait')
  await settle(world, id, 1, 'one')
  assert.is(await world.state(id), 'RUNNING')
  await settle(world, id, 0, 'zero')
  assert.equal((await world.end(id)).output, { all: ['zero', 'one'] })
})

it('hears of items that ended after their task was cancelled, once it goes on', async ({ world }) => {
  const id = await world.launch(`
    many: {tasks: {each: {with-items: 'n in [0, 1]', workflow: one}}}
    one: {tasks: {bad: {action: std.fail}, wait: {action: std.async_noop}}}
  `)
  const [zero, one] = await world.children(id, 'each')
  await world.update(zero.id, { state: 'CANCELLED' })
  await world.answer(one.id, 'wait')
  assert.is(await world.state(id), 'CANCELLED')
  await world.rerun(zero.id, 'bad')
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(zero.id, 'wait')
  assert.is((await world.task(id, 'each')).state_info, 'One or more actions had failed.')
  assert.is(await world.state(id), 'ERROR')
})

it('does not wait for a sub-workflow that was deleted: its task fails', async ({ world }) => {
  const id = await world.launch(`
    above: {tasks: {sub: {workflow: below, on-error: [mend]}, mend: {action: std.noop}}}
    below: {tasks: {wait: {action: std.async_noop}}}
  `)
  const [below] = await world.children(id, 'sub')
  await world.call('DELETE', `/executions/${below.id}?force=true`)
  const { state, states } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { sub: 'ERROR', mend: 'SUCCESS' })
  assert.match((await world.task(id, 'sub')).state_info, /was deleted before it ended/)
})

it('begins a sub-workflow as paused as what is above it', async ({ world }) => {
  const id = await world.launch(`
    above: {tasks: {sub: {workflow: below, wait-before: 1}}}
    below: {tasks: {t: {action: std.noop}}}
  `)
  await world.update(id, { state: 'PAUSED' })
  await world.pass(1)
  const [below] = await world.children(id, 'sub')
  assert.is(below.state, 'PAUSED')
  assert.equal(await world.tasks(below.id), [])
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('hears of a sub-workflow that is deleted as soon as it has ended', async ({ world }) => {
  const id = await world.launch(`
    above: {tasks: {sub: {workflow: below, on-error: [mend]}, mend: {action: std.noop}}}
    below: {tasks: {wait: {action: std.async_noop}}}
  `)
  const [below] = await world.children(id, 'sub')
  // Both are handled before the task hears of either.
  const stopped = { state: 'ERROR', stateInfo: null, description: null, env: null } as const
  await world.together(
    { type: 'updateExecution', id: below.id, ...stopped },
    { type: 'deleteExecution', id: below.id, force: false },
  )
  const { state, states } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { sub: 'ERROR', mend: 'SUCCESS' })
})

it('goes on with its other items when a paused one is stopped or deleted', async ({ world }) => {
  const id = await world.launch(`
    many: {tasks: {each: {with-items: 'n in [1, 2, 3]', workflow: one, concurrency: 2}}}
    one: {tasks: {wait: {action: std.async_noop}}}
  `)
  const [zero, one] = await world.children(id, 'each')
  await world.update(zero.id, { state: 'PAUSED' })
  await world.update(one.id, { state: 'ERROR' })
  await world.call('DELETE', `/executions/${zero.id}?force=true`)
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.task(id, 'each')).state, 'RUNNING')
  const [, two] = await world.children(id, 'each')
  await world.update(two.id, { state: 'RUNNING' })
  await world.answer(two.id, 'wait')
  assert.is(await world.state(id), 'ERROR')
})

it('is deleted whole while it runs, at any depth', async ({ world }) => {
  const ids = await family(world)
  await world.call('DELETE', `/executions/${ids[0]}?force=true`)
  await world.quiet()
  for (const id of ids) assert.match(await world.refused('GET', `/executions/${id}`), /^404/)
  for (const kind of ['executions', 'tasks', 'action_executions']) {
    assert.equal((await world.call('GET', `/${kind}`))[kind], [])
  }
})

it.run()
