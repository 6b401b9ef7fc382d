import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { scanAll } from '../../http/lists/scan.ts'
import { Edge } from './support.ts'

const it = suite<{ edge: Edge; ids: string[]; counts: { scans: number; rows: number } }>(
  'long lists',
)

it.before.each(async (context) => {
  const edge = new Edge()
  const ids: string[] = []
  for (let n = 0; n < 60; n++) {
    edge.nowMs += 1000
    const state = n % 2 === 0 ? 'SUCCESS' : 'ERROR'
    const row = await edge.rows.execution({ description: `d${n % 7}`, state })
    ids.push(row.context.id)
  }
  const counts = { scans: 0, rows: 0 }
  const { scan, read } = edge.store
  edge.store.scan = (...args) => {
    counts.scans += 1
    return scan.apply(edge.store, args)
  }
  edge.store.read = (shard, keys) => {
    counts.rows += keys.length
    return read.call(edge.store, shard, keys)
  }
  Object.assign(context, { edge, ids, counts })
})

const listed = async (edge: Edge, query: string): Promise<string[]> => {
  const { body } = await edge.get(`/v2/executions?${query}`)
  return body.executions.map(({ id }: { id: string }) => id)
}

it('span shards in the order of creation', async ({ edge, ids }) => {
  assert.equal(await listed(edge, ''), ids)
  assert.equal(await listed(edge, 'sort_dirs=desc'), [...ids].reverse())
  assert.equal(await listed(edge, 'sort_keys=id&sort_dirs=desc'), [...ids].reverse())
})

it('read no more than their page', async ({ edge, ids, counts }) => {
  assert.equal(await listed(edge, 'limit=1&fields=state'), [ids[0]])
  assert.is(counts.rows, 1)
  assert.is(counts.scans, edge.store.shards)
})

for (const query of ['limit=7', 'limit=7&sort_dirs=desc', 'limit=7&state=ERROR']) {
  it(`are the same page by page as whole: ${query}`, async ({ edge }) => {
    const whole = await listed(edge, query.replace('limit=7', ''))
    const found: string[] = []
    let next: string | undefined = `/v2/executions?${query}`
    while (next) {
      const { body } = await edge.get(next)
      found.push(...body.executions.map(({ id }: { id: string }) => id))
      next = body.next
    }
    assert.equal(found, whole)
  })
}

it('sorted by something else are the same page by page as whole', async ({ edge }) => {
  const query = 'sort_keys=description,state&sort_dirs=desc,asc'
  const whole = await listed(edge, query)
  assert.is(new Set(whole).size, 60)
  const found: string[] = []
  let next: string | undefined = `/v2/executions?${query}&limit=9`
  while (next) {
    const { body } = await edge.get(next)
    found.push(...body.executions.map(({ id }: { id: string }) => id))
    next = body.next
  }
  assert.equal(found, whole)
})

it('are cut to the longest page', async () => {
  const edge = new Edge({ config: { maxPage: 2 } })
  for (let n = 0; n < 3; n++) await edge.rows.execution()
  for (const query of ['', '?limit=100']) {
    const { body } = await edge.get(`/v2/executions${query}`)
    assert.is(body.executions.length, 2)
    assert.match(body.next, 'limit=2')
  }
})

it('skip what vanishes while they are read', async ({ edge, ids }) => {
  const { scan } = edge.store
  edge.store.scan = async (
    ...args
  ) => [...await scan.apply(edge.store, args), ids[0]!.replace(/^0/, '1')]
  assert.is((await listed(edge, 'limit=200&fields=state')).length, 60)
})

it.run()

const scans = suite('scanning every shard')

scans('merges whatever is in them, in batches of any size', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = generator(seed)
    const store = new MemoryStore({ shards: 1 + Math.floor(random() * 6) })
    const perShard = Array.from({ length: store.shards }, (): string[] => [])
    const all: string[] = []
    for (let n = 0; n < random() * 80; n++) {
      const id = String(1000 + n)
      perShard[Math.floor(random() * store.shards)]!.push(id)
      all.push(id)
    }
    store.scan = (shard, _index, _owner, { after, limit, reverse }) => {
      const ids = reverse ? [...perShard[shard]!].reverse() : perShard[shard]!
      const start = after === null ? 0 : ids.findIndex((id) => reverse ? id < after : id > after)
      return Promise.resolve(start === -1 ? [] : ids.slice(start, start + limit))
    }
    const reverse = random() < 0.5
    const ordered = reverse ? [...all].reverse() : all
    const cut = Math.floor(random() * all.length)
    const after = random() < 0.5 ? null : ordered[cut] ?? null
    const found: string[] = []
    const batch = 1 + Math.floor(random() * 20)
    for await (const ids of scanAll(store, 'executions', { after, reverse, batch })) {
      found.push(...ids)
    }
    assert.equal(found, after === null ? ordered : ordered.slice(cut + 1), `seed ${seed}`)
  }
})

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

scans.run()
