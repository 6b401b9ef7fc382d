/**
 * @module
 * What goes to the thread of a script, and what comes back.
 */

/** What one script may take. */
export interface ScriptLimits {
  readonly timeoutMs: number
  readonly memoryBytes: number
  /** Characters of the result's JSON text. */
  readonly resultSize: number
}

/** A script to run, as it goes to the thread. */
export interface Job {
  /** Body of a function. */
  readonly script: string
  /** JSON text of what the script sees as `$`. */
  readonly context: string
  readonly limits: ScriptLimits
}

/** JSON text of what the script returned, or what went wrong, for whoever wrote it. */
export type Outcome = { readonly json: string } | { readonly error: string }

/** What is said of a script that was stopped. */
export function tookTooLong(timeoutMs: number): string {
  return `the script took longer than ${timeoutMs / 1000} seconds`
}
