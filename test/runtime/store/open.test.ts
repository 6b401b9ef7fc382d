import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore, optionsForThread } from '../../../runtime/store/open.ts'
import { MemoryStore } from '../../../runtime/store/memory.ts'
import { rejects } from './rows.ts'

const it = suite('openStore')

it('opens a directory, and once more for a thread', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mestral-open-'))
  const store = await openStore({ dataDir, shards: 2 })
  const { options, transferList } = optionsForThread(store, { dataDir, shards: 2 })
  assert.equal(transferList, [options.port])
  const another = await openStore(options)
  await another.post(1, ['letter'])
  assert.is((await store.letters(1, null, 10)).length, 1)
  assert.is(another.shards, 2)
  await another.close()
  await store.close()
  await rm(dataDir, { recursive: true })
})

it('has nothing to hand over where threads connect for themselves', () => {
  const options = { redisUrl: 'redis://localhost' }
  assert.equal(optionsForThread(new MemoryStore(), options), { options, transferList: [] })
})

it('refuses to choose', async () => {
  await rejects(openStore({}), TypeError)
  await rejects(openStore({ redisUrl: 'redis://localhost', dataDir: '/tmp/x' }), TypeError)
  await rejects(openStore({ redisUrl: 'http://localhost' }), TypeError)
})

it.run()
