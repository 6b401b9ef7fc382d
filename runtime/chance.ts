/**
 * @module
 * Chance and identity as the platform has them.
 */
import { idGenerator } from '../actors/ids.ts'
import type { Chance } from './turn.ts'

export function systemChance(): Chance {
  const random = () => Math.random()
  return {
    random,
    uuid: () => crypto.randomUUID(),
    newId: idGenerator({ now: () => Date.now(), random }),
  }
}
