/**
 * @module
 * Whole sets of ids, read page by page.
 */
import type { Index, ShardStore } from './store.ts'

const PAGE = 1000

/** The ids of a set in pages, oldest first; the last may be empty. */
export async function* idPages(
  store: ShardStore,
  shard: number,
  index: Index,
  { owner = '', limit = PAGE }: { readonly owner?: string; readonly limit?: number } = {},
): AsyncGenerator<string[]> {
  for (let after: string | null = null;;) {
    const ids: string[] = await store.scan(shard, index, owner, { after, limit })
    yield ids
    if (ids.length < limit) return
    after = ids.at(-1)!
  }
}

/** All ids of a set, oldest first. */
export async function allIds(
  store: ShardStore,
  shard: number,
  index: Index,
  owner = '',
): Promise<string[]> {
  const found: string[] = []
  for await (const ids of idPages(store, shard, index, { owner })) found.push(...ids)
  return found
}
