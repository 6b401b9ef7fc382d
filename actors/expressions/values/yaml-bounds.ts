/**
 * @module
 * How much a YAML text may hold, checked before it is composed: the composer recurses, and running out of
 * stack inside a regular expression ends the process.
 */
import { CST } from 'yaml'

export interface YamlBounds {
  /** Values and keys. */
  readonly nodes: number
  /** Collections inside each other. */
  readonly depth: number
}

/** The first place found where a text goes beyond its bounds, or null. */
export function excessOf(
  tokens: readonly CST.Token[],
  bounds: YamlBounds,
): { readonly of: keyof YamlBounds; readonly offset: number } | null {
  const pending: [token: CST.Token, depth: number][] = tokens.map((token) => [token, 0])
  let nodes = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [token, depth] = next
    if (token.type === 'document') {
      if (token.value) pending.push([token.value, depth])
      continue
    }
    nodes += 1
    if (!CST.isCollection(token)) continue
    nodes += token.items.length
    if (nodes > bounds.nodes) return { of: 'nodes', offset: token.offset }
    if (depth >= bounds.depth) return { of: 'depth', offset: token.offset }
    for (const { key, value } of token.items) {
      if (key) pending.push([key, depth + 1])
      if (value) pending.push([value, depth + 1])
    }
  }
  return null
}
