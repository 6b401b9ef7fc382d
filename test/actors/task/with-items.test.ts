import * as assert from 'uvu/assert'
import { defineAction } from '../../../actors/action/action.ts'
import { worldSuite } from '../execution/world.ts'

let running = 0
let most = 0
const busy = defineAction({
  name: 'test.busy',
  description: 'Counts how many of it run at once',
  parameters: [{ name: 'n' }],
  async run({ n }) {
    most = Math.max(most, ++running)
    for (let i = 0; i < 2 + Number(n) % 3; i++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    running--
    return { data: n! }
  },
})

let round = 0
/** In its first round, items that are odd fail. */
const oddFails = defineAction({
  name: 'test.odd_fails',
  description: 'Odd items fail at first',
  parameters: [{ name: 'n' }, { name: 'of' }],
  run({ n, of }) {
    const fails = round++ < Number(of) && Number(n) % 2 === 1
    return Promise.resolve(fails ? { error: 'odd' } : { data: Number(n) * 10 })
  },
})

const it = worldSuite('a task with items', () => [busy, oddFails])
it.before.each(() => void (running = most = round = 0))

it('gives the results in the order of the items, whichever ends first', async ({ world }) => {
  const id = await world.launch(`
    w:
      output: {r: <% $.r.select($.v) %>}
      tasks: {t: {with-items: 'i in [1, 2, 3]', action: std.async_noop, publish: {r: <% task().result %>}}}
  `)
  await world.answer(id, 't', { v: 'c' }, 'SUCCESS', 2)
  await world.answer(id, 't', { v: 'a' }, 'SUCCESS', 0)
  assert.is((await world.task(id, 't')).state, 'RUNNING')
  await world.answer(id, 't', { v: 'b' })
  assert.equal((await world.end(id)).output, { r: ['a', 'b', 'c'] })
})

it('goes through several lists side by side', async ({ world }) => {
  const { id } = await world.run(`
    w:
      tasks:
        t: {with-items: ['i in [1, 2]', 'j in [10, 20]'], action: 'std.echo output=<% $.i + $.j %>'}
  `)
  assert.equal(await world.results(id, 't'), [[11, 22]])
})

it('refuses lists of different lengths', async ({ world }) => {
  const { state, info } = await world.run(`
    w:
      tasks: {t: {with-items: ['i in [1, 2]', 'j in [1]'], action: std.noop}}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /same length/)
})

it('with no items succeeds with an empty list', async ({ world }) => {
  const { output } = await world.run(`
    w:
      output: {r: <% $.r %>}
      tasks: {t: {with-items: 'i in <% [] %>', action: std.noop, publish: {r: <% task().result %>}}}
  `)
  assert.equal(output, { r: [] })
})

it('runs all items even if some fail, and then fails', async ({ world }) => {
  const { id, state } = await world.run(`
    w:
      tasks: {t: {with-items: 'i in [0, 1, 2, 3]', action: test.odd_fails n=<% $.i %> of=99}}
  `)
  assert.is(state, 'ERROR')
  assert.equal(await world.results(id, 't'), [[0, 'odd', 20, 'odd']])
  assert.is((await world.task(id, 't')).state_info, 'One or more actions had failed.')
})

it('with concurrency runs no more than that at once, and every item once', async ({ world }) => {
  const { id, state } = await world.run(`
    w:
      tasks: {t: {with-items: i in <% range(20) %>, concurrency: 3, action: test.busy n=<% $.i %>}}
  `)
  assert.is(state, 'SUCCESS')
  assert.is(most, 3)
  assert.equal(await world.results(id, 't'), [Array.from({ length: 20 }, (_, i) => i)])
})

it('with concurrency and retry runs every item once a try', async ({ world }) => {
  const { id, state } = await world.run(`
    w:
      tasks:
        t:
          with-items: 'i in [0, 1, 2, 3]'
          concurrency: 2
          action: test.odd_fails n=<% $.i %> of=4
          retry: {count: 1, delay: 1}
  `)
  assert.is(state, 'SUCCESS')
  assert.is(round, 8)
  assert.equal(await world.results(id, 't'), [[0, 10, 20, 30]])
})

it('is cancelled by one cancelled item', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {with-items: 'i in [0, 1]', action: std.async_noop, on-error: never}, never: {action: std.noop}}
  `)
  await world.answer(id, 't', {}, 'CANCELLED')
  const { state, states } = await world.end(id)
  assert.is(state, 'CANCELLED')
  assert.equal(states, { t: 'CANCELLED' })
})

it('lets item variables win over variables of the same name', async ({ world }) => {
  const { id } = await world.run(
    `
    w:
      input: [i]
      tasks:
        a: {action: std.noop, publish: {i: published}, on-success: t}
        t: {with-items: 'i in [1, 2]', action: std.echo output=<% $.i %>}
  `,
    { i: 'input' },
  )
  assert.equal(await world.results(id, 't'), [[1, 2]])
})

it('of 1,500 items gives 1,500 results', async ({ world }) => {
  const { output } = await world.run(`
    w:
      output: {n: <% $.r.len() %>, last: <% $.r.last() %>}
      tasks: {t: {with-items: i in <% range(1500) %>, action: std.echo output=<% $.i %>, publish: {r: <% task().result %>}}}
  `)
  assert.equal(output, { n: 1500, last: 1499 })
})

it('works its items out once, however few run at once', async ({ world }) => {
  const { output } = await world.run(`
    w:
      output: {ids: <% $.r.len() %>, of: <% $.r.select($.list).distinct().len() %>}
      tasks:
        t:
          with-items: i in <% let(u => uuid()) -> [0, 1, 2].select({n => $, list => $u}) %>
          concurrency: 1
          action: std.echo output=<% $.i %>
          publish: {r: <% task().result %>}
  `)
  assert.equal(output, { ids: 3, of: 1 })
})

it('goes on when the execution was paused in between', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {with-items: 'i in [0, 1, 2]', concurrency: 1, action: std.async_noop}}
  `)
  await world.answer(id, 't', { n: 0 })
  await world.update(id, { state: 'PAUSED' })
  await world.update(id, { state: 'RUNNING' })
  await world.answer(id, 't', { n: 1 })
  await world.answer(id, 't', { n: 2 })
  assert.is(await world.state(id), 'SUCCESS')
  assert.equal(await world.results(id, 't'), [[{ n: 0 }, { n: 1 }, { n: 2 }]])
})

it('times out as a whole', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {with-items: 'i in [0, 1]', timeout: 6, action: std.async_noop, on-error: noop}}
  `)
  await world.answer(id, 't')
  const { state, seconds, states } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.is(seconds, 6)
  assert.equal(states, { t: 'ERROR' })
})

it.run()
