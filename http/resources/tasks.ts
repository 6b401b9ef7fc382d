/**
 * @module
 * Tasks as clients see them.
 */
import { stateOf, type TaskContext } from '../../actors/records.ts'
import type { Comparable, Field, FieldKind, Resource } from '../lists/fields.ts'
import type { TaskItem, WorkedOut } from '../rows.ts'

function plain(
  name: string,
  kind: FieldKind,
  read: (context: TaskContext) => Comparable,
): Field<TaskItem> {
  return { name, kind, value: ({ row }) => read(row.context) }
}

export const taskResource: Resource<TaskItem> = {
  collection: 'tasks',
  fields: [
    plain('id', 'uuid', ({ id }) => id),
    plain('name', 'text', ({ name }) => name),
    plain('type', 'text', ({ type }) => type),
    ofExecution('workflow_name', 'text', ({ workflowName }) => workflowName),
    ofExecution('workflow_namespace', 'text', ({ workflowNamespace }) => workflowNamespace),
    ofExecution('workflow_id', 'uuid', ({ workflowId }) => workflowId),
    plain('workflow_execution_id', 'uuid', ({ executionId }) => executionId),
    plain('tags', 'tags', ({ tags }) => tags),
    { name: 'state', kind: 'text', value: ({ row }) => stateOf(row) },
    plain('state_info', 'text', ({ stateInfo }) => stateInfo),
    ofExecution('project_id', 'uuid', ({ project }) => project),
    { name: 'runtime_context', kind: 'json', value: ({ row }) => runtimeContext(row.context) },
    {
      name: 'published',
      kind: 'json',
      // Null where only global variables were published.
      value: ({ payloads: { published = '{}' } }) => published === 'null' ? null : published,
      needs: 'published',
    },
    plain('processed', 'boolean', ({ processed }) => processed),
    plain('created_at', 'time', ({ createdAt }) => createdAt),
    plain('updated_at', 'time', ({ updatedAt }) => updatedAt),
    plain('started_at', 'time', ({ startedAt }) => startedAt),
    plain('finished_at', 'time', ({ finishedAt }) => finishedAt),
  ],
  workedOut: [
    workedOut('result'),
    workedOut('published_global'),
  ],
  filters: [
    'name',
    'type',
    'workflow_name',
    'workflow_namespace',
    'workflow_id',
    'workflow_execution_id',
    'tags',
    'state',
    'state_info',
    'published',
    'processed',
    'created_at',
    'updated_at',
    'started_at',
    'finished_at',
    'reset',
    'env',
  ],
  flags: [],
  defaultSort: 'created_at',
  notFound: (id) => `Task execution not found [id=${id}]`,
}

function ofExecution(
  name: string,
  kind: FieldKind,
  read: (context: TaskItem['execution']['context']) => Comparable,
): Field<TaskItem> {
  return { name, kind, value: ({ execution }) => read(execution.context) }
}

function workedOut(name: WorkedOut): Field<TaskItem> {
  return {
    name,
    kind: 'json',
    value: ({ payloads }) => payloads[name] ?? null,
    wire: ({ payloads }) => payloads[name] ?? null,
    needs: name,
  }
}

/** What the engine remembers of a task, in the words that clients know. */
function runtimeContext(task: TaskContext): string {
  const { items, retryNo, policies, finishedAt } = task
  // A join that failed before it could start shows who let it down.
  const triggeredBy = task.isJoin && task.attempt === 0
    ? task.triggeredBy.filter(({ event }) => event === 'not triggered')
    : task.triggeredBy
  return JSON.stringify({
    ...(triggeredBy.length > 0 && {
      triggered_by: triggeredBy.map(({ taskId, event }) => ({ task_id: taskId, event })),
    }),
    ...(items && {
      with_items: {
        capacity: policies?.concurrency ? Math.max(0, policies.concurrency - items.running) : null,
        count: items.count,
      },
    }),
    ...(policies?.concurrency && { concurrency: policies.concurrency }),
    ...(policies && policies.waitBeforeMs > 0 && !policies.pauseBefore && {
      wait_before_policy: { skip: true },
    }),
    ...(task.waited && { wait_after_policy: { skip: true } }),
    ...(retryNo > 0
      ? { retry_task_policy: { retry_no: retryNo } }
      : finishedAt !== null && policies && policies.retries > 0 && { retry_task_policy: {} }),
  })
}
