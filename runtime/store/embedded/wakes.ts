import { BroadcastChannel } from 'node:worker_threads'
import type { Wake } from '../store.ts'

/** Shards and the questions answered in them; no questions if letters came. */
type News = readonly (readonly [shard: number, answered: readonly string[]])[]

/** Tells the watchers in all threads of the process that something happened in a shard. */
export class Wakes {
  readonly #channel: BroadcastChannel
  readonly #watchers = new Map<number, Set<Wake>>()
  #news: [number, readonly string[]][] = []
  #closed = false

  /** Wakes of one `name` reach each other. */
  constructor(name: string) {
    this.#channel = new BroadcastChannel(`mestral:${name}`)
    this.#channel.onmessage = (message) => {
      this.#tell((message as { data: News }).data)
    }
    // A watch is no reason for a process to live.
    this.#channel.unref()
  }

  /** Announces what happened, soon: what one tick brings goes out as one message. */
  announce(shard: number, answered: readonly string[]): void {
    const { length } = this.#news
    // Letters for a shard that already has news of letters are no news.
    if (answered.length === 0 && this.#news.some(([s, ids]) => s === shard && ids.length === 0)) {
      return
    }
    this.#news.push([shard, answered])
    if (length === 0) queueMicrotask(() => this.#send())
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

  close(): void {
    this.#closed = true
    this.#watchers.clear()
    this.#channel.close()
  }

  #send(): void {
    const news = this.#news
    this.#news = []
    if (this.#closed) return
    // A channel does not hear itself.
    this.#channel.postMessage(news)
    this.#tell(news)
  }

  #tell(news: News): void {
    for (const [shard, answered] of news) {
      const watchers = this.#watchers.get(shard)
      if (watchers) { for (const wake of watchers) wake(shard, answered) }
    }
  }
}
