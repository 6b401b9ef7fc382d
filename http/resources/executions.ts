/**
 * @module
 * Executions as clients see them.
 */
import { type ExecutionContext, stateOf } from '../../actors/records.ts'
import type { ExecutionItem } from '../rows.ts'
import type { Comparable, Field, FieldKind, Resource } from '../lists/fields.ts'

type Read = (context: ExecutionContext) => Comparable

function plain(
  name: string,
  kind: FieldKind,
  read: Read,
  nullable = false,
): Field<ExecutionItem> {
  return { name, kind, value: ({ row }) => read(row.context), nullable }
}

function payload(name: 'input' | 'params' | 'output', rare = false): Field<ExecutionItem> {
  return {
    name,
    kind: 'json',
    value: ({ payloads }) => payloads[name] ?? '{}',
    needs: name,
    rare,
    nullable: true,
  }
}

export const executionResource: Resource<ExecutionItem> = {
  collection: 'executions',
  fields: [
    plain('id', 'uuid', ({ id }) => id),
    plain('workflow_id', 'uuid', ({ workflowId }) => workflowId),
    plain('workflow_name', 'text', ({ workflowName }) => workflowName),
    plain('workflow_namespace', 'text', ({ workflowNamespace }) => workflowNamespace),
    plain('description', 'text', ({ description }) => description, true),
    plain('tags', 'tags', ({ tags }) => tags, true),
    payload('params'),
    plain('task_execution_id', 'uuid', ({ parentTaskId }) => parentTaskId, true),
    plain('root_execution_id', 'uuid', ({ rootId }) => rootId, true),
    plain('cron_trigger_id', 'uuid', ({ triggerId }) => triggerId, true),
    { name: 'state', kind: 'text', value: ({ row }) => stateOf(row) },
    plain('state_info', 'text', ({ stateInfo }) => stateInfo, true),
    payload('input'),
    payload('output', true),
    plain('created_at', 'time', ({ createdAt }) => createdAt),
    plain('updated_at', 'time', ({ updatedAt }) => updatedAt, true),
    plain('project_id', 'uuid', ({ project }) => project, true),
  ],
  workedOut: [{
    name: 'published_global',
    kind: 'json',
    value: ({ payloads }) => payloads.published_global ?? null,
    wire: ({ payloads }) => payloads.published_global ?? null,
    needs: 'published_global',
  }],
  filters: [
    'workflow_name',
    'workflow_id',
    'workflow_namespace',
    'description',
    'tags',
    'params',
    'task_execution_id',
    'root_execution_id',
    'cron_trigger_id',
    'state',
    'state_info',
    'input',
    'output',
    'created_at',
    'updated_at',
    'project_id',
  ],
  flags: ['include_output', 'all_projects', 'nulls'],
  defaultSort: 'created_at',
  notFound: (id) => `WorkflowExecution not found [id=${id}]`,
}
