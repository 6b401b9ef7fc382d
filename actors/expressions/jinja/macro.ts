/**
 * @module
 * Macros: pieces of template that are called.
 */
import { Fault } from '../fault.ts'
import { type Datum, Tuple } from '../values/kinds.ts'
import { Callable } from './callable.ts'
import type { Evaluate } from './compile-expression.ts'
import { Markup } from './markup.ts'
import { Undefined } from './objects.ts'
import { dict } from './protocol.ts'
import type { Run } from './run.ts'
import { capture, type Execute, type Scope } from './scope.ts'
import type { Arguments } from './signature.ts'

export interface MacroDefinition {
  /** null for the body of a `call` block. */
  readonly name: string | null
  readonly parameters: readonly { readonly name: string; readonly fallback: Evaluate | null }[]
  readonly body: Execute
  /** Which of `caller`, `kwargs` and `varargs` the body asks for. */
  readonly special: ReadonlySet<string>
}

export class Macro extends Callable {
  readonly typeName = 'Macro'
  readonly #definition: MacroDefinition
  readonly #scope: Scope

  /** @param scope Where it is defined: what it sees besides its parameters. */
  constructor(definition: MacroDefinition, scope: Scope) {
    super()
    this.#definition = definition
    this.#scope = scope
  }

  repr(): string {
    const { name } = this.#definition
    return name === null ? '<Macro anonymous>' : `<Macro '${name}'>`
  }

  override attribute(name: string): Datum {
    const { parameters, special } = this.#definition
    if (name === 'name') return this.#definition.name
    if (name === 'arguments') return new Tuple(parameters.map((parameter) => parameter.name))
    if (name === 'catch_kwargs') return special.has('kwargs')
    if (name === 'catch_varargs') return special.has('varargs')
    return name === 'caller' ? special.has('caller') : undefined
  }

  call(run: Run, args: Arguments): Datum {
    const scope = this.#scope.inner()
    this.#bind(scope, args)
    const printed = capture(this.#definition.body, scope)
    return run.autoescape ? new Markup(printed) : printed
  }

  #bind(scope: Scope, { positional, keywords }: Arguments): void {
    const { name, parameters, special } = this.#definition
    const rest = new Map(keywords)
    const given = parameters.map((parameter, index) => {
      if (index < positional.length) return positional[index]
      const value = rest.get(parameter.name)
      rest.delete(parameter.name)
      return value
    })
    if (special.has('caller')) {
      const caller = rest.get('caller')
      rest.delete('caller')
      scope.set('caller', caller ?? new Undefined('No caller defined'))
    }
    if (special.has('kwargs')) scope.set('kwargs', dict(rest))
    else if (rest.size > 0) throw unexpected(name, rest)
    if (special.has('varargs')) {
      scope.set('varargs', new Tuple(positional.slice(parameters.length)))
    } else if (positional.length > parameters.length) {
      throw new Fault(
        'type',
        `macro ${named(name)} takes not more than ${parameters.length} argument(s)`,
      )
    }
    for (const [index, parameter] of parameters.entries()) {
      scope.set(
        parameter.name,
        given[index] === undefined ? this.#fallback(scope, parameter) : given[index],
      )
    }
  }

  #fallback(scope: Scope, parameter: MacroDefinition['parameters'][number]): Datum {
    if (parameter.fallback) return parameter.fallback(scope)
    return new Undefined(`parameter '${parameter.name}' was not provided`)
  }
}

function named(name: string | null): string {
  return name === null ? 'None' : `'${name}'`
}

function unexpected(name: string | null, keywords: ReadonlyMap<string, Datum>): Fault {
  if (keywords.has('caller')) {
    return new Fault(
      'type',
      `macro ${named(name)} was invoked with two values for the special caller argument. ` +
        'This is most likely a bug.',
    )
  }
  const [first] = keywords.keys()
  const quoted = `'${first}'`
  return new Fault('type', `macro ${named(name)} takes no keyword argument ${quoted}`, { quoted })
}
