/**
 * @module
 * A whole service without threads or a port, over any store: for tests through the public door.
 */
import { ActionRegistry } from '../actors/action/registry.ts'
import type { Action } from '../actors/action/action.ts'
import type { EngineLimits } from '../actors/turn.ts'
import { createApp, defaultConfig } from '../http/app.ts'
import type { Servable } from '../http/server.ts'
import { systemChance } from '../runtime/chance.ts'
import { atMost, systemClock } from '../runtime/clock.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Answer, Command, Engine } from '../runtime/commands.ts'
import { readConfig } from '../runtime/config.ts'
import type { Settings } from '../runtime/config.ts'
import { Executor } from '../runtime/executor.ts'
import { mailboxEngine, open } from '../runtime/mailbox-engine.ts'
import { shardOfCommand } from '../runtime/messages.ts'
import type { ReplyBody } from '../runtime/messages.ts'
import { Notifier, webhooks } from '../runtime/notifier.ts'
import type { Post } from '../runtime/notifier.ts'
import type { IntegrityPolicy } from '../runtime/integrity.ts'
import type { RetentionPolicy } from '../runtime/retention.ts'
import { Shard } from '../runtime/shard.ts'
import type { ShardDeps } from '../runtime/shard.ts'
import { MemoryStore } from '../runtime/store/memory.ts'
import type { Store } from '../runtime/store/store.ts'
import { assertIntegrity } from './integrity.ts'

/** An answer, to be looked into as a test sees fit. */
// deno-lint-ignore no-explicit-any -- the boundary to JSON
export type Json = any

/** The API of a service in this process. */
export interface Service {
  readonly store: Store
  readonly engine: Engine
  readonly app: Servable
  /** Sends a request; a body that is a string goes as text, anything else as JSON. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }>
  /** Waits until an execution is in one of the states. */
  ended(id: string, states?: readonly string[]): Promise<Json>
  close(): Promise<void>
}

export interface ServiceOptions {
  readonly store?: Store
  readonly clock?: Clock
  readonly actions?: readonly Action[]
  /** What chance gives, from 0 up to 1. */
  readonly random?: () => number
  /** Settings by the names of their environment variables. */
  readonly settings?: Settings
  readonly limits?: Partial<EngineLimits>
  /** Which shards it takes; all if not given. */
  readonly owns?: readonly number[]
  /** None if not given: what time brings about by itself would keep a test's time from standing still. */
  readonly retention?: RetentionPolicy
  /** Never looked if not given, as with retention. */
  readonly integrity?: IntegrityPolicy
  /** Takes notifications; else they go to their URLs. */
  readonly post?: Post
  /** Hears of errors; else they fail the test. */
  readonly onError?: (facts: object, message: string) => void
  /** Hears what is logged. */
  readonly log?: (facts: object, message: string) => void
}

const FINAL = ['SUCCESS', 'ERROR', 'CANCELLED']

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const store = options.store ?? new MemoryStore({ shards: 2 })
  const config = readConfig(options.settings ?? {})
  const failures: Error[] = []
  const log = {
    info: options.log ?? (() => {}),
    warn() {},
    error(facts: object, message: string) {
      if (options.onError) return options.onError(facts, message)
      failures.push(Object.assign(new Error(message), facts))
      console.error(message, facts)
    },
  }
  const registry = new ActionRegistry(options.actions ?? [])
  const deps: Omit<ShardDeps, 'executor' | 'notifier'> = {
    store,
    registry,
    clock: options.clock ?? systemClock,
    chance: { ...systemChance(options.clock), ...(options.random && { random: options.random }) },
    limits: { ...config.limits, ...options.limits },
    log,
    onFailure: (_, error) => failures.push(error),
    retention: options.retention ?? null,
    integrity: options.integrity ?? null,
  }
  const shards = new Map<number, Shard>()
  const all = Array.from({ length: store.shards }, (_, number) => number)
  const name = crypto.randomUUID()
  const owner = options.owns ? `test ${options.owns.join(' ')}` : 'test'
  for (const number of options.owns ?? all) {
    const lease = await store.acquire(number, owner, 600_000)
    if (!lease) throw new Error(`Shard ${number} is taken`)
    const executor = new Executor({ settings: config.actions, apiUrl: null, clock: deps.clock })
    const post = options.post ?? webhooks(config.actions.http, null)
    const notifier = new Notifier({ post, log })
    const shard = new Shard(lease, name, { ...deps, executor, notifier })
    await shard.open()
    shard.executors(new Set([name]))
    shards.set(number, shard)
  }
  const unwatch = await store.watch([...shards.keys()], (shard) => shards.get(shard)?.wake())

  let asked = 0
  const engine: Engine = {
    async ask<C extends Command>(command: C): Promise<Answer<C>> {
      const shard = shards.get(shardOfCommand(command, store.shards))
      if (!shard) return await mailboxEngine(store, { timeoutMs: 30_000 }).ask(command)
      const body = await new Promise<ReplyBody>((resolve, reject) => {
        shard.ask(`test:${++asked}`, command, resolve).catch(reject)
      })
      return open<C>(JSON.parse(JSON.stringify(body)) as ReplyBody)
    },
  }
  const chance = systemChance(options.clock)
  const app = createApp({
    store,
    engine,
    actions: registry,
    newId: chance.newId,
    now: () => deps.clock.now(),
    config: defaultConfig,
    onError: (error) => console.error(error),
  })

  async function call(method: string, path: string, body?: unknown) {
    const init: RequestInit = { method }
    if (body !== undefined) {
      const isText = typeof body === 'string'
      init.body = isText ? body : JSON.stringify(body)
      init.headers = { 'content-type': isText ? 'text/plain' : 'application/json' }
    }
    const response = await app.request(path, init)
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  return {
    store,
    engine,
    app,
    call,
    async ended(id, states = FINAL) {
      for (;;) {
        const { body } = await call('GET', `/v2/executions/${id}`)
        if (states.includes(body.state)) return body
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    async close() {
      await unwatch()
      const own = [...shards.values()]
      await Promise.all(own.map((shard) => shard.close()))
      await atMost(systemClock, 1_000, Promise.all(own.map((shard) => shard.idle())))
      for (const shard of own) shard.stopActions()
      await Promise.all(own.map((shard) => shard.idle()))
      if (failures.length === 0) await assertIntegrity(store)
      if (!options.store) await store.close()
      if (failures.length > 0) throw failures[0]
    },
  }
}
