/**
 * @module
 * Runs test files in a process of its own, one after the other, as a `Worker` tells it to.
 */
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type { FileResult } from './worker.ts'

type Suite = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>

/** What uvu's own runner keeps in global variables. */
const uvu = globalThis as unknown as { UVU_DEFER: 1; UVU_INDEX: 0; UVU_QUEUE: Suite[][] }

async function runFile(file: string): Promise<FileResult> {
  const result = { passed: 0, skipped: 0, total: 0, failures: [] as string[] }
  uvu.UVU_QUEUE = [[]]
  try {
    await import(pathToFileURL(file).href)
    for (const suite of uvu.UVU_QUEUE[0]!) {
      const [errors, passed, skipped, total] = await suite()
      result.passed += passed
      result.skipped += skipped
      result.total += total
      if (errors !== true) result.failures.push(...errors.split(/\n(?= {2} FAIL )/))
      // An error in a hook of a suite ends it, and uvu says nothing of it.
      else if (passed < total) {
        result.failures.push(
          `  FAIL  a hook\n    It threw, and ${total - passed} of ${total} tests did not run`,
        )
      }
    }
  } catch (error) {
    result.failures.push(
      `  FAIL  the file itself\n    ${error instanceof Error ? error.stack : error}`,
    )
  }
  return result
}

uvu.UVU_DEFER = 1
uvu.UVU_INDEX = 0
uvu.UVU_QUEUE = [[]]
await import('uvu')
await import('./properties.ts')

process.on('message', (file: string) => {
  runFile(file).then((result) => process.send!(result))
})
// Whoever gave the work is gone. What tests have started ends with the process.
process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit(1))
