/**
 * @module
 * How a string prints inside containers: Python's `repr` (`reference/expression-values.md` §3).
 */
import { charge } from './effort.ts'
import { replaceEach } from './strings.ts'

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const PLAIN = /^[^\\'\n\r\t\x00-\x1f\x7f-\uffff]*$/
/** All that may need an escape. */
const ESCAPED = /(?! )[\\'"\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/gu
const UNPRINTABLE = /^(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]$/u

/** A string in quotes, with what does not print escaped. */
export function reprString(text: string): string {
  charge(text.length >> 4)
  if (PLAIN.test(text)) return `'${text}'`
  charge(text.length >> 1)
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  return quote + replaceEach(text, ESCAPED, 4, ([character]) => escape(character, quote)) + quote
}

function escape(character: string, quote: string): string {
  if (character === quote || character === '\\') return `\\${character}`
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  if (!UNPRINTABLE.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
