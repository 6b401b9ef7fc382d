/**
 * @module
 * The API on an edge platform (Deno Deploy, Workers): no threads and no disk. It reads and posts
 * through the store; workers elsewhere do the work.
 */
import { ActionRegistry } from '../actors/action/registry.ts'
import { idGenerator } from '../actors/ids.ts'
import type { Engine } from '../runtime/commands.ts'
import { type CronReport, cronTick } from '../runtime/cron/ticks.ts'
import { mailboxEngine } from '../runtime/mailbox-engine.ts'
import type { Store } from '../runtime/store/store.ts'
import { createApp, defaultConfig, type EdgeConfig } from './app.ts'
import { openEdgeStore } from './edge-store.ts'
import { faultResponse } from './faults.ts'
import type { Servable } from './servable.ts'

export interface EdgeOptions {
  readonly config?: Partial<EdgeConfig>
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number
  /** How actors are reached; by mailbox if not given. */
  readonly engineOf?: (store: Store) => Engine
}

/** What edge platforms call. */
export interface Edge extends Servable {
  fetch(request: Request): Promise<Response>
  /** A tick of the platform's scheduler: fires the cron triggers that are due. */
  scheduled(): Promise<CronReport>
}

interface Opened {
  readonly store: Store
  readonly engine: Engine
  readonly app: Servable
}

/** An edge over the store that `open` opens, with the first request and again after a failure. */
export function createEdge(open: () => Promise<Store>, options: EdgeOptions = {}): Edge {
  const { now = Date.now, engineOf = (store) => mailboxEngine(store) } = options
  const newId = idGenerator({ now, random: Math.random })
  const actions = new ActionRegistry()
  let opening: Promise<Opened> | null = null

  function opened(): Promise<Opened> {
    opening ??= start().catch((error) => {
      opening = null
      throw error
    })
    return opening
  }

  async function start(): Promise<Opened> {
    const store = await open()
    const engine = engineOf(store)
    const config = { ...defaultConfig, ...options.config }
    return { store, engine, app: createApp({ store, engine, actions, newId, now, config }) }
  }

  return {
    async fetch(request) {
      try {
        const { app } = await opened()
        return await app.fetch(request)
      } catch {
        return faultResponse({ status: 503, text: 'The store cannot be reached' })
      }
    },
    async scheduled() {
      const { store, engine } = await opened()
      return await cronTick({ catalogue: store, engine }, now())
    },
  }
}

const edge = createEdge(openEdgeStore)

export const fetch = (request: Request): Promise<Response> => edge.fetch(request)
export const scheduled = (): Promise<CronReport> => edge.scheduled()

export default { fetch, scheduled }
