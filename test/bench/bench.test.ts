import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { oneStep, STEPS } from './loads.ts'
import { readOptions } from './options.ts'
import { percentile, spreadOf } from './statistics.ts'
import { runSuite } from './suite.ts'
import { ratioOf, tableOf } from './table.ts'
import { recordLoad, replay } from './trace.ts'
import type { Row } from './workload.ts'

const EVERY = { after: null, limit: 1000 }

async function idsOf(store: MemoryStore): Promise<string[]> {
  const shards = Array.from({ length: store.shards }, (_, shard) => shard)
  const pages = await Promise.all(
    shards.map((shard) => store.scan(shard, 'executions', '', EVERY)),
  )
  return pages.flat()
}

const limit = suite('bench: the bare limit of a store')

for (const step of STEPS) {
  limit(`commits again what the engine committed, with steps of ${step}`, async () => {
    const [first, second] = [new MemoryStore({ shards: 2 }), new MemoryStore({ shards: 2 })]
    const trace = await recordLoad(first, oneStep(step, 20, 4))
    await replay(second, trace)
    const ids = await idsOf(second)
    assert.is(ids.length, 20)
    assert.equal(ids, await idsOf(first))
    assert.ok(trace.bytes > 0)
  })
}

limit.run()

const report = suite('bench: report')

const row = (better: Row['better'], values: number[], bare: number[]): Row => ({
  workload: 'w',
  step: 'noop',
  unit: 'u',
  better,
  values,
  limit: { what: 'store', values: bare },
  clientCpu: 0.125,
})

report('says how far a figure is from its limit', () => {
  assert.is(ratioOf(row('more', [100, 50, 200], [300])), 3)
  assert.is(ratioOf(row('less', [6, 9, 3], [3])), 2)
  assert.is(ratioOf({ ...row('less', [6], []), limit: null }), null)
})

report('shows the spread of each figure', () => {
  assert.equal(spreadOf([3, 1, 2]), { min: 1, median: 2, max: 3 })
  assert.is(percentile([5, 1, 4, 2, 3], 99), 5)
  const [, , line] = tableOf([row('more', [1234.5, 1, 12.34], [24.68])]).split('\n')
  assert.equal(line!.split(/ {2,}/), [
    'w',
    'noop',
    'u',
    '1.00',
    '12.3',
    '1,235',
    '24.7',
    'store',
    '2.0 x',
    '13 %',
  ])
})

report('refuses a workload that does not exist', async () => {
  try {
    await runSuite(readOptions(['--only', 'chian']), () => {})
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /There is no workload 'chian'; there are one-step, /)
  }
})

report.run()
