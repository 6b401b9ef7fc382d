/**
 * @module
 * Cuts the text of a date into words, numbers and signs, as python-dateutil does: a dot may end a word,
 * separate numbers or begin a fraction, which only all of what it stands in can tell.
 */

const LETTER = /^\p{L}$/u
const DIGIT = /^\d$/
// deno-lint-ignore no-control-regex -- control characters are white space here
const SPACE = /^[\s\x1c-\x1f\x85]$/u

/** Blanks are tokens too, each one ` `. */
export function dateTokens(text: string): string[] {
  const characters = Array.from(text.replaceAll('\0', ''))
  const tokens: string[] = []
  for (let index = 0; index < characters.length;) {
    const length = tokenLength(characters, index)
    const token = characters.slice(index, index + length).join('')
    tokens.push(...SPACE.test(token) ? [' '] : partsOf(token))
    index += length
  }
  return tokens
}

/** How many characters belong together from an index on. */
function tokenLength(characters: readonly string[], start: number): number {
  const first = characters[start] ?? ''
  let inWord = LETTER.test(first)
  if (!inWord && !DIGIT.test(first)) return 1
  let dotted = false
  let index = start + 1
  for (; index < characters.length; index++) {
    const next = characters[index] ?? ''
    const afterDot = characters[index - 1] === '.'
    const same = inWord ? LETTER.test(next) : DIGIT.test(next)
    if (same) continue
    if (next === '.' || (next === ',' && !inWord && !dotted && index - start >= 2)) dotted = true
    else if (dotted && afterDot && (inWord ? DIGIT.test(next) : LETTER.test(next))) inWord = !inWord
    else break
  }
  return index - start
}

/** A number with one fraction stays whole; anything else with dots falls apart at them. */
function partsOf(token: string): string[] {
  if (!/[.,]/.test(token)) return [token]
  const dots = token.split('.').length - 1
  if (LETTER_INSIDE.test(token) || dots > 1 || /[.,]$/.test(token)) {
    return token.split(/([.,])/).filter((part) => part !== '')
  }
  return [dots === 0 ? token.replaceAll(',', '.') : token]
}

const LETTER_INSIDE = /\p{L}/u
