/**
 * @module
 * What one evaluation may use, so that no expression holds up the service for long or fills its memory.
 */
import { Fault } from './fault.ts'

/** Zero is not "without limit": every limit holds. */
export interface Limits {
  /** Characters of one expression; a template with text around its expressions may have ten times as many. */
  readonly length: number
  /** Levels of the tree of an expression. */
  readonly depth: number
  /** Calls within calls of functions and macros that an expression defines. */
  readonly calls: number
  /** Calls, rounds of loops, and whatever else takes about 100 ns: the measure of time. */
  readonly steps: number
  /** Elements of the collections made, those of the result among them. */
  readonly elements: number
  /** Characters of the texts made. */
  readonly bytes: number
}

const usual: { -readonly [name in keyof Limits]: Limits[name] } = {
  length: 100_000,
  depth: 400,
  calls: 200,
  steps: 5_000_000,
  elements: 2_000_000,
  bytes: 64_000_000,
}

/** What holds where nothing else is said. */
export const DEFAULT_LIMITS: Limits = usual

/** Sets {@link DEFAULT_LIMITS} for this thread; call it once, where the thread begins. */
export function limitExpressions(limits: Partial<Limits>): void {
  Object.assign(usual, limits)
}

const meters = new WeakMap<object, Meter>()

/**
 * The meter of a scope. All that is evaluated in one scope, say the hundred conditions of a task, shares
 * one budget, as it is evaluated without a pause.
 */
export function meterOf(scope: object, limits: Limits): Meter {
  let meter = meters.get(scope)
  if (!meter) meters.set(scope, meter = new Meter(limits))
  return meter
}

/** Characters that are read or written in one step, by what the platform does natively. */
const CHARACTERS_A_STEP = 64

/** Counts what an evaluation uses. */
export class Meter {
  readonly limits: Limits
  #steps = 0
  #elements = 0
  #bytes = 0
  #calls = 0

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** @throws {Fault} If that was one step too many. */
  step(): void {
    if (++this.#steps > this.limits.steps) {
      throw new Fault('limit', `The expression takes more than ${this.limits.steps} steps`)
    }
  }

  /** Steps taken inside the values, for example by comparing them. */
  readonly spend = (steps: number): void => {
    this.#steps += steps
    if (this.#steps > this.limits.steps) this.step()
  }

  /** @throws {Fault} If that was one element too many. */
  element(): void {
    this.reserve(1)
  }

  /** @throws {Fault} If so many elements are too many. */
  reserve(count: number): void {
    this.#elements += count
    if (this.#elements > this.limits.elements) {
      throw new Fault('limit', `The expression makes more than ${this.limits.elements} elements`)
    }
  }

  /** Text that is made, counted before it is. @throws {Fault} If so many characters are too many. */
  bytes(count: number): void {
    this.#bytes += count
    if (this.#bytes > this.limits.bytes) {
      throw new Fault('limit', `The expression makes more than ${this.limits.bytes} characters`)
    }
    this.read(count)
  }

  /** Text that is looked at. */
  read(count: number): void {
    if (count >= CHARACTERS_A_STEP) this.spend(Math.floor(count / CHARACTERS_A_STEP))
  }

  /** Calls a function that the expression defined. */
  call<T>(body: () => T): T {
    if (this.#calls >= this.limits.calls) {
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
