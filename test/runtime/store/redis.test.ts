import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UnavailableError } from '../../../actors/errors.ts'
import { connectTo, withoutPassword } from '../../../runtime/store/redis/client.ts'
import { RedisStore } from '../../../runtime/store/redis/redis-store.ts'
import { type Lease, StaleOwnerError, type Store } from '../../../runtime/store/store.ts'
import {
  hasRedis,
  redisCli,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinel,
} from '../../redis-server.ts'
import { commitOf, rejects, until } from './rows.ts'
import { storeContract } from './store.contract.ts'

const TTL_MS = 60_000
const EVERYTHING = { after: null, limit: 1e6 }

/** Has one server for all tests, and a prefix of its own for each. */
function adapterFor(startServer: () => Promise<{ url: string; stop(): Promise<void> }>) {
  const prefixes = new WeakMap<Store, string>()
  let server: Awaited<ReturnType<typeof startServer>>
  let count = 0
  const open = async (prefix: string): Promise<Store> => {
    const store = await RedisStore.open({ url: server.url, prefix })
    prefixes.set(store, prefix)
    return store
  }
  return {
    async start() {
      server = await startServer()
    },
    stop: () => server.stop(),
    open: () => open(`test${++count}`),
    again: (store: Store) => open(prefixes.get(store)!),
  }
}

/** Commits turns from 1 with many in flight; each adds a task. Fails as the first commit that fails. */
async function commitMany(store: Store, lease: Lease, turns: number, acknowledged: () => void) {
  const inFlight = new Set<Promise<void>>()
  for (let turn = 1; turn <= turns; turn++) {
    const id = String(turn).padStart(8, '0')
    const done = store.commit(commitOf(lease, turn, {
      puts: [{ table: 'task', id, body: `${turn}` }],
      enter: [{ index: 'tasks', owner: '', id }],
    })).then(() => {
      inFlight.delete(done)
      acknowledged()
    })
    inFlight.add(done)
    if (inFlight.size >= 16) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
}

function killClients(server: RedisServer): void {
  redisCli(['-p', String(server.port), 'client', 'kill', 'type', 'normal'])
}

if (hasRedis()) {
  storeContract('redis', adapterFor(startRedis))
  storeContract('redis cluster', { ...adapterFor(startCluster), histories: 5 })

  const it = suite<{ server: RedisServer }>('redis store and trouble')

  it.before.each(async (context) => {
    context.server = await startRedis()
  })

  it.after.each(async ({ server }) => {
    await server.stop()
  })

  it('commits every turn once, though connections are cut in flight', async ({ server }) => {
    const store = await RedisStore.open({ url: server.url })
    const lease = await store.acquire(0, 'alice', TTL_MS)
    let acknowledged = 0
    const done = commitMany(store, lease!, 3000, () => acknowledged++)
    for (const cut of [200, 600, 1000, 1400, 1800]) {
      await until(() => acknowledged > cut)
      killClients(server)
    }
    await done
    assert.is((await store.scan(0, 'tasks', '', EVERYTHING)).length, 3000)
    await store.commit(commitOf(lease!, 3001))
    await store.close()
  })

  it('keeps what was acknowledged when Redis is killed, and goes on', async ({ server }) => {
    const store = await RedisStore.open({ url: server.url })
    const lease = await store.acquire(0, 'alice', TTL_MS)
    let acknowledged = 0
    const done = commitMany(store, lease!, 2000, () => acknowledged++)
    await until(() => acknowledged > 300)
    await server.kill()
    const before = acknowledged
    await server.restart()
    const kept = await store.scan(0, 'tasks', '', EVERYTHING)
    assert.ok(kept.length >= before, `${kept.length} kept of ${before}`)
    await done
    assert.is((await store.scan(0, 'tasks', '', EVERYTHING)).length, 2000)
    assert.equal(await store.read(0, [{ table: 'task', id: '00002000' }]), ['2000'])
    await store.close()
  })

  it('refuses the turn after one that Redis lost', async () => {
    const forgetful = await startRedis(['--appendonly', 'no', '--save', ''])
    const store = await RedisStore.open({ url: forgetful.url })
    const lease = await store.acquire(0, 'alice', TTL_MS)
    await store.commit(commitOf(lease!, 1))
    await forgetful.restart()
    await rejects(store.commit(commitOf(lease!, 2)), StaleOwnerError)
    assert.match(store.durability, 'WARNING: appendonly no')
    await store.close()
    await forgetful.stop()
  })

  it('changes the catalogue once, though connections are cut in flight', async ({ server }) => {
    const store = await RedisStore.open({ url: server.url })
    let done = 0
    const insert = async (number: number) => {
      const id = `w${number}`
      await store.change([{ op: 'insert', kind: 'workflow', id, key: id, body: '{}' }])
      done++
    }
    for (let round = 0; round < 10; round++) {
      const inserts = Array.from({ length: 50 }, (_, i) => insert(round * 50 + i))
      await until(() => done > round * 50 + 10)
      killClients(server)
      await Promise.all(inserts)
    }
    assert.is((await store.list('workflow')).length, 500)
    await store.close()
  })

  it('wakes everybody when it is connected again', async ({ server }) => {
    const store = await RedisStore.open({ url: server.url })
    const woken = new Set<number>()
    await store.watch([1, 2], (shard) => woken.add(shard))
    await server.restart()
    await until(() => woken.size === 2)
    woken.clear()
    await store.post(1, ['x'])
    await until(() => woken.has(1))
    await store.close()
  })

  it('says that Redis does not answer, and answers when it does again', async ({ server }) => {
    const store = await RedisStore.open({ url: server.url, patienceMs: 50 })
    await server.kill()
    await until(async () => {
      // What is asked first waits; soon nothing is asked any more.
      const asked = store.reply(0, 'q1').then(() => null, (error) => error)
      return await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 20))])
    })
    await rejects(store.post(0, ['x']), UnavailableError)
    await rejects(store.ping(), UnavailableError)
    await rejects(RedisStore.open({ url: server.url, patienceMs: 50 }), UnavailableError)
    await server.restart()
    await until(() => store.ping().then(() => true, () => false))
    await store.post(0, ['x'])
    await store.close()
  })

  it('has as many shards as it was made with', async ({ server }) => {
    const store = await RedisStore.open({ url: server.url, shards: 4 })
    assert.is(store.shards, 4)
    const error = await rejects(RedisStore.open({ url: server.url, shards: 8 }), RangeError)
    assert.match(error.message, 'has 4 shards, not 8')
    const again = await RedisStore.open({ url: server.url })
    assert.is(again.shards, 4)
    const other = await RedisStore.open({ url: server.url, prefix: 'other' })
    assert.is(other.shards, 64)
    for (const one of [store, again, other]) await one.close()
  })

  it('says what the settings mean, also if it may not read them', async ({ server }) => {
    const line = async () => {
      const store = await RedisStore.open({ url: server.url })
      await store.close()
      return store.durability
    }
    assert.match(await line(), 'appendfsync always: an answer survives kill and power loss')
    const cli = (...args: string[]) => redisCli(['-p', String(server.port), ...args])
    cli('config', 'set', 'appendfsync', 'everysec', 'maxmemory-policy', 'allkeys-lru')
    assert.match(await line(), 'power loss may lose the last second')
    assert.match(await line(), 'WARNING: maxmemory-policy allkeys-lru')
    cli('acl', 'setuser', 'default', '-config')
    assert.match(await line(), 'CONFIG is forbidden')
  })

  it('goes on after a failover by Sentinel', async () => {
    const group = await startSentinel()
    const store = await RedisStore.open({ url: group.url })
    const lease = await store.acquire(0, 'alice', TTL_MS)
    await store.commit(commitOf(lease!, 1, { puts: [{ table: 'task', id: 't1', body: '1' }] }))
    const replicated = () =>
      redisCli(['-p', String(group.replica.port), 'get', 'mestral:{0}:fence'])
    await until(() => replicated().startsWith('1:1'))
    await group.primary.kill()
    await store.commit(commitOf(lease!, 2, { puts: [{ table: 'task', id: 't2', body: '2' }] }))
    const keys = ['t1', 't2'].map((id) => ({ table: 'task', id } as const))
    assert.equal(await store.read(0, keys), ['1', '2'])
    await store.close()
    await group.stop()
  })

  it('names what is wrong with a URL, but not the password', () => {
    const urls = ['http://x', 'redis+sentinel://u:secret@host:1', 'redis+cluster://u:secret@host:x']
    for (const url of urls) {
      assert.throws(
        () => connectTo(url),
        (error: Error) => error instanceof TypeError && !error.message.includes('secret'),
      )
    }
    assert.is(withoutPassword('redis://u:secret@host:1/2'), 'redis://…@host:1/2')
  })

  it.run()
}
