/**
 * @module
 * How large a definition may be. Generous for people, tight for bombs: reading a text takes time and
 * memory in proportion to these at worst.
 */
export const limits = {
  /** Characters of one text. */
  textLength: 2 * 1024 * 1024,
  /** Mappings and lists inside each other, aliases expanded. */
  depth: 100,
  /** Keys, scalars, lists and mappings of one text. */
  nodes: 400_000,
  /** How many more aliases and merge keys may add. */
  aliasedNodes: 100_000,
  tasks: 20_000,
  /** Transitions, or required tasks, that task-defaults give to all tasks together. */
  defaultLinks: 500_000,
  /** How many problems a refusal lists; the rest are counted. */
  problems: 100,
} as const
