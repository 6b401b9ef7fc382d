/**
 * @module
 * Reaches actors whose shards live in another process: by their mailboxes, through the store.
 */
import { UnavailableError } from '../actors/errors.ts'
import { pause, systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Answer, Command, Engine } from './commands.ts'
import { writeLetter } from './elsewhere.ts'
import { RemoteError, shardOfCommand } from './messages.ts'
import type { ReplyBody } from './messages.ts'
import type { ShardStore } from './store/store.ts'

export interface MailboxOptions {
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs?: number
  readonly clock?: Clock
  /** Names a question; nobody else may ever choose the same. */
  readonly uuid?: () => string
}

/** Between looks for an answer whose wake-up was lost, in milliseconds. */
const LOOK_MS = [5, 10, 20, 50, 100, 200]

/** An engine that posts commands and waits for the replies. */
export function mailboxEngine(
  store: ShardStore,
  { timeoutMs = 15_000, clock = systemClock, uuid = () => crypto.randomUUID() }: MailboxOptions =
    {},
): Engine {
  return {
    async ask<C extends Command>(command: C): Promise<Answer<C>> {
      const shard = shardOfCommand(command, store.shards)
      const askId = uuid()
      await store.post(shard, [writeLetter({ askId, command })])

      const deadline = clock.now() + timeoutMs
      for (let look = 0; clock.now() < deadline; look++) {
        const body = await store.reply(shard, askId)
        if (body !== null) return open<C>(JSON.parse(body) as ReplyBody)
        await pause(clock, LOOK_MS[Math.min(look, LOOK_MS.length - 1)]!)
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
