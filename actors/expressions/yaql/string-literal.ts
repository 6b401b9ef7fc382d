/**
 * @module
 * The escapes of quoted strings.
 */
import { GrammarError } from '../errors.ts'
import { characterNamed } from '../values/character-names.ts'
import { ESCAPES } from '../values/escapes.ts'

const ESCAPE =
  /\\(?:U([0-9a-fA-F]{8})|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-7]{1,3})|N\{([^}]+)\}|([\\'"abfnrtv]))/g

/**
 * Decodes the inside of a quoted string; what is no escape keeps its backslash.
 *
 * @throws {GrammarError} If it names a character that is not known.
 */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    ESCAPE,
    (_whole, long?: string, short?: string, byte?: string, octal?: string, name?: string, one?) => {
      const hex = long ?? short ?? byte
      if (hex !== undefined) {
        const code = parseInt(hex, 16)
        if (code <= 0x10ffff) return String.fromCodePoint(code)
        throw new GrammarError('Lexical error: illegal Unicode character')
      }
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8))
      if (name !== undefined) {
        const character = characterNamed(name)
        if (character !== null) return character
        throw new GrammarError(`Lexical error: there is no character named '${name}'`)
      }
      const character = String(one)
      return ESCAPES[character] ?? character
    },
  )
}

/** A string as a literal that reads back as itself. */
export function quote(text: string): string {
  const body = text.replace(/[\\']/g, '\\$&').replace(
    // deno-lint-ignore no-control-regex -- control characters are what it looks for
    /[\u0000-\u001f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `'${body}'`
}
