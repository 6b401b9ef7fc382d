/**
 * @module
 * Order: stable, and an error where two values have none.
 */
import type { Datum } from '../values/kinds.ts'
import { asText } from './markup.ts'
import { compare } from './protocol.ts'
import type { Run } from './run.ts'

/** Python's `sorted`: equal keys keep their order, also when reversed. */
export function sorted<T>(
  run: Run,
  items: readonly T[],
  keyOf: (item: T) => Datum,
  reverse = false,
): T[] {
  run.step(3 * items.length)
  const keyed = items.map((item) => ({ item, key: keyOf(item) }))
  const order = (left: Datum, right: Datum) => {
    run.step(8)
    if (compare('<', left, right)) return -1
    return compare('<', right, left) ? 1 : 0
  }
  keyed.sort((a, b) => reverse ? order(b.key, a.key) : order(a.key, b.key))
  return keyed.map(({ item }) => item)
}

/** What texts are compared by where upper and lower case count as the same. */
export function ignoreCase(value: Datum): Datum {
  return asText(value)?.toLowerCase() ?? value
}
