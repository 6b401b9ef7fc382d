/**
 * @module
 * How failures are answered: every body has a `faultstring`, which is what clients show.
 */
import { DomainError } from '../actors/errors.ts'

/** A failure of the request as such: media types, methods, bodies. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

export interface Fault {
  readonly status: number
  readonly text: string
}

/** What the caller may know of a failure: texts of unexpected ones stay inside. */
export function faultOf(error: unknown): Fault {
  if (error instanceof DomainError || error instanceof RequestError) {
    return { status: error.status, text: error.message }
  }
  return { status: 500, text: 'Internal server error' }
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** The answer of operations with JSON bodies, and of everything that reads or deletes. */
export function faultResponse(
  { status, text }: Fault,
  headers: Record<string, string> = {},
): Response {
  const faultcode = status < 500 ? 'Client' : 'Server'
  return new Response(JSON.stringify({ faultcode, faultstring: text, debuginfo: null }), {
    status,
    headers: { ...JSON_TYPE, ...headers },
  })
}

/** The answer of operations whose body is a definition's text. */
export function textFaultResponse({ status, text }: Fault): Response {
  return new Response(JSON.stringify({ faultstring: text }), { status, headers: JSON_TYPE })
}

/** The answer of a gatekeeper, which refuses before the operation is known. */
export function gateResponse(fault: Fault): Response {
  return faultResponse(fault, { 'Server-Error-Message': fault.text })
}
