/**
 * @module
 * Data flow (`reference/engine.md` §10): what a task inherits, adds and hands on. A task stores only
 * what it published and who its parents are; whole contexts are made here when an expression needs
 * one, and are never stored.
 */
import { entriesOf, isObject } from '../data.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'

/** Variables, and how often each leaf was published on the way here. */
export interface Context {
  readonly variables: ReadonlyMap<string, Value>
  /** Leaf path → count. A path is the keys joined by dots. */
  readonly versions: ReadonlyMap<string, number>
}

export const EMPTY: Context = { variables: new Map(), versions: new Map() }

/** The context with published variables on top: top-level names are replaced, not merged. */
export function publishTo(context: Context, published: Mapping): Context {
  const variables = new Map(context.variables)
  const versions = new Map(context.versions)
  let any = false
  for (const [name, value] of entriesOf(published)) {
    any = true
    variables.set(name, value)
    for (const path of leaves(name, value)) {
      versions.set(path, (versions.get(path) ?? 0) + 1)
    }
  }
  return any ? { variables, versions } : context
}

function* leaves(path: string, value: Value): Generator<string> {
  if (!isObject(value)) yield path
  else for (const [key, inner] of entriesOf(value)) yield* leaves(`${path}.${key}`, inner)
}

/**
 * Merges contexts of parallel branches, earliest finished first. A leaf published more often wins; at
 * equal counts the branch that finished last does (`decisions.md`).
 */
export function mergeContexts(contexts: readonly Context[]): Context {
  if (contexts.length === 0) return EMPTY
  let merged = contexts[0]!
  for (const next of contexts.slice(1)) {
    if (next === merged) continue
    merged = mergeTwo(merged, next)
  }
  return merged
}

function mergeTwo(left: Context, right: Context): Context {
  const variables = new Map(left.variables)
  for (const [name, value] of right.variables) {
    const own = variables.get(name)
    if (own === value) continue
    variables.set(
      name,
      own === undefined ? value : mergeValue(name, own, value, left.versions, right.versions),
    )
  }
  const versions = new Map(left.versions)
  for (const [path, count] of right.versions) {
    if (count > (versions.get(path) ?? 0)) versions.set(path, count)
  }
  return { variables, versions }
}

function mergeValue(
  path: string,
  left: Value,
  right: Value,
  leftVersions: Context['versions'],
  rightVersions: Context['versions'],
): Value {
  if (isObject(left) && isObject(right)) {
    const merged = new Map<Value, Value>(entriesOf(left))
    for (const [key, value] of entriesOf(right)) {
      const own = merged.get(key)
      merged.set(
        key,
        own === undefined
          ? value
          : mergeValue(`${path}.${key}`, own, value, leftVersions, rightVersions),
      )
    }
    return merged
  }
  const l = leftVersions.get(path) ?? 0
  const r = rightVersions.get(path) ?? 0
  return r >= l ? right : left
}
