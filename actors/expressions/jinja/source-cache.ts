/**
 * @module
 * What was made of a source, kept while it is used.
 */

/** Holds the most recently used, within a number of characters of source. */
export class SourceCache<T> {
  readonly #entries = new Map<string, T>()
  readonly #capacity: number
  #size = 0

  /** @param capacity Characters of source. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(source: string, make: () => T): T {
    const known = this.#entries.get(source)
    if (known !== undefined) {
      this.#entries.delete(source)
      this.#entries.set(source, known)
      return known
    }
    const made = make()
    this.#entries.set(source, made)
    this.#size += source.length
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#capacity) break
      this.#entries.delete(oldest)
      this.#size -= oldest.length
    }
    return made
  }
}
