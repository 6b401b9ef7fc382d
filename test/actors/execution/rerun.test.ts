import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'

const it = worldSuite('rerun and skip')

it('rerun runs a failed task again, and what follows it', async ({ world }) => {
  const id = await world.launch(`
    again:
      output: {r: <% $.r %>}
      tasks:
        t: {action: std.async_noop, publish: {r: <% task().result.n %>}, on-success: next}
        next: {action: std.noop}
  `)
  await world.answer(id, 't', {}, 'ERROR')
  assert.is(await world.state(id), 'ERROR')
  await world.rerun(id, 't')
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(id, 't', { n: 5 })
  const { state, output, info } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.is(info, null)
  assert.equal(output, { r: 5 })
  assert.equal((await world.actions(id, 't')).map(({ accepted }) => accepted), [false, true])
})

it('rerun leaves other failed tasks failed, and so the workflow', async ({ world }) => {
  const id = await world.launch(`
    two:
      tasks: {a: {action: std.async_noop}, b: {action: std.async_noop}}
  `)
  await world.answer(id, 'a', {}, 'ERROR')
  await world.answer(id, 'b', {}, 'ERROR')
  await world.rerun(id, 'a')
  await world.answer(id, 'a')
  assert.is(await world.state(id), 'ERROR')
  await world.rerun(id, 'b')
  await world.answer(id, 'b')
  assert.is(await world.state(id), 'SUCCESS')
})

it('rerun lets a join arrive that had failed for it', async ({ world }) => {
  const id = await world.launch(`
    joined:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: std.async_noop, on-success: j}
        j: {join: all, action: std.echo output=1}
  `)
  await world.answer(id, 'b', {}, 'ERROR')
  assert.is((await world.task(id, 'j')).state, 'ERROR')
  await world.rerun(id, 'b')
  await world.answer(id, 'b')
  const { state, states } = await world.end(id)
  assert.equal(states, { a: 'SUCCESS', b: 'SUCCESS', j: 'SUCCESS' })
  assert.is(state, 'SUCCESS')
})

it('skip lets a join fail that waits for a task whose definition is wrong', async ({ world }) => {
  const { id } = await world.run(`
    w:
      tasks:
        wrong: {action: std.noop, wait-before: 1, publish: {x: <% nothing() %>}, on-success: j}
        bad: {action: std.fail, on-success: j}
        j: {join: all, action: std.noop}
  `)
  assert.is((await world.task(id, 'wrong')).state, 'ERROR')
  await world.skip(id, 'bad')
  assert.is((await world.end(id)).state, 'ERROR')
  assert.is((await world.task(id, 'j')).state, 'ERROR')
})

it('rerun applies policies anew: its tries, its waiting', async ({ world }) => {
  const id = await world.launch(`
    tries:
      tasks: {t: {action: std.fail, wait-before: 2, retry: {count: 1, delay: 3}}}
  `)
  assert.is((await world.end(id)).state, 'ERROR')
  await world.rerun(id, 't')
  assert.is((await world.task(id, 't')).state, 'DELAYED')
  const { state, seconds } = await world.end(id)
  assert.is(state, 'ERROR')
  assert.is(seconds, 5)
  assert.is((await world.actions(id, 't')).length, 4)
})

it('rerun without reset runs the failed items only', async ({ world }) => {
  const id = await world.launch(`
    items:
      output: {all: <% $.all.select($.n) %>}
      tasks:
        t: {with-items: 'i in [0, 1, 2, 3]', action: std.async_noop, publish: {all: <% task().result %>}}
  `)
  await world.answer(id, 't', { n: 0 })
  await world.answer(id, 't', {}, 'ERROR')
  await world.answer(id, 't', { n: 2 })
  await world.answer(id, 't', {}, 'ERROR')
  assert.is(await world.state(id), 'ERROR')
  await world.rerun(id, 't', false)
  assert.is((await world.actions(id, 't')).filter(({ state }) => state === 'RUNNING').length, 2)
  await world.answer(id, 't', { n: 1 })
  await world.answer(id, 't', { n: 3 })
  assert.equal((await world.end(id)).output, { all: [0, 1, 2, 3] })
})

it('rerun with reset runs all items', async ({ world }) => {
  const id = await world.launch(`
    items:
      tasks: {t: {with-items: 'i in [0, 1]', concurrency: 1, action: std.async_noop}}
  `)
  await world.answer(id, 't', { old: 0 })
  await world.answer(id, 't', {}, 'ERROR')
  await world.rerun(id, 't')
  await world.answer(id, 't', { n: 0 })
  await world.answer(id, 't', { n: 1 })
  assert.is(await world.state(id), 'SUCCESS')
  assert.equal(await world.results(id, 't'), [[{ n: 0 }, { n: 1 }]])
})

it('rerun takes a new environment', async ({ world }) => {
  const id = await world.launch(
    `
    env:
      output: {r: <% $.r %>}
      tasks:
        t: {action: std.echo output=<% env().x %>, fail-on: <% env().x = 0 %>, publish: {r: <% task().result %>}}
  `,
    {},
    { env: { x: 0 } },
  )
  assert.is(await world.state(id), 'ERROR')
  await world.rerun(id, 't', true, { x: 9 })
  assert.equal((await world.end(id)).output, { r: 9 })
})

it('rerun in a sub-workflow sets every execution above going', async ({ world }) => {
  const id = await world.launch(`
    top: {output: {r: <% $.r %>}, tasks: {t: {workflow: middle, publish: {r: <% task().result.r %>}}}}
    middle: {output: {r: <% $.r %>}, tasks: {t: {workflow: low, publish: {r: <% task().result.r %>}}}}
    low: {output: {r: <% $.r %>}, tasks: {t: {action: std.async_noop, publish: {r: <% task().result.n %>}}}}
  `)
  const middle = (await world.children(id, 't'))[0].id
  const low = (await world.children(middle, 't'))[0].id
  await world.answer(low, 't', {}, 'ERROR')
  assert.equal(
    await Promise.all([id, middle, low].map((one) => world.state(one))),
    ['ERROR', 'ERROR', 'ERROR'],
  )
  await world.rerun(low, 't')
  assert.equal(
    await Promise.all([id, middle, low].map((one) => world.state(one))),
    ['RUNNING', 'RUNNING', 'RUNNING'],
  )
  await world.answer(low, 't', { n: 3 })
  assert.equal((await world.end(id)).output, { r: 3 })
})

it('only a failed task can be run again', async ({ world }) => {
  const id = await world.launch('good:\n  tasks: {t: {action: std.noop}}')
  const task = await world.task(id, 't')
  const change = { id: task.id, state: 'RUNNING', reset: true }
  assert.match(await world.refused('PUT', `/tasks/${task.id}`, change), /^400/)
})

it('rerun of a task of an execution that succeeded is refused, its environment first', async ({ world }) => {
  const id = await world.launch(`
    w: {tasks: {t: {action: std.fail}, u: {action: std.async_noop}}}
  `)
  await world.update(id, { state: 'SUCCESS' })
  const { id: task } = await world.task(id, 't')
  const rerun = { state: 'RUNNING', reset: true }
  assert.match(await world.refused('PUT', `/tasks/${task}`, rerun), /^400/)
  const changed = { ...rerun, env: { x: 1 } }
  assert.match(await world.refused('PUT', `/tasks/${task}`, changed), /^403 Updating env/)
})

it('rerun in a sub-workflow gives it an environment; env() stays that of the root', async ({ world }) => {
  const id = await world.launch(
    `
    above:
      tasks: {sub: {workflow: below}}
    below:
      tasks: {t: {action: std.async_noop, on-success: u}, u: {action: std.echo output=<% env().x %>}}
  `,
    {},
    { env: { x: 'root' } },
  )
  const [child] = await world.children(id, 'sub')
  await world.answer(child.id, 't', {}, 'ERROR')
  await world.end(id)
  await world.rerun(child.id, 't', true, { x: 'own' })
  await world.answer(child.id, 't')
  await world.end(id)
  const envOf = async (of: string) => JSON.parse((await world.execution(of)).params).env
  assert.equal([await envOf(id), await envOf(child.id)], [{ x: 'root' }, { x: 'own' }])
  assert.equal(await world.results(child.id, 'u'), ['root'])
})

it('skip goes on as on-skip says', async ({ world }) => {
  const id = await world.launch(`
    skipping:
      output: {p: <% $.p %>}
      tasks:
        t: {action: std.fail, publish-on-skip: {p: skipped}, on-skip: next, on-success: never}
        next: {action: std.noop}
        never: {action: std.noop}
  `)
  assert.is(await world.state(id), 'ERROR')
  await world.skip(id, 't')
  const { state, output, states } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { p: 'skipped' })
  assert.equal(states, { t: 'SKIPPED', next: 'SUCCESS' })
})

it('skip goes on as on-success says where on-skip says nothing', async ({ world }) => {
  const id = await world.launch(`
    plain:
      tasks: {t: {action: std.fail, on-success: next}, next: {action: std.noop}}
  `)
  await world.skip(id, 't')
  assert.equal((await world.end(id)).states, { t: 'SKIPPED', next: 'SUCCESS' })
})

it('skip lets a failed join arrive, with what was published on skip', async ({ world }) => {
  const id = await world.launch(`
    skipped_join:
      output: {sum: <% $.sum %>}
      tasks:
        a: {action: std.noop, publish: {x: 1}, on-success: j}
        b: {action: std.fail, publish-on-skip: {y: 2}, on-success: j}
        j: {join: all, action: 'std.echo output=<% $.x + $.y %>', publish: {sum: <% task().result %>}}
  `)
  assert.equal(await world.states(id), { a: 'SUCCESS', b: 'ERROR', j: 'ERROR' })
  await world.skip(id, 'b')
  const { state, output } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { sum: 3 })
})

it('rerun and skip are not heard while the execution is paused', async ({ world }) => {
  const id = await world.launch(`
    held: {tasks: {bad: {action: std.fail}, slow: {action: std.async_noop}}}
  `)
  await world.update(id, { state: 'PAUSED' })
  await world.skip(id, 'bad')
  await world.rerun(id, 'bad')
  assert.is(await world.state(id), 'PAUSED')
  assert.equal(await world.states(id), { bad: 'ERROR', slow: 'RUNNING' })
  assert.is((await world.actions(id, 'bad')).length, 1)
})

it('skip whose publish-on-skip fails leaves task and execution failed', async ({ world }) => {
  const id = await world.launch(`
    wrong: {tasks: {bad: {action: std.fail, publish-on-skip: {x: <% 1 / 0 %>}}}}
  `)
  await world.skip(id, 'bad')
  assert.is(await world.state(id), 'ERROR')
  const { state, state_info: info } = await world.task(id, 'bad')
  assert.is(state, 'ERROR')
  assert.match(info, /^Failed to skip task/)
})

it.run()
