/**
 * @module
 * Guesses which word was meant.
 */

/** The candidate nearest to a misspelt word, or null if none is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const limit = Math.max(1, Math.min(3, Math.floor(word.length / 3)))
  let best: string | null = null
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance || candidate === word) continue
    const distance = editDistance(fold(word), fold(candidate), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `did you mean 'x'?`, or null. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const guess = nearest(word, candidates)
  return guess === null ? null : `did you mean '${guess}'?`
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('_', '-')
}

/** Insertions, deletions, replacements and swaps of neighbours; gives up at `cap`. */
function editDistance(a: string, b: string, cap: number): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, before[j - 2]! + 1)
      }
      row.push(best)
    }
    if (Math.min(...row) >= cap) return cap
    before = previous
    previous = row
  }
  return previous[b.length]!
}
