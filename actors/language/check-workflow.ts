/**
 * @module
 * Everything that can be wrong with the text of a workflow or an ad-hoc action.
 */
import type { Value } from '../expressions/values/value.ts'
import { type AdHocPlace, compileAdHocValue } from './ad-hoc.ts'
import { EVENTS, isAdvanced } from './clauses.ts'
import { checkCommand, checkExpressions } from './expression-syntax.ts'
import { entriesOf, fieldOf, isObject, toMapping } from '../data.ts'
import { POLICIES } from './policies.ts'
import type { Path, Problems } from './problems.ts'
import { checkRetry, retryMapping } from './retry.ts'
import { checkSchema, checkUnique } from './schema-check.ts'
import { checkGraph, checkName, checkTaskName, checkWorkflowName } from './semantics.ts'
import type { AdHocSpec, WorkflowSpec, WorkflowType } from './spec.ts'
import {
  adHocAction,
  directTask,
  reverseTask,
  taskDefaults,
  workflow,
} from './validators.generated.js'
import { compileWorkflowValue, type WorkflowPlace, workflowType } from './workflow.ts'

export const WORKFLOW_KEYS = [
  'type',
  'description',
  'tags',
  'input',
  'vars',
  'timeout',
  'output',
  'output-on-error',
  'task-defaults',
  'tasks',
]
const DEFAULTS_KEYS = [...POLICIES, ...EVENTS, 'safe-rerun', 'safe-input', 'requires']
const COMMON_TASK_KEYS = [
  'description',
  'tags',
  'action',
  'workflow',
  'input',
  'with-items',
  'publish',
  'publish-on-error',
  'publish-on-skip',
  ...POLICIES,
  'target',
  'keep-result',
  'safe-rerun',
  'safe-input',
]
const TASK_KEYS: Readonly<Record<WorkflowType, readonly string[]>> = {
  direct: [...COMMON_TASK_KEYS, 'join', ...EVENTS],
  reverse: [...COMMON_TASK_KEYS, 'requires'],
}
const ACTION_KEYS = ['description', 'tags', 'input', 'base', 'base-input', 'output']

/** The fields of a task whose strings may hold expressions. */
const TASK_TEMPLATES = [
  'input',
  'with-items',
  'publish',
  'publish-on-error',
  'publish-on-skip',
  'keep-result',
  'safe-rerun',
  'target',
  ...POLICIES,
  ...EVENTS,
]

/**
 * Compiles a workflow and reports all that is wrong with it.
 *
 * @param strict Whether to check it as a definition: else only what compiling it needs.
 */
export function checkWorkflow(
  value: Value,
  place: WorkflowPlace,
  problems: Problems,
  strict: boolean,
): WorkflowSpec {
  const { path } = place
  const before = problems.count
  checkShapes(value, path, problems, strict)
  const compiled = compileWorkflowValue(value, place, problems)
  const whole = problems.count === before
  if (!strict) return compiled.spec
  checkName('workflow', place.key, path, problems, place.name)
  checkWorkflowName(place.key, path, problems)
  for (const task of compiled.tasks.values()) checkTaskName(task, problems)
  checkTexts(value, path, problems)
  checkGraph(value, compiled, path, problems, whole)
  return compiled.spec
}

/** The schemas of the workflow, of its defaults and of each task. */
function checkShapes(value: Value, path: Path, problems: Problems, strict: boolean): void {
  checkSchema(workflow, value, path, problems, { keys: WORKFLOW_KEYS, strict })
  const defaults = fieldOf(value, 'task-defaults')
  if (isObject(defaults)) {
    const at = [...path, 'task-defaults']
    const rules = { keys: DEFAULTS_KEYS, strict }
    checkSchema(taskDefaults, withRetryMapping(defaults), at, problems, rules)
  }
  const type = workflowType(value)
  const validator = type === 'direct' ? directTask : reverseTask
  for (const [name, task] of entriesOf(fieldOf(value, 'tasks'))) {
    const at = [...path, 'tasks', name]
    checkSchema(validator, withRetryMapping(task), at, problems, { keys: TASK_KEYS[type], strict })
  }
}

/** What schemas are not asked for: lists without repeats, and the syntax of expressions. */
function checkTexts(value: Value, path: Path, problems: Problems): void {
  for (const key of ['tags', 'input']) checkUnique(fieldOf(value, key), [...path, key], problems)
  for (const key of ['vars', 'timeout', 'output', 'output-on-error']) {
    checkExpressions(fieldOf(value, key), [...path, key], problems)
  }
  checkTaskTexts(fieldOf(value, 'task-defaults'), [...path, 'task-defaults'], problems)
  for (const [name, task] of entriesOf(fieldOf(value, 'tasks'))) {
    checkTaskTexts(task, [...path, 'tasks', name], problems)
  }
}

function checkTaskTexts(value: Value | undefined, path: Path, problems: Problems): void {
  if (value === undefined) return
  for (const key of ['tags', 'requires', 'with-items']) {
    checkUnique(fieldOf(value, key), [...path, key], problems)
  }
  checkClauses(value, path, problems)
  checkRetry(fieldOf(value, 'retry'), [...path, 'retry'], problems)
  for (const key of ['action', 'workflow']) {
    checkCommand(fieldOf(value, key), [...path, key], problems)
  }
  for (const key of TASK_TEMPLATES) checkExpressions(fieldOf(value, key), [...path, key], problems)
}

/** Conditions are keyed by what may hold expressions too: `fail(msg=<% … %>)`. */
function checkClauses(owner: Value, path: Path, problems: Problems): void {
  for (const event of EVENTS) {
    const clause = fieldOf(owner, event)
    const [next, at] = isAdvanced(clause)
      ? [fieldOf(clause, 'next'), [...path, event, 'next']]
      : [clause, [...path, event]]
    checkUnique(next, at, problems)
    for (const [index, item] of (Array.isArray(next) ? next : [next]).entries()) {
      const place = Array.isArray(next) ? [...at, index] : at
      for (const [key] of entriesOf(item)) checkExpressions(key, [...place, key], problems)
    }
  }
}

/** `retry: count=3 delay=5` is checked as the mapping that it stands for. */
function withRetryMapping(value: Value): Value {
  if (typeof fieldOf(value, 'retry') !== 'string') return value
  return toMapping(
    entriesOf(value).map(([key, item]): [string, Value] => {
      return [key, key === 'retry' ? retryMapping(item) ?? null : item]
    }),
  )
}

export function checkAdHoc(
  value: Value,
  place: AdHocPlace,
  problems: Problems,
  strict: boolean,
): AdHocSpec {
  const { path } = place
  checkSchema(adHocAction, value, path, problems, { keys: ACTION_KEYS, strict })
  const spec = compileAdHocValue(value, place, problems)
  if (!strict) return spec
  for (const key of ['tags', 'input']) checkUnique(fieldOf(value, key), [...path, key], problems)
  checkName('action', place.key, path, problems, place.name)
  checkCommand(fieldOf(value, 'base'), [...path, 'base'], problems)
  for (const key of ['base-input', 'output']) {
    checkExpressions(fieldOf(value, key), [...path, key], problems)
  }
  return spec
}
