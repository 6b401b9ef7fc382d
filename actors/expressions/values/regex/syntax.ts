/**
 * @module
 * The tree of a regular expression, and its characters' classes.
 */

/** Whether a code point belongs. */
export type Test = (code: number) => boolean

export type Assertion =
  | 'textStart'
  | 'textEnd'
  | 'lineStart'
  | 'lineEnd'
  /** The end, or before one final line feed. */
  | 'finalEnd'
  | 'boundary'
  | 'notBoundary'
  | 'asciiBoundary'
  | 'asciiNotBoundary'

export type Node =
  | { readonly type: 'literal'; readonly code: number }
  | { readonly type: 'set'; readonly test: Test }
  | { readonly type: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly type: 'choice'; readonly options: readonly Node[] }
  | {
    readonly type: 'repeat'
    readonly node: Node
    readonly min: number
    readonly max: number
    readonly mode: RepeatMode
  }
  | { readonly type: 'group'; readonly index: number; readonly node: Node }
  | { readonly type: 'atomic'; readonly node: Node }
  | {
    readonly type: 'look'
    readonly node: Node
    readonly behind: boolean
    readonly negative: boolean
  }
  | { readonly type: 'assert'; readonly assertion: Assertion }
  | { readonly type: 'reference'; readonly index: number; readonly ignoreCase: boolean }
  | {
    readonly type: 'condition'
    readonly index: number
    readonly yes: Node
    readonly no: Node
  }

export type RepeatMode = 'greedy' | 'lazy' | 'possessive'

/** A parsed pattern. */
export interface Pattern {
  readonly node: Node
  /** How many groups capture. */
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  readonly flags: Flags
  /** Whether what matches depends on what a group captured. */
  readonly refers: boolean
}

export interface Flags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
  readonly verbose: boolean
  readonly ascii: boolean
}

const WORD = /[\p{L}\p{N}_]/u
const DIGIT = /\p{Nd}/u
// deno-lint-ignore no-control-regex -- control characters are white space here
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

export const isAsciiWord: Test = (code) =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) ||
  code === 95
export const isWord: Test = (code) =>
  code < 128 ? isAsciiWord(code) : WORD.test(String.fromCodePoint(code))
export const isAsciiDigit: Test = (code) => code >= 48 && code <= 57
export const isDigit: Test = (code) =>
  code < 128 ? isAsciiDigit(code) : DIGIT.test(String.fromCodePoint(code))
export const isAsciiSpace: Test = (code) => code === 32 || (code >= 9 && code <= 13)
export const isSpaceCode: Test = (code) =>
  code < 128
    ? isAsciiSpace(code) || (code >= 28 && code <= 31)
    : SPACE.test(String.fromCodePoint(code))

/** Letters that match each other without regard to case, beyond what lower-casing says. */
const ALIKE: ReadonlyMap<number, number> = new Map(
  ['ſs', 'µμ', 'ςσ', 'ιι', 'ϐβ', 'ϑθ', 'ϕφ', 'ϖπ', 'ϰκ', 'ϱρ', 'ϵε', 'ẛṡ', 'ͅι', 'ιι']
    .map((pair) => [pair.codePointAt(0) ?? 0, pair.codePointAt(1) ?? 0]),
)

/** The one form of a letter under which its cases meet. */
export function foldCode(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code
  const lower = String.fromCodePoint(code).toLowerCase()
  const single = lower.codePointAt(0) ?? code
  const folded = lower.length === String.fromCodePoint(single).length ? single : code
  return ALIKE.get(folded) ?? folded
}

/** A class that also takes the other cases of its members. */
export function ignoringCase(test: Test): Test {
  return (code) => {
    if (test(code)) return true
    const text = String.fromCodePoint(code)
    return test(foldCode(code)) || singleCode(text.toUpperCase(), test) ||
      singleCode(text.toLowerCase(), test)
  }
}

function singleCode(text: string, test: Test): boolean {
  const code = text.codePointAt(0) ?? 0
  return text.length === (code > 0xffff ? 2 : 1) && test(code)
}
