import {
  type CatalogueChange,
  DuplicateKeyError,
  type Entry,
  type EntryKind,
  RevisionError,
} from '../store.ts'
import { assertShort, entryKey, entryRange, nameKey, textKey } from './keys.ts'
import type { Tree } from './tree.ts'
import type { WriteQueue } from './write-queue.ts'

/** The catalogue in the tree. An entry is `REVISION:LENGTH OF KEY:KEY BODY`, and its name leads to its id. */
export class EmbeddedCatalogue {
  readonly #tree: Tree
  readonly #writes: WriteQueue

  constructor(tree: Tree, writes: WriteQueue) {
    this.#tree = tree
    this.#writes = writes
  }

  async change(changes: readonly CatalogueChange[]): Promise<void> {
    for (const change of changes) {
      assertShort(change.id)
      if (change.op !== 'delete') assertShort(change.key)
    }
    await this.#writes.add(() => {
      // What the changes so far would write; null is a removal.
      const writes = new Map<string, string | null>()
      for (const change of changes) this.#apply(change, writes)
      for (const [key, value] of writes) {
        if (value === null) this.#tree.remove(key)
        else this.#tree.put(key, value)
      }
    })
  }

  byId(kind: EntryKind, id: string): Entry | null {
    const text = this.#tree.get(entryKey(kind, id))
    return text === undefined ? null : decode(kind, id, text)
  }

  byKey(kind: EntryKind, key: string): Entry | null {
    const id = this.#tree.get(nameKey(kind, key))
    return id === undefined ? null : this.byId(kind, id)
  }

  list(kind: EntryKind): Entry[] {
    const range = entryRange(kind)
    const entries: Entry[] = []
    for (const { key, value } of this.#tree.getRange(range)) {
      entries.push(decode(kind, key.slice(range.start.length), value))
    }
    return entries
  }

  async keepText(hash: string, text: string): Promise<void> {
    assertShort(hash)
    await this.#writes.add(() => {
      this.#tree.put(textKey(hash), text)
    })
  }

  text(hash: string): string | null {
    return this.#tree.get(textKey(hash)) ?? null
  }

  #apply(change: CatalogueChange, writes: Map<string, string | null>): void {
    const { op, kind, id } = change
    const place = entryKey(kind, id)
    const text = this.#get(place, writes)
    const current = text === null ? null : decode(kind, id, text)
    if (op === 'insert') {
      const name = nameKey(kind, change.key)
      if (current || this.#get(name, writes) !== null) throw new DuplicateKeyError(kind, change.key)
      writes.set(place, encode(1, change.key, change.body))
      writes.set(name, id)
      return
    }
    if (!current || current.revision !== change.revision) throw new RevisionError(kind, id)
    if (op === 'delete') {
      writes.set(place, null)
      writes.set(nameKey(kind, current.key), null)
      return
    }
    const name = nameKey(kind, change.key)
    const holder = this.#get(name, writes)
    if (holder !== null && holder !== id) throw new DuplicateKeyError(kind, change.key)
    writes.set(nameKey(kind, current.key), null)
    writes.set(name, id)
    writes.set(place, encode(current.revision + 1, change.key, change.body))
  }

  #get(key: string, writes: ReadonlyMap<string, string | null>): string | null {
    const written = writes.get(key)
    return written === undefined ? this.#tree.get(key) ?? null : written
  }
}

function encode(revision: number, key: string, body: string): string {
  return `${revision}:${key.length}:${key}${body}`
}

function decode(kind: EntryKind, id: string, text: string): Entry {
  const first = text.indexOf(':')
  const second = text.indexOf(':', first + 1)
  const end = second + 1 + Number(text.slice(first + 1, second))
  return {
    kind,
    id,
    key: text.slice(second + 1, end),
    body: text.slice(end),
    revision: Number(text.slice(0, first)),
  }
}
