/**
 * @module
 * Reaches actors whose shards live in another process: by their mailboxes, through the store.
 */
import { UnavailableError } from '../actors/errors.ts'
import { stringifyJson } from '../actors/expressions/values/json.ts'
import type { Value } from '../actors/expressions/values/value.ts'
import type { Answer, Command, Engine } from './commands.ts'
import { RemoteError, shardOfCommand } from './messages.ts'
import type { ReplyBody } from './messages.ts'
import type { ShardStore } from './store/store.ts'

export interface MailboxOptions {
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs?: number
}

/** Between looks for an answer whose wake-up was lost, in milliseconds. */
const LOOK_MS = [5, 10, 20, 50, 100, 200]

/** An engine that posts commands and waits for the replies. */
export function mailboxEngine(
  store: ShardStore,
  { timeoutMs = 15_000 }: MailboxOptions = {},
): Engine {
  return {
    async ask<C extends Command>(command: C): Promise<Answer<C>> {
      const shard = shardOfCommand(command, store.shards)
      const askId = crypto.randomUUID()
      await store.post(shard, [stringifyJson({ askId, command } as unknown as Value)])

      const deadline = Date.now() + timeoutMs
      for (let look = 0; Date.now() < deadline; look++) {
        const body = await store.reply(shard, askId)
        if (body !== null) return open<C>(JSON.parse(body) as ReplyBody)
        await pause(LOOK_MS[Math.min(look, LOOK_MS.length - 1)]!)
      }
      throw new UnavailableError(
        `No worker answered within ${timeoutMs / 1000} s; the command stays in its mailbox`,
      )
    },
  }
}

/** The answer in a reply. @throws {RemoteError} If it is a refusal. */
export function open<C extends Command>(body: ReplyBody): Answer<C> {
  if (body.ok) return body.answer as Answer<C>
  throw new RemoteError(body.error)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
