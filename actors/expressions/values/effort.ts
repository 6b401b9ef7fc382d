/**
 * @module
 * Charges work that grows with the size of values to whoever evaluates. A small value may be shared
 * many times over (`[$x, $x]` sixty levels deep), so that looking at all of it would never end.
 */

/** Told how many steps were taken; throws to stop. */
export type Spend = (steps: number) => void

let current: Spend | null = null

/** Runs a body, charging what it does; evaluation is synchronous, so nothing else runs meanwhile. */
export function charging<T>(spend: Spend, body: () => T): T {
  const outer = current
  current = spend
  try {
    return body()
  } finally {
    current = outer
  }
}

/** Charges steps to the evaluation that runs, if one does. */
export function charge(steps: number): void {
  current?.(steps)
}
