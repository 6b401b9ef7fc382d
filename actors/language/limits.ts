/**
 * @module
 * How large a definition may be. Generous for people, tight for bombs: reading a text takes time and
 * memory in proportion to these at worst.
 */
export const limits = {
  /** Characters of one text. */
  textLength: 4 * 1024 * 1024,
  /** Mappings and lists inside each other, aliases expanded. */
  depth: 100,
  /** Scalars, lists and mappings of one text, aliases expanded. */
  nodes: 1_000_000,
  /** Of those, how many aliases and merge keys may add. */
  aliasedNodes: 100_000,
  tasks: 20_000,
  /** How many problems a refusal lists; the rest are counted. */
  problems: 100,
} as const
