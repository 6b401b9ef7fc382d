/**
 * @module
 * The way of one thread to the store: calls take time, overtake each other, fail before they took effect
 * or after, and wait or fail while the server is cut off. The store behind it never forgets.
 */
import type {
  CatalogueChange,
  Commit,
  Entry,
  EntryKind,
  Index,
  Lease,
  Letter,
  Member,
  Page,
  RowKey,
  Store,
  Timer,
  Wake,
} from '../../runtime/store/store.ts'
import type { Dice } from './dice.ts'
import type { Loop } from './loop.ts'
import { Process } from './loop.ts'

/** How bad the way is. Rates are of one, times in milliseconds. */
export interface StoreFaults {
  latencyMs: number
  /** Calls that take long. */
  spikeRate: number
  spikeMs: number
  /** Calls that fail, before or after they took effect. */
  failRate: number
  /** Hints that never come. */
  wakeLoss: number
}

/** What the store saw, in its order. */
export interface Witness {
  committed(commit: Commit): void
  acquired(lease: Lease, owner: string): void
  changed(changes: readonly CatalogueChange[]): void
}

/** What the threads of one server have in common. */
export interface Cable {
  /** Cut until then. */
  cutUntil: number
}

export interface StoreLinkOptions {
  /** Behind it all. */
  readonly store: Store
  readonly witness: Witness
  readonly loop: Loop
  readonly dice: Dice
  readonly process: Process
  readonly cable: Cable
  readonly faults: StoreFaults
}

/** What the simulation did, and nobody else is to blame for. */
export class SimulatedFault extends Error {
  override readonly name = 'SimulatedFault'
}

const NETWORK = new Process('network')

export class StoreLink implements Store {
  readonly durability = 'simulated'
  readonly shards: number
  readonly #options: StoreLinkOptions
  #lastArrival = 0
  #lastAnswer = 0

  constructor(options: StoreLinkOptions) {
    this.#options = options
    this.shards = options.store.shards
  }

  /** @param inOrder Arrives after, and is answered after, the calls in order before it. */
  #call<T>(name: string, run: () => Promise<T>, inOrder = false): Promise<T> {
    const { loop, dice, process, cable, faults } = this.#options
    return new Promise((resolve, reject) => {
      const fails = dice.chance(faults.failRate) ? dice.pick(['before', 'after']) : null
      // What a process that dies has just said may have been heard or not.
      const lostIfDead = dice.chance(0.5)
      let arrival = loop.now + this.#latency()
      if (cable.cutUntil > arrival) {
        if (dice.chance(0.5)) {
          loop.after(
            process,
            dice.between(1, 300),
            () => reject(new SimulatedFault(`${name}: cut off`)),
          )
          return
        }
        arrival = cable.cutUntil + this.#latency()
      }
      if (inOrder) this.#lastArrival = arrival = Math.max(arrival, this.#lastArrival + 1e-6)

      const answer = (settle: () => void) => {
        let at = loop.now + this.#latency()
        if (inOrder) this.#lastAnswer = at = Math.max(at, this.#lastAnswer + 1e-6)
        loop.after(process, at - loop.now, settle)
      }
      loop.after(NETWORK, arrival - loop.now, () => {
        if (process.isDead && lostIfDead) return
        const error = fails && new SimulatedFault(`${name}: the connection was lost`)
        if (fails === 'before') return answer(() => reject(error))
        run().then(
          (value) => answer(() => fails ? reject(error) : resolve(value)),
          (refusal) => answer(() => reject(refusal)),
        )
      })
    })
  }

  #latency(): number {
    const { dice, faults } = this.#options
    const spike = dice.chance(faults.spikeRate) ? dice.random() * faults.spikeMs : 0
    return dice.random() * faults.latencyMs + spike
  }

  get #store(): Store {
    return this.#options.store
  }

  commit(commit: Commit): Promise<void> {
    return this.#call('commit', async () => {
      await this.#store.commit(commit)
      this.#options.witness.committed(commit)
    }, true)
  }

  read(shard: number, keys: readonly RowKey[]): Promise<(string | null)[]> {
    return this.#call('read', () => this.#store.read(shard, keys))
  }

  scan(shard: number, index: Index, owner: string, page: Page): Promise<string[]> {
    return this.#call('scan', () => this.#store.scan(shard, index, owner, page))
  }

  count(shard: number, index: Index, owner: string): Promise<number> {
    return this.#call('count', () => this.#store.count(shard, index, owner))
  }

  post(shard: number, bodies: readonly string[]): Promise<void> {
    const twice = this.#options.dice.chance(this.#options.faults.failRate)
    return this.#call('post', async () => {
      await this.#store.post(shard, bodies)
      if (twice) await this.#store.post(shard, bodies)
    })
  }

  letters(shard: number, after: string | null, limit: number): Promise<Letter[]> {
    return this.#call('letters', () => this.#store.letters(shard, after, limit))
  }

  reply(shard: number, askId: string): Promise<string | null> {
    return this.#call('reply', () => this.#store.reply(shard, askId))
  }

  watch(shards: readonly number[], wake: Wake): Promise<() => Promise<void>> {
    const { loop, dice, process, faults } = this.#options
    return this.#call('watch', () =>
      this.#store.watch(shards, (shard, answered) => {
        if (process.isDead || dice.chance(faults.wakeLoss)) return
        loop.after(process, this.#latency(), () => wake(shard, answered))
      }))
  }

  due(shard: number, until: number, limit: number): Promise<Timer[]> {
    return this.#call('due', () => this.#store.due(shard, until, limit))
  }

  timers(shard: number, keys: readonly string[]): Promise<(number | null)[]> {
    return this.#call('timers', () => this.#store.timers(shard, keys))
  }

  nextDue(shard: number): Promise<number | null> {
    return this.#call('nextDue', () => this.#store.nextDue(shard))
  }

  acquire(shard: number, owner: string, ttlMs: number): Promise<Lease | null> {
    return this.#call('acquire', async () => {
      const lease = await this.#store.acquire(shard, owner, ttlMs)
      if (lease) this.#options.witness.acquired(lease, owner)
      return lease
    })
  }

  renew(leases: readonly Lease[], owner: string, ttlMs: number): Promise<number[]> {
    return this.#call('renew', () => this.#store.renew(leases, owner, ttlMs))
  }

  release(lease: Lease, owner: string): Promise<void> {
    return this.#call('release', () => this.#store.release(lease, owner))
  }

  heartbeat(member: Member, ttlMs: number): Promise<void> {
    return this.#call('heartbeat', () => this.#store.heartbeat(member, ttlMs))
  }

  leave(memberId: string): Promise<void> {
    return this.#call('leave', () => this.#store.leave(memberId))
  }

  members(): Promise<Member[]> {
    return this.#call('members', () => this.#store.members())
  }

  change(changes: readonly CatalogueChange[]): Promise<void> {
    return this.#call('change', async () => {
      await this.#store.change(changes)
      this.#options.witness.changed(changes)
    })
  }

  byId(kind: EntryKind, id: string): Promise<Entry | null> {
    return this.#call('byId', () => this.#store.byId(kind, id))
  }

  byKey(kind: EntryKind, key: string): Promise<Entry | null> {
    return this.#call('byKey', () => this.#store.byKey(kind, key))
  }

  list(kind: EntryKind): Promise<Entry[]> {
    return this.#call('list', () => this.#store.list(kind))
  }

  keepText(hash: string, text: string): Promise<void> {
    return this.#call('keepText', () => this.#store.keepText(hash, text))
  }

  text(hash: string): Promise<string | null> {
    return this.#call('text', () => this.#store.text(hash))
  }

  ping(): Promise<void> {
    return this.#call('ping', () => this.#store.ping())
  }

  async close(): Promise<void> {
    // The store outlives whoever used it.
  }
}
