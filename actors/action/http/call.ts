/**
 * @module
 * Runs std.http: sends what the input asks for and returns the answer. Imported when first needed, so
 * that whoever only lists the actions loads no network code.
 */
import type { ActionContext, ActionInput, ActionResult } from '../action.ts'
import { ResponseTooLargeError } from './body.ts'
import { UrlNotAllowedError } from './egress.ts'
import { toRequest } from './input.ts'
import { toResult } from './output.ts'
import { type HttpResponse, send } from './send.ts'

/** @throws {Error} If there is no answer; an answer of any status is a result. */
export async function call(
  input: ActionInput,
  context: ActionContext,
  extraHeaders: ReadonlyMap<string, string> = new Map(),
): Promise<ActionResult> {
  const request = toRequest(input, context.settings.http.defaultTimeoutMs)
  for (const [name, value] of extraHeaders) request.headers.set(name, value)
  const { signal, settings } = context
  let response: HttpResponse
  try {
    response = await send(request, { settings: settings.http, signal })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UrlNotAllowedError || error instanceof ResponseTooLargeError) throw error
    throw new Error(`Failed to send HTTP request: ${textOf(error)}`, { cause: error })
  }
  return toResult(response)
}

/** Node wraps what went wrong with each address of a host in an error without a text. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(textOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}
