/**
 * @module
 * The command that starts an execution, for tests that put it into a mailbox themselves.
 */
import type { StartExecution } from '../../runtime/commands.ts'
import { startService } from '../in-process.ts'
import type { ServiceOptions } from '../in-process.ts'

/** Defines a workflow `w` in a store. @returns What starts an execution of it. */
export async function startCommand(
  options: ServiceOptions & { readonly store: NonNullable<ServiceOptions['store']> },
  id: string,
  workflow: string,
): Promise<StartExecution> {
  const service = await startService(options)
  await service.call('POST', '/v2/workflows', `version: '2.0'\nw: ${workflow}`)
  const { body } = await service.call('GET', '/v2/workflows/w')
  await service.close()
  const { definition } = JSON.parse((await options.store.byId('workflow', body.id))!.body)
  return {
    type: 'startExecution',
    id,
    isNew: false,
    project: '<default-project>',
    workflowId: body.id,
    workflowName: 'w',
    workflowNamespace: '',
    workbook: null,
    definition,
    input: {},
    params: {},
    description: '',
    triggerId: null,
  }
}
