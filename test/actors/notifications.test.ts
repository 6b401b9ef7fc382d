import * as assert from 'uvu/assert'
import type { Notice } from '../../actors/notifications.ts'
import { worldSuite } from './execution/world.ts'
import type { World } from './execution/world.ts'

const told: Notice[] = []
const it = worldSuite('whoever listens to an execution', undefined, {
  post: (notice) => {
    told.push(notice)
    return Promise.resolve(null)
  },
})
it.before.each(() => void told.splice(0))

const params = { notify: [{ type: 'webhook', url: 'http://listener' }] }

/** The events of a task, in order, without their prefix. */
function eventsOf(name: string): string[] {
  return told
    .filter(({ body, event }) => body['name'] === name && event.startsWith('TASK_'))
    .map(({ event }) => event.slice('TASK_'.length))
}

async function run(world: World, tasks: string): Promise<void> {
  await world.run(`\nw:\n  tasks: ${tasks}\n`, {}, params)
  await world.quiet()
}

it('hears of every try', async ({ world }) => {
  await run(world, '{t: {action: std.fail, retry: {count: 2, delay: 3}}}')
  assert.equal(eventsOf('t'), ['LAUNCHED', 'FAILED', 'LAUNCHED', 'FAILED', 'LAUNCHED', 'FAILED'])
  const failures = told.filter(({ event }) => event === 'TASK_FAILED')
  for (const { body } of failures) {
    assert.is(body['state'], 'ERROR')
    assert.match(String(body['state_info']), 'Fail action expected exception')
    assert.ok(body['finished_at'])
  }
})

it('hears of tries that succeed and are repeated', async ({ world }) => {
  await run(world, '{t: {action: std.noop, retry: {count: 1, delay: 0, continue-on: <% true %>}}}')
  assert.equal(eventsOf('t'), ['LAUNCHED', 'SUCCEEDED', 'LAUNCHED', 'SUCCEEDED'])
})

it('hears of the start before a delay, and after it', async ({ world }) => {
  await run(world, '{t: {action: std.noop, wait-before: 2}}')
  assert.equal(eventsOf('t'), ['LAUNCHED', 'LAUNCHED', 'SUCCEEDED'])
  assert.equal(told.map(({ body }) => [body['state'], body['state_info']]), [
    ['RUNNING', null],
    ['RUNNING', null],
    ['RUNNING', null],
    ['SUCCESS', null],
    ['SUCCESS', null],
  ])
})

it('hears of the end before wait-after, and after it', async ({ world }) => {
  await run(world, '{t: {action: std.noop, wait-after: 2}}')
  assert.equal(eventsOf('t'), ['LAUNCHED', 'SUCCEEDED', 'SUCCEEDED'])
})

it('hears of a success that fail-on turns into a failure', async ({ world }) => {
  await run(world, '{t: {action: std.noop, fail-on: true, on-error: noop}}')
  assert.equal(eventsOf('t'), ['LAUNCHED', 'SUCCEEDED', 'FAILED'])
})

it('hears of a join that goes on, and of a task that was held', async ({ world }) => {
  await run(world, '{a: {on-success: j}, b: {on-success: j}, j: {join: all}}')
  assert.equal(eventsOf('j'), ['RESUMED', 'SUCCEEDED'])

  const id = await world.launch('held: {tasks: {h: {pause-before: true}}}', {}, params)
  await world.update(id, { state: 'RUNNING' })
  assert.equal(eventsOf('h'), ['LAUNCHED', 'RESUMED', 'SUCCEEDED'])
})

it('hears of a task that is run again', async ({ world }) => {
  const id = await world.launch('again: {tasks: {t: {action: std.async_noop}}}', {}, params)
  await world.answer(id, 't', {}, 'ERROR')
  await world.rerun(id, 't')
  await world.answer(id, 't')
  await world.quiet()
  assert.equal(eventsOf('t'), ['LAUNCHED', 'FAILED', 'RERUN', 'SUCCEEDED'])
})

it.run()
