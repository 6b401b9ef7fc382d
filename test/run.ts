/**
 * @module
 * Runs the test files beside it: `run.ts [PATTERN]`, on Node (built) and on Deno (as it is).
 */
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parse } from 'uvu/parse'
import { run } from 'uvu/run'

const here = fileURLToPath(new URL('.', import.meta.url))
const wanted = process.argv[2] ?? ''
const { suites } = await parse(here, '\\.test\\.[jt]s$')
const chosen = suites.filter(({ name }) => name.includes(wanted))
if (chosen.length === 0) {
  process.stderr.write(`No test file matches '${wanted}'\n`)
  process.exit(1)
}
await run(chosen)
process.exit(process.exitCode ?? 0)
