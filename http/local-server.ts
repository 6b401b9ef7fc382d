/**
 * @module
 * A whole server in one process: runtime, edge and the port they are reached on.
 */
import { idGenerator } from '../actors/ids.ts'
import type { Config } from '../runtime/config.ts'
import type { Log } from '../runtime/log.ts'
import { startRuntime } from '../runtime/runtime.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { createApp, defaultConfig } from './app.ts'
import { serve } from './server.ts'
import type { Servable } from './server.ts'

export interface LocalServer {
  readonly url: string
  close(): Promise<void>
}

/** The API over a runtime in this process. */
export function localApp(runtime: Runtime, config: Config, log: Log): Servable {
  return createApp({
    store: runtime.store,
    engine: runtime.engine,
    actions: runtime.registry,
    newId: idGenerator({ now: () => Date.now(), random: () => Math.random() }),
    now: () => Date.now(),
    config: { ...defaultConfig, maxFieldBytes: config.limits.fieldSize || -1 },
    ready: () => runtime.store.ping(),
    onTriggerChange: () => runtime.wakeCron(),
    onMaintenanceChange: () => runtime.wakeMaintenance(),
    onError: (error, request) => log.error({ error, url: request.url }, 'A request failed'),
  })
}

/** Starts everything; resolves when requests are served. */
export async function startServer(config: Config, log: Log): Promise<LocalServer> {
  const runtime = await startRuntime(config, callbackUrl(config), log)
  try {
    const app = localApp(runtime, config, log)
    const server = await serve(app, { host: config.host, port: config.port })
    log.info({ url: server.url }, 'Mestral is ready')
    return {
      url: server.url,
      async close() {
        await server.close()
        await runtime.close()
      },
    }
  } catch (error) {
    await runtime.close()
    throw error
  }
}

function callbackUrl({ host, port }: Config): string | null {
  if (port === 0) return null
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
