import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Service, startService } from '../in-process.ts'

const it = suite<{ service: Service }>('what a task shows as published')

it.before(async (context) => {
  context.service = await startService()
})
it.after(({ service }) => service.close())

/** `published` and `published_global` of the only task of a workflow. */
async function published(service: Service, name: string, task: object): Promise<unknown[]> {
  const definition = { version: '2.0', [name]: { tasks: { t: task } } }
  assert.is((await service.call('POST', '/v2/workflows', JSON.stringify(definition))).status, 201)
  const { body } = await service.call('POST', '/v2/executions', { workflow_name: name })
  await service.ended(body.id)
  const { body: { tasks } } = await service.call('GET', `/v2/executions/${body.id}/tasks`)
  const shown = (await service.call('GET', `/v2/tasks/${tasks[0].id}`)).body
  return [shown.published, shown.published_global]
}

it('is empty if nothing is', async ({ service }) => {
  assert.equal(await published(service, 'none', { action: 'std.noop' }), ['{}', undefined])
  assert.equal(await published(service, 'next', { 'on-success': { next: 'noop' } }), [
    '{}',
    undefined,
  ])
})

it('is what the task and its clauses publish', async ({ service }) => {
  const task = {
    publish: { a: 1 },
    'on-success': { publish: { branch: { b: 2 } } },
    'on-complete': { publish: { global: { g: 3 } } },
  }
  assert.equal(await published(service, 'both', task), ['{"b": 2, "a": 1}', '{"g": 3}'])
})

it('is null where clauses publish, but nothing into the branch', async ({ service }) => {
  const global = { 'on-success': { publish: { global: { g: 1 } } } }
  assert.equal(await published(service, 'global', global), [null, '{"g": 1}'])
  const atomic = { 'on-success': { publish: { atomic: { a: 1 } } } }
  assert.equal(await published(service, 'atomic', atomic), [null, undefined])
})

it('comes with results into lists that ask for it', async ({ service }) => {
  await published(service, 'asked', {
    action: 'std.echo output=7',
    'publish': { a: 1 },
    'on-success': { publish: { global: { g: [3] } } },
  })
  const fields = 'fields=name,result,published_global'
  const { tasks: [listed] } =
    (await service.call('GET', `/v2/tasks?workflow_name=asked&${fields}`)).body
  const shown = { id: listed.id, name: 't', result: '7', published_global: '{"g": [3]}' }
  assert.equal(listed, shown)
  assert.equal((await service.call('GET', `/v2/tasks/${listed.id}?${fields}`)).body, shown)
  const [execution] =
    (await service.call('GET', '/v2/executions?workflow_name=asked')).body.executions
  assert.not('published_global' in execution)
  const global = { id: execution.id, published_global: '{"g": [3]}' }
  const asked = await service.call(
    'GET',
    '/v2/executions?workflow_name=asked&fields=published_global',
  )
  assert.equal(asked.body.executions, [global])
  const one = await service.call('GET', `/v2/executions/${execution.id}?fields=published_global`)
  assert.equal(one.body, global)
})

it.run()
