/**
 * @module
 * A real server in a process of its own, to be killed, frozen and started again.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const isDeno = 'Deno' in globalThis
const COMMAND = fileURLToPath(
  new URL(`../http/client/mestral.${isDeno ? 'ts' : 'js'}`, import.meta.url),
)

/** Arguments that run the `mestral` command on the platform of this test. */
export function mestral(...args: string[]): [file: string, args: string[]] {
  const before = isDeno ? ['run', '-A', COMMAND] : [COMMAND]
  return [process.execPath, [...before, ...args]]
}

export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** What it wrote to standard error. */
  readonly log: () => string
  /** Sends a signal and waits until the process is gone. @returns Its exit code, null if killed. */
  end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<number | null>
  /** Stops it where it stands (SIGSTOP), or lets it go on (SIGCONT). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a server and waits until it says that it is ready. @param env For example `MESTRAL_DATA`. */
export async function startServerProcess(env: Record<string, string>): Promise<ServerProcess> {
  const port = Number(env['MESTRAL_PORT'] ?? await freePort())
  const [file, args] = mestral('server')
  const child = spawn(file, args, {
    env: { ...process.env, MESTRAL_LOG: 'warn', ...env, MESTRAL_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr!.on('data', (chunk: Uint8Array) => log += new TextDecoder().decode(chunk))
  const url = `http://127.0.0.1:${port}`
  await ready(url, child, () => log)
  return {
    url,
    pid: child.pid!,
    log: () => log,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const exited = once(child, 'exit')
      // On Deno a child that is killed by its handle never tells its exit code.
      process.kill(child.pid!, signal)
      await exited
      return child.exitCode
    },
    signal: (signal) => void process.kill(child.pid!, signal),
  }
}

async function ready(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let look = 0; look < 1500; look++) {
    if (child.exitCode !== null) throw new Error(`The server ended: ${log()}`)
    try {
      const response = await fetch(`${url}/readyz`)
      await response.body?.cancel()
      if (response.status === 200) return
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  child.kill('SIGKILL')
  throw new Error(`The server did not become ready: ${log()}`)
}
