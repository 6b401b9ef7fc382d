/**
 * @module
 * What commits cost: `store.bench.ts [embedded|redis|memory] [in flight] [threads]`. Each commit writes
 * 10 rows of 400 bytes and 4 index entries, over 16 shards; in the embedded store threads share them.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { MemoryStore } from '../../../runtime/store/memory.ts'
import { openStore, optionsForThread, type StoreOptions } from '../../../runtime/store/open.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { startRedis } from '../../redis-server.ts'
import { commitOf } from './rows.ts'

const SECONDS = 4
const SHARDS = 16
const TABLES = ['execution', 'task', 'action', 'payload', 'payload'] as const

interface Work {
  readonly options: StoreOptions
  readonly shards: number[]
  readonly inFlight: number
}

/** Returns the milliseconds that each commit took. */
async function drive(store: Store, shards: number[], inFlight: number): Promise<number[]> {
  const body = 'x'.repeat(400)
  const leases = await Promise.all(shards.map((shard) => store.acquire(shard, 'bench', 60_000)))
  const turns = shards.map(() => 0)
  const took: number[] = []
  let count = 0
  const end = performance.now() + SECONDS * 1000
  async function client(slot: number): Promise<void> {
    while (performance.now() < end) {
      const ids = Array.from({ length: 10 }, () => {
        return `${Date.now().toString(16)}-${shards[slot]}-${
          (count++).toString(16).padStart(24, '0')
        }`
      })
      const [execution = '', task = '', action = ''] = ids
      const began = performance.now()
      await store.commit(commitOf(leases[slot]!, ++turns[slot]!, {
        puts: ids.map((id, i) => ({ table: TABLES[i % 5]!, id, body })),
        enter: [
          { index: 'executions', owner: '', id: execution },
          { index: 'tasks', owner: '', id: task },
          { index: 'tasks.execution', owner: execution, id: task },
          { index: 'actions', owner: '', id: action },
        ],
      }))
      took.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, i) => client(i % shards.length)))
  return took
}

function inThread(store: Store, options: StoreOptions, work: Omit<Work, 'options'>) {
  const thread = optionsForThread(store, options)
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { ...work, options: thread.options } satisfies Work,
    transferList: thread.transferList,
  })
  return new Promise<number[]>((resolve) => worker.once('message', resolve))
}

function report(name: string, took: number[]): void {
  took.sort((a, b) => a - b)
  const { user, system } = process.cpuUsage()
  const at = (share: number) => took[Math.floor(took.length * share)]!.toFixed(1)
  console.log(
    `${name}: ${Math.round(took.length / SECONDS)} commits/s, p50 ${at(0.5)} ms, p99 ${
      at(0.99)
    } ms, ` +
      `${Math.round((user + system) / took.length)} µs CPU each in this process, start included`,
  )
}

async function main(name = 'embedded', inFlight = '64', threads = '0'): Promise<void> {
  const all = Array.from({ length: SHARDS }, (_, shard) => shard)
  const count = Number(threads)
  const redis = name === 'redis' ? await startRedis() : null
  const dataDir = await mkdtemp(join(tmpdir(), 'mestral-bench-'))
  const options = redis ? { redisUrl: redis.url } : { dataDir }
  const store = name === 'memory' ? new MemoryStore() : await openStore(options)
  const took = count === 0
    ? [await drive(store, all, Number(inFlight))]
    : await Promise.all(Array.from({ length: count }, (_, i) =>
      inThread(store, options, {
        shards: all.filter((shard) => shard % count === i),
        inFlight: Number(inFlight) / count,
      })))
  report(`${name}, ${inFlight} in flight, ${threads} threads`, took.flat())
  await store.close()
  await redis?.stop()
  await rm(dataDir, { recursive: true })
  process.exit(0)
}

if (isMainThread) await main(...process.argv.slice(2))
else {
  const { options, shards, inFlight } = workerData as Work
  const store = await openStore(options)
  const took = await drive(store, shards, inFlight)
  await store.close()
  parentPort!.postMessage(took)
}
