import type { Entry, EntryKind } from '../store.ts'

/** An entry of the catalogue as text: `REVISION:LENGTH OF KEY:KEY BODY`. */
export function encodeEntry(revision: number, key: string, body: string): string {
  return `${revision}:${key.length}:${key}${body}`
}

export function decodeEntry(kind: EntryKind, id: string, text: string): Entry {
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
