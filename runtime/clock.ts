/**
 * @module
 * Time, as a port: tests and simulations own it.
 */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since some moment; unlike {@link now} nobody sets it, so it never goes back. */
  elapsed(): number
  /** Calls back once after so many milliseconds. @returns A function that cancels it. */
  after(ms: number, callback: () => void): () => void
  /** Calls back once when what is under way in this round of the event loop is done. */
  soon(callback: () => void): void
}

/** The longest that a timer of the platform can wait. */
const LONGEST = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST))
    return () => clearTimeout(timer)
  },
  soon: (callback) => void setImmediate(callback),
}

/** Resolves after so many milliseconds. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}

/** Resolves when the promise does, and after so many milliseconds at the latest. */
export async function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  let inTime = () => {}
  const timeUp = new Promise<void>((resolve) => inTime = clock.after(ms, resolve))
  await Promise.race([promise, timeUp]).finally(() => inTime())
}
