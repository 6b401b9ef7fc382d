/**
 * @module
 * Where things lie in Redis. Keys that a script touches together share a hash tag, so that they lie on
 * one node of a cluster: `{N}` for shard N.
 */
import type { EntryKind, Index, Table } from '../store.ts'

/** In the order in which the scripts take them. */
export const TABLES: readonly Table[] = ['execution', 'task', 'action', 'payload']

/** In the order of the numbers by which the scripts know them, from 1. */
export const KINDS: readonly EntryKind[] = [
  'workflow',
  'workbook',
  'action',
  'environment',
  'cron_trigger',
  'setting',
]

export interface ShardKeys {
  readonly fence: string
  readonly lease: string
  readonly tables: readonly string[]
  readonly indexes: string
  readonly timers: string
  readonly mailbox: string
  readonly replies: string
  /** The channel on which wakes are published. */
  readonly wakes: string
}

export function shardKeys(prefix: string, shard: number): ShardKeys {
  const key = (name: string) => `${prefix}:{${shard}}:${name}`
  return {
    fence: key('fence'),
    lease: key('lease'),
    tables: TABLES.map(key),
    indexes: key('indexes'),
    timers: key('timers'),
    mailbox: key('mailbox'),
    replies: key('reply:'),
    wakes: key('wakes'),
  }
}

/** Bodies, keys and revisions by id, and ids by key. */
export type KindKeys = readonly [bodies: string, keys: string, revisions: string, ids: string]

export function kindKeys(prefix: string, kind: EntryKind): KindKeys {
  const key = (name: string) => `${prefix}:{catalogue}:${kind}:${name}`
  return [key('bodies'), key('keys'), key('revisions'), key('ids')]
}

export function changeKey(prefix: string, changeId: string): string {
  return `${prefix}:{catalogue}:change:${changeId}`
}

/** Expiries and descriptions of members. */
export function memberKeys(prefix: string): readonly [string, string] {
  return [`${prefix}:{members}:expiries`, `${prefix}:{members}:descriptions`]
}

export function textKey(prefix: string, hash: string): string {
  return `${prefix}:text:${hash}`
}

/** What the store is: its format and number of shards. */
export function metaKey(prefix: string): string {
  return `${prefix}:store`
}

const SEPARATOR = '\0'

/** Members of an index begin with this; what follows is the id. */
export function memberPrefix(index: Index, owner: string): string {
  return index + SEPARATOR + owner + SEPARATOR
}

/** Sorts right after everything that begins with the prefix. */
export function afterPrefix(prefix: string): string {
  return prefix.slice(0, -1) + '\x01'
}
