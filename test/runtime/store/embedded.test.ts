import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process, { kill as signal } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type MessagePort, Worker } from 'node:worker_threads'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DirectoryInUseError } from '../../../runtime/store/embedded/directory-lock.ts'
import { EmbeddedStore, WriterDiedError } from '../../../runtime/store/embedded/embedded-store.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { commitOf, rejects, until } from './rows.ts'
import { storeContract } from './store.contract.ts'

const directories = new WeakMap<Store, string>()

async function newDirectory(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'mestral-store-'))
}

storeContract('embedded', {
  async open() {
    const dataDir = await newDirectory()
    const store = await EmbeddedStore.open({ dataDir, shards: 16 })
    directories.set(store, dataDir)
    const close = store.close.bind(store)
    store.close = async () => {
      await close()
      await rm(dataDir, { recursive: true })
    }
    return store
  },
  again: (store) => EmbeddedStore.open({ dataDir: directories.get(store)!, lock: false }),
  histories: 40,
})

const it = suite<{ dataDir: string; children: ChildProcess[] }>('embedded store in a directory')
const child = new URL(`./embedded-child.${import.meta.url.slice(-2)}`, import.meta.url)

it.before.each(async (context) => {
  context.dataDir = await newDirectory()
  context.children = []
})

it.after.each(async ({ dataDir, children }) => {
  for (const child of children) child.kill('SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
})

/** Starts a process on the directory; `said` collects its lines. */
function start(dataDir: string, children: ChildProcess[]) {
  const flags = 'Deno' in globalThis ? ['run', '-A'] : []
  const args = [...flags, fileURLToPath(child), dataDir, '0', '0']
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(process_)
  const said: string[] = []
  createInterface({ input: process_.stdout! }).on('line', (line) => said.push(line))
  return { process: process_, said }
}

async function run(
  dataDir: string,
  shard: number,
  turns: number,
  port?: MessagePort,
): Promise<number> {
  const worker = new Worker(child, {
    workerData: [dataDir, String(shard), String(turns), port],
    transferList: port ? [port] : [],
  })
  let acknowledged = 0
  worker.on('message', (text: string) => {
    if (text !== 'ready') acknowledged++
  })
  const [code] = await once(worker, 'exit')
  assert.is(code, 0)
  return acknowledged
}

it('lets two threads commit at once, while the main thread reads', async ({ dataDir }) => {
  const store = await EmbeddedStore.open({ dataDir })
  const runs = [run(dataDir, 0, 2000), run(dataDir, 1, 2000, store.openPort())]
  await until(async () => await store.nextDue(0) !== null && await store.nextDue(1) !== null)
  assert.equal(await Promise.all(runs), [2000, 2000])
  for (const shard of [0, 1]) {
    const page = { after: null, limit: 10_000 }
    assert.is((await store.scan(shard, 'tasks', '', page)).length, 2000)
    assert.is((await store.due(shard, 1e9, 10_000)).length, 2000)
  }
  await store.close()
})

it('goes on when threads are stopped in the midst of their work', async ({ dataDir }) => {
  const store = await EmbeddedStore.open({ dataDir })
  for (let round = 1; round <= 12; round++) {
    const port = round % 2 === 0 ? store.openPort() : undefined
    const worker = new Worker(child, {
      workerData: [dataDir, '0', '0', port],
      transferList: port ? [port] : [],
    })
    let acknowledged = 0
    worker.on('message', () => acknowledged++)
    await until(() => acknowledged > 20 * round)
    await worker.terminate()
    const lease = await store.acquire(0, 'child', 60_000)
    await store.commit(commitOf(lease!, 1))
    assert.ok((await store.scan(0, 'tasks', '', { after: null, limit: 1e6 })).length > 20)
  }
  await store.close()
})

it('keeps what was acknowledged when the process is killed', async ({ dataDir, children }) => {
  const { process, said } = start(dataDir, children)
  await until(() => said.length > 500)
  process.kill('SIGKILL')
  await once(process, 'exit')
  const turns = said.filter((line) => line !== 'ready').map(Number)

  // The dead owner's lease has most of its minute left, and does not delay this.
  const store = await EmbeddedStore.open({ dataDir })
  const kept = await store.scan(0, 'tasks', '', { after: null, limit: 1e6 })
  assert.ok(kept.length >= Math.max(...turns), `${kept.length} kept of ${Math.max(...turns)}`)
  const bodies = await store.read(0, kept.map((id) => ({ table: 'task', id })))
  assert.ok(bodies.every((body) => body?.length === 300))
  assert.is((await store.due(0, 1e9, 1e6)).length, kept.length)
  const lease = await store.acquire(0, 'me', 60_000)
  assert.equal(lease, { shard: 0, epoch: 2 })
  await store.commit(commitOf(lease!, 1))
  await store.close()
  assert.equal((await readdir(dataDir)).sort(), ['data.mdb', 'lock.mdb'])
})

it('refuses a second process, and names the first', async ({ dataDir, children }) => {
  const { process, said } = start(dataDir, children)
  await until(() => said.includes('ready'))
  const error = await rejects(EmbeddedStore.open({ dataDir }), DirectoryInUseError)
  assert.match(error.message, dataDir)
  assert.match(error.message, String(process.pid))
  // A process that hangs is alive: its commits may still come.
  // On Deno a handle that has sent a signal sends no other.
  signal(process.pid!, 'SIGSTOP')
  await rejects(EmbeddedStore.open({ dataDir }), DirectoryInUseError)
})

it('lets one of several that open at once have the directory', async ({ dataDir }) => {
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => EmbeddedStore.open({ dataDir })),
  )
  const opened = results.filter((result) => result.status === 'fulfilled')
  assert.is(opened.length, 1)
  await opened[0]!.value.close()
  const again = await EmbeddedStore.open({ dataDir })
  await again.close()
})

it('opens again with everything, and leases are void', async ({ dataDir }) => {
  const store = await EmbeddedStore.open({ dataDir })
  const lease = await store.acquire(0, 'alice', 60_000)
  await store.heartbeat({ id: 'm1', name: 'host_1', roles: ['worker'], threads: 1 }, 60_000)
  await store.post(0, ['a', 'b'])
  const [first] = await store.letters(0, null, 1)
  await store.commit(commitOf(lease!, 1, {
    puts: [{ table: 'task', id: 't1', body: '{}' }],
    cursor: first!.seq,
  }))
  await store.keepText('h', 'text')
  await store.close()

  const again = await EmbeddedStore.open({ dataDir })
  assert.equal(await again.read(0, [{ table: 'task', id: 't1' }]), ['{}'])
  assert.equal((await again.letters(0, null, 9)).map((letter) => letter.body), ['b'])
  assert.is(await again.text('h'), 'text')
  assert.equal(await again.members(), [])
  assert.equal(await again.acquire(0, 'bob', 60_000), { shard: 0, epoch: 2 })
  await again.close()
})

it('fails other threads’ writes once the main thread has closed it', async ({ dataDir }) => {
  const store = await EmbeddedStore.open({ dataDir })
  const others = [
    await EmbeddedStore.open({ dataDir, lock: false }),
    await EmbeddedStore.open({ dataDir, lock: false, port: store.openPort() }),
  ]
  await store.close()
  for (const other of others) {
    await rejects(other.post(0, ['x']), WriterDiedError)
    await other.close()
  }
})

it('has as many shards as it was made with', async ({ dataDir }) => {
  const store = await EmbeddedStore.open({ dataDir, shards: 4 })
  assert.is(store.shards, 4)
  await store.close()
  const error = await rejects(EmbeddedStore.open({ dataDir, shards: 8 }), RangeError)
  assert.match(error.message, 'has 4 shards, not 8')
  const again = await EmbeddedStore.open({ dataDir })
  assert.is(again.shards, 4)
  await again.close()
})

it('makes a directory that only its owner can enter', async ({ dataDir }) => {
  const inner = join(dataDir, 'a', 'b')
  const store = await EmbeddedStore.open({ dataDir: inner })
  assert.is((await stat(inner)).mode & 0o777, 0o700)
  assert.is((await stat(join(inner, 'data.mdb'))).mode & 0o777, 0o600)
  await store.close()
})

it('opens a directory whose path is too long for a socket', async ({ dataDir }) => {
  const inner = join(dataDir, 'x'.repeat(100))
  const store = await EmbeddedStore.open({ dataDir: inner })
  await rejects(EmbeddedStore.open({ dataDir: inner }), DirectoryInUseError)
  await store.close()
})

it('refuses an id that is too long, and nothing else of its batch', async ({ dataDir }) => {
  const store = await EmbeddedStore.open({ dataDir })
  const lease = await store.acquire(0, 'alice', 60_000)
  const long = { table: 'task', id: 'x'.repeat(2000), body: '' } as const
  const short = { table: 'task', id: 'x', body: '1' } as const
  const [refused, written] = await Promise.allSettled([
    store.commit(commitOf(lease!, 1, { puts: [short, long] })),
    store.commit(commitOf(lease!, 1, { puts: [short] })),
  ])
  assert.is(refused.status, 'rejected')
  assert.is(written.status, 'fulfilled')
  await store.close()
})

it.run()
