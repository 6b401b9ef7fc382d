/**
 * @module
 * The API on an edge platform (Deno Deploy, Workers): no threads and no disk. It reads and posts
 * through the store; workers elsewhere do the work.
 */
import { limitExpressions, type Limits } from '../actors/expressions/limits.ts'
import { idGenerator } from '../actors/ids.ts'
import type { Engine } from '../runtime/commands.ts'
import { type CronReport, cronTick } from '../runtime/cron/ticks.ts'
import { mailboxEngine } from '../runtime/mailbox-engine.ts'
import type { Store } from '../runtime/store/store.ts'
import { type ActionDirectory, createApp, defaultConfig, type EdgeConfig } from './app.ts'
import { type EdgeEnvironment, openEdgeStore } from './edge-store.ts'
import { faultResponse } from './faults.ts'
import type { Servable } from './servable.ts'

export interface EdgeOptions {
  readonly config?: Partial<EdgeConfig>
  /** What one evaluation may use, where that is not the usual. */
  readonly expressions?: Partial<Limits>
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number
  /** The actions that exist by themselves; the built-in ones if not given. */
  readonly actions?: ActionDirectory
  /** Told about failures that nobody expects; they go to the platform's log if not given. */
  readonly onError?: (error: unknown) => void
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
  const { now = Date.now, engineOf = (store) => mailboxEngine(store), onError = console.error } =
    options
  if (options.expressions) limitExpressions(options.expressions)
  const newId = idGenerator({ now, random: Math.random })
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
    const actions = options.actions ?? await builtIns()
    const config = { ...defaultConfig, ...options.config }
    return {
      store,
      engine,
      app: createApp({ store, engine, actions, newId, now, config, onError }),
    }
  }

  return {
    async fetch(request) {
      try {
        const { app } = await opened()
        return await app.fetch(request)
      } catch (error) {
        onError(error)
        return faultResponse({ status: 503, text: 'The store cannot be reached' })
      }
    },
    async scheduled() {
      const { store, engine } = await opened()
      return await cronTick({ catalogue: store, engine }, now())
    },
  }
}

/**
 * Loaded apart: running an action may take what an edge lacks (threads, sockets), telling its name
 * and input does not. Where they cannot even be loaded, none are listed.
 */
async function builtIns(): Promise<ActionDirectory> {
  try {
    const { ActionRegistry } = await import('../actors/action/registry.ts')
    return new ActionRegistry()
  } catch {
    return { get: () => null, list: () => [] }
  }
}

let edge: Edge | undefined

/** The edge of this isolate; its settings come with the first request, or from the process. */
function edgeOf(environment: EdgeEnvironment | undefined): Edge {
  return edge ??= createEdge(() => openEdgeStore(environment))
}

/** Answers a request; platforms that have settings hand them over with it. */
export function fetch(request: Request, environment?: EdgeEnvironment): Promise<Response> {
  return edgeOf(environment).fetch(request)
}

/** A tick of the platform's clock. */
export async function scheduled(_event?: unknown, environment?: EdgeEnvironment): Promise<void> {
  await edgeOf(environment).scheduled()
}

export default { fetch, scheduled }
