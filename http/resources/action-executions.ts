/**
 * @module
 * Action executions as clients see them.
 */
import type { ActionRow } from '../../actors/records.ts'
import type { Comparable, Field, FieldKind, Resource } from '../lists/fields.ts'
import type { ActionItem } from '../rows.ts'

function plain(
  name: string,
  kind: FieldKind,
  read: (row: ActionRow) => Comparable,
): Field<ActionItem> {
  return { name, kind, value: ({ row }) => read(row) }
}

export const actionExecutionResource: Resource<ActionItem> = {
  collection: 'action_executions',
  fields: [
    plain('id', 'uuid', ({ id }) => id),
    plain('workflow_name', 'text', ({ workflowName }) => workflowName),
    plain('workflow_namespace', 'text', ({ workflowNamespace }) => workflowNamespace),
    plain('task_name', 'text', ({ taskName }) => taskName),
    plain('task_execution_id', 'uuid', ({ taskId }) => taskId),
    plain('state', 'text', ({ state }) => state),
    plain('state_info', 'text', ({ stateInfo }) => stateInfo),
    plain('tags', 'tags', ({ tags }) => tags),
    plain('name', 'text', ({ name }) => name),
    plain('description', 'text', ({ description }) => description),
    plain('project_id', 'uuid', ({ project }) => project),
    plain('accepted', 'boolean', ({ accepted }) => accepted),
    {
      name: 'input',
      kind: 'json',
      value: ({ payloads }) => payloads.input ?? '{}',
      needs: 'input',
    },
    {
      name: 'output',
      kind: 'json',
      value: ({ payloads }) => payloads.output ?? null,
      needs: 'output',
      rare: true,
    },
    plain('created_at', 'time', ({ createdAt }) => createdAt),
    plain('updated_at', 'time', ({ updatedAt }) => updatedAt),
  ],
  filters: [
    'created_at',
    'updated_at',
    'name',
    'tags',
    'workflow_name',
    'workflow_namespace',
    'task_name',
    'task_execution_id',
    'state',
    'state_info',
    'accepted',
    'input',
    'output',
    'description',
  ],
  flags: ['include_output'],
  defaultSort: 'created_at',
  notFound: (id) => `ActionExecution not found [id=${id}]`,
}
