import { DuplicateKeyError, RevisionError, StaleOwnerError } from '../store.ts'
import type { Tree } from './tree.ts'

interface Write {
  /** Runs within the transaction: checks first, writes then. */
  readonly run: () => unknown
  readonly committed: (() => void) | undefined
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  outcome: Outcome | null
}

type Outcome = { readonly result: unknown } | { readonly refusal: Error }

/**
 * Puts the writes of this thread into transactions, in the order of calls. While one is on its way to
 * the disk the next is gathered, so the more there is to write, the more shares one flush.
 */
export class WriteQueue {
  readonly #tree: Tree
  #waiting: Write[] = []
  #flushing: Promise<void> | null = null

  constructor(tree: Tree) {
    this.#tree = tree
  }

  /**
   * Resolves when what `run` wrote is on the disk. A refusal by `run` is its caller's alone; any other
   * error undoes the transaction, and the writes of others are tried again without it.
   *
   * @param committed Called earlier: when others can see what was written.
   */
  add<T>(run: () => T, committed?: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        run,
        committed,
        resolve: resolve as (result: unknown) => void,
        reject,
        outcome: null,
      })
      // The tick is let run out, so that all it writes shares the first transaction.
      this.#flushing ??= Promise.resolve().then(() => this.#flush())
    })
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#flushing) await this.#flushing
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#write(batch)
    }
    this.#flushing = null
  }

  async #write(batch: readonly Write[]): Promise<void> {
    let current: Write | null = null
    try {
      // A child transaction, because only that can be undone.
      await this.#tree.childTransaction(() => {
        for (const write of batch) {
          current = write
          write.outcome = attempt(write.run)
        }
        current = null
      })
      for (const { outcome, committed } of batch) {
        if (committed && outcome && 'result' in outcome) committed()
      }
      await this.#tree.flushed
    } catch (error) {
      if (current === null) {
        for (const { reject } of batch) reject(error)
        return
      }
      const culprit: Write = current
      culprit.reject(error)
      const others = batch.filter((write) => write !== culprit)
      return others.length > 0 ? this.#write(others) : undefined
    }
    for (const { outcome, resolve, reject } of batch) {
      if (outcome && 'refusal' in outcome) reject(outcome.refusal)
      else resolve(outcome?.result)
    }
  }
}

function attempt(run: () => unknown): Outcome {
  try {
    return { result: run() }
  } catch (error) {
    if (isRefusal(error)) return { refusal: error }
    throw error
  }
}

/** Refusals come before anything is written. */
function isRefusal(error: unknown): error is Error {
  return error instanceof StaleOwnerError || error instanceof DuplicateKeyError ||
    error instanceof RevisionError
}
