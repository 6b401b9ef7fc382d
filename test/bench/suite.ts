import { type Machine, machineFacts } from './machine.ts'
import type { Options } from './options.ts'
import { expressions } from './expressions.ts'
import { growth } from './growth.ts'
import { otherWorkloads } from './other-workloads.ts'
import { stepWorkloads } from './step-workloads.ts'
import { type StoreKind, storeUnderTest } from './stores.ts'
import type { Row, Workload } from './workload.ts'

export const workloads: readonly Workload[] = [
  ...stepWorkloads,
  growth,
  ...otherWorkloads,
  expressions,
]

export interface StoreResults {
  readonly store: StoreKind
  /** What its settings mean for durability. */
  readonly durability: string
  readonly rows: readonly Row[]
  /** Workloads that could not be measured. */
  readonly failures: readonly { readonly workload: string; readonly message: string }[]
}

export interface Results {
  /** As it was before and after. */
  readonly machine: readonly [before: Machine, after: Machine]
  readonly options: Options
  readonly stores: readonly StoreResults[]
}

/** @throws {TypeError} If a workload is asked for that does not exist. */
export async function runSuite(options: Options, say: (text: string) => void): Promise<Results> {
  const chosen = chooseFrom(options.only)
  const before = machineFacts()
  const stores: StoreResults[] = []
  for (const kind of options.stores) {
    const store = await storeUnderTest(kind, options.fsync)
    try {
      const open = await store.open()
      const { durability } = open
      await open.close()
      const bench = { options, store, say: (text: string) => say(`${kind}: ${text}`) }
      const rows: Row[] = []
      const failures: StoreResults['failures'][number][] = []
      for (const workload of chosen) {
        try {
          rows.push(...await workload.run(bench))
        } catch (error) {
          const { message } = error as Error
          bench.say(`${workload.name} failed: ${message}`)
          failures.push({ workload: workload.name, message })
        }
      }
      stores.push({ store: kind, durability, rows, failures })
    } finally {
      await store.close()
    }
  }
  return { machine: [before, machineFacts()], options, stores }
}

function chooseFrom(names: readonly string[]): readonly Workload[] {
  const unknown = names.find((name) => !workloads.some((workload) => workload.name === name))
  if (unknown !== undefined) {
    const all = workloads.map(({ name }) => name).join(', ')
    throw new TypeError(`There is no workload '${unknown}'; there are ${all}`)
  }
  return names.length === 0 ? workloads : workloads.filter(({ name }) => names.includes(name))
}
