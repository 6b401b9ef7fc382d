/**
 * @module
 * Picks the overload of a call (`reference/yaql.md` §5.3): by the shape of its arguments when the
 * expression is compiled, by their types when it runs.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import type { Argument, Node, PairNode } from './ast.ts'
import type { Context } from './context.ts'
import type { Definition, Parameter } from './definition.ts'
import { KIND, kindName, kindOf } from './types.ts'

/** An argument of a call; its index is that of its value. */
export interface Slot {
  readonly index: number
  /** Null for a receiver, or for a value that is there already. */
  readonly node: Node | PairNode | null
}

/** The arguments of a call, as it is written. */
export interface Shape {
  /** Null where one was left out. */
  readonly positional: readonly (Slot | null)[]
  readonly named: ReadonlyMap<string, Slot>
}

/** How the slots of a call go to the parameters of one overload. */
export interface Binding {
  readonly definition: Definition
  /** The slot of every parameter, -1 for its default. */
  readonly sources: readonly number[]
  readonly rest: readonly number[]
  readonly named: readonly (readonly [string, number])[]
  /** What every slot is to satisfy; null for one that takes anything. */
  readonly checks: readonly (readonly [number, Parameter])[]
  readonly lazy: ReadonlySet<number>
}

/** The names of a call in error messages. */
export interface Callee {
  readonly name: string
  readonly method: boolean
}

export function describe({ name, method }: Callee): string {
  return `${method ? 'method' : 'function'} "${name}"`
}

/** @param values The arguments, of which the kinds are told, where they are known. */
export function noMatch(callee: Callee, values: readonly Datum[] | null = null): Fault {
  const kinds = values === null ? '' : ` (${values.map(kindName).join(', ')})`
  return new Fault(
    callee.method ? 'no_matching_method' : 'no_matching_function',
    `No ${describe(callee)} matches supplied arguments${kinds}${hintFor(callee, values)}`,
  )
}

function hintFor({ name }: Callee, values: readonly Datum[] | null): string {
  const texts = values?.filter((value) => typeof value === 'string').length ?? 0
  if (name === '#operator_+' && texts > 0) return '; make text of what is none with str(...)'
  return values?.[0] === null && values.length > 0 ? '; the first is null' : ''
}

export function ambiguous(callee: Callee): Fault {
  return new Fault(
    callee.method ? 'ambiguous_method' : 'ambiguous_function',
    `Ambiguous ${describe(callee)}`,
  )
}

/**
 * Arranges the arguments of a call.
 *
 * @param pairs Whether `k => v` are pairs; else they are keyword arguments.
 * @throws {Fault} If a keyword is not a bare word.
 */
export function shapeOf(args: readonly Argument[], first: number, pairs: boolean): Shape {
  const positional: (Slot | null)[] = []
  const named = new Map<string, Slot>()
  args.forEach((arg, offset) => {
    const index = first + offset
    if (arg.type === 'skipped') positional.push(null)
    else if (arg.type !== 'pair' || pairs) positional.push({ index, node: arg })
    else if (arg.key.type === 'word') named.set(arg.key.name, { index, node: arg.value })
    else {
      throw new Fault('mapping_translation', 'Cannot convert mapping to keyword argument')
    }
  })
  return { positional, named }
}

/** Fits a call to an overload by the number and names of its arguments and by its constants. */
export function bind(definition: Definition, shape: Shape): Binding | null {
  const { parameters, rest } = definition
  const sources = new Array<number>(parameters.length).fill(-1)
  const restSlots: number[] = []
  const named: [string, number][] = []
  const checks: [number, Parameter][] = []
  const lazy = new Set<number>()

  function accept(slot: Slot, parameter: Parameter): boolean {
    if (!acceptsNode(slot.node, parameter)) return false
    if (parameter.lazy) lazy.add(slot.index)
    else checks.push([slot.index, parameter])
    return true
  }

  for (const [position, slot] of shape.positional.entries()) {
    const parameter = parameters[position]
    if (!parameter) {
      if (!rest || slot === null || !accept(slot, rest)) return null
      restSlots.push(slot.index)
    } else if (slot !== null) {
      if (!accept(slot, parameter)) return null
      sources[position] = slot.index
    }
  }
  for (const [name, slot] of shape.named) {
    const position = parameters.findIndex((one) => one.name === name || one.alias === name)
    const parameter = parameters[position]
    if (parameter) {
      if (sources[position] !== -1 || !accept(slot, parameter)) return null
      sources[position] = slot.index
    } else if (definition.keywords) named.push([name, slot.index])
    else return null
  }
  const complete = parameters.every((one, index) => !one.required || sources[index] !== -1)
  return complete ? { definition, sources, rest: restSlots, named, checks, lazy } : null
}

/** Constants show their type before anything is evaluated. */
function acceptsNode(node: Slot['node'], parameter: Parameter): boolean {
  if (parameter.type === 'lazyPair') return node?.type === 'pair'
  if (node === null || parameter.lazy) return true
  if (node.type === 'constant') return accepts(parameter, node.value)
  if (node.type === 'word') return (parameter.kinds & KIND.string) !== 0
  return node.type !== 'pair' || parameter.type === 'pair'
}

function accepts(parameter: Parameter, value: Datum): boolean {
  return (parameter.kinds & kindOf(value)) !== 0
}

/**
 * The overloads whose shape fits.
 *
 * @throws {Fault} If none does, or they disagree about which arguments to evaluate.
 */
export function fit(callee: Callee, overloads: readonly Definition[], shape: Shape): Binding[] {
  const bindings = overloads.flatMap((definition) => bind(definition, shape) ?? [])
  const [first] = bindings
  if (!first) throw noMatch(callee)
  if (bindings.some((one) => !sameSet(one.lazy, first.lazy))) throw ambiguous(callee)
  return bindings
}

function sameSet(left: ReadonlySet<number>, right: ReadonlySet<number>): boolean {
  return left.size === right.size && [...left].every((item) => right.has(item))
}

/**
 * The one overload that takes the values.
 *
 * @throws {Fault} If none does, or several do and none is the most specific.
 */
export function choose(
  callee: Callee,
  bindings: readonly Binding[],
  values: readonly Datum[],
): Binding {
  let chosen: Binding | null = null
  let rivals: Binding[] | null = null
  const kinds = bindings.length > 1 ? values.map(kindOf) : null
  for (const binding of bindings) {
    if (!takes(binding, values, kinds)) continue
    if (chosen === null) chosen = binding
    else rivals = [...rivals ?? [chosen], binding]
  }
  if (chosen === null) throw noMatch(callee, values)
  return rivals === null ? chosen : mostSpecific(callee, rivals)
}

function takes(
  binding: Binding,
  values: readonly Datum[],
  kinds: readonly number[] | null,
): boolean {
  for (const [index, parameter] of binding.checks) {
    if (parameter.type === 'any') continue
    if ((parameter.kinds & (kinds?.[index] ?? kindOf(values[index]))) === 0) return false
  }
  return true
}

function mostSpecific(callee: Callee, bindings: readonly Binding[]): Binding {
  const winner = bindings.find((one) =>
    bindings.every((other) => other === one || isMoreSpecific(one, other))
  )
  if (!winner) throw ambiguous(callee)
  return winner
}

/** Narrower in at least one argument and wider in none. */
function isMoreSpecific(left: Binding, right: Binding): boolean {
  const other = new Map(right.checks)
  let narrower = false
  for (const [index, { kinds }] of left.checks) {
    const against = other.get(index)?.kinds ?? kinds
    if (against === kinds) continue
    if ((kinds & against) !== kinds) return false
    narrower = true
  }
  return narrower
}

/** Calls an overload with the values of a call's slots. */
export function invoke(binding: Binding, values: readonly Datum[], context: Context): Datum {
  const { definition, sources } = binding
  const { parameters } = definition
  const args: Datum[] = []
  for (let index = 0; index < parameters.length; index++) {
    const parameter = parameters[index] as Parameter
    const source = sources[index] ?? -1
    const value = source === -1 ? parameter.default : values[source]
    args.push(parameter.type === 'int' && typeof value === 'boolean' ? Number(value) : value)
  }
  if (definition.rest) args.push(binding.rest.map((source) => values[source]))
  if (definition.keywords) {
    args.push(new Map(binding.named.map(([name, source]) => [name, values[source]])))
  }
  return definition.body(context, ...args)
}
