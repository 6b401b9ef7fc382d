/**
 * @module
 * Lets pages of other origins use the API, where the operator names these origins.
 */
import type { MiddlewareHandler } from 'hono'

const METHODS = 'GET,PUT,POST,DELETE,PATCH'
const REQUEST_HEADERS = 'Content-Type,X-Auth-Token,X-Identity-Status,X-Roles,X-Service-Catalog,' +
  'X-User-Id,X-Tenant-Id,X-Project-Id,X-User-Name,X-Project-Name'
const EXPOSED_HEADERS = 'X-Auth-Token,X-Subject-Token,X-Service-Token,X-Project-Id,X-User-Name,' +
  'X-Project-Name'

/** @param origins Exact origins, or `*` for any. Others get normal answers without CORS headers. */
export function cors(origins: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header('origin')
    const isAllowed = origin !== undefined && (origins.includes(origin) || origins.includes('*'))
    const isPreflight = c.req.method === 'OPTIONS' &&
      c.req.header('access-control-request-method') !== undefined
    if (isPreflight) c.res = new Response(null, { status: 200 })
    else await next()
    if (!isAllowed) return
    c.header('Access-Control-Allow-Origin', origin)
    c.header('Access-Control-Allow-Credentials', 'true')
    c.header('Access-Control-Expose-Headers', EXPOSED_HEADERS)
    c.header('Vary', 'Origin', { append: true })
    if (!isPreflight) return
    c.header('Access-Control-Max-Age', '3600')
    c.header('Access-Control-Allow-Methods', METHODS)
    c.header('Access-Control-Allow-Headers', REQUEST_HEADERS)
  }
}
