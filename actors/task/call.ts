/**
 * @module
 * What a task runs: the action or sub-workflow that its names and input come to
 * (`reference/engine.md` §9, §12; name resolution in `reference/language.md` §14).
 */
import { deepMerge, entriesOf, fieldOf, isObject, NOTHING, truthy } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { evaluate, evaluateRecursively, isExpression } from '../expressions/expressions.ts'
import type { Scope } from '../expressions/expressions.ts'
import { str } from '../expressions/values/text.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import type { Action, ActionInput } from '../action/action.ts'
import { adHocInput, baseInput, resolveChain } from '../action/ad-hoc.ts'
import type { AdHocChain, EvaluateTemplate } from '../action/ad-hoc.ts'
import { admitInput } from '../action/registry.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { completeInput, signatureOf } from '../language/input.ts'
import type { AdHocSpec, TaskSpec, WorkflowSpec } from '../language/spec.ts'
import type { StartMessage, Turn } from '../turn.ts'

/** An action call, ready to be scheduled. */
export interface ActionCall {
  /** As it is shown: an ad-hoc action's own name and input. */
  readonly name: string
  readonly input: Mapping
  readonly action: Action
  readonly actionInput: ActionInput
}

/** Where names of actions and workflows are looked up. */
export interface Place {
  readonly project: string
  readonly namespace: string
  readonly workbook: string | null
}

export function placeOf(live: LiveExecution): Place {
  const { project, workbook } = live.context
  const namespace = fieldOf(live.params, 'namespace')
  return { project, workbook, namespace: typeof namespace === 'string' ? namespace : '' }
}

/** What a name may stand for: first a member of the same workbook. */
function namesOf(name: string, { workbook }: Place): string[] {
  return workbook === null ? [name] : [`${workbook}.${name}`, name]
}

/** A built-in or custom action, or an ad-hoc one. @throws {NotLoaded} */
function findCallable(name: string, place: Place, turn: Turn): Action | AdHocSpec | null {
  for (const candidate of namesOf(name, place)) {
    const found = turn.action(candidate) ??
      turn.adHoc(place.project, place.namespace, candidate)
    if (found) return found
  }
  return null
}

/** The ad-hoc actions under a name, or null if it is none. @throws {NotLoaded} */
export function chainOf(name: string, place: Place, turn: Turn): AdHocChain | null {
  const found = findCallable(name, place, turn)
  if (!found || !('base' in found)) return null
  return resolveChain(found, (base) => findCallable(base, { ...place, workbook: null }, turn))
}

/**
 * An action by name with its input, checked.
 *
 * @throws {InvalidError} If there is no such action or its parameters do not fit.
 * @throws {InstantiationError} If the action refuses the input's values.
 * @throws {NotLoaded}
 */
export function callAction(
  name: string,
  input: ActionInput,
  place: Place,
  evaluateWith: EvaluateTemplate,
  turn: Turn,
): ActionCall {
  const chain = chainOf(name, place, turn)
  if (chain) {
    const shown = adHocInput(chain.specs[0], input)
    const actionInput = baseInput(chain, shown, evaluateWith)
    return { name: chain.specs[0].name, input: shown, action: chain.action, actionInput }
  }
  const action = turn.action(name)
  if (!action) {
    throw new InvalidError(
      `Failed to find action [action_name=${name}, namespace=${place.namespace}]`,
    )
  }
  const actionInput = admitInput(action, input)
  return { name, input: actionInput, action, actionInput }
}

/** The call of an action task, or of one of its items. @throws as {@link callAction} */
export function taskCall(
  live: LiveExecution,
  task: LiveTask,
  scopeWith: (first: Mapping | null) => Scope,
  turn: Turn,
): ActionCall {
  const scope = scopeWith(null)
  const name = calledName('action', task.spec.action?.name ?? 'std.noop', scope) ?? 'std.noop'
  const given = inputOf(task.spec, scope)
  const defaults = actionDefaults(live.params, name)
  const input = Object.fromEntries(entriesOf(defaults ? deepMerge(defaults, given) : given))
  const evaluateWith: EvaluateTemplate = (template, data, field) =>
    evaluateRecursively(template, dataScope(data, scopeWith), field)
  const call = callAction(name, input, placeOf(live), evaluateWith, turn)
  // Every executor may run every action; a target is only checked to make sense.
  if (task.spec.target !== null) evaluate(task.spec.target, scopeWith(call.input), 'target')
  return call
}

/** The scope of an ad-hoc action's templates: its own data before everything else. */
export function dataScope(data: Value, scopeWith: (first: Mapping | null) => Scope): Scope {
  return isObject(data) ? scopeWith(data) : { ...scopeWith(null), data }
}

/** A name that is wholly an expression is evaluated; null if that gives nothing. */
function calledName(field: string, name: string, scope: Scope): string | null {
  if (!/^\s*(<%|\{\{)/.test(name) || !isExpression(name)) return name
  const value = evaluate(name, scope, field)
  return truthy(value) ? String(value) : null
}

function inputOf(spec: TaskSpec, scope: Scope): Mapping {
  if (typeof spec.input !== 'string') {
    if (spec.input.size === 0) return NOTHING
    return evaluateRecursively(spec.input as ReadonlyMap<Value, Value>, scope, 'input') as Mapping
  }
  const value = evaluate(spec.input, scope, 'input')
  if (isObject(value)) return value
  throw new InvalidError(
    `Wrong dynamic input for task: '${spec.input}' must give an object [task=${spec.name}, ` +
      `value=${str(value)}]`,
  )
}

/** `env.__actions.NAME`: an operator's defaults for an action. */
function actionDefaults(params: Mapping, name: string): Mapping | null {
  const env = fieldOf(params, 'env')
  const actions = isObject(env) ? fieldOf(env, '__actions') : undefined
  const defaults = isObject(actions) ? fieldOf(actions, name) : undefined
  return isObject(defaults) ? defaults : null
}

/** Start parameters that a sub-workflow takes although it does not declare them as input. */
const START_PARAMETERS = new Set(['env', 'evaluate_env', 'notify', 'task_name', 'read_only'])

/** There is no such sub-workflow, or it does not take the input: the task fails, not the workflow. */
export class SubWorkflowError extends InvalidError {
  override readonly name = 'SubWorkflowError'
  override readonly code = 'sub_workflow'
}

/**
 * The start of a sub-workflow.
 *
 * @throws {SubWorkflowError}
 * @throws {InvalidError} If its name or input cannot be evaluated. {@link NotLoaded}
 */
export function childStart(
  live: LiveExecution,
  task: LiveTask,
  index: number,
  scope: Scope,
  turn: Turn,
): StartMessage {
  const place = placeOf(live)
  const name = calledName('workflow', task.spec.workflow!.name, scope) ?? ''
  const workflow = namesOf(name, place)
    .map((candidate) => turn.workflow(place.project, place.namespace, candidate))
    .find((found) => found !== null)
  if (!workflow) {
    const facts = `[name=${name}] [namespace=${place.namespace}]`
    throw new SubWorkflowError(`Failed to find workflow ${facts}`)
  }
  const spec = turn.spec(workflow)
  const declared = new Set(spec.input.map((parameter) => parameter.name))
  const given = new Map<Value, Value>()
  const params = new Map<Value, Value>()
  for (const [key, value] of entriesOf(inputOf(task.spec, scope))) {
    if (!declared.has(key) && START_PARAMETERS.has(key)) params.set(key, value)
    else given.set(key, value)
  }
  const input = fittingInput(spec, given)
  const rootId = live.context.rootId ?? live.id
  const notify = fieldOf(live.params, 'notify')
  params.set('root_execution_id', rootId)
  params.set('task_execution_id', task.id)
  params.set('index', index)
  params.set('namespace', place.namespace)
  if (notify !== undefined && !params.has('notify')) params.set('notify', notify)
  return {
    type: 'start',
    ask: null,
    id: turn.newId(live.id),
    isNew: true,
    project: place.project,
    workflow,
    input,
    params,
    description: 'sub-workflow execution',
    triggerId: null,
    parent: {
      executionId: live.id,
      taskId: task.id,
      rootId,
      index,
      attempt: task.context.attempt,
    },
  }
}

/** The input of a sub-workflow as its task gives it, with defaults. @throws {SubWorkflowError} */
function fittingInput(spec: WorkflowSpec, given: ReadonlyMap<Value, Value>): Mapping {
  try {
    return completeInput(signatureOf(spec), given)
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    throw new SubWorkflowError(error.message, { cause: error })
  }
}
