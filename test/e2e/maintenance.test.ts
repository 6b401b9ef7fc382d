/**
 * Maintenance of two real servers on one Redis: asked of one, it is kept by both, also when the one
 * that was asked is killed.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasRedis, startRedis } from '../redis-server.ts'
import { startServerProcess } from '../server-process.ts'
import { until } from './support.ts'

const it = suite('maintenance of two servers')

const WORKFLOW = "version: '2.0'\nw: {tasks: {t: {action: std.async_noop}}}\n"

it('is one for both, and outlives the one that was asked', async () => {
  const redis = await startRedis()
  const env = { REDIS_URL: redis.url, MESTRAL_THREADS: '1', MESTRAL_LEASE_MS: '1000' }
  const asked = await startServerProcess(env)
  const other = await startServerProcess(env)
  const send = async (url: string, method: string, path: string, body?: string) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url + path, { method, headers, ...(body && { body }) })
    // deno-lint-ignore no-explicit-any -- the boundary to JSON
    return { status: response.status, body: await response.json() as any }
  }
  const put = (url: string, status: string) =>
    send(url, 'PUT', '/maintenance', JSON.stringify({ status }))
  const start = () => send(other.url, 'POST', '/v2/executions', '{"workflow_name": "w"}')
  try {
    await send(asked.url, 'POST', '/v2/workflows', WORKFLOW)
    const { body: { id } } = await start()
    assert.equal((await put(asked.url, 'PAUSED')).body, { status: 'PAUSING' })
    const change = () => send(other.url, 'PUT', '/v2/environments', '{"name": "none"}')
    await until('the other refuses changes', async () => (await change()).status === 423)
    await asked.end('SIGKILL')
    const state = async () => (await send(other.url, 'GET', `/v2/executions/${id}`)).body.state
    await until('it is paused', async () => await state() === 'PAUSED')
    const actions = await send(other.url, 'GET', '/v2/action_executions')
    const action = `/v2/action_executions/${actions.body.action_executions[0].id}`
    await until(
      'its action is heard',
      async () => (await send(other.url, 'PUT', action, '{"state": "SUCCESS"}')).status === 200,
    )
    const status = async () => (await send(other.url, 'GET', '/maintenance')).body.status
    await until('nothing is at work', async () => await status() === 'PAUSED')
    assert.equal((await put(other.url, 'RUNNING')).body, { status: 'RUNNING' })
    await until('it goes on', async () => await state() === 'SUCCESS')
    assert.is((await start()).status, 201)
  } finally {
    await asked.end('SIGKILL')
    await other.end('SIGTERM')
    await redis.stop()
  }
})

if (hasRedis()) it.run()
