import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'

const it = worldSuite('a reverse workflow')

const build = `
  build:
    type: reverse
    output: {c: <% $.c %>}
    tasks:
      A: {action: std.async_noop, publish: {a: <% task().result.v %>}}
      B: {action: std.async_noop, publish: {b: <% task().result.v %>}}
      C: {action: 'std.echo output=<% $.a + $.b %>', publish: {c: <% task().result %>}, requires: [A, B]}
      D: {action: std.noop, requires: [C]}
`

it('runs what its target requires, then the target, and nothing else', async ({ world }) => {
  const id = await world.launch(build, {}, { task_name: 'C' })
  assert.equal(await world.states(id), { A: 'RUNNING', B: 'RUNNING' })
  await world.answer(id, 'A', { v: 1 })
  assert.equal(await world.states(id), { A: 'SUCCESS', B: 'RUNNING' })
  await world.answer(id, 'B', { v: 2 })
  const { state, output, states } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { c: 3 })
  assert.equal(states, { A: 'SUCCESS', B: 'SUCCESS', C: 'SUCCESS' })
})

it('fails when a requirement fails, once nothing runs any more', async ({ world }) => {
  const id = await world.launch(build, {}, { task_name: 'C' })
  await world.answer(id, 'A', {}, 'ERROR')
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(id, 'B', { v: 2 })
  const { state, states } = await world.end(id)
  assert.is(state, 'ERROR')
  assert.equal(states, { A: 'ERROR', B: 'SUCCESS' })
})

it('goes on after a rerun of what had failed', async ({ world }) => {
  const id = await world.launch(build, {}, { task_name: 'C' })
  await world.answer(id, 'B', { v: 2 })
  await world.answer(id, 'A', {}, 'ERROR')
  await world.rerun(id, 'A')
  await world.answer(id, 'A', { v: 40 })
  assert.equal((await world.end(id)).output, { c: 42 })
})

it('needs a target that it has', async ({ world }) => {
  await world.define(build)
  const body = (params: object) => ({ workflow_name: 'build', params: JSON.stringify(params) })
  for (
    const [params, shown] of [[{}, 'None'], [{ task_name: 'X' }, 'X'], [{ task_name: 5 }, '5']]
  ) {
    assert.is(
      await world.refused('POST', '/executions', body(params as object)),
      `400 Invalid task name [wf_spec=build, task_name=${shown}]: the parameter task_name of a ` +
        'reverse workflow must be one of its tasks: A, B, C, D',
    )
  }
})

it('runs a task that many require once', async ({ world }) => {
  const { id, state } = await world.run(
    `
    diamond:
      type: reverse
      tasks:
        base: {action: std.echo output=1}
        left: {action: std.noop, requires: base}
        right: {action: std.noop, requires: [base]}
        top: {action: std.noop, requires: [left, right, base]}
  `,
    {},
    { task_name: 'top' },
  )
  assert.is(state, 'SUCCESS')
  assert.equal(await world.results(id, 'base'), [1])
})

it.run()
