/**
 * @module
 * Chance that a seed repeats.
 */
import process from 'node:process'

/**
 * What chance begins with in all tests. It is the same in every run, so that a run proves a change and not
 * a draw; `SEED=random` looks for more, and `SEED=n` sees again what it found.
 */
export const SEED = seedOf(process.env['SEED'])

function seedOf(text = '1'): number {
  if (text === 'random') return 1 + Math.floor(Math.random() * 1_000_000)
  const seed = Number(text)
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new RangeError(`SEED is '${text}'; give a whole number, or 'random'`)
}

/** Random numbers that a seed repeats: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
