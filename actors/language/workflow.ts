/**
 * @module
 * A workflow, compiled: tasks with their effective clauses, and the graph that these draw.
 */
import type { Value } from '../expressions/values/value.ts'
import { bare, compileClauses, effectiveClause, EVENTS, type OwnClauses } from './clauses.ts'
import { entriesOf, fieldOf, isObject, textOr, textsOf, toMapping, toNamed } from '../data.ts'
import { limits } from './limits.ts'
import { compileParameters } from './parameters.ts'
import type { Path, Problems } from './problems.ts'
import { numberOf } from './retry.ts'
import type { TaskSpec, WorkflowSpec, WorkflowType } from './spec.ts'
import { compileTask, type Defaults, type LoneTask, toObject } from './task.ts'

export interface WorkflowPlace {
  /** The name it is called by: with the workbook's in front, if there is one. */
  readonly name: string
  /** Its key in the text. */
  readonly key: string
  readonly workbook: string | null
  readonly path: Path
}

/** A compiled workflow, with what the checks of its text need besides. */
export interface CompiledWorkflow {
  readonly spec: WorkflowSpec
  readonly tasks: ReadonlyMap<string, LoneTask>
  /** Clauses in force by task. */
  readonly clauses: ReadonlyMap<string, OwnClauses>
}

export function workflowType(value: Value): WorkflowType {
  return fieldOf(value, 'type') === 'reverse' ? 'reverse' : 'direct'
}

/** Compiles what is well-formed; what is not is reported, here or by the schemas. */
export function compileWorkflowValue(
  value: Value,
  { name, key, workbook, path }: WorkflowPlace,
  problems: Problems,
): CompiledWorkflow {
  const type = workflowType(value)
  const entries = entriesOf(fieldOf(value, 'tasks'))
  const defaults = compileDefaults(value, entries.length, [...path, 'task-defaults'], problems)
  const tasks = new Map(
    entries.map(([task, body]): [string, LoneTask] => {
      const place = { name: task, type, path: [...path, 'tasks', task] }
      return [task, compileTask(body, place, defaults, problems)]
    }),
  )
  const clauses = new Map(
    [...tasks.values()].map((task) =>
      [task.name, effectiveClauses(task, defaults.clauses)] as const
    ),
  )
  const graph = draw(clauses)
  const specs = new Map([...tasks.values()].map((task) => {
    return [task.name, finish(task, clauses.get(task.name)!, graph)] as const
  }))
  const spec = {
    name,
    type,
    description: textOr(fieldOf(value, 'description'), null),
    tags: textsOf(fieldOf(value, 'tags')),
    input: compileParameters(fieldOf(value, 'input')),
    vars: toNamed(fieldOf(value, 'vars')),
    timeout: numberOf(fieldOf(value, 'timeout')),
    output: fieldOf(value, 'output') ?? null,
    outputOnError: fieldOf(value, 'output-on-error') ?? null,
    tasks: specs,
    startTasks: type === 'direct' ? [...tasks.keys()].filter((task) => !graph.into.has(task)) : [],
    workbook,
    source: sourceOf(value, key, specs),
  }
  return { spec, tasks, clauses }
}

/** Every task has what is here: too much of it for many tasks is more than memory holds. */
function compileDefaults(
  workflow: Value,
  tasks: number,
  path: Path,
  problems: Problems,
): Defaults {
  const value = fieldOf(workflow, 'task-defaults')
  const direct = workflowType(workflow) === 'direct'
  const clauses = compileClauses(direct ? value ?? null : null, path, problems)
  const links = direct
    ? EVENTS.reduce((sum, event) => sum + clauses[event].next.length, 0)
    : textsOf(fieldOf(value, 'requires')).length
  if (links * tasks <= limits.defaultLinks) return { value, clauses }
  const message = `${links} tasks to go to or require, for each of ${tasks} tasks, are more than ` +
    `the ${limits.defaultLinks} allowed`
  problems.add(path, message, 'write them where they are needed')
  return { value: undefined, clauses: compileClauses(null, path, problems) }
}

function effectiveClauses({ name, own }: LoneTask, defaults: OwnClauses): OwnClauses {
  return {
    'on-success': effectiveClause(name, own['on-success'], defaults['on-success']),
    'on-error': effectiveClause(name, own['on-error'], defaults['on-error']),
    'on-complete': effectiveClause(name, own['on-complete'], defaults['on-complete']),
    'on-skip': effectiveClause(name, own['on-skip'], defaults['on-skip']),
  }
}

/** Who leads to whom, each once, in text order. */
interface Graph {
  readonly into: ReadonlyMap<string, ReadonlySet<string>>
  readonly from: ReadonlyMap<string, ReadonlySet<string>>
}

function draw(clauses: ReadonlyMap<string, OwnClauses>): Graph {
  const into = new Map<string, Set<string>>()
  const from = new Map<string, Set<string>>()
  for (const [name, own] of clauses) {
    for (const { task } of EVENTS.flatMap((event) => own[event].next)) {
      if (task === null) continue
      linked(from, name).add(task)
      linked(into, task).add(name)
    }
  }
  return { into, from }
}

function linked(edges: Map<string, Set<string>>, name: string): Set<string> {
  const known = edges.get(name)
  if (known) return known
  const added = new Set<string>()
  edges.set(name, added)
  return added
}

function finish(task: LoneTask, clauses: OwnClauses, graph: Graph): TaskSpec {
  const { own: _own, path: _path, ...spec } = task
  return {
    ...spec,
    on: {
      'on-success': bare(clauses['on-success']),
      'on-error': bare(clauses['on-error']),
      'on-complete': bare(clauses['on-complete']),
      'on-skip': bare(clauses['on-skip']),
    },
    inbound: [...graph.into.get(task.name) ?? []],
    outbound: [...graph.from.get(task.name) ?? []],
  }
}

function sourceOf(
  value: Value,
  key: string,
  specs: ReadonlyMap<string, TaskSpec>,
): WorkflowSpec['source'] {
  const entries = entriesOf(value).map(([name, item]): [string, Value] => {
    if (name !== 'tasks' || !isObject(item)) return [name, item]
    return [name, toMapping([...specs].map(([task, { source }]) => [task, source] as const))]
  })
  return toObject([...entries, ['name', key], ['version', '2.0']])
}
