/**
 * @module
 * How entries are made, replaced and removed: by whom, and all changes of a request at once.
 */
import { DuplicateError, ForbiddenError } from '../../actors/errors.ts'
import type { NewId } from '../../actors/ids.ts'
import {
  type Catalogue,
  type CatalogueChange,
  DuplicateKeyError,
  type EntryKind,
  RevisionError,
} from '../store/store.ts'
import {
  entryKey,
  forgetPublicNames,
  type Named,
  type Scope,
  type Stored,
  type Viewer,
} from './entries.ts'

/** What creating and changing takes. */
export interface CatalogueDeps {
  readonly catalogue: Catalogue
  readonly newId: NewId
  /** Milliseconds since the Unix epoch. */
  now(): number
}

/** @throws {ForbiddenError} If the viewer may not make things public. */
export function checkPublish(viewer: Viewer, scope: Scope): void {
  if (scope === 'public' && !viewer.admin) throw insufficient()
}

/** @throws {ForbiddenError} If the record belongs to somebody else. */
export function checkOwner(viewer: Viewer, record: Named): void {
  if (!viewer.admin && record.project !== viewer.project) throw insufficient()
}

export function insufficient(): ForbiddenError {
  return new ForbiddenError('Operation forbidden (insufficient permissions)')
}

/** A record that says when it was made and changed, in milliseconds since the Unix epoch. */
export interface Dated extends Named {
  readonly createdAt: number
  readonly updatedAt: number | null
}

/** Everything of a record that its maker settles. */
export type Draft<T extends Dated> = Omit<T, 'id' | 'project' | 'createdAt' | 'updatedAt'>

/** The record that a draft becomes. */
export function created<D extends object>(deps: CatalogueDeps, { project }: Viewer, draft: D) {
  return { id: deps.newId(), ...draft, project, createdAt: deps.now(), updatedAt: null }
}

/** The change that adds a record. */
export function insertion(kind: EntryKind, record: Named): CatalogueChange {
  const { id, project, namespace = '', name } = record
  const key = entryKey(project, namespace, name)
  return { op: 'insert', kind, id, key, body: JSON.stringify(record) }
}

/** The change that replaces a record, or null if it is the same. */
export function replacement<T extends Named>(
  kind: EntryKind,
  stored: Stored<T>,
  record: T,
): CatalogueChange | null {
  const { id, project, namespace = '', name } = record
  const body = JSON.stringify(record)
  if (body === JSON.stringify(stored.record)) return null
  const key = entryKey(project, namespace, name)
  return { op: 'update', kind, id, key, body, revision: stored.revision }
}

function removal(kind: EntryKind, { record, revision }: Stored<Named>): CatalogueChange {
  return { op: 'delete', kind, id: record.id, revision }
}

/**
 * Adds the change from what is stored to what the draft says, if there is one.
 *
 * @returns The record as it will be.
 * @throws {ForbiddenError} If it belongs to somebody else, or the viewer may not make it public.
 */
export function change<T extends Dated>(
  deps: CatalogueDeps,
  viewer: Viewer,
  { kind, stored, draft }: {
    readonly kind: EntryKind
    readonly stored: Stored<T>
    readonly draft: Partial<Draft<T>>
  },
  changes: CatalogueChange[],
): T {
  const { record } = stored
  checkOwner(viewer, record)
  const next: T = { ...record, ...draft }
  if (next.scope !== record.scope) checkPublish(viewer, next.scope)
  if (!replacement(kind, stored, next)) return record
  const result = { ...next, updatedAt: deps.now() }
  changes.push(replacement(kind, stored, result)!)
  return result
}

/** Adds records, all or none. @throws {DuplicateError} If a name is taken. */
export async function insert<T extends Named>(
  { catalogue }: CatalogueDeps,
  kind: EntryKind,
  records: T[],
): Promise<T[]> {
  const changes = records.map((record) => insertion(kind, record))
  return await write(catalogue, () => Promise.resolve({ changes, result: records }))
}

/** Makes one result of each draft by what `decide` adds to the changes, all or none. */
export async function writeEach<D, T>(
  { catalogue }: CatalogueDeps,
  drafts: readonly D[],
  decide: (draft: D, changes: CatalogueChange[]) => Promise<T>,
): Promise<T[]> {
  return await write(catalogue, async () => {
    const changes: CatalogueChange[] = []
    const result: T[] = []
    for (const draft of drafts) result.push(await decide(draft, changes))
    return { changes, result }
  })
}

/** Removes what `find` finds. @throws {ForbiddenError} If it belongs to somebody else. */
export async function remove(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
  kind: EntryKind,
  find: () => Promise<Stored<Named>>,
): Promise<void> {
  await write(catalogue, async () => {
    const stored = await find()
    checkOwner(viewer, stored.record)
    return { changes: [removal(kind, stored)], result: undefined }
  })
}

const TRIES = 5

/**
 * Decides and writes; decides again if somebody else was faster.
 *
 * @throws {DuplicateError} If a name is taken.
 */
export async function write<R>(
  catalogue: Catalogue,
  decide: () => Promise<{ readonly changes: readonly CatalogueChange[]; readonly result: R }>,
): Promise<R> {
  for (let tries = 1;; tries++) {
    const { changes, result } = await decide()
    if (changes.length === 0) return result
    try {
      await catalogue.change(changes)
      forgetPublicNames(catalogue)
      return result
    } catch (error) {
      if (error instanceof DuplicateKeyError) throw duplicate(error, changes)
      if (!(error instanceof RevisionError) || tries === TRIES) throw error
    }
  }
}

const KINDS: {
  readonly [K in EntryKind]: { readonly title: string; readonly namespaced: boolean }
} = {
  workflow: { title: 'WorkflowDefinition', namespaced: true },
  workbook: { title: 'WorkbookDefinition', namespaced: true },
  action: { title: 'ActionDefinition', namespaced: true },
  environment: { title: 'Environment', namespaced: false },
  cron_trigger: { title: 'CronTrigger', namespaced: false },
  setting: { title: 'Setting', namespaced: false },
}

function duplicate(
  { kind, key }: DuplicateKeyError,
  changes: readonly CatalogueChange[],
): DuplicateError {
  const { title, namespaced } = KINDS[kind]
  const change = changes.find((change) => change.op !== 'delete' && change.key === key)
  if (!change || change.op === 'delete') return new DuplicateError(`Duplicate entry for ${title}`)
  const { project, namespace = '', name } = JSON.parse(change.body) as Named
  return namespaced
    ? new DuplicateError(
      `Duplicate entry for ${title} ['name', 'namespace', 'project_id']: ` +
        `${name}, ${namespace}, ${project}`,
    )
    : new DuplicateError(
      `Duplicate entry for ${title} ['name', 'project_id']: ${name}, ${project}`,
    )
}
