/**
 * @module
 * Expressions as functions of a scope. What is constant is worked out once, as the original engine
 * does: a constant that is not finite cannot be told there, and is an error.
 */
import { Fault } from '../fault.ts'
import { type Datum, isFloat, isSequence, itemsOf, List, Tuple } from '../values/kinds.ts'
import { mapEntries } from '../values/mapping.ts'
import { fromBig, parseInteger, toDouble } from '../values/numbers.ts'
import { ValueSet } from '../values/sets.ts'
import { float } from '../values/value.ts'
import { getAttribute, getItem, getSlice } from './access.ts'
import type * as ast from './ast.ts'
import { call } from './callable.ts'
import type { Filter } from './filters/filter.ts'
import type { Named } from './filters/higher-order.ts'
import { asText, escapeHtml, isText, Markup } from './markup.ts'
import { Undefined } from './objects.ts'
import { binaryOperation, isIn, negative, positive, toItems } from './operators.ts'
import { compare, dict, equal, isDict, iteratorOf, str, truth, typeName } from './protocol.ts'
import { Range } from './range.ts'
import { constantRun } from './run.ts'
import { Scope } from './scope.ts'
import type { Span } from '../place.ts'
import { type Arguments, bind } from './signature.ts'

export type Evaluate = (scope: Scope) => Datum

/** A compiled expression, and whether it is the same in every scope. */
interface Piece {
  readonly evaluate: Evaluate
  readonly constant: boolean
  /** How it is evaluated where it is no part of a larger constant, if that differs. */
  readonly alone?: Evaluate
  /** How it is evaluated where its value, although constant, cannot be written down as source. */
  readonly untold?: () => Evaluate
}

/** What the compiler knows about where it stands. */
export interface CompileContext {
  readonly named: Named
  /** Whether an unknown filter or test is an error only when it runs, as within an `if`. */
  readonly soft: boolean
}

type EvaluateArguments = (scope: Scope) => Arguments

/** @throws {Fault} If the expression names a filter or test that does not exist. */
export function compileExpression(node: ast.Expression, context: CompileContext): Evaluate {
  return settle(piece(node, context))
}

/** As {@link compileExpression}, for what is printed: there even infinity can be told. */
export function compilePrinted(node: ast.Expression, context: CompileContext): Evaluate {
  const printed = piece(node, context)
  if (printed.alone === undefined) return printed.evaluate
  const value = evaluateNow(printed.evaluate)
  return value === undefined || value instanceof Undefined ? printed.alone : printed.evaluate
}

/** A constant is evaluated now; the rest, and what fails or is undefined, when it runs. */
function settle({ evaluate, constant, alone, untold }: Piece): Evaluate {
  if (!constant) return evaluate
  const value = evaluateNow(evaluate)
  if (value === undefined || value instanceof Undefined) return alone ?? evaluate
  if (untold && !isLiteral(value)) return untold()
  const untellable = notFinite(value)
  if (untellable !== null) {
    return () => {
      throw new Fault('runtime', `name '${untellable}' is not defined`)
    }
  }
  return typeof value === 'object' && value !== null ? evaluate : () => value
}

function evaluateNow(evaluate: Evaluate): Datum {
  try {
    return evaluate(new Scope(constantRun(), null))
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/** The name of what is not finite in a value made of literals; null if all of it is. */
function notFinite(value: Datum): string | null {
  if (isFloat(value)) {
    const double = toDouble(value)
    return Number.isFinite(double) ? null : Number.isNaN(double) ? 'nan' : 'inf'
  }
  const parts = isSequence(value)
    ? itemsOf(value)
    : value instanceof ValueSet
    ? [...value]
    : isDict(value)
    ? [...mapEntries(value)].flat()
    : []
  if (!parts.every(isLiteral)) return null
  for (const part of parts) {
    const found = notFinite(part)
    if (found !== null) return found
  }
  return null
}

/** Whether a value could be written down as source. */
function isLiteral(value: Datum): boolean {
  return value === null || typeof value !== 'object' || isFloat(value) || isText(value) ||
    isSequence(value) || isDict(value) || value instanceof ValueSet || value instanceof Range
}

/** Combines parts: constant if they all are, else each part settled on its own. */
function combine(
  parts: readonly Piece[],
  build: (evaluates: readonly Evaluate[]) => Evaluate,
): Piece {
  if (!parts.every((part) => part.constant)) {
    return { evaluate: build(parts.map(settle)), constant: false }
  }
  const evaluate = build(parts.map((part) => part.evaluate))
  const untold = () => build(parts.map(settle))
  if (parts.every((part) => part.alone === undefined)) return { evaluate, constant: true, untold }
  const alone = build(parts.map((part) => part.alone ?? part.evaluate))
  return { evaluate, constant: true, alone, untold }
}

/** What even alone is evaluated at once, and fails at once. */
function eager({ evaluate, constant }: Piece): Piece {
  return { evaluate, constant }
}

function piece(node: ast.Expression, context: CompileContext): Piece {
  const found = unplaced(node, context)
  const at = 'at' in node ? node.at : undefined
  if (!at) return found
  const { evaluate, alone, untold } = found
  return {
    ...found,
    evaluate: marking(at, evaluate),
    ...alone && { alone: marking(at, alone) },
    ...untold && { untold: () => marking(at, untold()) },
  }
}

/** Marks what fails, and what is undefined, with the place. */
function marking(at: Span, evaluate: Evaluate): Evaluate {
  return (scope) => {
    try {
      const value = evaluate(scope)
      if (value instanceof Undefined) value.at ??= at
      return value
    } catch (error) {
      if (error instanceof Fault) error.at ??= at
      throw error
    }
  }
}

function unplaced(node: ast.Expression, context: CompileContext): Piece {
  switch (node.type) {
    case 'constant':
      return { evaluate: constantOf(node), constant: true }
    case 'name':
      return { evaluate: (scope) => scope.get(node.name), constant: false }
    case 'namespaceReference':
    case 'slice':
      throw new Fault('syntax', 'invalid syntax')
    case 'tuple':
    case 'list':
      return sequence(node, context)
    case 'dictionary':
      return dictionary(node, context)
    case 'conditional':
      return conditional(node, context)
    case 'logical':
      return logical(node, context)
    case 'unary':
      return unary(node, context)
    case 'binary':
      return binary(node, context)
    case 'comparison':
      return comparison(node, context)
    case 'concatenation':
      return concatenation(node, context)
    case 'attribute':
      return combine(
        [piece(node.object, context)],
        ([object = nothing]) => (scope) => getAttribute(scope.run, object(scope), node.name),
      )
    case 'item':
      return item(node, context)
    case 'call':
      return { evaluate: compileCall(node, context), constant: false }
    case 'filter':
      return filtered(node, context)
    case 'test':
      return tested(node, context)
  }
}

const nothing: Evaluate = () => null

function constantOf(node: ast.Constant): Evaluate {
  const value = literal(node)
  return () => value
}

function literal(node: ast.Constant): Datum {
  switch (node.kind) {
    case 'none':
      return null
    case 'integer':
      return /^0[box]/i.test(node.digits)
        ? fromBig(BigInt(node.digits.toLowerCase()))
        : parseInteger(node.digits)
    case 'float':
      return float(Number(node.digits))
    default:
      return node.value
  }
}

function sequence(node: ast.Sequence, context: CompileContext): Piece {
  const make = node.type === 'tuple'
    ? (items: Datum[]) => new Tuple(items)
    : (items: Datum[]) => new List(items)
  return combine(
    node.items.map((entry) => piece(entry, context)),
    (items) => (scope) => make(items.map((entry) => entry(scope))),
  )
}

function dictionary(node: ast.Dictionary, context: CompileContext): Piece {
  const parts = node.entries.flatMap((
    { key, value },
  ) => [piece(key, context), piece(value, context)])
  return combine(parts, (evaluates) => (scope) => {
    const result = dict()
    for (let index = 0; index < evaluates.length; index += 2) {
      const key = evaluates[index]?.(scope)
      result.set(asText(key) ?? key, evaluates[index + 1]?.(scope))
    }
    return result
  })
}

function conditional(node: ast.Conditional, outer: CompileContext): Piece {
  const context = { ...outer, soft: true }
  const [test, then] = [piece(node.test, context), piece(node.then, context)]
  const message =
    `the inline if-expression on line ${node.line} evaluated to false and no else section was defined.`
  const otherwise = node.otherwise
    ? piece(node.otherwise, context)
    : { evaluate: () => new Undefined(message, { plain: true }), constant: false }
  return eager(combine(
    [test, then, otherwise],
    ([test = nothing, then = nothing, otherwise = nothing]) => (scope) =>
      truth(test(scope)) ? then(scope) : otherwise(scope),
  ))
}

function logical(node: ast.Logical, context: CompileContext): Piece {
  const isAnd = node.operator === 'and'
  return eager(combine(
    [piece(node.left, context), piece(node.right, context)],
    ([left = nothing, right = nothing]) => (scope) => {
      const value = left(scope)
      return truth(value) === isAnd ? right(scope) : value
    },
  ))
}

function unary(node: ast.Unary, context: CompileContext): Piece {
  const operation = node.operator === 'not'
    ? (value: Datum) => !truth(value)
    : node.operator === '-'
    ? negative
    : positive
  return combine(
    [piece(node.operand, context)],
    ([operand = nothing]) => (scope) => operation(operand(scope)),
  )
}

function binary(node: ast.Binary, context: CompileContext): Piece {
  const operation = binaryOperation(node.operator)
  return combine(
    [piece(node.left, context), piece(node.right, context)],
    ([left = nothing, right = nothing]) => (scope) => {
      const result = operation(scope.run, left(scope), right(scope))
      scope.run.made(result)
      return result
    },
  )
}

function comparison(node: ast.Comparison, context: CompileContext): Piece {
  const operands = [node.first, ...node.rest.map((entry) => entry.operand)]
  const operators = node.rest.map((entry) => entry.operator)
  return combine(operands.map((operand) => piece(operand, context)), (evaluates) => (scope) => {
    let left = evaluates[0]?.(scope)
    for (const [index, operator] of operators.entries()) {
      const right = evaluates[index + 1]?.(scope)
      if (!holds(operator, left, right)) return false
      left = right
    }
    return true
  })
}

function holds(operator: ast.ComparisonOperator, left: Datum, right: Datum): boolean {
  switch (operator) {
    case '==':
      return equal(left, right)
    case '!=':
      return !equal(left, right)
    case 'in':
      return isIn(right, left)
    case 'not in':
      return !isIn(right, left)
    default:
      return compare(operator, left, right)
  }
}

function concatenation(node: ast.Concatenation, context: CompileContext): Piece {
  return eager(combine(node.parts.map((part) => piece(part, context)), (parts) => (scope) => {
    const values = parts.map((part) => part(scope))
    return scope.run.autoescape
      ? joinMarkup(scope, values)
      : scope.run.text(values.map(str).join(''))
  }))
}

/** Once there is markup among the values, everything is. */
function joinMarkup(scope: Scope, values: readonly Datum[]): Datum {
  if (!values.some((value) => value instanceof Markup)) {
    return scope.run.text(values.map(str).join(''))
  }
  const texts = values.map((value) => value instanceof Markup ? value.text : escapeHtml(str(value)))
  return new Markup(scope.run.text(texts.join('')))
}

function item(node: ast.Item, context: CompileContext): Piece {
  const { object, key } = node
  if (key.type !== 'slice') {
    return combine(
      [piece(object, context), piece(key, context)],
      ([object = nothing, key = nothing]) => (scope) =>
        getItem(scope.run, object(scope), key(scope)),
    )
  }
  const none: Piece = { evaluate: nothing, constant: true }
  const bounds = [key.start, key.stop, key.step].map((bound) =>
    bound ? piece(bound, context) : none
  )
  const parts = [piece(object, context), ...bounds]
  const slicing = (slice: typeof getSlice) =>
    combine(
      parts,
      ([object = nothing, ...bounds]) => (scope) =>
        slice(scope.run, object(scope), bounds.map((bound) => bound(scope))),
    )
  const slice = slicing(getSlice)
  if (!slice.constant) return slice
  return { ...slicing(sliceOrMissing), alone: slice.alone ?? slice.evaluate }
}

/** Among constants, what cannot be sliced is merely undefined. */
const sliceOrMissing: typeof getSlice = (run, object, bounds) => {
  try {
    return getSlice(run, object, bounds)
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'type') throw error
    return new Undefined('the object has no such element')
  }
}

/** A call; `extra` are keywords that the statement around it adds. */
export function compileCall(
  node: ast.Call,
  context: CompileContext,
  extra: (scope: Scope) => readonly (readonly [string, Datum])[] = () => [],
): Evaluate {
  const callee = compileExpression(node.callee, context)
  const { build, parts } = compileArguments(node.args, context)
  const args = build(parts.map(settle))
  return (scope) => {
    const target = callee(scope)
    const { positional, keywords } = args(scope)
    return call(scope.run, target, {
      positional,
      keywords: new Map([...keywords, ...extra(scope)]),
    })
  }
}

/** The parts of an argument list, and how their values become arguments. */
function compileArguments(node: ast.Arguments, context: CompileContext): {
  readonly parts: readonly Piece[]
  readonly build: (evaluates: readonly Evaluate[]) => EvaluateArguments
} {
  const names = node.keywords.map((keyword) => keyword.name)
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  if (repeated !== undefined) {
    throw new Fault('syntax', `keyword argument repeated: ${repeated}`)
  }
  const { positional, spread, spreadKeywords } = node
  const expressions = [
    ...positional,
    ...node.keywords.map((keyword) => keyword.value),
    ...spread ? [spread] : [],
    ...spreadKeywords ? [spreadKeywords] : [],
  ]
  return {
    parts: expressions.map((expression) => piece(expression, context)),
    build: (evaluates) => (scope) => {
      const values = evaluates.map((evaluate) => evaluate(scope))
      const count = positional.length
      const keywords = new Map(names.map((name, index) => [name, values[count + index]]))
      let next = count + names.length
      const rest = spread ? spreadItems(scope, values[next++]) : []
      if (spreadKeywords) addKeywords(keywords, values[next])
      return { positional: [...values.slice(0, count), ...rest], keywords }
    },
  }
}

function spreadItems(scope: Scope, value: Datum): Datum[] {
  if (iteratorOf(value) === null) {
    throw new Fault('type', `argument after * must be an iterable, not ${typeName(value)}`)
  }
  return toItems(scope.run, value)
}

function addKeywords(keywords: Map<string, Datum>, value: Datum): void {
  if (!isDict(value)) {
    if (value instanceof Undefined) value.fail()
    throw new Fault('type', `argument after ** must be a mapping, not ${typeName(value)}`)
  }
  for (const [key, entry] of mapEntries(value)) {
    const name = asText(key)
    if (name === null) throw new Fault('type', 'keywords must be strings')
    if (keywords.has(name)) {
      throw new Fault('type', `got multiple values for keyword argument '${name}'`, {
        quoted: `'${name}'`,
      })
    }
    keywords.set(name, entry)
  }
}

/** The filter or test; what replaces an unknown one fails when it runs. */
function resolve(
  kind: 'filter' | 'test',
  { name, at }: ast.Filter | ast.Test,
  context: CompileContext,
): Filter | null {
  const found = context.named[kind](name)
  if (found) return found
  if (context.soft) return null
  const hint = context.named.hint(kind, name)
  throw new Fault('syntax', `No ${kind} named '${name}'.${hint}`, at && { at })
}

function applied(
  kind: 'filter' | 'test',
  node: ast.Filter | ast.Test,
  target: Piece,
  context: CompileContext,
): Piece {
  const { name } = node
  const found = resolve(kind, node, context)
  const { parts, build } = compileArguments(node.args, context)
  if (!found) {
    const evaluate = () => {
      const hint = context.named.hint(kind, name)
      throw new Fault('runtime', `No ${kind} named '${name}' found.${hint}`)
    }
    return { evaluate, constant: false }
  }
  const { signature, body } = found
  const fixed: Piece = { evaluate: nothing, constant: !found.contextual }
  return combine([fixed, target, ...parts], ([, target = nothing, ...rest]) => {
    const args = build(rest)
    return (scope) => {
      const { run } = scope
      run.step(4)
      const value = target(scope)
      run.read(value)
      const { positional, keywords } = args(scope)
      const values = bind(name, signature, { positional: [value, ...positional], keywords })
      const result = body(run, ...values)
      if (result !== value) run.made(result)
      return result
    }
  })
}

function filtered(node: ast.Filter, context: CompileContext): Piece {
  if (!node.target) throw new Fault('syntax', 'invalid syntax')
  return applied('filter', node, piece(node.target, context), context)
}

/** The filters of a `filter` or `set` block, applied to what it printed. */
export function compileBlockFilter(
  node: ast.Filter,
  context: CompileContext,
): (scope: Scope, printed: Datum) => Datum {
  const variable = ' printed'
  const withTarget = (filter: ast.Filter): ast.Filter => ({
    ...filter,
    target: filter.target?.type === 'filter'
      ? withTarget(filter.target)
      : { type: 'name', name: variable },
  })
  const evaluate = compileExpression(withTarget(node), context)
  return (scope, printed) => evaluate(scope.inner([[variable, printed]]))
}

function tested(node: ast.Test, context: CompileContext): Piece {
  return applied('test', node, piece(node.target, context), context)
}
