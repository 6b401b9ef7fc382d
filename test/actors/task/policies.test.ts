import * as assert from 'uvu/assert'
import { defineAction } from '../../../actors/action/action.ts'
import { worldSuite } from '../execution/world.ts'

let calls = 0
/** Fails as often as it is told, counted over all its calls. */
const flaky = defineAction({
  name: 'test.flaky',
  description: 'Fails at first',
  parameters: [{ name: 'failures' }],
  run: ({ failures }) =>
    Promise.resolve(++calls <= Number(failures) ? { error: calls } : { data: calls }),
})

const it = worldSuite('the policies of a task', () => [flaky])
it.before.each(() => void (calls = 0))

it('wait-before: DELAYED first, then it runs', async ({ world }) => {
  const id = await world.launch('w:\n  tasks: {t: {action: std.noop, wait-before: 7}}')
  const task = await world.task(id, 't')
  assert.is(task.state, 'DELAYED')
  assert.is(task.state_info, "Delayed by 'wait-before' policy [delay=7]")
  await world.pass(6)
  assert.is((await world.task(id, 't')).state, 'DELAYED')
  await world.pass(1)
  assert.is(await world.state(id), 'SUCCESS')
})

it('wait-after: its successor waits, and sees what it published', async ({ world }) => {
  const id = await world.launch(`
    w:
      output: {r: <% $.r %>}
      tasks:
        t: {action: std.echo output=1, wait-after: 3, publish: {r: <% task().result %>}, on-success: u}
        u: {action: std.noop}
  `)
  const task = await world.task(id, 't')
  assert.is(task.state, 'DELAYED')
  assert.is(task.state_info, "Delayed by 'wait-after' policy [delay=3]")
  const { output, seconds, states } = await world.end(id)
  assert.is(seconds, 3)
  assert.equal(output, { r: 1 })
  assert.equal(states, { t: 'SUCCESS', u: 'SUCCESS' })
})

it('retry: as often as it takes', async ({ world }) => {
  const { id, output, seconds } = await world.run(`
    w:
      output: {r: <% $.r %>}
      tasks:
        t: {action: test.flaky failures=2, retry: {count: 5, delay: 10}, publish: {r: <% task().result %>}}
  `)
  assert.equal(output, { r: 3 })
  assert.is(seconds, 20)
  const actions = await world.actions(id, 't')
  assert.equal(actions.map(({ state, accepted }) => [state, accepted]), [
    ['ERROR', false],
    ['ERROR', false],
    ['SUCCESS', true],
  ])
})

it('retry: between tries it is DELAYED, and on-error comes after the last', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t: {action: test.flaky failures=9, retry: {count: 1, delay: 4}, on-error: after}
        after: {action: std.noop}
  `)
  const task = await world.task(id, 't')
  assert.is(task.state, 'DELAYED')
  assert.is(task.state_info, "Delayed by 'retry' policy [delay=4]")
  assert.equal((await world.end(id)).states, { t: 'ERROR', after: 'SUCCESS' })
  assert.is(calls, 2)
})

it('retry: break-on gives up, continue-on polls', async ({ world }) => {
  const broken = await world.run(`
    broken:
      tasks: {t: {action: test.flaky failures=9, retry: {count: 9, delay: 1, break-on: <% task().result = 2 %>}}}
  `)
  assert.is(broken.state, 'ERROR')
  assert.is(calls, 2)
  calls = 0
  const polled = await world.run(`
    polled:
      tasks: {t: {action: test.flaky failures=0, retry: {count: 9, delay: 1, continue-on: <% task().result < 4 %>}}}
  `)
  assert.is(polled.state, 'SUCCESS')
  assert.is(calls, 4)
})

it('retry: without a delay all tries are made at once', async ({ world }) => {
  const { state, seconds } = await world.run(
    'w:\n  tasks: {t: {action: test.flaky failures=3, retry: {count: 3, delay: 0}}}',
  )
  assert.is(state, 'SUCCESS')
  assert.is(seconds, 0)
})

it('timeout: the task fails, on-error takes it, a late result is not heard', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t: {action: std.async_noop, timeout: 5, on-success: never, on-error: mend}
        mend: {action: std.noop}
        never: {action: std.noop}
  `)
  const { state, states, seconds } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.is(seconds, 5)
  assert.equal(states, { t: 'ERROR', mend: 'SUCCESS' })
  assert.is((await world.task(id, 't')).state_info, 'Task timed out [timeout(s)=5].')
  await world.answer(id, 't', { late: true })
  assert.equal(await world.states(id), { t: 'ERROR', mend: 'SUCCESS' })
})

it('timeout: each try of a retry has its own', async ({ world }) => {
  const { state, seconds } = await world.run(
    'w:\n  tasks: {t: {action: std.async_noop, timeout: 5, retry: {count: 2, delay: 1}}}',
  )
  assert.is(state, 'ERROR')
  assert.is(seconds, 17)
})

it('timeout: none is left over after a task that was quick enough', async ({ world }) => {
  const id = await world.launch(
    'w:\n  tasks: {t: {action: std.async_noop, timeout: 5}, u: {action: std.async_noop}}',
  )
  await world.answer(id, 't')
  await world.pass(20)
  assert.equal(await world.states(id), { t: 'SUCCESS', u: 'RUNNING' })
  assert.is(await world.state(id), 'RUNNING')
})

it('timeout: counts the wait before', async ({ world }) => {
  const { state, seconds } = await world.run(
    'w:\n  tasks: {t: {action: std.noop, wait-before: 10, timeout: 4}}',
  )
  assert.is(state, 'ERROR')
  assert.is(seconds, 4)
})

it('pause-before: IDLE until the execution resumes', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.noop, on-success: b}
        b: {action: std.noop, pause-before: true, on-success: c}
        c: {action: std.noop}
  `)
  assert.is(await world.state(id), 'PAUSED')
  assert.equal(await world.states(id), { a: 'SUCCESS', b: 'IDLE' })
  await world.update(id, { state: 'RUNNING' })
  assert.equal((await world.end(id)).states, { a: 'SUCCESS', b: 'SUCCESS', c: 'SUCCESS' })
})

it('fail-on: makes a failure of a success', async ({ world }) => {
  const { id, state, states } = await world.run(`
    w:
      tasks:
        t: {action: std.echo output=3, fail-on: <% task().result > 2 %>, on-error: mend, on-success: never}
        mend: {action: std.noop}
        never: {action: std.noop}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { t: 'ERROR', mend: 'SUCCESS' })
  assert.is((await world.task(id, 't')).state_info, "Failed by 'fail-on' policy")
})

it('fail-on with retry: until it holds no more', async ({ world }) => {
  const { state, seconds } = await world.run(`
    w:
      tasks: {t: {action: test.flaky failures=0, fail-on: <% task().result < 3 %>, retry: {count: 5, delay: 2}}}
  `)
  assert.is(state, 'SUCCESS')
  assert.is(seconds, 4)
})

it('keep-result: false forgets the result after it was published', async ({ world }) => {
  const { id, output } = await world.run(`
    w:
      output: {r: <% $.r %>}
      tasks: {t: {action: std.echo output=5, keep-result: false, publish: {r: <% task().result %>}}}
  `)
  assert.equal(output, { r: 5 })
  const [action] = await world.actions(id, 't')
  assert.is((await world.call('GET', `/action_executions/${action.id}`)).output, '{}')
})

it('keep-result: false with wait-after publishes the result, and forgets it after the wait', async ({ world }) => {
  const id = await world.launch(`
    w:
      output: {r: <% $.r %>}
      tasks:
        t:
          action: std.echo output=5
          keep-result: false
          wait-after: 2
          fail-on: <% task().result != 5 %>
          publish: {r: <% task().result %>}
  `)
  await world.restart()
  const { state, output } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { r: 5 })
  const [action] = await world.actions(id, 't')
  assert.is((await world.call('GET', `/action_executions/${action.id}`)).output, '{}')
})

it('task-defaults apply where a task says nothing itself', async ({ world }) => {
  const { states, seconds } = await world.run(`
    w:
      task-defaults: {on-error: mend, retry: {count: 1, delay: 3}, wait-before: 1}
      tasks:
        own: {action: std.fail, on-error: noop, retry: {count: 0, delay: 1}}
        other: {action: std.fail}
        mend: {action: std.noop}
  `)
  assert.equal(states, { own: 'ERROR', other: 'ERROR', mend: 'SUCCESS' })
  assert.is(seconds, 5)
})

it('given as expressions they are evaluated when the task starts', async ({ world }) => {
  const { seconds } = await world.run(
    `
    w:
      input: [n]
      tasks:
        t: {action: std.fail, wait-before: <% $.n %>, retry: {count: <% $.n %>, delay: '{{ _.n * 10 }}'}, on-error: noop}
  `,
    { n: 2 },
  )
  assert.is(seconds, 42)
})

it('of the wrong kind fail the workflow, naming the policy', async ({ world }) => {
  const { state, info } = await world.run(
    `
    w:
      input: [n]
      tasks: {t: {action: std.noop, wait-before: <% $.n %>, on-error: noop}}
  `,
    { n: 'soon' },
  )
  assert.is(state, 'ERROR')
  assert.match(info!, /Invalid data type in WaitBeforePolicy/)
})

it.run()
