/**
 * @module
 * TCP connections of actions that do not speak HTTP, under the operator's egress policy.
 */
import { connect, type Socket } from 'node:net'
import { allowedHost, type EgressPolicy, type Resolve } from './http/egress.ts'

/** Where a connection goes. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/**
 * Reads `HOST`, `HOST:PORT`, `[IPV6]:PORT` or an IPv6 address.
 *
 * @throws {TypeError} If it is none of these.
 */
export function parseEndpoint(text: string, defaultPort: number): Endpoint {
  const [, bracketed, name, digits] =
    /^(?:\[([0-9a-f:.]+)\]|([\p{L}\p{N}_.][\p{L}\p{N}_.-]*))(?::(\d{1,5}))?$/iu.exec(text) ?? []
  const host = bracketed ?? name ?? (/^[0-9a-f]*:[0-9a-f:.]*$/i.test(text) ? text : undefined)
  const port = digits === undefined ? defaultPort : Number(digits)
  if (host !== undefined && port > 0 && port < 65_536) return { host, port }
  throw new TypeError(`'${text}' is no host; write HOST or HOST:PORT`)
}

export interface ConnectOptions {
  readonly policy: EgressPolicy
  /** Milliseconds until the connection must be there, the name's resolution included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Stands in for DNS in tests. */
  readonly resolve?: Resolve
}

/**
 * Connects to one of the addresses of a host that were checked, in their order. It is destroyed when
 * the signal is aborted.
 *
 * @throws {UrlNotAllowedError} If the policy forbids the host or one of its addresses.
 * @throws {Error} If none of the addresses answers in time; or with the signal's reason.
 */
export async function openSocket(endpoint: Endpoint, options: ConnectOptions): Promise<Socket> {
  const { policy, timeoutMs, signal, resolve } = options
  const { host, port } = endpoint
  const timeUp = new AbortController()
  const timer = setTimeout(() => {
    timeUp.abort(new Error(`${host}:${port} did not answer within ${timeoutMs / 1000} seconds`))
  }, timeoutMs)
  const either = AbortSignal.any([signal, timeUp.signal])
  try {
    let failure: unknown
    for (const { address } of await unlessAborted(allowedHost(host, policy, resolve), either)) {
      try {
        const socket = await connected(address, port, either)
        signal.addEventListener('abort', () => socket.destroy(), { once: true })
        return socket
      } catch (error) {
        either.throwIfAborted()
        failure = error
      }
    }
    throw failure
  } finally {
    clearTimeout(timer)
  }
}

function connected(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: address, port })
  const open = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
  return unlessAborted(open, signal).catch((error) => {
    socket.destroy()
    throw error
  })
}

/** A promise, or the signal's reason if it is aborted first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
