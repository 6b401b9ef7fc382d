/**
 * @module
 * What all named things share: who owns them, who sees them, and how they lie in the store.
 */
import { createHash } from 'node:crypto'
import { DuplicateError, ForbiddenError, InvalidError } from '../../actors/errors.ts'
import type { NewId } from '../../actors/ids.ts'
import {
  type Catalogue,
  type CatalogueChange,
  DuplicateKeyError,
  type Entry,
  type EntryKind,
  RevisionError,
} from '../store/store.ts'

export type Scope = 'private' | 'public'

/** What every record has; `namespace` where the kind knows namespaces. */
export interface Named {
  readonly id: string
  readonly name: string
  readonly namespace?: string
  readonly project: string
  readonly scope: Scope
}

/** Who looks: an administrator sees every project. */
export interface Viewer {
  readonly project: string
  readonly admin: boolean
}

/** Stores bound how long a key may be; names in scripts that need escapes reach that. */
const KEY_LENGTH = 512

/** The key that makes a name unique: within its project and namespace. */
export function entryKey(project: string, namespace: string, name: string): string {
  const key = `${encode(project)}/${encode(namespace)}/${encode(name)}`
  return key.length <= KEY_LENGTH ? key : `sha256/${hashOf(key)}`
}

/** As `encodeURIComponent`, which does not take half a surrogate pair. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
}

/** A record and the revision it was read at. */
export interface Stored<T> {
  readonly record: T
  readonly revision: number
}

/** Bodies that were decoded before, by revision: hot definitions are parsed once. */
const DECODED_LIMIT = 4096
/** Longer bodies are parsed each time: environments may hold a megabyte. */
const DECODED_LENGTH = 16_384
const decoded = new Map<string, { body: string; record: unknown }>()

/** The record of an entry; `T` is the kind's record type. */
export function decode<T>(entry: Entry): Stored<T> {
  const key = `${entry.kind}/${entry.id}`
  const known = decoded.get(key)
  if (known && known.body === entry.body) {
    return { record: known.record as T, revision: entry.revision }
  }
  const record = JSON.parse(entry.body) as T
  if (entry.body.length > DECODED_LENGTH) return { record, revision: entry.revision }
  if (decoded.size >= DECODED_LIMIT) decoded.delete(decoded.keys().next().value!)
  decoded.set(key, { body: entry.body, record })
  return { record, revision: entry.revision }
}

/** Whether the viewer sees the record. */
export function isVisible(record: Named, viewer: Viewer): boolean {
  return viewer.admin || record.project === viewer.project || record.scope === 'public'
}

/** Every record of a kind that the viewer sees, by id. */
export async function listVisible<T extends Named>(
  catalogue: Catalogue,
  kind: EntryKind,
  viewer: Viewer,
): Promise<T[]> {
  const entries = await catalogue.list(kind)
  return entries.map((entry) => decode<T>(entry).record).filter((record) =>
    isVisible(record, viewer)
  )
}

/** The record with this id if the viewer sees it, else null. */
export async function findById<T extends Named>(
  catalogue: Catalogue,
  kind: EntryKind,
  id: string,
  viewer: Viewer,
): Promise<Stored<T> | null> {
  const entry = await catalogue.byId(kind, id)
  if (!entry) return null
  const stored = decode<T>(entry)
  return isVisible(stored.record, viewer) ? stored : null
}

/**
 * The record of this name: the project's own, or else a public one of another project (the one
 * created first).
 */
export async function findByName<T extends Named>(
  catalogue: Catalogue,
  kind: EntryKind,
  at: { readonly project: string; readonly namespace: string; readonly name: string },
): Promise<Stored<T> | null> {
  const own = await findOwn<T>(catalogue, kind, at)
  if (own) return own
  const id = (await publicNames(catalogue, kind)).get(entryKey('', at.namespace, at.name))
  const entry = id === undefined ? null : await catalogue.byId(kind, id)
  if (!entry) return null
  const stored = decode<T>(entry)
  return stored.record.scope === 'public' ? stored : null
}

/** Ids of what is public, by namespace and name. */
type PublicNames = ReadonlyMap<string, string>

/** How long another process's new public record may go unseen by name. */
const PUBLIC_NAMES_MS = 1000

const publicNamesOf = new WeakMap<
  Catalogue,
  Map<EntryKind, { readonly readAt: number; readonly names: PublicNames }>
>()

async function publicNames(catalogue: Catalogue, kind: EntryKind): Promise<PublicNames> {
  const kinds = publicNamesOf.get(catalogue) ?? new Map()
  publicNamesOf.set(catalogue, kinds)
  const known = kinds.get(kind)
  const readAt = performance.now()
  if (known && readAt - known.readAt < PUBLIC_NAMES_MS) return known.names

  const names = new Map<string, string>()
  for (const entry of await catalogue.list(kind)) {
    const { id, name, namespace = '', scope } = decode<Named>(entry).record
    const key = entryKey('', namespace, name)
    if (scope === 'public' && !names.has(key)) names.set(key, id)
  }
  kinds.set(kind, { readAt, names })
  return names
}

/** The project's own record of this name, or null. */
export async function findOwn<T extends Named>(
  catalogue: Catalogue,
  kind: EntryKind,
  at: { readonly project: string; readonly namespace: string; readonly name: string },
): Promise<Stored<T> | null> {
  const entry = await catalogue.byKey(kind, entryKey(at.project, at.namespace, at.name))
  return entry && decode<T>(entry)
}

/** What creating and changing takes. */
export interface CatalogueDeps {
  readonly catalogue: Catalogue
  readonly newId: NewId
  /** Milliseconds since the Unix epoch. */
  now(): number
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

export function removal(kind: EntryKind, { record, revision }: Stored<Named>): CatalogueChange {
  return { op: 'delete', kind, id: record.id, revision }
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
      publicNamesOf.delete(catalogue)
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

const DEFINITION_NAME_LENGTH = 255

/** @throws {InvalidError} If the name of a definition is too long or has blanks in it. */
export function checkDefinitionName(name: string): void {
  if (name.length > DEFINITION_NAME_LENGTH) {
    throw new InvalidError(
      `The name ${name.slice(0, 40)}… is longer than ${DEFINITION_NAME_LENGTH} characters`,
    )
  }
  if (/\s/.test(name)) throw new InvalidError(`Name '${name}' must not contain spaces`)
}

/** The hash that a text is kept under. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
