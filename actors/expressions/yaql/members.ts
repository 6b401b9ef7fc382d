/**
 * @module
 * `value.name`: the entry of a mapping, the same of every element of a collection, or a property.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { isMapping, mapGet, mapKeys } from '../values/mapping.ts'
import { nearestKey } from '../nearest.ts'
import type { Context } from './context.ts'
import type { Library } from './library.ts'
import { noMatch } from './resolve.ts'
import { each, isIterable, kindName, kindOf } from './types.ts'

/** @throws {Fault} If the value has no such member. */
export function memberOf(context: Context, library: Library, value: Datum, name: string): Datum {
  if (isMapping(value)) {
    const found = mapGet(value, name)
    if (found === undefined) throw missingKey(value, name)
    return found
  }
  if (isIterable(value)) {
    const inner = each(value)
    return context.iterate(members(context, library, inner, name))
  }
  const callee = { name: `#property#${name}`, method: false }
  const [definition] = library.overloads(callee.name, false)
  if (!definition) {
    const hint = value === null
      ? `null has no members; ?.${name} takes it for null`
      : `this is of kind ${kindName(value)}, which has no member ${name}`
    throw new Fault('unknown_function', `Unknown function "${callee.name}": ${hint}`)
  }
  if (((definition.parameters[0]?.kinds ?? 0) & kindOf(value)) === 0) throw noMatch(callee, [value])
  return definition.body(context, value)
}

function* members(
  context: Context,
  library: Library,
  items: Iterable<Datum>,
  name: string,
): Generator<Datum> {
  for (const item of items) yield memberOf(context, library, item, name)
}

/** A mapping without the key, which may be data and is not named. */
export class MissingKey extends Fault {
  readonly mapping: Parameters<typeof mapKeys>[0]

  constructor(mapping: Parameters<typeof mapKeys>[0]) {
    super('key', 'The mapping has no such key')
    this.mapping = mapping
  }
}

/** Names the key as Python does, and a key that may have been meant. */
export function missingKey(mapping: Parameters<typeof mapKeys>[0], key: string): Fault {
  return new Fault('key', `'${key}'${nearestKey(mapping, key)}`)
}
