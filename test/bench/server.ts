/**
 * @module
 * The server that is measured, in a process of its own.
 */
import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { cpuSecondsOf, type Memory, memoryOf, spawnChild } from './children.ts'
import { ACTIONS_DIR, ROOT } from './paths.ts'

export type Runtime = 'node' | 'deno'

export interface ServerOptions {
  readonly runtime: Runtime
  /** Which store it uses. */
  readonly env: Readonly<Record<string, string>>
  /** Where its CPU profile goes when it stops; null for none. */
  readonly profileDir: string | null
}

export interface MeasuredServer {
  readonly url: string
  /** From the start of the process until it was ready, in seconds. */
  readonly readySeconds: number
  memory(): Promise<Memory>
  /** CPU time that it has used. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

const READY_MS = 60_000
const STOP_MS = 20_000

/** Starts a server and waits until it is ready. */
export async function startMeasured(options: ServerOptions): Promise<MeasuredServer> {
  const port = await freePort()
  const [file, args] = commandOf(options)
  const begin = performance.now()
  const child = spawnChild(file, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      MESTRAL_LOG: 'warn',
      MESTRAL_ACTIONS: ACTIONS_DIR,
      ...options.env,
      MESTRAL_HOST: '127.0.0.1',
      MESTRAL_PORT: String(port),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  await answers(`${url}/readyz`, child)
  return {
    url,
    readySeconds: (performance.now() - begin) / 1000,
    memory: () => memoryOf(child.pid!),
    cpuSeconds: () => cpuSecondsOf(child.pid!),
    stop: () => stop(child),
  }
}

function commandOf({ runtime, profileDir }: ServerOptions): [file: string, args: string[]] {
  if (runtime === 'deno') {
    return [denoBinary(), ['run', '-A', `${ROOT}http/client/mestral.ts`, 'server']]
  }
  if (profileDir) mkdirSync(profileDir, { recursive: true })
  const profile = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : []
  const node = 'Deno' in globalThis ? 'node' : process.execPath
  return [node, [...profile, `${ROOT}dist/http/client/mestral.js`, 'server']]
}

/** The program itself: what `npx deno` starts would hide its memory and its signals. */
function denoBinary(): string {
  const ask = ['deno', 'eval', '--no-lock', 'console.log(Deno.execPath())']
  const stdio = ['ignore', 'pipe', 'ignore'] as const
  return execFileSync('npx', ask, { cwd: ROOT, encoding: 'utf8', stdio: [...stdio] }).trim()
}

/** Resolves when a GET is answered with 200. @throws {Error} If that takes too long; says what it saw. */
export async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS
  let seen = 'nothing'
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}`)
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
      const text = await response.text()
      if (response.status === 200) return
      seen = `${response.status} ${text}`
    } catch (error) {
      seen = String((error as Error).cause ?? error)
    }
    await sleep(5)
  }
  child.kill('SIGKILL')
  throw new Error(`The server did not become ready in ${READY_MS / 1000} s; last seen: ${seen}`)
}

/** In order if it can, so that profiles are written. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(late)
}
