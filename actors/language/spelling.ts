/**
 * @module
 * Guesses which word was meant.
 */
import { nearest } from '../expressions/nearest.ts'

/** Words that are looked at; a text with more of them is not worth the time. */
const MOST = 2000

/** `did you mean 'x'?`, or null if no word is near enough. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const words = [...candidates].slice(0, MOST)
  const guess = word.length > 100 ? null : nearest(word, words)
  return guess === null ? null : `did you mean '${guess}'?`
}
