/**
 * @module
 * How properties are tested: from which seed, how long a counterexample is made smaller, and what is said
 * of it. In force once imported.
 */
import fc from 'fast-check'
import type { Plugin, PropertyFailure } from 'fast-check'
import { Assertion } from 'uvu/assert'
import { compare } from 'uvu/diff'
import { SEED } from './seeded.ts'

/** A smaller counterexample is worth this much, also where each try starts a service. */
const SHRINK_MS = 15_000

/**
 * How often a property of pure logic is tried: on Deno, where it is the same logic, less often than on
 * Node, which is for what the runtimes differ in.
 */
export function runs(count: number): number {
  return 'Deno' in globalThis ? Math.ceil(count / 5) : count
}

type Outcome = fc.PreconditionFailure | PropertyFailure | null

/**
 * Makes a counterexample smaller for so long at most, and says of the smallest what was wrong with it,
 * which fast-check leaves to the cause of its error, and uvu does not print.
 */
export function briefly(shrinkMs: number): Plugin<unknown> {
  return () => {
    let givesUpAt = Infinity
    const noted = (outcome: Outcome): Outcome => {
      const fails = outcome !== null && !fc.PreconditionFailure.isFailure(outcome)
      if (fails && givesUpAt === Infinity) givesUpAt = Date.now() + shrinkMs
      return outcome
    }
    return {
      // What is not tried any more passes, so that the counterexample remains what it is.
      decorateRun: (run) => (value) => {
        if (Date.now() > givesUpAt) return null as never
        const outcome = run(value) as Outcome | Promise<Outcome>
        return (outcome instanceof Promise ? outcome.then(noted) : noted(outcome)) as never
      },
      onAllRunsComplete(details) {
        if (!details.failed) return
        const { errorInstance: error } = details
        const failure = new Error('A property does not hold', { cause: error })
        // Afterwards, since its stack would say it all again.
        failure.message = `${differenceOf(error)}\n${fc.defaultReportMessage(details)}`
        throw failure
      },
    }
  }
}

/** What an assertion found different, or where another error came from. */
function differenceOf(error: unknown): string {
  if (!(error instanceof Assertion)) return error instanceof Error ? error.stack ?? '' : `${error}`
  const details = error.details ||
    (error.expects === undefined ? '' : compare(error.actual, error.expects))
  return `${error.message}\n${details}`
}

fc.configureGlobal({ seed: SEED })
fc.installGlobalPlugin(briefly(SHRINK_MS))
