/**
 * @module
 * Where things lie in the embedded store: one ordered tree of text keys. The first letter tells the
 * kind; parts are separated by a control character that no id contains.
 */
import type { EntryKind, Index, RowKey, Timer } from '../store.ts'

const SEPARATOR = '\x1f'
/** Sorts right after the separator: the exclusive end of everything under a prefix. */
const END = '\x20'

/** LMDB's limit is 1,978 bytes; what we add is less than the difference. */
const MAX_PART_BYTES = 1800

const TABLES = { execution: 'e', task: 't', action: 'a', payload: 'p' } as const

export const META_KEY = 'meta'
/** `{ nonce, socket }` of the process that has the directory open. */
export const LOCK_KEY = 'open'

/** The shard comes last, so that new rows of all shards, whose ids rise, share pages. */
export function rowKey(shard: number, { table, id }: RowKey): string {
  return TABLES[table] + id + SEPARATOR + shard
}

/** A range of keys; what they mean is behind `start`'s length. */
export interface Range {
  readonly start: string
  readonly end: string
}

function under(prefix: string): Range {
  return { start: prefix + SEPARATOR, end: prefix + END }
}

export function indexRange(shard: number, index: Index, owner: string): Range {
  return under('x' + shard + SEPARATOR + index + SEPARATOR + owner)
}

export function indexKey(shard: number, index: Index, owner: string, id: string): string {
  return 'x' + shard + SEPARATOR + index + SEPARATOR + owner + SEPARATOR + id
}

/** `EPOCH:TURN`, the last that was committed. */
export function fenceKey(shard: number): string {
  return 'f' + shard
}

export function leaseKey(shard: number): string {
  return 'l' + shard
}

export function leaseRange(): Range {
  return { start: 'l', end: 'm' }
}

/** When a timer is due. */
export function timerKey(shard: number, key: string): string {
  return 'k' + shard + SEPARATOR + key
}

export function dueRange(shard: number): Range {
  return under('d' + shard)
}

export function dueKey(shard: number, dueAt: number, key: string): string {
  return 'd' + shard + SEPARATOR + digits(dueAt) + key
}

/** Splits what follows the start of `dueRange`. */
export function dueParts(rest: string): Timer {
  return { key: rest.slice(DIGITS), dueAt: Number(rest.slice(0, DIGITS)) }
}

/** The `seq` of the last letter that was posted. */
export function mailboxKey(shard: number): string {
  return 's' + shard
}

export function letterRange(shard: number): Range {
  return under('m' + shard)
}

export function letterKey(shard: number, seq: string): string {
  return 'm' + shard + SEPARATOR + seq
}

/** Replies lie by the minute in which they were given, so that old ones go in one sweep. */
export function replyKey(minute: number, shard: number, askId: string): string {
  return 'q' + digits(minute) + shard + SEPARATOR + askId
}

export function repliesBefore(minute: number): Range {
  return { start: 'q', end: 'q' + digits(minute) }
}

export function memberKey(id: string): string {
  return 'n' + id
}

export function memberRange(): Range {
  return { start: 'n', end: 'o' }
}

export function entryKey(kind: EntryKind, id: string): string {
  return 'c' + kind + SEPARATOR + id
}

export function entryRange(kind: EntryKind): Range {
  return under('c' + kind)
}

/** Leads from an entry's key to its id. */
export function nameKey(kind: EntryKind, key: string): string {
  return 'y' + kind + SEPARATOR + key
}

export function textKey(hash: string): string {
  return 'h' + hash
}

/** Replies are kept by the minute. */
export const MINUTE_MS = 60_000

const DIGITS = 16

/** A number that sorts as text. */
export function digits(value: number): string {
  return String(value).padStart(DIGITS, '0')
}

/** @throws {RangeError} If LMDB could not take the text as part of a key. */
export function assertShort(part: string): void {
  // Most are ids: three bytes a character is the worst case, so those need no count.
  if (part.length * 3 > MAX_PART_BYTES && Buffer.byteLength(part) > MAX_PART_BYTES) {
    throw new RangeError(
      `A name or id is longer than ${MAX_PART_BYTES} bytes: ${part.slice(0, 60)}…`,
    )
  }
}
