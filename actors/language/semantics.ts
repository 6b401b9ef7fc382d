/**
 * @module
 * What a schema cannot say of a workflow: names, and that its tasks fit together.
 */
import { hintForCut } from './command.ts'
import type { Value } from '../expressions/values/value.ts'
import { EVENTS, isEngineCommand } from './clauses.ts'
import { limits } from './limits.ts'
import { fieldOf, isList, textsOf } from '../data.ts'
import type { Path, Problems } from './problems.ts'
import { show } from './show.ts'
import { didYouMean } from './spelling.ts'
import type { TaskSpec } from './spec.ts'
import type { LoneTask } from './task.ts'
import type { CompiledWorkflow } from './workflow.ts'

const LONGEST_NAME = 255
/** The key of a join, `join-task-ID-NAME`, has to be a name as well. */
const LONGEST_JOIN_NAME = 208

/**
 * A name that objects may go by.
 *
 * @param full With the workbook's name in front, if it is a member.
 */
export function checkName(
  kind: string,
  name: string,
  path: Path,
  problems: Problems,
  full = name,
): void {
  if (name === '') problems.add(path, `The name of a ${kind} is empty`, 'give it a name', 'key')
  if (name.includes(' ')) {
    problems.add(path, `Name '${name}' must not contain spaces`, 'use - or _', 'key')
  }
  if (full.length > LONGEST_NAME) {
    const message = `The name of ${kind} ${show(full)} is longer than ${LONGEST_NAME} characters`
    problems.add(path, message, null, 'key')
  }
}

/** An identifier in the address of a request is a name or an id: names have to be told from ids. */
export function checkWorkflowName(name: string, path: Path, problems: Problems): void {
  if (!isUuidLike(name)) return
  problems.add(path, 'Workflow name cannot be in the format of UUID', 'give it a name', 'key')
}

function isUuidLike(name: string): boolean {
  return /^[0-9a-f]{32}$/i.test(name.replace(/urn:|uuid:/g, '').replace(/[{}-]/g, ''))
}

export function checkTaskName(task: LoneTask, problems: Problems): void {
  const { name, path, join } = task
  if (name === '') problems.add(path, 'The name of a task is empty', 'give it a name', 'key')
  const longest = join === null ? LONGEST_NAME : LONGEST_JOIN_NAME
  if (name.length > longest) {
    const kind = join === null ? 'task name' : 'join task name'
    const message = `The length of a ${show(name)} ${kind} must not exceed ${longest} symbols`
    problems.add(path, message, null, 'key')
  }
  if (isEngineCommand(name)) {
    const message = `A task cannot be named '${name}': on-clauses mean the engine command by it`
    problems.add(path, message, 'give the task another name', 'key')
  }
}

/**
 * @param whole Whether all of the graph could be read: else tasks without a way in, or joins with too
 * few, would only be reported because something else is.
 */
export function checkGraph(
  value: Value,
  compiled: CompiledWorkflow,
  path: Path,
  problems: Problems,
  whole: boolean,
): void {
  if (compiled.tasks.size > limits.tasks) {
    const message = `There are ${compiled.tasks.size} tasks, more than the ${limits.tasks} allowed`
    problems.add([...path, 'tasks'], message, 'use with-items, or sub-workflows')
  }
  if (compiled.spec.type === 'reverse') return checkRequires(value, compiled, path, problems)
  checkTransitions(compiled, problems)
  if (!whole || compiled.tasks.size === 0) return
  if (compiled.spec.startTasks.length === 0) {
    problems.add(
      [...path, 'tasks'],
      `Failed to find start tasks in direct workflow [workflow_name=${compiled.spec.name}]`,
      'one task at least must not be named in any on-clause',
    )
  }
  for (const task of compiled.spec.tasks.values()) {
    checkJoin(task, [...path, 'tasks', task.name, 'join'], problems)
  }
}

function checkTransitions({ tasks, clauses }: CompiledWorkflow, problems: Problems): void {
  const unknown = new Set<string>()
  for (const own of clauses.values()) {
    for (const { task, condition, path } of EVENTS.flatMap((event) => own[event].next)) {
      if (task === null || tasks.has(task)) continue
      // A default is in force for many tasks, and written once.
      const id = path.join('\n')
      if (unknown.has(id)) continue
      unknown.add(id)
      if (problems.isFull) {
        problems.skip()
        continue
      }
      const at = condition === null ? 'value' : 'key'
      problems.add(path, `Task '${task}' not found`, guess(task, tasks), at)
    }
  }
}

function guess(name: string, tasks: ReadonlyMap<string, unknown>): string {
  const cut = hintForCut(name)
  if (cut !== null) return cut
  const command = /^(fail|succeed|pause)\s*\(/.exec(name)?.[1]
  if (command !== undefined) return `write ${command}(msg="…") to say why`
  return didYouMean(name, [...tasks.keys(), 'fail', 'succeed', 'pause', 'noop']) ??
    `add a task of that name to 'tasks'`
}

function checkJoin({ name, join, inbound }: TaskSpec, path: Path, problems: Problems): void {
  if (join === null || inbound.length >= (join === 'all' ? 1 : join)) return
  problems.add(
    path,
    `Not enough inbound tasks for task with 'join' [task_name=${name}, join=${join}, ` +
      `inbound_tasks=${inbound.length}]`,
    `name '${name}' in on-clauses of other tasks, or leave out the join`,
  )
}

function checkRequires(
  value: Value,
  { tasks }: CompiledWorkflow,
  path: Path,
  problems: Problems,
): void {
  const check = (owner: Value | undefined, at: Path, owned: string | null) => {
    const requires = fieldOf(owner, 'requires')
    for (const [index, name] of textsOf(requires).entries()) {
      if (tasks.has(name)) continue
      if (problems.isFull) {
        problems.skip()
        continue
      }
      const place = [...at, 'requires', ...(isList(requires) ? [index] : [])]
      const others = [...tasks.keys()].filter((other) => other !== owned)
      problems.add(place, `Task '${name}' not found`, didYouMean(name, others))
    }
  }
  for (const { name, path: at } of tasks.values()) {
    check(fieldOf(fieldOf(value, 'tasks'), name), at, name)
  }
  if (tasks.size > 0) check(fieldOf(value, 'task-defaults'), [...path, 'task-defaults'], null)
}
