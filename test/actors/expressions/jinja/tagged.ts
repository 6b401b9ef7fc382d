/**
 * @module
 * Values with their kinds, as the recorded facts write them.
 */
import { Markup } from '../../../../actors/expressions/jinja/markup.ts'
import { TemplateObject, Undefined } from '../../../../actors/expressions/jinja/objects.ts'
import { isDict } from '../../../../actors/expressions/jinja/protocol.ts'
import { Range } from '../../../../actors/expressions/jinja/range.ts'
import {
  Bytes,
  type Datum,
  isFloat,
  isNumeric,
  isSequence,
  itemsOf,
  Iter,
  Tuple,
} from '../../../../actors/expressions/values/kinds.ts'
import { mapEntries } from '../../../../actors/expressions/values/mapping.ts'
import { numberText } from '../../../../actors/expressions/values/numbers.ts'
import { ValueSet } from '../../../../actors/expressions/values/sets.ts'
import { ItemView, KeyView, ValueView } from '../../../../actors/expressions/values/views.ts'

export function tagged(value: Datum): unknown {
  if (value instanceof Undefined) return { u: value.typeName }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (value instanceof Markup) return { m: value.text }
  if (isNumeric(value)) return isFloat(value) ? { f: numberText(value) } : { i: String(value) }
  if (value instanceof Tuple) return { t: value.items.map(tagged) }
  if (isSequence(value)) return itemsOf(value).map(tagged)
  if (value instanceof Range) return { r: value.repr() }
  if (value instanceof TemplateObject) return { o: 'obj' }
  if (value instanceof ValueSet) {
    return { s: Array.from(value, (member) => JSON.stringify(tagged(member))).sort() }
  }
  if (value instanceof Iter) return { it: Array.from(value, tagged) }
  if (value instanceof Bytes) return { b: [...value.data] }
  if (value instanceof KeyView || value instanceof ValueView || value instanceof ItemView) {
    return { v: Array.from(value, tagged) }
  }
  if (!isDict(value)) return { o: 'obj' }
  return { d: Array.from(mapEntries(value), ([key, item]) => [tagged(key), tagged(item)]) }
}
