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

const it = worldSuite('policies together', () => [flaky])
it.before.each(() => void (calls = 0))

it('wait-after, fail-on, retry: waits once; the others act when it has waited', async ({ world }) => {
  const id = await world.launch(`
    w:
      output: {r: <% $.r %>}
      tasks:
        t:
          action: test.flaky failures=0
          wait-after: 4
          fail-on: <% task().result < 3 %>
          retry: {count: 5, delay: 10}
          publish: {r: <% task().result %>}
  `)
  assert.match((await world.task(id, 't')).state_info, 'wait-after')
  await world.pass(4)
  assert.match((await world.task(id, 't')).state_info, 'retry')
  const { seconds, output } = await world.end(id)
  assert.is(seconds, 20)
  assert.equal(output, { r: 3 })
})

it('fail-on, retry: break-on and continue-on see the failure', async ({ world }) => {
  let workflows = 0
  const tries = async (task: string) => {
    const id = await world.launch(`
      w${++workflows}:
        tasks: {t: {action: std.echo output=1, fail-on: true, on-error: noop, retry: {count: 3, delay: 1, ${task}}}}
    `)
    await world.end(id)
    return (await world.actions(id, 't')).length
  }
  assert.is(await tries('break-on: <% task().state = ERROR %>'), 1)
  assert.is(await tries(`break-on: '{{ "fail-on" in task().state_info }}'`), 1)
  assert.is(await tries('continue-on: <% task().state = ERROR %>'), 4)
  assert.is(await tries('continue-on: <% task().state = SUCCESS %>'), 1)
})

it('keeps what was published before a policy that cannot be worked out', async ({ world }) => {
  const { state, output, info } = await world.run(`
    w:
      output-on-error: {p: <% $.get(p) %>, g: <% global(g) %>}
      tasks:
        t:
          action: std.echo output=1
          on-success: {publish: {branch: {p: 1}, global: {g: 2}}, next: never}
          retry: {count: 1, delay: 0, continue-on: <% $.nowhere.at %>}
        never: {action: std.noop}
  `)
  assert.is(state, 'ERROR')
  assert.equal(output, { result: info, p: 1, g: 2 })
})

it('timeout while wait-after lasts fails the task', async ({ world }) => {
  const { seconds, states } = await world.run(`
    w:
      tasks:
        t: {action: std.noop, wait-after: 9, timeout: 5, on-success: never, on-error: mend}
        never: {action: std.noop}
        mend: {action: std.noop}
  `)
  assert.is(seconds, 5)
  assert.equal(states, { t: 'ERROR', mend: 'SUCCESS' })
})

it('timeout while pause-before holds: what follows comes when the execution resumes', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t: {action: std.noop, pause-before: true, wait-before: 60, timeout: 5, on-error: mend}
        mend: {action: std.noop}
  `)
  assert.is((await world.task(id, 't')).state, 'IDLE')
  await world.pass(5)
  assert.equal(await world.states(id), { t: 'ERROR' })
  await world.update(id, { state: 'RUNNING' })
  assert.equal((await world.end(id)).states, { t: 'ERROR', mend: 'SUCCESS' })
})

it('pause-before leaves wait-before out', async ({ world }) => {
  const id = await world.launch(
    'w:\n  tasks: {t: {action: std.noop, pause-before: true, wait-before: 60}}',
  )
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.end(id)).seconds, 0)
})

it('timeout counts for each try of a join, and its delay does not count', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: std.noop, on-success: j}
        j: {join: all, action: std.async_noop, timeout: 5, retry: {count: 1, delay: 20}}
  `)
  await world.pass(5)
  const task = await world.task(id, 'j')
  assert.is(task.state, 'WAITING')
  assert.is(task.state_info, "Delayed by 'retry' policy [delay=20]")
  assert.is((await world.end(id)).seconds, 25)
})

it('wait-before, wait-after and pause-before of a join', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: std.noop, wait-before: 3, on-success: j}
        j: {join: all, wait-before: 4, wait-after: 5, on-success: last}
        last: {join: all, pause-before: true}
  `)
  await world.pass(3)
  assert.match((await world.task(id, 'j')).state_info, 'wait-before')
  await world.pass(4)
  assert.match((await world.task(id, 'j')).state_info, 'wait-after')
  await world.pass(5)
  assert.is(await world.state(id), 'PAUSED')
  assert.is((await world.task(id, 'last')).state, 'IDLE')
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('of items: each try runs each item once, whatever the concurrency', async ({ world }) => {
  const { id, state } = await world.run(`
    w:
      task-defaults: {concurrency: <% 1 + 1 %>, retry: count=2 delay=3}
      tasks: {t: {with-items: i in <% range(5) %>, action: test.flaky failures=6}}
  `)
  assert.is(state, 'SUCCESS')
  const actions = await world.actions(id, 't')
  assert.is(actions.length, 15)
  assert.is(actions.filter(({ accepted }: { accepted: boolean }) => accepted).length, 5)
  assert.equal((await world.results(id, 't'))[0], [11, 12, 13, 14, 15])
})

it('timeout of items: no more are begun, and each try begins with the first', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t:
          with-items: i in <% range(3) %>
          action: std.async_noop
          concurrency: 1
          timeout: 5
          retry: {count: 1, delay: 2}
  `)
  await world.answer(id, 't')
  await world.pass(5)
  assert.is((await world.actions(id, 't')).length, 2)
  await world.answer(id, 't')
  assert.is((await world.actions(id, 't')).length, 2)
  await world.pass(2)
  for (let item = 0; item < 3; item++) await world.answer(id, 't', { item })
  assert.is((await world.end(id)).state, 'SUCCESS')
  assert.equal((await world.results(id, 't'))[0], [{ item: 0 }, { item: 1 }, { item: 2 }])
})

it('fail-on and wait-before of items', async ({ world }) => {
  const { states, seconds } = await world.run(`
    w:
      tasks:
        t:
          with-items: i in <% range(3) %>
          action: std.echo output=<% $.i %>
          wait-before: 2
          fail-on: <% task().result.sum() = 3 %>
          on-error: mend
        mend: {action: std.noop}
  `)
  assert.is(seconds, 2)
  assert.equal(states, { t: 'ERROR', mend: 'SUCCESS' })
})

it('of a sub-workflow: each try starts one, and a timeout leaves the old one running', async ({ world }) => {
  const id = await world.launch(`
    top:
      tasks:
        t: {workflow: child, wait-before: 1, timeout: 5, wait-after: 2, retry: {count: 1, delay: 3}}
    child: {tasks: {c: {action: std.async_noop}}}
  `)
  await world.pass(1)
  assert.is((await world.children(id, 't')).length, 1)
  // It timed out, waited, and is delayed by its retry.
  await world.pass(4)
  assert.match((await world.task(id, 't')).state_info, 'wait-after')
  await world.pass(2)
  assert.match((await world.task(id, 't')).state_info, 'retry')
  await world.pass(3)
  const [old, next] = await world.children(id, 't')
  assert.is(old.state, 'RUNNING')
  await world.answer(old.id, 'c', { old: true })
  assert.is((await world.task(id, 't')).state, 'RUNNING')
  await world.answer(next.id, 'c', { old: false })
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('pause-before of a task in a sub-workflow pauses all above it', async ({ world }) => {
  const id = await world.launch(`
    top: {tasks: {t: {workflow: child}}}
    child: {tasks: {c: {action: std.noop, pause-before: true}}}
  `)
  assert.is(await world.state(id), 'PAUSED')
  assert.is((await world.task(id, 't')).state, 'PAUSED')
  await world.update(id, { state: 'RUNNING' })
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('fail-on keeps what publish made, and break-on sees it', async ({ world }) => {
  const { output, seconds } = await world.run(`
    w:
      output-on-error: {n: <% $.n %>, e: <% $.get(e) %>}
      tasks:
        t:
          action: test.flaky failures=0
          publish: {n: <% task().result %>}
          publish-on-error: {e: 1}
          fail-on: true
          retry: {count: 9, delay: 1, break-on: <% $.n = 3 %>}
  `)
  assert.is(seconds, 2)
  assert.is(output.n, 3)
  assert.is(output.e, null)
})

it('of task-defaults are only switched off where there is a way to', async ({ world }) => {
  const { seconds } = await world.run(`
    w:
      task-defaults: {wait-before: 2, retry: count=3 delay=1}
      tasks: {t: {action: std.fail, wait-before: 0, retry: {count: 0, delay: 0}}}
  `)
  assert.is(seconds, 2)
})

it('of task-defaults hold in reverse workflows too', async ({ world }) => {
  const { seconds } = await world.run(
    `
    w:
      type: reverse
      task-defaults: {wait-before: <% 1.0 + 1 %>, wait-after: 1}
      tasks: {a: {action: std.noop}, b: {action: std.noop, requires: [a]}}
  `,
    {},
    { task_name: 'b' },
  )
  assert.is(seconds, 6)
})

it('a rerun has all its tries and its whole time again', async ({ world }) => {
  const { id } = await world.run(`
    w:
      tasks: {t: {action: std.async_noop, wait-before: 1, timeout: 5, retry: {count: 1, delay: 2}}}
  `)
  await world.rerun(id, 't')
  const { seconds } = await world.end(id)
  assert.is(seconds, 12)
})

it('a task that was skipped or has ended leaves no timer behind', async ({ world }) => {
  const { id } = await world.run(`
    w:
      tasks: {t: {action: std.fail, timeout: 50, retry: {count: 1, delay: 2}}, u: {action: std.noop}}
  `)
  await world.skip(id, 't')
  const { commits } = world
  await world.pass(100)
  assert.is(world.commits, commits)
})

it.run()
