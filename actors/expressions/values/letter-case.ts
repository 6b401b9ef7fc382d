/**
 * @module
 * Upper, lower and title case by Unicode's full mappings, where JavaScript has no function of its own.
 */
import { charge } from './effort.ts'
import { characters } from './strings.ts'

/** Letters whose title case is not their upper case, each followed by its title case. */
const titlePairs = `
ßSs Ǆǅ ǆǅ Ǉǈ ǉǈ Ǌǋ ǌǋ Ǳǲ ǳǲ ևԵւ ᾀᾈ ᾁᾉ ᾂᾊ ᾃᾋ ᾄᾌ ᾅᾍ ᾆᾎ ᾇᾏ ᾐᾘ ᾑᾙ ᾒᾚ ᾓᾛ ᾔᾜ ᾕᾝ ᾖᾞ ᾗᾟ ᾠᾨ ᾡᾩ ᾢᾪ ᾣᾫ ᾤᾬ
ᾥᾭ ᾦᾮ ᾧᾯ ᾲᾺͅ ᾳᾼ ᾴΆͅ ᾷᾼ͂ ῂῊͅ ῃῌ ῄΉͅ ῇῌ͂ ῲῺͅ ῳῼ ῴΏͅ ῷῼ͂ ﬀFf ﬁFi ﬂFl ﬃFfi ﬄFfl ﬅSt ﬆSt ﬓՄն ﬔՄե
ﬕՄի ﬖՎն ﬗՄխ`
/** Letters that are their own title case although they have another upper case. */
const titleThemselves =
  /^[\u10d0-\u10ff\u01c5\u01c8\u01cb\u01f2\u1f88-\u1f8f\u1f98-\u1f9f\u1fa8-\u1faf\u1fbc\u1fcc\u1ffc]$/

const titles: ReadonlyMap<string, string> = new Map(
  titlePairs.trim().split(/ |\n/).map((pair) => [pair.charAt(0), pair.slice(1)]),
)

const cased = /^\p{Cased}$/u
const upper = /^\p{Uppercase}$/u
const lower = /^\p{Lowercase}$/u

function titleOf(character: string): string {
  if (titleThemselves.test(character)) return character
  return titles.get(character) ?? character.toUpperCase()
}

/** Each character with its lower case as it is where it stands: a final sigma is its own letter. */
function lowered(text: string): [string, string][] {
  charge(3 * text.length)
  const whole = text.toLowerCase()
  let index = 0
  return characters(text).map((character) => {
    const { length } = character.toLowerCase()
    index += length
    return [character, whole.slice(index - length, index)]
  })
}

/** The first character in title case, the rest in lower case. */
export function capitalize(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0)
  return text && titleOf(first) + text.toLowerCase().slice(first.toLowerCase().length)
}

/** The first letter of every run of letters in title case, the rest in lower case. */
export function titleCase(text: string): string {
  let afterCased = false
  return lowered(text).map(([character, low]) => {
    const result = afterCased ? low : titleOf(character)
    afterCased = cased.test(character)
    return result
  }).join('')
}

/** Upper case for lower, and the other way round. */
export function swapCase(text: string): string {
  return lowered(text).map(([character, low]) => {
    if (upper.test(character)) return low
    return lower.test(character) ? character.toUpperCase() : character
  }).join('')
}

/** The form in which texts are compared that differ in case only. */
export function caseFold(text: string): string {
  charge(2 * text.length)
  return characters(text).map((character) => {
    if (character === 'ı') return character
    if (character === 'ẞ') return 'ss'
    // Cherokee folds to its older letters, which are the upper case.
    const upperCase = character.toUpperCase()
    return /[\u13a0-\u13fd\uab70-\uabbf]/.test(character) ? upperCase : upperCase.toLowerCase()
  }).join('')
}
