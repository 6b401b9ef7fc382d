/**
 * @module
 * What an expression's value looks like from outside (`reference/yaql.md` §5.7): tuples are lists,
 * mappings plain, iterators read to their end.
 */
import { Fault } from '../fault.ts'
import { hashKey } from '../values/equality.ts'
import { Bytes, type Datum, isSequence, itemsOf, Iter, List } from '../values/kinds.ts'
import { Dict, mapEntries, MappingView } from '../values/mapping.ts'
import { ValueSet } from '../values/sets.ts'
import { ItemView, KeyView } from '../values/views.ts'
import { each, isIterable } from './types.ts'

const MAX_DEPTH = 400

/**
 * Converts a value for output; stored data is passed on as it is.
 *
 * @param count Told of every element.
 * @throws {Fault} If a member of a set or a key is no longer hashable.
 */
export function toOutput(value: Datum, count: () => void, depth = 0): Datum {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if (Object.getPrototypeOf(value) === Object.prototype) return value
  if (depth > MAX_DEPTH) throw new Fault('recursion', 'The result is nested too deeply')
  const inner = (item: Datum): Datum => {
    count()
    return toOutput(item, count, depth + 1)
  }
  if (value instanceof List && value.source) return value
  if (value instanceof ValueSet || value instanceof KeyView || value instanceof ItemView) {
    return new ValueSet(hashable, false, Array.from(value, inner))
  }
  if (isSequence(value)) return new List(itemsOf(value).map(inner))
  if (value instanceof Iter || isIterable(value)) return new List(Array.from(each(value), inner))
  if (value instanceof MappingView) return value
  if (value instanceof Bytes) return new List([...value.data])
  if (value instanceof Dict) {
    return new Dict(
      hashable,
      false,
      Array.from(mapEntries(value), ([key, item]) => [inner(key), inner(item)] as const),
    )
  }
  return value
}

function hashable(value: Datum): ReturnType<typeof hashKey> {
  try {
    return hashKey(value, 'list')
  } catch (error) {
    if (error instanceof Fault && error.kind === 'type') {
      throw new Fault('type', `${error.message}; turn the set or view into a list with toList()`)
    }
    throw error
  }
}
