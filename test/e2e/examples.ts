/**
 * @module
 * The example workflows of `test/examples/`, which the build leaves where they are.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = import.meta.url.endsWith('.ts') ? '../../' : '../../../'
const FOLDER = fileURLToPath(new URL(`${ROOT}test/examples/`, import.meta.url))

export function examplePath(file: string): string {
  return `${FOLDER}${file}`
}

export function readExample(file: string): string {
  return readFileSync(examplePath(file), 'utf8')
}

export function exampleFiles(): string[] {
  return readdirSync(FOLDER).filter((file) => file.endsWith('.yaml')).sort()
}
