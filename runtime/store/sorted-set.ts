/**
 * Values in order, each once. An array with binary search: what arrives is mostly the newest, so an
 * insertion is an append.
 */
export class SortedSet<T> {
  readonly #values: T[] = []
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#values.length
  }

  at(position: number): T | undefined {
    return this.#values[position]
  }

  add(value: T): void {
    const position = this.position(value)
    if (this.has(value, position)) return
    this.#values.splice(position, 0, value)
  }

  delete(value: T): void {
    const position = this.position(value)
    if (this.has(value, position)) this.#values.splice(position, 1)
  }

  /** Takes the first `count` values away. */
  deleteFirst(count: number): void {
    this.#values.splice(0, count)
  }

  /** Whether the value is there, at a `position` that was asked for it. */
  has(value: T, position: number = this.position(value)): boolean {
    const found = this.#values[position]
    return found !== undefined && this.#compare(found, value) === 0
  }

  /** Where the value is or would be: the number of values before it. */
  position(value: T): number {
    let low = 0
    let high = this.#values.length
    if (high > 0 && this.#compare(this.#values[high - 1]!, value) < 0) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#values[middle]!, value) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  slice(from: number, to: number): T[] {
    return this.#values.slice(Math.max(from, 0), Math.max(to, 0))
  }
}

/** The order of code units: what `<` says. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
