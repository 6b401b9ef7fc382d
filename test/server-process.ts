/**
 * @module
 * A real server in a process of its own, to be killed, frozen and started again.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const isDeno = 'Deno' in globalThis
const COMMAND = fileURLToPath(
  new URL(`../http/client/mestral.${isDeno ? 'ts' : 'js'}`, import.meta.url),
)

/** What would outlive a test that failed. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL')
})

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

/**
 * Starts a server and waits until it serves.
 *
 * @param env For example `MESTRAL_DATA`; without `MESTRAL_PORT` the server takes a port that is free.
 */
export async function startServerProcess(env: Record<string, string>): Promise<ServerProcess> {
  const [file, args] = mestral('server')
  const child = spawn(file, args, {
    env: { ...process.env, MESTRAL_LOG: 'warn', MESTRAL_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let log = ''
  child.stderr!.on('data', (chunk: Uint8Array) => log += new TextDecoder().decode(chunk))
  const url = await addressOf(child, () => log)
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

/** What the server says when it serves: its address, alone on a line. */
function addressOf(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout!.on('data', (chunk: Uint8Array) => {
      said += new TextDecoder().decode(chunk)
      const end = said.indexOf('\n')
      if (end >= 0) resolve(said.slice(0, end))
    })
    child.once('exit', () => reject(new Error(`The server ended: ${log()}`)))
  })
}
