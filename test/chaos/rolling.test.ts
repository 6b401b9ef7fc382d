/**
 * Servers come and go in order while actions run that must not be run twice: each is run once, and what
 * it comes to reaches its workflow, whoever has the shard by then.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, until } from '../e2e/support.ts'
import type { Json } from '../e2e/support.ts'
import { assertLeftInOrder } from '../integrity.ts'
import { hasRedis, startRedis } from '../redis-server.ts'
import { startServerProcess } from '../server-process.ts'
import { Callee } from './callee.ts'
import type { ServerProcess } from '../server-process.ts'

const EXECUTIONS = 24

const it = suite('servers that come and go while actions run')

const CALLS = (url: string) => `
version: '2.0'
calls:
  input: [n]
  output: {r: <% $.r %>}
  tasks:
    t:
      action: std.http url="${url}/<% $.n %>"
      publish: {r: <% task().result.content %>}
`

it('lose nothing that cannot be run twice', async () => {
  const callee = new Callee()
  await callee.listen()
  const redis = await startRedis()
  const env = {
    REDIS_URL: redis.url,
    MESTRAL_LEASE_MS: '2000',
    MESTRAL_THREADS: '1',
    MESTRAL_SHARDS: '8',
    MESTRAL_GRACE_MS: '60000',
  }
  const servers: ServerProcess[] = []
  const start = async () => {
    const server = await startServerProcess(env)
    servers.push(server)
    return server
  }
  const answer = (from: number, to: number) => {
    for (let n = from; n < to; n++) callee.answer(callee.paths.indexOf(String(n)), `answer ${n}`)
  }
  try {
    const first = await start()
    await call(first.url, 'POST', '/workflows', CALLS(callee.url))
    const executions: Json[] = await Promise.all(
      Array.from(
        { length: EXECUTIONS },
        (_, n) => call(first.url, 'POST', '/executions', { workflow_name: 'calls', input: { n } }),
      ),
    )
    await until(
      'all actions are under way',
      () => Promise.resolve(callee.paths.length === EXECUTIONS),
    )

    const second = await start()
    await until('the second server has shards', async () => await enginesSeenBy(second) === 2)
    await until('all shards have an owner', () => answersAll(second, executions))
    answer(0, EXECUTIONS / 2)
    await ended(second, executions.slice(0, EXECUTIONS / 2))

    const leaving = first.end('SIGTERM')
    await until('the first server gives up', async () => await enginesSeenBy(second) === 1)
    await until('all shards have an owner', () => answersAll(second, executions))
    answer(EXECUTIONS / 2, EXECUTIONS)
    await ended(second, executions)
    await leaving

    assert.is(callee.paths.length, EXECUTIONS)
    await second.end('SIGTERM')
    await assertLeftInOrder(env, '')
  } finally {
    for (const server of servers) await server.end('SIGKILL')
    callee.close()
    await redis.stop()
  }
})

async function enginesSeenBy({ url }: ServerProcess): Promise<number> {
  const { services } = await call(url, 'GET', '/services')
  return services.filter(({ type }: Json) => type === 'engine_group').length
}

/** Whether a change of each execution is taken. */
async function answersAll({ url }: ServerProcess, executions: readonly Json[]): Promise<boolean> {
  const described = executions.map(({ id }) =>
    call(url, 'PUT', `/executions/${id}`, { description: 'x' }).catch(() => null)
  )
  return (await Promise.all(described)).every((answer) => answer !== null)
}

async function ended({ url }: ServerProcess, executions: readonly Json[]): Promise<void> {
  for (const { id, input } of executions) {
    const execution = await until('it ends', async () => {
      const execution = await call(url, 'GET', `/executions/${id}`)
      return execution.state !== 'RUNNING' && execution
    })
    const { n } = JSON.parse(input)
    assert.equal([execution.state, execution.state_info], ['SUCCESS', null])
    assert.equal(JSON.parse(execution.output), { r: `answer ${n}` })
  }
}

if (hasRedis()) it.run()
