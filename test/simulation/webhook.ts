/**
 * @module
 * Somebody's webhook: it cannot be reached now and then, and remembers what it was told first.
 */
import type { Notice } from '../../actors/notifications.ts'
import type { Dice } from './dice.ts'

/** A notice is given up after five; it shall not be. */
const MOST_FAILURES = 3

export class Webhook {
  /** Notices as they came for the first time, by the root of the tree that they tell of. */
  readonly told = new Map<string, string[]>()
  readonly #failures = new Map<string, number>()
  readonly #dice: Dice

  constructor(dice: Dice) {
    this.#dice = dice
  }

  /** @param failRate How often it cannot be reached. @returns What went wrong, or null. */
  take({ id, rootId }: Notice, failRate: number): string | null {
    const failures = this.#failures.get(id) ?? 0
    if (failures < MOST_FAILURES && this.#dice.chance(failRate)) {
      this.#failures.set(id, failures + 1)
      return 'not reached'
    }
    const told = this.told.get(rootId) ?? []
    this.told.set(rootId, told)
    if (!told.includes(id)) told.push(id)
    return null
  }
}
