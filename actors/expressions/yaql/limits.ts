/**
 * @module
 * What one evaluation may use, so that no expression holds up the service for long.
 */
import { Fault } from '../fault.ts'
import { PARSE_LIMITS, type ParseLimits } from './parser.ts'

export interface Limits extends ParseLimits {
  /** Calls of functions and lambdas, and what they look at. */
  readonly steps: number
  /** Elements that iterators give and sequences are made of. */
  readonly elements: number
  /** Bytes of the text and the sequences made, roughly. */
  readonly bytes: number
  /** Calls within calls of functions made with `def`. */
  readonly calls: number
}

export const DEFAULT_LIMITS: Limits = {
  ...PARSE_LIMITS,
  steps: 6_000_000,
  elements: 3_000_000,
  bytes: 256_000_000,
  calls: 200,
}

/** Counts what an evaluation uses. */
export class Meter {
  readonly #limits: Limits
  #steps = 0
  #elements = 0
  #bytes = 0
  #calls = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @throws {Fault} If that was one step too many. */
  step(): void {
    if (++this.#steps > this.#limits.steps) {
      throw new Fault('limit', `The expression takes more than ${this.#limits.steps} steps`)
    }
  }

  /** Steps taken inside the values, for example by comparing them. */
  readonly spend = (steps: number): void => {
    this.#steps += steps
    if (this.#steps > this.#limits.steps) this.step()
  }

  /** @throws {Fault} If that was one element too many. */
  element(): void {
    this.reserve(1)
  }

  /** @throws {Fault} If so many elements are too many. */
  reserve(count: number): void {
    this.#elements += count
    if (this.#elements > this.#limits.elements) {
      throw new Fault('limit', `The expression makes more than ${this.#limits.elements} elements`)
    }
  }

  /** @throws {Fault} If so many bytes are too many. */
  bytes(count: number): void {
    this.#bytes += count
    if (this.#bytes > this.#limits.bytes) {
      throw new Fault('limit', `The expression makes more than ${this.#limits.bytes} bytes`)
    }
  }

  /** Calls a function made with `def`. */
  call<T>(body: () => T): T {
    if (this.#calls >= this.#limits.calls) {
      throw new Fault('recursion', 'maximum recursion depth exceeded')
    }
    this.#calls += 1
    try {
      return body()
    } finally {
      this.#calls -= 1
    }
  }
}
