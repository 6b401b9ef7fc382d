/**
 * @module
 * HTML as text: tags taken out, entities read.
 */
import { charge } from '../values/effort.ts'
import { indexOf } from '../values/search.ts'
import { replaceEach, split } from '../values/strings.ts'
import { entityNames } from './html-entities.ts'

/** Without comments and tags, blanks run together, entities read. */
export function stripTags(text: string): string {
  charge(text.length >> 2)
  const bare = without(without(text, '<!--', '-->'), '<', '>')
  return unescapeHtml(split(bare, null).join(' '))
}

/** Removes what stands between two marks, as often as both are there. */
function without(text: string, open: string, close: string): string {
  let rest = text
  let kept = ''
  while (true) {
    const start = indexOf(rest, open)
    const end = start < 0 ? -1 : indexOf(rest, close, start)
    if (end < 0) return kept + rest
    charge(2)
    kept += rest.slice(0, start)
    rest = rest.slice(end + close.length)
  }
}

/** Windows characters that numeric entities still mean. */
const windows = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** Entities by name and number, also where the semicolon is missing as HTML allows. */
export function unescapeHtml(text: string): string {
  return replaceEach(
    text,
    /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g,
    20,
    ([whole, reference = '']) => {
      if (!reference.startsWith('#')) return named(reference) ?? whole
      const hex = /^#[xX]/.test(reference)
      const digits = reference.slice(hex ? 2 : 1).replace(';', '')
      return numbered(parseInt(digits, hex ? 16 : 10))
    },
  )
}

function numbered(code: number): string {
  if (code === 0x0d) return '\r'
  if (code >= 0x80 && code <= 0x9f) return windows.charAt(code - 0x80)
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return '\ufffd'
  const control = code < 0x20 && ![9, 10, 12].includes(code)
  const nonCharacter = code === 0x0b || (code >= 0x7f && code < 0xa0) ||
    (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe
  return control || nonCharacter ? '' : String.fromCodePoint(code)
}

function named(reference: string): string | undefined {
  if (reference.endsWith(';')) {
    const exact = entityNames.get(reference.slice(0, -1))
    if (exact !== undefined) return exact
  }
  for (let length = reference.length; length > 1; length--) {
    const name = reference.slice(0, length)
    const character = entityNames.get(`${name}|`)
    if (character !== undefined) return character + reference.slice(length)
  }
  return undefined
}
