/**
 * @module
 * On-clauses: which tasks follow, on what condition, and what is published on the way.
 */
import type { Value } from '../expressions/values/value.ts'
import { parseTransition } from './command.ts'
import { entriesOf, fieldOf, isList, isObject, toNamed } from '../data.ts'
import type { Path, Problems } from './problems.ts'
import { show } from './show.ts'
import type { Clause, EngineCommand, Event, Publish, Transition } from './spec.ts'

export const EVENTS: readonly Event[] = ['on-success', 'on-error', 'on-complete', 'on-skip']

const COMMANDS: readonly string[] = ['noop', 'fail', 'succeed', 'pause']

export function isEngineCommand(name: string): name is EngineCommand {
  return COMMANDS.includes(name)
}

/** A transition and where it is written. */
export interface PlacedTransition extends Transition {
  readonly path: Path
}

/** A clause as written, before task-defaults. */
export interface OwnClause extends Clause {
  readonly next: readonly PlacedTransition[]
}

export type OwnClauses = { readonly [E in Event]: OwnClause }

/** The clauses of a task or of task-defaults. */
export function compileClauses(owner: Value, path: Path, problems: Problems): OwnClauses {
  const clause = (event: Event) => {
    return compileClause(fieldOf(owner, event), [...path, event], problems)
  }
  return {
    'on-success': clause('on-success'),
    'on-error': clause('on-error'),
    'on-complete': clause('on-complete'),
    'on-skip': clause('on-skip'),
  }
}

/** `{publish, next}`, either of them alone, or what `next` may be itself. */
export function isAdvanced(value: Value | undefined): boolean {
  return fieldOf(value, 'next') !== undefined || fieldOf(value, 'publish') !== undefined
}

function compileClause(value: Value | undefined, path: Path, problems: Problems): OwnClause {
  if (value === undefined) return { next: [], publish: null }
  if (!isAdvanced(value)) return { next: transitions(value, path, problems), publish: null }
  return {
    next: transitions(fieldOf(value, 'next'), [...path, 'next'], problems),
    publish: compilePublish(fieldOf(value, 'publish')),
  }
}

/** `atomic` is a scope that Mistral accepts and never publishes. */
function compilePublish(value: Value | undefined): Publish | null {
  if (value === undefined) return null
  return { branch: toNamed(fieldOf(value, 'branch')), global: toNamed(fieldOf(value, 'global')) }
}

function transitions(
  value: Value | undefined,
  path: Path,
  problems: Problems,
): PlacedTransition[] {
  if (typeof value === 'string') return transition(value, null, path, problems)
  if (isList(value)) {
    return value.flatMap((item, index) => transitions(item, [...path, index], problems))
  }
  if (!isObject(value)) return []
  return entriesOf(value).flatMap(([text, condition]) => {
    if (typeof condition !== 'string') return []
    return transition(text, condition, [...path, text], problems)
  })
}

function transition(
  text: string,
  condition: string | null,
  path: Path,
  problems: Problems,
): PlacedTransition[] {
  const command = parseTransition(text)
  if (!command) {
    problems.add(path, `Invalid action/workflow task property: ${show(text)}`, 'begin with a name')
    return []
  }
  const { name, params } = command
  const target = isEngineCommand(name)
    ? { task: null, command: name }
    : { task: name, command: null }
  return [{ ...target, condition, params, path }]
}

/** A clause in force: the task's own transitions, or else those of task-defaults to other tasks. */
export function effectiveClause(name: string, own: OwnClause, defaults: OwnClause): OwnClause {
  const next = own.next.length > 0 ? own.next : defaults.next.filter(({ task }) => task !== name)
  return { next, publish: own.publish }
}

/** Without the places, which only checks need. */
export function bare({ next, publish }: OwnClause): Clause {
  return {
    next: next.map(({ task, command, condition, params }) => ({
      task,
      command,
      condition,
      params,
    })),
    publish,
  }
}
