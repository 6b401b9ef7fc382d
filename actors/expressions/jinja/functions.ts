/**
 * @module
 * The functions of workflows as templates call them (`reference/expressions.md` §6), by name or as
 * filters.
 */
import { Fault } from '../fault.ts'
import { type Datum, Iter } from '../values/kinds.ts'
import { mapHas } from '../values/mapping.ts'
import type { Value } from '../values/value.ts'
import {
  executions,
  globalVariable,
  jsonDump,
  jsonParse,
  jsonPrettyPrint,
  task,
  tasks,
  yamlDump,
  yamlParse,
} from '../workflow-functions.ts'
import { type Body, Builtin, type Routine, routine } from './callable.ts'
import { contextualFilter, type Filter } from './filters/filter.ts'
import { Markup } from './markup.ts'
import { isDict, truth } from './protocol.ts'
import { Range } from './range.ts'
import { unwrap } from './result.ts'
import type { Run } from './run.ts'
import { bind, requiredCount } from './signature.ts'

const functions: Readonly<Record<string, Routine>> = {
  env: routine('', (run) => run.admit(environmentOf(run))),
  execution: routine('', (run) => run.admit(run.host.execution())),
  executions: routine(
    'id=None, root_execution_id=None, state=None, from_time=None, to_time=None',
    (run, ...query) => {
      const [id, rootId, state, fromTime, toTime] = query.map((value) => unwrap(run, value))
      return run.admit(executions(run.host, id, rootId, state, fromTime, toTime))
    },
  ),
  global: routine(
    'var_name',
    (run, name) => run.admit(globalVariable(run.host, unwrap(run, name))),
  ),
  json_dump: routine('data', (run, data) => run.text(jsonDump(unwrap(run, data), 'list'))),
  json_parse: routine('data', (run, data) => run.admit(jsonParse(unwrap(run, data)))),
  json_pp: routine(
    'data=None',
    (run, data) => run.text(jsonPrettyPrint(unwrap(run, data), 'list')),
  ),
  task: routine('task_name=None', (run, name) => run.admit(task(run.host, unwrap(run, name)))),
  tasks: routine(
    'workflow_execution_id=None, recursive=False, state=None, flat=False',
    (run, executionId, recursive, state, flat) =>
      run.admit(
        tasks(
          run.host,
          unwrap(run, executionId),
          truth(recursive),
          unwrap(run, state),
          truth(flat),
        ),
      ),
  ),
  uuid: routine('', (run) => run.host.uuid()),
  yaml_dump: routine(
    'data',
    (run, data) => run.text(yamlDump(isForeign(data) ? data : unwrap(run, data))),
  ),
  yaml_parse: routine('data', (run, data) => run.admit(yamlParse(unwrap(run, data)))),
}

/** As recorded, no environment is an error here, while it is null in YAQL. @throws {Fault} */
function environmentOf(run: Run): Value {
  const env = run.host.env()
  const known = env !== null || (isDict(run.data) && mapHas(run.data, '__env'))
  if (!known) throw new Fault('key', "'__env'")
  return env
}

/** What YAML does not know, although other functions take it for a list or a text. */
function isForeign(value: Datum): boolean {
  return value instanceof Iter || value instanceof Range || value instanceof Markup
}

/** The functions as globals. */
export const functionGlobals: ReadonlyMap<string, Datum> = new Map(
  Object.entries(functions).map(([name, routine]) => [name, new Builtin(name, routine)]),
)

/**
 * A function as a filter. Upstream the piped value is the *context*, which is no argument:
 * `_|task('t1')`. Where that leaves the function without an argument that it needs, or what is piped
 * is not the context, the piped value is its first argument: `x|json_dump`.
 */
function asFilter(name: string, { signature, body }: Routine): Filter {
  const needed = requiredCount(signature)
  const call: Body = (run: Run, piped: Datum, positional: Datum, keywords: Datum) => {
    const given = positional as Datum[]
    const named = keywords as ReadonlyMap<string, Datum>
    const count = given.length + named.size
    const isContext = signature.parameters.length === 0 ||
      (count >= needed && (count > 0 || piped === run.data))
    const args = isContext ? given : [piped, ...given]
    return body(run, ...bind(name, signature, { positional: args, keywords: named }))
  }
  return contextualFilter('value, *args, **kwargs', call)
}

export const functionFilters: Readonly<Record<string, Filter>> = Object.fromEntries(
  Object.entries(functions).map(([name, routine]) => [name, asFilter(name, routine)]),
)
