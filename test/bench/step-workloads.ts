/**
 * @module
 * Workloads whose figure is how fast steps are done, each with steps of both sorts.
 */
import type { Store } from '../../runtime/store/store.ts'
import { define, drive, type Driven } from './drive.ts'
import { startEcho } from './echo.ts'
import { type Api, httpApi } from './http-api.ts'
import { chains, fanOut, type Load, oneStep, type Step, STEPS, withItems } from './loads.ts'
import type { Options } from './options.ts'
import { profileDirOf, showProfiles } from './profile.ts'
import { type MeasuredServer, startMeasured } from './server.ts'
import { percentile, spreadOf } from './statistics.ts'
import type { StoreUnderTest } from './stores.ts'
import { recordLoad, replay, type Trace } from './trace.ts'
import { type Bench, repeat, type Row, type Workload } from './workload.ts'

/** What a load took, and what its commits take without the engine, in seconds. */
interface Measured {
  readonly load: Load
  readonly driven: readonly Driven[]
  readonly bare: readonly number[]
  readonly cpuMs: NonNullable<Row['cpuMs']>
}

type Rows = (measured: readonly Measured[], bench: Bench) => Row[] | Promise<Row[]>

type Figure = Pick<Row, 'unit' | 'better'> & { of(load: Load, seconds: number): number }

const WARM_UP_MS = 2000

const FIGURES = {
  executions: {
    unit: 'executions/s',
    better: 'more',
    of: ({ executions }, seconds) => executions / seconds,
  },
  steps: {
    unit: 'steps/s',
    better: 'more',
    of: ({ executions, steps }, seconds) => (executions * steps) / seconds,
  },
  step: { unit: 'ms/step', better: 'less', of: ({ steps }, seconds) => (1000 * seconds) / steps },
  whole: { unit: 's', better: 'less', of: (_, seconds) => seconds },
} as const satisfies { [name: string]: Figure }

export const stepWorkloads: readonly Workload[] = [
  workload('one-step', (step, quick) => [oneStep(step, quick ? 500 : 5000, 32)], oneStepRows),
  workload('chains', (step, quick) => [chains(step, quick ? 20 : 100, 20)], ([measured]) => [
    rowOf(measured!, FIGURES.steps),
  ]),
  workload('chain', (step, quick) => [chains(step, 1, quick ? 50 : 200)], ([measured]) => [
    rowOf(measured!, FIGURES.step),
  ]),
  workload('fan-out', (step, quick) => [fanOut(step, quick ? 100 : 1000)], ([measured]) => [
    rowOf(measured!, FIGURES.whole),
  ]),
  workload(
    'with-items',
    (step, quick) => (quick ? [100, 1000] : [1000, 10_000]).map((count) => withItems(step, count)),
    withItemsRows,
  ),
]

function workload(
  name: string,
  loads: (step: Step, quick: boolean) => Load[],
  rows: Rows,
): Workload {
  return {
    name,
    async run(bench) {
      const all: Row[] = []
      for (const step of STEPS) {
        bench.say(`${name}, ${step}`)
        const measured = await measure(bench, name, step, loads(step, bench.options.quick))
        const found = await rows(measured, bench)
        all.push(...found.map((row) => ({ ...row, workload: row.workload || name, step })))
      }
      return all
    },
  }
}

/** Measures loads one after the other on one server with a new store. */
async function measure(
  bench: Bench,
  name: string,
  step: Step,
  loads: readonly Load[],
): Promise<Measured[]> {
  const { store, options } = bench
  const bare: number[][] = []
  for (const load of loads) bare.push(await bareSeconds(bench, load))

  await store.clear()
  const profileDir = profileDirOf(options, store.kind, name, step)
  const server = await startMeasured({ runtime: options.runtime, env: store.env, profileDir })
  const driven: Driven[][] = []
  const cpuMs: Measured['cpuMs'][] = []
  let warm = Infinity
  try {
    for (const load of loads) {
      const api = httpApi(server.url, load.inFlight)
      await warmUp(api, load, options)
      warm = Math.min(warm, performance.now())
      const before = await cpuSeconds(server, store)
      driven.push(await repeat(bench, () => drive(api, load)))
      cpuMs.push(cpuEach(before, await cpuSeconds(server, store), load, options.repeats))
      await api.close()
    }
  } finally {
    await server.stop()
  }
  if (profileDir) bench.say(await showProfiles(profileDir, warm))
  return loads.map((load, i) => ({ load, driven: driven[i]!, bare: bare[i]!, cpuMs: cpuMs[i]! }))
}

type Cpu = Measured['cpuMs']

async function cpuSeconds(server: MeasuredServer, store: StoreUnderTest): Promise<Cpu> {
  return { server: await server.cpuSeconds(), store: await store.cpuSeconds() }
}

function cpuEach(before: Cpu, after: Cpu, { executions, steps }: Load, repeats: number): Cpu {
  const each = (seconds: number) => (1000 * seconds) / (executions * steps * repeats)
  return {
    server: each(after.server - before.server),
    store: each(after.store - before.store),
  }
}

/** A server that just started has compiled nothing: the load, made smaller, until it has. */
async function warmUp(api: Api, load: Load, { quick }: Options): Promise<void> {
  await define(api, load)
  const executions = Math.max(load.inFlight, Math.ceil(load.executions / 10))
  const end = performance.now() + (quick ? 0 : WARM_UP_MS)
  do await drive(api, { ...load, executions })
  while (performance.now() < end)
}

async function bareSeconds(bench: Bench, load: Load): Promise<number[]> {
  const trace = await withNewStore(bench, (store) => recordLoad(store, load))
  bench.say(describeTrace(trace, load))
  return await repeat(bench, () => withNewStore(bench, (store) => replay(store, trace)))
}

function describeTrace({ commits, rows, bytes }: Trace, load: Load): string {
  const steps = load.executions * load.steps
  const each = (count: number) => (count / steps).toFixed(2)
  return `${load.workflow}: ${steps} steps in ${commits.length} commits, ${each(rows)} rows and ` +
    `${each(bytes / 1024)} KiB a step`
}

export async function withNewStore<T>(
  { store }: Bench,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  await store.clear()
  const open = await store.open()
  try {
    return await use(open)
  } finally {
    await open.close()
  }
}

function rowOf(
  { load, driven, bare, cpuMs }: Measured,
  { unit, better, of }: Figure,
  workload = '',
): Row {
  return {
    workload,
    step: null,
    unit,
    better,
    values: driven.map(({ seconds }) => of(load, seconds)),
    limit: { what: 'store', values: bare.map((seconds) => of(load, seconds)) },
    clientCpu: busiest(driven),
    cpuMs,
  }
}

function busiest(driven: readonly Driven[]): number {
  return Math.max(...driven.map(({ clientCpu }) => clientCpu))
}

async function oneStepRows([measured]: readonly Measured[], bench: Bench): Promise<Row[]> {
  const { load, driven } = measured!
  const echoed = await echo(bench, load)
  const row = (
    workload: string,
    unit: string,
    better: Row['better'],
    of: (d: Driven) => number,
  ) => ({
    workload,
    step: null,
    unit,
    better,
    values: driven.map(of),
    limit: { what: 'HTTP', values: echoed.map(of) },
    clientCpu: busiest(echoed),
  })
  return [
    rowOf(measured!, FIGURES.executions),
    row('  submits', 'requests/s', 'more', (d) => load.executions / d.submitSeconds),
    row('  submit p50', 'ms', 'less', ({ submitMs }) => percentile(submitMs, 50)),
    row('  submit p99', 'ms', 'less', ({ submitMs }) => percentile(submitMs, 99)),
  ]
}

/** The same requests to a server that only answers: its answers are as long as Mestral's. */
async function echo(bench: Bench, load: Load): Promise<Driven[]> {
  const server = await startEcho(450)
  const api = httpApi(server.url, load.inFlight)
  try {
    await drive(api, { ...load, executions: Math.ceil(load.executions / 5) })
    return await repeat(bench, () => drive(api, load))
  } finally {
    await api.close()
    await server.stop()
  }
}

function withItemsRows(measured: readonly Measured[]): Row[] {
  const [fewer, more] = measured as [Measured, Measured]
  const growth = (of: (m: Measured) => readonly number[]) =>
    spreadOf(of(more)).median / spreadOf(of(fewer)).median
  const seconds = ({ driven }: Measured) => driven.map((d) => d.seconds)
  return [
    ...[fewer, more].map((m) => rowOf(m, FIGURES.whole, `with-items ${m.load.steps}`)),
    {
      workload: '  for 10 times the items',
      step: null,
      unit: 'times',
      better: 'less',
      values: [growth(seconds)],
      limit: { what: 'store', values: [growth(({ bare }) => bare)] },
      clientCpu: null,
    },
  ]
}
