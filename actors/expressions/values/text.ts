/**
 * @module
 * How values print: Python's `str` and `repr` (`reference/expression-values.md` §3).
 */
import { Fault } from '../fault.ts'
import { DateTime, TimeSpan } from './dates.ts'
import { charge } from './effort.ts'
import {
  type ArrayKind,
  Bytes,
  type Datum,
  isMutableSequence,
  isNumeric,
  isSequence,
  itemsOf,
  PlainDate,
} from './kinds.ts'
import { isFrozen, isMapping, mapEntries } from './mapping.ts'
import { numberText } from './numbers.ts'
import { isPrintable } from './printable.ts'
import { Regex } from './regex/regex.ts'
import { reprString } from './repr-string.ts'
import { ValueSet } from './sets.ts'
import { ItemView, KeyView, ValueView } from './views.ts'

const MAX_DEPTH = 500

/** `str(value)`: a string is itself, everything else prints as {@link repr}. */
export function str(value: Datum, arrays: ArrayKind = 'list'): string {
  if (typeof value === 'string') return value
  if (value instanceof DateTime || value instanceof TimeSpan) return value.toString()
  if (value instanceof PlainDate) return value.text
  return repr(value, arrays)
}

/** `repr(value)`, the form that elements have inside containers. */
export function repr(value: Datum, arrays: ArrayKind = 'list'): string {
  return print(value, arrays, 0)
}

function print(value: Datum, arrays: ArrayKind, depth: number): string {
  if (depth > MAX_DEPTH) throw new Fault('recursion', 'The value is nested too deeply to print')
  charge(3)
  if (typeof value === 'string') return reprString(value)
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (isNumeric(value)) return numberText(value)
  const inner = (item: Datum) => print(item, arrays, depth + 1)
  if (isSequence(value)) {
    const items = itemsOf(value).map(inner)
    if (isMutableSequence(value, arrays)) return `[${items.join(', ')}]`
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
  }
  if (value instanceof ValueSet) {
    const members = Array.from(value, inner).join(', ')
    if (value.frozen) return members === '' ? 'frozenset()' : `frozenset({${members}})`
    return members === '' ? 'set()' : `{${members}}`
  }
  if (value instanceof DateTime || value instanceof TimeSpan) return value.repr()
  if (value instanceof Regex) return value.toString()
  if (value instanceof PlainDate) return reprDate(value)
  if (value instanceof Bytes) return reprBytes(value)
  if (value instanceof KeyView || value instanceof ValueView || value instanceof ItemView) {
    return printView(value, arrays, inner)
  }
  if (isMapping(value)) {
    const entries = Array.from(mapEntries(value), ([key, item]) => `${inner(key)}: ${inner(item)}`)
    return `{${entries.join(', ')}}`
  }
  if (isPrintable(value)) return value.repr()
  return `<${value.constructor.name.toLowerCase()} object>`
}

/** A view of a frozen mapping prints that mapping, any other what it shows. */
function printView(
  view: KeyView | ValueView | ItemView,
  arrays: ArrayKind,
  inner: (item: Datum) => string,
): string {
  const name = view instanceof KeyView ? 'Keys' : view instanceof ValueView ? 'Values' : 'Items'
  if (isFrozen(view.mapping, arrays)) return `${name}View(${inner(view.mapping)})`
  return `dict_${name.toLowerCase()}([${Array.from(view, inner).join(', ')}])`
}

function reprDate(date: PlainDate): string {
  return `datetime.date(${date.text.split('-').map(Number).join(', ')})`
}

function reprBytes(bytes: Bytes): string {
  charge(2 * bytes.data.length)
  const body = Array.from(bytes.data, (byte) => {
    if (byte === 0x5c) return '\\\\'
    if (byte === 0x27) return "\\'"
    if (byte === 0x0a) return '\\n'
    if (byte === 0x0d) return '\\r'
    if (byte === 0x09) return '\\t'
    return byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `b'${body.join('')}'`
}
