/**
 * @module
 * Makes an action of what a user's module exports, which nobody need have type-checked.
 */
import { Ajv } from 'ajv'
import type { Value } from '../expressions/values/value.ts'
import type { Parameter } from '../language/spec.ts'
import type { Action, ActionInput, ActionResult } from './action.ts'
import { toPlain, toValue } from './plain.ts'

type Fields = { readonly [name: string]: unknown }

/**
 * An action from an exported object: its parameters come from its `schema` if it declares none. What
 * it is called with is plain JSON data with defaults filled in, checked against the schema.
 *
 * @throws {TypeError} If the object is no action; the message says what to write.
 */
export function customAction(exported: unknown): Action {
  if (!isObject(exported)) throw new TypeError('an action must be an object with a name and a run')
  const { name } = exported
  if (typeof name !== 'string' || !/^[^\s<>{}%=]+$/.test(name)) {
    throw new TypeError(`an action needs a name without spaces, such as 'my.action'`)
  }
  if (typeof exported['run'] !== 'function') {
    throw new TypeError(`the action ${name} needs a function run(input, context)`)
  }
  for (const field of ['check', 'now', 'prepare']) expect(exported, field, 'function')
  for (const field of ['async', 'open', 'pure']) expect(exported, field, 'boolean')
  for (const field of ['description', 'className', 'label']) expect(exported, field, 'string')
  const schema = exported['schema']
  if (schema !== undefined && !isObject(schema)) {
    throw new TypeError(`the schema of the action ${name} must be an object`)
  }
  const parameters = exported['parameters'] === undefined
    ? schemaParameters(schema ?? {})
    : parametersOf(name, exported['parameters'])
  const open = exported['open'] === true || schema?.['additionalProperties'] === true
  return wrap(exported as unknown as Action, parameters, open, validator(name, schema))
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function expect(exported: Fields, field: string, type: string): void {
  const value = exported[field]
  if (value === undefined || typeof value === type) return
  throw new TypeError(`the action ${String(exported['name'])} has a ${field} that is no ${type}`)
}

/** Declared properties; those that are not required have null as a default, or their own. */
function schemaParameters(schema: Fields): Parameter[] {
  const { properties, required } = schema
  const names = Array.isArray(required) ? required as unknown[] : []
  return Object.entries(isObject(properties) ? properties : {}).map(([name, property]) => {
    if (names.includes(name)) return { name }
    const own = isObject(property) ? property['default'] : undefined
    return { name, default: toValue(own) }
  })
}

function parametersOf(action: string, declared: unknown): Parameter[] {
  const hint = `the parameters of the action ${action} must be a list such as ` +
    `[{ name: 'x' }, { name: 'y', default: 1 }]`
  if (!Array.isArray(declared)) throw new TypeError(hint)
  return declared.map((parameter: unknown) => {
    if (!isObject(parameter) || typeof parameter['name'] !== 'string') throw new TypeError(hint)
    const { name, default: value } = parameter
    return value === undefined ? { name } : { name, default: toValue(value) }
  })
}

type Check = (input: ActionInput) => void

function validator(name: string, schema: Fields | undefined): Check {
  if (!schema) return () => {}
  const ajv = new Ajv({ strict: false, allErrors: true })
  let validate: ReturnType<Ajv['compile']>
  try {
    validate = ajv.compile(schema)
  } catch (cause) {
    throw new TypeError(`the schema of the action ${name} is invalid: ${String(cause)}`, { cause })
  }
  return (input) => {
    if (validate(input)) return
    throw new TypeError(ajv.errorsText(validate.errors, { dataVar: 'input' }))
  }
}

function wrap(
  action: Action,
  parameters: readonly Parameter[],
  open: boolean,
  validate: Check,
): Action {
  const defaults = Object.fromEntries(
    parameters.flatMap(({ name, default: value }) => value === undefined ? [] : [[name, value]]),
  )
  const complete = (input: ActionInput) => toPlain({ ...defaults, ...input }) as ActionInput
  return {
    ...action,
    description: action.description ?? '',
    parameters,
    open,
    check(input) {
      validate(toPlain(input) as ActionInput)
      action.check?.(complete(input))
    },
    ...(action.now && { now: (input) => action.now && resultOf(action.now(complete(input))) }),
    async run(input, context) {
      return resultOf(await action.run(complete(input), context)) ?? { data: null }
    },
  }
}

/** What an action returned; undefined for nothing. @throws {TypeError} If it is no result. */
function resultOf(returned: unknown): ActionResult | undefined {
  if (returned === undefined) return undefined
  if (isObject(returned)) {
    const [key, ...more] = Object.keys(returned)
    if (more.length === 0 && (key === 'data' || key === 'error')) {
      const value: Value = toValue(returned[key], key)
      return key === 'data' ? { data: value } : { error: value }
    }
  }
  throw new TypeError('An action must return { data: ... } or { error: ... }')
}
