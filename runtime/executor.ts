/**
 * @module
 * Runs actions, outside of any turn. What they come to is handed back as a message.
 */
import type { ActionContext, ActionResult, ActionSettings } from '../actors/action/action.ts'
import { raised } from '../actors/action/registry.ts'
import type { ActionStart, Message } from '../actors/turn.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'

/** Where results go. */
export type Tell = (message: Message) => void

export interface ExecutorOptions {
  readonly settings: ActionSettings
  /** Root address of the API for callbacks, or null if unknown. */
  readonly apiUrl: string | null
  readonly clock?: Clock
}

/** A way to call an action off. Its signal is made when somebody looks at it: few actions do. */
class Cancel {
  /** Why it was called off; undefined while it was not. */
  reason: unknown = undefined
  #controller: AbortController | null = null

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.reason !== undefined) this.#controller.abort(this.reason)
    return this.#controller.signal
  }

  call(reason: unknown): void {
    this.reason = reason
    this.#controller?.abort(reason)
  }
}

interface Running {
  readonly cancel: Cancel
  /** It may be run again elsewhere. */
  readonly isSafe: boolean
  /** Somebody can still ask what it came to when whoever waited for it is gone. */
  readonly isKept: boolean
  readonly ended: Promise<void>
}

/** Runs the actions of a shard. */
export class Executor {
  readonly #options: ExecutorOptions
  readonly #clock: Clock
  readonly #running = new Map<string, Running>()

  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Starts an action and tells its result when it has one. */
  start(start: ActionStart, tell: Tell): void {
    const { row, action, alone } = start
    if (action.async && action.pure) return
    const cancel = new Cancel()
    const isSafe = row.safeRerun || (action.pure ?? false)
    const ended = this.#run(start, cancel).then((result) => {
      if (cancel.reason === STOPPED) return
      this.#running.delete(row.id)
      if (action.async && 'data' in result) return tell({ type: 'action.sent', actionId: row.id })
      if (alone) return tell({ type: 'action.ran', row, alone, result })
      const { id: actionId, executionId, taskId } = row
      tell({ type: 'action.result', actionId, executionId, taskId, result })
    })
    const isKept = alone?.save ?? true
    this.#running.set(row.id, { cancel, isSafe, isKept, ended })
  }

  /** Its result is no longer wanted. */
  stop(actionId: string): void {
    this.#running.get(actionId)?.cancel.call(STOPPED)
    this.#running.delete(actionId)
  }

  /** Stops those that may be run again elsewhere. */
  stopSafe(): void {
    for (const [id, { isSafe }] of [...this.#running]) if (isSafe) this.stop(id)
  }

  /** Those that run, and whose results are kept. */
  kept(): string[] {
    return [...this.#running].flatMap(([id, { isKept }]) => isKept ? [id] : [])
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  stopAll(): void {
    for (const id of [...this.#running.keys()]) this.stop(id)
  }

  async #run(start: ActionStart, cancel: Cancel): Promise<ActionResult> {
    const { row, action, input, timeoutMs, leftMs = timeoutMs } = start
    const context = this.#contextOf(start, cancel)
    try {
      if (timeoutMs === 0) return await action.run(input, context)
      if (leftMs <= 0) throw new TimeLimitError(timeoutMs)
      const time = { timeoutMs, leftMs }
      return await within(this.#clock, time, cancel, () => action.run(input, context))
    } catch (error) {
      return raised(action, row.id, error)
    }
  }

  #contextOf({ row }: ActionStart, cancel: Cancel): ActionContext {
    const { settings, apiUrl } = this.#options
    return {
      actionExecutionId: row.id,
      workflowExecutionId: row.executionId,
      taskExecutionId: row.taskId,
      workflowName: row.workflowName,
      callbackUrl: apiUrl === null ? null : `${apiUrl}/v2/action_executions/${row.id}`,
      get signal() {
        return cancel.signal
      },
      settings,
    }
  }
}

const STOPPED = Symbol('stopped')

/** The action did not end in the time that it had. */
class TimeLimitError extends Error {
  override readonly name = 'TimeoutError'

  constructor(timeoutMs: number) {
    super(`Timeout after ${timeoutMs / 1000} seconds`)
  }
}

/** What `run` gives, or an error once the time is up. */
async function within<T>(
  clock: Clock,
  { timeoutMs, leftMs }: { readonly timeoutMs: number; readonly leftMs: number },
  cancel: Cancel,
  run: () => Promise<T>,
): Promise<T> {
  let inTime = () => {}
  const timeUp = new Promise<never>((_, reject) => {
    inTime = clock.after(leftMs, () => {
      const error = new TimeLimitError(timeoutMs)
      reject(error)
      cancel.call(error)
    })
  })
  try {
    return await Promise.race([run(), timeUp])
  } finally {
    inTime()
  }
}
