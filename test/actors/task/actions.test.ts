import * as assert from 'uvu/assert'
import { defineAction } from '../../../actors/action/action.ts'
import { worldSuite } from '../execution/world.ts'

const thrower = defineAction({
  name: 'test.thrower',
  description: 'Throws',
  parameters: [],
  run: () => Promise.reject(new Error('out of paper')),
})

const it = worldSuite('actions of a task', () => [thrower])

it('that are asynchronous wait for their result', async ({ world }) => {
  const id = await world.launch(`
    w:
      output: {r: <% $.r %>}
      tasks: {t: {action: std.async_noop, publish: {r: <% task().result %>}}}
  `)
  const [action] = await world.actions(id, 't')
  assert.equal([action.state, action.accepted], ['RUNNING', false])
  await world.answer(id, 't', { any: ['thing'] })
  assert.equal((await world.end(id)).output, { r: { any: ['thing'] } })
  const [after] = await world.actions(id, 't')
  assert.equal([after.state, after.accepted], ['SUCCESS', true])
})

it('take a result once', async ({ world }) => {
  const id = await world.launch(
    'w:\n  tasks: {t: {action: std.async_noop}, u: {action: std.async_noop}}',
  )
  const [action] = await world.actions(id, 't')
  const change = { state: 'SUCCESS', output: '{"n": 1}' }
  await world.call('PUT', `/action_executions/${action.id}`, change)
  assert.match(
    await world.refused('PUT', `/action_executions/${action.id}`, { state: 'ERROR', output: '{}' }),
    /^400 .*already completed/,
  )
  assert.equal(await world.results(id, 't'), [{ n: 1 }])
})

it('of several items are resumed one by one: the task waits for the last', async ({ world }) => {
  const id = await world.launch(`
    several: {tasks: {each: {with-items: 'n in [1, 2, 3]', action: std.async_noop}}}
  `)
  const actions = await world.actions(id, 'each')
  const put = async (at: number, state: string) => {
    await world.call('PUT', `/action_executions/${actions[at].id}`, { state })
    await world.quiet()
  }
  await put(0, 'PAUSED')
  await put(1, 'PAUSED')
  await put(0, 'RUNNING')
  assert.is((await world.task(id, 'each')).state, 'PAUSED')
  assert.is(await world.state(id), 'PAUSED')
  await put(1, 'RUNNING')
  assert.is((await world.task(id, 'each')).state, 'RUNNING')
  assert.is(await world.state(id), 'RUNNING')
})

it('that are paused pause task and execution, and resume them', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {action: std.async_noop, on-success: u}, u: {action: std.noop}}
  `)
  const [action] = await world.actions(id, 't')
  await world.call('PUT', `/action_executions/${action.id}`, { state: 'PAUSED' })
  await world.quiet()
  assert.equal([await world.state(id), (await world.task(id, 't')).state], ['PAUSED', 'PAUSED'])
  await world.call('PUT', `/action_executions/${action.id}`, { state: 'RUNNING' })
  await world.quiet()
  assert.equal([await world.state(id), (await world.task(id, 't')).state], ['RUNNING', 'RUNNING'])
  await world.answer(id, 't')
  assert.is(await world.state(id), 'SUCCESS')
})

it('that are cancelled cancel task and workflow', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {action: std.async_noop, retry: {count: 3, delay: 1}, on-complete: never}, never: {action: std.noop}}
  `)
  await world.answer(id, 't', {}, 'CANCELLED')
  const { state, info, states } = await world.end(id)
  assert.is(state, 'CANCELLED')
  assert.is(info, 'Cancelled tasks: t')
  assert.equal(states, { t: 'CANCELLED' })
})

it('that throw fail, with what they said', async ({ world }) => {
  const { id, state } = await world.run('w:\n  tasks: {t: {action: test.thrower, on-error: noop}}')
  assert.is(state, 'SUCCESS')
  const { state_info: info } = await world.task(id, 't')
  assert.match(info, /The action raised an exception \[.*msg='out of paper'\]/)
})

it('that do not exist fail the workflow', async ({ world }) => {
  const { state, info } = await world.run('w:\n  tasks: {t: {action: no.such, on-error: noop}}')
  assert.is(state, 'ERROR')
  assert.match(info!, /no\.such/)
})

it('that get the wrong input fail the workflow', async ({ world }) => {
  const { state, info } = await world.run(
    'w:\n  tasks: {t: {action: std.echo other=1, on-error: noop}}',
  )
  assert.is(state, 'ERROR')
  assert.match(info!, /std\.echo/)
})

it('have names that may be expressions', async ({ world }) => {
  const { id } = await world.run(
    `
    w:
      input: [which]
      tasks: {t: {action: <% $.which %>, input: {output: named}}}
  `,
    { which: 'std.echo' },
  )
  assert.equal(await world.results(id, 't'), ['named'])
})

it('take defaults from the environment', async ({ world }) => {
  const { id } = await world.run(
    `
    w:
      tasks: {t: {action: std.echo, on-error: noop}, own: {action: std.echo output="own"}}
  `,
    {},
    { env: { __actions: { 'std.echo': { output: 'default' } } } },
  )
  assert.equal(await world.results(id, 't'), ['default'])
  assert.equal(await world.results(id, 'own'), ['own'])
})

it('that are ad-hoc wrap others, input and output', async ({ world }) => {
  await world.call(
    'POST',
    '/actions',
    `
version: '2.0'
shout:
  input: [word, {times: 2}]
  base: std.echo
  base-input: {output: '<% $.word * $.times %>'}
  output: {said: <% $ %>}
whisper:
  input: [word]
  base: shout
  base-input: {word: <% $.word %>, times: 1}
`,
  )
  const { id } = await world.run(`
    w:
      tasks:
        a: {action: shout word="ho"}
        b: {action: whisper word="psst"}
  `)
  assert.equal(await world.results(id, 'a'), [{ said: 'hoho' }])
  assert.equal(await world.results(id, 'b'), [{ said: 'psst' }])
})

it('that are ad-hoc come to empty data where their output cannot be found in it', async ({ world }) => {
  await world.call(
    'POST',
    '/actions',
    `
version: '2.0'
fetch:
  input: [of]
  base: std.echo
  base-input: {output: <% $.of %>}
  output: {page: <% $.content %>}
`,
  )
  const { id, states, info } = await world.run(`
    w:
      tasks:
        found: {action: fetch, input: {of: {content: all}}, on-success: nothing}
        nothing: {action: fetch, input: {of: ''}, on-success: none}
        none: {action: fetch, input: {of: []}, on-success: wrong}
        wrong: {action: fetch, input: {of: 7}}
  `)
  assert.equal(await world.results(id, 'found'), [{ page: 'all' }])
  assert.equal(await world.results(id, 'nothing'), [''])
  assert.equal(await world.results(id, 'none'), [{ page: [] }])
  assert.is(states.wrong, 'ERROR')
  assert.match(info!, 'output of action fetch')
})

it.run()
