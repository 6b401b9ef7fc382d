/**
 * @module
 * Collections that can be read again without being sequences.
 */
import type { Datum } from '../values/kinds.ts'

/** Compares two elements; negative if the first goes first. */
export type Order = (left: Datum, right: Datum) => number

/** What `orderBy` gives: sorted at its first use, by as many keys as were added. */
export class Ordered implements Iterable<Datum> {
  readonly #items: () => readonly Datum[]
  readonly #orders: Order[]
  #sorted: Datum[] | null = null

  constructor(items: () => readonly Datum[], order: Order) {
    this.#items = items
    this.#orders = [order]
  }

  /** Adds a key that decides between elements which are equal so far. */
  add(order: Order): this {
    this.#orders.push(order)
    this.#sorted = null
    return this
  }

  [Symbol.iterator](): Iterator<Datum> {
    this.#sorted ??= [...this.#items()].sort((left, right) => {
      for (const order of this.#orders) {
        const result = order(left, right)
        if (result !== 0) return result
      }
      return 0
    })
    return this.#sorted.values()
  }
}

/** What `memorize` gives: keeps what it read of an iterator, so that it can be read again. */
export class Memorized implements Iterable<Datum> {
  readonly #source: Iterator<Datum>
  readonly #items: Datum[] = []
  #done = false

  constructor(source: Iterator<Datum>) {
    this.#source = source
  }

  *[Symbol.iterator](): Iterator<Datum> {
    for (let index = 0;; index++) {
      if (index === this.#items.length && !this.#read()) return
      yield this.#items[index]
    }
  }

  #read(): boolean {
    if (this.#done) return false
    const { done, value } = this.#source.next()
    if (done) this.#done = true
    else this.#items.push(value)
    return !done
  }
}
