/**
 * @module
 * Booleans and choices (`reference/yaql.md` §8).
 */
import { truthy } from '../../values/equality.ts'
import type { Datum } from '../../values/kinds.ts'
import { define } from '../definition.ts'
import type { Lambda } from '../lambda.ts'

export const branching = [
  define('bool', 'F(value: any)', (_, value) => truthy(value)),
  define('isBoolean', 'F(value: any)', (_, value) => typeof value === 'boolean'),
  define('switch', 'F(*args: lazyPair)', (_, args) => {
    const chosen = args.find((pair) => truthy(pair.key.call()))
    return chosen ? chosen.value.call() : null
  }, { pairs: true }),
  define('selectCase', 'F(*args: lambda)', (_, args) => {
    const index = args.findIndex((condition) => truthy(condition.call()))
    return index < 0 ? args.length : index
  }),
  define('selectAllCases', 'F(*args: lambda)', (context, args) => context.iterate(trueCases(args))),
  define('examine', 'F(*args: lambda)', (context, args) => context.iterate(truths(args))),
  define('switchCase', 'M(case: int, *args: lambda)', (_, index, args) => {
    const chosen = index >= 0 && index < args.length ? args[Number(index)] : args.at(-1)
    return chosen ? chosen.call() : null
  }),
  define('coalesce', 'F(*args: lambda)', (_, args) => {
    for (const candidate of args) {
      const value = candidate.call()
      if (value !== null) return value
    }
    return null
  }),
]

function* trueCases(conditions: readonly Lambda[]): Generator<Datum> {
  for (const [index, condition] of conditions.entries()) if (truthy(condition.call())) yield index
}

function* truths(conditions: readonly Lambda[]): Generator<Datum> {
  for (const condition of conditions) yield truthy(condition.call())
}
