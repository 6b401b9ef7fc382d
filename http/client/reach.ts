/**
 * @module
 * The server that a command talks to.
 */
import process from 'node:process'
import { ApiClient } from './api-client.ts'

const SERVER = 'http://127.0.0.1:8989'

/** @param url Address of the server, with or without `/v2`; from the environment if not given. */
export function clientOf(url: string | undefined): ApiClient {
  const { MESTRAL_URL, OS_MISTRAL_URL } = process.env
  const server = url ?? MESTRAL_URL ?? OS_MISTRAL_URL ?? SERVER
  return new ApiClient({ fetch: reach }, server.replace(/\/(v2\/?)?$/, ''))
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (cause) {
    const { origin } = new URL(request.url)
    throw new Error(`No server answers at ${origin}: give its address, or set MESTRAL_URL`, {
      cause,
    })
  }
}
