/**
 * @module
 * What expressions ask of the workflow and of data formats, the same in both languages
 * (`reference/expressions.md` §6). Each language wraps results in its own kinds.
 */
import { Fault } from './fault.ts'
import type { ExpressionHost } from './host.ts'
import { DateTime } from './values/dates.ts'
import { charge } from './values/effort.ts'
import {
  type ArrayKind,
  Bytes,
  type Datum,
  isSequence,
  itemsOf,
  type LazyList,
  PlainDate,
} from './values/kinds.ts'
import { dumpJson, jsonKey, nestingOf, parseJson } from './values/json.ts'
import { isFrozen, isMapping, mapEntries } from './values/mapping.ts'
import { toStored } from './values/storage.ts'
import type { Value } from './values/value.ts'
import { loadYaml } from './values/yaml.ts'
import { dumpYaml } from './values/yaml-dump.ts'
import { truthy } from './values/equality.ts'

/** Deeper values than this are not written. */
const MAX_DEPTH = 500
/** Frozen mappings within each other that `json_dump` writes. */
const MAX_FROZEN = 3

/** `executions(id, root_execution_id, state, from_time, to_time)`. */
export function executions(
  host: ExpressionHost,
  id: Datum,
  rootExecutionId: Datum,
  state: Datum,
  fromTime: Datum,
  toTime: Datum,
): Value | LazyList {
  return host.executions({
    id: toStored(id),
    rootExecutionId: toStored(rootExecutionId),
    state: toStored(state),
    fromTime: toStored(fromTime),
    toTime: toStored(toTime),
  })
}

/** `task(task_name)`: no name is the current task. */
export function task(host: ExpressionHost, name: Datum): Value {
  if (name === null || name === '') return host.task(null)
  return typeof name === 'string' ? host.task(name) : null
}

/** `tasks(workflow_execution_id, recursive, state, flat)`. */
export function tasks(
  host: ExpressionHost,
  workflowExecutionId: Datum,
  recursive: Datum,
  state: Datum,
  flat: Datum,
): Value | LazyList {
  return host.tasks({
    workflowExecutionId: toStored(workflowExecutionId),
    recursive: truthy(recursive),
    state: toStored(state),
    flat: truthy(flat),
  })
}

/** `global(var_name)`. */
export function globalVariable(host: ExpressionHost, name: Datum): Value {
  return typeof name === 'string' ? host.global(name) : null
}

/**
 * `json_dump(data)`: indented by 4, ASCII only. As recorded, of frozen mappings within each other only
 * three are written; a fourth is null (`reference/yaql.md` §15).
 *
 * @param arrays What bare data is: YAQL's is frozen.
 * @throws {Fault} If it has no JSON form.
 */
export function jsonDump(data: Datum, arrays: ArrayKind): string {
  return dumpJson(forJson(data, arrays, 0, 0), { indent: 4, keySeparator: ': ', ascii: true })
}

/** `json_pp(data)`: {@link jsonDump} with line feeds in text as they are. */
export function jsonPrettyPrint(data: Datum, arrays: ArrayKind): string {
  return jsonDump(data, arrays).replaceAll('\\n', '\n').replaceAll(' \n', '\n')
}

/** @throws {Fault} If it is not JSON text. */
export function jsonParse(data: Datum): Value {
  if (typeof data !== 'string') throw new Fault('type', 'json_parse() takes text')
  charge(data.length >> 3)
  if (nestingOf(data) > MAX_DEPTH) throw new Fault('recursion', 'The JSON is nested too deeply')
  try {
    return parseJson(data)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Fault('value', `The text is not JSON: ${withoutData(error.message)}`, {
      cause: error,
    })
  }
}

/** `yaml_dump(data)`: block style, keys sorted. */
export function yamlDump(data: Datum): string {
  return dumpYaml(data)
}

/** Mappings have keys of any kind, and days are `PlainDate`. @throws {Fault} If it is not YAML. */
export function yamlParse(data: Datum): Datum {
  if (typeof data !== 'string') throw new Fault('attribute', 'yaml_parse() takes text')
  return loadYaml(data)
}

/** Native messages quote the text they failed on. */
function withoutData(message: string): string {
  return message.replace(/, "?[^]*is not valid JSON$/, '').replace(
    /"[^]*"|token '[^]*'/,
    'a character',
  )
}

/**
 * Sequences, views, sets and iterators as arrays, dates as text; all else is left to the writer.
 *
 * @param frozen How many frozen mappings it stands in.
 */
function forJson(value: Datum, arrays: ArrayKind, depth: number, frozen: number): Datum {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) throw new Fault('recursion', 'The value is nested too deeply for JSON')
  charge(3)
  if (value instanceof DateTime) return value.toStored()
  if (value instanceof PlainDate) return value.text
  const within = isMapping(value) && isFrozen(value, arrays) ? frozen + 1 : frozen
  const inner = (item: Datum): Datum => forJson(item, arrays, depth + 1, within)
  if (isSequence(value)) return itemsOf(value).map(inner)
  if (isMapping(value)) {
    if (within > MAX_FROZEN) return null
    return new Map(Array.from(mapEntries(value), ([key, item]) => [dumpedKey(key), inner(item)]))
  }
  return isCollection(value) ? Array.from(value, inner) : value
}

function dumpedKey(key: Datum): string {
  if (key instanceof DateTime) return key.toStored()
  return jsonKey(key instanceof PlainDate ? key.text : key)
}

/** A set, a view, an iterator, or another collection of the language's own. */
function isCollection(value: object): value is Iterable<Datum> {
  return Symbol.iterator in value && !(value instanceof Bytes)
}
