/**
 * @module
 * Turns the tree of an expression into closures, once; evaluating them needs no tree.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { located } from '../place.ts'
import { isMapLike } from '../values/mapping.ts'
import { type Argument, type CallNode, type Node, spanOf } from './ast.ts'
import type { Context } from './context.ts'
import { type Compiled, Lambda } from './lambda.ts'
import type { Library } from './library.ts'
import { memberOf, MissingKey, missingKey } from './members.ts'
import {
  ambiguous,
  type Binding,
  type Callee,
  choose,
  describe,
  fit,
  invoke,
  noMatch,
  shapeOf,
} from './resolve.ts'
import { LazyPair, Pair } from './types.ts'

/** @param library The functions that it may call. */
export function compile(root: Node, library: Library): Compiled {
  function expression(node: Node): Compiled {
    switch (node.type) {
      case 'constant': {
        const { value } = node
        return () => value
      }
      case 'word': {
        const { name } = node
        return () => name
      }
      case 'variable':
        return variable(node.name)
      case 'wrap':
        return expression(node.inner)
      case 'call':
        return located(spanOf(node), call(node))
    }
  }

  function call(node: CallNode): Compiled {
    const [left, right] = node.args
    if (node.name === '#operator_.' && isNode(left) && isNode(right)) {
      return redefinable(node, access(expression(left), right))
    }
    if (node.name === '#operator_?.' && isNode(left) && isNode(right)) {
      const receiver = expression(left)
      let value: Datum = null
      const then = access(() => value, right)
      return redefinable(node, (context) => {
        const known = receiver(context)
        if (known === null) return null
        value = known
        return then(context)
      })
    }
    const callee = { name: node.name.replace(/(?<=[^_])_+$/, ''), method: false }
    const called = site(callee, node.args, null)
    return node.style === 'index' && isNode(right) ? indexed(called, right) : called
  }

  /** The operators that have no overloads may still be hidden by a `def`. */
  function redefinable(node: CallNode, usual: Compiled): Compiled {
    // Seldom wanted; and compiling the left side twice at every dot would double with every dot.
    let args: Compiled[] | null = null
    return (context) => {
      const lambda = context.definitions === null ? null : context.definition(node.name)
      if (lambda === null) return usual(context)
      args ??= node.args.map(argument)
      return lambda.call(...args.map((arg) => arg(context)))
    }
  }

  /** A key that is written down may be named in an error; one that was worked out is data. */
  function indexed(called: Compiled, key: Node): Compiled {
    const name = key.type === 'word' ? key.name : key.type === 'constant' ? key.value : null
    if (typeof name !== 'string') return called
    return (context) => {
      try {
        return called(context)
      } catch (error) {
        throw error instanceof MissingKey ? missingKey(error.mapping, name) : error
      }
    }
  }

  /** What stands right of a dot: a name, or a call whose receiver stands left of it. */
  function access(receiver: Compiled, right: Node): Compiled {
    if (right.type === 'word') return member(receiver, right.name)
    if (right.type === 'call' && right.style === 'function') {
      const callee = { name: right.name.replace(/(?<=[^_])_+$/, ''), method: true }
      return site(callee, right.args, receiver)
    }
    const callee = { name: '#operator_.', method: false }
    return (context) => {
      receiver(context)
      throw noMatch(callee)
    }
  }

  function member(receiver: Compiled, name: string): Compiled {
    return (context) => {
      const value = receiver(context)
      if (typeof value === 'object' && value !== null) {
        if (Object.getPrototypeOf(value) === Object.prototype) {
          if (Object.hasOwn(value, name)) return (value as Record<string, Datum>)[name]
        } else if (isMapLike(value)) {
          const found = value.get(name)
          if (found !== undefined) return found
        }
      }
      return memberOf(context, library, value, name)
    }
  }

  /** One argument, as its function will see it if it is not lazy. */
  function argument(arg: Argument): Compiled {
    if (arg.type === 'skipped') return () => null
    if (arg.type !== 'pair') return expression(arg)
    const [key, value] = [expression(arg.key), expression(arg.value)]
    return (context) => new Pair(key(context), value(context))
  }

  function lazyArgument(arg: Argument): (context: Context) => Datum {
    if (arg.type === 'pair') {
      const [key, value] = [expression(arg.key), expression(arg.value)]
      return (context) => new LazyPair(new Lambda(key, context), new Lambda(value, context))
    }
    const body = argument(arg)
    return (context) => new Lambda(body, context)
  }

  /** A place where a function is called; the receiver, if any, is the first argument. */
  function site(callee: Callee, args: readonly Argument[], receiver: Compiled | null): Compiled {
    const overloads = library.overloads(callee.name, callee.method)
    const usual = overloads.length === 0
      ? unknown(callee, receiver)
      : guarded(() => plan(callee, args, receiver), receiver)
    if (callee.method) return usual
    let defined: ((context: Context, lambda: Lambda) => Datum) | null = null
    return (context) => {
      if (context.definitions === null) return usual(context)
      const lambda = context.definition(callee.name)
      if (lambda === null) return usual(context)
      defined ??= definedCall(callee, args)
      return defined(context, lambda)
    }
  }

  /** A call of a function made with `def`, which hides the overloads if it fits beside them. */
  function definedCall(
    callee: Callee,
    args: readonly Argument[],
  ): (context: Context, lambda: Lambda) => Datum {
    const overloads = library.overloads(callee.name, false)
    if (overloads.some((one) => one.pairs)) throw ambiguous(callee)
    const shape = shapeOf(args, 0, false)
    if (overloads.length > 0) {
      const bindings = fitting(callee, overloads, args)
      if (bindings.some((one) => one.lazy.size > 0)) throw ambiguous(callee)
    }
    const named = new Map([...shape.named].map(([name, slot]) => [slot.index, name]))
    const compiled = args.map((arg) => argument(arg.type === 'pair' ? arg.value : arg))
    return (context, lambda) => {
      const values: Datum[] = []
      const keywords = new Map<string, Datum>()
      compiled.forEach((arg, index) => {
        const name = named.get(index)
        if (name === undefined) values.push(arg(context))
        else keywords.set(name, arg(context))
      })
      return context.run.meter.call(() => lambda.callNamed(values, keywords))
    }
  }

  function fitting(
    callee: Callee,
    overloads: ReturnType<Library['overloads']>,
    args: readonly Argument[],
  ): Binding[] {
    try {
      return fit(callee, overloads, shapeOf(args, 0, false))
    } catch (error) {
      if (error instanceof Fault && error.kind === 'no_matching_function') return []
      throw error
    }
  }

  function plan(
    callee: Callee,
    args: readonly Argument[],
    receiver: Compiled | null,
  ): Compiled {
    const overloads = library.overloads(callee.name, callee.method)
    const pairs = overloads[0]?.pairs ?? false
    if (overloads.some((one) => one.pairs !== pairs)) throw ambiguous(callee)
    const first = receiver === null ? 0 : 1
    const { positional, named } = shapeOf(args, first, pairs)
    const shape = receiver === null
      ? { positional, named }
      : { positional: [{ index: 0, node: null }, ...positional], named }
    const bindings = fit(callee, overloads, shape)
    const lazy = bindings[0]?.lazy ?? new Set<number>()
    const producers: Compiled[] = args.map((arg, offset) => {
      const own = arg.type === 'pair' && !pairs ? arg.value : arg
      return lazy.has(first + offset) ? lazyArgument(own) : argument(own)
    })
    if (receiver !== null) producers.unshift(receiver)
    return (context) => {
      context.run.meter.step()
      const values: Datum[] = []
      for (const producer of producers) {
        const value = producer(context)
        if (typeof value === 'string') context.run.meter.read(value.length >> 2)
        values.push(value)
      }
      return invoke(choose(callee, bindings, values), values, context)
    }
  }

  function unknown(callee: Callee, receiver: Compiled | null): Compiled {
    const message = `Unknown ${describe(callee)}${library.hint(callee.name, callee.method)}`
    return (context) => {
      receiver?.(context)
      throw new Fault(callee.method ? 'unknown_method' : 'unknown_function', message)
    }
  }

  return expression(root)
}

/** A call that can never succeed still fails only when it is evaluated, after its receiver. */
function guarded(make: () => Compiled, receiver: Compiled | null): Compiled {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return (context) => {
      receiver?.(context)
      throw new Fault(error.kind, error.message)
    }
  }
}

function variable(name: string): Compiled {
  if (name === '$' || name === '$1') return (context) => context.dollar
  return (context) => context.lookup(name)
}

function isNode(arg: Argument | undefined): arg is Node {
  return arg !== undefined && arg.type !== 'pair' && arg.type !== 'skipped'
}
