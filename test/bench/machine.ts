import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { percentile } from './statistics.ts'

/** What figures depend on besides the code. */
export interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
  /** Processes that wanted to run, on average over 1, 5 and 15 minutes. */
  readonly load: readonly number[]
  /** Milliseconds until 4 KiB are on the disk: half of the writes took no longer, and nine tenths. */
  readonly flushMs: readonly [median: number, high: number]
}

const FLUSHES = 100

export function machineFacts(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    load: loadavg().map((load) => Math.round(load * 100) / 100),
    flushMs: flushMs(),
  }
}

/** Where the stores are, too. */
function flushMs(): [number, number] {
  const dir = mkdtempSync(join(tmpdir(), 'mestral-bench-'))
  const file = openSync(join(dir, 'flush'), 'w')
  const times: number[] = []
  for (let i = 0; i < FLUSHES; i++) {
    const begin = performance.now()
    writeSync(file, new Uint8Array(4096))
    fdatasyncSync(file)
    times.push(performance.now() - begin)
  }
  closeSync(file)
  rmSync(dir, { recursive: true })
  return [percentile(times, 50), percentile(times, 90)]
}

export function describeMachine(machine: Machine): string {
  const { cores, cpu, memoryGiB, platform, node } = machine
  const facts = `${cores} cores (${cpu}), ${memoryGiB} GiB, ${platform}, Node ${node}`
  return `${facts}\n${describeLoad(machine)}`
}

export function describeLoad({ load, flushMs }: Machine): string {
  const [median, high] = flushMs.map((ms) => ms.toFixed(2))
  return `load ${load.join(' ')}; a flush of 4 KiB takes ${median} ms, a slow one ${high} ms`
}
