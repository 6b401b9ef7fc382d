/**
 * @module
 * Another process that runs test files.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { SEED } from './seeded.ts'

export const PLATFORMS = ['node', 'deno'] as const
export type Platform = (typeof PLATFORMS)[number]

/** What became of a file. Failures are texts, each with its test on the first line. */
export interface FileResult {
  readonly passed: number
  readonly skipped: number
  readonly total: number
  readonly failures: readonly string[]
}

const isDeno = 'Deno' in globalThis
export const ROOT = fileURLToPath(new URL(isDeno ? '../' : '../../', import.meta.url))
const FILE_MS = 300_000
const SAID_LINES = 30

const plain = stripVTControlCharacters

/** How a platform runs a file of the tests: command and arguments. */
function commandOf(platform: Platform): [string, ...string[]] {
  if (platform === 'node') {
    return [isDeno ? 'node' : process.execPath, `${ROOT}dist/test/file-worker.js`]
  }
  const deno = isDeno ? process.execPath : `${ROOT}node_modules/.bin/deno`
  return [deno, 'run', '-A', `${ROOT}test/file-worker.ts`]
}

function pathOf(platform: Platform, file: string): string {
  return platform === 'deno'
    ? `${ROOT}test/${file}`
    : `${ROOT}dist/test/${file.replace(/\.ts$/, '.js')}`
}

/** A process that runs files one by one; another takes its place when it ends. */
export class Worker {
  readonly #child: ChildProcess
  readonly #platform: Platform
  #output = ''
  #warnings = ''
  #isEnding = false

  constructor(platform: Platform) {
    this.#platform = platform
    const [command, ...args] = commandOf(platform)
    this.#child = spawn(command, args, {
      env: { ...process.env, SEED: String(SEED) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const decoder = new TextDecoder()
    this.#child.stdout!.on('data', (chunk: Uint8Array) => this.#output += decoder.decode(chunk))
    this.#child.stderr!.on('data', (chunk: Uint8Array) => this.#warnings += decoder.decode(chunk))
  }

  /** Whether it can run another file. */
  get isAlive(): boolean {
    return !this.#isEnding && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Runs a file, named as in `test/`. @returns What became of it, and what it said by the way. */
  async run(file: string): Promise<{ result: FileResult; warnings: string }> {
    this.#output = ''
    this.#warnings = ''
    const child = this.#child
    const result = await new Promise<FileResult>((resolve) => {
      const died = (why: string) => {
        const said = plain(this.#output + this.#warnings).trimEnd().split('\n').slice(-SAID_LINES)
        settle({
          passed: 0,
          skipped: 0,
          total: 0,
          failures: [`  FAIL  the file itself\n    ${[why, ...said].join('\n    ')}`],
        })
      }
      const onClose = (code: number | null, signal: string | null) =>
        died(`its process ended with ${code ?? signal}`)
      const onError = (error: Error) => died(String(error))
      const deadline = setTimeout(() => {
        died(`it took more than ${FILE_MS / 1000} s`)
        void this.end()
      }, FILE_MS)
      const settle = (result: FileResult) => {
        clearTimeout(deadline)
        child.off('message', settle).off('close', onClose).off('error', onError)
        resolve({ ...result, failures: result.failures.map(plain) })
      }
      child.on('message', settle).on('close', onClose).on('error', onError)
      child.send(pathOf(this.#platform, file))
    })
    return { result, warnings: plain(this.#warnings) }
  }

  /** Ends the process, and what its tests have started. */
  async end(): Promise<void> {
    if (!this.isAlive) return
    this.#isEnding = true
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await exited
    clearTimeout(hard)
  }
}
