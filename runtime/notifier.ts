/**
 * @module
 * Delivers notices: signed, in order for each tree of executions, tried again, and given up in the end.
 */
import { createHmac } from 'node:crypto'
import type { ActionSettings } from '../actors/action/action.ts'
import type { Notice } from '../actors/notifications.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** Makes the request of a notice. @returns What went wrong, or null. */
export type Post = (notice: Notice, signal: AbortSignal) => Promise<string | null>

export interface NotifierOptions {
  readonly post: Post
  readonly log: Log
  readonly clock?: Clock
}

/** Between tries, in milliseconds; then the notice is given up. */
const BACK_OFF_MS = [1_000, 4_000, 15_000, 60_000]
const TIMEOUT_MS = 10_000

/** The notices of one shard that are on their way. */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #lines = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** Delivers a notice after those of the same tree before it; `done` when it need not be kept. */
  deliver(notice: Notice, done: () => void): void {
    const before = this.#lines.get(notice.rootId) ?? Promise.resolve()
    const line = before.then(() => this.#deliver(notice)).then((ended) => {
      if (this.#lines.get(notice.rootId) === line) this.#lines.delete(notice.rootId)
      if (ended) done()
    })
    this.#lines.set(notice.rootId, line)
  }

  /** What is not delivered stays in the store. */
  stop(): void {
    this.#stop.abort()
  }

  /** @returns False if it was stopped. */
  async #deliver(notice: Notice): Promise<boolean> {
    const { signal } = this.#stop
    for (const [tries, wait] of [...BACK_OFF_MS, null].entries()) {
      if (signal.aborted) return false
      const problem = await this.#options.post(notice, signal)
      if (problem === null) return true
      const facts = { event: notice.event, url: notice.url, tries: tries + 1, problem }
      if (wait === null) this.#options.log.warn(facts, 'A notification was given up')
      else await pause(this.#options.clock ?? systemClock, wait, signal)
    }
    return !signal.aborted
  }
}

/** Posts notices as signed webhooks. @param secret Signs the body; null for no signature. */
export function webhooks(settings: ActionSettings['http'], secret: string | null): Post {
  return async function post({ id, url, headers, body }, signal) {
    const text = JSON.stringify(body)
    try {
      const [{ send }, { HeaderMap }] = await Promise.all([
        import('../actors/action/http/send.ts'),
        import('../actors/action/http/header-map.ts'),
      ])
      const all = new HeaderMap()
      all.set('Content-Type', 'application/json')
      for (const [name, value] of Object.entries(headers)) all.set(name, value)
      all.set('X-Mestral-Notification-Id', id)
      if (secret !== null) all.set('X-Mestral-Signature', sign(text, secret))
      const { status } = await send({
        method: 'POST',
        url,
        headers: all,
        body: text,
        cookies: new Map(),
        auth: null,
        timeoutMs: TIMEOUT_MS,
        followRedirects: false,
        proxies: {},
        verify: true,
      }, { settings, signal })
      return status === 200 || status === 201 ? null : `status ${status}`
    } catch (error) {
      return (error as Error).message
    }
  }
}

/** `sha256=HEX`: HMAC-SHA-256 (RFC 2104) of the body as it is sent. */
function sign(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      // The signal outlives the pause by far.
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end)
  })
}
