/**
 * @module
 * Calls of ad-hoc actions: which action really runs, with what input, and what becomes of its result
 * (`reference/actions.md` §3). Pure: expressions are evaluated by a function that is handed in.
 */
import { truthy } from '../data.ts'
import { EvaluationError } from '../expressions/errors.ts'
import { NotLoaded } from '../expressions/host.ts'
import type { Value } from '../expressions/values/value.ts'
import { checkInput } from '../language/input.ts'
import type { AdHocSpec, Template } from '../language/spec.ts'
import type { Action, ActionInput } from './action.ts'
import { admitInput, InstantiationError } from './registry.ts'

/**
 * Evaluates the expressions of a template. `data` is looked in first; what else there is to see
 * (inbound context, environment, workflow context) is the business of whoever hands this in.
 */
export type EvaluateTemplate = (template: Template, data: Value, field: string) => Value

/** Finds what a name calls; null for nothing. */
export type FindAction = (name: string) => AdHocSpec | Action | null

/** Ad-hoc actions on top of one another, and the action that they come down to. */
export interface AdHocChain {
  /** The one that is called first, and then each one's base; never empty. */
  readonly specs: readonly [AdHocSpec, ...AdHocSpec[]]
  /** Runs; the call is as synchronous as it is. */
  readonly action: Action
}

const MAX_DEPTH = 100

/**
 * Follows the bases of an ad-hoc action down to one that is none.
 *
 * @throws {InstantiationError} If a base does not exist, or they go round in a circle.
 */
export function resolveChain(spec: AdHocSpec, find: FindAction): AdHocChain {
  const specs: [AdHocSpec, ...AdHocSpec[]] = [spec]
  for (let current = spec;;) {
    const base = find(current.base)
    if (!base) throw failure(spec, `Failed to find action [action_name=${current.base}]`)
    if (!('base' in base)) return { specs, action: base }
    if (specs.some(({ name }) => name === base.name)) {
      const names = [...specs, base].map(({ name }) => name)
      throw failure(spec, `Ad-hoc actions are based on each other: ${names.join(' -> ')}`)
    }
    if (specs.push(base) > MAX_DEPTH) {
      throw failure(spec, `More than ${MAX_DEPTH} ad-hoc actions are based on each other`)
    }
    current = base
  }
}

/**
 * The input of the call itself, with defaults filled in: so it is kept and shown.
 *
 * @throws {InvalidError} If a required parameter is missing or one is not declared.
 */
export function adHocInput(spec: AdHocSpec, input: ActionInput): ActionInput {
  const className = 'mistral.actions.adhoc.AdHocAction'
  checkInput({ name: spec.name, className, parameters: spec.input }, input)
  return withDefaults(spec, input)
}

/**
 * The input of the action that a chain comes down to.
 *
 * @throws {InstantiationError} If an expression fails, or that action refuses its input.
 */
export function baseInput(
  { specs, action }: AdHocChain,
  input: ActionInput,
  evaluate: EvaluateTemplate,
): ActionInput {
  try {
    let current = input
    for (const spec of specs) {
      const data = withDefaults(spec, current)
      current = Object.fromEntries(
        [...spec.baseInput].map(([name, template]) => {
          const field = `base-input.${name} of action ${spec.name}`
          return [name, evaluate(template, data, field)]
        }),
      )
    }
    return admitInput(action, current)
  } catch (error) {
    if (error instanceof NotLoaded) throw error
    throw failure(specs[0], error)
  }
}

/**
 * The result of a call whose action succeeded with `data`: each `output`, from the inside out.
 *
 * @throws {EvaluationError} If an expression fails. Mistral does not look into empty data at all, so what
 *   cannot be found in it is no error: the data is the result then.
 */
export function adHocOutput(
  { specs }: AdHocChain,
  data: Value,
  evaluate: EvaluateTemplate,
): Value {
  return specs.reduceRight((result, { name, output }) => {
    if (output === undefined) return result
    try {
      return evaluate(output, result, `output of action ${name}`)
    } catch (error) {
      const isAbsent = error instanceof EvaluationError && error.kind !== 'limit'
      if (!isAbsent || truthy(result)) throw error
      return result
    }
  }, data)
}

function withDefaults(spec: AdHocSpec, input: ActionInput): ActionInput {
  const defaults = spec.input.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value] as const]
  )
  return { ...Object.fromEntries(defaults), ...input }
}

function failure(spec: AdHocSpec, cause: unknown): InstantiationError {
  return new InstantiationError(`AdHoc action [name=${spec.name}]`, cause)
}
