/**
 * @module
 * An HTTP server that answers when the test says so.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export class Callee {
  /** What was asked for, in order: the paths. */
  readonly paths: string[] = []
  readonly #responses: ServerResponse[] = []
  readonly #server = createServer((request, response) => {
    this.paths.push(request.url!.slice(1))
    this.#responses.push(response)
  })

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  isAnswered(request: number): boolean {
    return this.#responses[request]!.writableEnded
  }

  answer(request: number, text: string): void {
    const response = this.#responses[request]!
    response.setHeader('content-type', 'text/plain')
    response.end(text)
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
