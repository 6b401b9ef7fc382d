/**
 * @module
 * The actions that a name may call, and the texts about calls that go wrong.
 */
import { InvalidError } from '../errors.ts'
import type { Value } from '../expressions/values/value.ts'
import type { Action, ActionInput, ActionParameter } from './action.ts'
import { builtIns } from './std/mod.ts'

/** Actions by name: the built-in ones, and those of the actions directory. */
export class ActionRegistry {
  readonly #actions = new Map<string, Action>()

  /** @throws {InvalidError} If two of the actions have the same name. */
  constructor(custom: readonly Action[] = []) {
    for (const action of [...builtIns, ...custom]) {
      if (this.#actions.has(action.name)) {
        throw new InvalidError(`There already is an action named ${action.name}`)
      }
      this.#actions.set(action.name, action)
    }
  }

  get(name: string): Action | null {
    return this.#actions.get(name) ?? null
  }

  /** Every action, by name. */
  list(): Action[] {
    return [...this.#actions.values()].sort((a, b) => a.name < b.name ? -1 : 1)
  }
}

/** The parameters as the API shows them: `output, delay=0`. */
export function parametersText(action: Action): string {
  const texts = action.parameters.map(({ name, default: value }) =>
    value === undefined ? name : `${name}=${stringifyJson(value)}`
  )
  return [...texts, ...(action.open ? ['**kwargs'] : [])].join(', ')
}

/** @throws {InvalidError} If a required parameter is missing or one is not declared. */
export function checkInput(action: Action, input: ActionInput): void {
  if (action.open) return
  const { name, className = action.name, parameters } = action
  checkNames({ name, className, parameters }, Object.keys(input))
}

/** What a call must agree with: the parameters of an action, or of an ad-hoc one. */
export interface Signature {
  readonly name: string
  readonly className: string
  readonly parameters: readonly ActionParameter[]
}

/** @throws {InvalidError} If a required parameter is missing or one is not declared. */
export function checkNames(signature: Signature, given: readonly string[]): void {
  const { name, className, parameters } = signature
  const declared = new Set(parameters.map((parameter) => parameter.name))
  const missing = parameters
    .filter((parameter) => parameter.default === undefined && !given.includes(parameter.name))
    .map((parameter) => parameter.name)
  const unexpected = given.filter((key) => !declared.has(key))
  if (missing.length === 0 && unexpected.length === 0) return

  const facts = [`name=${name}`, `class=${className}`]
  if (missing.length > 0) facts.push(`missing=${names(missing)}`)
  if (unexpected.length > 0) facts.push(`unexpected=${names(unexpected)}`)
  throw new InvalidError(`Invalid input [${facts.join(', ')}]`)
}

/** The error of an action execution whose action threw. */
export function raisedText(action: Action, actionExecutionId: string, message: string): string {
  return `The action raised an exception [action=${action.label ?? action.name}, ` +
    `action_ex_id=${actionExecutionId}, msg='${message}']`
}

function names(list: readonly string[]): string {
  return `[${list.map((name) => `'${name}'`).join(', ')}]`
}

function stringifyJson(value: Value): string {
  return JSON.stringify(value)
}
