import { byText } from './sorted-set.ts'
import {
  type CatalogueChange,
  DuplicateKeyError,
  type Entry,
  type EntryKind,
  RevisionError,
} from './store.ts'

interface Kind {
  readonly entries: Map<string, Entry>
  readonly idsByKey: Map<string, string>
}

/** The catalogue in memory. A change works on copies, which replace what is there if all went well. */
export class MemoryCatalogue {
  readonly texts = new Map<string, string>()
  readonly #kinds = new Map<EntryKind, Kind>()

  change(changes: readonly CatalogueChange[]): void {
    const changed = new Map<EntryKind, Kind>()
    for (const change of changes) {
      const kind = changed.get(change.kind) ?? this.#copy(change.kind)
      changed.set(change.kind, kind)
      apply(kind, change)
    }
    for (const [name, kind] of changed) this.#kinds.set(name, kind)
  }

  byId(kind: EntryKind, id: string): Entry | null {
    return this.#kinds.get(kind)?.entries.get(id) ?? null
  }

  byKey(kind: EntryKind, key: string): Entry | null {
    const id = this.#kinds.get(kind)?.idsByKey.get(key)
    return id === undefined ? null : this.byId(kind, id)
  }

  list(kind: EntryKind): Entry[] {
    return [...this.#kinds.get(kind)?.entries.values() ?? []].sort((a, b) => byText(a.id, b.id))
  }

  #copy(name: EntryKind): Kind {
    const kind = this.#kinds.get(name)
    return { entries: new Map(kind?.entries), idsByKey: new Map(kind?.idsByKey) }
  }
}

function apply({ entries, idsByKey }: Kind, change: CatalogueChange): void {
  const { kind, id } = change
  const current = entries.get(id)
  if (change.op === 'insert') {
    if (current || idsByKey.has(change.key)) throw new DuplicateKeyError(kind, change.key)
    entries.set(id, { kind, id, key: change.key, body: change.body, revision: 1 })
    idsByKey.set(change.key, id)
    return
  }
  if (!current || current.revision !== change.revision) throw new RevisionError(kind, id)
  if (change.op === 'delete') {
    entries.delete(id)
    idsByKey.delete(current.key)
    return
  }
  if ((idsByKey.get(change.key) ?? id) !== id) throw new DuplicateKeyError(kind, change.key)
  idsByKey.delete(current.key)
  idsByKey.set(change.key, id)
  entries.set(id, { kind, id, key: change.key, body: change.body, revision: current.revision + 1 })
}
