/**
 * Nothing rests in a non-final state without something that will move it. Every world looks for that
 * when it closes; here are the cases in which something once did, and the proof that the look sees.
 */
import * as assert from 'uvu/assert'
import { faultsIn } from '../../integrity.ts'
import { worldSuite } from './world.ts'

const it = worldSuite('what rests in an execution', () => [], { limits: { itemsAtOnce: 3 } })

it('joins that wait for each other fail', async ({ world }) => {
  const { state, states } = await world.run(`
    mutual:
      tasks:
        a: {action: std.noop, on-success: j1}
        b: {action: std.noop, on-success: j2}
        j1: {join: all, on-success: [j2, c]}
        j2: {join: all, on-success: [j1, c]}
        c: {action: std.noop}
  `)
  assert.is(state, 'ERROR')
  assert.is(states['j1'], 'ERROR')
  assert.is(states['j2'], 'ERROR')
})

it('joins that wait for each other do not while others may bring them on', async ({ world }) => {
  const id = await world.launch(`
    mutual_two:
      tasks:
        a: {action: std.async_noop, on-success: [j1]}
        b: {action: std.noop, on-success: j2}
        j1: {join: 1, on-success: [j2]}
        j2: {join: 2, on-success: [{j1: <% false %>}]}
  `)
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(id, 'a')
  assert.is((await world.end(id)).state, 'SUCCESS')
})

const items = `
  few:
    tasks:
      each: {with-items: i in <% range(3) %>, concurrency: 1, workflow: sub}
  sub:
    tasks: {t: {action: std.async_noop}}
`

it('items go on when the one that was paused is stopped', async ({ world }) => {
  const id = await world.launch(items)
  const [first] = await world.children(id, 'each')
  await world.update(first.id, { state: 'PAUSED' })
  assert.is(await world.state(id), 'PAUSED')
  await world.update(first.id, { state: 'ERROR' })
  assert.equal(await faultsIn(world.store), [])
  if (await world.state(id) === 'PAUSED') await world.update(id, { state: 'RUNNING' })
  for (let i = 1; i < 3; i++) {
    const children = await world.children(id, 'each')
    await world.answer(children[i].id, 't')
  }
  assert.is((await world.end(id)).state, 'ERROR')
})

it('items go on when the asynchronous one that was paused has ended', async ({ world }) => {
  const id = await world.launch(`
    few_actions:
      tasks:
        each: {with-items: i in <% range(3) %>, concurrency: 1, action: std.async_noop}
  `)
  const [first] = await world.actions(id, 'each')
  await world.call('PUT', `/action_executions/${first.id}`, { state: 'PAUSED' })
  await world.quiet()
  assert.is(await world.state(id), 'PAUSED')
  await world.call('PUT', `/action_executions/${first.id}`, { state: 'SUCCESS' })
  await world.quiet()
  assert.equal(await faultsIn(world.store), [])
  if (await world.state(id) === 'PAUSED') await world.update(id, { state: 'RUNNING' })
  await world.answer(id, 'each')
  await world.answer(id, 'each')
  assert.is((await world.end(id)).state, 'SUCCESS')
})

const heldAndFailing = `
  held:
    tasks:
      slow: {action: std.async_noop}
      fails: {action: std.fail, on-success: noop}
      held: {action: std.noop, pause-before: true}
`

it('a task that pause-before held goes on when its stopped execution is rerun', async ({ world }) => {
  const id = await world.launch(heldAndFailing)
  assert.is(await world.state(id), 'PAUSED')
  await world.update(id, { state: 'ERROR' })
  await world.rerun(id, 'fails')
  assert.equal(await faultsIn(world.store), [])
  await world.answer(id, 'slow')
  const { state, states } = await world.end(id)
  assert.is(state, 'ERROR')
  assert.equal(states, { slow: 'SUCCESS', fails: 'ERROR', held: 'SUCCESS' })
})

it('a task that pause-before held goes on when its stopped execution is skipped', async ({ world }) => {
  const id = await world.launch(heldAndFailing)
  await world.update(id, { state: 'ERROR' })
  await world.skip(id, 'fails')
  assert.equal(await faultsIn(world.store), [])
  await world.answer(id, 'slow')
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('a join waits for a branch that a pause keeps from going on', async ({ world }) => {
  const id = await world.launch(`
    far_join:
      tasks:
        root: {action: std.noop, on-success: [a, b]}
        a: {action: std.async_noop, on-success: a2}
        a2: {action: std.noop, on-success: j}
        b: {action: std.noop, on-success: j}
        j: {join: all, action: std.noop}
  `)
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'a')
  assert.equal(await faultsIn(world.store), [])
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.end(id)).state, 'SUCCESS')
})

const backlog = `
  backlog:
    tasks:
      fails: {action: std.fail}
      slow: {action: std.async_noop, on-success: after}
      after: {action: std.noop}
      stop: {action: std.noop, on-success: [pause]}
      many: {action: std.noop, on-success: [m2, m3]}
      m2: {action: std.noop, on-success: m4}
      m3: {action: std.noop, on-success: m4}
      m4: {action: std.noop, join: all}
`

for (const how of ['rerun', 'skip'] as const) {
  it(`what a pause kept back is done when a stopped execution goes on by ${how}`, async ({ world }) => {
    const id = await world.launch(backlog)
    assert.is(await world.state(id), 'PAUSED')
    await world.answer(id, 'slow')
    await world.update(id, { state: 'ERROR' })
    await world[how](id, 'fails')
    assert.equal(await faultsIn(world.store), [])
    const { states } = await world.end(id)
    assert.is(states['after'], 'SUCCESS')
    assert.is(states['m4'], 'SUCCESS')
  })

  it(`what a pause kept back is done when it goes on by ${how}`, async ({ world }) => {
    const id = await world.launch(backlog)
    await world.answer(id, 'slow')
    await world[how](id, 'fails')
    if (await world.state(id) === 'PAUSED') await world.update(id, { state: 'RUNNING' })
    assert.equal(await faultsIn(world.store), [])
    const { states } = await world.end(id)
    assert.is(states['after'], 'SUCCESS')
    assert.is(states['m4'], 'SUCCESS')
  })
}

it('items that were not started when a first one paused are started on resume', async ({ world }) => {
  const id = await world.launch(`
    many_paused:
      tasks:
        each: {with-items: i in <% range(40) %>, workflow: pausing i=<% $.i %>}
    pausing:
      input: [i]
      tasks: {t: {action: std.noop, pause-before: <% $.i = 1 %>}}
  `)
  assert.is(await world.state(id), 'PAUSED')
  assert.equal(await faultsIn(world.store), [])
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.end(id)).state, 'SUCCESS')
  assert.is((await world.children(id, 'each')).length, 40)
})

it('a join goes on that waited when its execution was stopped', async ({ world }) => {
  const id = await world.launch(`
    stopped_join:
      tasks:
        a: {action: std.async_noop, on-success: j}
        b: {action: std.noop, on-success: j}
        fails: {action: std.fail}
        slow: {action: std.async_noop}
        j: {join: all, action: std.noop}
  `)
  await world.update(id, { state: 'ERROR' })
  await world.answer(id, 'a')
  await world.rerun(id, 'fails')
  assert.equal(await faultsIn(world.store), [])
  await world.answer(id, 'slow')
  await world.end(id)
})

it('a parent goes on when the task of its stopped sub-workflow is rerun', async ({ world }) => {
  const id = await world.launch(`
    outer:
      tasks: {t: {workflow: inner, timeout: 60}}
    inner:
      tasks: {f: {action: std.fail}, s: {action: std.async_noop}}
  `)
  const [child] = await world.children(id, 't')
  await world.update(child.id, { state: 'PAUSED' })
  await world.update(child.id, { state: 'ERROR' })
  await world.rerun(child.id, 'f')
  assert.equal(await faultsIn(world.store), [])
  if (await world.state(id) === 'PAUSED') await world.update(id, { state: 'RUNNING' })
  await world.answer(child.id, 's')
  assert.is((await world.end(id)).state, 'ERROR')
})

it.run()
