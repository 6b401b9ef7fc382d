/**
 * @module
 * Turns a wish to start a workflow into the command that starts it: names resolved, input checked.
 */
import { InvalidError } from '../../actors/errors.ts'
import { parseJson, stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Mapping, Value } from '../../actors/expressions/values/value.ts'
import { entriesOf, isMapping, toMapping, valueAt } from '../../actors/language/mapping.ts'
import type { WorkflowSpec } from '../../actors/language/spec.ts'
import type { StartExecution } from '../commands.ts'
import type { Catalogue } from '../store/store.ts'
import { findEnvironment, loadSpec } from './definitions.ts'
import { completeInput } from './input.ts'
import type { WorkflowRecord } from './workflows.ts'

/** A wish to start a workflow that has been found. */
export interface StartRequest {
  readonly id: string
  /** The id was made for this very request. */
  readonly isNew: boolean
  readonly project: string
  readonly workflow: WorkflowRecord
  readonly input: Mapping
  readonly params: Mapping
  readonly description: string
  /** The cron trigger that wishes it, or null. */
  readonly triggerId: string | null
}

/** @throws {InvalidError} If the workflow would not take the input or the parameters. */
export async function startCommand(
  catalogue: Catalogue,
  { id, isNew, project, workflow, input, params, description, triggerId }: StartRequest,
): Promise<StartExecution> {
  const { definition, name, workbook } = workflow
  const spec = await loadSpec(catalogue, definition, name, workbook)
  const complete = completeInput(spec, input)
  checkTarget(spec, params)
  return {
    type: 'startExecution',
    id,
    isNew,
    project,
    workflowId: workflow.id,
    workflowName: name,
    workflowNamespace: workflow.namespace,
    workbook,
    definition,
    input: complete,
    params: await withEnvironment(catalogue, project, params),
    description,
    triggerId,
  }
}

/** A reverse workflow must be told which task it is for. */
function checkTarget(spec: WorkflowSpec, params: Mapping): void {
  if (spec.type !== 'reverse') return
  const target = valueAt(params, 'task_name')
  if (typeof target === 'string' && spec.tasks.has(target)) return
  const shown = typeof target === 'string' ? target : 'None'
  throw new InvalidError(`Invalid task name [wf_spec=${spec.name}, task_name=${shown}]`)
}

/** An environment given by its name becomes its variables. */
async function withEnvironment(
  catalogue: Catalogue,
  project: string,
  params: Mapping,
): Promise<Mapping> {
  const env: Value | undefined = valueAt(params, 'env')
  if (env === undefined || isMapping(env)) return params
  if (env === null) return toMapping(entriesOf(params).filter(([key]) => key !== 'env'))
  if (typeof env !== 'string') {
    throw new InvalidError(
      `Unexpected value type for environment: ${stringifyJson(env)}; ` +
        'the parameter env must be an object or the name of an environment',
    )
  }
  const variables = await findEnvironment(catalogue, { project, name: env })
  if (variables === null) throw new InvalidError(`Environment is not found: ${env}`)
  const entries = new Map(entriesOf(params)).set('env', parseJson(variables))
  return toMapping(entries)
}
