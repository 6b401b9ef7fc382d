import * as assert from 'uvu/assert'
import { worldSuite } from '../execution/world.ts'

const it = worldSuite('a join')

const three = (join: string, rest = '') => `
  three:
    output: {r: <% $.get(r) %>}
    tasks:
      a: {action: std.async_noop, on-success: j}
      b: {action: std.async_noop, on-success: j}
      c: {action: std.async_noop, on-success: j}
      j: {join: ${join}, action: std.echo output=1, publish: {r: <% task().result %>}${rest}}
`

it('all waits for every branch', async ({ world }) => {
  const id = await world.launch(three('all'))
  assert.equal(await world.states(id), { a: 'RUNNING', b: 'RUNNING', c: 'RUNNING' })
  await world.answer(id, 'b')
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.answer(id, 'a')
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.answer(id, 'c')
  assert.equal((await world.end(id)).output, { r: 1 })
})

it('one starts with the first to arrive and absorbs the others', async ({ world }) => {
  const id = await world.launch(three('one'))
  await world.answer(id, 'c')
  assert.is((await world.task(id, 'j')).state, 'SUCCESS')
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(id, 'a')
  await world.answer(id, 'b')
  assert.is(await world.state(id), 'SUCCESS')
  assert.equal(await world.results(id, 'j'), [1])
  assert.is((await world.actions(id, 'j')).length, 1)
})

it('of a number starts with that many', async ({ world }) => {
  const id = await world.launch(three('2'))
  await world.answer(id, 'a')
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.answer(id, 'c')
  assert.is((await world.task(id, 'j')).state, 'SUCCESS')
  await world.answer(id, 'b')
  assert.is(await world.state(id), 'SUCCESS')
  assert.equal(await world.results(id, 'j'), [1])
})

it('all fails as soon as one branch cannot arrive, and says which', async ({ world }) => {
  const id = await world.launch(three('all'))
  await world.answer(id, 'a')
  await world.answer(id, 'b', {}, 'ERROR')
  const join = await world.task(id, 'j')
  assert.is(join.state, 'ERROR')
  assert.is(join.state_info, "Failed by tasks: ['b']")
  await world.answer(id, 'c')
  assert.is(await world.state(id), 'ERROR')
  assert.equal(await world.actions(id, 'j'), [])
})

it('of a number fails only when too few can still arrive', async ({ world }) => {
  const id = await world.launch(three('2'))
  await world.answer(id, 'a')
  await world.answer(id, 'b', {}, 'ERROR')
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.answer(id, 'c', {}, 'ERROR')
  const join = await world.task(id, 'j')
  assert.is(join.state, 'ERROR')
  assert.is(join.state_info, "Failed by tasks: ['b', 'c']")
})

it('names all that let it down at once', async ({ world }) => {
  const { id } = await world.run(`
    down:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: std.fail, on-success: j}
        c: {action: std.noop, on-error: j}
        d: {action: std.async_noop, timeout: 5, on-success: j}
        j: {join: all, action: std.noop}
  `)
  assert.is((await world.task(id, 'j')).state_info, "Failed by tasks: ['b', 'c']")
})

it('that failed names who led elsewhere, and hands on what the others published', async ({ world }) => {
  const { id, output } = await world.run(`
    half:
      output: {a: <% $.get(a) %>, b: <% $.get(b) %>}
      tasks:
        a: {action: std.noop, publish: {a: 1}, on-success: j}
        b: {action: std.fail, publish-on-error: {b: 2}, on-success: j, on-error: noop}
        j: {join: all, action: std.noop, on-error: noop}
  `)
  const { id: task_id } = await world.task(id, 'b')
  assert.equal(JSON.parse((await world.task(id, 'j')).runtime_context), {
    triggered_by: [{ task_id, event: 'not triggered' }],
  })
  assert.equal(output, { a: 1, b: 2 })
})

it('that failed takes its own on-error once, though others arrive later', async ({ world }) => {
  const id = await world.launch(
    three('all', ', on-error: mend') + '      mend: {action: std.echo output=2}\n',
  )
  await world.answer(id, 'a')
  await world.answer(id, 'b', {}, 'ERROR')
  await world.answer(id, 'c')
  assert.equal(await world.results(id, 'mend'), [2])
  assert.is((await world.tasks(id)).filter(({ name }) => name === 'j').length, 1)
})

it('counts a failed branch whose on-error leads to it', async ({ world }) => {
  const { state, states } = await world.run(`
    errors:
      tasks:
        good: {action: std.noop, on-success: j}
        bad: {action: std.fail, on-error: j}
        j: {join: all, action: std.noop}
  `)
  assert.is(state, 'SUCCESS')
  assert.is(states['j'], 'SUCCESS')
})

it('runs once though one task leads to it by two clauses', async ({ world }) => {
  const { id, state } = await world.run(`
    clauses:
      tasks:
        a: {action: std.noop, on-success: j, on-complete: j}
        b: {action: std.noop, on-success: j}
        j: {join: all, action: std.echo output=1}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(await world.results(id, 'j'), [1])
})

it('fails where a branch leads elsewhere', async ({ world }) => {
  const { states } = await world.run(`
    elsewhere:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: std.noop, on-success: [{j: <% false %>}, other]}
        other: {action: std.noop}
        j: {join: all, action: std.noop}
  `)
  assert.is(states['j'], 'ERROR')
})

it('knows that a branch far ahead can no longer be reached', async ({ world }) => {
  const id = await world.launch(`
    far:
      tasks:
        near: {action: std.noop, on-success: j}
        start: {action: std.async_noop, on-success: [{mid: <% false %>}, other]}
        mid: {action: std.noop, on-success: late}
        late: {action: std.noop, on-success: j}
        other: {action: std.async_noop}
        j: {join: all, action: std.noop}
  `)
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.answer(id, 'start')
  const join = await world.task(id, 'j')
  assert.is(join.state, 'ERROR')
  assert.is(join.state_info, "Failed by tasks: ['late']")
})

it('that can never start makes the join behind it fail too', async ({ world }) => {
  const { state, states } = await world.run(`
    behind:
      tasks:
        a: {action: std.noop, on-success: j1}
        bad: {action: std.fail, on-success: j1, on-error: noop}
        c: {action: std.noop, on-success: j2}
        j1: {join: all, action: std.noop, on-success: j2}
        j2: {join: all, action: std.noop}
  `)
  assert.is(state, 'ERROR')
  assert.is(states['j1'], 'ERROR')
  assert.is(states['j2'], 'ERROR')
})

it('fails at once with the join before it, not when the last branch there ends', async ({ world }) => {
  const id = await world.launch(`
    at_once:
      tasks:
        slow: {action: std.async_noop, on-success: first}
        good: {action: std.noop, on-complete: [second, first]}
        bad: {action: std.fail, on-success: first}
        first: {join: all, action: std.noop, on-success: second}
        second: {join: all, action: std.noop}
  `)
  const { slow, first, second } = await world.states(id)
  assert.equal([slow, first, second], ['RUNNING', 'ERROR', 'ERROR'])
})

it('goes on in a service that knows only what is stored', async ({ world }) => {
  const id = await world.launch(three('2'))
  await world.answer(id, 'a', {}, 'ERROR')
  await world.restart()
  await world.answer(id, 'b')
  await world.restart()
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.answer(id, 'c')
  assert.is((await world.task(id, 'j')).state, 'SUCCESS')
})

it('that nobody arrives at does not hold up the end', async ({ world }) => {
  const { state, states } = await world.run(`
    nobody:
      tasks:
        a: {action: std.fail, on-success: j, on-error: noop}
        b: {action: std.fail, on-success: j, on-error: noop}
        j: {join: all, action: std.noop}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { a: 'ERROR', b: 'ERROR' })
})

it('waits for a branch that comes by way of another join', async ({ world }) => {
  const id = await world.launch(`
    lanes:
      tasks:
        a: {action: std.async_noop, on-success: [j1, j2]}
        b: {action: std.async_noop, on-success: j1}
        j1: {join: all, action: std.noop, on-success: j2}
        j2: {join: all, action: std.noop}
  `)
  await world.answer(id, 'a')
  assert.is((await world.task(id, 'j2')).state, 'WAITING')
  await world.answer(id, 'b')
  assert.is(await world.state(id), 'SUCCESS')
})

it('in a circle fires once a round', async ({ world }) => {
  const { id, state, output } = await world.run(`
    rounds:
      output: {n: <% $.n %>}
      tasks:
        enter: {action: std.noop, publish: {n: 0}, on-success: fork}
        fork: {action: std.noop, on-success: [left, right]}
        left: {action: std.noop, on-success: j}
        right: {action: std.noop, on-success: j}
        j:
          join: all
          action: std.echo output=<% $.n + 1 %>
          publish: {n: <% task().result %>}
          on-success: [fork: <% $.n < 5 %>]
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { n: 5 })
  assert.equal(await world.results(id, 'j'), [1, 2, 3, 4, 5])
})

it('one in a circle fires once a round', async ({ world }) => {
  const { id, state } = await world.run(`
    one_rounds:
      tasks:
        enter: {action: std.noop, publish: {n: 0}, on-success: fork}
        fork: {action: std.noop, on-success: [left, right]}
        left: {action: std.noop, on-success: j}
        right: {action: std.noop, on-success: j}
        j:
          join: one
          action: std.echo output=<% $.n + 1 %>
          publish: {n: <% task().result %>}
          on-success: [fork: <% $.n < 3 %>]
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(await world.results(id, 'j'), [1, 2, 3])
})

it('one at the head of a circle fires for the way in and for each way back', async ({ world }) => {
  const { output, id } = await world.run(`
    head:
      output: {n: <% $.n %>}
      tasks:
        in: {action: std.noop, publish: {n: 0}, on-success: head}
        head: {join: one, action: std.noop, publish: {n: <% $.n + 1 %>}, on-success: body}
        body: {action: std.noop, on-success: [{back: <% $.n < 3 %>}]}
        back: {action: std.noop, on-success: head}
  `)
  assert.equal(output, { n: 3 })
  const runs = (await world.tasks(id)).filter(({ name }: { name: string }) => name === 'head')
  assert.equal(runs.map(({ state }: { state: string }) => state), ['SUCCESS', 'SUCCESS', 'SUCCESS'])
})

it('in a circle absorbs what is left over from its earlier rounds', async ({ world }) => {
  const text = (join: string, name: string) => `
    ${name}:
      output: {n: <% $.n %>}
      tasks:
        in: {action: std.noop, publish: {n: 0}, on-success: [quick, middle, slow]}
        quick: {action: std.noop, wait-before: 1, on-success: j}
        middle: {action: std.noop, wait-before: 2, on-success: j}
        slow: {action: std.noop, wait-before: 9, on-success: j}
        j:
          join: ${join}
          action: std.noop
          publish: {n: <% $.n + 1 %>}
          on-success: [{quick: <% $.n < 4 %>}, {middle: <% $.n < 4 %>}, {slow: <% $.n < 4 %>}]
  `
  for (const [join, name] of [['one', 'first'], ['2', 'two']]) {
    const id = await world.launch(text(join!, name!))
    const { state, output } = await world.end(id, async () => {
      if (await world.state(id) === 'RUNNING') await world.restart()
    })
    assert.is(state, 'SUCCESS', join)
    assert.equal(output, { n: 4 })
    const runs = (await world.tasks(id)).filter(({ name }: { name: string }) => name === 'j')
    assert.is(runs.length, 4, join)
  }
})

it('fires for each pair of arrivals of two circles that lead to it', async ({ world }) => {
  const { state, id } = await world.run(`
    pairs:
      tasks:
        in: {action: std.noop, publish: {a: 0, b: 0}, on-success: [a, b]}
        a:
          action: std.noop
          wait-before: 1
          publish: {a: <% $.a + 1 %>}
          on-success: [j, {a: <% $.a < 3 %>}]
        b:
          action: std.noop
          wait-before: 2
          publish: {b: <% $.b + 1 %>}
          on-success: [j, {b: <% $.b < 2 %>}]
        j: {join: all, action: std.noop}
  `)
  assert.is(state, 'SUCCESS')
  const runs = (await world.tasks(id)).filter(({ name }: { name: string }) => name === 'j')
  assert.equal(runs.map(({ state }: { state: string }) => state), ['SUCCESS', 'SUCCESS'])
})

it('runs once though a task before it runs twice', async ({ world }) => {
  const { state, id } = await world.run(`
    twice:
      tasks:
        now: {action: std.noop, on-success: a}
        later: {action: std.noop, wait-before: 1, on-success: a}
        a: {action: std.noop, on-success: j}
        b: {action: std.noop, on-success: j}
        j: {join: all, action: std.noop}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal((await world.tasks(id)).map(({ name }: { name: string }) => name).sort(), [
    'a',
    'a',
    'b',
    'j',
    'later',
    'now',
  ])
})

it('waits for a branch that is being repaired', async ({ world }) => {
  const { state, output } = await world.run(`
    repaired:
      output: {j: <% $.j %>, failed: <% $.get(failed) %>}
      tasks:
        in: {action: std.noop, publish: {n: 0}, on-success: [a, b]}
        a:
          action: <% switch($.n = 0 => 'std.fail', true => 'std.noop') %>
          on-success: j
          on-error: repair
        repair: {action: std.noop, wait-before: 3, publish: {n: 1}, on-success: a}
        b: {action: std.noop, on-success: j}
        j: {join: all, action: std.noop, publish: {j: 1}, on-error: unwell}
        unwell: {action: std.noop, publish: {failed: true}}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { j: 1, failed: null })
})

it('of a number waits for a branch that is run again', async ({ world }) => {
  const id = await world.launch(three('2'))
  await world.answer(id, 'c')
  await world.answer(id, 'a', {}, 'ERROR')
  await world.rerun(id, 'a')
  await world.answer(id, 'b', {}, 'ERROR')
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  await world.answer(id, 'a')
  assert.is((await world.task(id, 'j')).state, 'SUCCESS')
})

it('fails where two wait for what only comes after the other', async ({ world }) => {
  const { state, states, output } = await world.run(`
    each_other:
      tasks:
        a: {action: std.noop, publish: {a: 1}, on-success: left}
        b: {action: std.noop, wait-before: 1, on-success: right}
        left: {join: all, action: std.noop, on-success: after_left}
        right: {join: all, action: std.noop, on-success: after_right}
        after_left: {action: std.noop, on-success: right}
        after_right: {action: std.noop, on-success: left}
  `)
  assert.is(state, 'ERROR')
  assert.equal(states, { a: 'SUCCESS', b: 'SUCCESS', left: 'ERROR', right: 'ERROR' })
  assert.is(output.a, 1)
})

it('does not wait for a task that failed the workflow', async ({ world }) => {
  const id = await world.launch(`
    wrong:
      tasks:
        a: {action: std.async_noop, on-success: j}
        b: {action: std.async_noop, on-success: [{j: <% $.nothing.at + 1 %>}]}
        j: {join: all, action: std.noop}
  `)
  await world.answer(id, 'a', {}, 'ERROR')
  await world.answer(id, 'b')
  assert.is(await world.state(id), 'ERROR')
  await world.rerun(id, 'a')
  await world.answer(id, 'a')
  assert.is((await world.task(id, 'j')).state_info, "Failed by tasks: ['b']")
  assert.is(await world.state(id), 'ERROR')
})

it('has its own policies: it waits, then runs; it is tried again', async ({ world }) => {
  const { id, state, seconds } = await world.run(`
    policies:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: std.noop, on-success: j}
        j: {join: all, wait-before: 3, action: std.fail, retry: {count: 2, delay: 5}, on-error: noop}
  `)
  assert.is(state, 'SUCCESS')
  assert.is(seconds, 13)
  assert.is((await world.actions(id, 'j')).length, 3)
})

it('over one inbound task, with items over what it published', async ({ world }) => {
  const { id } = await world.run(`
    single:
      tasks:
        a: {action: 'std.echo output=<% [1, 2, 3] %>', publish: {all: <% task().result %>}, on-success: j}
        j: {join: all, with-items: i in <% $.all %>, action: std.echo output=<% $.i * 10 %>}
  `)
  assert.equal(await world.results(id, 'j'), [[10, 20, 30]])
})

const LET_DOWN = `
  let_down:
    tasks:
      a: {action: std.noop, on-success: j}
      b: {action: std.fail, on-success: j, on-skip: j}
      j: {join: all, action: std.noop, retry: {count: 3, delay: 5}, on-success: last, on-error: noop}
      last: {action: std.noop}
`

it('that cannot start is tried again as its retry policy says, and fails in the end', async ({ world }) => {
  const id = await world.launch(LET_DOWN)
  const waiting = await world.task(id, 'j')
  assert.is(waiting.state, 'WAITING')
  assert.is(waiting.state_info, "Delayed by 'retry' policy [delay=5]")
  const { state, seconds, states } = await world.end(id, () => world.restart())
  assert.equal([state, seconds, states], ['ERROR', 15, { a: 'SUCCESS', b: 'ERROR', j: 'ERROR' }])
  const join = await world.task(id, 'j')
  assert.is(join.state_info, "Failed by tasks: ['b']")
  assert.equal(JSON.parse(join.runtime_context).retry_task_policy, { retry_no: 3 })
  assert.equal(await world.actions(id, 'j'), [])
})

it('that is to be tried again starts if what let it down is made good', async ({ world }) => {
  const id = await world.launch(LET_DOWN)
  await world.pass(6)
  await world.skip(id, 'b')
  assert.is((await world.task(id, 'j')).state, 'WAITING')
  const { state, seconds, states } = await world.end(id)
  assert.equal([state, seconds], ['SUCCESS', 5])
  assert.equal(states, { a: 'SUCCESS', b: 'SKIPPED', j: 'SUCCESS', last: 'SUCCESS' })
})

it('that is to be tried again waits on where its way is open once more', async ({ world }) => {
  const id = await world.launch(`
    open_again:
      tasks:
        a: {action: std.async_noop, on-success: b}
        b: {action: std.noop, on-success: j}
        j: {join: all, action: std.noop, retry: {count: 1, delay: 5}}
        c: {action: std.noop, on-success: j}
  `)
  await world.answer(id, 'a', {}, 'ERROR')
  await world.rerun(id, 'a')
  await world.pass(60)
  assert.is((await world.task(id, 'j')).state_info, 'Task is waiting.')
  await world.answer(id, 'a')
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('of joins that wait for each other is tried again, and fails', async ({ world }) => {
  const { state, seconds, states } = await world.run(`
    each_other:
      tasks:
        a: {action: std.noop, on-success: [j, k]}
        j: {join: all, action: std.noop, retry: {count: 2, delay: 5}, on-success: k}
        k: {join: all, action: std.noop, on-success: j}
  `)
  assert.equal([state, seconds], ['ERROR', 10])
  assert.equal(states, { a: 'SUCCESS', j: 'ERROR', k: 'ERROR' })
})

it.run()
