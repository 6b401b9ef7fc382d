import { BroadcastChannel } from 'node:worker_threads'
import type { Wake } from '../store.ts'
import { type News, newsChannel } from './writer-protocol.ts'

/** Passes the writer's news on to those in this thread who watch. */
export class Wakes {
  readonly #channel: BroadcastChannel
  readonly #watchers = new Map<number, Set<Wake>>()

  /** @param died Called if the writer is dead. */
  constructor(path: string, died: () => void) {
    this.#channel = new BroadcastChannel(newsChannel(path))
    this.#channel.onmessage = (message) => {
      const { data } = message as { data: News }
      if (data === 'dead') died()
      else for (const [shard, answered] of data) this.#wake(shard, answered)
    }
    // To watch is no reason for a process to live.
    this.#channel.unref()
  }

  watch(shards: readonly number[], wake: Wake): () => void {
    // A wrapper, so that the same function may watch twice and each watch ends by itself.
    const watcher: Wake = (shard, answered) => wake(shard, answered)
    for (const shard of shards) {
      let watchers = this.#watchers.get(shard)
      if (!watchers) this.#watchers.set(shard, watchers = new Set())
      watchers.add(watcher)
    }
    return () => {
      for (const shard of shards) this.#watchers.get(shard)?.delete(watcher)
    }
  }

  /** Tells the other threads that the writer is dead. */
  announceDeath(): void {
    this.#channel.postMessage('dead' satisfies News)
  }

  close(): void {
    this.#watchers.clear()
    this.#channel.close()
  }

  #wake(shard: number, answered: readonly string[]): void {
    const watchers = this.#watchers.get(shard)
    if (watchers) { for (const wake of watchers) wake(shard, answered) }
  }
}
