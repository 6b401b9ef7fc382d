/**
 * What was acknowledged survives `kill -9`, at any moment, any number of times.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, until, withDirectory } from '../e2e/support.ts'
import type { Json } from '../e2e/support.ts'
import { assertLeftInOrder } from '../integrity.ts'
import { hasRedis, startRedis } from '../redis-server.ts'
import { startServerProcess } from '../server-process.ts'
import type { ServerProcess } from '../server-process.ts'
import { SEED, seeded } from '../seeded.ts'
import { care, check, checkCron, define, jobs, schedule, submit } from './driver.ts'

const EXECUTIONS = 252
const KILLS = 10
const COMMON = { MESTRAL_LEASE_MS: '1000', MESTRAL_THREADS: '2', MESTRAL_SHARDS: '8' }

/** Kills the server ten times while executions are submitted and run. */
async function killAndKill(env: Record<string, string>): Promise<void> {
  const random = seeded(SEED)
  const seed = `SEED=${SEED}`
  const list = jobs(EXECUTIONS, random)
  let server = await startServerProcess({ ...COMMON, ...env })
  try {
    await define(server.url)
    await schedule(server.url)
    const stopCaring = care(() => server.url, list)
    for (let kill = 1; kill <= KILLS; kill++) {
      let dead = false
      const share = list.slice(0, Math.ceil(EXECUTIONS * kill / KILLS))
      const submitting = submit(() => server.url, share, () => dead)
      await new Promise((resolve) => setTimeout(resolve, random() * 800))
      dead = true
      await server.end('SIGKILL')
      await submitting
      await assertLeftInOrder(env, `kill ${kill}, ${seed}`)
      server = await startServerProcess({ ...COMMON, ...env })
    }
    await stopCaring()
    await until(`all are acknowledged, ${seed}`, async () => {
      await submit(() => server.url, list, () => false)
      return list.every((job) => job.acknowledged)
    })
    const checks = check(server.url, list, seed).then(() => checkCron(server.url, seed))
    await checks.catch((error: Error) => {
      error.message += `\n${server.log()}`
      throw error
    })
    assert.is(await server.end('SIGTERM'), 0, `${seed} ${server.log()}`)
    await assertLeftInOrder(env, seed)
  } finally {
    await server.end('SIGKILL')
  }
}

/** Both stores at once: a server spends most of this time on starting, and on waiting. */
const runs: Promise<void>[] = []

const it = suite('a server that is killed ten times')
const redisIsHere = hasRedis()

it.before(() => {
  runs.push(withDirectory((data) => killAndKill({ MESTRAL_DATA: data })))
  if (redisIsHere) runs.push(onRedis())
  for (const run of runs) run.catch(() => {})
})

async function onRedis(): Promise<void> {
  const redis = await startRedis()
  try {
    await killAndKill({ REDIS_URL: redis.url })
  } finally {
    await redis.stop()
  }
}

it('loses nothing that it acknowledged, on the embedded store', () => runs[0]!)
if (redisIsHere) it('loses nothing that it acknowledged, on Redis', () => runs[1]!)

it.run()

const actions = suite('an action under way when its server is killed')

const CALLS = (url: string) => `
version: '2.0'
safe:
  output: {r: <% $.r %>}
  tasks:
    t: {action: std.http url="${url}/safe", safe-rerun: true, publish: {r: <% task().result.status %>}}
unsafe:
  tasks:
    t: {action: std.http url="${url}/unsafe"}
`

actions(
  'is run again only where its task says that this is safe',
  () =>
    withDirectory(async (data) => {
      const requests: string[] = []
      let answers = false
      const world = createServer((request, response) => {
        requests.push(request.url!)
        if (answers) response.end('{}')
      })
      world.listen(0, '127.0.0.1')
      const env = { ...COMMON, MESTRAL_DATA: data }
      let server = await startServerProcess(env)
      try {
        await call(
          server.url,
          'POST',
          '/workflows',
          CALLS(addressOf(world.address() as AddressInfo)),
        )
        const [safe, unsafe] = await Promise.all(
          ['safe', 'unsafe'].map((workflow_name) =>
            call(server.url, 'POST', '/executions', { workflow_name })
          ),
        )
        await until('both actions are under way', () => Promise.resolve(requests.length === 2))
        await server.end('SIGKILL')
        answers = true
        server = await startServerProcess(env)
        const [first, second] = await Promise.all([safe, unsafe].map(({ id }) => ended(server, id)))
        assert.equal([first.state, JSON.parse(first.output)], ['SUCCESS', { r: 200 }])
        assert.is(second.state, 'ERROR')
        assert.match(second.state_info, /cannot be re-run safely/)
        assert.equal(requests.sort(), ['/safe', '/safe', '/unsafe'])
      } finally {
        await server.end('SIGKILL')
        world.closeAllConnections()
        world.close()
      }
    }),
)

actions.run()

function addressOf({ port }: AddressInfo): string {
  return `http://127.0.0.1:${port}`
}

async function ended(server: ServerProcess, id: string): Promise<Json> {
  return await until(`${id} ends`, async () => {
    const execution = await call(server.url, 'GET', `/executions/${id}`)
    return execution.state !== 'RUNNING' && execution
  })
}
