/**
 * @module
 * Where a string occurs in another, in time that grows with their lengths and not with the product of them,
 * as the platform's search may: by the two-way algorithm (Crochemore and Perrin, Two-way string-matching,
 * Journal of the ACM 38, 1991). Offsets are those of UTF-16.
 */
import { charge } from './effort.ts'

/** What is not longer is left to the platform, which is faster. */
const SHORT = 32

/** `text.indexOf(what, from)`. */
export function indexOf(text: string, what: string, from = 0): number {
  if (what.length <= SHORT) {
    const found = text.indexOf(what, from)
    charge(((found < 0 ? text.length : found) - from) >> (what.length === 1 ? 8 : 4))
    return found
  }
  for (const at of occurrences(text, what, from)) return at
  return -1
}

/** `text.lastIndexOf(what)`. */
export function lastIndexOf(text: string, what: string): number {
  if (what.length <= SHORT) {
    charge(text.length >> (what.length === 1 ? 6 : 3))
    return text.lastIndexOf(what)
  }
  let last = -1
  for (const at of occurrences(text, what)) last = at
  return last
}

/** All places where a string that is not empty occurs, those that overlap too. */
export function* occurrences(text: string, what: string, from = 0): Generator<number, void> {
  const size = what.length
  const end = text.length - size
  if (end < from) return
  charge(size >> 2)
  const [cut, period] = factorization(what)
  const isPeriodic = what.startsWith(what.slice(0, cut), period)
  const shift = isPeriodic ? period : Math.max(cut, size - cut) + 1
  // How much of a periodic string is known to match where it is laid on next.
  let known = 0
  let charged = from
  for (let start = from; start <= end;) {
    if (start - charged > 1024) {
      charge((start - charged) >> 3)
      charged = start
    }
    let index = Math.max(cut, known)
    while (index < size && what.charCodeAt(index) === text.charCodeAt(start + index)) index++
    if (index < size) {
      start += index - cut + 1
      known = 0
      continue
    }
    index = cut - 1
    while (index >= known && what.charCodeAt(index) === text.charCodeAt(start + index)) index--
    if (index < known) {
      charge(1)
      yield start
    }
    start += shift
    known = isPeriodic ? size - period : 0
  }
}

/** Where a string is cut in two so that neither its suffix repeats the other, and the period of the suffix. */
function factorization(what: string): [cut: number, period: number] {
  const [one, other] = [maximalSuffix(what, 1), maximalSuffix(what, -1)]
  return one[0] > other[0] ? one : other
}

/** Where the suffix begins that comes last in an order of the letters, and its period. */
function maximalSuffix(what: string, order: 1 | -1): [start: number, period: number] {
  let start = 0
  let candidate = 1
  let matched = 0
  let period = 1
  while (candidate + matched < what.length) {
    const difference = what.charCodeAt(candidate + matched) - what.charCodeAt(start + matched)
    if (difference === 0) {
      if (++matched === period) {
        candidate += period
        matched = 0
      }
    } else if (difference * order < 0) {
      candidate += matched + 1
      matched = 0
      period = candidate - start
    } else {
      start = candidate
      candidate = start + 1
      matched = 0
      period = 1
    }
  }
  return [start, period]
}
