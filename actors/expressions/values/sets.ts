/**
 * @module
 * Sets of hashable values: ints in upstream's order, all others in order of insertion.
 */
import { charge } from './effort.ts'
import type { Datum, HashKey } from './kinds.ts'
import { setOrder } from './set-order.ts'

/** A set. Members are compared as keys are: 1, 1.0 and true are one member. */
export class ValueSet implements Iterable<Datum> {
  readonly #hash: (member: Datum) => HashKey
  readonly #members = new Map<HashKey, Datum>()
  #inOrder: readonly Datum[] | null = null
  /** Whether it may be hashed, and how it prints. */
  readonly frozen: boolean

  constructor(
    hash: (member: Datum) => HashKey,
    frozen: boolean,
    members: Iterable<Datum> = [],
  ) {
    this.#hash = hash
    this.frozen = frozen
    for (const member of members) this.add(member)
  }

  get size(): number {
    return this.#members.size
  }

  /** Only for whoever makes the set, or a language whose sets are mutable. */
  add(member: Datum): this {
    charge(3)
    const key = this.#hash(member)
    if (this.#members.has(key)) return this
    this.#members.set(key, member)
    this.#inOrder = null
    return this
  }

  /** As {@link add}. */
  delete(member: Datum): boolean {
    this.#inOrder = null
    return this.#members.delete(this.#hash(member))
  }

  has(member: Datum): boolean {
    return this.#members.has(this.#hash(member))
  }

  isSubsetOf(other: ValueSet): boolean {
    if (this.size > other.size) return false
    charge(this.size)
    for (const member of this.#members.values()) if (!other.has(member)) return false
    return true
  }

  /** The keys of the members, which are the same for equal sets. */
  hashes(): Iterable<HashKey> {
    return this.#members.keys()
  }

  [Symbol.iterator](): Iterator<Datum> {
    return (this.#inOrder ??= this.#ordered()).values()
  }

  #ordered(): readonly Datum[] {
    charge(4 * this.size)
    const members = [...this.#members.values()]
    const keys = [...this.#members.keys()]
    const order = keys.every(Number.isSafeInteger) ? setOrder(keys as number[]) : null
    return order === null ? members : order.map((index) => members[index])
  }
}
