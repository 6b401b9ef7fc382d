import type { Store } from '../store.ts'

export class RedisStore {
  static open(_options: { url: string; prefix?: string; shards?: number }): Promise<Store> {
    return Promise.reject(new Error('The Redis store is being written'))
  }
}
