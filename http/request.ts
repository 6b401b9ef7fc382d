/**
 * @module
 * What a request carries: its query, its body, and the address it came to.
 */
import type { Context } from 'hono'
import { InvalidError } from '../actors/errors.ts'
import { RequestError } from './faults.ts'
import type { EdgeConfig } from './edge-deps.ts'

/** Query parameters; of a repeated one the last counts. */
export type Query = ReadonlyMap<string, string>

const NO_QUERY: Query = new Map()

export function queryOf(c: Context): Query {
  const { url } = c.req
  const start = url.indexOf('?')
  if (start === -1) return NO_QUERY
  return new Map(new URLSearchParams(url.slice(start + 1)))
}

/** @throws {InvalidError} If the query has a parameter that the operation does not know. */
export function onlyKnown(query: Query, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw new InvalidError(`Unknown argument: "${name}"`)
  }
}

/** The first part of generated addresses, for example `http://localhost:8989`. */
export function baseUrl(c: Context, { trustProxy }: EdgeConfig): string {
  const { protocol, host } = new URL(c.req.url)
  if (!trustProxy) return `${protocol}//${host}`
  const forwarded = forwardedOf(c.req.header('forwarded'))
  const first = (name: string) => (c.req.header(name) ?? '').split(',')[0]!.trim() || undefined
  const scheme = first('x-forwarded-proto') ?? forwarded.get('proto') ?? protocol.slice(0, -1)
  const port = first('x-forwarded-port')
  const name = first('x-forwarded-host') ?? forwarded.get('host') ?? host
  const authority = port && !/:\d+$/.test(name) && !isDefaultPort(scheme, port)
    ? `${name}:${port}`
    : name
  const prefix = (first('x-forwarded-prefix') ?? '').replace(/\/+$/, '')
  return `${scheme}://${authority}${prefix}`
}

function isDefaultPort(scheme: string, port: string): boolean {
  return (scheme === 'https' && port === '443') || (scheme === 'http' && port === '80')
}

/** The first element of a `Forwarded` header (RFC 7239). */
function forwardedOf(header: string | undefined): Map<string, string> {
  const pairs = (header ?? '').split(',')[0]!.split(';').map((pair) => pair.trim().split('='))
  return new Map(
    pairs.filter((pair) => pair.length === 2).map(([key, value]) => [
      key!.toLowerCase(),
      value!.replace(/^"|"$/g, ''),
    ]),
  )
}

/**
 * The body as text.
 *
 * @throws {RequestError} 413 if it is longer than the limit, 400 if it is not UTF-8.
 */
export async function readText(c: Context, { maxBodyBytes }: EdgeConfig): Promise<string> {
  const { raw } = c.req
  const header = raw.headers.get('content-length')
  const declared = header === null ? null : Number(header)
  if (declared === 0) return ''
  if (declared !== null && declared > maxBodyBytes) throw tooLong(maxBodyBytes)
  // Asking Node for the body as a stream costs a whole Request: only where its length is unknown.
  const bytes = declared === null
    ? await readBounded(raw.body, maxBodyBytes)
    : await raw.arrayBuffer()
  if (bytes.byteLength > maxBodyBytes) throw tooLong(maxBodyBytes)
  try {
    return UTF_8.decode(bytes)
  } catch (cause) {
    throw new RequestError(400, 'The body is not UTF-8 text', { cause })
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/** A body of unknown length is read only as far as the limit. */
async function readBounded(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array> {
  if (stream === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.byteLength
    if (length > limit) throw tooLong(limit)
    chunks.push(chunk)
  }
  const all = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    all.set(chunk, offset)
    offset += chunk.byteLength
  }
  return all
}

function tooLong(limit: number): RequestError {
  return new RequestError(413, `The body is longer than ${limit} bytes`)
}
