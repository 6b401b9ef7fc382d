/**
 * @module
 * Finds expressions in a text by their markers.
 */

/**
 * All spans from `open` to `close` that lie on one line each, the shortest from left to right, markers
 * included. Not by a regular expression: that would look for the end again from every beginning.
 */
export function spansIn(text: string, open: string, close: string): string[] {
  const found: string[] = []
  let end = -1
  for (let start = text.indexOf(open); start >= 0;) {
    if (end < start + open.length) end = text.indexOf(close, start + open.length)
    if (end < 0) break
    const line = text.indexOf('\n', start)
    const broken = line >= 0 && line < end
    if (!broken) found.push(text.slice(start, end + close.length))
    start = text.indexOf(open, broken ? line : end + close.length)
  }
  return found
}
