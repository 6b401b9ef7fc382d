/**
 * @module
 * Chance and identity as the platform has them.
 */
import { idGenerator } from '../actors/ids.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Chance } from './turn.ts'

/** @param clock What ids tell the time by. */
export function systemChance(clock: Pick<Clock, 'now'> = systemClock): Chance {
  const random = () => Math.random()
  return {
    random,
    uuid: () => crypto.randomUUID(),
    newId: idGenerator({ now: () => clock.now(), random }),
  }
}
