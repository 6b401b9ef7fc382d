/**
 * @module
 * What a workflow is given against what it declares.
 */
import { InvalidError } from '../../actors/errors.ts'
import type { Mapping } from '../../actors/expressions/values/value.ts'
import { entriesOf, toMapping } from '../../actors/language/mapping.ts'
import type { Parameter, WorkflowSpec } from '../../actors/language/spec.ts'

/**
 * The input with defaults filled in.
 *
 * @throws {InvalidError} If a required parameter is missing or one is not declared.
 */
export function completeInput(spec: WorkflowSpec, input: Mapping): Mapping {
  const kind = spec.type === 'direct' ? 'DirectWorkflowSpec' : 'ReverseWorkflowSpec'
  return complete({ name: spec.name, kind, parameters: spec.input }, input)
}

/** Something with declared parameters. */
export interface Callee {
  readonly name: string
  /** How the error calls its class. */
  readonly kind: string
  readonly parameters: readonly Parameter[]
}

/** As {@link completeInput}, for anything that declares parameters. */
export function complete({ name, kind, parameters }: Callee, input: Mapping): Mapping {
  const given = new Map(entriesOf(input))
  const declared = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  const missing = parameters.filter((parameter) => parameter.required && !given.has(parameter.name))
    .map((parameter) => parameter.name)
  const unexpected = [...given.keys()].filter((key) => !declared.has(key))
  if (missing.length > 0 || unexpected.length > 0) {
    const facts = [`name=${name}`, `class=${kind}`]
    if (missing.length > 0) facts.push(`missing=${quoted(missing)}`)
    if (unexpected.length > 0) facts.push(`unexpected=${quoted(unexpected)}`)
    throw new InvalidError(`Invalid input [${facts.join(', ')}]`)
  }
  if (given.size === parameters.length) return input
  for (const parameter of parameters) {
    if (!given.has(parameter.name)) given.set(parameter.name, parameter.default)
  }
  return toMapping(given)
}

function quoted(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`
}
