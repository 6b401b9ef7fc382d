/**
 * @module
 * Data flow (`reference/engine.md` §10): what a task inherits, adds and hands on. A task stores only
 * what it published and who its parents are; contexts are made here when an expression needs one,
 * share what they have in common, and are never stored.
 */
import { entriesOf, isObject } from '../data.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import { Looked } from './layers.ts'

/** A variable, and how often it and each value in its objects was published on the way here. */
interface Variable {
  readonly value: Value
  /** A value's path is the keys to it, a dot before each; of the variable itself, ''. */
  readonly versions: ReadonlyMap<string, number>
}

type Variables = ReadonlyMap<string, Variable>

/** So many layers lie on top of each other before they are made one. */
const DEPTH = 32

/** Variables: a layer on top of another context. */
export class Context extends Looked {
  readonly #base: Context | null
  readonly #own: Variables
  readonly #depth: number
  /** The same in one layer, once made. */
  #flat: Context | null = null

  constructor(base: Context | null, own: Variables) {
    super()
    this.#base = base
    this.#own = own
    this.#depth = base ? base.#depth + 1 : 0
  }

  override get(name: Value): Value | undefined {
    return typeof name === 'string' ? this.#find(name)?.value : undefined
  }

  override has(name: Value): boolean {
    return typeof name === 'string' && this.#find(name) !== undefined
  }

  /** Oldest first. */
  override *keys(): MapIterator<Value> {
    yield* this.#above(null).keys()
  }

  /** The context with published variables on top: top-level names are replaced, not merged. */
  publish(published: Mapping): Context {
    const own = new Map<string, Variable>()
    for (const [name, value] of entriesOf(published)) {
      const versions = new Map(this.#find(name)?.versions)
      for (const path of paths('', value)) versions.set(path, (versions.get(path) ?? 0) + 1)
      own.set(name, { value, versions })
    }
    return own.size === 0 ? this : new Context(this.#grounded(), own)
  }

  /**
   * Merges contexts of parallel branches, earliest finished first, objects with objects. Of other
   * values the one published more often wins; at equal counts the branch that finished last does
   * (`decisions.md`).
   */
  static merge(contexts: readonly Context[]): Context {
    const [first, ...others] = contexts
    if (!first) return EMPTY
    if (others.every((context) => context === first)) return first
    const base = first.#commonBase(others)
    const merged = new Map<string, Merging>()
    contexts.forEach((context, index) => {
      for (const [name, variable] of context.#above(base)) {
        const before = merged.get(name) ?? startOf(base ? base.#find(name) : undefined, index)
        merged.set(name, mergeNext(before, variable, index))
      }
    })
    const own = new Map<string, Variable>()
    for (const [name, merging] of merged) own.set(name, endOf(merging, contexts.length))
    return new Context(base, own)
  }

  #find(name: string): Variable | undefined {
    for (const at of this.#chain()) {
      const found = at.#own.get(name)
      if (found) return found
    }
    return undefined
  }

  /** What lies above a base, oldest first. */
  #above(base: Context | null): Map<string, Variable> {
    const layers: Variables[] = []
    for (const at of this.#chain()) {
      if (at === base) break
      layers.push(at.#own)
    }
    const variables = new Map<string, Variable>()
    for (const layer of layers.reverse()) {
      for (const [name, variable] of layer) variables.set(name, variable)
    }
    return variables
  }

  /** The nearest context that all of them lie on, or null. */
  #commonBase(others: readonly Context[]): Context | null {
    const chain = [...this.#chain()]
    let nearest = 0
    for (const other of others) {
      const met = [...other.#chain()].map((at) => chain.indexOf(at)).find((at) => at >= 0)
      if (met === undefined) return null
      nearest = Math.max(nearest, met)
    }
    return chain[nearest]!
  }

  /** From the top layer to the bottom. */
  *#chain(): Generator<Context> {
    for (let at: Context | null = this.#flat ?? this; at; at = at.#base) yield at
  }

  /** The same, fit to lie under another layer. All that lie on it share what this makes. */
  #grounded(): Context {
    if (this.#depth < DEPTH) return this
    this.#flat ??= new Context(null, this.#above(null))
    return this.#flat
  }
}

export const EMPTY = new Context(null, new Map())

/** A variable on its way through the contexts that are merged. */
interface Merging {
  readonly variable: Variable | undefined
  /** As it is in contexts that did not publish it. */
  readonly base: Variable | undefined
  /** The context that was merged last. */
  readonly index: number
}

/** The variable after the contexts before the first that published it. */
function startOf(base: Variable | undefined, index: number): Merging {
  return { variable: index > 0 ? base : undefined, base, index: index - 1 }
}

/** Contexts in between that have what the base has count once: more of them change nothing. */
function mergeNext(before: Merging, variable: Variable, index: number): Merging {
  const { base } = before
  const between = before.index < index - 1 ? merge(before.variable, base) : before.variable
  return { variable: merge(between, variable), base, index }
}

function endOf({ variable, base, index }: Merging, contexts: number): Variable {
  return (index < contexts - 1 ? merge(variable, base) : variable)!
}

function merge(left: Variable | undefined, right: Variable | undefined): Variable | undefined {
  if (!left || !right || left === right) return left ?? right
  const versions = new Map(left.versions)
  for (const [path, count] of right.versions) {
    if (count > (versions.get(path) ?? 0)) versions.set(path, count)
  }
  return { value: mergeValue('', left.value, right.value, left.versions, right.versions), versions }
}

function mergeValue(
  path: string,
  left: Value,
  right: Value,
  leftVersions: Variable['versions'],
  rightVersions: Variable['versions'],
): Value {
  if (left === right) return left
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

function* paths(path: string, value: Value): Generator<string> {
  yield path
  for (const [key, inner] of entriesOf(value)) yield* paths(`${path}.${key}`, inner)
}
