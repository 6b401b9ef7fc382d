/**
 * @module
 * Names and items of values, within the sandbox (`reference/jinja.md` §4.2).
 */
import { Fault } from '../fault.ts'
import { DateTime } from '../values/dates.ts'
import {
  type Datum,
  elementOf,
  isFloat,
  isInt,
  isSequence,
  itemsOf,
  lengthOfSequence,
  List,
  Tuple,
} from '../values/kinds.ts'
import { mapGet, mapHas } from '../values/mapping.ts'
import { nearestKey } from '../nearest.ts'
import { toDouble } from '../values/numbers.ts'
import { ValueSet } from '../values/sets.ts'
import { characters, isFlat, slice as sliceItems, sliceText } from '../values/strings.ts'
import { ItemView, KeyView } from '../values/views.ts'
import { BoundMethod, type Routine, routine } from './callable.ts'
import { type Lookup, TextFormatter } from './format-text.ts'
import { asText, isText, Markup } from './markup.ts'
import {
  dictMethods,
  listMethods,
  rangeMethods,
  setMethods,
  tupleMethods,
  viewMethods,
} from './methods/collections.ts'
import { floatMethods, floatProperty, intMethods, intProperty } from './methods/numbers.ts'
import { markupMethods } from './methods/markup.ts'
import { asMarkupMethod, textMethods } from './methods/text.ts'
import { TemplateObject, Undefined } from './objects.ts'
import { asIndex, dict, hash, isDict, repr, typeName } from './protocol.ts'
import { Range } from './range.ts'
import { isSpecial } from './special-names.ts'
import type { Run } from './run.ts'

/** `object.name`: a real attribute, else the item of that name, else undefined. */
export function getAttribute(_run: Run, object: Datum, name: string): Datum {
  const attribute = attributeOf(object, name)
  if (attribute !== undefined) return attribute
  const item = itemOrUndefined(object, name)
  return item === undefined ? missing(object, name) : item
}

/** `object[key]`: the item, else for a string the attribute of that name, else undefined. */
export function getItem(_run: Run, object: Datum, key: Datum): Datum {
  const item = itemOrUndefined(object, key)
  if (item !== undefined) return item
  const name = asText(key)
  const attribute = name === null ? undefined : attributeOf(object, name)
  return attribute === undefined ? missing(object, key) : attribute
}

/** What stands for an attribute or item that is not there. */
export function missing(object: Datum, key: Datum): Undefined {
  const name = asText(key)
  const kind = object === null ? 'None' : objectName(object)
  const quoted = repr(key)
  if (name === null) return new Undefined(`${kind} has no element ${quoted}`, { quoted })
  const hint = () => isDict(object) ? nearestKey(object, name) : ''
  return new Undefined(`'${kind}' has no attribute ${quoted}`, { hint, quoted })
}

function objectName(object: Datum): string {
  return object instanceof Markup ? 'markupsafe.Markup object' : `${typeName(object)} object`
}

/** A real attribute of a value; undefined if there is none. */
export function attributeOf(object: Datum, name: string): Datum {
  if (isSpecial(typeName(object), name)) return withheld(object, name)
  return object instanceof Undefined ? object.attribute() : realAttribute(object, name)
}

function withheld(object: Datum, name: string): Undefined {
  const quoted = repr(name)
  return new Undefined(
    `access to attribute ${quoted} of '${typeName(object)}' object is unsafe.`,
    { kind: 'security', quoted },
  )
}

function method<Self>(
  name: string,
  self: Self,
  methods: Readonly<Record<string, Routine<[Self]>>>,
): Datum {
  const found = Object.hasOwn(methods, name) ? methods[name] : undefined
  return found && new BoundMethod(name, self, found)
}

function realAttribute(object: Datum, name: string): Datum {
  if (object === null || object === undefined) return undefined
  if (isText(object)) return textAttribute(object, name)
  if (typeof object === 'boolean') return realAttribute(Number(object), name)
  if (isInt(object)) return intProperty(object, name) ?? method(name, object, intMethods)
  if (isFloat(object)) {
    const double = toDouble(object)
    return floatProperty(double, name) ?? method(name, double, floatMethods)
  }
  if (object instanceof Tuple) {
    return groupProperty(object, name) ?? method<Tuple>(name, object, tupleMethods)
  }
  if (isSequence(object)) return method(name, object, listMethods)
  if (object instanceof Range) return object.attribute(name) ?? method(name, object, rangeMethods)
  if (object instanceof ValueSet) return method(name, object, setMethods)
  if (object instanceof KeyView || object instanceof ItemView) {
    return method(name, object, viewMethods)
  }
  if (object instanceof DateTime) return dateProperty(object, name)
  if (isDict(object)) return method(name, object, dictMethods)
  return object instanceof TemplateObject ? object.attribute(name) : undefined
}

/** One group of `groupby`: a pair whose halves have names. */
export class Group extends Tuple {
  readonly grouper: Datum
  readonly list: List

  constructor(grouper: Datum, list: List) {
    super([grouper, list])
    this.grouper = grouper
    this.list = list
  }
}

function groupProperty(tuple: Tuple, name: string): Datum {
  if (!(tuple instanceof Group)) return undefined
  return name === 'grouper' || name === 'list' ? tuple[name] : undefined
}

function dateProperty(date: DateTime, name: string): Datum {
  const parts = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'] as const
  const part = parts.find((candidate) => candidate === name)
  return part === undefined ? undefined : Number(date[part])
}

function textAttribute(object: string | Markup, name: string): Datum {
  const text = asText(object) ?? ''
  if (name === 'format' || name === 'format_map') return formatMethod(name, object)
  if (object instanceof Markup && Object.hasOwn(markupMethods, name)) {
    return method(name, text, markupMethods)
  }
  const found = Object.hasOwn(textMethods, name) ? textMethods[name] : undefined
  if (!found) return undefined
  const own = object instanceof Markup ? asMarkupMethod(name, found) : found
  return new BoundMethod(name, text, own)
}

const lookup: Lookup = { attribute: getAttribute, item: getItem }

function formatMethod(name: string, object: string | Markup): Datum {
  const markup = object instanceof Markup
  const text = asText(object) ?? ''
  const format = (run: Run, positional: readonly Datum[], named: Datum) => {
    const result = new TextFormatter(run, positional, named, markup, lookup).format(text)
    return markup ? new Markup(result) : result
  }
  const body = name === 'format'
    ? routine<[string]>(
      '*args, **kwargs',
      (run, _text, positional, named) =>
        format(run, positional as Datum[], dict(named as ReadonlyMap<string, Datum>)),
    )
    : routine<[string]>('mapping, /', (run, _text, named) => format(run, [], named))
  return new BoundMethod(name, text, body)
}

/** The item of a key; undefined if there is none. @throws {Fault} If the object is undefined. */
function itemOrUndefined(object: Datum, key: Datum): Datum {
  if (object instanceof Undefined) return object.item()
  if (typeof object === 'string' || object instanceof Markup) return characterAt(object, key)
  if (isSequence(object)) return elementAt(object, key)
  if (isDict(object)) return entryOf(object, key)
  try {
    return subscript(object, key)
  } catch (error) {
    if (error instanceof Fault && ['type', 'index', 'key'].includes(error.kind)) return undefined
    throw error
  }
}

function subscript(object: Datum, key: Datum): Datum {
  return object instanceof TemplateObject ? object.item(key) : undefined
}

function entryOf(object: Parameters<typeof mapGet>[0], key: Datum): Datum {
  const plain = asText(key) ?? key
  if (typeof plain !== 'string' && !isHashable(plain)) return undefined
  return mapHas(object, plain) ? mapGet(object, plain) : undefined
}

export function isHashable(value: Datum): boolean {
  try {
    hash(value)
    return true
  } catch (error) {
    if (error instanceof Fault && error.kind === 'type') return false
    throw error
  }
}

function elementAt(sequence: Parameters<typeof elementOf>[0], key: Datum): Datum {
  const index = asIndex(key)
  if (index === null) return undefined
  return elementOf(sequence, index < 0 ? index + lengthOfSequence(sequence) : index)
}

function characterAt(object: string | Markup, key: Datum): Datum {
  const index = asIndex(key)
  if (index === null) return undefined
  const text = asText(object) ?? ''
  const points = isFlat(text) ? text : characters(text)
  const character = points[index < 0 ? index + points.length : index]
  return character !== undefined && object instanceof Markup ? new Markup(character) : character
}

/** `object[start:stop:step]`. @throws {Fault} If the object cannot be sliced. */
export function getSlice(run: Run, object: Datum, bounds: readonly Datum[]): Datum {
  if (object instanceof Undefined) return object.fail()
  const sliceable = isText(object) || isSequence(object) || object instanceof Range
  if (!sliceable) {
    throw new Fault(
      'type',
      isDict(object)
        ? `unhashable type: 'slice'`
        : `'${typeName(object)}' object is not subscriptable`,
    )
  }
  const [start = null, stop = null, step = null] = bounds.map(sliceBound)
  if (object instanceof Range) return object.slice(start, stop, step)
  if (typeof object === 'string') return sliceText(object, start, stop, step ?? 1)
  if (object instanceof Markup) return new Markup(sliceText(object.text, start, stop, step ?? 1))
  const items = run.items(sliceItems(itemsOf(object), start, stop, step ?? 1))
  return object instanceof Tuple ? new Tuple(items) : new List(items)
}

function sliceBound(value: Datum): number | null {
  if (value === null || value === undefined) return null
  const index = asIndex(value)
  if (index !== null) return index
  throw new Fault(
    'type',
    'slice indices must be integers or None or have an __index__ method',
  )
}
