/**
 * @module
 * An HTTP server that does nothing: reads a request and answers as many bytes as it was started with.
 */
import { createServer } from 'node:http'
import process from 'node:process'

const [port, bytes] = process.argv.slice(2).map(Number)
const body = JSON.stringify({ state: 'SUCCESS', filler: 'x'.repeat(Math.max(0, bytes! - 32)) })

createServer((request, response) => {
  request.resume().on('end', () => {
    const status = request.method === 'POST' ? 201 : 200
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }).end(body)
  })
}).listen(port, '127.0.0.1')
