import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import process from 'node:process'

/** What figures depend on besides the code. */
export interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
  /** Processes that wanted to run, on average over 1, 5 and 15 minutes. */
  readonly load: readonly number[]
}

export function machineFacts(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    load: loadavg().map((load) => Math.round(load * 100) / 100),
  }
}

export function describeMachine({ cores, cpu, memoryGiB, platform, node, load }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, ${platform}, Node ${node}, ` +
    `load ${load.join(' ')}`
}
