/**
 * @module
 * Arguments that are evaluated when the function wants to, as often as it wants to.
 */
import type { Datum } from '../values/kinds.ts'
import type { Context } from './context.ts'

/** An expression made ready to be evaluated. */
export type Compiled = (context: Context) => Datum

/** Steps of a call, besides those of what it evaluates. */
const CALL_EFFORT = 3

/** An unevaluated argument with the context it closed over. */
export class Lambda {
  readonly body: Compiled
  readonly context: Context

  constructor(body: Compiled, context: Context) {
    this.body = body
    this.context = context
  }

  /** A function of plain values that is always the same. */
  static constant(value: Datum, context: Context): Lambda {
    return new Lambda(() => value, context)
  }

  /** Evaluates it with `$`, `$2`, … set; without values `$` keeps its outer meaning. */
  call(...values: Datum[]): Datum {
    this.context.run.meter.spend(CALL_EFFORT)
    return this.body(this.context.child(values))
  }

  /** As {@link call} with named variables. */
  callNamed(values: readonly Datum[], named: ReadonlyMap<string, Datum>): Datum {
    this.context.run.meter.spend(CALL_EFFORT)
    return this.body(this.context.child(values, named))
  }

  /** The same expression, closed over another context. */
  within(context: Context): Lambda {
    return new Lambda(this.body, context)
  }
}
