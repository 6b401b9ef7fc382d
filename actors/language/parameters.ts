/**
 * @module
 * Declared input of workflows and actions, and how the API shows it.
 */
import { str } from '../expressions/values/text.ts'
import type { Value } from '../expressions/values/value.ts'
import { entriesOf, isList, isMapping, toMapping } from './mapping.ts'
import type { Parameter } from './spec.ts'

/** The parameters of an `input` list; of equal names the later one counts. */
export function compileParameters(value: Value | undefined): Parameter[] {
  const parameters = new Map<string, Parameter>()
  for (const item of isList(value) ? value : []) {
    if (typeof item === 'string') {
      parameters.set(item, { name: item, required: true, default: null })
    }
    for (const [name, preset] of entriesOf(item)) {
      parameters.set(name, { name, required: false, default: preset })
    }
  }
  return [...parameters.values()]
}

/** `host, count="3", name="x"`: what the API calls `input`; defaults print as Python prints them. */
export function formatParameters(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, required, default: preset }) => {
    return required ? name : `${name}=${JSON.stringify(str(preset))}`
  }).join(', ')
}

/** What a workflow takes and gives. */
export interface Interface {
  /** Names, and where there is a default, mappings of the name to it. */
  readonly input: readonly Value[]
  /** The names of its output; none where the whole context is. */
  readonly output: readonly string[]
}

export function interfaceOf(parameters: readonly Parameter[], output: Value | null): Interface {
  return {
    input: parameters.map(({ name, required, default: preset }) => {
      return required ? name : toMapping([[name, preset]])
    }),
    output: isMapping(output ?? undefined)
      ? entriesOf(output ?? undefined).map(([key]) => key)
      : [],
  }
}
