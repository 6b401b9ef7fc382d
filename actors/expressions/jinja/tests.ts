/**
 * @module
 * The tests: what stands behind `is` (`reference/jinja.md` §8).
 */
import { type Datum, isFloat, isInt, isNumeric, isSequence } from '../values/kinds.ts'
import { Callable } from './callable.ts'
import { type Filter, filter, type Filters } from './filters/filter.ts'
import type { Named } from './filters/higher-order.ts'
import { asText, isText, Markup } from './markup.ts'
import { isLower, isUpper } from './methods/text.ts'
import { Undefined } from './objects.ts'
import { isIn, modulo } from './operators.ts'
import { compare, equal, hash, isDict, iteratorOf, type Order, str } from './protocol.ts'
import { Range } from './range.ts'

function ordered(operator: Order): Filter {
  return filter('a, b, /', (_run, left, right) => compare(operator, left, right))
}

function isSequenceLike(value: Datum): boolean {
  return isText(value) || isSequence(value) || isDict(value) || value instanceof Range ||
    (value instanceof Undefined && value.plain)
}

/** @throws {Fault} If the name is not hashable, as no name of a filter could be. */
function nameOf(value: Datum): string {
  hash(value)
  return asText(value) ?? ''
}

const equals = filter('a, b, /', (_run, left, right) => equal(left, right))
const differs = filter('a, b, /', (_run, left, right) => !equal(left, right))
const greater = ordered('>')
const greaterOrEqual = ordered('>=')
const less = ordered('<')
const lessOrEqual = ordered('<=')

/** The tests; the value is the first parameter. */
export function createTests(named: () => Named): Filters {
  return {
    '!=': differs,
    '<': less,
    '<=': lessOrEqual,
    '==': equals,
    '>': greater,
    '>=': greaterOrEqual,
    boolean: filter('value', (_run, value) => typeof value === 'boolean'),
    callable: filter(
      'obj, /',
      (_run, value) => value instanceof Callable || value instanceof Undefined,
    ),
    defined: filter('value', (_run, value) => !(value instanceof Undefined)),
    divisibleby: filter('value, num', (run, value, number) => equal(modulo(run, value, number), 0)),
    eq: equals,
    equalto: equals,
    escaped: filter('value', (_run, value) => value instanceof Markup),
    even: filter('value', (run, value) => equal(modulo(run, value, 2), 0)),
    false: filter('value', (_run, value) => value === false),
    filter: filter('value', (_run, value) => named().filter(nameOf(value)) !== undefined),
    float: filter('value', (_run, value) => isFloat(value)),
    ge: greaterOrEqual,
    greaterthan: greater,
    gt: greater,
    in: filter('value, seq', (_run, value, container) => isIn(container, value)),
    integer: filter('value', (_run, value) => isInt(value)),
    iterable: filter('value', (_run, value) => iteratorOf(value) !== null),
    le: lessOrEqual,
    lessthan: less,
    lower: filter('value', (_run, value) => isLower(str(value))),
    lt: less,
    mapping: filter('value', (_run, value) => isDict(value)),
    ne: differs,
    none: filter('value', (_run, value) => value === null),
    number: filter('value', (_run, value) => typeof value === 'boolean' || isNumeric(value)),
    odd: filter('value', (run, value) => equal(modulo(run, value, 2), 1)),
    sameas: filter('value, other', (_run, value, other) => value === other),
    sequence: filter('value', (_run, value) => isSequenceLike(value)),
    string: filter('value', (_run, value) => isText(value)),
    test: filter('value', (_run, value) => named().test(nameOf(value)) !== undefined),
    true: filter('value', (_run, value) => value === true),
    undefined: filter('value', (_run, value) => value instanceof Undefined),
    upper: filter('value', (_run, value) => isUpper(str(value))),
  }
}
