/**
 * @module
 * How a function is declared: its name, its signature as `reference/yaql.md` Appendix A writes it, and
 * its body, whose parameters take their types from the signature.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { fromBig } from '../values/numbers.ts'
import type { Context } from './context.ts'
import { type TypeName, type TypeOf, TYPES } from './types.ts'

type ArgumentOf<Type> = Type extends `${infer Name extends TypeName}?` ? TypeOf[Name] | null
  : Type extends TypeName ? TypeOf[Type]
  : never

type Defaulted<Default> = Default extends 'null' ? null : Default extends 'none' ? undefined : never

type Parsed<Text> = Text extends `**${string}` ? ReadonlyMap<string, Datum>
  : Text extends `*${string}: ${infer Type}` ? ArgumentOf<Type>[]
  : Text extends `${string}: ${infer Type} = ${infer Default}`
    ? ArgumentOf<Type> | Defaulted<Default>
  : Text extends `${string}: ${infer Type}` ? ArgumentOf<Type>
  : never

/** The body's arguments for the text of a signature's parameters. */
export type ArgumentsOf<Text extends string> = Text extends '' ? []
  : Text extends `${infer First}, ${infer Rest}` ? [Parsed<First>, ...ArgumentsOf<Rest>]
  : [Parsed<Text>]

/** Callable as a function, as a method of its first argument, or as both. */
export type Form = 'F' | 'M' | 'E'

export interface Parameter {
  readonly name: string
  /** Another name that is accepted; the same one if there is none. */
  readonly alias: string
  /** Kinds accepted, see {@link TYPES}. */
  readonly type: TypeName
  readonly kinds: number
  readonly lazy: boolean
  readonly required: boolean
  /** Undefined where an argument left out differs from null. */
  readonly default: Datum
}

/** One overload of a function. */
export interface Definition {
  readonly name: string
  readonly form: Form
  readonly parameters: readonly Parameter[]
  /** Takes any number of positional arguments after the parameters. */
  readonly rest: Parameter | null
  /** Takes keyword arguments of any name. */
  readonly keywords: boolean
  /** Arguments `k => v` are pairs and not keyword arguments. */
  readonly pairs: boolean
  readonly body: (context: Context, ...args: Datum[]) => Datum
}

export interface DefinitionOptions {
  readonly pairs?: boolean
  /** Whether `task_name` is accepted for `taskName`, as Mistral's documentation writes it. */
  readonly snakeCase?: boolean
}

/**
 * Declares an overload.
 *
 * @param signature For example `M(string: str, chars: str? = null)`; types are those of {@link TYPES},
 *   `?` takes null too, `= none` tells an argument left out from null.
 */
export function define<Parameters extends string>(
  name: string,
  signature: `${Form}(${Parameters})`,
  body: (context: Context, ...args: ArgumentsOf<Parameters>) => Datum,
  options: DefinitionOptions = {},
): Definition {
  const form = signature.charAt(0) as Form
  const inside = signature.slice(2, -1)
  const texts = inside === '' ? [] : inside.split(', ')
  const rest = texts.find((text) => /^\*[^*]/.test(text))
  return {
    name,
    form,
    parameters: texts.filter((text) => !text.startsWith('*')).map((text) =>
      parseParameter(text, options)
    ),
    rest: rest === undefined ? null : parseParameter(rest.slice(1), options),
    keywords: texts.some((text) => text.startsWith('**')),
    pairs: options.pairs ?? false,
    body: body as Definition['body'],
  }
}

/** Declares the same overload under several names. */
export function defineAll<Parameters extends string>(
  names: readonly string[],
  signature: `${Form}(${Parameters})`,
  body: (context: Context, ...args: ArgumentsOf<Parameters>) => Datum,
): Definition[] {
  return names.map((name) => define(name, signature, body))
}

function parseParameter(text: string, { snakeCase = false }: DefinitionOptions): Parameter {
  const [name = '', declared = ''] = text.split(': ')
  const [written = '', value] = declared.split(' = ')
  const nullable = written.endsWith('?')
  const type = (nullable ? written.slice(0, -1) : written) as TypeName
  if (!(type in TYPES)) throw new TypeError(`Unknown type ${type} in the parameter ${text}`)
  return {
    name,
    alias: snakeCase ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name,
    type,
    kinds: TYPES[type] | (nullable ? TYPES.null : 0),
    lazy: type === 'lambda' || type === 'lazyPair',
    required: value === undefined,
    default: value === undefined || value === 'none' ? undefined : JSON.parse(value),
  }
}

const MAX_WORD = 2n ** 63n - 1n

/**
 * An int where upstream wants one of 64 bits.
 *
 * @throws {Fault} If it is longer.
 */
export function word(value: number | bigint): number {
  if (typeof value === 'bigint' && (value > MAX_WORD || value < -MAX_WORD - 1n)) {
    throw new Fault('overflow', 'The number does not fit 64 bits')
  }
  return offset(value)
}

/** An int as an offset: one beyond all collections where it is too big for a number. */
export function offset(value: number | bigint): number {
  const plain = typeof value === 'bigint' ? fromBig(value) : value
  return typeof plain === 'bigint' ? (plain > 0n ? 1 : -1) * Number.MAX_SAFE_INTEGER : plain
}
