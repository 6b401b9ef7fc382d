/**
 * @module
 * Sends one HTTP request under the operator's policy: each hop's address is checked and connected to
 * as checked, time and size are bounded.
 */
import { readFile } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { Agent, type Dispatcher, ProxyAgent, request as dispatch } from 'undici'
import type { ActionSettings } from '../action.ts'
import { unlessAborted } from '../connect.ts'
import { readBody } from './body.ts'
import { CookieJar } from './cookies.ts'
import {
  type Address,
  allowedAddresses,
  parseUrl,
  type Resolve,
  UrlNotAllowedError,
} from './egress.ts'
import { HeaderMap } from './header-map.ts'

export interface HttpRequest {
  readonly method: string
  readonly url: string
  /** As they are to be sent, except for cookies and authorization. */
  readonly headers: HeaderMap
  readonly body: string | null
  readonly cookies: ReadonlyMap<string, string>
  /** `user:password`, or null. */
  readonly auth: string | null
  /** Milliseconds to connect, and between any two signs of life afterwards; 0 for no limit. */
  readonly timeoutMs: number
  readonly followRedirects: boolean
  /** The proxy of a scheme, or of `all`. */
  readonly proxies: { readonly [scheme: string]: string }
  /** Whether to check certificates, or the path of a bundle of authorities to check them against. */
  readonly verify: boolean | string
}

/** An answer, without its body. */
export interface ResponseHead {
  readonly url: string
  readonly status: number
  readonly reason: string
  readonly headers: HeaderMap
}

export interface HttpResponse extends ResponseHead {
  /** Decompressed. */
  readonly body: Uint8Array
  /** Redirects that were followed to get here, first one first. */
  readonly history: readonly ResponseHead[]
  /** Milliseconds from sending the last request to the head of its answer. */
  readonly elapsedMs: number
}

export interface SendOptions {
  readonly settings: ActionSettings['http']
  readonly signal: AbortSignal
  /** Stands in for DNS in tests. */
  readonly resolve?: Resolve
}

const MAX_REDIRECTS = 30
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/**
 * Sends a request and reads the whole answer.
 *
 * @throws {UrlNotAllowedError} If the policy forbids where it goes, or where a redirect leads.
 * @throws {ResponseTooLargeError} If the answer is larger than the settings allow.
 * @throws {Error} If there is no answer.
 */
export async function send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  const history: ResponseHead[] = []
  const jar = new CookieJar()
  let next: Hop = firstHop(request, jar)
  for (;;) {
    const answer = await exchange(next, request, jar, options)
    const { head } = answer
    jar.take(next.url, head.headers)
    const location = REDIRECTS.has(head.status) ? head.headers.get('location') : undefined
    if (!request.followRedirects || location === undefined) return { ...answer, ...head, history }
    if (history.push(head) > MAX_REDIRECTS) throw new Error(`Exceeded ${MAX_REDIRECTS} redirects.`)
    next = redirected(next, head.status, parseUrl(location, next.url))
  }
}

/** One request of the chain. */
interface Hop {
  readonly method: string
  readonly url: URL
  readonly headers: HeaderMap
  readonly body: string | null
}

function firstHop(request: HttpRequest, jar: CookieJar): Hop {
  const url = parseUrl(request.url)
  const headers = new HeaderMap(request.headers)
  const auth = request.auth ?? userInfo(url)
  if (auth !== null) headers.set('Authorization', `Basic ${base64(auth)}`)
  url.username = url.password = ''
  for (const [name, value] of request.cookies) jar.put(url, name, value)
  return { method: request.method.toUpperCase(), url, headers, body: request.body }
}

/** What the next request is, by the custom of browsers and of Python's requests. */
function redirected(hop: Hop, status: number, url: URL): Hop {
  const headers = new HeaderMap(hop.headers)
  if (!sameOrigin(hop.url, url)) {
    headers.delete('Authorization')
    headers.delete('Cookie')
  }
  if (!url.hash) url.hash = hop.url.hash
  if (status === 307 || status === 308) return { ...hop, url, headers }

  const becomesGet = status === 301 ? hop.method === 'POST' : hop.method !== 'HEAD'
  for (const name of ['Content-Length', 'Content-Type', 'Transfer-Encoding']) headers.delete(name)
  return { method: becomesGet ? 'GET' : hop.method, url, headers, body: null }
}

/** Whether credentials may follow: to the same origin, or from http to https on the usual ports. */
function sameOrigin(from: URL, to: URL): boolean {
  const upgraded = from.protocol === 'http:' && to.protocol === 'https:' && !from.port && !to.port
  return from.hostname === to.hostname && (upgraded || from.origin === to.origin)
}

interface Exchange {
  readonly head: ResponseHead
  readonly body: Uint8Array
  readonly elapsedMs: number
}

async function exchange(
  hop: Hop,
  request: HttpRequest,
  jar: CookieJar,
  options: SendOptions,
): Promise<Exchange> {
  const { signal, settings } = options
  const { timeoutMs } = request
  const dispatcher = await dispatcherFor(hop.url, request, options)
  const headers = new HeaderMap(hop.headers)
  const cookies = jar.header(hop.url)
  if (cookies && !headers.has('Cookie')) headers.set('Cookie', cookies)
  const begin = performance.now()
  try {
    const response = await dispatch(hop.url, {
      method: hop.method as Dispatcher.HttpMethod,
      headers: headers.toObject(),
      body: hop.body,
      dispatcher,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      responseHeaders: 'raw',
    })
    const elapsedMs = performance.now() - begin
    const head: ResponseHead = {
      url: hop.url.href,
      status: response.statusCode,
      reason: response.statusText,
      headers: HeaderMap.raw(response.headers as unknown as string[]),
    }
    // An answer to HEAD declares the length of a body that it has not.
    const body = hop.method === 'HEAD'
      ? new Uint8Array()
      : await readBody(response.body, head.headers, settings)
    return { head, body, elapsedMs }
  } finally {
    // Whether or not all was read, nothing of this exchange is used again.
    await dispatcher.destroy()
  }
}

/** A dispatcher that connects to the checked addresses and no others. */
async function dispatcherFor(
  url: URL,
  { proxies, timeoutMs, verify }: HttpRequest,
  { settings, resolve, signal }: SendOptions,
): Promise<Agent | ProxyAgent> {
  const tls = url.protocol === 'https:' ? await tlsOptions(verify) : {}
  const limits = { timeout: timeoutMs }
  const proxy = proxies[url.protocol.slice(0, -1)] ?? proxies['all']
  const addresses = allowedAddresses(url, settings, resolve)
  if (proxy === undefined) {
    const lookup = pinned(await unlessAborted(addresses, signal))
    return new Agent({ connect: { ...limits, ...tls, lookup } })
  }
  // The proxy resolves the target, so a name that only it knows is no failure here.
  await unlessAborted(addresses.catch(ifForbidden), signal)
  const proxyUrl = parseUrl(proxy.includes('://') ? proxy : `http://${proxy}`)
  const proxyAddresses = await unlessAborted(allowedAddresses(proxyUrl, settings, resolve), signal)
  return new ProxyAgent({
    uri: proxyUrl.href,
    proxyTunnel: false,
    proxyTls: { ...limits, lookup: pinned(proxyAddresses) },
    requestTls: { ...limits, ...tls },
  })
}

function ifForbidden(error: unknown): void {
  if (error instanceof UrlNotAllowedError) throw error
}

async function tlsOptions(verify: boolean | string) {
  if (typeof verify === 'string') return { ca: await readFile(verify, 'utf8') }
  return { rejectUnauthorized: verify }
}

function pinned(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses
    if (all) callback(null, [...addresses])
    else if (first) callback(null, first.address, first.family)
  }
}

function userInfo({ username, password }: URL): string | null {
  if (!username && !password) return null
  return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
}

function base64(text: string): string {
  // deno-lint-ignore no-control-regex
  return Buffer.from(text, /^[\x00-\xff]*$/.test(text) ? 'latin1' : 'utf8').toString('base64')
}
