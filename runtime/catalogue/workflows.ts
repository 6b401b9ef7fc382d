/**
 * @module
 * Workflows: definitions by name, each with the text it was written as.
 */
import { createHash } from 'node:crypto'
import { ForbiddenError, InvalidError, NotFoundError } from '../../actors/errors.ts'
import { type ParsedWorkflow, parseWorkflows } from '../../actors/language/definitions.ts'
import { stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Value } from '../../actors/expressions/values/value.ts'
import type { CatalogueChange } from '../store/store.ts'
import {
  type CatalogueDeps,
  change,
  checkOwner,
  checkPublish,
  created,
  type Dated,
  type Draft,
  insert,
  remove,
  writeEach,
} from './changes.ts'
import {
  decode,
  findByIdOrName,
  hashOf,
  listVisible,
  type Named,
  type Stored,
  type Viewer,
} from './entries.ts'
import { checkDefinitionName, type Destination, keepTexts } from './texts.ts'

export interface WorkflowRecord extends Dated {
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
  return await insert(deps, 'workflow', drafts.map((draft) => created(deps, viewer, draft)))
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
  return await writeEach(deps, drafts, async (draft, changes) => {
    const stored = await findOne(deps, viewer, draft.name, to.namespace)
    return await changeWorkflow(deps, viewer, stored, draft, changes)
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
  const [updated] = await writeEach(deps, drafts, async (parsed, changes) => {
    const stored = await findOne(deps, viewer, identifier, to.namespace)
    const draft = { ...parsed, namespace: stored.record.namespace }
    return await changeWorkflow(deps, viewer, stored, draft, changes)
  })
  return updated!
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
  await remove(deps, viewer, 'workflow', async () => {
    const stored = await findOne(deps, viewer, identifier, namespace)
    checkOwner(viewer, stored.record)
    const triggers = await triggersOf(deps, stored.record)
    if (triggers.length > 0) {
      const ids = triggers.map(({ id }) => id).join(', ')
      throw new InvalidError(`Can't delete workflow that has cron triggers associated: ${ids}`)
    }
    return stored
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
  const stored = await findByIdOrName<WorkflowRecord>(
    catalogue,
    'workflow',
    viewer,
    identifier,
    namespace,
  )
  if (stored) return stored
  throw new NotFoundError(
    `Workflow not found [workflow_identifier=${identifier}, namespace=${namespace}]`,
  )
}

type WorkflowDraft = Draft<WorkflowRecord>

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

/** As {@link change}. @throws {ForbiddenError} If others' triggers start what would be private. */
export async function changeWorkflow(
  deps: CatalogueDeps,
  viewer: Viewer,
  stored: Stored<WorkflowRecord>,
  draft: WorkflowDraft,
  changes: CatalogueChange[],
): Promise<WorkflowRecord> {
  const result = change(deps, viewer, { kind: 'workflow', stored, draft }, changes)
  const { record } = stored
  if (record.scope === 'public' && draft.scope === 'private') await checkUnshared(deps, record)
  return result
}

/** The cron triggers that start a workflow: `cron-triggers.ts` knows more of them. */
async function triggersOf(
  { catalogue }: CatalogueDeps,
  workflow: WorkflowRecord,
): Promise<Named[]> {
  const entries = await catalogue.list('cron_trigger')
  return entries.map((entry) => decode<Named & { readonly workflowId: string }>(entry).record)
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
