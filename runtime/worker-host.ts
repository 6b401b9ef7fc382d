/**
 * @module
 * What a worker thread does: hosts shards for the supervisor, whatever carries their messages.
 */
import type { ActionRegistry } from '../actors/action/registry.ts'
import { parseJson } from '../actors/expressions/values/json.ts'
import type { EngineLimits } from '../actors/turn.ts'
import type { Chance } from './turn.ts'
import { atMost } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Command } from './commands.ts'
import type { Executor } from './executor.ts'
import type { Log } from './log.ts'
import type { ReplyBody } from './messages.ts'
import type { Notifier } from './notifier.ts'
import type { IntegrityPolicy } from './integrity.ts'
import type { RetentionPolicy } from './retention.ts'
import { Shard } from './shard.ts'
import type { Lease, Store } from './store/store.ts'
import type { AskMessage, FromWorker, ToWorker } from './worker-protocol.ts'

export interface WorkerHostOptions {
  readonly store: Store
  readonly registry: ActionRegistry
  readonly clock: Clock
  readonly chance: Chance
  readonly limits: EngineLimits
  readonly log: Log
  /** Which finished executions are let go; none if not given. */
  readonly retention?: RetentionPolicy | null
  /** When to look for what rests for ever; never if not given. */
  readonly integrity?: IntegrityPolicy | null
  /** How long to wait for actions that must not be run twice, when it stops; ms. */
  readonly graceMs: number
  /** A new one for each shard. */
  executor(): Executor
  /** A new one for each shard. */
  notifier(): Notifier
  /** Tells the supervisor. */
  say(message: FromWorker): void
}

/** The shards of one worker thread. */
export class WorkerHost {
  readonly #options: WorkerHostOptions
  readonly #shards = new Map<number, Shard>()
  /** Shards that were given up while their actions go on. */
  readonly #givenUp = new Set<Shard>()
  #replies: (readonly [askId: string, body: ReplyBody])[] = []

  constructor(options: WorkerHostOptions) {
    this.#options = options
  }

  /** Takes a message of the supervisor. */
  hear(message: ToWorker): void {
    switch (message.type) {
      case 'own':
        return void this.#own(message.lease, message.executor, message.silent ?? false)
      case 'executors':
        return this.#tellExecutors(new Set(message.alive))
      case 'beat':
        return this.#beat()
      case 'drop':
        return void this.#drop(message.shard, message.epoch)
      case 'asks':
        return message.asks.forEach((ask) => this.#ask(ask))
      case 'wake':
        return this.#shards.get(message.shard)?.wake()
      case 'stop':
        return void this.#stop()
    }
  }

  /** Replies of one round of the event loop go together. */
  #reply(askId: string, body: ReplyBody): void {
    if (this.#replies.push([askId, body]) > 1) return
    this.#options.clock.soon(() => {
      this.#options.say({ type: 'replies', replies: this.#replies })
      this.#replies = []
    })
  }

  /** Says that this thread lives, and writes down that its executors do. */
  #beat(): void {
    this.#options.say({ type: 'beat' })
    for (const shard of this.#shards.values()) shard.beat()
  }

  #tellExecutors(alive: ReadonlySet<string>): void {
    for (const shard of this.#shards.values()) shard.executors(alive)
  }

  async #own(lease: Lease, name: string, silent: boolean): Promise<void> {
    const { store, registry, clock, chance, limits, log, executor, notifier } = this.#options
    const shard: Shard = new Shard(lease, name, {
      retention: this.#options.retention ?? null,
      integrity: this.#options.integrity ?? null,
      store,
      registry,
      clock,
      chance,
      limits,
      log,
      executor: executor(),
      notifier: notifier(),
      onFailure: (_, error) => this.#failed(shard, error),
    })
    this.#shards.set(lease.shard, shard)
    try {
      await shard.open(silent)
    } catch (error) {
      this.#failed(shard, error as Error)
    }
  }

  /** It may have been succeeded by another one here, which goes on. */
  #failed(failed: Shard, { message }: Error): void {
    const { shard, epoch } = failed.lease
    if (this.#shards.get(shard) === failed) this.#shards.delete(shard)
    this.#options.say({ type: 'failed', shard, epoch, message })
  }

  async #drop(number: number, epoch: number): Promise<void> {
    const shard = this.#shards.get(number)
    this.#shards.delete(number)
    if (shard) await this.#giveUp(shard)
    this.#options.say({ type: 'dropped', shard: number, epoch })
  }

  async #giveUp(shard: Shard): Promise<void> {
    this.#givenUp.add(shard)
    await shard.close()
    void shard.idle().then(() => this.#givenUp.delete(shard))
  }

  #ask({ askId, shard, command }: AskMessage): void {
    const owner = this.#shards.get(shard)
    if (!owner) {
      const message = `Shard ${shard} is changing its owner`
      return this.#reply(askId, {
        ok: false,
        error: { code: 'unavailable', status: 503, message },
      })
    }
    const parsed = parseJson(command) as unknown as Command
    owner.ask(askId, parsed, (body) => this.#reply(askId, body)).catch((error: Error) => {
      this.#options.log.error({ error }, 'A question failed')
      this.#reply(askId, {
        ok: false,
        error: { code: 'internal', status: 500, message: error.message },
      })
    })
  }

  async #stop(): Promise<void> {
    const { store, clock, graceMs, say } = this.#options
    const shards = [...this.#shards.values(), ...this.#givenUp]
    await Promise.all(shards.map((shard) => this.#giveUp(shard)))
    const idle = () => Promise.all([...this.#givenUp].map((shard) => shard.idle()))
    await atMost(clock, graceMs, idle())
    for (const shard of this.#givenUp) shard.stopActions()
    await idle()
    await store.close()
    say({ type: 'stopped' })
  }
}
