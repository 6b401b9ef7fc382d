/**
 * @module
 * A worker thread's entry: a host of shards with everything real.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { loadActions } from '../actors/action/directory.ts'
import { ActionRegistry } from '../actors/action/registry.ts'
import { limitExpressions } from '../actors/expressions/limits.ts'
import { systemChance } from './chance.ts'
import { systemClock } from './clock.ts'
import { Executor } from './executor.ts'
import { createLog } from './log.ts'
import { Notifier, webhooks } from './notifier.ts'
import { openStore } from './store/open.ts'
import { WorkerHost } from './worker-host.ts'
import type { FromWorker, ToWorker, WorkerData } from './worker-protocol.ts'

const port = parentPort!
const data = workerData as WorkerData
const say = (message: FromWorker) => port.postMessage(message)

limitExpressions(data.expressions)
const log = createLog(data.logLevel)
const store = await openStore(data.store)
const custom = data.actionsDir === null ? [] : await loadActions(data.actionsDir)
const post = webhooks(data.settings.http, data.webhookSecret)
const host = new WorkerHost({
  store,
  registry: new ActionRegistry(custom),
  clock: systemClock,
  chance: systemChance(),
  limits: data.limits,
  retention: data.retention,
  integrity: data.integrity,
  log,
  graceMs: data.graceMs,
  executor: () => new Executor({ settings: data.settings, apiUrl: data.apiUrl }),
  notifier: () => new Notifier({ post, log }),
  say,
})

port.on('message', (message: ToWorker) => host.hear(message))
say({ type: 'ready' })
