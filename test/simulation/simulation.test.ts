/**
 * Whole servers, simulated from a seed: whatever happens to them, everything that they were asked to do
 * comes to the end that it must come to.
 */
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryStore } from '../../runtime/store/memory.ts'
import type { Commit } from '../../runtime/store/store.ts'
import { simulate } from './simulation.ts'
import type { SimulationResult } from './simulation.ts'
import { trap } from './traps.ts'

const isDeno = 'Deno' in globalThis
/** It is the same code on both: on Deno a part of them will do, so that all tests stay short. */
const SEEDS = Number(process.env['SEEDS'] ?? (isDeno ? 250 : 1000))
const FIRST = Number(process.env['SEED'] ?? 1)

const it = suite('simulated servers')

/** What is wrong with a seed, and how to see it happen. */
async function report({ seed, problems }: SimulationResult): Promise<string> {
  const { trace } = await simulate({ seed, trace: true })
  return [
    `npm run simulate -- --seed ${seed} --trace`,
    ...problems.slice(0, 10),
    '…',
    ...trace.slice(-60),
  ].join('\n')
}

it(`do everything once and right, for ${SEEDS} seeds from ${FIRST}`, async () => {
  const sums = { takeovers: 0, crashes: 0, commits: 0, heardFromAfar: 0 }
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const result = await simulate({ seed })
    if (result.problems.length > 0) assert.unreachable(await report(result))
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += result.facts[key]
  }
  // It was no calm sea.
  assert.ok(sums.takeovers > SEEDS && sums.commits > 5 * SEEDS, JSON.stringify(sums))
  assert.ok(SEEDS < 100 || sums.heardFromAfar > SEEDS / 100, JSON.stringify(sums))
})

it('do the same, to the letter, when a seed is run again', async () => {
  for (let seed = FIRST; seed < FIRST + 5; seed++) {
    const first = await simulate({ seed, trace: true })
    // Others in between leave no mark on it.
    await simulate({ seed: seed + 1000 })
    const again = await simulate({ seed, trace: true })
    assert.ok(first.trace.length > 5)
    assert.equal(again, first, `seed ${seed}`)
  }
})

it('are caught where they go wrong', async () => {
  const wrongs: Record<
    string,
    (commit: Commit, write: (c: Commit) => Promise<void>) => Promise<void>
  > = {
    'a deposed owner is not told': (commit, write) => write(commit).catch(() => {}),
    'a change of a task is lost': (commit, write) =>
      write({ ...commit, puts: commit.puts.filter(({ body }) => !/"SUCCESS".*act\d/.test(body)) }),
    'a timer is never cleared': (commit, write) => write({ ...commit, cleared: [] }),
    'an action stays among what runs': (commit, write) => write({ ...commit, leave: [] }),
    'letters are taken twice': (commit, write) => write({ ...commit, cursor: null }),
  }
  for (const [wrong, commit] of Object.entries(wrongs)) {
    class WrongStore extends MemoryStore {
      override commit(given: Commit): Promise<void> {
        return commit(given, (changed) => super.commit(changed))
      }
    }
    let found = 0
    for (let seed = 1; seed <= 200 && found === 0; seed++) {
      const { problems } = await simulate({ seed, store: WrongStore })
      found += problems.length
    }
    assert.ok(found > 0, wrong)
  }
})

it('reach no real time and no real chance unseen', () => {
  const reached: string[] = []
  const before = [Date, Math.random, setTimeout, performance.now]
  const release = trap((what) => reached.push(what), () => 42)
  try {
    void [Date.now(), new Date(), new Date(0), Math.random(), crypto.randomUUID()]
    crypto.getRandomValues(new Uint8Array(1))
    clearTimeout(setTimeout(() => {}))
    clearInterval(setInterval(() => {}, 1000))
    clearImmediate(setImmediate(() => {}))
    AbortSignal.timeout(1)
    assert.is(performance.now(), 42)
    assert.ok(new Date(0) instanceof Date)
  } finally {
    release()
  }
  assert.equal(reached, [
    'Date.now',
    'new Date()',
    'Math.random',
    'crypto.randomUUID',
    'crypto.getRandomValues',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'AbortSignal.timeout',
  ])
  assert.equal([Date, Math.random, setTimeout, performance.now], before)
})

it.run()
