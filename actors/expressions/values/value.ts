/**
 * @module
 * The kinds of value that workflows carry (`reference/expression-values.md`).
 *
 * A bare JavaScript number that is an integer is an *int*, one that is not is a *float*; ints beyond
 * 2^53 are bigints, and a float that a bare number cannot tell from an int (1.0, -0.0, inf, nan) is a
 * {@link Float}. So almost all data is plain JSON, and `1` and `1.0` still differ.
 */

/** A float whose value is integral, infinite or not a number. Make it with {@link float}. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** A mapping: a plain object, or a `ReadonlyMap` where order or keys need one. */
export type Mapping = { readonly [key: string]: Value } | ReadonlyMap<Value, Value>

/** Data as it is stored and sent. Expressions know more kinds (sets, dates, iterators) inside. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | readonly Value[]
  | Mapping

/** The float of a number: bare where it cannot be taken for an int. */
export function float(value: number): number | Float {
  return Number.isInteger(value) || !Number.isFinite(value) ? new Float(value) : value
}
