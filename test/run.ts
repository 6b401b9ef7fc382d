/**
 * @module
 * Runs the test files beside it, several at once, and says at its end what failed:
 * `run.ts [PATTERN] [--on node,deno] [--jobs N]`. Node runs what is built, Deno the source.
 */
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { SEED } from './seeded.ts'
import { PLATFORMS, ROOT, Worker } from './worker.ts'
import type { Platform } from './worker.ts'

interface Job {
  readonly platform: Platform
  readonly file: string
}

const isDeno = 'Deno' in globalThis
/** A failure can be as long as a trace, and CI shows the end of the output only. */
const FAILURE_LINES = 40
const LINE_LENGTH = 400
/** What takes longest begins first. */
const LONG = ['simulation/', 'e2e/', 'chaos/', 'runtime/', '.property.', 'actors/action/']

/** Files by name, the long ones first. */
function filesWith(wanted: string): string[] {
  const rank = (name: string) => (LONG.findIndex((part) => name.includes(part)) + 99) % 99
  return readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.test.ts') && name.includes(wanted.replace(/\.js$/, '.ts')))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function shortened(text: string): string {
  const lines = text.trimEnd().split('\n')
  const left = lines.length - FAILURE_LINES
  return [
    ...lines.slice(0, FAILURE_LINES),
    ...(left > 0 ? [`    … and ${left} more lines, see above`] : []),
  ].map((line) => line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line).join('\n')
}

/** Ends with an end of line, if there is anything. */
function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** The test and the first line of what is wrong with it. */
function headline(text: string): string {
  const [test = '', ...rest] = text.split('\n').map((line) => line.trim())
  return `${test}: ${rest.find((line) => line !== '') ?? ''}`.slice(0, LINE_LENGTH)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { on: { type: 'string' }, jobs: { type: 'string' } },
})
const named = (values.on ?? (isDeno ? 'deno' : 'node')).split(',')
const platforms = PLATFORMS.filter((platform) => named.includes(platform))
const jobs = Number(values.jobs ?? Math.max(2, availableParallelism()))
if (platforms.length < named.length || !(Number.isInteger(jobs) && jobs > 0)) {
  process.stderr.write(
    '--on takes node, deno or both with a comma; --jobs a whole number above 0\n',
  )
  process.exit(1)
}
const wanted = positionals[0] ?? ''
const files = filesWith(wanted)
if (files.length === 0) {
  process.stderr.write(`No test file matches '${wanted}'\n`)
  process.exit(1)
}

const startedAt = performance.now()
const queue = files.flatMap((file) => platforms.map((platform): Job => ({ platform, file })))
const seconds = (from: number) => `${((performance.now() - from) / 1000).toFixed(1)} s`
const failed: { job: Job; failures: readonly string[] }[] = []
const sums = { passed: 0, skipped: 0, total: 0 }

/** Runs what is in the queue until it is empty. */
async function drain(): Promise<void> {
  const workers = new Map<Platform, Worker>()
  for (let job = queue.shift(); job; job = queue.shift()) {
    let worker = workers.get(job.platform)
    if (!worker?.isAlive) workers.set(job.platform, worker = new Worker(job.platform))
    const began = performance.now()
    const { result, warnings } = await worker.run(job.file)
    for (const key of ['passed', 'skipped', 'total'] as const) sums[key] += result[key]
    const { passed, total, failures } = result
    if (failures.length > 0) failed.push({ job, failures })
    process.stdout.write(
      `${failures.length > 0 ? '✘' : '•'} ${job.platform} ${job.file} ` +
        `(${passed} / ${total}) ${seconds(began)}\n${[warnings, ...failures].map(ended).join('')}`,
    )
  }
  for (const worker of workers.values()) await worker.end()
}

await Promise.all(Array.from({ length: jobs }, drain))

const texts = failed.flatMap(({ job: { platform, file }, failures }) =>
  failures.map((text) => ({ place: `✘ ${platform} ${file}`, text }))
)
if (texts.length > 0) {
  process.stdout.write('\nWhat failed\n')
  for (const { place, text } of texts) {
    process.stdout.write(`\n${place}\n${shortened(text)}\n`)
  }
}
const { passed, skipped, total } = sums
process.stdout.write(
  `\n${files.length} files on ${platforms.join(' and ')} with SEED=${SEED}: ` +
    `${passed} of ${total} tests passed, ${skipped} skipped, in ${seconds(startedAt)}\n`,
)
for (const { place, text } of texts) {
  process.stdout.write(`${place} ${headline(text)}\n`)
}
process.exit(texts.length > 0 ? 1 : 0)
