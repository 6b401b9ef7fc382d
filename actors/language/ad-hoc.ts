/**
 * @module
 * An ad-hoc action, compiled.
 */
import type { Value } from '../expressions/values/value.ts'
import { entriesOf, fieldOf, textOr, textsOf, toMapping } from '../data.ts'
import { compileParameters } from './parameters.ts'
import type { Path, Problems } from './problems.ts'
import type { AdHocSpec } from './spec.ts'
import { compileCall, mergeParams, toObject } from './task.ts'

export interface AdHocPlace {
  readonly name: string
  /** Its key in the text. */
  readonly key: string
  readonly path: Path
}

export function compileAdHocValue(
  value: Value,
  { name, key, path }: AdHocPlace,
  problems: Problems,
): AdHocSpec {
  const base = compileCall(fieldOf(value, 'base'), [...path, 'base'], problems)
  const merged = mergeParams(fieldOf(value, 'base-input'), base?.params ?? new Map())
  const baseInput = typeof merged === 'string' ? new Map<string, Value>() : merged
  const source = entriesOf(value).map(([field, item]): [string, Value] => {
    return [field, field === 'base-input' ? toMapping(baseInput) : item]
  })
  return {
    name,
    description: textOr(fieldOf(value, 'description'), null),
    tags: textsOf(fieldOf(value, 'tags')),
    input: compileParameters(fieldOf(value, 'input')),
    base: base?.name ?? '',
    baseInput,
    output: fieldOf(value, 'output'),
    source: toObject([...source, ['name', key], ['version', '2.0']]),
  }
}
