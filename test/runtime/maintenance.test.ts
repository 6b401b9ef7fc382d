import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { maintenanceStep } from '../../runtime/maintenance-keeper.ts'
import { requestMaintenance } from '../../runtime/maintenance.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { startService } from '../in-process.ts'
import type { Json, Service } from '../in-process.ts'
import { startOf } from './start-command.ts'

const it = suite<{ store: MemoryStore; service: Service }>('maintenance')

const WORKFLOWS = `
version: '2.0'
tree:
  tasks:
    sub: {workflow: waits}
    beside: {action: std.async_noop}
waits: {tasks: {wait: {action: std.async_noop, on-success: next}, next: {action: std.noop}}}
`

it.before.each(async (context) => {
  context.store = new MemoryStore({ shards: 2 })
  context.service = await startService({ store: context.store })
  await context.service.call('POST', '/v2/workflows', WORKFLOWS)
})

it.after.each(async ({ store, service }) => {
  await service.close()
  await store.close()
})

async function start(service: Service, workflow: string): Promise<string> {
  return (await service.call('POST', '/v2/executions', { workflow_name: workflow })).body.id
}

async function list(service: Service, kind: string): Promise<Json[]> {
  return (await service.call('GET', `/v2/${kind}`)).body[kind]
}

async function states(service: Service): Promise<string[]> {
  return (await list(service, 'executions')).map(({ state }) => state).sort()
}

async function status(service: Service): Promise<string> {
  return (await service.call('GET', '/maintenance')).body.status
}

/** A step that does not wait for other processes to know: there are none. */
async function step({ store, engine }: Service): Promise<void> {
  await maintenanceStep({ store, engine, unknownMs: 0 }, 0)
}

/** Lets actions that run by themselves end, one after the other as they come. */
async function answerAll(service: Service): Promise<void> {
  for (;;) {
    const running = (await list(service, 'action_executions'))
      .find(({ state }) => state === 'RUNNING')
    if (!running) return
    await service.call('PUT', `/v2/action_executions/${running.id}`, { state: 'SUCCESS' })
  }
}

it('pauses whole trees, and is PAUSED when no task is at work', async ({ service }) => {
  await start(service, 'tree')
  await requestMaintenance(service.store, 'PAUSED')
  await step(service)
  assert.equal(await states(service), ['PAUSED', 'PAUSED'])
  await step(service)
  assert.is(await status(service), 'PAUSING', 'actions are still at work')
  await answerAll(service)
  await step(service)
  assert.is(await status(service), 'PAUSED')
  assert.equal(await states(service), ['PAUSED', 'PAUSED'])
})

it('resumes what it paused, and leaves to people what they paused', async ({ service }) => {
  const theirs = await start(service, 'waits')
  await service.call('PUT', `/v2/executions/${theirs}`, { state: 'PAUSED' })
  const tree = await start(service, 'tree')
  await requestMaintenance(service.store, 'PAUSED')
  await step(service)
  await answerAll(service)
  await step(service)
  await requestMaintenance(service.store, 'RUNNING')
  await step(service)
  assert.is((await service.ended(tree)).state, 'SUCCESS')
  assert.equal(await states(service), ['PAUSED', 'SUCCESS', 'SUCCESS'])
  assert.is((await service.call('GET', `/v2/executions/${theirs}`)).body.state, 'PAUSED')
})

it('goes on where it was after a restart, also in the middle of resuming', async (context) => {
  const tree = await start(context.service, 'tree')
  await requestMaintenance(context.store, 'PAUSED')
  await step(context.service)
  const restart = async () => {
    await context.service.close()
    context.service = await startService({ store: context.store })
  }
  await restart()
  assert.is(await status(context.service), 'PAUSING')
  await answerAll(context.service)
  await step(context.service)
  await restart()
  assert.is(await status(context.service), 'PAUSED')
  await requestMaintenance(context.store, 'RUNNING')
  await restart()
  await step(context.service)
  assert.is((await context.service.ended(tree)).state, 'SUCCESS')
})

it('may be carried out by several processes at once', async ({ service }) => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => start(service, 'waits')))
  const both = () => Promise.all([step(service), step(service)])
  await requestMaintenance(service.store, 'PAUSED')
  await both()
  assert.equal(new Set(await states(service)), new Set(['PAUSED']))
  await answerAll(service)
  await both()
  assert.is(await status(service), 'PAUSED')
  await requestMaintenance(service.store, 'RUNNING')
  await both()
  for (const id of ids) assert.is((await service.ended(id)).state, 'SUCCESS')
})

it('may end before all is paused', async ({ service }) => {
  const tree = await start(service, 'tree')
  await requestMaintenance(service.store, 'PAUSED')
  await step(service)
  await requestMaintenance(service.store, 'RUNNING')
  await step(service)
  assert.equal(await states(service), ['RUNNING', 'RUNNING'])
  await answerAll(service)
  assert.is((await service.ended(tree)).state, 'SUCCESS')
})

it('leaves what was cancelled meanwhile as it is', async ({ service }) => {
  const id = await start(service, 'tree')
  await requestMaintenance(service.store, 'PAUSED')
  await step(service)
  await service.call('PUT', `/v2/executions/${id}`, { state: 'CANCELLED' })
  await requestMaintenance(service.store, 'RUNNING')
  await step(service)
  assert.equal(await states(service), ['CANCELLED', 'CANCELLED'])
})

it('is not PAUSED while a start that was accepted waits for an owner', async (context) => {
  const { store } = context
  await context.service.close()
  const edge = await startService({ store, owns: [] })
  const started = start(edge, 'waits')
  const isPosted = async () =>
    (await Promise.all([0, 1].map((shard) => store.letters(shard, null, 1)))).flat().length > 0
  while (!await isPosted()) await new Promise((resolve) => setImmediate(resolve))
  await requestMaintenance(store, 'PAUSED')
  await step(edge)
  assert.is(await status(edge), 'PAUSING')
  context.service = await startService({ store })
  await started
  await step(context.service)
  assert.equal(await states(context.service), ['PAUSED'])
  await answerAll(context.service)
  await step(context.service)
  assert.is(await status(context.service), 'PAUSED')
  await edge.close()
})

it('pauses what a request that was let in before begins when it is PAUSED already', async (context) => {
  const { store, service } = context
  await requestMaintenance(store, 'PAUSED')
  await step(service)
  assert.is(await status(service), 'PAUSED')
  const id = crypto.randomUUID()
  await service.engine.ask(await startOf(store, 'waits', id))
  assert.equal(await states(service), ['RUNNING'])
  await step(service)
  assert.equal(await states(service), ['PAUSED'])
  await requestMaintenance(store, 'RUNNING')
  await step(service)
  await answerAll(service)
  assert.is((await service.ended(id)).state, 'SUCCESS')
})

it('is not PAUSED before every process must have seen it, and lets nothing begin', async ({ service }) => {
  const { store, engine } = service
  await requestMaintenance(store, 'PAUSED')
  await maintenanceStep({ store, engine }, 0)
  assert.is(await status(service), 'PAUSING')
  const { now } = performance
  performance.now = () => now.call(performance) + 500
  try {
    await maintenanceStep({ store, engine }, 0)
  } finally {
    performance.now = now
  }
  assert.is(await status(service), 'PAUSED')
})

it.run()
