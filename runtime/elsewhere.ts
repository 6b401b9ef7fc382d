/**
 * @module
 * Actions that were not over when their shard changed its owner: they go on where they run. A row says
 * in which executor, and a letter tells the shard what they came to.
 */
import { parseJson, stringifyJson } from '../actors/expressions/values/json.ts'
import type { Value } from '../actors/expressions/values/value.ts'
import type { Message } from '../actors/turn.ts'
import type { Command } from './commands.ts'
import type { RowKey, ShardStore } from './store/store.ts'

/** What is in a letter: a question of the edge, or what an action came to. */
export type LetterBody =
  | { readonly askId: string; readonly command: Command }
  | { readonly message: Message }

export function readLetter(body: string): LetterBody {
  return parseJson(body) as unknown as LetterBody
}

export function writeLetter(body: LetterBody): string {
  return stringifyJson(body as unknown as Value)
}

/** Says which executor has an action. */
export function executorRow(actionId: string): RowKey {
  return { table: 'payload', id: `executor:${actionId}` }
}

/** The executors that have actions which an owner left behind, null where nobody was named. */
export async function executorsOf(
  store: ShardStore,
  shard: number,
  actionIds: readonly string[],
): Promise<(string | null)[]> {
  return await store.read(shard, actionIds.map(executorRow))
}
