/**
 * @module
 * A worker thread: hosts shards.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { loadActions } from '../actors/action/directory.ts'
import { ActionRegistry } from '../actors/action/registry.ts'
import { parseJson } from '../actors/expressions/values/json.ts'
import { systemChance } from './chance.ts'
import { systemClock } from './clock.ts'
import type { Command } from './commands.ts'
import { Executor } from './executor.ts'
import { createLog } from './log.ts'
import type { ReplyBody } from './messages.ts'
import { Notifier } from './notifier.ts'
import { Shard } from './shard.ts'
import type { ShardDeps } from './shard.ts'
import { openStore } from './store/open.ts'
import type { Lease } from './store/store.ts'
import type { AskMessage, FromWorker, ToWorker, WorkerData } from './worker-protocol.ts'

const port = parentPort!
const data = workerData as WorkerData
const say = (message: FromWorker) => port.postMessage(message)

const log = createLog(data.logLevel)
const store = await openStore(data.store)
const custom = data.actionsDir === null ? [] : await loadActions(data.actionsDir)
const deps: Omit<ShardDeps, 'executor' | 'notifier'> = {
  store,
  registry: new ActionRegistry(custom),
  clock: systemClock,
  chance: systemChance(),
  limits: data.limits,
  log,
  onFailure(shard, error) {
    shards.delete(shard)
    say({ type: 'failed', shard, message: error.message })
  },
}
const shards = new Map<number, Shard>()

let replies: (readonly [string, ReplyBody])[] = []

/** Replies of one round of the event loop go together. */
function reply(askId: string, body: ReplyBody): void {
  if (replies.push([askId, body]) > 1) return
  setImmediate(() => {
    say({ type: 'replies', replies })
    replies = []
  })
}

async function own(lease: Lease): Promise<void> {
  const executor = new Executor({ settings: data.settings, apiUrl: data.apiUrl })
  const notifier = new Notifier({ settings: data.settings.http, secret: data.webhookSecret, log })
  const shard = new Shard(lease, { ...deps, executor, notifier })
  shards.set(lease.shard, shard)
  try {
    await shard.open()
  } catch (error) {
    deps.onFailure(lease.shard, error as Error)
  }
}

async function drop(number: number): Promise<void> {
  const shard = shards.get(number)
  shards.delete(number)
  await shard?.close(data.graceMs)
  say({ type: 'dropped', shard: number })
}

function ask({ askId, shard, command }: AskMessage): void {
  const owner = shards.get(shard)
  if (!owner) {
    const message = `Shard ${shard} is changing its owner`
    return reply(askId, { ok: false, error: { code: 'unavailable', status: 503, message } })
  }
  const parsed = parseJson(command) as unknown as Command
  owner.ask(askId, parsed, (body) => reply(askId, body)).catch((error: Error) => {
    log.error({ error }, 'A question failed')
    reply(askId, { ok: false, error: { code: 'internal', status: 500, message: error.message } })
  })
}

async function stop(): Promise<void> {
  await Promise.all([...shards.values()].map((shard) => shard.close(data.graceMs)))
  await store.close()
  say({ type: 'stopped' })
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'own':
      return void own(message.lease)
    case 'drop':
      return void drop(message.shard)
    case 'asks':
      return message.asks.forEach(ask)
    case 'wake':
      return shards.get(message.shard)?.wake()
    case 'stop':
      return void stop()
  }
})

say({ type: 'ready' })
