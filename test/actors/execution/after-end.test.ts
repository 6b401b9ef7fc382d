import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'

const it = worldSuite('an execution that has ended')

it('starts no task whose delay ends later, until it is run again', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t: {action: std.noop, wait-before: 5, on-success: after}
        after: {action: std.noop}
        u: {action: std.fail, wait-before: 1, on-error: fail}
  `)
  await world.end(id)
  await world.pass(60)
  assert.equal(await world.states(id), { t: 'DELAYED', u: 'ERROR' })
  await world.skip(id, 'u')
  assert.equal((await world.end(id)).states, { t: 'SUCCESS', u: 'SKIPPED', after: 'SUCCESS' })
})

it('that is run again before a delay ends, waits for what is left of it', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t: {action: std.fail, retry: {count: 1, delay: 10}, on-error: noop}
        u: {action: std.fail, on-error: fail}
  `)
  await world.pass(4)
  await world.skip(id, 'u')
  const { seconds, states } = await world.end(id)
  assert.is(seconds, 6)
  assert.equal(states, { t: 'ERROR', u: 'SKIPPED' })
})

it('tries no failed task again', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {action: std.async_noop, wait-after: 3, retry: {count: 5, delay: 1}}}
  `)
  await world.update(id, { state: 'CANCELLED' })
  await world.answer(id, 't', {}, 'ERROR')
  assert.equal(await world.states(id), { t: 'ERROR' })
  assert.is((await world.actions(id, 't')).length, 1)
})

it('begins no more items, until it is run again', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t: {with-items: i in <% range(4) %>, action: std.async_noop, concurrency: 1}
        u: {action: std.fail, wait-before: 1, on-error: fail}
  `)
  await world.end(id)
  await world.answer(id, 't')
  assert.is((await world.actions(id, 't')).length, 1)
  await world.skip(id, 'u')
  for (let item = 1; item < 4; item++) await world.answer(id, 't')
  assert.equal((await world.end(id)).states, { t: 'SUCCESS', u: 'SKIPPED' })
})

it('while it was paused, goes on with what the pause held when it is run again', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        bad: {action: std.fail, on-error: [held, pause, later]}
        held: {action: std.noop, pause-before: true}
        later: {action: std.noop}
  `)
  assert.is(await world.state(id), 'PAUSED')
  await world.update(id, { state: 'ERROR' })
  assert.is(await world.state(id), 'ERROR')
  await world.skip(id, 'bad')
  const { state, states } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { bad: 'SKIPPED', held: 'SUCCESS', later: 'SUCCESS' })
})

it('by the command beside it, does not start a join that it made ready, until it is run again', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        bad: {action: std.fail, on-error: noop}
        a: {action: std.async_noop, on-success: [one, both, fail msg="enough"]}
        b: {action: std.async_noop, on-success: both}
        one: {join: one}
        both: {join: all}
  `)
  await world.answer(id, 'a')
  assert.equal((await world.end(id)).info, 'enough')
  await world.answer(id, 'b', {}, 'ERROR')
  const waiting = { one: 'WAITING', both: 'WAITING' }
  assert.equal(await world.states(id), { bad: 'ERROR', a: 'SUCCESS', b: 'ERROR', ...waiting })
  await world.skip(id, 'bad')
  const { state, states } = await world.end(id)
  assert.equal(states, { bad: 'SKIPPED', a: 'SUCCESS', b: 'ERROR', one: 'SUCCESS', both: 'ERROR' })
  assert.is(state, 'ERROR')
})

it('takes note of a pause before the command that ends it: the join starts', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.async_noop, on-success: [one, pause, fail]}
        one: {join: one}
  `)
  await world.answer(id, 'a')
  assert.equal(await world.states(id), { a: 'SUCCESS', one: 'SUCCESS' })
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.end(id)).state, 'ERROR')
})

it.run()
