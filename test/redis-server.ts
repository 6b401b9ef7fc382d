/**
 * @module
 * A Redis of our own for tests: a real server on a free port, with its data in a temporary directory.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Kills the server as a crash would. */
  kill(): Promise<void>
  /** Starts it again, on the same port with the same data. */
  restart(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** What a durable Redis is configured with. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']

/**
 * Whether there is a `redis-server` to test with. If not, says so, and fails where that must not be: in
 * continuous integration.
 */
export function hasRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true
  const message = 'NO REDIS: redis-server is not installed, so its tests are NOT RUN'
  if (process.env.CI) throw new Error(message)
  console.error(`\n  ${message}\n`)
  return false
}

/** Starts a server. Resolves when it answers. */
export async function startRedis(options: readonly string[] = DURABLE): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'mestral-redis-'))
  const port = await freePort()
  let child = await start()

  async function start(): Promise<ChildProcess> {
    const args = ['--port', String(port), '--dir', dir, '--bind', '127.0.0.1', ...options]
    const server = spawn('redis-server', args, { stdio: 'ignore' })
    process.once('exit', () => server.kill('SIGKILL'))
    while (!await answers(port)) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
    }
    return server
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    async restart() {
      await kill()
      child = await start()
    },
    async stop() {
      await kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}

/** Whether the server answers a ping: not if it is not there, nor while it loads its data. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const reply = await replyOf(socket)
  socket.destroy()
  if (reply.startsWith('+PONG')) return true
  await new Promise((resolve) => setTimeout(resolve, 10))
  return false
}

function replyOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (data) => resolve(data.toString()))
    socket.once('error', () => resolve(''))
    socket.once('close', () => resolve(''))
  })
}
