/**
 * @module
 * What a step costs in a large execution, over what it costs in one of a tenth of the size: time, and
 * bytes written. Constant cost is 1.
 */
import { define, drive } from './drive.ts'
import { httpApi } from './http-api.ts'
import { type Load, publishingChain, publishingJoin, withItems } from './loads.ts'
import { profileDirOf, showProfiles } from './profile.ts'
import { startMeasured } from './server.ts'
import { spreadOf } from './statistics.ts'
import { withNewStore } from './step-workloads.ts'
import { recordLoad } from './trace.ts'
import { type Bench, repeat, type Row, type Workload } from './workload.ts'

interface Shape {
  readonly name: string
  readonly sizes: readonly [number, number]
  of(size: number): Load
}

const SHAPES: readonly Shape[] = [
  { name: 'publishing chain', sizes: [200, 2000], of: publishingChain },
  { name: 'publishing join', sizes: [200, 2000], of: publishingJoin },
  { name: 'items, noop', sizes: [10_000, 100_000], of: (n) => withItems('noop', n) },
  { name: 'items, awaits', sizes: [10_000, 100_000], of: (n) => withItems('awaits', n) },
  { name: 'items, 10 at once', sizes: [1000, 10_000], of: (n) => withItems('awaits', n, 10) },
]

export const growth: Workload = {
  name: 'growth',
  async run(bench) {
    const rows: Row[] = []
    for (const shape of SHAPES) {
      const scale = bench.options.quick ? 10 : 1
      const [small, large] = shape.sizes.map((size) => shape.of(size / scale)) as [Load, Load]
      rows.push(...await compare(bench, shape.name, small, large))
    }
    return rows
  },
}

async function compare(bench: Bench, name: string, small: Load, large: Load): Promise<Row[]> {
  bench.say(`growth: ${name}`)
  const bytes = async (load: Load) => {
    const trace = await withNewStore(bench, (store) => recordLoad(store, load))
    return trace.bytes / load.steps
  }
  const written = [await bytes(small), await bytes(large)] as const
  bench.say(`${name}: ${written.map((each) => (each / 1024).toFixed(2)).join(' and ')} KiB a step`)
  const [fewer, more] = await timeEach(bench, name, [small, large])
  const row = (what: string, times: number): Row => ({
    workload: `${name}: ${what}`,
    step: null,
    unit: 'times',
    better: 'less',
    values: [times],
    limit: null,
    clientCpu: null,
  })
  return [
    row('time a step', spreadOf(more!).median / spreadOf(fewer!).median),
    row('bytes a step', written[1] / written[0]),
  ]
}

/** How long a step of each load takes, in milliseconds, on one server that is warm. */
async function timeEach(bench: Bench, name: string, loads: readonly Load[]): Promise<number[][]> {
  const { store, options } = bench
  await store.clear()
  const profileDir = profileDirOf(
    options,
    store.kind,
    `growth-${name.replaceAll(/\W+/g, '-')}`,
    null,
  )
  const server = await startMeasured({ runtime: options.runtime, env: store.env, profileDir })
  const since = performance.now()
  try {
    const times: number[][] = []
    for (const load of loads) {
      const api = httpApi(server.url, 1)
      await define(api, load)
      await drive(api, load)
      const driven = await repeat(bench, () => drive(api, load))
      times.push(driven.map(({ seconds }) => (1000 * seconds) / load.steps))
      await api.close()
    }
    bench.say(`${name}: ${times.map((t) => spreadOf(t).median.toFixed(3)).join(' and ')} ms a step`)
    return times
  } finally {
    await server.stop()
    if (profileDir) bench.say(await showProfiles(profileDir, since))
  }
}
