/**
 * @module
 * One evaluation: what it may ask for, and how much it may use.
 */
import { Fault } from '../fault.ts'
import type { ExpressionHost } from '../host.ts'
import { type Limits, Meter } from '../limits.ts'
import { charge } from '../values/effort.ts'
import { type Datum, List } from '../values/kinds.ts'
import { type AnyMapping, Dict, mapEntries } from '../values/mapping.ts'
import { dict, isDict } from './protocol.ts'

/** Steps of a call. */
const CALL_EFFORT = 8

/** What a constant may use while it is compiled: what needs more is worked out when it runs. */
const CONSTANT_LIMITS: Limits = {
  length: 0,
  depth: 0,
  calls: 20,
  steps: 2_000,
  elements: 1_000,
  bytes: 10_000,
}

/** For what asks nothing of the workflow. */
const noHost = new Proxy({} as ExpressionHost, {
  get: () => () => {
    throw new Fault('runtime', 'A constant has no workflow')
  },
})

/** An evaluation without data, for constants. */
export function constantRun(): Run {
  return new Run(null, noHost, new Meter(CONSTANT_LIMITS), false)
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
  readonly meter: Meter
  /** Whether printed values are escaped, as inside `{% autoescape true %}`. */
  autoescape = false
  readonly #copies: WeakMap<object, Datum> | null

  /** @param owned Whether to copy all data first, so that the template may change it. */
  constructor(data: Datum, host: ExpressionHost, meter: Meter, owned: boolean) {
    this.host = host
    this.meter = meter
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
    this.meter.spend(count)
    // A constant is worked out at the expense of whoever compiles.
    if (this.host === noHost) charge(count)
  }

  /** Runs something that may call itself. */
  deeper<T>(body: () => T): T {
    this.step(CALL_EFFORT)
    return this.meter.call(body)
  }

  /** Looks ahead: whether there is room for a text of that length, without counting it. */
  reserveText(length: number): void {
    if (length > this.meter.limits.bytes) {
      throw new Fault('limit', 'The expression makes a text that is too long')
    }
  }

  reserveItems(count: number): void {
    this.meter.reserve(count)
    this.step(count)
  }

  /** The same text, counted. */
  text(text: string): string {
    this.meter.bytes(text.length)
    return text
  }

  /** Counts what was made, if it is text. */
  made(value: Datum): void {
    if (typeof value === 'string') this.meter.bytes(value.length)
  }

  /** Counts what is looked at, if it is text. */
  read(value: Datum): void {
    if (typeof value === 'string') this.meter.read(value.length)
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
