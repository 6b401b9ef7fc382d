/**
 * A worker thread that gives no sign of life, because an action keeps it busy, is ended: what it ran is
 * run again where that is safe, and else fails with what Mistral says.
 */
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startServerProcess } from '../server-process.ts'
import { call, until, withDirectory } from './support.ts'
import type { Json } from './support.ts'

const it = suite('a worker thread that hangs')

const WORKFLOWS = (directory: string) => `
version: '2.0'
unsafe: {tasks: {t: {action: test.hang marker="${directory}/unsafe"}}}
safe:
  output: {r: <% $.r %>}
  tasks:
    t: {action: test.hang marker="${directory}/safe", safe-rerun: true, publish: {r: <% task().result %>}}
asynchronous: {tasks: {t: {action: std.async_noop}}}
sleep: {tasks: {t: {action: std.sleep seconds=2}}}
`

it('is ended and replaced; asynchronous actions wait on', () =>
  withDirectory(async (directory) => {
    const actions = join(directory, 'actions')
    await mkdir(actions)
    // The action is plain JavaScript, which `tsc` does not copy.
    const source = new URL('./actions/hang.mjs', import.meta.url.replace('/dist/', '/'))
    await copyFile(source, join(actions, 'hang.mjs'))
    const server = await startServerProcess({
      MESTRAL_DATA: join(directory, 'data'),
      MESTRAL_ACTIONS: actions,
      MESTRAL_THREADS: '1',
      MESTRAL_HEARTBEAT_MS: '250',
      MESTRAL_HEARTBEAT_MAX_MISSED: '12',
    })
    const start = async (workflow_name: string): Promise<string> =>
      (await call(server.url, 'POST', '/executions', { workflow_name })).id
    const ended = (id: string) =>
      until(`${id} ends`, async () => {
        const execution: Json = await call(server.url, 'GET', `/executions/${id}`)
        return execution.state !== 'RUNNING' && execution
      })
    try {
      await call(server.url, 'POST', '/workflows', WORKFLOWS(directory))
      const waiting = await start('asynchronous')
      const unsafe = await ended(await start('unsafe'))
      assert.is(unsafe.state, 'ERROR')
      assert.match(unsafe.state_info, /Heartbeat wasn't received\./)
      const safe = await ended(await start('safe'))
      assert.equal([safe.state, JSON.parse(safe.output)], ['SUCCESS', { r: 'again' }])
      assert.match(server.log(), /hangs and is ended/)

      const { action_executions: [action] } = await call(
        server.url,
        'GET',
        '/action_executions?name=std.async_noop',
      )
      assert.is(action.state, 'RUNNING')
      await call(server.url, 'PUT', `/action_executions/${action.id}`, { state: 'SUCCESS' })
      assert.is((await ended(waiting)).state, 'SUCCESS')
    } finally {
      await server.end('SIGKILL')
    }
  }))

it('tells when an action that runs was heard of last', () =>
  withDirectory(async (directory) => {
    const server = await startServerProcess({
      MESTRAL_DATA: directory,
      MESTRAL_THREADS: '1',
      MESTRAL_HEARTBEAT_MS: '100',
      MESTRAL_HEARTBEAT_MAX_MISSED: '1000',
    })
    try {
      await call(server.url, 'POST', '/workflows', WORKFLOWS(directory))
      const { id } = await call(server.url, 'POST', '/executions', { workflow_name: 'sleep' })
      await until('a sign of life', async () => {
        const report = await call(server.url, 'GET', `/executions/${id}/report`)
        const [action] = report.root_workflow_execution.task_executions[0].action_executions
        return action.state === 'RUNNING' && action.last_heartbeat > action.updated_at
      })
    } finally {
      await server.end('SIGKILL')
    }
  }))

it.run()
