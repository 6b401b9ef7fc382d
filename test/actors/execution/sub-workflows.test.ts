import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'

const it = worldSuite('a sub-workflow')

const withSlowChild = `
  parent:
    output: {r: <% $.r %>}
    tasks:
      sub: {workflow: child, publish: {r: <% task().result.n %>}, on-error: mend}
      mend: {action: std.noop, publish: {r: mended}}
  child:
    output: {n: <% $.n %>}
    tasks: {slow: {action: std.async_noop, publish: {n: <% task().result.n %>}}}
`

it('takes input and gives output', async ({ world }) => {
  const { output } = await world.run(`
    outer:
      output: {r: <% $.r %>}
      tasks: {sub: {workflow: 'inner x=20 y=<% 1 %>', publish: {r: <% task().result.sum %>}}}
    inner:
      input: [x, y, {z: 100}]
      output: {sum: '<% $.x + $.y + $.z %>'}
      tasks: {t: {action: std.noop}}
  `)
  assert.equal(output, { r: 121 })
})

it('fails its task, whose on-error takes it', async ({ world }) => {
  const id = await world.launch(withSlowChild)
  const child = (await world.children(id, 'sub'))[0].id
  await world.answer(child, 'slow', {}, 'ERROR')
  assert.equal((await world.end(id)).output, { r: 'mended' })
})

it('that does not exist, or lacks input, fails the task in its normal way', async ({ world }) => {
  const { state, states } = await world.run(`
    missing:
      tasks:
        none: {workflow: 'no_such', on-error: noop}
        lacks: {workflow: needy, on-error: noop}
        much: {workflow: 'needy x=1 extra=2', on-error: noop}
    needy: {input: [x], tasks: {t: {action: std.noop}}}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { none: 'ERROR', lacks: 'ERROR', much: 'ERROR' })
})

it('whose name or input cannot be evaluated fails the whole workflow', async ({ world }) => {
  for (const call of ['<% $.nowhere %>', 'needy x=<% nothing() %>']) {
    const { state, states } = await world.run(`
      wrong:
        tasks:
          t: {workflow: '${call}', on-error: mend}
          mend: {action: std.noop}
      needy: {input: [x], tasks: {t: {action: std.noop}}}
    `)
    assert.is(state, 'ERROR')
    assert.equal(states, { t: 'ERROR' })
    await world.call('DELETE', '/workflows/wrong')
    await world.call('DELETE', '/workflows/needy')
  }
})

it('shares the environment of its root', async ({ world }) => {
  const { output } = await world.run(
    `
    outer:
      output: {r: <% $.r %>}
      tasks: {sub: {workflow: inner, input: {env: {who: own}}, publish: {r: <% task().result.who %>}}}
    inner: {output: {who: <% env().who %>}, tasks: {t: {action: std.noop}}}
  `,
    {},
    { env: { who: 'root' } },
  )
  assert.equal(output, { r: 'root' })
})

it('for each item gives its outputs in order', async ({ world }) => {
  const { output } = await world.run(`
    each:
      output: {r: <% $.r %>}
      tasks:
        sub: {with-items: 'i in [3, 1, 2]', workflow: square n=<% $.i %>, publish: {r: <% task().result.s %>}}
    square:
      input: [n]
      output: {s: <% $.s %>}
      tasks: {t: {action: std.echo output=<% $.n * $.n %>, wait-before: <% $.n %>, publish: {s: <% task().result %>}}}
  `)
  assert.equal(output, { r: [9, 1, 4] })
})

it('is run anew by a retry', async ({ world }) => {
  const { id, state, seconds } = await world.run(`
    retried: {tasks: {sub: {workflow: bad, retry: {count: 2, delay: 4}}}}
    bad: {tasks: {t: {action: std.fail}}}
  `)
  assert.is(state, 'ERROR')
  assert.is(seconds, 8)
  assert.is((await world.children(id, 'sub')).length, 3)
})

it('pauses and resumes with its parent', async ({ world }) => {
  const id = await world.launch(withSlowChild)
  const child = (await world.children(id, 'sub'))[0].id
  await world.update(id, { state: 'PAUSED' })
  assert.is(await world.state(child), 'PAUSED')
  await world.answer(child, 'slow', { n: 1 })
  assert.is(await world.state(child), 'PAUSED')
  await world.update(id, { state: 'RUNNING' })
  assert.equal((await world.end(id)).output, { r: 1 })
})

it('pauses its parent, and a sibling; resuming it resumes the parent', async ({ world }) => {
  const id = await world.launch(`
    parent: {tasks: {one: {workflow: child}, two: {workflow: child}}}
    child: {tasks: {slow: {action: std.async_noop}}}
  `)
  const one = (await world.children(id, 'one'))[0].id
  const two = (await world.children(id, 'two'))[0].id
  await world.update(one, { state: 'PAUSED' })
  assert.is(await world.state(id), 'PAUSED')
  assert.is((await world.task(id, 'one')).state, 'PAUSED')
  assert.is(await world.state(two), 'PAUSED')
  await world.update(two, { state: 'RUNNING' })
  await world.update(one, { state: 'RUNNING' })
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(one, 'slow')
  await world.answer(two, 'slow')
  assert.is(await world.state(id), 'SUCCESS')
})

it('is cancelled with its parent, all the way down', async ({ world }) => {
  const id = await world.launch(`
    top: {tasks: {t: {workflow: middle}}}
    middle: {tasks: {t: {workflow: low}}}
    low: {tasks: {t: {action: std.async_noop}}}
  `)
  const middle = (await world.children(id, 't'))[0].id
  const low = (await world.children(middle, 't'))[0].id
  await world.update(id, { state: 'CANCELLED', state_info: 'stop it' })
  for (const each of [id, middle, low]) {
    const { state, state_info: info } = await world.execution(each)
    assert.equal([state, info], ['CANCELLED', 'stop it'])
  }
})

it('cancelled alone cancels its task and, at the end, the parent', async ({ world }) => {
  const id = await world.launch(`
    parent: {tasks: {sub: {workflow: child, on-error: never}, slow: {action: std.async_noop}, never: {action: std.noop}}}
    child: {tasks: {slow: {action: std.async_noop}}}
  `)
  const child = (await world.children(id, 'sub'))[0].id
  await world.update(child, { state: 'CANCELLED' })
  assert.is((await world.task(id, 'sub')).state, 'CANCELLED')
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(id, 'slow')
  const { state, info, states } = await world.end(id)
  assert.is(state, 'CANCELLED')
  assert.is(info, 'Cancelled tasks: sub')
  assert.equal(states, { sub: 'CANCELLED', slow: 'SUCCESS' })
})

it('goes on when only its parent was stopped', async ({ world }) => {
  const id = await world.launch(withSlowChild)
  const child = (await world.children(id, 'sub'))[0].id
  await world.update(id, { state: 'ERROR', state_info: 'enough' })
  assert.is(await world.state(child), 'RUNNING')
  await world.answer(child, 'slow', { n: 1 })
  assert.is(await world.state(child), 'SUCCESS')
  assert.is(await world.state(id), 'ERROR')
})

it('is deleted with its parent', async ({ world }) => {
  const id = await world.launch(withSlowChild)
  const child = (await world.children(id, 'sub'))[0].id
  await world.call('DELETE', `/executions/${id}?force=true`)
  await world.quiet()
  assert.match(await world.refused('GET', `/executions/${child}`), /^404/)
})

it('may call itself, as deep as its input says', async ({ world }) => {
  const { output } = await world.run(
    `
    factorial:
      input: [n]
      output: {f: <% $.f %>}
      tasks:
        root: {action: std.noop, publish: {f: 1}, on-success: [deeper: <% $.n > 1 %>]}
        deeper: {workflow: factorial n=<% $.n - 1 %>, publish: {f: <% $.n * task().result.f %>}}
  `,
    { n: 8 },
  )
  assert.equal(output, { f: 40320 })
})

it.run()
