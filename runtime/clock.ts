/**
 * @module
 * Time, as a port: tests and simulations own it.
 */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls back once after so many milliseconds. @returns A function that cancels it. */
  after(ms: number, callback: () => void): () => void
}

/** The longest that a timer of the platform can wait. */
const LONGEST = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST))
    return () => clearTimeout(timer)
  },
}
