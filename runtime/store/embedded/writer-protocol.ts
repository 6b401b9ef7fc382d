/**
 * @module
 * How threads reach the writer thread. Each has a wire of its own with it: a port that it was handed
 * when it was started, or, if it was not, a channel whose name it says on a channel that all know. A
 * port is faster, on Deno by much.
 */
import type { BroadcastChannel, MessagePort } from 'node:worker_threads'
import type { EntryKind, Lease } from '../store.ts'

export type Wire = BroadcastChannel | MessagePort

/**
 * What the thread that started the writer tells it: to hear another port; to receive who has none, which
 * only the owner of the directory may; to end.
 */
export type Order = { readonly port: MessagePort } | 'receive' | 'stop'

export function listenTo<T>(wire: Wire, hear: (message: T) => void): void {
  if ('on' in wire) wire.on('message', hear)
  else wire.onmessage = (message) => hear((message as { data: T }).data)
}
import type { TreeWriter } from './tree-writer.ts'

/** Where the writer of a directory hears of new channels: it is told their names. */
export function helloChannel(path: string): string {
  return `mestral:${path}:writer`
}

/** Where everybody hears what happened in shards. */
export function newsChannel(path: string): string {
  return `mestral:${path}:news`
}

/** A call of one of the writer's methods. */
export type Call = {
  [M in keyof TreeWriter]: readonly [id: number, method: M, args: Parameters<TreeWriter[M]>]
}[keyof TreeWriter]

export type Request = readonly Call[] | 'goodbye'

/** What became of a call. Errors that a caller may catch lose their class on the way. */
export type Outcome =
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'stale'; readonly lease: Lease }
  | { readonly type: 'duplicate'; readonly kind: EntryKind; readonly key: string }
  | { readonly type: 'changed'; readonly kind: EntryKind; readonly id: string }
  | { readonly type: 'failed'; readonly message: string }

export type Response = readonly (readonly [id: number, outcome: Outcome])[] | 'welcome'

/** Shards and the questions answered in them; no questions if letters came. Or: the writer is dead. */
export type News = readonly (readonly [shard: number, answered: readonly string[]])[] | 'dead'
