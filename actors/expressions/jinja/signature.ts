/**
 * @module
 * How arguments find their parameters, by the rules of Python.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { float } from '../values/value.ts'

/** The arguments of one call, evaluated. */
export interface Arguments {
  readonly positional: readonly Datum[]
  readonly keywords: ReadonlyMap<string, Datum>
}

interface Parameter {
  readonly name: string
  readonly required: boolean
  readonly fallback: Datum
}

/** What a function takes, for example `value, count=0, *args, **kwargs`. */
export interface Signature {
  readonly parameters: readonly Parameter[]
  /** How many of the parameters cannot be given by name: those before `/`. */
  readonly positionalOnly: number
  readonly rest: boolean
  readonly keywords: boolean
}

/**
 * Reads a signature as Python writes it. Defaults are literals, and nothing after `=` is a parameter
 * that is `undefined` when not given; `/` ends the parameters that are positional only.
 */
export function signature(text: string): Signature {
  const parameters: Parameter[] = []
  let positionalOnly = 0
  let [rest, keywords] = [false, false]
  for (const part of splitParameters(text)) {
    if (part === '/') positionalOnly = parameters.length
    else if (part.startsWith('**')) keywords = true
    else if (part.startsWith('*')) rest = true
    else {
      const [name = '', fallback] = part.split('=')
      parameters.push({
        name,
        required: fallback === undefined,
        fallback: fallback === undefined ? undefined : literal(fallback),
      })
    }
  }
  return { parameters, positionalOnly, rest, keywords }
}

function splitParameters(text: string): string[] {
  if (text === '') return []
  return text.split(/, (?=[*/\w]+(?:=|,|$))/)
}

function literal(text: string): Datum {
  if (text === 'None') return null
  if (text === '') return undefined
  if (text === 'True' || text === 'False') return text === 'True'
  if (text.startsWith("'")) return text.slice(1, -1)
  return text.includes('.') ? float(Number(text)) : Number(text)
}

/** How many parameters have to be given. */
export function requiredCount(signature: Signature): number {
  return signature.parameters.filter((parameter) => parameter.required).length
}

/**
 * The values of the parameters in order; then an array of the rest and a map of the keywords, for
 * signatures that take them.
 *
 * @throws {Fault} If the arguments do not fit.
 */
export function bind(name: string, signature: Signature, args: Arguments): Datum[] {
  const { parameters, positionalOnly } = signature
  const { positional } = args
  if (positional.length > parameters.length && !signature.rest) {
    throw new Fault('type', `${name}() takes ${countOf(signature)} but ${given(positional.length)}`)
  }
  const values: Datum[] = positional.slice(0, parameters.length)
  const extra = new Map(args.keywords)
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i] as Parameter
    const named = i >= positionalOnly && extra.has(parameter.name)
    if (named && i < values.length) {
      throw new Fault('type', `${name}() got multiple values for argument '${parameter.name}'`)
    }
    if (i < positional.length) continue
    if (named) {
      values.push(extra.get(parameter.name))
      extra.delete(parameter.name)
    } else if (parameter.required) {
      throw new Fault(
        'type',
        `${name}() missing 1 required positional argument: '${parameter.name}'`,
      )
    } else values.push(parameter.fallback)
  }
  if (signature.rest) values.push(positional.slice(parameters.length))
  if (signature.keywords) values.push(extra)
  else if (extra.size > 0) {
    const [unknown] = extra.keys()
    const quoted = `'${unknown}'`
    throw new Fault('type', `${name}() got an unexpected keyword argument ${quoted}`, { quoted })
  }
  return values
}

function countOf({ parameters }: Signature): string {
  const required = parameters.filter((parameter) => parameter.required).length
  const count = parameters.length
  if (required < count) return `from ${required} to ${count} positional arguments`
  return `${count} positional argument${count === 1 ? '' : 's'}`
}

function given(count: number): string {
  return count === 1 ? '1 was given' : `${count} were given`
}
