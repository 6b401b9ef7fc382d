/**
 * @module
 * Reads indexes that lie in many shards as if they were one.
 */
import type { Index, ShardStore } from '../../runtime/store/store.ts'

export interface ScanFrom {
  /** Exclusive; null for the start. */
  readonly after: string | null
  /** Newest first. */
  readonly reverse: boolean
  /** About how many ids to read at a time. */
  readonly batch: number
}

/** Batches of the ids of one owner's index, which lies in one shard. */
export async function* scanOwner(
  store: ShardStore,
  shard: number,
  index: Index,
  owner: string,
  { after, reverse, batch }: ScanFrom,
): AsyncGenerator<readonly string[]> {
  let last = after
  while (true) {
    const ids = await store.scan(shard, index, owner, { after: last, limit: batch, reverse })
    if (ids.length > 0) yield ids
    if (ids.length < batch) return
    last = ids.at(-1)!
  }
}

interface Lane {
  readonly shard: number
  ids: string[]
  position: number
  exhausted: boolean
}

/** Batches of the ids of an index of every shard, merged in the order of ids. */
export async function* scanAll(
  store: ShardStore,
  index: Index,
  { after, reverse, batch }: ScanFrom,
): AsyncGenerator<readonly string[]> {
  const limit = Math.max(1, Math.min(batch, Math.ceil((2 * batch) / store.shards)))
  const refill = async (lane: Lane): Promise<void> => {
    const last = lane.ids.at(-1) ?? after
    lane.ids = await store.scan(lane.shard, index, '', { after: last, limit, reverse })
    lane.position = 0
    lane.exhausted = lane.ids.length < limit
  }
  let lanes: Lane[] = Array.from({ length: store.shards }, (_, shard) => ({
    shard,
    ids: [],
    position: 0,
    exhausted: false,
  }))
  await Promise.all(lanes.map(refill))
  lanes = lanes.filter((lane) => lane.ids.length > 0)

  let merged: string[] = []
  while (lanes.length > 0) {
    const lane = lanes.reduce((best, other) => precedes(other, best, reverse) ? other : best)
    merged.push(lane.ids[lane.position++]!)
    if (merged.length === batch) {
      yield merged
      merged = []
    }
    if (lane.position < lane.ids.length) continue
    if (!lane.exhausted) await refill(lane)
    if (lane.position >= lane.ids.length) lanes = lanes.filter((other) => other !== lane)
  }
  if (merged.length > 0) yield merged
}

function precedes(a: Lane, b: Lane, reverse: boolean): boolean {
  const idA = a.ids[a.position]!
  const idB = b.ids[b.position]!
  return reverse ? idA > idB : idA < idB
}
