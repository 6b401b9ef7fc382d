/**
 * @module
 * Which version this is.
 */
import { existsSync, readFileSync } from 'node:fs'

/** The version that `package.json` names: two directories above the source, three above `dist/`. */
export function packageVersion(): string {
  const places = ['../../package.json', '../../../package.json']
  const urls = places.map((place) => new URL(place, import.meta.url))
  const text = readFileSync(urls.find((url) => existsSync(url))!, 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
