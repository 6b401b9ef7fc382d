/**
 * @module
 * Processes that the bench starts and directories that it makes: neither outlives it, unless it is
 * killed with SIGKILL.
 */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

const running = new Set<ChildProcess>()

const directories = new Set<string>()

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const dir of directories) rmSync(dir, { recursive: true, force: true })
})

/** A new directory for as long as the bench runs. */
export async function temporaryDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mestral-bench-'))
  directories.add(dir)
  return dir
}

/** Ends in order on a signal, so that what was started ends as well. */
export function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1))
  }
}

export function spawnChild(
  file: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(file, args, options)
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

export interface Memory {
  readonly all: number
  /** Without mapped files. */
  readonly anonymous: number
}

/** Resident memory of a process in bytes, as Linux tells it; zeros elsewhere. */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const bytes = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return { all: bytes('VmRSS'), anonymous: bytes('RssAnon') }
}

/** Linux counts the time of processes in hundredths of a second. */
const TICKS_A_SECOND = 100

/** CPU time that a process has used, all of its threads, in seconds; zero where there is no Linux. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // What follows the name of the program, which may contain anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND
}
