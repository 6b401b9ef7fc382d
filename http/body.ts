/**
 * @module
 * JSON bodies: read with ints and floats told apart, and checked against a resource's attributes.
 */
import type { Context } from 'hono'
import { InvalidError } from '../actors/errors.ts'
import { parseJson, stringifyJson } from '../actors/expressions/values/json.ts'
import type { Mapping, Value } from '../actors/expressions/values/value.ts'
import { entriesOf, isObject } from '../actors/data.ts'
import type { EdgeConfig } from './edge-deps.ts'
import { RequestError } from './faults.ts'
import { readText } from './request.ts'

/** What an attribute of a body may hold. A `json` one is an object, or the JSON text of one. */
export type AttributeKind =
  | 'text'
  | 'boolean'
  | 'integer'
  | 'json'
  | 'list'
  | 'scope'
  /** Given or not makes no difference, whatever it is. */
  | 'ignored'
  /** Refused: the service alone sets it. */
  | 'readonly'

export interface BodyShape {
  /** How errors name the body, for example `wf_ex`. */
  readonly argument: string
  readonly attributes: { readonly [name: string]: AttributeKind }
}

/** The attributes that were given and are not null. */
export class Body {
  readonly #given: ReadonlyMap<string, Value | Mapping>

  constructor(given: ReadonlyMap<string, Value>) {
    this.#given = given
  }

  /** The names of what was given, null or not. */
  names(): string[] {
    return [...this.#given.keys()]
  }

  has(name: string): boolean {
    return (this.#given.get(name) ?? null) !== null
  }

  text(name: string): string | null {
    return (this.#given.get(name) ?? null) as string | null
  }

  boolean(name: string): boolean | null {
    return (this.#given.get(name) ?? null) as boolean | null
  }

  integer(name: string): number | null {
    return (this.#given.get(name) ?? null) as number | null
  }

  json(name: string): Mapping | null {
    return (this.#given.get(name) ?? null) as Mapping | null
  }
}

const JSON_TYPES = /^\s*(application\/json|text\/javascript|application\/javascript)\s*(;|$)/i
const FORM_TYPES = /^\s*(application\/x-www-form-urlencoded|multipart\/)/i

/**
 * Reads and checks the body of a JSON operation.
 *
 * @throws {RequestError} 415 if it says to be something else than JSON, 413 if it is too long.
 * @throws {InvalidError} If it is not an object with attributes of this shape.
 */
export async function readBody(c: Context, shape: BodyShape, config: EdgeConfig): Promise<Body> {
  const type = c.req.header('content-type')
  if (type !== undefined && type !== '' && !JSON_TYPES.test(type)) {
    if (FORM_TYPES.test(type)) throw new InvalidError('Form-encoded bodies are not supported')
    throw new RequestError(415, `Unknown mimetype: ${type}`)
  }
  const text = await readText(c, config)
  if (text.trim() === '') throw new InvalidError(`Missing argument: "${shape.argument}"`)
  const value = parse(text, shape.argument)
  if (!isObject(value)) {
    throw invalid(shape.argument, value, 'The body must be a JSON object')
  }
  return bodyOf(value, shape)
}

function bodyOf(value: Mapping, shape: BodyShape): Body {
  const given = new Map<string, Value>()
  for (const [name, item] of entriesOf(value)) {
    const kind = Object.hasOwn(shape.attributes, name) ? shape.attributes[name] : undefined
    if (kind === undefined) {
      throw new InvalidError(`Unknown attribute for argument ${shape.argument}: ${name}`)
    }
    if (kind === 'ignored') continue
    if (kind === 'readonly') {
      throw invalid(name, item, 'Cannot set read only field.')
    }
    given.set(name, item === null ? null : check(name, kind, item))
  }
  return new Body(given)
}

function check(name: string, kind: AttributeKind, value: Value): Value {
  switch (kind) {
    case 'text':
      if (typeof value !== 'string') throw invalid(name, value, 'Expected a text')
      return value
    case 'boolean':
      if (typeof value === 'boolean') return value
      if (value === 1 || value === 'true' || value === 'True') return true
      if (value === 0 || value === 'false' || value === 'False') return false
      throw invalid(name, value, 'Expected true or false')
    case 'integer': {
      const number = typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value)
        ? Number(value)
        : value
      if (typeof number !== 'number' || !Number.isInteger(number)) {
        throw invalid(name, value, 'Expected an integer')
      }
      return number
    }
    case 'scope':
      return checkScope(value)
    case 'list':
      if (!Array.isArray(value)) throw invalid(name, value, 'Expected a list')
      return value
    default:
      return jsonObject(name, value)
  }
}

/** An object, or the JSON text of one; an empty text and `null` mean that it is not given. */
function jsonObject(name: string, value: Value): Mapping | null {
  if (isObject(value)) return value
  if (typeof value === 'string') {
    if (value.trim() === '') return null
    const decoded = parse(value, name)
    if (decoded === null) return null
    if (isObject(decoded)) return decoded
  }
  throw new InvalidError(
    `JsonType field value must be a dictionary [field=${name}, actual=${shown(value)}]`,
  )
}

/** @throws {InvalidError} If it is no scope. */
export function checkScope(value: Value): 'private' | 'public' {
  if (value === 'private' || value === 'public') return value
  throw new InvalidError(
    `Scope must be one of the following: ('private', 'public'); actual: ${shown(value)}`,
  )
}

function parse(text: string, name: string): Value {
  try {
    return parseJson(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidError(
      `Invalid input for field/attribute ${name}. Value: '${cut(text)}'. ${why}`,
      { cause },
    )
  }
}

function invalid(name: string, value: Value, why: string): InvalidError {
  return new InvalidError(
    `Invalid input for field/attribute ${name}. Value: '${shown(value)}'. ${why}`,
  )
}

function shown(value: Value): string {
  return cut(typeof value === 'string' ? value : stringifyJson(value))
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
