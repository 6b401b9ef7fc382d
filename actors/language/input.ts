/**
 * @module
 * What workflows and actions are given against what they declare.
 */
import { entriesOf, hasField, toMapping } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { repr } from '../expressions/values/text.ts'
import type { Mapping } from '../expressions/values/value.ts'
import type { Parameter, WorkflowSpec } from './spec.ts'

/** Something that declares parameters. */
export interface Signature {
  readonly name: string
  /** How errors call its class. */
  readonly className: string
  readonly parameters: readonly Parameter[]
}

export function signatureOf({ name, type, input }: WorkflowSpec): Signature {
  const className = type === 'direct' ? 'DirectWorkflowSpec' : 'ReverseWorkflowSpec'
  return { name, className, parameters: input }
}

/** @throws {InvalidError} If a required parameter is missing or one is not declared. */
export function checkInput({ name, className, parameters }: Signature, input: Mapping): void {
  const declared = new Set(parameters.map((parameter) => parameter.name))
  const missing = parameters
    .filter((parameter) => parameter.default === undefined && !hasField(input, parameter.name))
    .map((parameter) => parameter.name)
  const unexpected = entriesOf(input).map(([key]) => key).filter((key) => !declared.has(key))
  if (missing.length === 0 && unexpected.length === 0) return

  const facts = [`name=${name}`, `class=${className}`]
  if (missing.length > 0) facts.push(`missing=${repr(missing)}`)
  if (unexpected.length > 0) facts.push(`unexpected=${repr(unexpected)}`)
  throw new InvalidError(`Invalid input [${facts.join(', ')}]`)
}

/** The input with defaults filled in. @throws {InvalidError} As {@link checkInput}. */
export function completeInput(signature: Signature, input: Mapping): Mapping {
  checkInput(signature, input)
  const absent = signature.parameters.filter(({ name }) => !hasField(input, name))
  if (absent.length === 0) return input
  return toMapping([
    ...entriesOf(input),
    ...absent.map(({ name, default: value }) => [name, value!] as const),
  ])
}
