/**
 * @module
 * Ad-hoc actions: other actions with some input preset, and what is known of all actions.
 */
import { InvalidError, NotFoundError } from '../../actors/errors.ts'
import { isUuid } from '../../actors/ids.ts'
import { parseActions, type ParsedAction } from '../../actors/language/definitions.ts'
import type { Parameter } from '../../actors/language/spec.ts'
import type { CatalogueChange } from '../store/store.ts'
import {
  type CatalogueDeps,
  checkDefinitionName,
  checkOwner,
  checkPublish,
  findById,
  findByName,
  hashOf,
  insertion,
  listVisible,
  type Named,
  removal,
  replacement,
  type Stored,
  type Viewer,
  write,
} from './entries.ts'
import type { Destination } from './workflows.ts'

/** What a caller must know of an action that is not defined in the catalogue. */
export interface ListedAction {
  readonly name: string
  readonly description: string
  readonly parameters: readonly Parameter[]
  /** Accepts inputs that are not declared. */
  readonly open?: boolean
  /** Its result comes later. */
  readonly async?: boolean
  /** How errors call its class; the name if not given. */
  readonly className?: string
}

export interface ActionRecord extends Named {
  readonly namespace: string
  /** The workbook it came from, or null. */
  readonly workbook: string | null
  /** Hash of its text: the whole document, or its part of a workbook. */
  readonly definition: string
  readonly description: string | null
  readonly tags: readonly string[]
  /** Parameters as a list for people; null where there are none. */
  readonly input: string | null
  readonly createdAt: number
  readonly updatedAt: number | null
}

export interface ActionDeps extends CatalogueDeps {
  /** Whether a name belongs to an action that nobody defined. */
  isSystemAction(name: string): boolean
}

/**
 * Stores every action of a document, or none.
 *
 * @throws {InvalidError} If the document is no valid definition, or a name is a system action's.
 * @throws {DuplicateError} If a name is taken.
 */
export async function createActions(
  deps: ActionDeps,
  viewer: Viewer,
  document: string,
  to: Destination,
): Promise<ActionRecord[]> {
  checkPublish(viewer, to.scope)
  const drafts = draftsOf(document, to)
  const taken = drafts.find(({ name }) => deps.isSystemAction(name))
  if (taken) {
    throw new InvalidError(`An action named ${taken.name} exists already and is built in`)
  }
  await deps.catalogue.keepText(hashOf(document), document)
  const records = drafts.map((draft) => created(deps, viewer, draft))
  const changes = records.map((record) => insertion('action', record))
  return await write(deps.catalogue, () => Promise.resolve({ changes, result: records }))
}

/**
 * Replaces the actions of a document by name, all or none.
 *
 * @throws {NotFoundError} If one of them does not exist in the namespace.
 */
export async function updateActions(
  deps: ActionDeps,
  viewer: Viewer,
  document: string,
  to: Destination,
): Promise<ActionRecord[]> {
  const drafts = draftsOf(document, to)
  await deps.catalogue.keepText(hashOf(document), document)
  return await write(deps.catalogue, async () => {
    const changes: CatalogueChange[] = []
    const result: ActionRecord[] = []
    for (const draft of drafts) {
      const stored = await findOne(deps, viewer, draft.name, to.namespace)
      result.push(change(deps, viewer, stored, draft, changes))
    }
    return { changes, result }
  })
}

/** Replaces one action by name or id; the document may rename it. */
export async function updateAction(
  deps: ActionDeps,
  viewer: Viewer,
  identifier: string,
  document: string,
  to: Destination,
): Promise<ActionRecord> {
  const drafts = draftsOf(document, to)
  if (drafts.length > 1) {
    throw new InvalidError('More than one actions are not supported for update with identifier.')
  }
  await deps.catalogue.keepText(hashOf(document), document)
  return await write(deps.catalogue, async () => {
    const stored = await findOne(deps, viewer, identifier, to.namespace)
    const draft = { ...drafts[0]!, namespace: stored.record.namespace }
    if (draft.name !== stored.record.name && deps.isSystemAction(draft.name)) {
      throw new InvalidError(`An action named ${draft.name} exists already and is built in`)
    }
    const changes: CatalogueChange[] = []
    return { changes, result: change(deps, viewer, stored, draft, changes) }
  })
}

/** @throws {NotFoundError} If there is none in this very namespace. */
export async function deleteAction(
  deps: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
  namespace: string,
): Promise<void> {
  await write(deps.catalogue, async () => {
    const stored = await findOne(deps, viewer, identifier, namespace)
    checkOwner(viewer, stored.record)
    return { changes: [removal('action', stored)], result: undefined }
  })
}

/** By name, in the namespace or else in the default one; null if there is none. */
export async function findAdHoc(
  { catalogue }: CatalogueDeps,
  { project }: Viewer,
  name: string,
  namespace: string,
): Promise<ActionRecord | null> {
  const at = { project, namespace, name }
  const stored = await findByName<ActionRecord>(catalogue, 'action', at) ??
    (namespace === ''
      ? null
      : await findByName<ActionRecord>(catalogue, 'action', { ...at, namespace: '' }))
  return stored && stored.record
}

export function listActions({ catalogue }: CatalogueDeps, viewer: Viewer): Promise<ActionRecord[]> {
  return listVisible<ActionRecord>(catalogue, 'action', viewer)
}

async function findOne(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
  namespace: string,
): Promise<Stored<ActionRecord>> {
  const byId = isUuid(identifier)
    ? await findById<ActionRecord>(catalogue, 'action', identifier.toLowerCase(), viewer)
    : null
  const at = { project: viewer.project, namespace, name: identifier }
  const stored = byId ?? await findByName<ActionRecord>(catalogue, 'action', at)
  if (stored) return stored
  throw actionNotFound(identifier, namespace)
}

export function actionNotFound(name: string, namespace: string): NotFoundError {
  return new NotFoundError(
    `Action definition not found [action_name=${name}, namespace=${namespace}]`,
  )
}

/** Everything of a record that a document and its destination settle. */
export type ActionDraft = Omit<ActionRecord, 'id' | 'project' | 'createdAt' | 'updatedAt'>

function draftsOf(document: string, to: Destination): ActionDraft[] {
  return parseActions(document, to).map((action) => {
    checkDefinitionName(action.name)
    return draftOf(action, null, to)
  })
}

export function draftOf(
  { name, definition, description, tags, input }: ParsedAction,
  workbook: string | null,
  { namespace, scope }: Destination,
): ActionDraft {
  return {
    name,
    namespace,
    workbook,
    scope,
    definition: hashOf(definition),
    description,
    tags,
    input,
  }
}

export function created(deps: CatalogueDeps, viewer: Viewer, draft: ActionDraft): ActionRecord {
  return {
    id: deps.newId(),
    ...draft,
    project: viewer.project,
    createdAt: deps.now(),
    updatedAt: null,
  }
}

/** Adds the change from what is stored to the draft, if there is one. */
export function change(
  deps: CatalogueDeps,
  viewer: Viewer,
  stored: Stored<ActionRecord>,
  draft: ActionDraft,
  changes: CatalogueChange[],
): ActionRecord {
  const { record } = stored
  checkOwner(viewer, record)
  if (draft.scope !== record.scope) checkPublish(viewer, draft.scope)
  const next = { ...record, ...draft }
  if (!replacement('action', stored, next)) return record
  const result = { ...next, updatedAt: deps.now() }
  changes.push(replacement('action', stored, result)!)
  return result
}
