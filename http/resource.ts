/**
 * @module
 * One address and its methods: what every request goes through before its handler, without a chain
 * of middleware.
 */
import type { Context, Hono } from 'hono'
import { type MaintenanceStatus, maintenanceStatus } from '../runtime/maintenance.ts'
import { anybody, type Caller, type EdgeDeps } from './edge-deps.ts'
import { faultOf, faultResponse, gateResponse, RequestError, textFaultResponse } from './faults.ts'

export type Handler = (c: Context, caller: Caller) => Response | Promise<Response>

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export type Methods = { readonly [M in Method]?: Handler }

export interface ResourceOptions {
  /** Answered without knowing who asks. */
  readonly open?: boolean
  /** In which statuses of maintenance a method that changes things is answered all the same. */
  readonly inMaintenance?: { readonly [M in Method]?: readonly MaintenanceStatus[] }
}

/** Declares the methods of an address. The others answer 405, OPTIONS answers 200. */
export function resource(
  app: Hono,
  deps: EdgeDeps,
  path: string,
  methods: Methods,
  options: ResourceOptions = {},
): void {
  const allow = Object.keys(methods).join(', ')
  const { identify } = deps
  app.all(path, async (c) => {
    const method = c.req.method
    const handler = methods[method as Method]
    if (!handler || !Object.hasOwn(methods, method)) {
      if (method === 'OPTIONS') return new Response(null, { status: 200, headers: { allow } })
      const text = `The method ${method} is not allowed for this resource.`
      return faultResponse({ status: 405, text }, { allow })
    }
    const refusal = refusedMedia(c.req.raw)
    if (refusal) return refusal
    try {
      const caller = identify && !options.open ? await identify(c.req.raw) : anybody
      if (method !== 'GET') {
        await refuseInMaintenance(deps, options.inMaintenance?.[method as Method])
      }
      return await handler(c, caller)
    } catch (error) {
      return failed(error, c, deps)
    }
  })
}

/** @throws {RequestError} 423 while maintenance lets nothing change, but in the statuses given. */
export async function refuseInMaintenance(
  { store }: EdgeDeps,
  allowed: readonly MaintenanceStatus[] = [],
): Promise<void> {
  const status = await maintenanceStatus(store)
  if (status === 'RUNNING' || allowed.includes(status)) return
  throw new RequestError(423, `Current Mistral state is ${status}. Method is not allowed`)
}

/** As {@link resource}'s handlers, but failures look as those of operations on texts do. */
export function textOperation(deps: EdgeDeps, handler: Handler): Handler {
  return async (c, caller) => {
    try {
      return await handler(c, caller)
    } catch (error) {
      report(error, c, deps)
      return textFaultResponse(faultOf(error))
    }
  }
}

/** Media types that no address takes or gives. */
export function refusedMedia({ headers }: Request): Response | null {
  const type = headers.get('content-type')
  if (type !== null && /^\s*(text\/xml|application\/xml|[^;]*\+xml)\s*(;|$)/i.test(type)) {
    return gateResponse({ status: 415, text: `Media type ${type} is not supported` })
  }
  const accept = headers.get('accept')
  if (accept && !/\*\/\*|application\/(json|\*)|text\/javascript/i.test(accept)) {
    return faultResponse({ status: 406, text: `Answers are application/json, not ${accept}` })
  }
  return null
}

function failed(error: unknown, c: Context, deps: EdgeDeps): Response {
  report(error, c, deps)
  const fault = faultOf(error)
  const isGate = error instanceof RequestError && (fault.status === 401 || fault.status === 423)
  return isGate ? gateResponse(fault) : faultResponse(fault)
}

function report(error: unknown, c: Context, { onError }: EdgeDeps): void {
  if (faultOf(error).status === 500) onError?.(error, c.req.raw)
}

/** The handler of a path that must name an object: the client left the name out. */
export function missingArgument(name: string): Handler {
  return () => faultResponse({ status: 400, text: `Missing argument: "${name}"` })
}

/** A JSON answer. */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json' },
  })
}

export function noContent(): Response {
  return new Response(null, { status: 204 })
}
