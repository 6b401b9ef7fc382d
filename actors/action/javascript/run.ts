/**
 * @module
 * Runs std.javascript: a script with its context, as the operator's limits allow.
 */
import { availableParallelism } from 'node:os'
import { parseJson, stringifyJson } from '../../expressions/values/json.ts'
import { str } from '../../expressions/values/text.ts'
import type { ActionContext, ActionInput, ActionResult } from '../action.ts'
import { ScriptThreads } from './threads.ts'

const threads = new ScriptThreads(availableParallelism())

/** @throws {Error} If the script fails or goes beyond its limits. */
export async function runScript(
  input: ActionInput,
  { settings, signal }: ActionContext,
): Promise<ActionResult> {
  const limits = { ...settings.javascript, resultSize: settings.resultSize }
  const context = stringifyJson(input['context'] ?? null)
  try {
    const job = { script: scriptOf(input), context, limits }
    return { data: parseJson(await threads.run(job, signal)) }
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`JavaScriptAction failed: ${(error as Error).message}`, { cause: error })
  }
}

function scriptOf({ script = null }: ActionInput): string {
  if (typeof script !== 'string') {
    throw new TypeError(`the parameter 'script' must be text, not ${str(script)}`)
  }
  // Its text would end there.
  if (script.includes('\0')) throw new TypeError('the script must not contain a NUL; write \\0')
  return script
}
