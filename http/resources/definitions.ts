/**
 * @module
 * Workflows, workbooks and actions as clients see them.
 */
import type { ActionRecord, ListedAction } from '../../runtime/catalogue/actions.ts'
import type { WorkbookRecord } from '../../runtime/catalogue/workbooks.ts'
import type { WorkflowRecord } from '../../runtime/catalogue/workflows.ts'
import { formatActionParameters } from '../../actors/language/parameters.ts'
import { timestamp } from '../wire.ts'
import type { Comparable, Field, FieldKind, Resource } from '../lists/fields.ts'

/** A record, with the text of its definition where that has been asked for. */
export interface DefinitionItem<R> {
  readonly id: string
  readonly record: R
  text?: string
}

type Read<R> = (record: R) => Comparable

function plain<R>(
  name: string,
  kind: FieldKind,
  read: Read<R>,
): Field<DefinitionItem<R>> {
  return { name, kind, value: ({ record }) => read(record) }
}

function definition<R>(): Field<DefinitionItem<R>> {
  return { name: 'definition', kind: 'text', value: ({ text }) => text ?? '', needs: 'text' }
}

export type WorkflowItem = DefinitionItem<WorkflowRecord>

export const workflowResource: Resource<WorkflowItem> = {
  collection: 'workflows',
  fields: [
    plain('id', 'uuid', ({ id }) => id),
    plain('name', 'text', ({ name }) => name),
    plain('namespace', 'text', ({ namespace }) => namespace),
    { name: 'input', kind: 'text', value: ({ record }) => record.input, brings: 'interface' },
    { name: 'interface', kind: 'json', value: ({ record }) => record.interface },
    definition(),
    plain('checksum', 'text', ({ checksum }) => checksum),
    plain('tags', 'tags', ({ tags }) => tags),
    plain('scope', 'text', ({ scope }) => scope),
    plain('project_id', 'uuid', ({ project }) => project),
    plain('created_at', 'time', ({ createdAt }) => createdAt),
    plain('updated_at', 'time', ({ updatedAt }) => updatedAt),
  ],
  filters: [
    'name',
    'input',
    'definition',
    'checksum',
    'tags',
    'scope',
    'project_id',
    'created_at',
    'updated_at',
    'namespace',
  ],
  flags: ['all_projects'],
  defaultSort: 'created_at',
  notFound: (id) => `Workflow not found [workflow_id=${id}]`,
}

export type WorkbookItem = DefinitionItem<WorkbookRecord>

export const workbookResource: Resource<WorkbookItem> = {
  collection: 'workbooks',
  fields: [
    plain('id', 'uuid', ({ id }) => id),
    plain('name', 'text', ({ name }) => name),
    plain('namespace', 'text', ({ namespace }) => namespace),
    definition(),
    plain('tags', 'tags', ({ tags }) => tags),
    plain('scope', 'text', ({ scope }) => scope),
    plain('project_id', 'uuid', ({ project }) => project),
    plain('created_at', 'time', ({ createdAt }) => createdAt),
    plain('updated_at', 'time', ({ updatedAt }) => updatedAt),
  ],
  filters: ['name', 'definition', 'scope', 'tags', 'created_at', 'updated_at', 'namespace'],
  flags: [],
  defaultSort: 'created_at',
  notFound: (id) => `Workbook not found [id=${id}]`,
}

/** An action that somebody defined, or one that is built in. */
export interface ActionItem {
  readonly id: string
  readonly name: string
  readonly namespace: string
  readonly input: string | null
  readonly description: string | null
  /** Null for what is built in. */
  readonly record: ActionRecord | null
  text?: string
}

export function adHocItem(record: ActionRecord): ActionItem {
  const { id, name, namespace, input, description } = record
  return { id, name, namespace, input, description, record }
}

export function builtInItem(action: ListedAction): ActionItem {
  const { name, description } = action
  const input = formatActionParameters(action)
  return { id: name, name, namespace: '', input, description, record: null }
}

function action(
  name: string,
  kind: FieldKind,
  value: (item: ActionItem) => Comparable,
): Field<ActionItem> {
  return { name, kind, value }
}

/** What is built in has empty times. */
function actionTime(
  name: string,
  read: (record: ActionRecord) => number | null,
): Field<ActionItem> {
  return {
    name,
    kind: 'time',
    value: ({ record }) => record && read(record),
    wire: ({ record }) => record ? timestamp(read(record)) : '',
  }
}

export const actionResource: Resource<ActionItem> = {
  collection: 'actions',
  fields: [
    action('id', 'text', ({ id }) => id),
    action('name', 'text', ({ name }) => name),
    action('is_system', 'boolean', () => false),
    action('input', 'text', ({ input }) => input),
    action('description', 'text', ({ description }) => description),
    action('tags', 'tags', ({ record }) => record && record.tags),
    { name: 'definition', kind: 'text', value: ({ text }) => text ?? '', needs: 'text' },
    action('scope', 'text', ({ record }) => record && record.scope),
    action('project_id', 'text', ({ record }) => record && record.project),
    actionTime('created_at', ({ createdAt }) => createdAt),
    actionTime('updated_at', ({ updatedAt }) => updatedAt),
    action('namespace', 'text', ({ namespace }) => namespace),
  ],
  filters: [
    'name',
    'scope',
    'tags',
    'created_at',
    'updated_at',
    'description',
    'definition',
    'is_system',
    'input',
    'namespace',
  ],
  flags: [],
  defaultSort: 'name',
  notFound: (id) => `Action definition not found [action_name=${id}, namespace=]`,
}
