/**
 * @module
 * Contexts, functions and calls by name (`reference/yaql.md` §7).
 */
import { Fault } from '../../fault.ts'
import { truthy } from '../../values/equality.ts'
import { type Datum, itemsOf, Iter } from '../../values/kinds.ts'
import { mapEntries } from '../../values/mapping.ts'
import { define } from '../definition.ts'
import { Lambda } from '../lambda.ts'
import { Memorized } from '../ordered.ts'
import { ambiguous, choose, fit, invoke } from '../resolve.ts'
import { each, kindOf, TYPES } from '../types.ts'
import type { Library } from '../library.ts'

/** @param library Where `call` looks for functions; asked when it is called. */
export function system(library: () => Library) {
  return [
    define(
      'let',
      'F(*args: any, **kwargs: any)',
      (context, args, kwargs) => context.child(args, kwargs),
    ),
    define('with', 'F(*args: any)', (context, args) => context.child(args)),
    define('unpack', 'M(sequence: iterable, *args: str)', (context, sequence, names) => {
      const items: Datum[] = []
      if (names.length === 0) {
        // The length check uses up the first element of whatever is read only once here.
        const source = each(sequence)[Symbol.iterator]()
        if ((kindOf(sequence) & (TYPES.sequence | TYPES.set)) === 0) source.next()
        for (let next = source.next(); !next.done; next = source.next()) items.push(next.value)
        return items.length === 0 ? context.child([]) : context.child(items)
      }
      for (const item of each(sequence)) {
        items.push(item)
        if (items.length > names.length) break
      }
      if (items.length !== names.length) {
        throw new Fault('value', `Cannot unpack ${items.length} elements into ${names.length}`)
      }
      return context.child([], new Map(names.map((name, index) => [name, items[index]])))
    }),
    define(
      'def',
      'F(name: str, func: lambda)',
      (context, name, func) => context.define(name, func),
    ),
    define(
      'assert',
      'M(obj: any, condition: lambda, message: str = "Assertion failed")',
      (_, obj, condition, message) => {
        const value = obj instanceof Iter ? new Memorized(obj) : obj
        if (!truthy(condition.call(value))) throw new Fault('assertion', message)
        return value
      },
    ),
    define(
      'call',
      'F(name: str, args: sequence, kwargs: mapping, receiver: any = none)',
      (context, name, args, kwargs, receiver) => {
        const values = [...itemsOf(args)]
        if (receiver !== undefined) values.unshift(receiver)
        const positional = values.map((_, index) => ({ index, node: null }))
        const named = new Map<string, { index: number; node: null }>()
        for (const [key, value] of mapEntries(kwargs)) {
          if (typeof key !== 'string' || !/^[\p{L}_]/u.test(key)) {
            throw new Fault('runtime', 'A keyword of call() does not begin like an identifier')
          }
          named.set(key, { index: values.push(value) - 1, node: null })
        }
        const own = receiver === undefined ? context.definition(name) : null
        if (own) {
          const keywords = new Map([...named].map(([key, slot]) => [key, values[slot.index]]))
          const given = values.slice(0, positional.length)
          return context.run.meter.call(() => own.callNamed(given, keywords))
        }
        const callee = { name: name.replace(/(?<=[^_])_+$/, ''), method: receiver !== undefined }
        const overloads = library().overloads(callee.name, callee.method)
        if (overloads.length === 0) {
          const quoted = `"${name}"`
          throw callee.method
            ? new Fault('unknown_method', `Unknown method ${quoted}`, { quoted })
            : new Fault('unknown_function', `Unknown function ${quoted}`, { quoted })
        }
        if (overloads.some((one) => one.pairs !== overloads[0]?.pairs)) throw ambiguous(callee)
        const bindings = fit(callee, overloads, { positional, named })
        for (const index of bindings[0]?.lazy ?? []) {
          values[index] = Lambda.constant(values[index], context)
        }
        return invoke(choose(callee, bindings, values), values, context)
      },
    ),
  ]
}
