/**
 * What rests although nothing will move it is set going again and told of as the fault it is. Faults are
 * made by writing into the store what no turn writes, while nobody owns its shards.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { actionText, parseAction, parseTask, taskText } from '../../actors/rows.ts'
import { defineAction } from '../../actors/action/action.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import type { Commit } from '../../runtime/store/store.ts'
import { OwnClock } from '../actors/execution/world.ts'
import { startService } from '../in-process.ts'
import type { Json, Service } from '../in-process.ts'
import { faultsIn } from '../integrity.ts'
import { commitOf, until } from './store/rows.ts'

const WORKFLOWS = `
version: '2.0'
delayed:
  tasks: {t: {action: std.noop, wait-before: 3600}}
acting:
  tasks: {t: {action: std.async_noop}}
joining:
  tasks:
    a: {action: std.async_noop, on-success: j}
    b: {action: std.noop, on-success: j}
    j: {join: all, action: std.noop}
items:
  tasks:
    t: {with-items: i in <% range(2) %>, action: std.async_noop}
never:
  tasks: {t: {action: test.never}}
in_time:
  tasks: {t: {action: test.never, timeout: 600}}
held:
  tasks: {t: {action: std.noop, pause-before: true}}
`

const never = defineAction({
  name: 'test.never',
  description: 'Never ends',
  parameters: [],
  run: () => new Promise<never>(() => {}),
})

interface Context {
  clock: OwnClock
  store: MemoryStore
  service: Service
  told: Json[]
}

const it = suite<Context>('the integrity check')

it.before.each(async (context) => {
  context.clock = new OwnClock()
  context.store = new MemoryStore({ shards: 1, now: () => context.clock.now() })
  context.told = []
  await serve(context)
  const { status } = await context.service.call('POST', '/v2/workflows', WORKFLOWS)
  assert.is(status, 201)
})

it.after.each(async ({ service, store }) => {
  await service.close().catch(() => {})
  await store.close()
})

async function serve(context: Context): Promise<void> {
  const { store, clock, told } = context
  context.service = await startService({
    store,
    clock,
    integrity: { delayMs: 20_000, everyMs: 120_000 },
    actions: [never],
    onError: (facts) => void told.push(facts),
  })
}

async function start({ service }: Context, workflow_name: string): Promise<string> {
  const { status, body } = await service.call('POST', '/v2/executions', { workflow_name })
  assert.is(status, 201, JSON.stringify(body))
  return body.id
}

async function taskOf({ service }: Context, id: string, name = 't'): Promise<Json> {
  const { body } = await service.call('GET', `/v2/executions/${id}/tasks`)
  return body.tasks.find((task: Json) => task.name === name)
}

/** Writes what no turn would, while nobody owns the shard. */
async function tamper(context: Context, parts: Partial<Commit>): Promise<void> {
  const { store } = context
  await context.service.close()
  const lease = await store.acquire(0, 'test', 1000)
  await store.commit(commitOf(lease!, 1, parts))
  assert.ok((await faultsIn(store)).length > 0, 'nothing is wrong')
  await serve(context)
}

/** Passes time until the check has looked at everything. */
async function look({ clock, told, store }: Context): Promise<void> {
  clock.pass(21_000)
  await until(() => told.length > 0)
  await until(async () => (await faultsIn(store)).length === 0)
}

async function row({ store }: Context, table: 'task' | 'action', id: string): Promise<string> {
  const [body] = await store.read(0, [{ table, id }])
  return body!
}

async function actionOf({ service }: Context, taskId: string): Promise<Json> {
  const { body } = await service.call('GET', `/v2/tasks/${taskId}/action_executions`)
  return body.action_executions[0]
}

it('sets a timer again that was lost', async (context) => {
  const id = await start(context, 'delayed')
  const task = await taskOf(context, id)
  const key = `${id}/${task.id}/xstate.after.delay.task.DELAYED.waitBefore`
  await tamper(context, { cleared: [key] })
  await look(context)
  assert.is(context.told[0].faults[0].fault, 'its delay has no timer')
  assert.is((await context.service.ended(id, ['RUNNING'])).state, 'RUNNING')
  context.clock.pass(3_600_000)
  assert.is((await context.service.ended(id)).state, 'SUCCESS')
})

it('completes a task whose action has ended', async (context) => {
  const id = await start(context, 'acting')
  const task = await taskOf(context, id)
  const action = parseAction(await row(context, 'action', (await actionOf(context, task.id)).id))
  await tamper(context, {
    puts: [
      {
        table: 'action',
        id: action.id,
        body: actionText({ ...action, state: 'SUCCESS', accepted: true }),
      },
      { table: 'payload', id: `${action.id}:output`, body: '{"result": 7}' },
    ],
  })
  await look(context)
  assert.is((await context.service.ended(id)).state, 'SUCCESS')
  const { body } = await context.service.call('GET', `/v2/tasks/${task.id}`)
  assert.is(body.result, '7')
  assert.is(context.told.length, 1)
})

it('runs a task again of which nothing runs', async (context) => {
  const id = await start(context, 'acting')
  const task = await taskOf(context, id)
  const action = await actionOf(context, task.id)
  await tamper(context, {
    deletes: [{ table: 'action', id: action.id }],
    leave: [
      { index: 'actions', owner: '', id: action.id },
      { index: 'actions.task', owner: task.id, id: action.id },
    ],
  })
  await look(context)
  const again = await until(() => actionOf(context, task.id))
  await context.service.call('PUT', `/v2/action_executions/${again.id}`, { state: 'SUCCESS' })
  assert.is((await context.service.ended(id)).state, 'SUCCESS')
})

it('counts items anew', async (context) => {
  const id = await start(context, 'items')
  const task = await taskOf(context, id)
  const stored = parseTask(await row(context, 'task', task.id))
  const items = { ...stored.context.items!, running: 5 }
  await tamper(context, {
    puts: [{
      table: 'task',
      id: task.id,
      body: taskText({ ...stored, context: { ...stored.context, items } }),
    }],
  })
  await look(context)
  const { body } = await context.service.call('GET', `/v2/tasks/${task.id}/action_executions`)
  for (const { id: action } of body.action_executions) {
    await context.service.call('PUT', `/v2/action_executions/${action}`, { state: 'SUCCESS' })
  }
  assert.is((await context.service.ended(id)).state, 'SUCCESS')
})

it('starts a join that everybody has arrived at', async (context) => {
  const id = await start(context, 'joining')
  const task = await taskOf(context, id, 'a')
  const action = parseAction(await row(context, 'action', (await actionOf(context, task.id)).id))
  const stored = parseTask(await row(context, 'task', task.id))
  await tamper(context, {
    puts: [
      { table: 'action', id: action.id, body: actionText({ ...action, state: 'SUCCESS' }) },
      {
        table: 'task',
        id: task.id,
        body: taskText({
          value: 'SUCCESS',
          context: { ...stored.context, processed: true, nextTasks: [['j', 'on-success']] },
        }),
      },
    ],
  })
  await look(context)
  assert.is(context.told[0].faults[0].fault, 'it can start and does not')
  assert.is((await context.service.ended(id)).state, 'SUCCESS')
})

it('goes on with what is held in an execution that runs', async (context) => {
  const id = await start(context, 'held')
  await context.service.ended(id, ['PAUSED'])
  const [body] = await context.store.read(0, [{ table: 'execution', id }])
  await tamper(context, {
    puts: [{
      table: 'execution',
      id,
      body: JSON.stringify({ ...JSON.parse(body!), value: 'RUNNING' }),
    }],
  })
  await look(context)
  assert.is((await context.service.ended(id)).state, 'SUCCESS')
})

it('leaves an action alone that never ends: only the timeout of its task ends it', async (context) => {
  const { clock, service, told } = context
  const [endless, timed] = [await start(context, 'never'), await start(context, 'in_time')]
  for (let i = 0; i < 4; i++) {
    clock.pass(120_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (const id of [endless, timed]) {
    assert.is((await service.ended(id, ['RUNNING', 'ERROR'])).state, 'RUNNING')
  }
  clock.pass(120_000)
  const { state, state_info: info } = await service.ended(timed)
  assert.is(state, 'ERROR')
  assert.match(info, /Task timed out|Timeout after/)
  assert.is((await service.ended(endless, ['RUNNING', 'ERROR'])).state, 'RUNNING')
  assert.equal(told, [])
  await service.close()
})

it('leaves alone what others will move, and looks no more at what it has seen', async (context) => {
  const { service, store, clock, told } = context
  for (const name of ['delayed', 'acting', 'joining', 'items', 'held']) await start(context, name)
  const rest = async () => {
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  clock.pass(11_000)
  await rest()
  clock.pass(120_000)
  await rest()
  let reads = 0
  const read = store.read.bind(store)
  store.read = (...args) => {
    reads++
    return read(...args)
  }
  for (let i = 0; i < 5; i++) {
    clock.pass(120_000)
    await rest()
  }
  assert.is(reads, 0)
  assert.equal(told, [])
  await service.close()
})

it.run()
