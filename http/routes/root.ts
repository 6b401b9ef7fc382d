/**
 * @module
 * What the service is and whether it is well.
 */
import { Hono } from 'hono'
import type { EdgeDeps } from '../edge-deps.ts'
import { textFaultResponse } from '../faults.ts'
import { baseUrl } from '../request.ts'
import { json, resource } from '../resource.ts'

export function rootRoutes(deps: EdgeDeps): Hono {
  const app = new Hono()
  const { config, store, ready } = deps

  resource(app, deps, '/', {
    GET: (c) => {
      const links = [{ href: `${baseUrl(c, config)}/v2`, target: 'v2', rel: 'self' }]
      return json({ versions: [{ id: 'v2.0', status: 'CURRENT', links }] })
    },
  }, { open: true })

  resource(app, deps, '/v2', {
    GET: (c) => {
      const url = `${baseUrl(c, config)}/v2`
      return new URL(c.req.url).pathname.endsWith('/')
        ? json({ uri: url })
        : c.redirect(`${url}/`, 302)
    },
  }, { open: true })

  resource(app, deps, '/info', {
    GET: () => textFaultResponse({ status: 400, text: 'Info endpoint disabled.' }),
  }, { open: true })

  resource(app, deps, '/healthz', { GET: () => json({ status: 'ok' }) }, { open: true })

  resource(app, deps, '/readyz', {
    GET: async () => {
      try {
        await within(config.readyTimeoutMs, Promise.all([store.ping(), ready?.()]))
        return json({ status: 'ready' })
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        return json({ status: 'unavailable', reason }, 503)
      }
    },
  }, { open: true })

  return app
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in ${ms} ms`)), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
