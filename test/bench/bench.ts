/**
 * @module
 * `npm run bench`: how fast a server is, and how fast it could be at most: each figure stands beside the
 * same bytes through the same store or HTTP client with no engine in between, measured in the same run.
 */
import process from 'node:process'
import { endOnSignals } from './children.ts'
import { describeLoad, describeMachine } from './machine.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { type Results, runSuite } from './suite.ts'
import { ratioOf, tableOf } from './table.ts'

const NOTES = `
noop      std.noop, which runs inside the turn.
awaits    an action that waits for one round of the event loop: its start and its result are two commits.
limit     of the store: the commits of the same load, recorded from the engine and committed again with
          none. Of HTTP: the same requests to a server that only answers. Median of as many runs.
ratio     how many times slower, or larger, than that limit. 1.0 x is the limit itself.
client    share of one core that this process used at most; near 100 % it is the client that is measured
          (in the lines of HTTP: that of the limit).
cpu       time that the server used for a step, on all cores together, + that of Redis. What others do on
          the machine changes it less than it changes the figures.
the end   is seen by looking at the newest executions every 2 % of the time gone by, 5 to 250 ms.
`

function show({ machine: [before, after], options, stores }: Results): string {
  const tables = stores.map(({ store, durability, rows, failures }) => {
    const failed = failures.map(({ workload, message }) => `FAILED ${workload}: ${message}\n`)
    return `\n${store} (${durability})\n\n${tableOf(rows)}\n${failed.join('')}`
  })
  const runs =
    `${options.repeats} runs of each, server on ${options.runtime}, from one client process`
  return [
    describeMachine(before),
    runs,
    ...tables,
    NOTES,
    `at the end: ${describeLoad(after)}`,
    '',
  ].join('\n')
}

function toJson({ stores, ...rest }: Results): string {
  const withRatios = stores.map(({ rows, ...store }) => ({
    ...store,
    rows: rows.map((row) => ({ ...row, ratio: ratioOf(row) })),
  }))
  return JSON.stringify({ ...rest, stores: withRatios }, null, 2) + '\n'
}

endOnSignals()
let options: Options
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
  process.exit(2)
}
const results = await runSuite(options, (text) => process.stderr.write(`${text}\n`))
process.stdout.write(options.json ? toJson(results) : show(results))
process.exit(results.stores.some(({ failures }) => failures.length > 0) ? 1 : 0)
