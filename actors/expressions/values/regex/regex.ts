/**
 * @module
 * Regular expressions of Python's `re`, in Unicode (`reference/expression-values.md` §6).
 */
import { Fault } from '../../fault.ts'
import { charge } from '../effort.ts'
import { ESCAPES } from '../escapes.ts'
import { reprString } from '../repr-string.ts'
import { Matcher, Subject } from './match.ts'
import { parsePattern } from './parse.ts'
import { compileProgram, type Program } from './program.ts'
import type { Flags } from './syntax.ts'

const NO_FLAGS: Flags = {
  ignoreCase: false,
  multiLine: false,
  dotAll: false,
  verbose: false,
  ascii: false,
}
const CACHE_SIZE = 256
/** Instructions of a pattern that is kept. */
const CACHED_INSTRUCTIONS = 2000
const FLAG_TEXT: readonly [keyof Flags, string][] = [
  ['ignoreCase', 're.IGNORECASE'],
  ['multiLine', 're.MULTILINE'],
  ['dotAll', 're.DOTALL'],
  ['verbose', 're.VERBOSE'],
  ['ascii', 're.ASCII'],
]

/** Where a group matched; text null and offsets -1 if it took no part. */
export interface Capture {
  readonly text: string | null
  readonly start: number
  readonly end: number
}

/** A match: the whole of it first, then its groups. Offsets count code points. */
export interface Match {
  readonly captures: readonly [Capture, ...Capture[]]
}

const cache = new Map<string, Regex>()

/** A compiled pattern. Equal ones have the same key. */
export class Regex {
  readonly pattern: string
  readonly flags: Flags
  readonly key: string
  readonly #program: Program

  /** @throws {Fault} If the pattern is malformed. */
  constructor(pattern: string, flags: Partial<Flags> = {}) {
    charge(compileEffort(pattern))
    const parsed = parsePattern(pattern, { ...NO_FLAGS, ...flags })
    this.pattern = pattern
    this.flags = parsed.flags
    this.key = cacheKey(pattern, parsed.flags)
    this.#program = compileProgram(parsed)
  }

  /** As the constructor; patterns used lately are kept compiled. */
  static of(pattern: string, flags: Partial<Flags> = {}): Regex {
    const key = cacheKey(pattern, { ...NO_FLAGS, ...flags })
    const known = cache.get(key)
    if (known) {
      // As much as compiling it, so that no outcome hangs on what was evaluated before.
      charge(compileEffort(pattern))
      return known
    }
    const regex = new Regex(pattern, flags)
    if (regex.#program.code.length > CACHED_INSTRUCTIONS) return regex
    if (cache.size >= CACHE_SIZE) {
      const [oldest] = cache.keys()
      if (oldest !== undefined) cache.delete(oldest)
    }
    cache.set(key, regex)
    return regex
  }

  /** How many groups capture, without the whole match. */
  get groups(): number {
    return this.#program.groups
  }

  get names(): ReadonlyMap<string, number> {
    return this.#program.names
  }

  test(text: string): boolean {
    return new Matcher(this.#program, new Subject(text)).search(0)
  }

  search(text: string): Match | null {
    for (const match of this.matches(text)) return match
    return null
  }

  /** A match that begins where the text does. */
  matchStart(text: string): Match | null {
    const subject = new Subject(text)
    const matcher = new Matcher(this.#program, subject)
    return matcher.matchAt(0) ? matchOf(subject, matcher.slots, this.groups) : null
  }

  /** All matches that do not overlap; empty ones too, also right after another match. */
  *matches(text: string): Generator<Match, void> {
    const subject = new Subject(text)
    const matcher = new Matcher(this.#program, subject)
    let position = 0
    let emptyForbidden = false
    while (position <= subject.length && matcher.search(position, emptyForbidden)) {
      const match = matchOf(subject, matcher.slots, this.groups)
      const [{ start, end }] = match.captures
      charge(5 + 2 * this.groups)
      yield match
      emptyForbidden = start === end
      position = end
    }
  }

  /**
   * The pieces between matches, with what groups captured.
   *
   * @param limit The most splits; 0 is no limit.
   */
  split(text: string, limit = 0): (string | null)[] {
    const subject = new Subject(text)
    const pieces: (string | null)[] = []
    let last = 0
    let splits = 0
    if (limit >= 0) {
      for (const { captures: [whole, ...groups] } of this.matches(text)) {
        pieces.push(subject.slice(last, whole.start), ...groups.map((group) => group.text))
        last = whole.end
        splits += 1
        if (splits === limit) break
      }
    }
    pieces.push(subject.slice(last, subject.length))
    return pieces
  }

  /**
   * Replaces matches.
   *
   * @param limit The most replacements; 0 is no limit.
   */
  replace(text: string, replacement: (match: Match) => string, limit = 0): string {
    const subject = new Subject(text)
    let result = ''
    let last = 0
    let replaced = 0
    if (limit >= 0) {
      for (const match of this.matches(text)) {
        const [whole] = match.captures
        result += subject.slice(last, whole.start) + replacement(match)
        last = whole.end
        replaced += 1
        if (replaced === limit) break
      }
    }
    return result + subject.slice(last, subject.length)
  }

  /** `re.compile('a.c', re.IGNORECASE)`. */
  toString(): string {
    const flags = FLAG_TEXT.filter(([name]) => this.flags[name]).map(([, text]) => text)
    // Python shows no more of it.
    const quoted = reprString(this.pattern).slice(0, 200)
    return `re.compile(${[quoted, ...(flags.length > 0 ? [flags.join('|')] : [])].join(', ')})`
  }
}

function compileEffort(pattern: string): number {
  return 20 + 4 * pattern.length
}

function cacheKey(pattern: string, flags: Flags): string {
  const letters = FLAG_TEXT.map(([name]) => (flags[name] ? name.charAt(0) : '-')).join('')
  return `${letters}${pattern}`
}

function matchOf(subject: Subject, slots: readonly number[], groups: number): Match {
  const capture = (index: number): Capture => {
    const [start, end] = [slots[2 * index] ?? -1, slots[2 * index + 1] ?? -1]
    return end < 0 || start < 0
      ? { text: null, start: -1, end: -1 }
      : { text: subject.slice(start, end), start, end }
  }
  const rest = Array.from({ length: groups }, (_, index) => capture(index + 1))
  return { captures: [capture(0), ...rest] }
}

/**
 * A replacement template as Python reads it: `\1`, `\g<name>`, `\n`.
 *
 * @throws {Fault} If it refers to no group or has an unknown escape.
 */
export function compileTemplate(template: string, regex: Regex): (match: Match) => string {
  const parts: (string | number)[] = []
  const bad = (message: string): never => {
    throw new Fault('regex', message)
  }
  const group = (index: number): number =>
    index > regex.groups ? bad(`invalid group reference ${index}`) : index
  const pattern =
    /\\(?:g<([^>]*)>|g|0[0-7]{0,2}|([1-3][0-7]{2})|([4-7][0-7]{2})|([1-9][0-9]?)|([^]|$))|[^\\]+/g
  for (const match of template.matchAll(pattern)) {
    const [text, name, octal, tooBig, index, escaped] = match
    if (!text.startsWith('\\')) parts.push(text)
    else if (name !== undefined) parts.push(group(groupNamed(name, regex)))
    else if (text === '\\g') bad('missing <')
    else if (text.startsWith('\\0')) parts.push(String.fromCharCode(parseInt(text.slice(1), 8)))
    else if (octal !== undefined) parts.push(String.fromCharCode(parseInt(octal, 8)))
    else if (tooBig !== undefined) bad(`octal escape value \\${tooBig} outside of range 0-0o377`)
    else if (index !== undefined) parts.push(group(Number(index)))
    else if (escaped === '') bad('bad escape (end of pattern)')
    else parts.push(templateEscape(escaped ?? ''))
  }
  return ({ captures }) =>
    parts.map((part) => (typeof part === 'string' ? part : captures[part]?.text ?? '')).join('')
}

function templateEscape(character: string): string {
  const known = ESCAPES[character]
  if (known !== undefined) return known
  if (/[A-Za-z]/.test(character)) throw new Fault('regex', `bad escape \\${character}`)
  return `\\${character}`
}

function groupNamed(name: string, regex: Regex): number {
  if (/^\d+$/.test(name)) return Number(name)
  if (name === '') throw new Fault('regex', 'missing group name')
  const quoted = `'${name}'`
  const index = regex.names.get(name)
  if (index !== undefined) return index
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) {
    throw new Fault('regex', `bad character in group name ${quoted}`, { quoted })
  }
  throw new Fault('index', `unknown group name ${quoted}`, { quoted })
}

/** A pattern that matches just this text. */
export function escapePattern(text: string): string {
  charge(text.length >> 2)
  return text.replace(/[\t\n\v\f\r #$&()*+\-.?[\\\]^{|}~]/g, '\\$&')
}
