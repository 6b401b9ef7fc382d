/**
 * @module
 * What all named things share: who owns them, who sees them, and how they lie in the store.
 */
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

/** The key that makes a name unique: within its project and namespace. */
export function entryKey(project: string, namespace: string, name: string): string {
  return [project, namespace, name].map(encodeURIComponent).join('/')
}

/** A record and the revision it was read at. */
export interface Stored<T> {
  readonly record: T
  readonly revision: number
}

/** Bodies that were decoded before, by revision: hot definitions are parsed once. */
const DECODED_LIMIT = 4096
const decoded = new Map<string, { body: string; record: unknown }>()

/** The record of an entry; `T` is the kind's record type. */
export function decode<T>(entry: Entry): Stored<T> {
  const key = `${entry.kind}/${entry.id}`
  const known = decoded.get(key)
  if (known && known.body === entry.body) {
    return { record: known.record as T, revision: entry.revision }
  }
  const record = JSON.parse(entry.body) as T
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
  const own = await catalogue.byKey(kind, entryKey(at.project, at.namespace, at.name))
  if (own) return decode<T>(own)
  for (const entry of await catalogue.list(kind)) {
    const stored = decode<T>(entry)
    const { name, namespace = '', scope } = stored.record
    if (scope === 'public' && name === at.name && namespace === at.namespace) return stored
  }
  return null
}
