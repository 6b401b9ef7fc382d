/**
 * @module
 * Ids that are known already, read as an index would be.
 */
import type { ScanFrom } from './scan.ts'

export async function* fromList(
  ids: readonly string[],
  { after, reverse, batch }: ScanFrom,
): AsyncGenerator<readonly string[]> {
  const ordered = [...ids].sort((a, b) => (a < b) === reverse ? 1 : -1)
  const rest = after === null ? ordered : ordered.filter((id) => reverse ? id < after : id > after)
  for (let start = 0; start < rest.length; start += batch) yield rest.slice(start, start + batch)
}
