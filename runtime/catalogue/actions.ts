/**
 * @module
 * Ad-hoc actions: other actions with some input preset, and what is known of all actions.
 */
import type { Action } from '../../actors/action/action.ts'
import { InvalidError, NotFoundError } from '../../actors/errors.ts'
import { parseActions, type ParsedAction } from '../../actors/language/definitions.ts'
import {
  type CatalogueDeps,
  change,
  checkPublish,
  created,
  type Dated,
  type Draft,
  insert,
  remove,
  writeEach,
} from './changes.ts'
import {
  findByIdOrName,
  findByName,
  hashOf,
  listVisible,
  type Stored,
  type Viewer,
} from './entries.ts'
import { checkDefinitionName, type Destination, keepTexts } from './texts.ts'

/** What a caller must know of an action that is not defined in the catalogue. */
export type ListedAction = Pick<
  Action,
  'name' | 'description' | 'parameters' | 'open' | 'async' | 'className'
>

export interface ActionRecord extends Dated {
  readonly namespace: string
  /** The workbook it came from, or null. */
  readonly workbook: string | null
  /** Hash of its text: the whole document, or its part of a workbook. */
  readonly definition: string
  readonly description: string | null
  readonly tags: readonly string[]
  /** Parameters as a list for people; null where there are none. */
  readonly input: string | null
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
  for (const draft of drafts) checkNotBuiltIn(deps, draft)
  await keepTexts(deps, [document])
  return await insert(deps, 'action', drafts.map((draft) => created(deps, viewer, draft)))
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
  await keepTexts(deps, [document])
  return await writeEach(deps, drafts, async (draft, changes) => {
    const stored = await findOne(deps, viewer, draft.name, to.namespace)
    return change(deps, viewer, { kind: 'action', stored, draft }, changes)
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
  await keepTexts(deps, [document])
  const [updated] = await writeEach(deps, drafts, async (parsed, changes) => {
    const stored = await findOne(deps, viewer, identifier, to.namespace)
    const draft = { ...parsed, namespace: stored.record.namespace }
    if (draft.name !== stored.record.name) checkNotBuiltIn(deps, draft)
    return change(deps, viewer, { kind: 'action', stored, draft }, changes)
  })
  return updated!
}

/** @throws {NotFoundError} If there is none in this very namespace. */
export async function deleteAction(
  deps: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
  namespace: string,
): Promise<void> {
  await remove(deps, viewer, 'action', () => findOne(deps, viewer, identifier, namespace))
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
  const stored = await findByIdOrName<ActionRecord>(
    catalogue,
    'action',
    viewer,
    identifier,
    namespace,
  )
  if (stored) return stored
  throw actionNotFound(identifier, namespace)
}

export function actionNotFound(name: string, namespace: string): NotFoundError {
  return new NotFoundError(
    `Action definition not found [action_name=${name}, namespace=${namespace}]`,
  )
}

function checkNotBuiltIn({ isSystemAction }: ActionDeps, { name }: ActionDraft): void {
  if (!isSystemAction(name)) return
  throw new InvalidError(`An action named ${name} exists already and is built in`)
}

type ActionDraft = Draft<ActionRecord>

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
