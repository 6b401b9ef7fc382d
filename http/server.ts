/**
 * @module
 * Serves the app on a port, on Node and on Deno.
 */
import { createAdaptorServer } from '@hono/node-server'
import type { Server as NodeServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Servable } from './servable.ts'

export type { Servable } from './servable.ts'

export interface ServeOptions {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  /** Called first when the server closes: ends the answers that would go on by themselves. */
  readonly endStreams?: () => void | Promise<void>
  /** Milliseconds that requests in flight may take when the server closes; 10 s if not given. */
  readonly graceMs?: number
}

export interface RunningServer {
  /** Where it listens, for example `http://127.0.0.1:8989`. */
  readonly url: string
  /** Ends streams, takes no more requests, and resolves when those in flight are answered. */
  close(): Promise<void>
}

const GRACE_MS = 10_000

/** @throws {Error} If the address is taken or not this machine's. */
export function serve(app: Servable, options: ServeOptions): Promise<RunningServer> {
  const deno = (globalThis as { Deno?: DenoServing }).Deno
  return deno ? serveOnDeno(deno, app, options) : serveOnNode(app, options)
}

async function serveOnNode(app: Servable, options: ServeOptions): Promise<RunningServer> {
  const server = createAdaptorServer({ fetch: (request) => app.fetch(request) }) as NodeServer
  // Longer than proxies keep a connection, so that they never send into a closing one.
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  return {
    url: urlOf(options.host, port),
    close: once(async () => {
      await options.endStreams?.()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // Connections that finish their last request while closing would else be kept alive.
      const sweep = setInterval(() => server.closeIdleConnections(), 20)
      const giveUp = setTimeout(() => server.closeAllConnections(), options.graceMs ?? GRACE_MS)
      await closed
      clearInterval(sweep)
      clearTimeout(giveUp)
    }),
  }
}

/** As much of Deno as is used here. */
interface DenoServing {
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request) => Promise<Response>,
  ): { shutdown(): Promise<void>; readonly addr: { readonly port: number } }
}

// deno-lint-ignore require-await -- a taken address is a rejection, as on Node
async function serveOnDeno(
  deno: DenoServing,
  app: Servable,
  options: ServeOptions,
): Promise<RunningServer> {
  /** Answers that are still owed. */
  const owed = new Set<(response: Response) => void>()
  const server = deno.serve(
    { hostname: options.host, port: options.port, onListen: () => {} },
    (request) =>
      new Promise((resolve, reject) => {
        owed.add(resolve)
        Promise.resolve(app.fetch(request)).then(resolve, reject).finally(() =>
          owed.delete(resolve)
        )
      }),
  )
  return {
    url: urlOf(options.host, server.addr.port),
    close: once(async () => {
      await options.endStreams?.()
      const giveUp = setTimeout(() => {
        for (const answer of owed) answer(new Response(null, { status: 503 }))
      }, options.graceMs ?? GRACE_MS)
      await server.shutdown()
      clearTimeout(giveUp)
    }),
  }
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Closing twice is closing once. */
function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined
  return () => closing ??= close()
}
