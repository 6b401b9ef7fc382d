/**
 * @module
 * The stores that are measured, where nothing else is: a directory of our own, a Redis of our own.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { openStore } from '../../runtime/store/open.ts'
import type { Store } from '../../runtime/store/store.ts'
import { freePort } from '../free-port.ts'
import { cpuSecondsOf, spawnChild, temporaryDirectory } from './children.ts'

export type StoreKind = 'embedded' | 'redis'
export type Fsync = 'everysec' | 'always'

export interface StoreUnderTest {
  readonly kind: StoreKind
  /** What makes a server use it. */
  readonly env: Readonly<Record<string, string>>
  /** Empties it, while nobody has it open. */
  clear(): Promise<void>
  open(): Promise<Store>
  /** What it takes now: on the disk if embedded, in Redis's memory if not. */
  bytes(): Promise<number>
  /** CPU time that it has used in a process of its own. */
  cpuSeconds(): Promise<number>
  close(): Promise<void>
}

export async function storeUnderTest(kind: StoreKind, fsync: Fsync): Promise<StoreUnderTest> {
  const dir = await temporaryDirectory()
  return kind === 'embedded' ? embedded(dir) : await redis(dir, fsync)
}

function embedded(dir: string): StoreUnderTest {
  const dataDir = join(dir, 'data')
  return {
    kind: 'embedded',
    env: { MESTRAL_DATA: dataDir, REDIS_URL: '' },
    clear: () => rm(dataDir, { recursive: true, force: true }),
    open: () => openStore({ dataDir }),
    async bytes() {
      // Blocks, not length: a file may have holes.
      return (await stat(join(dataDir, 'data.mdb'))).blocks * 512
    },
    cpuSeconds: () => Promise.resolve(0),
    close: () => rm(dir, { recursive: true, force: true }),
  }
}

async function redis(dir: string, fsync: Fsync): Promise<StoreUnderTest> {
  const port = await freePort()
  const redisUrl = `redis://127.0.0.1:${port}`
  const child = startRedis(port, dir, fsync)
  await once(child, 'spawn')
  // It tries again until the server listens.
  const client = new Redis(redisUrl, { maxRetriesPerRequest: 100 })
  client.on('error', () => {})
  await client.ping()
  return {
    kind: 'redis',
    env: { REDIS_URL: redisUrl },
    clear: async () => void await client.flushall(),
    open: () => openStore({ redisUrl }),
    async bytes() {
      return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))![1])
    },
    cpuSeconds: () => cpuSecondsOf(child.pid!),
    async close() {
      client.disconnect()
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function startRedis(port: number, dir: string, fsync: Fsync): ChildProcess {
  const settings = { port, dir, bind: '127.0.0.1', save: '', appendonly: 'yes', appendfsync: fsync }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  return spawnChild('redis-server', args, { stdio: 'ignore' })
}
