/**
 * @module
 * What follows a completed task: the transitions of a direct workflow whose conditions hold
 * (`reference/engine.md` §5), or the tasks of a reverse one that now have all they need (§16).
 */
import { fieldOf, isObject, truthy } from '../data.ts'
import { evaluate, evaluateRecursively } from '../expressions/expressions.ts'
import type { Scope } from '../expressions/expressions.ts'
import { dumpJson } from '../expressions/values/json.ts'
import { str } from '../expressions/values/text.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import type { Event, Transition, WorkflowSpec } from '../language/spec.ts'
import type { BacklogCommand, TaskContext } from '../records.ts'
import type { LiveExecution, LiveTask } from './live.ts'

/** A transition taken. */
export type Command = BacklogCommand

/** What a completion leads to. */
export interface Route {
  readonly commands: readonly Command[]
  readonly nextTasks: NonNullable<TaskContext['nextTasks']>
  readonly errorHandled: boolean
}

export const NOWHERE: Route = { commands: [], nextTasks: [], errorHandled: false }

/** What a workflow begins with. */
export function startCommands(spec: WorkflowSpec, params: Mapping): Command[] {
  if (spec.type === 'direct') return spec.startTasks.map((name) => runTask(name, null))
  return unblocked(spec, String(fieldOf(params, 'task_name') ?? ''), () => null)
}

/** @throws {EvaluationError} If a condition cannot be evaluated. {@link NotLoaded} */
export function nextCommands(live: LiveExecution, task: LiveTask, scope: Scope): Route {
  return live.spec.type === 'direct' ? directRoute(task, scope) : reverseRoute(live, task)
}

/** In processing order: which clauses may fire for a final state. */
function clausesOf(task: LiveTask): Event[][] {
  switch (task.state) {
    case 'SUCCESS':
      return [['on-success'], ['on-complete']]
    case 'ERROR':
      return [['on-error'], ['on-complete']]
    case 'SKIPPED':
      // on-success stands in where on-skip leads nowhere.
      return [['on-skip', 'on-success']]
    default:
      return []
  }
}

function directRoute(task: LiveTask, scope: Scope): Route {
  const commands: Command[] = []
  const nextTasks: (readonly [string, Event | null])[] = []
  let errorHandled = false
  for (const alternatives of clausesOf(task)) {
    for (const event of alternatives) {
      const taken = task.spec.on[event].next.filter(({ condition }) =>
        condition === null || truthy(evaluate(condition, scope, event))
      )
      if (taken.length === 0) continue
      if (event === 'on-error') errorHandled = true
      for (const transition of taken) {
        if (transition.task !== null) nextTasks.push([transition.task, event])
        const command = commandOf(transition, { taskId: task.id, event }, scope)
        if (command) commands.push(command)
      }
      break
    }
  }
  return { commands, nextTasks, errorHandled }
}

function commandOf(
  transition: Transition,
  trigger: { readonly taskId: string; readonly event: Event },
  scope: Scope,
): Command | null {
  const { task, command } = transition
  if (command === 'noop') return null
  const msg = transition.params.get('msg')
  const message = command === null || msg === undefined
    ? null
    : evaluateRecursively(msg, scope, `${trigger.event}.${command}.msg`)
  return { task, command, message: messageText(message), trigger }
}

/** A message as it is kept: what is no text as Python writes it, and an object as JSON. */
function messageText(message: Value): string | null {
  if (message === null || typeof message === 'string') return message
  if (!isObject(message)) return str(message)
  return dumpJson(message, { itemSeparator: ', ', keySeparator: ': ', ascii: true })
}

function runTask(task: string, trigger: Command['trigger']): Command {
  return { task, command: null, message: null, trigger }
}

function reverseRoute(live: LiveExecution, task: LiveTask): Route {
  if (task.state !== 'SUCCESS') return NOWHERE
  const target = String(fieldOf(live.params, 'task_name') ?? '')
  const commands = unblocked(live.spec, target, (name) => live.latest(name))
  return {
    commands: commands.map((command) => ({
      ...command,
      trigger: { taskId: task.id, event: null },
    })),
    nextTasks: commands.map(({ task }) => [task!, null] as const),
    errorHandled: false,
  }
}

/** Depth first from the target: tasks without a run whose requirements all succeeded. */
function unblocked(
  spec: WorkflowSpec,
  target: string,
  runOf: (name: string) => LiveTask | null,
): Command[] {
  const commands: Command[] = []
  const visited = new Set<string>()
  const stack: { name: string; leave: boolean }[] = [{ name: target, leave: false }]
  while (stack.length > 0) {
    const { name, leave } = stack.pop()!
    const task = spec.tasks.get(name)
    if (!task) continue
    if (leave) {
      const ready = task.requires.every((required) => runOf(required)?.state === 'SUCCESS')
      if (ready && runOf(name) === null) commands.push(runTask(name, null))
      continue
    }
    if (visited.has(name)) continue
    visited.add(name)
    stack.push({ name, leave: true })
    for (const required of task.requires.toReversed()) stack.push({ name: required, leave: false })
  }
  return commands
}
