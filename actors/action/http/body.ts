/**
 * @module
 * Reads the body of an answer: whole, decompressed, and never larger than allowed.
 */
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { ActionSettings } from '../action.ts'
import type { HeaderMap } from './header-map.ts'

/** The answer is larger than the operator allows. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError'

  constructor(size: string, limit: number) {
    super(`HTTP response is too large (${size}, at most ${limit} bytes are allowed)`)
  }
}

/** @throws {ResponseTooLargeError} If it is larger than `maxResponseBytes`, packed or unpacked. */
export async function readBody(
  stream: Readable,
  headers: HeaderMap,
  { maxResponseBytes }: Pick<ActionSettings['http'], 'maxResponseBytes'>,
): Promise<Uint8Array> {
  const limit = maxResponseBytes || Infinity
  const declared = Number(headers.get('Content-Length'))
  if (declared > limit) throw new ResponseTooLargeError(`${declared} bytes`, limit)

  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > limit) throw new ResponseTooLargeError('it goes on and on', limit)
    chunks.push(chunk)
  }
  return unpack(Buffer.concat(chunks), headers.get('Content-Encoding'), limit)
}

const unpackers = new Map([
  ['gzip', promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)],
  ['x-gzip', promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)],
  ['deflate', promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)],
])

async function unpack(
  packed: Buffer,
  encoding: string | undefined,
  limit: number,
): Promise<Uint8Array> {
  const unpacker = unpackers.get(encoding?.trim().toLowerCase() ?? '')
  if (!unpacker || packed.length === 0) return packed
  try {
    return await unpacker(packed, Number.isFinite(limit) ? { maxOutputLength: limit } : {})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error
    throw new ResponseTooLargeError('when unpacked', limit)
  }
}

/**
 * The body as text: in the encoding that its type declares, or else UTF-8.
 *
 * @throws {TypeError} If it is no text in that encoding.
 */
export function bodyText(body: Uint8Array, headers: HeaderMap): string {
  const charset = charsetOf(headers.get('Content-Type') ?? '') ?? 'utf-8'
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body)
  } catch (cause) {
    throw new TypeError(`The body of the HTTP response is not text in ${charset}`, { cause })
  }
}

/** What Python's requests calls the encoding of an answer. */
export function encodingOf(headers: HeaderMap): string | null {
  const type = headers.get('Content-Type') ?? ''
  const charset = charsetOf(type)
  if (charset) return charset
  if (type.includes('text')) return 'ISO-8859-1'
  return type.includes('application/json') ? 'utf-8' : null
}

function charsetOf(type: string): string | undefined {
  return /;\s*charset\s*=\s*["']?([^"';\s]+)/i.exec(type)?.[1]
}
