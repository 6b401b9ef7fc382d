/**
 * @module
 * Declared input of workflows and actions, and how the API shows it.
 */
import { dumpJson } from '../expressions/values/json.ts'
import { str } from '../expressions/values/text.ts'
import type { Value } from '../expressions/values/value.ts'
import { entriesOf, isList, isObject, toMapping } from '../data.ts'
import type { Parameter } from './spec.ts'

/** The parameters of an `input` list; of equal names the later one counts. */
export function compileParameters(value: Value | undefined): Parameter[] {
  const parameters = new Map<string, Parameter>()
  for (const item of isList(value) ? value : []) {
    if (typeof item === 'string') parameters.set(item, { name: item })
    for (const [name, preset] of entriesOf(item)) parameters.set(name, { name, default: preset })
  }
  return [...parameters.values()]
}

/** `host, count="3", name="x"`: what the API calls `input`; defaults print as Python prints them. */
export function formatParameters(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, default: preset }) => {
    return preset === undefined ? name : `${name}=${JSON.stringify(str(preset))}`
  }).join(', ')
}

/** `output, delay=0`: the same of actions, whose defaults print as JSON; `open` ones take more. */
export function formatActionParameters(
  { parameters, open }: { readonly parameters: readonly Parameter[]; readonly open?: boolean },
): string {
  const texts = parameters.map(({ name, default: preset }) =>
    preset === undefined ? name : `${name}=${dumpJson(preset, PYTHON_STYLE)}`
  )
  return [...texts, ...(open ? ['**kwargs'] : [])].join(', ')
}

const PYTHON_STYLE = { itemSeparator: ', ', keySeparator: ': ', ascii: true } as const

/** What a workflow takes and gives. */
export interface Interface {
  /** Names, and where there is a default, mappings of the name to it. */
  readonly input: readonly Value[]
  /** The names of its output; none where the whole context is. */
  readonly output: readonly string[]
}

export function interfaceOf(parameters: readonly Parameter[], output: Value | null): Interface {
  return {
    input: parameters.map(({ name, default: preset }) => {
      return preset === undefined ? name : toMapping([[name, preset]])
    }),
    output: isObject(output ?? undefined) ? entriesOf(output ?? undefined).map(([key]) => key) : [],
  }
}
