/**
 * @module
 * `mestral eval EXPR`: evaluates an expression over data, here and at once.
 */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { DataHost } from '../../actors/expressions/data-host.ts'
import { evaluate } from '../../actors/expressions/expressions.ts'
import { dumpJson, parseJson } from '../../actors/expressions/values/json.ts'

/**
 * Prints the value as JSON.
 *
 * @param file JSON that `$` and `_` stand for; an empty object if not given.
 */
export async function evalExpression(expression: string, file: string | undefined): Promise<void> {
  const data = file === undefined ? {} : parseJson(await readFile(file, 'utf8'))
  const source = {
    now: Date.now(),
    random: () => Math.random(),
    uuid: () => crypto.randomUUID(),
  }
  const value = evaluate(expression, { data, host: new DataHost(source, data) })
  process.stdout.write(`${dumpJson(value, { indent: 2 })}\n`)
}
