/**
 * @module
 * A whole runtime: the store, the supervisor with its worker threads, and the cron scheduler.
 */
import { limitExpressions } from '../actors/expressions/limits.ts'
import { hostname } from 'node:os'
import { loadActions } from '../actors/action/directory.ts'
import { ActionRegistry } from '../actors/action/registry.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { CronScheduler } from './cron/scheduler.ts'
import { cronTick } from './cron/ticks.ts'
import { Retries } from './cron/retries.ts'
import type { Engine } from './commands.ts'
import type { Log } from './log.ts'
import { maintenanceStep } from './maintenance-keeper.ts'
import { openStore } from './store/open.ts'
import type { StoreOptions } from './store/open.ts'
import type { Member, Store } from './store/store.ts'
import { Supervisor } from './supervisor.ts'
import { workerThreads } from './worker-thread.ts'

export interface Runtime {
  readonly store: Store
  readonly engine: Engine
  readonly registry: ActionRegistry
  /** A cron trigger was made or changed. */
  wakeCron(): void
  /** Maintenance begins or ends. */
  wakeMaintenance(): void
  /** Finishes turns, releases leases, closes the store. */
  close(): Promise<void>
}

/** @param apiUrl Where this process's API will be reached, for callbacks; null if nowhere. */
export async function startRuntime(
  config: Config,
  apiUrl: string | null,
  log: Log,
): Promise<Runtime> {
  limitExpressions(config.expressions)
  const custom = config.actionsDir === null ? [] : await loadActions(config.actionsDir)
  const registry = new ActionRegistry(custom)
  const options = storeOptions(config)
  const store = await openStore(options)
  log.info({ store: store.durability }, 'Store opened')

  const supervisor = new Supervisor({
    store,
    member: memberOf(config),
    spawn: workerThreads(store, {
      store: options,
      limits: config.limits,
      expressions: config.expressions,
      retention: config.retention,
      integrity: config.integrity,
      settings: config.actions,
      actionsDir: config.actionsDir,
      apiUrl,
      logLevel: config.logLevel,
      webhookSecret: config.webhookSecret,
      graceMs: config.graceMs,
    }),
    clock: systemClock,
    uuid: () => crypto.randomUUID(),
    log,
    leaseMs: config.leaseMs,
    heartbeat: config.heartbeat,
    askMs: config.askMs,
    graceMs: config.graceMs,
  })
  await supervisor.start()

  const retries = new Retries()
  const cron = new CronScheduler({
    tick: (now) =>
      cronTick({
        catalogue: store,
        engine: supervisor,
        retries,
        onFailure: (trigger, error) =>
          log.warn({ trigger: trigger.name, error }, 'A cron trigger could not start its workflow'),
      }, now),
    clock: systemClock,
    onError: (error) => log.warn({ error }, 'A cron tick failed'),
  })
  cron.start()
  const keeper = new CronScheduler({
    tick: (now) => maintenanceStep({ store, engine: supervisor }, now),
    clock: systemClock,
    onError: (error) => log.warn({ error }, 'A step of maintenance failed'),
  })
  keeper.start()
  return {
    store,
    engine: supervisor,
    registry,
    wakeCron: () => cron.wake(),
    wakeMaintenance: () => keeper.wake(),
    async close() {
      await Promise.all([cron.stop(), keeper.stop()])
      await supervisor.stop()
      await store.close()
    },
  }
}

function memberOf(config: Config): Member {
  return {
    id: crypto.randomUUID(),
    name: `${hostname()}_${process.pid}`,
    roles: ['edge', 'worker'],
    threads: config.threads,
  }
}

function storeOptions({ redisUrl, dataDir, shards }: Config): StoreOptions {
  const count = shards === null ? {} : { shards }
  return redisUrl === null ? { dataDir, ...count } : { redisUrl, ...count }
}
