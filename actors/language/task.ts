/**
 * @module
 * A task, compiled as far as it goes alone; the graph is drawn by `workflow.ts`.
 */
import type { Value } from '../expressions/values/value.ts'
import { compileClauses, type OwnClauses } from './clauses.ts'
import { type Command, parseCommand } from './command.ts'
import { entriesOf, fieldOf, textOr, textsOf, toMapping, toNamed } from '../data.ts'
import { compilePolicies, flagOf } from './policies.ts'
import type { Path, Problems } from './problems.ts'
import { numberOf } from './retry.ts'
import { show } from './show.ts'
import type { Call, Named, TaskSpec, Template, WorkflowType } from './spec.ts'
import { compileItems } from './with-items.ts'

/** What a task inherits: the value of `task-defaults`, with its clauses compiled. */
export interface Defaults {
  readonly value: Value | undefined
  readonly clauses: OwnClauses
}

/** A task before its neighbours are known. */
export type LoneTask = Omit<TaskSpec, 'on' | 'inbound' | 'outbound'> & {
  readonly own: OwnClauses
  readonly path: Path
}

export interface TaskPlace {
  readonly name: string
  readonly type: WorkflowType
  readonly path: Path
}

export function compileTask(
  value: Value,
  { name, type, path }: TaskPlace,
  defaults: Defaults,
  problems: Problems,
): LoneTask {
  const verb = fieldOf(value, 'workflow') === undefined ? 'action' : 'workflow'
  const command = compileCall(fieldOf(value, verb), [...path, verb], problems)
  const call: Call = { name: command?.name ?? 'std.noop' }
  const params = command?.params ?? new Map<string, Value>()
  const own = fieldOf(value, 'input')
  if (typeof own === 'string' && params.size > 0) {
    problems.add(
      [...path, 'input'],
      `'input' is one text, and '${verb}' has parameters of its own`,
      `give all of them in 'input', or all of them beside the name of the ${verb}`,
    )
  }
  const input = mergeParams(own, params)
  return {
    name,
    path,
    description: textOr(fieldOf(value, 'description'), null),
    tags: textsOf(fieldOf(value, 'tags')),
    action: verb === 'action' ? call : null,
    workflow: verb === 'workflow' ? call : null,
    input,
    withItems: compileItems(fieldOf(value, 'with-items'), [...path, 'with-items'], problems),
    publish: toNamed(fieldOf(value, 'publish')),
    publishOnError: toNamed(fieldOf(value, 'publish-on-error')),
    publishOnSkip: toNamed(fieldOf(value, 'publish-on-skip')),
    policies: compilePolicies(value, defaults.value),
    target: textOr(fieldOf(value, 'target'), null),
    keepResult: flagOf(fieldOf(value, 'keep-result') ?? true),
    safeRerun: flagOf(fieldOf(value, 'safe-rerun') ?? fieldOf(defaults.value, 'safe-rerun')),
    safeInput: (fieldOf(value, 'safe-input') ?? fieldOf(defaults.value, 'safe-input')) === true,
    join: type === 'direct' ? joinOf(fieldOf(value, 'join')) : null,
    own: compileClauses(type === 'direct' ? value : null, path, problems),
    requires: type === 'reverse' ? requiresOf(name, value, defaults.value) : [],
    source: sourceOf(value, input, name, type),
  }
}

/** The command of `action`, `workflow` or `base`; null if there is none or it is malformed. */
export function compileCall(
  value: Value | undefined,
  path: Path,
  problems: Problems,
): Command | null {
  if (typeof value !== 'string') return null
  const command = parseCommand(value)
  if (!command) {
    problems.add(
      path,
      `Invalid action/workflow task property: ${show(value)}`,
      'begin with a name, as in std.echo output="hi"',
    )
  }
  return command
}

/** Inline parameters win over those of the mapping. */
export function mergeParams(
  value: Value | undefined,
  params: Named<Template>,
): Named<Template> | string {
  if (typeof value === 'string') return value
  return new Map([...toNamed(value), ...params])
}

function joinOf(value: Value | undefined): TaskSpec['join'] {
  if (value === 'all') return 'all'
  if (value === 'one') return 1
  const count = numberOf(value)
  return typeof count === 'number' && count > 0 ? count : null
}

function requiresOf(name: string, task: Value, defaults: Value | undefined): string[] {
  const all = [...textsOf(fieldOf(task, 'requires')), ...textsOf(fieldOf(defaults, 'requires'))]
  return [...new Set(all)].filter((required) => required !== name)
}

/** Mistral merges inline parameters into `input` where the text has one, and adds three keys. */
function sourceOf(
  value: Value,
  input: Named<Template> | string,
  name: string,
  type: WorkflowType,
): TaskSpec['source'] {
  const entries = entriesOf(value).map(([key, item]): [string, Value] => {
    return [key, key === 'input' && typeof input !== 'string' ? toMapping(input) : item]
  })
  return toObject([...entries, ['type', type], ['name', name], ['version', '2.0']])
}

/** A plain object whatever its keys are: those of a task or a workflow are words. */
export function toObject(entries: readonly (readonly [string, Value])[]): TaskSpec['source'] {
  return Object.fromEntries(entries)
}
