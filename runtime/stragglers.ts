/**
 * @module
 * Actions that go on here after their shard was given up: what they come to is told by letter, and one
 * that its shard waits for no longer is stopped.
 */
import type { Message } from '../actors/turn.ts'
import { pause } from './clock.ts'
import type { Clock } from './clock.ts'
import { executorRow, executorsOf, writeLetter } from './elsewhere.ts'
import type { Executor } from './executor.ts'
import type { Log } from './log.ts'
import type { Row, ShardStore } from './store/store.ts'

export interface StragglersOptions {
  readonly store: ShardStore
  readonly shard: number
  readonly executor: Executor
  /** What others call the thread's executor. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
}

const POST_AGAIN_MS = 1_000
/** Between two looks whether they are still waited for. */
const LOOK_MS = 2_000

export class Stragglers {
  readonly #options: StragglersOptions
  #isLeft = false
  #posting: Promise<void> = Promise.resolve()
  #cancelLook = () => {}

  constructor(options: StragglersOptions) {
    this.#options = options
  }

  /** The shard is given up: what an action says is for whoever owns it. */
  get isLeft(): boolean {
    return this.#isLeft
  }

  /** Stops what may be run again by the next owner. @returns Rows that say where the others go on. */
  leave(): Row[] {
    this.#isLeft = true
    const { executor, name } = this.#options
    executor.stopSafe()
    return executor.kept().map((id) => ({ ...executorRow(id), body: name }))
  }

  /** An action has ended, or says something of itself. */
  hear(message: Message): void {
    // Who waited for what is not kept was answered when the shard was closed.
    if (message.type === 'action.ran' && !message.alone.save) return
    this.#posting = this.#posting.then(() => this.#post(letterOf(message)))
  }

  /** Tells the shard, whoever owns it. Not to be heard is to be taken for dead. */
  async #post(letter: string): Promise<void> {
    const { store, shard, clock, log } = this.#options
    for (;;) {
      try {
        return await store.post(shard, [letter])
      } catch (error) {
        log.warn({ shard, error }, 'What an action came to could not be told yet')
        await pause(clock, POST_AGAIN_MS)
      }
    }
  }

  /**
   * Stops what the shard waits for no longer, now and then: what is said to go on here and ended by
   * other means, was deleted, or was given up for lost.
   */
  async watch(): Promise<void> {
    const { store, shard, executor, name, clock, log } = this.#options
    const ids = executor.kept()
    if (ids.length === 0) return
    try {
      const executors = await executorsOf(store, shard, ids)
      for (const [i, id] of ids.entries()) if (executors[i] !== name) executor.stop(id)
    } catch (error) {
      log.warn({ shard, error }, 'Whether actions are still waited for could not be told yet')
    }
    if (executor.kept().length === 0) return
    this.#cancelLook = clock.after(LOOK_MS, () => void this.watch())
  }

  /** Resolves when no action runs here and what they came to is told. */
  async idle(): Promise<void> {
    await this.#options.executor.idle()
    this.#cancelLook()
    await this.#posting
  }
}

/** What cannot be written down is told as the error that it is. */
function letterOf(message: Message): string {
  try {
    return writeLetter({ message })
  } catch (error) {
    if (!('result' in message)) throw error
    const { message: why } = error as Error
    return writeLetter({
      message: {
        ...message,
        result: { error: `The result of the action cannot be written as JSON: ${why}` },
      } as Message,
    })
  }
}
