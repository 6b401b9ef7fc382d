import { parseArgs } from 'node:util'
import type { Runtime } from './server.ts'
import type { Fsync, StoreKind } from './stores.ts'

export interface Options {
  readonly stores: readonly StoreKind[]
  /** Names of workloads; all of them if empty. */
  readonly only: readonly string[]
  /** Smaller numbers, to see that it works. */
  readonly quick: boolean
  readonly json: boolean
  /** What the server runs on. */
  readonly runtime: Runtime
  /** When Redis writes its log to the disk. */
  readonly fsync: Fsync
  readonly repeats: number
  /** Where the server's CPU profiles go; null for none. */
  readonly profileDir: string | null
}

export const USAGE = `npm run bench -- [OPTIONS]
  --store embedded|redis|both   what the server keeps its executions in (both)
  --only NAME                   one workload; may be given several times
  --quick                       smaller numbers: a smoke run
  --repeat N                    runs of each workload (3)
  --fsync everysec|always       when Redis writes its log to the disk (everysec)
  --runtime node|deno           what the server runs on (what this runs on)
  --profile DIR                 keep CPU profiles of the server and show where its threads were
  --json                        results as JSON, for machines
`

/** @throws {TypeError} If an option is unknown or makes no sense. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string', default: 'both' },
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      runtime: { type: 'string', default: 'Deno' in globalThis ? 'deno' : 'node' },
      fsync: { type: 'string', default: 'everysec' },
      repeat: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const store = oneOf('--store', values.store, ['embedded', 'redis', 'both'])
  return {
    stores: store === 'both' ? ['embedded', 'redis'] : [store],
    only: values.only,
    quick: values.quick,
    json: values.json,
    runtime: oneOf('--runtime', values.runtime, ['node', 'deno']),
    fsync: oneOf('--fsync', values.fsync, ['everysec', 'always']),
    repeats: Math.max(1, Number(values.repeat ?? (values.quick ? 1 : 3)) || 1),
    profileDir: values.profile ?? null,
  }
}

function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text)
  if (found) return found
  throw new TypeError(`${option} takes ${words.join(', ')}, not '${text}'`)
}
