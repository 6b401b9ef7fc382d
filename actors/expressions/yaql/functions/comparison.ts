/**
 * @module
 * Order (`reference/yaql.md` §6.5): what `<` and `>` compare, and null before everything.
 */
import { add, compareNumbers } from '../../values/numbers.ts'
import type { Datum } from '../../values/kinds.ts'
import { compareText } from '../../values/strings.ts'
import type { Context } from '../context.ts'
import { define, type Definition } from '../definition.ts'
import { type Binding, choose, fit, invoke } from '../resolve.ts'
import type { SetLike } from '../types.ts'
import { contains, operators } from './operators.ts'

/** Decides by the sign of a comparison; NaN stands for no order. */
type Holds = (order: number) => boolean

function compareAll(
  name: string,
  holds: Holds,
  sets: (left: SetLike, right: SetLike) => boolean,
): Definition[] {
  return [
    define(
      name,
      'F(left: Number, right: Number)',
      (_, left, right) => holds(compareNumbers(left, right)),
    ),
    define(name, 'F(left: str, right: str)', (_, left, right) => holds(compareText(left, right))),
    define(
      name,
      'F(dt1: datetime, dt2: datetime)',
      (_, dt1, dt2) => holds(compareBig(dt1.instant, dt2.instant)),
    ),
    define(
      name,
      'F(ts1: timespan, ts2: timespan)',
      (_, ts1, ts2) => holds(compareBig(ts1.micros, ts2.micros)),
    ),
    define(name, 'F(left: set, right: set)', (_, left, right) => sets(left, right)),
    define(name, 'F(left: null, right: null)', () => holds(0)),
    define(name, 'F(left: null, right: any!)', () => holds(-1)),
    define(name, 'F(left: any!, right: null)', () => holds(1)),
  ]
}

function compareBig(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function isSubset(left: SetLike, right: SetLike): boolean {
  if (left.size > right.size) return false
  for (const member of left) if (!contains(right, member)) return false
  return true
}

export const comparisons: readonly Definition[] = [
  ...compareAll(
    '#operator_<',
    (order) => order < 0,
    (left, right) => left.size < right.size && isSubset(left, right),
  ),
  ...compareAll('#operator_<=', (order) => order <= 0, isSubset),
  ...compareAll(
    '#operator_>',
    (order) => order > 0,
    (left, right) => right.size < left.size && isSubset(right, left),
  ),
  ...compareAll('#operator_>=', (order) => order >= 0, (left, right) => isSubset(right, left)),
]

/** An operator as a function of two values, for folds and sorting. */
function binary(
  name: string,
  definitions: readonly Definition[],
  ofNumbers: (left: number, right: number) => Datum,
  ofTexts: ((left: string, right: string) => Datum) | null = null,
): (context: Context, left: Datum, right: Datum) => Datum {
  const callee = { name, method: false }
  let bindings: Binding[] | null = null
  return (context, left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return ofNumbers(left, right)
    if (ofTexts && typeof left === 'string' && typeof right === 'string') {
      return ofTexts(left, right)
    }
    bindings ??= fit(callee, definitions.filter((one) => one.name === name), {
      positional: [{ index: 0, node: null }, { index: 1, node: null }],
      named: new Map(),
    })
    const values = [left, right]
    return invoke(choose(callee, bindings, values), values, context)
  }
}

export const plus = binary('#operator_+', operators, add)
const less = binary(
  '#operator_<',
  comparisons,
  (left, right) => left < right,
  (left, right) => compareText(left, right) < 0,
)
const greater = binary(
  '#operator_>',
  comparisons,
  (left, right) => left > right,
  (left, right) => compareText(left, right) > 0,
)

/** The order of two values, for sorting. */
export function compareValues(context: Context, left: Datum, right: Datum): number {
  if (less(context, left, right) === true) return -1
  return greater(context, left, right) === true ? 1 : 0
}

/** The greater one; the first of equals. */
export function maximum(context: Context, left: Datum, right: Datum): Datum {
  return greater(context, right, left) === true ? right : left
}

/** The lesser one; the second of equals. */
export function minimum(context: Context, left: Datum, right: Datum): Datum {
  return greater(context, right, left) === true ? left : right
}
