import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { maintenanceStep } from '../../runtime/maintenance-keeper.ts'
import { requestMaintenance } from '../../runtime/maintenance.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { startService } from '../in-process.ts'
import type { Json, Service } from '../in-process.ts'

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
  await maintenanceStep(service, 0)
  assert.equal(await states(service), ['PAUSED', 'PAUSED'])
  await maintenanceStep(service, 0)
  assert.is(await status(service), 'PAUSING', 'actions are still at work')
  await answerAll(service)
  await maintenanceStep(service, 0)
  assert.is(await status(service), 'PAUSED')
  assert.equal(await states(service), ['PAUSED', 'PAUSED'])
})

it('resumes what it paused, and leaves to people what they paused', async ({ service }) => {
  const theirs = await start(service, 'waits')
  await service.call('PUT', `/v2/executions/${theirs}`, { state: 'PAUSED' })
  const tree = await start(service, 'tree')
  await requestMaintenance(service.store, 'PAUSED')
  await maintenanceStep(service, 0)
  await answerAll(service)
  await maintenanceStep(service, 0)
  await requestMaintenance(service.store, 'RUNNING')
  await maintenanceStep(service, 0)
  assert.is((await service.ended(tree)).state, 'SUCCESS')
  assert.equal(await states(service), ['PAUSED', 'SUCCESS', 'SUCCESS'])
  assert.is((await service.call('GET', `/v2/executions/${theirs}`)).body.state, 'PAUSED')
})

it('goes on where it was after a restart, also in the middle of resuming', async (context) => {
  const tree = await start(context.service, 'tree')
  await requestMaintenance(context.store, 'PAUSED')
  await maintenanceStep(context.service, 0)
  const restart = async () => {
    await context.service.close()
    context.service = await startService({ store: context.store })
  }
  await restart()
  assert.is(await status(context.service), 'PAUSING')
  await answerAll(context.service)
  await maintenanceStep(context.service, 0)
  await restart()
  assert.is(await status(context.service), 'PAUSED')
  await requestMaintenance(context.store, 'RUNNING')
  await restart()
  await maintenanceStep(context.service, 0)
  assert.is((await context.service.ended(tree)).state, 'SUCCESS')
})

it('may be carried out by several processes at once', async ({ service }) => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => start(service, 'waits')))
  const both = () => Promise.all([maintenanceStep(service, 0), maintenanceStep(service, 0)])
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
  await maintenanceStep(service, 0)
  await requestMaintenance(service.store, 'RUNNING')
  await maintenanceStep(service, 0)
  assert.equal(await states(service), ['RUNNING', 'RUNNING'])
  await answerAll(service)
  assert.is((await service.ended(tree)).state, 'SUCCESS')
})

it('leaves what was cancelled meanwhile as it is', async ({ service }) => {
  const id = await start(service, 'tree')
  await requestMaintenance(service.store, 'PAUSED')
  await maintenanceStep(service, 0)
  await service.call('PUT', `/v2/executions/${id}`, { state: 'CANCELLED' })
  await requestMaintenance(service.store, 'RUNNING')
  await maintenanceStep(service, 0)
  assert.equal(await states(service), ['CANCELLED', 'CANCELLED'])
})

it.run()
