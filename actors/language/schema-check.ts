/**
 * @module
 * Checks values against the generated validators and words what is wrong as Mistral does.
 */
import { hintForCut } from './command.ts'
import { Float, type Value } from '../expressions/values/value.ts'
import { entriesOf, fieldOf, isList, isObject } from '../data.ts'
import type { Path, Problems } from './problems.ts'
import { show } from './show.ts'
import { RETRY_KEYS } from './retry.ts'
import { didYouMean } from './spelling.ts'
import type { SchemaError, Validator } from './validators.generated.js'

/** What a definition can do without and still be compiled: skipped where validation is skipped. */
const STRICT_ONLY = new Set([
  'additionalProperties',
  'minProperties',
  'minItems',
  'minLength',
  'propertyNames',
])
/** Reported by the keywords inside them, or for them. */
const SILENT = new Set(['if', 'allOf', 'propertyNames'])

/**
 * Reports every way in which the value breaks the schema.
 *
 * @param keys The keys that are known here, for guesses at misspellings.
 */
export function checkSchema(
  validator: Validator,
  value: Value,
  path: Path,
  problems: Problems,
  { keys, strict }: { readonly keys: readonly string[]; readonly strict: boolean },
): void {
  if (validator(plain(value))) return
  const errors = validator.errors ?? []
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf')
  for (const error of errors) {
    if (SILENT.has(error.keyword)) continue
    if (!strict && STRICT_ONLY.has(error.keyword)) continue
    // The union itself is reported, not each of its branches.
    if (unions.some((union) => union !== error && isBranch(error, union))) continue
    if (problems.isFull) problems.skip()
    else report(error, value, path, problems, keys)
  }
}

function isBranch(error: SchemaError, union: SchemaError): boolean {
  return error.instancePath === union.instancePath &&
    (error.schemaPath.startsWith(`${union.schemaPath}/`) ||
      unionMembers.some((member) => error.schemaPath.startsWith(member)))
}

/** Where ajv, having inlined a reference, says a branch of a union lives. */
const unionMembers = ['common.json#/definitions/pureExpression', '#/definitions/pureExpression']

function report(
  error: SchemaError,
  value: Value,
  base: Path,
  problems: Problems,
  keys: readonly string[],
): void {
  const inner = parsePointer(error.instancePath)
  const target = inner.reduce<Value>((at, part) => step(at, part), value)
  // That it is no mapping is reported too, and says more.
  if (error.keyword === 'not' && !isObject(target)) return
  const path = [...base, ...inner.map((part, index) => asIndex(inner.slice(0, index), part, value))]
  const name = error.params['propertyName'] ?? error.params['additionalProperty']
  if (error.keyword === 'additionalProperties') {
    const key = String(name)
    const known = inner.length === 0 ? keys : knownInside(inner.at(-1) ?? '')
    const elsewhere = inner.length === 0 ? ELSEWHERE[key] ?? null : null
    problems.add(
      [...path, key],
      `Additional properties are not allowed ('${key}' was unexpected)`,
      elsewhere ?? didYouMean(key, known) ??
        (known.length > 0 ? `allowed here: ${known.join(', ')}` : null),
      'key',
    )
    return
  }
  if (error.keyword === 'required') {
    const missing = String(error.params['missingProperty'])
    const near = entriesOf(target).slice(0, 50).map(([key]) => key).find((key) => {
      return didYouMean(key, [missing]) !== null
    })
    const hint = near === undefined ? REQUIRED[missing] ?? null : `is '${near}' meant to be it?`
    problems.add(path, `'${missing}' is a required property`, hint)
    return
  }
  // A problem of a key's name is reported at the mapping; it belongs to the key.
  const key = error.propertyName
  if (key !== undefined) {
    problems.add([...path, key], messageOf(error, key), hintOf(error, key, key), 'key')
    return
  }
  problems.add(path, messageOf(error, target), hintOf(error, target, inner.at(-1) ?? ''))
}

/** Keys that exist, but not here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'on-success': 'only tasks of a direct workflow have it',
  'on-error': 'only tasks of a direct workflow have it',
  'on-complete': 'only tasks of a direct workflow have it',
  'on-skip': 'only tasks of a direct workflow have it',
  join: 'only tasks of a direct workflow have it',
  requires: "only tasks of a workflow with 'type: reverse' have it",
  policies: 'write what is in it beside the other keys of the task',
}

const REQUIRED: Readonly<Record<string, string>> = {
  version: "write version: '2.0' at the top",
  tasks: 'a workflow needs at least one task',
  base: 'name the action that it wraps, as in base: std.echo',
  name: 'a workbook has its name at the top, beside version',
  count: 'write retry: {count: 3, delay: 5} or retry: count=3 delay=5',
  delay: 'write retry: {count: 3, delay: 5} or retry: count=3 delay=5',
}

function messageOf({ keyword, params }: SchemaError, value: Value): string {
  const shown = show(value)
  switch (keyword) {
    case 'type': {
      const types = [params['type']].flat().map((type) => `'${type}'`)
      return `${shown} is not of type ${types.join(', ')}`
    }
    case 'enum':
      return `${shown} is not one of ${show(params['allowedValues'] as Value)}`
    case 'minimum':
      return `${shown} is less than the minimum of ${params['limit']}`
    case 'minProperties':
      return `${shown} does not have enough properties`
    case 'maxProperties':
      return `${shown} has too many properties`
    case 'minItems':
    case 'minLength':
      return `${shown} is too short`
    case 'not':
      return `${shown} has both 'action' and 'workflow'`
    default:
      return `${shown} is not valid under any of the given schemas`
  }
}

function hintOf(error: SchemaError, value: Value, key: string): string | null {
  const { keyword, schemaPath, params } = error
  const types = [params['type']].flat().map(String)
  if (keyword === 'maxProperties') return HINTS.guarded
  if (keyword === 'not') return 'a task runs one of the two'
  if (keyword === 'minProperties') return 'leave it out if there is nothing to say'
  if (keyword === 'minItems' || keyword === 'minLength') return 'leave it out if it is empty'
  if (schemaPath.includes('pureExpression')) return HINTS.expression
  if (keyword === 'type' && typeof value === 'boolean' && types.includes('string')) {
    return 'a bare yes, no, on, off, true or false is a boolean: put it in quotes if it is a text'
  }
  if (keyword === 'type' && types.includes('object') && (value === null || isList(value))) {
    return value === null ? HINTS.nothing : HINTS.dashes
  }
  if (keyword === 'type') return typeHint(types)
  if (schemaPath.includes('memberName')) return HINTS.memberName
  if (keyword === 'pattern') {
    return (typeof value === 'string' ? hintForCut(value) : null) ?? HINTS.next
  }
  return BY_KEY[key] ?? null
}

const EXPRESSION = '<% … %> or {{ … }} with nothing around it'
const HINTS = {
  expression: `write one whole expression, ${EXPRESSION}`,
  int: `write a whole number, 0 or more, or an expression, ${EXPRESSION}`,
  bool: `write true or false, or an expression, ${EXPRESSION}`,
  next: 'write a task name, or a command as in fail(msg="why") or fail msg="why"',
  guarded: 'one task and its condition each: write a list, as in [{a: <% … %>}, {b: <% … %>}]',
  nothing: 'there is nothing under it: indent what belongs to it, or leave it out',
  dashes: "write a mapping, 'key: value' pairs, without '-' before the keys",
  memberName: 'the name of a member has letters, digits, _ and - only',
}

const BY_KEY: Readonly<Record<string, string>> = {
  'wait-before': HINTS.int,
  'wait-after': HINTS.int,
  timeout: HINTS.int,
  concurrency: HINTS.int,
  count: HINTS.int,
  delay: HINTS.int,
  'pause-before': HINTS.bool,
  'fail-on': HINTS.bool,
  'keep-result': HINTS.bool,
  'safe-rerun': HINTS.bool,
  'break-on': HINTS.expression,
  'continue-on': HINTS.expression,
  backoff: `write a factor of 1 or more, exponential (which is 2), or an expression, ${EXPRESSION}`,
  'max-delay': HINTS.int,
  jitter:
    `write the share of the delay that chance may take off, 0 to 1, or an expression, ${EXPRESSION}`,
  version: "the only version is '2.0'",
  join: 'write all, one, or how many of the tasks before it',
  type: 'write direct or reverse, or leave it out for direct',
}

function typeHint(types: readonly string[]): string | null {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    array: 'a list',
    object: "a mapping, 'key: value' pairs",
    integer: 'a whole number',
    boolean: 'true or false',
  }
  return `write ${types.map((type) => words[type] ?? type).join(' or ')}`
}

/** The keys allowed in the mapping under a key. */
function knownInside(key: string): readonly string[] {
  if (key === 'publish') return ['branch', 'global', 'atomic']
  if (key === 'retry') return RETRY_KEYS
  return key.startsWith('on-') ? ['publish', 'next'] : []
}

/** Reports a list that has an item twice. */
export function checkUnique(list: Value | undefined, path: Path, problems: Problems): void {
  if (!isList(list)) return
  const seen = new Set<string>()
  for (const [index, item] of list.entries()) {
    const id = JSON.stringify(plain(item))
    if (seen.has(id)) {
      problems.add([...path, index], `${show(list)} has non-unique elements`, 'leave it out here')
      return
    }
    seen.add(id)
  }
}

/** A value as JSON knows it: null-prototype objects, floats and big ints as numbers. */
function plain(value: Value): unknown {
  if (value instanceof Float) return value.value
  if (typeof value === 'bigint') return Number(value)
  if (isList(value)) return value.map(plain)
  if (!isObject(value)) return value
  const copy: Record<string, unknown> = Object.create(null)
  for (const [key, item] of entriesOf(value)) copy[key] = plain(item)
  return copy
}

function parsePointer(pointer: string): string[] {
  return pointer.split('/').slice(1).map((part) => {
    return part.replaceAll('~1', '/').replaceAll('~0', '~')
  })
}

function step(value: Value, part: string): Value {
  return (isList(value) ? value[Number(part)] : fieldOf(value, part)) ?? null
}

function asIndex(before: readonly string[], part: string, value: Value): string | number {
  const parent = before.reduce<Value>((at, key) => step(at, key), value)
  return isList(parent) ? Number(part) : part
}
