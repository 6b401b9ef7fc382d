/**
 * @module
 * Random histories of a store, and what two stores differ in after the same history.
 */
import fc from 'fast-check'
import type { Commit, Index, Lease, Page, RowKey, Store } from '../../../runtime/store/store.ts'
import { StaleOwnerError } from '../../../runtime/store/store.ts'

type Step =
  | {
    readonly type: 'commit'
    readonly shard: number
    /** Added to the turn and the epoch that would be right. */
    readonly turnOff: number
    readonly epochOff: number
    /** How many of the waiting letters to take. */
    readonly taken: number
    readonly parts: Omit<Commit, 'lease' | 'turn' | 'cursor'>
  }
  | { readonly type: 'post'; readonly shard: number; readonly bodies: readonly string[] }
  | { readonly type: 'acquire'; readonly shard: number; readonly owner: string }
  | { readonly type: 'release'; readonly shard: number; readonly owner: string }

const SHARDS = [0, 1]
const IDS = ['a', 'b', 'ab', 'é', 'a:b', 'f7']
const OWNERS = ['', 'a', 'ab']
const INDEXES: readonly Index[] = ['tasks', 'tasks.execution', 'executions.open']
const TABLES = ['execution', 'task', 'payload'] as const
const KEYS: readonly RowKey[] = TABLES.flatMap((table) => IDS.map((id) => ({ table, id })))
const FOREVER_MS = 1e9

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values)
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 5 })
/** Mostly nothing, so that most commits are accepted. */
const off = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, {
  weight: 1,
  arbitrary: oneOf([-1, 1]),
})
const text = fc.string({ unit: 'grapheme', maxLength: 8 })
const rowKey = oneOf(KEYS)
const entry = fc.record({ index: oneOf(INDEXES), owner: oneOf(OWNERS), id: oneOf(IDS) })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      shard: oneOf(SHARDS),
      turnOff: off,
      epochOff: off,
      taken: fc.nat({ max: 3 }),
      parts: fc.record({
        puts: some(fc.tuple(rowKey, text).map(([key, body]) => ({ ...key, body }))),
        deletes: some(rowKey),
        enter: some(entry),
        leave: some(entry),
        timers: some(fc.record({ key: oneOf(IDS), dueAt: fc.nat({ max: 1000 }) })),
        cleared: some(oneOf(IDS)),
        replies: some(fc.record({ askId: oneOf(IDS), body: text })),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('post' as const),
      shard: oneOf(SHARDS),
      bodies: fc.array(text, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: oneOf(['acquire', 'release'] as const),
      shard: oneOf(SHARDS),
      owner: oneOf(['alice', 'bob']),
    }),
  },
)

export const history: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 25 })

/** What can be seen of a history: the outcomes of its steps and the state after each. */
async function* play(steps: readonly Step[], store: Store): AsyncGenerator<unknown> {
  const leases: Lease[] = []
  const turns: number[] = []
  for (const shard of SHARDS) {
    leases[shard] = (await store.acquire(shard, 'alice', FOREVER_MS))!
    turns[shard] = 0
  }
  for (const step of steps) {
    const { shard } = step
    const lease = leases[shard]!
    if (step.type === 'post') await store.post(shard, step.bodies)
    if (step.type === 'release') await store.release(lease, step.owner)
    if (step.type === 'acquire') {
      const next = await store.acquire(shard, step.owner, FOREVER_MS)
      yield next
      if (next) {
        leases[shard] = next
        turns[shard] = 0
      }
    }
    if (step.type === 'commit') {
      const letters = await store.letters(shard, null, step.taken)
      const commit: Commit = {
        ...step.parts,
        lease: { shard, epoch: lease.epoch + step.epochOff },
        turn: turns[shard]! + 1 + step.turnOff,
        cursor: letters.at(-1)?.seq ?? null,
      }
      const accepted = await accepts(store, commit)
      if (accepted) turns[shard]!++
      yield accepted
    }
    yield await state(store, shard)
  }
}

async function accepts(store: Store, commit: Commit): Promise<boolean> {
  try {
    await store.commit(commit)
    return true
  } catch (error) {
    if (error instanceof StaleOwnerError) return false
    throw error
  }
}

async function state(store: Store, shard: number): Promise<unknown> {
  const pages: Page[] = [
    { after: null, limit: 10 },
    { after: 'a', limit: 2 },
    { after: 'b', limit: 2, reverse: true },
    { after: null, limit: 2, reverse: true },
  ]
  const scans = INDEXES.flatMap((index) =>
    OWNERS.flatMap((owner) => pages.map((page) => store.scan(shard, index, owner, page)))
  )
  const letters = await store.letters(shard, null, 100)
  return {
    rows: await store.read(shard, KEYS),
    scans: await Promise.all(scans),
    letters: letters.map((letter) => letter.body),
    rest: (await store.letters(shard, letters[0]?.seq ?? null, 2)).map((letter) => letter.body),
    due: await store.due(shard, 500, 4),
    nextDue: await store.nextDue(shard),
    replies: await Promise.all(IDS.map((id) => store.reply(shard, id))),
  }
}

/** Plays the history on both and returns what differs. */
export async function differences(
  steps: readonly Step[],
  one: Store,
  other: Store,
): Promise<unknown[]> {
  const seen = play(steps, one)
  const found: unknown[] = []
  for await (const expected of play(steps, other)) {
    const { value: actual } = await seen.next()
    if (JSON.stringify(actual) !== JSON.stringify(expected)) found.push({ actual, expected })
  }
  return found
}
