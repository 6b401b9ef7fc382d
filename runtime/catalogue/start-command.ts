/**
 * @module
 * Turns a wish to start a workflow into the command that starts it: names resolved, input checked.
 */
import { InvalidError } from '../../actors/errors.ts'
import { parseJson } from '../../actors/expressions/values/json.ts'
import type { Mapping } from '../../actors/expressions/values/value.ts'
import { fieldOf, withFields } from '../../actors/data.ts'
import { completeInput, signatureOf } from '../../actors/language/input.ts'
import type { StartExecution } from '../commands.ts'
import type { Catalogue } from '../store/store.ts'
import { findEnvironment, loadSpec } from './definitions.ts'
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

/** @throws {InvalidError} If the workflow would not take the input, or its environment is unknown. */
export async function startCommand(
  catalogue: Catalogue,
  { id, isNew, project, workflow, input, params, description, triggerId }: StartRequest,
): Promise<StartExecution> {
  const { definition, name, workbook } = workflow
  const spec = await loadSpec(catalogue, definition, name, workbook)
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
    input: completeInput(signatureOf(spec), input),
    params: await withEnvironment(catalogue, project, params),
    description,
    triggerId,
  }
}

/** An environment given by its name becomes its variables: read here, it may have been made just now. */
async function withEnvironment(
  catalogue: Catalogue,
  project: string,
  params: Mapping,
): Promise<Mapping> {
  const env = fieldOf(params, 'env')
  if (typeof env !== 'string') return params
  const variables = await findEnvironment(catalogue, { project, name: env })
  if (variables === null) throw new InvalidError(`Environment is not found: ${env}`)
  return withFields(params, [['env', parseJson(variables)]])
}
