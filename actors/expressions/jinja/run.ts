/**
 * @module
 * One evaluation: what it may ask for, and how much it may use.
 */
import { Fault } from '../fault.ts'
import type { ExpressionHost } from '../host.ts'
import { type Datum, List } from '../values/kinds.ts'
import { type AnyMapping, Dict, mapEntries } from '../values/mapping.ts'
import { dict, isDict } from './protocol.ts'

/** How much one expression may use. */
export interface Limits {
  /** Characters of source. */
  readonly source: number
  /** Calls within calls: macros, recursive loops, `map` of `map`. */
  readonly depth: number
  /** Iterations, calls and elements produced. */
  readonly steps: number
  /** Elements of one list made by an operator. */
  readonly items: number
  /** Characters of one string. */
  readonly text: number
  /** Characters of all strings made or read, the output among them. */
  readonly characters: number
  /** Characters of source whose compiled form is kept. */
  readonly cache: number
}

export const defaultLimits: Limits = {
  source: 1_000_000,
  depth: 100,
  steps: 5_000_000,
  items: 2_000_000,
  text: 20_000_000,
  characters: 200_000_000,
  cache: 4_000_000,
}

/** What a constant may use while it is compiled: what needs more is worked out when it runs. */
const constantLimits: Limits = {
  source: 0,
  depth: 20,
  steps: 2_000,
  items: 1_000,
  text: 10_000,
  characters: 100_000,
  cache: 0,
}

/** For what asks nothing of the workflow. */
const noHost = new Proxy({} as ExpressionHost, {
  get: () => () => {
    throw new Fault('runtime', 'A constant has no workflow')
  },
})

/** An evaluation without data, for constants. */
export function constantRun(): Run {
  return new Run(null, noHost, constantLimits, false)
}

/**
 * The template is about to change data that is not its own. Evaluated again on a copy, it may: so
 * only templates that do change data pay for copying it.
 */
export class MutationOfSharedData extends Error {
  override readonly name = 'MutationOfSharedData'

  constructor() {
    super('The expression changes its data')
  }
}

export class Run {
  readonly data: Datum
  readonly host: ExpressionHost
  readonly limits: Limits
  /** Whether printed values are escaped, as inside `{% autoescape true %}`. */
  autoescape = false
  #steps = 0
  #depth = 0
  #characters = 0
  readonly #copies: WeakMap<object, Datum> | null

  /** @param owned Whether to copy all data first, so that the template may change it. */
  constructor(data: Datum, host: ExpressionHost, limits: Limits, owned: boolean) {
    this.host = host
    this.limits = limits
    this.#copies = owned ? new WeakMap() : null
    this.data = this.admit(data)
  }

  /** What comes from outside: as it is, or the template's own copy of it. */
  admit(value: Datum): Datum {
    return this.#copies ? this.#copy(value, this.#copies) : value
  }

  #copy(value: Datum, copies: WeakMap<object, Datum>): Datum {
    if (typeof value !== 'object' || value === null) return value
    const known = copies.get(value)
    if (known !== undefined) return known
    if (Array.isArray(value)) {
      const items: Datum[] = []
      const list = new List(items)
      copies.set(value, list)
      for (const item of value as readonly Datum[]) items.push(this.#copy(item, copies))
      return list
    }
    return isDict(value) ? this.#copyMapping(value, copies) : value
  }

  #copyMapping(value: AnyMapping, copies: WeakMap<object, Datum>): Datum {
    const copy = dict()
    copies.set(value, copy)
    for (const [key, item] of mapEntries(value)) copy.set(key, this.#copy(item, copies))
    return copy
  }

  /** Counts an iteration or a call. */
  step(count = 1): void {
    this.#steps += count
    if (this.#steps > this.limits.steps) {
      throw new Fault('limit', 'The expression takes too many steps')
    }
  }

  /** Runs something that may call itself. */
  deeper<T>(body: () => T): T {
    this.step()
    if (++this.#depth > this.limits.depth) {
      throw new Fault('recursion', 'maximum recursion depth exceeded')
    }
    try {
      return body()
    } finally {
      this.#depth--
    }
  }

  reserveText(length: number): void {
    if (length > this.limits.text) {
      throw new Fault('limit', 'The expression makes a text that is too long')
    }
  }

  reserveItems(count: number): void {
    if (count > this.limits.items) {
      throw new Fault('limit', 'The expression makes a list that is too long')
    }
    this.step(count)
  }

  /** The same text, if it is not too long. */
  text(text: string): string {
    this.reserveText(text.length)
    this.spend(text)
    return text
  }

  /** Counts what was made or read, if it is text. */
  spend(value: Datum): void {
    const length = typeof value === 'string' ? value.length : 0
    this.#characters += length
    if (length > this.limits.text || this.#characters > this.limits.characters) {
      throw new Fault('limit', 'The expression makes too much text')
    }
  }

  /** The same items, if they are not too many. */
  items(items: Datum[]): Datum[] {
    this.reserveItems(items.length)
    return items
  }
}

/**
 * The items of a list that may be changed in place.
 *
 * @throws {MutationOfSharedData} If it is not the template's own.
 */
export function ownItems(list: Datum): Datum[] {
  if (list instanceof List) return list.items
  throw new MutationOfSharedData()
}

/** As {@link ownItems}, for a mapping. */
export function ownDict(mapping: Datum): Dict {
  if (mapping instanceof Dict && !mapping.frozen) return mapping
  throw new MutationOfSharedData()
}
