/**
 * @module
 * Runs scripts in threads of their own, which are terminated if nothing else stops them. Imported when
 * first needed, so that whoever only lists the actions needs no threads.
 */
import { Worker } from 'node:worker_threads'
import { type Job, type Outcome, tookTooLong } from './job.ts'

/** How long a script may go on after its machine should have stopped it. */
const GRACE_MS = 500

/** For the thread itself; the memory of scripts is not on V8's heap. */
const LIMITS = { maxOldGenerationSizeMb: 128, stackSizeMb: 4 }

/** Node runs what `tsc` made, Deno runs the source. */
const THREAD_URL = new URL(`./thread.${import.meta.url.slice(-2)}`, import.meta.url)

/** A few threads, started when there is work. One that is done waits for the next script. */
export class ScriptThreads {
  readonly #most: number
  #running = 0
  #idle: Thread | null = null
  readonly #waiting: (() => void)[] = []

  /** @param most Threads at once; further scripts wait. */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * Runs a script. Its time counts from when it has a thread.
   *
   * @returns JSON text of what it returned.
   * @throws {Error} If it fails or goes beyond its limits; or with the signal's reason.
   */
  async run(job: Job, signal: AbortSignal): Promise<string> {
    await this.#turn(signal)
    try {
      const outcome = await this.#runNow(job, signal)
      if ('error' in outcome) throw new Error(outcome.error)
      return outcome.json
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  /** Resolves when one more may run, and counts it. */
  async #turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#running < this.#most) break
      await new Promise<void>((resolve, reject) => {
        const next = () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        }
        const onAbort = () => {
          this.#waiting.splice(this.#waiting.indexOf(next), 1)
          reject(signal.reason)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        this.#waiting.push(next)
      })
    }
    this.#running++
  }

  async #runNow(job: Job, signal: AbortSignal): Promise<Outcome> {
    const idle = this.#idle
    this.#idle = null
    const thread = idle?.isAlive ? idle : await Thread.start()
    const outcome = await thread.run(job, signal)
    if (this.#idle) thread.stop()
    else this.#idle = thread
    return outcome
  }
}

/** Runs one script at a time, until one has to be stopped. */
class Thread {
  readonly #worker: Worker
  isAlive = true

  private constructor(worker: Worker) {
    this.#worker = worker
    // Nobody else listens to a thread that waits.
    worker.on('error', () => {})
    worker.on('exit', () => this.isAlive = false)
  }

  /** @throws {Error} If it cannot be started. */
  static async start(): Promise<Thread> {
    const worker = new Worker(THREAD_URL, { env: {}, name: 'script', resourceLimits: LIMITS })
    await answerOf(worker)
    return new Thread(worker)
  }

  stop(): void {
    void this.#worker.terminate()
  }

  /** @throws {Error} If the thread dies or is late, or the script is no longer wanted; it is stopped. */
  async run(job: Job, signal: AbortSignal): Promise<Outcome> {
    const worker = this.#worker
    const { timeoutMs } = job.limits
    const timeUp = new AbortController()
    const timer = setTimeout(
      () => timeUp.abort(new Error(tookTooLong(timeoutMs))),
      timeoutMs + GRACE_MS,
    )
    worker.ref()
    try {
      const answer = answerOf<Outcome>(worker, AbortSignal.any([signal, timeUp.signal]))
      worker.postMessage(job)
      return await answer
    } catch (error) {
      this.stop()
      throw error
    } finally {
      clearTimeout(timer)
      worker.unref()
    }
  }
}

/** The next message of a thread. @throws {Error} If it dies before; or with the signal's reason. */
function answerOf<T>(worker: Worker, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const listeners: Record<string, (value: T & Error) => void> = {
      message: (answer) => end(() => resolve(answer)),
      error: (error) => end(() => reject(error)),
      exit: () => end(() => reject(new Error('the thread of the script has ended'))),
    }
    const onAbort = () => end(() => reject(signal!.reason))
    for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener)
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()

    function end(settle: () => void) {
      for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
  })
}
