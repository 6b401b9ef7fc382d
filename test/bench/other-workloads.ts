/**
 * @module
 * What a server costs before it has done anything, and while executions wait.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { define, drive, submit } from './drive.ts'
import { startEcho } from './echo.ts'
import { httpApi } from './http-api.ts'
import { oneStep, parked } from './loads.ts'
import { profileDirOf, showProfiles } from './profile.ts'
import { type MeasuredServer, startMeasured } from './server.ts'
import { withNewStore } from './step-workloads.ts'
import { recordLoad } from './trace.ts'
import { type Bench, repeat, type Row, type Workload } from './workload.ts'

/** So long nothing happens before memory is read: idle executions have left it by then. */
const SETTLE_MS = 8000
const IN_FLIGHT = 32

export const otherWorkloads: readonly Workload[] = [
  { name: 'start', run: start },
  { name: 'idle', run: idle },
  { name: 'parked', run: park },
]

function startServer({ options, store }: Bench, profileDir: string | null = null) {
  return startMeasured({ runtime: options.runtime, env: store.env, profileDir })
}

async function start(bench: Bench): Promise<Row[]> {
  bench.say('start')
  const starts = await repeat(bench, async () => {
    await bench.store.clear()
    const begin = performance.now()
    const server = await startServer(bench)
    const api = httpApi(server.url, 1)
    const load = oneStep('awaits', 1, 1)
    await define(api, load)
    await drive(api, load)
    const result = (performance.now() - begin) / 1000
    await api.close()
    await server.stop()
    return { ready: server.readySeconds, result }
  })
  const echoes = await repeat(bench, async () => {
    const server = await startEcho(450)
    await server.stop()
    return server.readySeconds
  })
  const row = (workload: string, values: number[]): Row => ({
    workload,
    step: null,
    unit: 's',
    better: 'less',
    values,
    limit: { what: 'empty server', values: echoes },
    clientCpu: null,
  })
  return [
    row('start to ready', starts.map(({ ready }) => ready)),
    row('start to first result', starts.map(({ result }) => result)),
  ]
}

const MIB = 2 ** 20

async function idle(bench: Bench): Promise<Row[]> {
  bench.say('idle')
  const idleMiB = (server: Pick<MeasuredServer, 'memory' | 'stop'>) => async () => {
    await sleep(2000)
    const { all } = await server.memory()
    await server.stop()
    return all / MIB
  }
  const values = await repeat(bench, async () => {
    await bench.store.clear()
    return await idleMiB(await startServer(bench))()
  })
  const bare = await repeat(bench, async () => await idleMiB(await startEcho(450))())
  return [{
    workload: 'RSS idle',
    step: null,
    unit: 'MiB',
    better: 'less',
    values,
    limit: { what: 'empty server', values: bare },
    clientCpu: null,
  }]
}

/** What each batch adds, so that the first pays for what all share. */
async function park(bench: Bench): Promise<Row[]> {
  const { store, options } = bench
  bench.say('parked')
  const load = parked(options.quick ? 1000 : 20_000, IN_FLIGHT)
  const sample = { ...load, executions: 200 }
  const trace = await withNewStore(bench, (open) => recordLoad(open, sample, false))
  const bareKiB = trace.bytes / sample.executions / 1024

  await store.clear()
  const profileDir = profileDirOf(options, store.kind, 'parked', null)
  const server = await startServer(bench, profileDir)
  const api = httpApi(server.url, IN_FLIGHT)
  await define(api, load)
  await submit(api, sample)
  const look = async () => {
    await sleep(SETTLE_MS)
    return { bytes: await store.bytes(), ...await server.memory() }
  }
  let before = await look()
  const since = performance.now()
  const batches = await repeat(bench, async () => {
    await submit(api, load)
    const after = await look()
    const each = (of: (looked: typeof after) => number) =>
      (of(after) - of(before)) / load.executions / 1024
    const grown = {
      store: each(({ bytes }) => bytes),
      all: each(({ all }) => all),
      anonymous: each(({ anonymous }) => anonymous),
    }
    before = after
    return grown
  })
  await api.close()
  await server.stop()
  if (profileDir) bench.say(await showProfiles(profileDir, since))

  const row = (workload: string, values: number[], limit: Row['limit']): Row => ({
    workload,
    step: null,
    unit: 'KiB',
    better: 'less',
    values,
    limit,
    clientCpu: null,
  })
  return [
    row(
      store.kind === 'embedded' ? 'parked, on disk' : 'parked, in Redis',
      batches.map((batch) => batch.store),
      { what: 'rows alone', values: [bareKiB] },
    ),
    row('parked, RSS', batches.map(({ all }) => all), null),
    row('  without mapped files', batches.map(({ anonymous }) => anonymous), null),
  ]
}
