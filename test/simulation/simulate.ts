/**
 * @module
 * `npm run simulate -- --seeds N --from S`, or `--seed S --trace`.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { simulate } from './simulation.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

if (values.seed !== undefined) {
  const { problems, trace, facts } = await simulate({
    seed: Number(values.seed),
    trace: values.trace,
  })
  for (const line of trace) console.log(line)
  console.log(JSON.stringify(facts))
  for (const problem of problems) console.log(`✘ ${problem}`)
  process.exit(problems.length > 0 ? 1 : 0)
}

const [from, count] = [Number(values.from), Number(values.seeds)]
const began = performance.now()
let bad = 0
const sums = { events: 0, commits: 0, takeovers: 0, heardFromAfar: 0, crashes: 0, simulatedMs: 0 }
for (let seed = from; seed < from + count; seed++) {
  const { problems, facts } = await simulate({ seed })
  for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += facts[key]
  if (problems.length === 0) continue
  bad++
  console.log(`seed ${seed}: ${problems.length} problems, the first: ${problems[0]}`)
}
const ms = performance.now() - began
console.log(
  `${count} seeds, ${bad} bad, ${(ms / count).toFixed(1)} ms a seed, ${JSON.stringify(sums)}`,
)
process.exit(bad > 0 ? 1 : 0)
