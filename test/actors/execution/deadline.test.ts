import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'

const it = worldSuite('the timeout of a workflow')

const WAITS = '{action: std.async_noop}'

it('ends what has not ended by then', async ({ world }) => {
  const id = await world.launch(`
    w:
      timeout: 5
      tasks: {a: {action: std.noop, publish: {x: 1}, on-success: t}, t: ${WAITS}}
  `)
  await world.pass(4)
  assert.is(await world.state(id), 'RUNNING')
  await world.pass(1)
  const { state, state_info: info, output } = await world.execution(id)
  assert.is(state, 'ERROR')
  assert.is(info, 'Workflow timed out [timeout(s)=5].')
  assert.is(JSON.parse(output).result, info)
  // What comes later is kept and changes nothing.
  await world.answer(id, 't')
  assert.is(await world.state(id), 'ERROR')
})

it('leaves alone what ends in time, and no timer behind', async ({ world }) => {
  const id = await world.launch(`w:\n  timeout: 5\n  tasks: {t: ${WAITS}}`)
  await world.answer(id, 't')
  assert.is(await world.state(id), 'SUCCESS')
  const { commits } = world
  await world.pass(60)
  assert.is(world.commits, commits)
})

it('makes the output of output-on-error', async ({ world }) => {
  const { output } = await world.run(`
    w:
      input: [{n: 2}]
      timeout: 3
      output-on-error: {late: <% $.n %>}
      tasks: {t: ${WAITS}}
  `)
  assert.equal(output, { result: 'Workflow timed out [timeout(s)=3].', late: 2 })
})

it('may be an expression over input, vars and environment', async ({ world }) => {
  const { seconds } = await world.run(
    `
    w:
      input: [n]
      vars: {m: <% $.n * 2 %>}
      timeout: <% $.n + $.m + env().k %>
      tasks: {t: ${WAITS}}
  `,
    { n: 1 },
    { env: { k: 4 } },
  )
  assert.is(seconds, 7)
})

it('of the wrong kind is refused at the start, and leaves nothing behind', async ({ world }) => {
  await world.define(
    'w:\n  input: [n]\n  timeout: <% $.n %>\n  tasks: {t: {action: std.noop}}',
  )
  const body = { workflow_name: 'w', input: '{"n": "soon"}' }
  assert.match(
    await world.refused('POST', '/executions', body),
    /400 .*the timeout of workflow w: <% \$\.n %> does not give an integer of 0 or more/,
  )
  assert.equal((await world.call('GET', '/executions')).executions, [])
})

it('0 is none', async ({ world }) => {
  const id = await world.launch(`w:\n  timeout: 0\n  tasks: {t: ${WAITS}}`)
  await world.pass(1e6)
  assert.is(await world.state(id), 'RUNNING')
})

it('goes on while the execution is paused', async ({ world }) => {
  const id = await world.launch(`w:\n  timeout: 5\n  tasks: {t: ${WAITS}}`)
  await world.update(id, { state: 'PAUSED' })
  await world.pass(5)
  assert.is(await world.state(id), 'ERROR')
})

it('survives restarts', async ({ world }) => {
  const id = await world.launch(`w:\n  timeout: 5\n  tasks: {t: ${WAITS}}`)
  await world.pass(2)
  await world.restart()
  assert.is((await world.end(id)).seconds, 3)
})

it('that passed while nobody served is met at once', async ({ world }) => {
  const id = await world.launch(`w:\n  timeout: 5\n  tasks: {t: ${WAITS}}`)
  world.clock.pass(60_000)
  await world.restart()
  assert.is(await world.state(id), 'ERROR')
})

it('ends sub-workflows from the top down: nobody handles their end', async ({ world }) => {
  const id = await world.launch(`
    top:
      timeout: 5
      tasks:
        t: {workflow: middle, retry: {count: 3, delay: 1}, on-error: mend}
        mend: {action: std.noop}
    middle:
      tasks: {u: {workflow: bottom, on-error: mend}, mend: {action: std.noop}}
    bottom:
      tasks: {v: ${WAITS}}
  `)
  const [middle] = await world.children(id, 't')
  const [bottom] = await world.children(middle.id, 'u')
  const { info, states, seconds } = await world.end(id)
  assert.is(seconds, 5)
  assert.is(info, 'Workflow timed out [timeout(s)=5].')
  assert.equal(states, { t: 'ERROR' })
  for (const below of [middle.id, bottom.id]) {
    const { state, state_info } = await world.execution(below)
    assert.is(state, 'ERROR')
    assert.is(state_info, `Workflow timed out with the execution above it [wf_ex_id=${id}].`)
  }
  assert.equal(await world.states(middle.id), { u: 'ERROR' })
  assert.is((await world.children(id, 't')).length, 1)
})

it('of a sub-workflow that is shorter fails its task, which may handle it', async ({ world }) => {
  const { state, states, seconds } = await world.run(`
    top:
      timeout: 50
      tasks:
        t: {workflow: child, retry: {count: 1, delay: 2, on: timeout}, on-error: mend}
        mend: {action: std.noop}
    child:
      timeout: 5
      tasks: {u: ${WAITS}}
  `)
  assert.is(state, 'SUCCESS')
  assert.is(seconds, 12)
  assert.equal(states, { t: 'ERROR', mend: 'SUCCESS' })
})

it('binds a sub-workflow also when its parent has ended before', async ({ world }) => {
  const id = await world.launch(`
    top:
      timeout: 9
      tasks: {t: {workflow: child}, u: {action: std.noop, wait-before: 2, on-success: fail}}
    child:
      timeout: 100
      tasks: {v: ${WAITS}}
  `)
  const [child] = await world.children(id, 't')
  assert.is((await world.end(id)).seconds, 2)
  assert.is(await world.state(child.id), 'RUNNING')
  assert.is((await world.end(child.id)).seconds, 7)
  assert.match((await world.execution(child.id)).state_info, /the execution above it/)
})

it('begins anew when a task is run again', async ({ world }) => {
  const { id } = await world.run(`
    w:
      timeout: 5
      tasks: {t: {action: std.fail, wait-before: 3, on-error: u}, u: {action: std.async_noop}}
  `)
  await world.pass(100)
  await world.rerun(id, 't')
  const { seconds, info } = await world.end(id)
  assert.is(seconds, 5)
  assert.is(info, 'Workflow timed out [timeout(s)=5].')
})

it('begins anew for the whole tree when a task below is run again', async ({ world }) => {
  const { id } = await world.run(`
    top:
      timeout: 10
      tasks: {t: {workflow: child}}
    child:
      tasks: {u: {action: std.fail, wait-before: 4}}
  `)
  const [child] = await world.children(id, 't')
  await world.pass(50)
  await world.rerun(child.id, 'u')
  assert.is(await world.state(id), 'RUNNING')
  const { seconds, info } = await world.end(id)
  assert.is(seconds, 4)
  assert.match(info!, 'Failure caused by error in tasks: t')
  assert.match((await world.execution(child.id)).state_info, 'Failure caused by error in tasks: u')
})

it('a parent with more time gives its children more', async ({ world }) => {
  const id = await world.launch(`
    top:
      timeout: 10
      tasks: {t: {workflow: child}, u: {action: std.fail, wait-before: 4, on-error: fail}}
    child:
      tasks: {v: ${WAITS}}
  `)
  const [child] = await world.children(id, 't')
  await world.end(id)
  await world.rerun(id, 'u')
  // Ends once more at 8 s, and is run again: its time is over at 18 s, no longer at 10 s.
  await world.end(id)
  await world.rerun(id, 'u')
  await world.pass(3)
  assert.is(await world.state(child.id), 'RUNNING')
})

it('a task that is delayed when its execution times out does not run any more', async ({ world }) => {
  const id = await world.launch(`
    w:
      timeout: 5
      tasks: {t: {action: std.noop, wait-before: 8, on-success: u}, u: {action: std.noop}}
  `)
  await world.pass(60)
  assert.equal(await world.states(id), { t: 'DELAYED' })
  assert.equal(await world.actions(id, 't'), [])
})

it('is checked in the definition', async ({ world }) => {
  const bad = (timeout: string) =>
    world.refused(
      'POST',
      '/workflows',
      `version: '2.0'\nw:\n  timeout: ${timeout}\n  tasks: {t: {action: std.noop}}`,
    )
  assert.match(await bad('-1'), /line 3, column 12 at w.timeout: .*write a whole number, 0 or more/)
  assert.match(await bad('1m'), /line 3, column 12 at w.timeout/)
  assert.match(await bad('<% 1 + %>'), /line 3, column 12 at w.timeout/)
})

it.run()
