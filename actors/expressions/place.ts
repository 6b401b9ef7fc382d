/**
 * @module
 * Where in an expression something went wrong, and how that is shown.
 */
import { Fault } from './fault.ts'

/** A part of a source, in UTF-16 units. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Longest line that is shown whole. */
const WIDTH = 100
const MARGIN = '    '

/** The same function; a failure in it is marked with the place, unless it has one that is further inside. */
export function located<Context, Result>(
  span: Span,
  evaluate: (context: Context) => Result,
): (context: Context) => Result {
  return (context) => {
    try {
      return evaluate(context)
    } catch (error) {
      if (error instanceof Fault) error.at ??= span
      throw error
    }
  }
}

/** The line of a place with a caret under it; of a long line the part around it. */
export function picture(source: string, { start, end }: Span): string {
  const from = source.lastIndexOf('\n', start - 1) + 1
  const stop = source.indexOf('\n', start)
  const line = source.slice(from, stop < 0 ? source.length : stop)
  const cut = Math.max(0, Math.min(start - from - WIDTH / 2, line.length - WIDTH))
  const shown = visible(line.slice(cut, cut + WIDTH))
  const before = Array.from(line.slice(cut, start - from)).length
  const marked = Array.from(line.slice(start - from, Math.min(end - from, cut + WIDTH))).length
  const [left, right] = [cut > 0 ? '…' : '', cut + WIDTH < line.length ? '…' : '']
  const caret = ' '.repeat(left.length + before) + '^'.repeat(Math.max(1, marked))
  return `${MARGIN}${left}${shown}${right}\n${MARGIN}${caret}`
}

/** One visible character for each: a message must not move the cursor or turn the text round. */
export function visible(text: string): string {
  return text.replaceAll('\t', ' ').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/** The number of the line that a place is in, from 1; null if there is but one. */
export function lineOf(source: string, { start }: Span): number | null {
  if (!source.includes('\n')) return null
  return source.slice(0, start).split('\n').length
}
