/**
 * @module
 * A process's own source of cron ticks: ticks when the next trigger is due.
 */
import type { Clock } from '../clock.ts'
import type { CronReport } from './ticks.ts'

export interface CronSchedulerOptions {
  /** Fires what is due, for example {@link cronTick} with its dependencies. */
  tick(now: number): Promise<Pick<CronReport, 'nextDueAt'>>
  readonly clock: Clock
  /** Told of a tick that failed altogether; the next one comes in its time. */
  onError?(error: unknown): void
}

/** Triggers that another process has changed are seen after this long. */
const LONGEST_REST_MS = 1000
/** What is overdue and did not fire is the business of somebody else: no hurry. */
const SHORTEST_REST_MS = 50

/** Ticks from `start` to `stop`. */
export class CronScheduler {
  readonly #options: CronSchedulerOptions
  #running: Promise<void> | null = null
  #stopped = false
  #woken = false
  #endRest = () => {}

  constructor(options: CronSchedulerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Looks at once: a trigger was made or changed here. */
  wake(): void {
    this.#woken = true
    this.#endRest()
  }

  /** Resolves when the tick that is under way, if any, has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#endRest()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false
      const restMs = await this.#tick()
      if (!this.#woken && !this.#stopped) await this.#rest(restMs)
    }
  }

  /** @returns How long to rest. */
  async #tick(): Promise<number> {
    const { tick, clock, onError } = this.#options
    try {
      const { nextDueAt } = await tick(clock.now())
      if (nextDueAt === null) return LONGEST_REST_MS
      return Math.min(Math.max(nextDueAt - clock.now(), SHORTEST_REST_MS), LONGEST_REST_MS)
    } catch (error) {
      onError?.(error)
      return LONGEST_REST_MS
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve)
      this.#endRest = () => {
        cancel()
        resolve()
      }
    })
  }
}
