/**
 * @module
 * What `keys()`, `values()` and `items()` give: windows on a mapping that can be read again.
 */
import { charge } from './effort.ts'
import type { Datum } from './kinds.ts'
import { type AnyMapping, mapEntries, mapKeys, mapSize, mapValues } from './mapping.ts'
import { Tuple } from './kinds.ts'

abstract class View implements Iterable<Datum> {
  readonly mapping: AnyMapping

  constructor(mapping: AnyMapping) {
    this.mapping = mapping
  }

  get size(): number {
    return mapSize(this.mapping)
  }

  abstract [Symbol.iterator](): Iterator<Datum>
}

export class KeyView extends View {
  [Symbol.iterator](): Iterator<Datum> {
    return mapKeys(this.mapping)[Symbol.iterator]()
  }
}

export class ValueView extends View {
  [Symbol.iterator](): Iterator<Datum> {
    return mapValues(this.mapping)[Symbol.iterator]()
  }
}

/** Its members are pairs. */
export class ItemView extends View {
  *[Symbol.iterator](): Iterator<Datum> {
    charge(this.size)
    for (const entry of mapEntries(this.mapping)) yield new Tuple(entry)
  }
}
