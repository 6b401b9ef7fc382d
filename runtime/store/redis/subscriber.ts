import { Cluster } from 'ioredis'
import type { Wake } from '../store.ts'
import type { Client } from './scripts.ts'

interface Channel {
  readonly shard: number
  readonly watchers: Set<Wake>
}

/** Passes on what is published on shards' channels, on a connection of its own. */
export class Subscriber {
  readonly #client: Client
  readonly #channels = new Map<string, Channel>()
  #connected = false

  /** @param client For commands; its twin is made for subscriptions. */
  constructor(client: Client) {
    // A cluster's client subscribes on a connection of its own by itself.
    this.#client = client instanceof Cluster ? client : client.duplicate()
    this.#client.on('message', (channel: string, message: string) => {
      this.#wake(channel, message === '' ? [] : JSON.parse(message))
    })
    this.#client.on('ready', () => this.#resume())
    this.#client.on('error', () => {
      // It reconnects; whether Redis answers is known from the commands.
    })
  }

  /** Resolves when what is published from now on is heard. @returns A function that ends the watch. */
  async watch(
    shards: readonly (readonly [shard: number, channel: string])[],
    wake: Wake,
  ): Promise<() => Promise<void>> {
    // A wrapper, so that the same function may watch twice and each watch ends by itself.
    const watcher: Wake = (shard, answered) => wake(shard, answered)
    const added: string[] = []
    for (const [shard, name] of shards) {
      let channel = this.#channels.get(name)
      if (!channel) {
        this.#channels.set(name, channel = { shard, watchers: new Set() })
        added.push(name)
      }
      channel.watchers.add(watcher)
    }
    if (added.length > 0) await this.#client.subscribe(...added)
    return () => this.#end(shards.map(([, name]) => name), watcher)
  }

  close(): void {
    this.#channels.clear()
    this.#client.disconnect()
  }

  async #end(names: readonly string[], watcher: Wake): Promise<void> {
    const idle = names.filter((name) => {
      const channel = this.#channels.get(name)
      channel?.watchers.delete(watcher)
      return channel?.watchers.size === 0
    })
    for (const name of idle) this.#channels.delete(name)
    if (idle.length > 0) await this.#client.unsubscribe(...idle)
  }

  #wake(name: string, answered: readonly string[]): void {
    const channel = this.#channels.get(name)
    if (channel) { for (const wake of channel.watchers) wake(channel.shard, answered) }
  }

  /** What was published while the connection was lost was not heard: everybody has to look. */
  #resume(): void {
    if (this.#connected) { for (const name of this.#channels.keys()) this.#wake(name, []) }
    this.#connected = true
  }
}
