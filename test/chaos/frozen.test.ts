/**
 * A server that is frozen while its actions run and wakes up when they were given up: what they come to
 * then is not taken.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { call, until } from '../e2e/support.ts'
import type { Json } from '../e2e/support.ts'
import { assertLeftInOrder } from '../integrity.ts'
import { hasRedis, startRedis } from '../redis-server.ts'
import { startServerProcess } from '../server-process.ts'
import { Callee } from './callee.ts'

const it = suite('a server that is frozen for longer than its lease lasts')

const CALLS = (url: string) => `
version: '2.0'
safe:
  output: {r: <% $.r %>}
  tasks:
    t: {action: std.http url="${url}/safe", safe-rerun: true, publish: {r: <% task().result.content %>}}
unsafe:
  tasks:
    t: {action: std.http url="${url}/unsafe"}
`

it('is not heard when it tells the results of actions that were given up', async () => {
  const callee = new Callee()
  await callee.listen()
  const { paths } = callee
  const redis = await startRedis()
  const env = {
    REDIS_URL: redis.url,
    MESTRAL_LEASE_MS: '1000',
    MESTRAL_THREADS: '1',
    MESTRAL_SHARDS: '4',
  }
  const frozen = await startServerProcess(env)
  const servers = [frozen]
  try {
    await call(frozen.url, 'POST', '/workflows', CALLS(callee.url))
    const start = (workflow_name: string) =>
      call(frozen.url, 'POST', '/executions', { workflow_name })
    const [safe, unsafe] = [await start('safe'), await start('unsafe')]
    await until('both actions are under way', () => Promise.resolve(paths.length === 2))
    frozen.signal('SIGSTOP')
    const other = await startServerProcess(env)
    servers.push(other)
    await until('the safe one is run again', () => Promise.resolve(paths.length === 3))
    assert.is(paths[2], 'safe')
    const given = await until('the other one is given up', async () => {
      const execution: Json = await call(other.url, 'GET', `/executions/${unsafe.id}`)
      return execution.state !== 'RUNNING' && execution
    })
    assert.is(given.state, 'ERROR')
    assert.match(given.state_info, /cannot be re-run safely/)

    callee.answer(0, 'too late')
    callee.answer(1, 'too late')
    frozen.signal('SIGCONT')
    await until(
      'the frozen one hears that it was deposed',
      () => Promise.resolve(/A shard was taken over|"shard":/.test(frozen.log())),
    )
    await until('the frozen one is back', async () => {
      const { services } = await call(other.url, 'GET', '/services')
      return services.filter(({ type }: Json) => type === 'engine_group').length === 2
    })
    const ended = await until('the safe one ends', async () => {
      // Its shard may move to the server that is back, where it is run once more.
      for (let index = 2; index < paths.length; index++) {
        if (!callee.isAnswered(index)) callee.answer(index, 'in time')
      }
      const execution: Json = await call(other.url, 'GET', `/executions/${safe.id}`)
      return execution.state !== 'RUNNING' && execution
    })
    assert.equal([ended.state, JSON.parse(ended.output)], ['SUCCESS', { r: 'in time' }])
    assert.is((await call(other.url, 'GET', `/executions/${unsafe.id}`)).state, 'ERROR')
    const { action_executions: actions } = await call(other.url, 'GET', '/action_executions')
    assert.equal(actions.map(({ state }: Json) => state).sort(), ['ERROR', 'SUCCESS'])
    await Promise.all(servers.map((server) => server.end('SIGKILL')))
    await assertLeftInOrder(env, '')
  } finally {
    for (const server of servers) await server.end('SIGKILL')
    callee.close()
    await redis.stop()
  }
})

if (hasRedis()) it.run()
