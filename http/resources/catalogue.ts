/**
 * @module
 * Environments and cron triggers as clients see them.
 */
import type { CronTrigger } from '../../runtime/catalogue/cron-triggers.ts'
import type { EnvironmentRecord } from '../../runtime/catalogue/environments.ts'
import { timestamp } from '../wire.ts'
import type { Comparable, Field, FieldKind, Resource } from '../lists/fields.ts'

function plain<T>(name: string, kind: FieldKind, value: (item: T) => Comparable): Field<T> {
  return { name, kind, value }
}

export const environmentResource: Resource<EnvironmentRecord> = {
  collection: 'environments',
  fields: [
    plain('id', 'uuid', ({ id }) => id),
    plain('name', 'text', ({ name }) => name),
    plain('description', 'text', ({ description }) => description),
    plain('variables', 'json', ({ variables }) => variables),
    plain('scope', 'text', ({ scope }) => scope),
    plain('project_id', 'text', ({ project }) => project),
    plain('created_at', 'time', ({ createdAt }) => createdAt),
    plain('updated_at', 'time', ({ updatedAt }) => updatedAt),
  ],
  filters: ['name', 'description', 'variables', 'scope', 'created_at', 'updated_at'],
  flags: [],
  defaultSort: 'created_at',
  notFound: (id) => `Environment not found [id=${id}]`,
}

/** What is shown for a trigger that fires once: a day that never comes. */
const NEVER = '0 0 30 2 0'

export const cronTriggerResource: Resource<CronTrigger> = {
  collection: 'cron_triggers',
  fields: [
    plain('id', 'uuid', ({ id }) => id),
    plain('name', 'text', ({ name }) => name),
    plain('workflow_name', 'text', ({ workflowName }) => workflowName),
    plain('workflow_id', 'uuid', ({ workflowId }) => workflowId),
    plain('workflow_input', 'json', ({ input }) => input),
    plain('workflow_params', 'json', ({ params }) => params),
    plain('project_id', 'uuid', ({ project }) => project),
    plain('scope', 'text', ({ scope }) => scope),
    plain('pattern', 'text', ({ pattern }) => pattern ?? NEVER),
    plain('remaining_executions', 'integer', ({ remaining }) => remaining),
    {
      name: 'first_execution_time',
      kind: 'time',
      value: ({ firstExecutionTime }) => firstExecutionTime,
      wire: ({ firstExecutionTime }) => timestamp(firstExecutionTime),
    },
    plain('next_execution_time', 'time', ({ nextExecutionAt }) => nextExecutionAt),
    plain('status', 'text', ({ status }) => status),
    plain('created_at', 'time', ({ createdAt }) => createdAt),
    plain('updated_at', 'time', ({ updatedAt }) => updatedAt),
  ],
  filters: [
    'name',
    'workflow_name',
    'workflow_id',
    'workflow_input',
    'workflow_params',
    'scope',
    'pattern',
    'status',
    'remaining_executions',
    'first_execution_time',
    'next_execution_time',
    'created_at',
    'updated_at',
    'project_id',
  ],
  flags: ['all_projects'],
  defaultSort: 'created_at',
  notFound: (id) => `Cron trigger not found [identifier=${id}]`,
}
