/**
 * @module
 * An execution begins (`reference/engine.md` §3).
 */
import { DomainError, InvalidError, UnavailableError } from '../errors.ts'
import { fieldOf, isEmpty, isObject, NOTHING, withFields } from '../data.ts'
import { evaluateRecursively } from '../expressions/expressions.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import { str } from '../expressions/values/text.ts'
import type { Mapping, Value } from '../expressions/values/value.ts'
import type { WorkflowSpec } from '../language/spec.ts'
import type { Cause, ExecutionRow } from '../records.ts'
import { seconds } from '../task/policies.ts'
import type { StartMessage, Turn } from '../turn.ts'
import { stepExecution } from './changes.ts'
import { EMPTY } from '../data-flow/context.ts'
import { armDeadline, deadlineOf, endBelow } from './deadline.ts'
import { dispatch } from './dispatch.ts'
import { executionLogic } from './execution.machine.ts'
import { checkSize } from './limits.ts'
import { LiveExecution } from './live.ts'
import { startCommands } from './next-commands.ts'
import { cancelExecution, pauseExecution } from './operations.ts'
import { envScope, workflowScope } from '../data-flow/scope.ts'

/**
 * Starts an execution; one that exists is left as it is and answered again. What is wrong with a root
 * is refused and leaves nothing behind; with a sub-workflow, it fails the task that started it.
 *
 * @throws {NotLoaded}
 */
export function startExecution(message: StartMessage, turn: Turn): void {
  // The task that starts it was deleted meanwhile.
  if (message.parent && !turn.execution(message.parent.executionId)) return
  const existing = message.isNew ? null : turn.execution(message.id)
  if (existing) return turn.reply(message.ask, startedView(existing))
  if (turn.isRemoving(message.id)) {
    const text = `Execution ${message.id} is being deleted: try again when that is done`
    return turn.refuse(message.ask, new UnavailableError(text))
  }
  try {
    begin(message, turn)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    refuse(message, error, turn)
  }
}

function refuse(message: StartMessage, error: DomainError, turn: Turn): void {
  const { parent } = message
  if (!parent) return turn.refuse(message.ask, error)
  turn.tell({
    type: 'task.complete',
    executionId: parent.executionId,
    taskId: parent.taskId,
    attempt: parent.attempt,
    state: 'ERROR',
    info: error.message,
    result: [],
  })
}

function begin(message: StartMessage, turn: Turn): void {
  const spec = turn.spec(message.workflow)
  const params = startParams(message, turn)
  const env = rootEnv(message, params, turn)
  const live = new LiveExecution(snapshotOf(message, spec, turn), {
    spec,
    params,
    env,
    input: message.input,
    globals: NOTHING,
    output: null,
  })
  if (spec.vars.size > 0) {
    const vars = spec.vars as ReadonlyMap<Value, Value>
    live.globals = evaluateRecursively(vars, workflowScope(live, EMPTY, turn), 'vars') as Mapping
  }
  checkTarget(spec, params)
  const deadline = startDeadline(live, message, turn)
  const texts = { input: stringifyJson(live.input), params: stringifyJson(params) }
  checkSize('input', texts.input, turn)
  checkSize('params', texts.params, turn)

  turn.admit(live)
  if (!isEmpty(live.input)) turn.savePayload(live.id, 'input', texts.input)
  turn.savePayload(live.id, 'params', texts.params)
  if (!isEmpty(live.globals)) turn.savePayload(live.id, 'globals', stringifyJson(live.globals))
  stepExecution(live, { type: 'START', now: turn.now, deadline }, turn)
  armDeadline(live, turn)
  joinParent(live, turn)
  dispatch(live, startCommands(spec, params), turn)
  if (live.open.size === 0) turn.tell({ type: 'execution.check', executionId: live.id })
  // Answered when the turn is over, so a short one shows how it ended.
  turn.reply(message.ask, startedView(live))
}

/** Begins as what its parent has become since it asked for it: paused or cancelled, as if it had been there. */
function joinParent(live: LiveExecution, turn: Turn): void {
  const { parentExecutionId } = live.context
  const parent = parentExecutionId === null ? null : turn.execution(parentExecutionId)
  const cause: Cause = { kind: 'parent', at: turn.now }
  const info = parent?.context.stateInfo ?? null
  if (parent?.state === 'CANCELLED') cancelExecution(live, info, cause, turn)
  if (parent?.state === 'PAUSED') {
    pauseExecution(live, { info, held: parent.context.held ?? false, cause }, turn)
  }
}

function snapshotOf(message: StartMessage, spec: WorkflowSpec, turn: Turn) {
  const { workflow, parent } = message
  const [snapshot] = executionLogic.init({
    id: message.id,
    project: message.project,
    workflowId: workflow.id,
    workflowName: workflow.name,
    workflowNamespace: workflow.namespace,
    definition: workflow.definition,
    workbook: workflow.workbook,
    description: message.description,
    tags: spec.tags,
    rootId: parent?.rootId ?? null,
    parentTaskId: parent?.taskId ?? null,
    parentExecutionId: parent?.executionId ?? null,
    index: parent?.index ?? 0,
    attempt: parent?.attempt ?? 0,
    triggerId: message.triggerId,
    stateInfo: null,
    backlog: [],
    createdAt: turn.now,
    updatedAt: turn.now,
    endedAt: null,
  })
  return snapshot
}

/** The parameters with the namespace and the evaluated environment. */
function startParams({ params, project, workflow }: StartMessage, turn: Turn): Mapping {
  const given = fieldOf(params, 'env') ?? null
  const env = typeof given === 'string' ? turn.environment(project, given) : given ?? NOTHING
  if (env === null) throw new InvalidError(`Environment is not found: ${String(given)}`)
  if (!isObject(env)) {
    throw new InvalidError(
      "Unexpected value type for environment: 'env' must be an object or an environment's name",
    )
  }
  const evaluated = fieldOf(params, 'evaluate_env') === false
    ? env
    : evaluateRecursively(env, envScope(env, turn), 'env')
  const namespace = fieldOf(params, 'namespace') ?? workflow.namespace
  return withFields(params, [['namespace', namespace], ['env', evaluated]])
}

/** Sub-workflows see their root's environment. */
function rootEnv({ parent }: StartMessage, params: Mapping, turn: Turn): Mapping {
  const own = fieldOf(params, 'env')
  if (!parent) return isObject(own) ? own : NOTHING
  return turn.execution(parent.executionId)?.env ?? NOTHING
}

/** Its own timeout begins now; that of its parent is under way. */
function startDeadline(live: LiveExecution, { parent }: StartMessage, turn: Turn) {
  const { timeout, name } = live.spec
  const timeoutMs = timeout === 0 ? 0 : seconds(
    timeout,
    `the timeout of workflow ${name}`,
    workflowScope(live, EMPTY, turn),
    'timeout',
  )
  const above = parent && turn.execution(parent.executionId)
  return deadlineOf(timeoutMs, above && endBelow(above), turn.now)
}

/** A reverse workflow must be told which task it is for. */
function checkTarget(spec: WorkflowSpec, params: Mapping): void {
  if (spec.type !== 'reverse') return
  const target = fieldOf(params, 'task_name')
  if (typeof target === 'string' && spec.tasks.has(target)) return
  const known = [...spec.tasks.keys()].join(', ')
  throw new InvalidError(
    `Invalid task name [wf_spec=${spec.name}, task_name=${str(target ?? null)}]: the parameter ` +
      `task_name of a reverse workflow must be one of its tasks: ${known}`,
  )
}

/** What the edge answers: read when the turn is over. */
export function startedView(live: LiveExecution): () => {
  execution: ExecutionRow
  input: string
  params: string
  output: string
} {
  return () => ({
    execution: rowOf(live),
    input: stringifyJson(live.input),
    params: stringifyJson(live.params),
    output: live.output === null ? '{}' : stringifyJson(live.output),
  })
}

/** An execution as it is stored. */
export function rowOf(live: LiveExecution): ExecutionRow {
  return {
    machine: 'execution@1',
    value: live.state,
    context: live.context,
  }
}
