/**
 * @module
 * Workflows: definitions by name, each with the text it was written as.
 */
import { createHash } from 'node:crypto'
import { ForbiddenError, InvalidError, NotFoundError } from '../../actors/errors.ts'
import { isUuid } from '../../actors/ids.ts'
import { type ParsedWorkflow, parseWorkflows } from '../../actors/language/definitions.ts'
import { stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Value } from '../../actors/expressions/values/value.ts'
import type { CatalogueChange } from '../store/store.ts'
import type { CronTrigger } from './cron-triggers.ts'
import {
  type CatalogueDeps,
  checkDefinitionName,
  checkOwner,
  checkPublish,
  decode,
  findById,
  findByName,
  hashOf,
  insertion,
  listVisible,
  type Named,
  removal,
  replacement,
  type Scope,
  type Stored,
  type Viewer,
  write,
} from './entries.ts'

export interface WorkflowRecord extends Named {
  readonly namespace: string
  /** The workbook it came from, or null. */
  readonly workbook: string | null
  /** Hash of its text: the whole document if there is nothing else in it. */
  readonly definition: string
  /** MD5 of its text; null if a workbook made it. */
  readonly checksum: string | null
  readonly tags: readonly string[]
  /** Parameters as a list for people. */
  readonly input: string
  /** JSON text of `{ input, output }`. */
  readonly interface: string
  readonly createdAt: number
  readonly updatedAt: number | null
}

/** Where definitions go. */
export interface Destination {
  readonly namespace: string
  readonly scope: Scope
  /** Take definitions that are well-formed but make no sense. */
  readonly skipValidation?: boolean
}

/**
 * Stores every workflow of a document, or none.
 *
 * @throws {InvalidError} If the document is no valid definition.
 * @throws {DuplicateError} If a name is taken.
 */
export async function createWorkflows(
  deps: CatalogueDeps,
  viewer: Viewer,
  document: string,
  to: Destination,
): Promise<WorkflowRecord[]> {
  checkPublish(viewer, to.scope)
  const { drafts, texts } = draftsOf(document, to)
  await keepTexts(deps, texts)
  const records = drafts.map((draft) => created(deps, viewer, draft))
  const changes = records.map((record) => insertion('workflow', record))
  return await write(deps.catalogue, () => Promise.resolve({ changes, result: records }))
}

/**
 * Replaces the workflows of a document by name, all or none.
 *
 * @throws {NotFoundError} If one of them does not exist in the namespace.
 */
export async function updateWorkflows(
  deps: CatalogueDeps,
  viewer: Viewer,
  document: string,
  to: Destination,
): Promise<WorkflowRecord[]> {
  const { drafts, texts } = draftsOf(document, to)
  await keepTexts(deps, texts)
  return await write(deps.catalogue, async () => {
    const changes: CatalogueChange[] = []
    const result: WorkflowRecord[] = []
    for (const draft of drafts) {
      const stored = await findOne(deps, viewer, draft.name, to.namespace)
      result.push(await change(deps, viewer, stored, draft, changes))
    }
    return { changes, result }
  })
}

/** Replaces one workflow by name or id; the document may rename it. */
export async function updateWorkflow(
  deps: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
  document: string,
  to: Destination,
): Promise<WorkflowRecord> {
  const { drafts, texts } = draftsOf(document, to)
  if (drafts.length > 1) {
    throw new InvalidError('More than one workflows are not supported for update with identifier.')
  }
  await keepTexts(deps, texts)
  return await write(deps.catalogue, async () => {
    const stored = await findOne(deps, viewer, identifier, to.namespace)
    const changes: CatalogueChange[] = []
    const { namespace } = stored.record
    const draft = { ...drafts[0]!, namespace }
    return { changes, result: await change(deps, viewer, stored, draft, changes) }
  })
}

/**
 * @throws {NotFoundError} If there is none that the viewer sees.
 * @throws {InvalidError} If triggers start it.
 */
export async function deleteWorkflow(
  deps: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
  namespace: string,
): Promise<void> {
  await write(deps.catalogue, async () => {
    const stored = await findOne(deps, viewer, identifier, namespace)
    checkOwner(viewer, stored.record)
    const triggers = await triggersOf(deps, stored.record)
    if (triggers.length > 0) {
      const ids = triggers.map(({ id }) => id).join(', ')
      throw new InvalidError(`Can't delete workflow that has cron triggers associated: ${ids}`)
    }
    return { changes: [removal('workflow', stored)], result: undefined }
  })
}

/** @throws {NotFoundError} If there is none that the viewer sees. */
export async function getWorkflow(
  deps: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
  namespace: string,
): Promise<WorkflowRecord> {
  return (await findOne(deps, viewer, identifier, namespace)).record
}

export function listWorkflows(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
): Promise<WorkflowRecord[]> {
  return listVisible<WorkflowRecord>(catalogue, 'workflow', viewer)
}

/** Ids ignore the namespace; names are those of the project itself, or public ones. */
async function findOne(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
  namespace: string,
): Promise<Stored<WorkflowRecord>> {
  const byId = isUuid(identifier)
    ? await findById<WorkflowRecord>(catalogue, 'workflow', identifier.toLowerCase(), viewer)
    : null
  const at = { project: viewer.project, namespace, name: identifier }
  const stored = byId ?? await findByName<WorkflowRecord>(catalogue, 'workflow', at)
  if (stored) return stored
  throw new NotFoundError(
    `Workflow not found [workflow_identifier=${identifier}, namespace=${namespace}]`,
  )
}

/** Everything of a record that a document and its destination settle. */
export type WorkflowDraft = Omit<
  WorkflowRecord,
  'id' | 'project' | 'createdAt' | 'updatedAt'
>

function draftsOf(document: string, to: Destination) {
  const parsed = parseWorkflows(document, to)
  const drafts = parsed.map((workflow): WorkflowDraft => {
    checkDefinitionName(workflow.name)
    const checksum = createHash('md5').update(workflow.definition).digest('hex')
    return { ...draftOf(workflow, to), checksum }
  })
  return { drafts, texts: parsed.map(({ definition }) => definition) }
}

/** The draft of a workflow; without a checksum, as in workbooks. */
export function draftOf(
  { name, spec, definition, tags, input, interface: signature }: ParsedWorkflow,
  { namespace, scope }: Destination,
): WorkflowDraft {
  return {
    name,
    namespace,
    workbook: spec.workbook,
    scope,
    definition: hashOf(definition),
    checksum: null,
    tags,
    input,
    interface: stringifyJson(signature as unknown as Value),
  }
}

/** Keeps texts under their hashes. */
export async function keepTexts(
  { catalogue }: CatalogueDeps,
  texts: Iterable<string>,
): Promise<void> {
  await Promise.all([...new Set(texts)].map((text) => catalogue.keepText(hashOf(text), text)))
}

export function created(deps: CatalogueDeps, viewer: Viewer, draft: WorkflowDraft): WorkflowRecord {
  return {
    id: deps.newId(),
    ...draft,
    project: viewer.project,
    createdAt: deps.now(),
    updatedAt: null,
  }
}

/** Adds the change from what is stored to the draft, if there is one. */
export async function change(
  deps: CatalogueDeps,
  viewer: Viewer,
  stored: Stored<WorkflowRecord>,
  draft: WorkflowDraft,
  changes: CatalogueChange[],
): Promise<WorkflowRecord> {
  const { record } = stored
  checkOwner(viewer, record)
  if (draft.scope !== record.scope) {
    checkPublish(viewer, draft.scope)
    if (draft.scope === 'private') await checkUnshared(deps, record)
  }
  const next = { ...record, ...draft }
  if (!replacement('workflow', stored, next)) return record
  const result = { ...next, updatedAt: deps.now() }
  changes.push(replacement('workflow', stored, result)!)
  return result
}

async function triggersOf(
  { catalogue }: CatalogueDeps,
  workflow: WorkflowRecord,
): Promise<CronTrigger[]> {
  const entries = await catalogue.list('cron_trigger')
  return entries.map((entry) => decode<CronTrigger>(entry).record)
    .filter(({ workflowId }) => workflowId === workflow.id)
}

/** @throws {ForbiddenError} If other projects' triggers start the workflow. */
async function checkUnshared(deps: CatalogueDeps, workflow: WorkflowRecord): Promise<void> {
  const triggers = await triggersOf(deps, workflow)
  const foreign = triggers.filter(({ project }) => project !== workflow.project)
  if (foreign.length === 0) return
  const ids = foreign.map(({ id }) => id).join(', ')
  throw new ForbiddenError(
    `Can not update scope of workflow that has cron triggers of other projects associated: ${ids}`,
  )
}
