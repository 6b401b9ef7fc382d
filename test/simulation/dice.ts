/**
 * @module
 * Chance of a simulation, all from its seed.
 */
import { seeded } from '../seeded.ts'

export class Dice {
  readonly random: () => number

  constructor(seed: number) {
    this.random = seeded(seed)
  }

  /** True so many times of one. */
  chance(rate: number): boolean {
    return rate > 0 && this.random() < rate
  }

  /** In `[from, to)`. */
  between(from: number, to: number): number {
    return from + this.random() * (to - from)
  }

  /** An integer from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1))
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!
  }

  uuid(): string {
    const hex = (digits: number) =>
      Math.floor(this.random() * 16 ** digits).toString(16).padStart(digits, '0')
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(6)}${hex(6)}`
  }

  /** A stream of its own. */
  fork(): Dice {
    return new Dice(Math.floor(this.random() * 2 ** 32))
  }
}
