import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RedisStore } from '../../../runtime/store/redis/redis-store.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { hasRedis, startRedis } from '../../redis-server.ts'
import { storeContract } from './store.contract.ts'

if (hasRedis()) {
  const server = await startRedis()
  const prefixes = new WeakMap<Store, string>()
  let stores = 0

  const open = async (prefix: string): Promise<RedisStore> => {
    const store = await RedisStore.open({ url: server.url, prefix })
    prefixes.set(store, prefix)
    return store
  }

  storeContract('redis', {
    open: () => open(`test${++stores}`),
    again: (store) => open(prefixes.get(store)!),
    histories: 40,
  })

  const it = suite('end')
  it('stops', async () => {
    await server.stop()
    assert.ok(true)
  })
  it.run()
}
