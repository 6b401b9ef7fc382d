/**
 * @module
 * The command that starts an execution, for tests that put it into a mailbox themselves.
 */
import { startCommand } from '../../runtime/catalogue/start-command.ts'
import type { WorkflowRecord } from '../../runtime/catalogue/workflows.ts'
import type { StartExecution } from '../../runtime/commands.ts'
import type { Catalogue } from '../../runtime/store/store.ts'
import { startService } from '../in-process.ts'
import type { ServiceOptions } from '../in-process.ts'

/** Defines a workflow `w` in a store. @returns What starts an execution of it. */
export async function definedStart(
  options: ServiceOptions & { readonly store: NonNullable<ServiceOptions['store']> },
  id: string,
  workflow: string,
): Promise<StartExecution> {
  const service = await startService(options)
  await service.call('POST', '/v2/workflows', `version: '2.0'\nw: ${workflow}`)
  await service.close()
  return await startOf(options.store, 'w', id)
}

/** What starts an execution of a workflow without input, under an id that may be taken. */
export async function startOf(
  catalogue: Catalogue,
  name: string,
  id: string,
  project = '<default-project>',
): Promise<StartExecution> {
  const workflows = (await catalogue.list('workflow')).map(({ body }): WorkflowRecord =>
    JSON.parse(body)
  )
  const workflow = workflows.find((workflow) => workflow.name === name)!
  return await startCommand(catalogue, {
    id,
    isNew: false,
    project,
    workflow,
    input: {},
    params: {},
    description: '',
    triggerId: null,
  })
}
