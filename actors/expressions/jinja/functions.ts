/**
 * @module
 * The functions of workflows as templates call them (`reference/expressions.md` §6), by name or as
 * filters.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { dumpJson, parseJson } from '../values/json.ts'
import type { Value } from '../values/value.ts'
import { type Body, Builtin, type Routine, routine } from './callable.ts'
import { contextualFilter, type Filter } from './filters/filter.ts'
import { toText, truth } from './protocol.ts'
import { stored } from './result.ts'
import type { Run } from './run.ts'
import { bind, requiredCount } from './signature.ts'

const functions: Readonly<Record<string, Routine>> = {
  env: routine('', (run) => run.admit(run.host.env())),
  execution: routine('', (run) => run.admit(run.host.execution())),
  executions: routine(
    'id=None, root_execution_id=None, state=None, from_time=None, to_time=None',
    (run, id, rootExecutionId, state, fromTime, toTime) =>
      run.admit(run.host.executions({
        id: stored(run, id),
        rootExecutionId: stored(run, rootExecutionId),
        state: stored(run, state),
        fromTime: stored(run, fromTime),
        toTime: stored(run, toTime),
      })),
  ),
  global: routine('var_name', (run, name) => run.admit(run.host.global(toText(name)))),
  json_dump: routine(
    'data',
    (run, data) =>
      run.text(dumpJson(stored(run, data), { indent: 4, keySeparator: ': ', ascii: true })),
  ),
  json_parse: routine('data', (run, data) => run.admit(parsed(toText(data)))),
  task: routine(
    'task_name=None',
    (run, name) => run.admit(run.host.task(name === null ? null : toText(name))),
  ),
  tasks: routine(
    'workflow_execution_id=None, recursive=False, state=None, flat=False',
    (run, workflowExecutionId, recursive, state, flat) =>
      run.admit(run.host.tasks({
        workflowExecutionId: stored(run, workflowExecutionId),
        recursive: truth(recursive),
        state: stored(run, state),
        flat: truth(flat),
      })),
  ),
  uuid: routine('', (run) => run.host.uuid()),
}

function parsed(text: string): Value {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault('value', 'The text is not JSON')
    throw error
  }
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
