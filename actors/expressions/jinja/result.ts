/**
 * @module
 * From what a template made to what a workflow stores.
 */
import { Fault } from '../fault.ts'
import { type Datum, Iter, List, Tuple } from '../values/kinds.ts'
import { Dict } from '../values/mapping.ts'
import { hashKey } from '../values/equality.ts'
import { ValueSet } from '../values/sets.ts'
import { toStored } from '../values/storage.ts'
import type { Value } from '../values/value.ts'
import { asText } from './markup.ts'
import { TemplateObject, Undefined } from './objects.ts'
import { iterable } from './protocol.ts'
import { Range } from './range.ts'
import type { Run } from './run.ts'

const maxDepth = 1000

/**
 * The stored form of a value: markup is text, iterators are lists, a plain undefined is null.
 *
 * @throws {Fault} If it has none, as a function has.
 */
export function stored(run: Run, value: Datum): Value {
  return toStored(plain(run, value, 0), (count) => run.reserveItems(count))
}

/** The value without any kinds that only templates know, for what both languages share. */
export function unwrap(run: Run, value: Datum): Datum {
  return plain(run, value, 0)
}

function plain(run: Run, value: Datum, depth: number): Datum {
  if (depth > maxDepth) throw new Fault('recursion', 'The result is nested too deeply')
  const inner = (item: Datum) => plain(run, item, depth + 1)
  if (value instanceof TemplateObject) return plainObject(run, value)
  if (value instanceof Tuple || value instanceof List) {
    run.step(value.items.length)
    const items = value.items.map(inner)
    return value instanceof Tuple ? new Tuple(items) : new List(items)
  }
  if (value instanceof Iter) {
    const items: Datum[] = []
    for (const item of value) {
      run.step()
      items.push(inner(item))
    }
    return new List(items)
  }
  if (value instanceof ValueSet) {
    run.step(value.size)
    return new ValueSet(hashKey, value.frozen, [...value].map((item) => asText(item) ?? item))
  }
  if (value instanceof Dict) {
    run.step(value.size)
    return new Dict((key) => key as string, false, plainEntries(value, inner))
  }
  return value
}

function* plainEntries(
  mapping: Dict,
  inner: (item: Datum) => Datum,
): Generator<readonly [Datum, Datum]> {
  for (const [key, item] of mapping.entries()) yield [asText(key) ?? key, inner(item)]
}

function plainObject(run: Run, value: TemplateObject): Datum {
  const text = asText(value)
  if (text !== null) return text
  if (value instanceof Undefined) return value.plain ? null : value.fail()
  const iterator = value instanceof Range ? value.iterate() : null
  if (iterator === null) {
    throw new Fault('unstorable', `The result has no stored form: ${value.typeName}`)
  }
  const items: Datum[] = []
  for (const item of iterable(iterator)) {
    run.step()
    items.push(item)
  }
  return items
}
