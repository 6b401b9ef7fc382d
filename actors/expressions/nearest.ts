/**
 * @module
 * Finds the name that a misspelt one was probably meant to be.
 */
import { type AnyMapping, mapKeys } from './values/mapping.ts'

/** Longer names are no slips of a name, and take long to compare. */
const MAX_LENGTH = 64

/** The candidate with the fewest edits, if they are few enough to be a slip; else null. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  if (name.length > MAX_LENGTH) return null
  // Of one letter, any other one is one edit away.
  const most = name.length === 1 ? 0 : Math.max(1, Math.floor(name.length / 3))
  let best: string | null = null
  let fewest = most + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= fewest) continue
    const edits = distance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < fewest) [best, fewest] = [candidate, edits]
  }
  return best
}

/** How many keys of a mapping are compared. */
const MAX_KEYS = 200

/** A key of the mapping that one that it lacks may have been meant to be, as a phrase; or nothing. */
export function nearestKey(mapping: AnyMapping, key: string): string {
  const names: string[] = []
  for (const known of mapKeys(mapping)) {
    if (typeof known === 'string') names.push(known)
    if (names.length === MAX_KEYS) break
  }
  const known = nearest(key, names)
  return known === null ? '' : `; did you mean '${known}'?`
}

/** How many letters to insert, delete, replace or swap with the next. */
function distance(left: string, right: string): number {
  let before: number[] = []
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1]
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      )
    }
    before = row
    row = next
  }
  return row[right.length] ?? 0
}
