import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryStore } from '../../../runtime/store/memory.ts'
import { commitOf } from './rows.ts'
import { storeContract } from './store.contract.ts'

storeContract('memory', {
  open: () => Promise.resolve(new MemoryStore()),
  again: (store) => Promise.resolve(store),
})

const it = suite('memory store under a clock')

it('lets leases, members and replies run out by the clock it was given', async () => {
  let now = 1000
  const store = new MemoryStore({ shards: 4, now: () => now })
  const lease = await store.acquire(0, 'alice', 500)
  await store.heartbeat({ id: 'm1', name: 'host_1', roles: ['worker'], threads: 1 }, 500)
  await store.commit(commitOf(lease!, 1, { replies: [{ askId: 'q1', body: '1' }] }))
  now += 499
  assert.is(await store.acquire(0, 'bob', 500), null)
  assert.is((await store.members()).length, 1)
  now += 1
  assert.equal(await store.renew([lease!], 'alice', 500), [0])
  assert.equal(await store.acquire(0, 'bob', 500), { shard: 0, epoch: 2 })
  assert.equal(await store.members(), [])
  now = 60_999
  assert.is(await store.reply(0, 'q1'), '1')
  now = 61_000
  assert.is(await store.reply(0, 'q1'), null)
})

it.run()
