/**
 * @module
 * What tests against real processes share.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Looks again and again until there is something; no test waits longer than this many seconds. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  seconds = 30,
): Promise<T> {
  const giveUp = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (Date.now() > giveUp) throw new Error(`Waited ${seconds} s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A directory that is gone when the test is. */
export async function withDirectory<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'mestral-'))
  try {
    return await use(path)
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

/** Bodies of the API, which tests look into. */
// deno-lint-ignore no-explicit-any
export type Json = any

/** Calls a server's API. @throws {Error} If it refuses. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: string | object,
): Promise<Json> {
  const isText = typeof body === 'string'
  const response = await fetch(`${url}/v2${path}`, {
    method,
    ...(body !== undefined && {
      body: isText ? body : JSON.stringify(body),
      headers: { 'content-type': isText ? 'text/plain' : 'application/json' },
    }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}
