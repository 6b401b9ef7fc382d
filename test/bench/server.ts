/**
 * @module
 * The server that is measured, in a process of its own.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../server-process.ts'
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
  /** Resident memory in bytes: all of it, and without mapped files. */
  memory(): Promise<{ readonly all: number; readonly anonymous: number }>
  stop(): Promise<void>
}

const READY_MS = 60_000
const STOP_MS = 20_000

/** Starts a server and waits until it is ready. */
export async function startMeasured(options: ServerOptions): Promise<MeasuredServer> {
  const port = await freePort()
  const [file, args] = commandOf(options)
  const begin = performance.now()
  const child = spawn(file, args, {
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

/** Resolves when a GET is answered with 200. */
export async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}`)
    const response = await fetch(url).catch(() => null)
    await response?.body?.cancel()
    if (response?.status === 200) return
    await sleep(5)
  }
  child.kill('SIGKILL')
  throw new Error('The server did not become ready')
}

/** Resident memory of a process, as Linux tells it; zeros elsewhere. */
export async function memoryOf(pid: number): Promise<{ all: number; anonymous: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const bytes = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return { all: bytes('VmRSS'), anonymous: bytes('RssAnon') }
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
