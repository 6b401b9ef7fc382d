const FIRST_MS = 1000
const LONGEST_MS = 60_000

/** When what failed may be tried again: after a second, and twice as long each time, up to a minute. */
export class Retries {
  readonly #waiting = new Map<string, { readonly failures: number; readonly readyAt: number }>()

  /** When the thing may be tried; in the past if it never failed. */
  readyAt(id: string): number {
    return this.#waiting.get(id)?.readyAt ?? -Infinity
  }

  /** Notes a failure. @returns When to try again. */
  failed(id: string, now: number): number {
    const failures = (this.#waiting.get(id)?.failures ?? 0) + 1
    const readyAt = now + Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
    this.#waiting.set(id, { failures, readyAt })
    return readyAt
  }

  succeeded(id: string): void {
    this.#waiting.delete(id)
  }

  /** Forgets everything but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#waiting.keys()) if (!ids.has(id)) this.#waiting.delete(id)
  }
}
