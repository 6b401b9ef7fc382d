import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiClient } from '../../http/client/api-client.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'

const it = suite<{ dir: string; server: ServerProcess; client: ApiClient }>(
  'a worker thread that dies',
)

it.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'mestral-'))
  // The action is plain JavaScript, which `tsc` does not copy.
  await mkdir(join(context.dir, 'actions'))
  const source = new URL('./actions/crash.mjs', sourceOf(import.meta.url))
  await copyFile(source, join(context.dir, 'actions', 'crash.mjs'))
  context.server = await startServerProcess({
    MESTRAL_DATA: join(context.dir, 'data'),
    MESTRAL_ACTIONS: join(context.dir, 'actions'),
    MESTRAL_THREADS: '2',
    MESTRAL_LOG: 'silent',
  })
  context.client = new ApiClient({ fetch }, context.server.url)
})

it.after.each(async ({ server, dir }) => {
  await server.end('SIGKILL')
  await rm(dir, { recursive: true })
})

it('is started again, and fails what must not run twice', async ({ client }) => {
  await client.putWorkflows(`
version: '2.0'
crash: {tasks: {t: {action: test.crash}}}
sleep: {tasks: {t: {action: std.sleep seconds=1, on-success: u}, u: {action: std.noop}}}
`)
  const sleeping = await Promise.all(
    Array.from({ length: 20 }, () => start(client, 'sleep')),
  )
  const crashing = await start(client, 'crash')

  const crashed = await ended(client, crashing)
  assert.is(crashed.state, 'ERROR')
  assert.match(crashed.state_info ?? '', /cannot be re-run safely/)
  for (const id of sleeping) assert.is((await ended(client, id)).state, 'SUCCESS')
  assert.is((await ended(client, await start(client, 'sleep'))).state, 'SUCCESS')
})

it.run()

/** The directory of the sources, from wherever this was built to. */
function sourceOf(url: string): string {
  return url.replace('/dist/', '/')
}

async function start(client: ApiClient, name: string): Promise<string> {
  return (await client.startExecution({ workflow_name: name, input: '{}', params: '{}' })).id
}

async function ended(client: ApiClient, id: string) {
  for (;;) {
    const execution = await client.execution(id)
    if (execution.state !== 'RUNNING') return execution
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
