/**
 * @module
 * The operators of expressions, by the rules of Python (`reference/jinja.md` §4.1).
 */
import { Fault } from '../fault.ts'
import type { BinaryOperator } from './ast.ts'
import { DateTime, TimeSpan } from '../values/dates.ts'
import { type Datum, isSequence, itemsOf, List, type Numeric, Tuple } from '../values/kinds.ts'
import { mapEntries } from '../values/mapping.ts'
import * as numbers from '../values/numbers.ts'
import { ValueSet } from '../values/sets.ts'
import { ItemView, KeyView } from '../values/views.ts'
import { asText, escapeHtml, isText, Markup } from './markup.ts'
import { Undefined } from './objects.ts'
import { formatPrintf } from './printf.ts'
import { asIndex, contains, dict, hash, isDict, iterable, iterate, typeName } from './protocol.ts'
import type { Run } from './run.ts'

type Operation = (run: Run, left: Datum, right: Datum) => Datum

const operations: Readonly<Record<BinaryOperator, Operation>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': (_run, left, right) => arithmetic('/', numbers.divide, left, right),
  '//': (_run, left, right) => arithmetic('//', numbers.floorDivide, left, right),
  '%': modulo,
  '**': (_run, left, right) => arithmetic('** or pow()', numbers.power, left, right),
}

export function binaryOperation(operator: BinaryOperator): Operation {
  return operations[operator]
}

function arithmetic(
  operator: string,
  operation: (left: Numeric, right: Numeric) => Numeric,
  left: Datum,
  right: Datum,
): Datum {
  const [a, b] = [numbers.asNumeric(left), numbers.asNumeric(right)]
  if (a === null || b === null) throw unsupported(operator, left, right)
  return operation(a, b)
}

function unsupported(operator: string, left: Datum, right: Datum): Fault {
  if (left instanceof Undefined) return left.fail()
  if (right instanceof Undefined) return right.fail()
  const kinds = `'${typeName(left)}' and '${typeName(right)}'`
  return new Fault('type', `unsupported operand type(s) for ${operator}: ${kinds}`)
}

export function add(run: Run, left: Datum, right: Datum): Datum {
  const [a, b] = [numbers.asNumeric(left), numbers.asNumeric(right)]
  if (a !== null && b !== null) return numbers.add(a, b)
  if (right instanceof Undefined) return right.fail()
  if (isText(left)) return concatenate(run, left, right)
  if (isText(right) && right instanceof Markup) throw unsupported('+', left, right)
  if (isSequence(left)) return joinSequences(run, left, right)
  if (left instanceof DateTime && right instanceof TimeSpan) return left.plus(right.micros)
  if (left instanceof TimeSpan && right instanceof DateTime) return right.plus(left.micros)
  if (left instanceof TimeSpan && right instanceof TimeSpan) {
    return new TimeSpan(left.micros + right.micros)
  }
  throw unsupported('+', left, right)
}

function concatenate(run: Run, left: string | Markup, right: Datum): Datum {
  if (!isText(right)) {
    throw new Fault('type', `can only concatenate str (not "${typeName(right)}") to str`)
  }
  if (typeof left === 'string' && typeof right === 'string') return run.text(left + right)
  return new Markup(run.text(markupOf(left) + markupOf(right)))
}

function markupOf(text: string | Markup): string {
  return text instanceof Markup ? text.text : escapeHtml(text)
}

function joinSequences(run: Run, left: Parameters<typeof itemsOf>[0], right: Datum): Datum {
  const kind = typeName(left)
  if (!isSequence(right) || typeName(right) !== kind) {
    throw new Fault('type', `can only concatenate ${kind} (not "${typeName(right)}") to ${kind}`)
  }
  const items = run.items([...itemsOf(left), ...itemsOf(right)])
  return kind === 'tuple' ? new Tuple(items) : new List(items)
}

function subtract(run: Run, left: Datum, right: Datum): Datum {
  const [a, b] = [numbers.asNumeric(left), numbers.asNumeric(right)]
  if (a !== null && b !== null) return numbers.subtract(a, b)
  if (isSetLike(left) && isSetLike(right) || isView(left) || isView(right)) {
    const [members, removed] = [asSet(run, left), asSet(run, right)]
    return new ValueSet(hash, false, [...members].filter((member) => !removed.has(member)))
  }
  if (left instanceof DateTime && right instanceof TimeSpan) return left.plus(-right.micros)
  if (left instanceof DateTime && right instanceof DateTime) {
    return new TimeSpan(left.instant - right.instant)
  }
  if (left instanceof TimeSpan && right instanceof TimeSpan) {
    return new TimeSpan(left.micros - right.micros)
  }
  throw unsupported('-', left, right)
}

function isView(value: Datum): value is KeyView | ItemView {
  return value instanceof KeyView || value instanceof ItemView
}

function isSetLike(value: Datum): boolean {
  return value instanceof ValueSet || isView(value)
}

/** Whatever a view of a mapping is subtracted from, or from a view, is read as a set. */
function asSet(run: Run, value: Datum): ValueSet {
  return value instanceof ValueSet ? value : new ValueSet(hash, false, toItems(run, value))
}

function multiply(run: Run, left: Datum, right: Datum): Datum {
  const [a, b] = [numbers.asNumeric(left), numbers.asNumeric(right)]
  if (a !== null && b !== null) return numbers.multiply(a, b)
  const repeated = isText(left) || isSequence(left) ? left : right
  const times = repeated === left ? right : left
  if (!isText(repeated) && !isSequence(repeated)) throw unsupported('*', left, right)
  if (times instanceof Undefined) return times.fail()
  const count = asIndex(times)
  if (count === null) {
    throw new Fault('type', `can't multiply sequence by non-int of type '${typeName(times)}'`)
  }
  return repeat(run, repeated, Math.max(0, count))
}

function repeat(
  run: Run,
  value: string | Markup | Parameters<typeof itemsOf>[0],
  count: number,
): Datum {
  const text = isText(value) ? asText(value) : null
  if (text !== null) {
    run.reserveText(text.length * count)
    const repeated = text.repeat(text === '' ? 0 : count)
    return value instanceof Markup ? new Markup(repeated) : repeated
  }
  const items = isSequence(value) ? itemsOf(value) : []
  run.reserveItems(items.length * count)
  const result: Datum[] = []
  for (let i = 0; i < count && items.length > 0; i++) result.push(...items)
  return value instanceof Tuple ? new Tuple(result) : new List(result)
}

export function modulo(run: Run, left: Datum, right: Datum): Datum {
  if (!isText(left)) return arithmetic('%', numbers.modulo, left, right)
  if (typeof left === 'string') return run.text(formatPrintf(run, left, right))
  return new Markup(run.text(formatPrintf(run, left.text, escapeArguments(right))))
}

/** What goes into markup is escaped; numbers have nothing to escape. */
function escapeArguments(value: Datum): Datum {
  if (value instanceof Tuple) return new Tuple(value.items.map(escapeArguments))
  if (isDict(value)) {
    return dict(Array.from(mapEntries(value), ([key, item]) => [key, escapeArguments(item)]))
  }
  if (value instanceof Markup) return value.text
  return typeof value === 'string' ? escapeHtml(value) : value
}

export function negative(value: Datum): Datum {
  if (value instanceof TimeSpan) return new TimeSpan(-value.micros)
  return numbers.negate(operand('-', value))
}

export function positive(value: Datum): Datum {
  return value instanceof TimeSpan ? value : operand('+', value)
}

function operand(operator: string, value: Datum): Numeric {
  const number = numbers.asNumeric(value)
  if (number !== null) return number
  if (value instanceof Undefined) return value.fail()
  throw new Fault('type', `bad operand type for unary ${operator}: '${typeName(value)}'`)
}

/** `in` and `not in`. */
export function isIn(container: Datum, item: Datum): boolean {
  if (container instanceof Undefined && !container.plain) return container.fail()
  return contains(container, item)
}

/** Gathers an iterable, counting what it yields. */
export function toItems(run: Run, value: Datum): Datum[] {
  const items: Datum[] = []
  for (const item of iterable(iterate(value))) {
    run.step()
    items.push(item)
  }
  return items
}
