import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readMaintenance, replaceMaintenance } from '../../runtime/maintenance.ts'
import type { MaintenanceStatus } from '../../runtime/maintenance.ts'
import { Edge } from './support.ts'

const it = suite('maintenance, as clients see it')

async function put(edge: Edge, status: unknown, headers = {}) {
  return await edge.send('PUT', '/maintenance', { status }, headers)
}

/** As it is when the keeper of some process has come to this status. */
async function reach(edge: Edge, status: MaintenanceStatus): Promise<void> {
  const stored = await readMaintenance(edge.store)
  await replaceMaintenance(edge.store, stored, { status, resuming: false })
}

it('begins with PAUSING and ends at once', async () => {
  const edge = anonymous()
  assert.equal((await put(edge, 'RUNNING')).body, { status: 'RUNNING' })
  assert.equal((await put(edge, 'PAUSED')).body, { status: 'PAUSING' })
  assert.equal((await put(edge, 'PAUSED')).body, { status: 'PAUSING' })
  await reach(edge, 'PAUSED')
  assert.equal((await edge.get('/maintenance')).body, { status: 'PAUSED' })
  assert.equal((await put(edge, 'PAUSED')).body, { status: 'PAUSED' })
  assert.equal((await put(edge, 'RUNNING')).body, { status: 'RUNNING' })
})

it('refuses other statuses, and says which there are', async () => {
  const edge = anonymous()
  for (const status of ['PAUSING', 'STOPPED', undefined]) {
    const answer = await put(edge, status)
    assert.is(answer.status, 400)
    assert.match(answer.body.faultstring, 'Allowed states are: RUNNING, PAUSED')
  }
  assert.is((await edge.send('PUT', '/maintenance', { mode: 'PAUSED' })).status, 400)
})

it('answers 423 to whatever would change something, and reads go on', async () => {
  const edge = anonymous()
  const { context: { id } } = await edge.rows.execution({ state: 'PAUSED' })
  await put(edge, 'PAUSED')
  const changes: [string, string, unknown][] = [
    ['POST', '/v2/workflows', 'version: "2.0"'],
    ['POST', '/v2/executions', { workflow_name: 'w' }],
    ['PUT', `/v2/executions/${id}`, { state: 'RUNNING' }],
    ['DELETE', `/v2/executions/${id}?force=true`, undefined],
    ['POST', '/v2/action_executions', { name: 'std.noop' }],
    ['PUT', '/v2/environments', { name: 'e' }],
    ['DELETE', '/v2/cron_triggers/t', undefined],
    ['POST', '/v2/ticks', undefined],
  ]
  for (const [method, path, body] of changes) {
    const answer = await edge.send(method, path, body)
    assert.is(answer.status, 423, `${method} ${path}`)
    const text = 'Current Mistral state is PAUSING. Method is not allowed'
    assert.is(answer.headers.get('server-error-message'), text)
    assert.is(answer.body.faultstring, text)
  }
  assert.is((await edge.get(`/v2/executions/${id}`)).status, 200)
  assert.is((await edge.send('PATCH', '/v2/executions')).status, 405)
  await put(edge, 'RUNNING')
  assert.is((await edge.send('POST', '/v2/environments', { name: 'e' })).status, 201)
})

it('lets executions be cancelled, and actions end while it is PAUSING', async () => {
  const edge = anonymous()
  const { context: { id } } = await edge.rows.execution({ state: 'PAUSED' })
  const first = await edge.rows.action({ state: 'RUNNING', sync: false })
  const second = await edge.rows.action({ state: 'RUNNING', sync: false })
  await put(edge, 'PAUSED')
  // It would set its execution going.
  assert.is(
    (await edge.send('PUT', `/v2/action_executions/${first.id}`, { state: 'RUNNING' })).status,
    423,
  )
  assert.is(
    (await edge.send('PUT', `/v2/action_executions/${first.id}`, { state: 'SUCCESS' })).status,
    200,
  )
  await reach(edge, 'PAUSED')
  assert.is(
    (await edge.send('PUT', `/v2/action_executions/${second.id}`, { state: 'SUCCESS' })).status,
    423,
  )
  assert.is((await edge.send('PUT', `/v2/executions/${id}`, { state: 'CANCELLED' })).status, 200)
})

it('is for administrators only, where it is known who they are', async () => {
  const edge = new Edge()
  assert.is((await put(edge, 'PAUSED')).status, 403)
  assert.equal((await edge.get('/maintenance')).body, { status: 'RUNNING' })
  assert.is((await put(edge, 'PAUSED', { 'x-test-admin': 'yes' })).status, 200)
})

/** An edge that does not ask who its callers are. */
function anonymous(): Edge {
  return new Edge({ deps: { identify: undefined as never } })
}

it.run()
