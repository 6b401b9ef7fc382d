/**
 * @module
 * Where an expression is evaluated: the variables in sight, functions made with `def`, and the run.
 */
import type { ExpressionHost } from '../host.ts'
import type { Meter } from '../limits.ts'
import { hashing } from '../values/equality.ts'
import { type Datum, type HashKey, Iter, LazyList, List, Tuple } from '../values/kinds.ts'
import { type AnyMapping, Dict, isMapping, mapGet, MappingView } from '../values/mapping.ts'
import { ValueSet } from '../values/sets.ts'
import type { Lambda } from './lambda.ts'

/** What is the same all through one evaluation. */
export interface Run {
  readonly data: Datum
  readonly host: ExpressionHost
  readonly meter: Meter
}

/** The entries of the data that are variables too, as they are and not as tuples. */
const SPECIAL: ReadonlySet<string> = new Set(['$__env', '$__execution', '$__task_execution'])

/** Immutable once made; children see everything of their parents. */
export class Context {
  readonly run: Run
  /** `$`, also known as `$1`. */
  readonly dollar: Datum
  /** The innermost scope that has functions made with `def`; null if there is none. */
  readonly definitions: Definitions | null
  readonly #parent: Context | null
  readonly #variables: ReadonlyMap<string, Datum> | null

  constructor(
    run: Run,
    parent: Context | null,
    dollar: Datum,
    variables: ReadonlyMap<string, Datum> | null,
    definitions: Definitions | null,
  ) {
    this.run = run
    this.#parent = parent
    this.dollar = dollar
    this.#variables = variables
    this.definitions = definitions
  }

  static root(run: Run): Context {
    return new Context(run, null, run.data, null, null)
  }

  /** With `$`, `$2`, … and named variables; without values `$` stays what it is. */
  child(values: readonly Datum[], named: ReadonlyMap<string, Datum> | null = null): Context {
    let dollar = values.length > 0 ? values[0] : this.dollar
    if (values.length < 2 && named === null) {
      return new Context(this.run, this, dollar, null, this.definitions)
    }
    const variables = new Map<string, Datum>()
    for (let index = 1; index < values.length; index++) {
      variables.set(`$${index + 1}`, values[index])
    }
    for (const [name, value] of named ?? []) {
      if (name === '1' || name === '') dollar = value
      else variables.set(`$${name}`, value)
    }
    return new Context(this.run, this, dollar, variables, this.definitions)
  }

  /** With a function; the lambda sees itself, so that it may call itself. */
  define(name: string, lambda: Lambda): Context {
    const definitions = { name, lambda, outer: this.definitions } as {
      name: string
      lambda: Lambda
      outer: Definitions | null
    }
    const context = new Context(this.run, this, this.dollar, null, definitions)
    definitions.lambda = lambda.within(context)
    return context
  }

  /** The value of a variable, null if there is none. */
  lookup(name: string): Datum {
    const value = Context.#find(this, name)
    if (value !== undefined) return value
    if (!SPECIAL.has(name) || !isMapping(this.run.data)) return null
    return raw(mapGet(this.run.data, name.slice(1)) ?? null)
  }

  static #find(innermost: Context, name: string): Datum {
    for (let context: Context | null = innermost; context !== null; context = context.#parent) {
      const value = context.#variables?.get(name)
      if (value !== undefined) return value
    }
    return undefined
  }

  /** The function made with `def` under a name, or null. */
  definition(name: string): Lambda | null {
    for (let scope = this.definitions; scope !== null; scope = scope.outer) {
      if (scope.name === name) return scope.lambda
    }
    return null
  }

  /** An iterator that is metered. */
  iterate(inner: Iterator<Datum>): Iter {
    const { meter } = this.run
    return new Iter({
      next() {
        meter.element()
        return inner.next()
      },
    })
  }

  /** A tuple of elements, whose number is metered. */
  tuple(items: Iterable<Datum>): Tuple {
    if (Array.isArray(items)) {
      this.run.meter.reserve(items.length)
      return new Tuple(items)
    }
    return new Tuple(this.collect(items))
  }

  /** The elements in an array of their own. */
  collect(items: Iterable<Datum>): Datum[] {
    const { meter } = this.run
    const result: Datum[] = []
    for (const item of items) {
      meter.element()
      result.push(item)
    }
    return result
  }

  /** Text, whose size is metered. */
  text(text: string): string {
    this.run.meter.bytes(text.length)
    return text
  }
}

export interface Definitions {
  readonly name: string
  readonly lambda: Lambda
  readonly outer: Definitions | null
}

/** YAQL reads bare arrays as tuples, and hashes them. */
export const hash: (value: Datum) => HashKey = hashing('tuple')

export function frozenDict(entries: Iterable<readonly [Datum, Datum]>): Dict {
  return new Dict(hash, true, entries)
}

export function plainDict(entries: Iterable<readonly [Datum, Datum]>): Dict {
  return new Dict(hash, false, entries)
}

export function frozenSet(members: Iterable<Datum>): ValueSet {
  return new ValueSet(hash, true, members)
}

/** Data that was not converted: its arrays are lists and its mappings not hashable, at every depth. */
export function raw(value: Datum): Datum {
  if (Array.isArray(value)) return new List(value, raw)
  if (value instanceof LazyList) return value.showing(raw)
  return isMapping(value) && !(value instanceof Dict) && !(value instanceof MappingView)
    ? new MappingView(value as AnyMapping, raw)
    : value
}
