/**
 * @module
 * Which member owns which shard: rendezvous hashing, so that a member that comes or goes moves only
 * the shards that are its own (Thaler, Ravishankar: A name-based mapping scheme for rendezvous, 1996),
 * weighted by threads (Schindelhauer, Schomaker 2005: the score is -weight / ln h).
 */
import type { Member } from './store/store.ts'

/** The shards that fall to a member, among those that are alive and host shards. */
export function shardsOf(memberId: string, members: readonly Member[], shards: number): number[] {
  const workers = members.filter((member) => member.roles.includes('worker'))
  const own: number[] = []
  for (let shard = 0; shard < shards; shard++) {
    if (ownerOf(shard, workers) === memberId) own.push(shard)
  }
  return own
}

/** The member with the highest score for a shard, or null if there is none. */
function ownerOf(shard: number, workers: readonly Member[]): string | null {
  let owner: string | null = null
  let best = -Infinity
  for (const { id, threads } of workers) {
    const score = -threads / Math.log(unit(`${id}/${shard}`))
    if (score > best || (score === best && owner !== null && id < owner)) {
      best = score
      owner = id
    }
  }
  return owner
}

/** A hash in (0, 1): FNV-1a with a final mix, so that near names lie far apart. */
function unit(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
