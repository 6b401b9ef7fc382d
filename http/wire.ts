/**
 * @module
 * How values look on the wire.
 */
import { InvalidError } from '../actors/errors.ts'

/** The second that was formatted last: most timestamps of a busy moment are the same. */
let lastSecond = NaN
let lastText = ''

/** `YYYY-MM-DD HH:MM:SS` in UTC, or null. */
export function timestamp(ms: number | null): string | null {
  if (ms === null) return null
  const second = Math.floor(ms / 1000)
  if (second !== lastSecond) {
    const text = new Date(second * 1000).toISOString()
    lastText = `${text.slice(0, 10)} ${text.slice(11, 19)}`
    lastSecond = second
  }
  return lastText
}

const [SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [32, 34, 44, 58, 92]

/** JSON text inside an answer looks as Python writes it: a space after every comma and colon. */
export function spacedJson(text: string): string {
  let spaced = ''
  let done = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === QUOTE) quoted = !quoted
    else if (quoted) {
      if (char === BACKSLASH) i++
    } else if ((char === COMMA || char === COLON) && text.charCodeAt(i + 1) !== SPACE) {
      spaced += text.slice(done, i + 1) + ' '
      done = i + 1
    }
  }
  return done === 0 ? text : spaced + text.slice(done)
}

const TRUE = new Set(['true', '1', 'yes', 'on', 't', 'y'])
const FALSE = new Set(['false', '0', 'no', 'off', 'f', 'n', ''])

/** @throws {InvalidError} If the text is no truth value. */
export function parseBoolean(name: string, text: string): boolean {
  const lower = text.toLowerCase()
  if (TRUE.has(lower)) return true
  if (FALSE.has(lower)) return false
  throw new InvalidError(
    `Invalid input for field/attribute ${name}. Value: '${text}'. Expected true or false`,
  )
}

/** @throws {InvalidError} If the text is no integer. */
export function parseInteger(name: string, text: string): number {
  if (/^\s*[+-]?\d{1,15}\s*$/.test(text)) return Number(text)
  throw new InvalidError(
    `Invalid input for field/attribute ${name}. Value: '${text}'. unable to convert to int. ` +
      `Error: invalid literal for int() with base 10: '${text}'`,
  )
}

/** The text in which errors quote an id that should have been a UUID. */
export function notUuid(name: string, text: string): InvalidError {
  return new InvalidError(
    `Invalid input for field/attribute ${name}. Value: '${text}'. unable to convert to uuid. ` +
      `Error: Expected a uuid but received ${text}.`,
  )
}
