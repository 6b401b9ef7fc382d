import type { Step } from './loads.ts'
import type { Options } from './options.ts'
import type { StoreUnderTest } from './stores.ts'

/** One figure, measured several times. */
export interface Row {
  readonly workload: string
  /** What its steps do, if that matters. */
  readonly step: Step | null
  readonly unit: string
  readonly better: 'more' | 'less'
  readonly values: readonly number[]
  /** The same without the engine, measured in the same run. */
  readonly limit: { readonly what: string; readonly values: readonly number[] } | null
  /** The largest share of one core that the client used. */
  readonly clientCpu: number | null
  /** CPU time of the server, and of the store's own process, per step in milliseconds. */
  readonly cpuMs?: { readonly server: number; readonly store: number }
}

/** What a workload is measured with. */
export interface Bench {
  readonly options: Options
  readonly store: StoreUnderTest
  /** Tells who waits what is being done. */
  say(text: string): void
}

export interface Workload {
  readonly name: string
  run(bench: Bench): Promise<Row[]>
}

/** Does something as often as is measured. */
export async function repeat<T>({ options }: Bench, once: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < options.repeats; i++) results.push(await once())
  return results
}
