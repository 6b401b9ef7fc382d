/**
 * @module
 * A Redis of our own for tests: a real server on a free port, with its data in a temporary directory.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
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

export interface RedisCluster {
  readonly url: string
  readonly nodes: readonly RedisServer[]
  stop(): Promise<void>
}

export interface RedisSentinel {
  readonly url: string
  readonly sentinel: RedisServer
  readonly primary: RedisServer
  readonly replica: RedisServer
  stop(): Promise<void>
}

/** What a durable Redis is configured with. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']

/** What would outlive a test that failed. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL')
})

const RETRY_MS = 20
const DEADLINE_MS = 20_000

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
  const common = ['--port', String(port), '--dir', dir, '--bind', '127.0.0.1']
  return await supervise(dir, port, [...common, ...options])
}

/** Starts three nodes that share the slots. */
export async function startCluster(): Promise<RedisCluster> {
  const options = [...DURABLE, '--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis(options)))
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`)
  redisCli(['--cluster', 'create', ...hosts, '--cluster-yes'])
  for (const { port } of nodes) {
    await eventually(() => redisCli(['-p', String(port), 'cluster', 'info']).includes('state:ok'))
  }
  return {
    url: `redis+cluster://${hosts.join(',')}`,
    nodes,
    async stop() {
      for (const node of nodes) await node.stop()
    },
  }
}

/** Starts a primary, its replica, and a sentinel that watches both. */
export async function startSentinel(): Promise<RedisSentinel> {
  const primary = await startRedis()
  const follow = ['--replicaof', '127.0.0.1', String(primary.port)]
  const replica = await startRedis([...DURABLE, ...follow])
  await eventually(() =>
    redisCli(['-p', String(replica.port), 'info', 'replication']).includes('link_status:up')
  )
  const dir = await mkdtemp(join(tmpdir(), 'mestral-sentinel-'))
  const port = await freePort()
  const file = join(dir, 'sentinel.conf')
  await writeFile(
    file,
    `port ${port}\ndir ${dir}\nsentinel monitor main 127.0.0.1 ${primary.port} 1\n` +
      'sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 5000\n',
  )
  const sentinel = await supervise(dir, port, [file, '--sentinel'])
  await eventually(() =>
    redisCli(['-p', String(port), 'sentinel', 'replicas', 'main']).includes(String(replica.port))
  )
  return {
    url: `redis+sentinel://127.0.0.1:${port}/main`,
    sentinel,
    primary,
    replica,
    async stop() {
      for (const server of [sentinel, replica, primary]) await server.stop()
    },
  }
}

/** Runs `redis-cli`. @returns What it printed. */
export function redisCli(args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('redis-cli', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

async function supervise(
  dir: string,
  port: number,
  args: readonly string[],
): Promise<RedisServer> {
  let child = await start(port, args)
  const kill = async () => {
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
      child = await start(port, args)
    },
    async stop() {
      await kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function start(port: number, args: readonly string[]): Promise<ChildProcess> {
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  running.add(server)
  server.once('exit', () => running.delete(server))
  await eventually(async () => {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
    return await answers(port)
  })
  return server
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port')
  // A cluster's node has another port 10,000 above.
  return address.port < 50_000 ? address.port : await freePort()
}

/** Whether the server answers a ping: not if it is not there, nor while it loads its data. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const reply = await replyOf(socket)
  socket.destroy()
  return reply.startsWith('+PONG')
}

function replyOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (data) => resolve(data.toString()))
    socket.once('error', () => resolve(''))
    socket.once('close', () => resolve(''))
  })
}

async function eventually(probe: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!await probe()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${probe}`)
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
