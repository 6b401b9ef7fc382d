/**
 * @module
 * A process or thread that writes to an embedded store, for tests that kill it or run two at once.
 * Arguments: the directory, the shard, the number of turns (0: until killed), and for a thread perhaps
 * a port. It says `ready`, and each turn when it is acknowledged.
 */
import process from 'node:process'
import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { EmbeddedStore } from '../../../runtime/store/embedded/embedded-store.ts'
import { commitOf } from './rows.ts'

const [dataDir, shardText, turnsText, port] =
  (isMainThread ? process.argv.slice(2) : workerData) as [string, string, string, MessagePort?]
const shard = Number(shardText)
const turns = Number(turnsText)
const IN_FLIGHT = 8

function say(text: string): void {
  if (parentPort) parentPort.postMessage(text)
  else process.stdout.write(`${text}\n`)
}

async function write(store: EmbeddedStore): Promise<void> {
  const lease = await store.acquire(shard, 'child', 60_000)
  if (!lease) throw new Error(`Shard ${shard} is taken`)
  say('ready')
  let last = 0
  const inFlight = new Set<Promise<void>>()
  while (turns === 0 || last < turns) {
    const turn = ++last
    const id = String(turn).padStart(8, '0')
    const commit = store.commit(commitOf(lease, turn, {
      puts: [{ table: 'task', id, body: 'x'.repeat(300) }],
      enter: [{ index: 'tasks', owner: '', id }],
      timers: [{ key: id, dueAt: turn }],
    })).then(() => {
      inFlight.delete(commit)
      say(String(turn))
    })
    inFlight.add(commit)
    if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
}

const options = { dataDir, lock: isMainThread, ...port ? { port } : {} }
const store = await EmbeddedStore.open(options).catch((error) => {
  say(`${error}`)
  process.exit(1)
})
await write(store)
await store.close()
