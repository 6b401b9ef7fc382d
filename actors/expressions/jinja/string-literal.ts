/**
 * @module
 * What a quoted string of the template means.
 */
import { Fault } from '../fault.ts'
import { characterNamed } from '../values/character-names.ts'
import { ESCAPES } from '../values/escapes.ts'

const simple: Readonly<Record<string, string>> = { ...ESCAPES, '\n': '', "'": "'", '"': '"' }

const escape =
  /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{0,2})|u([0-9a-fA-F]{0,4})|U([0-9a-fA-F]{0,8})|(N)(?:\{([^}]*)\})?|([^]))/gu

/** The text between the quotes, with its escapes resolved as Python resolves them. */
export function unescapeString(body: string): string {
  return body.replace(escape, (
    whole: string,
    octal?: string,
    hex?: string,
    short?: string,
    long?: string,
    byName?: string,
    name?: string,
    other?: string,
  ) => {
    if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8))
    if (hex !== undefined) return fromHex(hex, 2, 'truncated \\xXX escape')
    if (short !== undefined) return fromHex(short, 4, 'truncated \\uXXXX escape')
    if (long !== undefined) return fromHex(long, 8, 'truncated \\UXXXXXXXX escape')
    if (byName !== undefined) return fromName(name)
    return simple[other as string] ?? (isAscii(other as string) ? whole : `\\${hexOf(whole)}`)
  })
}

function fromHex(digits: string, length: number, truncated: string): string {
  if (digits.length < length) throw new Fault('syntax', truncated)
  const point = parseInt(digits, 16)
  if (point > 0x10ffff) throw new Fault('syntax', 'illegal Unicode character')
  return String.fromCodePoint(point)
}

function fromName(name: string | undefined): string {
  if (!name) throw new Fault('syntax', 'malformed \\N character escape')
  const character = characterNamed(name)
  if (character === null) throw new Fault('syntax', 'unknown Unicode character name')
  return character
}

function isAscii(character: string): boolean {
  return (character.codePointAt(0) as number) < 0x80
}

/** A backslash before a letter beyond ASCII shows how the letter was encoded on the way. */
function hexOf(escaped: string): string {
  const point = escaped.codePointAt(1) as number
  const hex = point.toString(16)
  if (point < 0x100) return `x${hex.padStart(2, '0')}`
  return point < 0x10000 ? `u${hex.padStart(4, '0')}` : `U${hex.padStart(8, '0')}`
}
