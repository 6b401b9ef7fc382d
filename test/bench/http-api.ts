import { Pool } from 'undici'

export interface Answer {
  readonly status: number
  /** Parsed JSON. */
  readonly body: unknown
}

/** Whatever answers requests of the API: a server, or a service in this process. */
export interface Api {
  /** A body that is a string goes as text, anything else as JSON. */
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>
}

export interface HttpApi extends Api {
  close(): Promise<void>
}

/** The API behind a URL, over connections that stay open, one request on each at a time. */
export function httpApi(url: string, connections: number): HttpApi {
  const pool = new Pool(url, { connections, pipelining: 1 })
  return {
    async call(method, path, body) {
      const isText = typeof body === 'string'
      const response = await pool.request({
        method,
        path,
        ...(body !== undefined && {
          headers: { 'content-type': isText ? 'text/plain' : 'application/json' },
          body: isText ? body : JSON.stringify(body),
        }),
      })
      return { status: response.statusCode, body: JSON.parse(await response.body.text()) }
    },
    close: () => pool.close(),
  }
}
