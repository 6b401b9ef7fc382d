import * as assert from 'uvu/assert'
import { worldSuite } from '../actors/execution/world.ts'
import type { Json } from '../actors/execution/world.ts'

const it = worldSuite('errors and statistics of an execution')

const nested = `
  above:
    tasks:
      fine: {action: std.noop, on-success: sub}
      sub: {workflow: below}
  below:
    tasks:
      good: {action: std.noop, on-success: bad}
      bad: {action: std.fail}
`

it('errors go from the whole to its parts', async ({ world }) => {
  const id = await world.launch(nested)
  const { errors } = await world.call('GET', `/executions/${id}/errors_report`)
  const [child] = await world.children(id, 'sub')
  const [sub, bad] = [await world.task(id, 'sub'), await world.task(child.id, 'bad')]
  const [action] = await world.actions(child.id, 'bad')
  const caused = (name: string) => `Failure caused by error in tasks: ${name}`
  assert.equal(errors, [
    { id, name: 'above', type: 'WORKFLOW', parent_id: null, error: caused('sub'), idx: null },
    { id: sub.id, name: 'sub', type: 'TASK', parent_id: id, error: caused('bad'), idx: null },
    {
      id: child.id,
      name: 'below',
      type: 'WORKFLOW',
      parent_id: sub.id,
      error: caused('bad'),
      idx: 0,
    },
    {
      id: bad.id,
      name: 'bad',
      type: 'TASK',
      parent_id: child.id,
      error: 'The action raised an exception',
      idx: null,
    },
    {
      id: action.id,
      name: 'std.fail',
      type: 'ACTION',
      parent_id: bad.id,
      error: 'Fail action expected exception.',
      idx: 0,
    },
  ])
})

it('errors that were taken are not told, nor any of a success', async ({ world }) => {
  const id = await world.launch(`
    mixed:
      tasks:
        taken: {action: std.fail, on-error: noop}
        last: {action: std.noop, fail-on: <% true %>}
  `)
  const { errors } = await world.call('GET', `/executions/${id}/errors_report`)
  assert.equal(
    errors.map(({ name, error }: Json) => [name, error]),
    [['mixed', 'Failure caused by error in tasks: last'], ['last', "Failed by 'fail-on' policy"]],
  )
  await world.define('calm: {tasks: {t: {action: std.fail, on-error: noop}}}')
  const calm = await world.start('calm')
  await world.end(calm)
  assert.equal(await world.call('GET', `/executions/${calm}/errors_report`), { errors: [] })
})

it('errors of items and of tries are numbered', async ({ world }) => {
  const id = await world.launch(`
    numbered:
      tasks:
        items: {with-items: 'n in [1, 2]', action: std.fail}
        tries: {action: std.fail, retry: {count: 2, delay: 0}}
  `)
  await world.end(id)
  const { errors } = await world.call('GET', `/executions/${id}/errors_report`)
  const numbers = (task: Json) =>
    errors.filter(({ parent_id: parent }: Json) => parent === task.id).map(({ idx }: Json) => idx)
  assert.equal(numbers(await world.task(id, 'items')), [0, 1])
  assert.equal(numbers(await world.task(id, 'tries')), [0, 1, 2])
})

it('tasks are counted by state, of the tree or of one execution', async ({ world }) => {
  const id = await world.launch(nested)
  const counts = async (path: string) => {
    const { SUCCESS, ERROR, RUNNING, TOTAL } = await world.call('GET', `/executions/${path}`)
    return { SUCCESS, ERROR, RUNNING, TOTAL }
  }
  const one = { SUCCESS: 1, ERROR: 1, RUNNING: 0, TOTAL: 2 }
  assert.equal(await counts(`${id}/tasks_statistics`), {
    SUCCESS: 2,
    ERROR: 2,
    RUNNING: 0,
    TOTAL: 4,
  })
  assert.equal(await counts(`${id}/tasks_statistics?current_only=true`), one)
  const [child] = await world.children(id, 'sub')
  assert.equal(await counts(`${child.id}/tasks_statistics?current_only=true`), one)
  const text = await world.refused('GET', `/executions/${child.id}/tasks_statistics`)
  assert.match(text, /^400 .*current_only=true/)
})

it('items are counted by the state of their last run', async ({ world }) => {
  const id = await world.launch(`
    items:
      tasks:
        each: {with-items: 'n in [1, 2, 3]', concurrency: 2, action: std.async_noop}
        one: {action: std.noop}
  `)
  await world.answer(id, 'each', {}, 'ERROR')
  const each = await world.task(id, 'each')
  const { ERROR, RUNNING, IDLE, TOTAL } = await world.call(
    'GET',
    `/tasks/${each.id}/with_items_statistics`,
  )
  assert.equal({ ERROR, RUNNING, IDLE, TOTAL }, { ERROR: 1, RUNNING: 2, IDLE: 0, TOTAL: 3 })
  const one = await world.task(id, 'one')
  assert.match(await world.refused('GET', `/tasks/${one.id}/with_items_statistics`), /^400 /)
})

it.run()
