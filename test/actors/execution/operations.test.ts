import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'

const it = worldSuite('operations on an execution')

const slowChain = `
  slow_chain:
    output: {end: <% $.end %>}
    tasks:
      slow: {action: std.async_noop, on-success: next}
      next: {action: std.noop, publish: {end: 1}}
`

it('pause: what runs goes on, what would follow waits for resume', async ({ world }) => {
  const id = await world.launch(slowChain)
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'slow')
  assert.is(await world.state(id), 'PAUSED')
  assert.equal(await world.states(id), { slow: 'SUCCESS' })
  await world.update(id, { state: 'RUNNING' })
  assert.equal((await world.end(id)).output, { end: 1 })
})

it('pause and resume before anything ended change nothing', async ({ world }) => {
  const id = await world.launch(slowChain)
  await world.update(id, { state: 'PAUSED' })
  await world.update(id, { state: 'PAUSED' })
  await world.update(id, { state: 'RUNNING' })
  await world.answer(id, 'slow')
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('pause holds the end, too', async ({ world }) => {
  const id = await world.launch('last:\n  tasks: {only: {action: std.async_noop}}')
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'only')
  assert.is(await world.state(id), 'PAUSED')
  await world.update(id, { state: 'RUNNING' })
  assert.is(await world.state(id), 'SUCCESS')
})

it('resume carries out the fail that a pause held', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.async_noop, on-success: [fail msg="as told"]}
        b: {action: std.async_noop}
  `)
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'a')
  await world.answer(id, 'b')
  await world.update(id, { state: 'RUNNING' })
  const { state, state_info: info } = await world.execution(id)
  assert.equal([state, info], ['ERROR', 'as told'])
})

it('pause while a join waits: branches arrive when it resumes', async ({ world }) => {
  const id = await world.launch(`
    joined:
      tasks:
        a: {action: std.async_noop, on-success: j}
        b: {action: std.async_noop, on-success: j}
        j: {join: all, action: std.noop}
  `)
  await world.answer(id, 'a')
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'b')
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.update(id, { state: 'RUNNING' })
  assert.is(await world.state(id), 'SUCCESS')
})

it('pause while a task is delayed: the delay ends, its successor waits', async ({ world }) => {
  const id = await world.launch(`
    delayed:
      tasks:
        a: {action: std.noop, wait-before: 5, on-success: b}
        b: {action: std.noop}
  `)
  await world.update(id, { state: 'PAUSED' })
  await world.pass(6)
  assert.equal(await world.states(id), { a: 'SUCCESS' })
  await world.update(id, { state: 'RUNNING' })
  assert.is(await world.state(id), 'SUCCESS')
})

it('resume changes nothing in an execution that is not paused', async ({ world }) => {
  const id = await world.launch(slowChain)
  await world.update(id, { state: 'RUNNING' })
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(id, 'slow')
  await world.update(id, { state: 'RUNNING' })
  assert.is(await world.state(id), 'SUCCESS')
})

it('resume takes an environment along', async ({ world }) => {
  const id = await world.launch(
    `
    env:
      output: {e: <% $.e %>}
      tasks:
        slow: {action: std.async_noop, on-success: next}
        next: {action: std.noop, publish: {e: <% env() %>}}
  `,
    {},
    { env: { a: 1, b: 1 } },
  )
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'slow')
  await world.update(id, { state: 'RUNNING', params: JSON.stringify({ env: { b: 2 } }) })
  assert.equal((await world.end(id)).output, { e: { a: 1, b: 2 } })
})

it('more environment is refused where all parameters together are too large', async ({ world }) => {
  const part = 'x'.repeat(700_000)
  const id = await world.launch(
    `
    grows:
      tasks:
        t: {action: std.noop, on-success: [pause, broken]}
        broken: {action: std.fail}
    `,
    {},
    { env: { a: part } },
  )
  const params = JSON.stringify({ env: { b: part } })
  const refusal = /^400 .*Field size limit exceeded .*field=params, size=1367KB/
  const path = `/executions/${id}`
  assert.match(await world.refused('PUT', path, { params }), refusal)
  assert.match(await world.refused('PUT', path, { state: 'RUNNING', params }), refusal)
  assert.is(await world.state(id), 'PAUSED')

  await world.update(id, { state: 'RUNNING' })
  await world.end(id)
  const task = await world.task(id, 'broken')
  const again = { state: 'RUNNING', reset: true, env: { b: part } }
  assert.match(await world.refused('PUT', `/tasks/${task.id}`, again), refusal)
  assert.is(await world.state(id), 'ERROR')
})

it('stop with SUCCESS or ERROR ends it with a message; later results trigger nothing', async ({ world }) => {
  for (const state of ['SUCCESS', 'ERROR'] as const) {
    await world.define(`
      stop_${state}:
        tasks: {slow: {action: std.async_noop, on-success: next}, next: {action: std.noop}}
    `)
    const id = await world.start(`stop_${state}`)
    await world.quiet()
    await world.update(id, { state, state_info: 'enough' })
    const ended = await world.end(id)
    assert.is(ended.state, state)
    assert.is(ended.info, 'enough')
    await world.answer(id, 'slow')
    assert.equal(await world.states(id), { slow: 'SUCCESS' })
  }
})

it('stop with ERROR takes effect on a paused execution', async ({ world }) => {
  const id = await world.launch(slowChain)
  await world.update(id, { state: 'PAUSED' })
  await world.update(id, { state: 'ERROR', state_info: 'give up' })
  assert.is(await world.state(id), 'ERROR')
})

it('stop with SUCCESS is refused where the output cannot be made', async ({ world }) => {
  const id = await world.launch(slowChain)
  await world.refused('PUT', `/executions/${id}`, { state: 'SUCCESS' })
  assert.is(await world.state(id), 'RUNNING')
})

it('cancel ends it as CANCELLED, and leaves its tasks as they are', async ({ world }) => {
  const id = await world.launch(slowChain)
  await world.update(id, { state: 'CANCELLED', state_info: 'no need' })
  const { state, output, states } = await world.end(id)
  assert.is(state, 'CANCELLED')
  assert.equal(output, { result: 'no need' })
  assert.equal(states, { slow: 'RUNNING' })
  await world.answer(id, 'slow')
  assert.equal(await world.states(id), { slow: 'SUCCESS' })
  assert.is(await world.state(id), 'CANCELLED')
})

it('an ended execution refuses what its state does not allow', async ({ world }) => {
  const id = await world.launch('done:\n  tasks: {t: {action: std.noop}}')
  await world.end(id)
  assert.match(
    await world.refused('PUT', `/executions/${id}`, { state: 'PAUSED' }),
    /^400 .*Can't change workflow execution state from SUCCESS to PAUSED/,
  )
})

it('delete wants an end or force, and takes tasks and actions along', async ({ world }) => {
  const id = await world.launch(slowChain)
  const task = await world.task(id, 'slow')
  assert.match(await world.refused('DELETE', `/executions/${id}`), /^403/)
  await world.call('DELETE', `/executions/${id}?force=true`)
  assert.match(await world.refused('GET', `/executions/${id}`), /^404/)
  assert.match(await world.refused('GET', `/tasks/${task.id}`), /^404/)
})

it('keeps a message for the end of an execution, not for its pause', async ({ world }) => {
  const id = await world.launch('w: {tasks: {t: {action: std.async_noop}}}')
  await world.update(id, { state: 'PAUSED', state_info: 'not now' })
  assert.is((await world.execution(id)).state_info, null)
  await world.update(id, { state: 'ERROR', state_info: 'never' })
  assert.is((await world.execution(id)).state_info, 'never')
})

it('cuts a message in the output that is longer than an output may be', async ({ world }) => {
  for (const state of ['ERROR', 'CANCELLED']) {
    const id = await world.launch('w: {tasks: {t: {action: std.async_noop}}}')
    await world.update(id, { state, state_info: 'x'.repeat(1_200_000) })
    const { output } = await world.execution(id)
    assert.is(await world.state(id), state)
    assert.is(output.length, 1_048_576 + 1, 'with the blank after the colon')
    assert.match(output, /x\.\.\."}$/)
    await world.call('DELETE', '/workflows/w')
  }
})

it.run()
