/**
 * @module
 * What all named things share: who sees them, how they are found, and how they lie in the store.
 */
import { createHash } from 'node:crypto'
import { isUuid } from '../../actors/ids.ts'
import type { Catalogue, Entry, EntryKind } from '../store/store.ts'

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
function isVisible(record: Named, viewer: Viewer): boolean {
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

/**
 * The record of this id, whatever its namespace, or else of this name, as {@link findByName}; null if
 * there is none that the viewer sees.
 */
export async function findByIdOrName<T extends Named>(
  catalogue: Catalogue,
  kind: EntryKind,
  viewer: Viewer,
  identifier: string,
  namespace = '',
): Promise<Stored<T> | null> {
  const byId = isUuid(identifier)
    ? await findById<T>(catalogue, kind, identifier.toLowerCase(), viewer)
    : null
  return byId ??
    await findByName<T>(catalogue, kind, { project: viewer.project, namespace, name: identifier })
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

/** Public names may have changed. */
export function forgetPublicNames(catalogue: Catalogue): void {
  publicNamesOf.delete(catalogue)
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

/** The hash that a text is kept under. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
