/**
 * @module
 * Strings as sequences of code points, with Python's rules for white space, splitting and slicing
 * (`reference/expression-values.md` §4).
 */
import { Fault } from '../fault.ts'
import { charge } from './effort.ts'
import { indexOf, lastIndexOf, occurrences } from './search.ts'

const SURROGATE = /[\ud800-\udfff]/
/** The characters of white space. */
export const SPACES =
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000'
const SPACE_SET: ReadonlySet<string> = new Set(SPACES)
const CHARGE_EVERY = 1024
// deno-lint-ignore no-control-regex -- control characters are white space here
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g

/** Whether every code point is one UTF-16 unit, so that native offsets are right. */
export function isFlat(text: string): boolean {
  if (text.length > 256) charge(text.length >> 6)
  return !SURROGATE.test(text)
}

/** The characters of a string, one a code point. */
export function characters(text: string): string[] {
  charge(text.length)
  return isFlat(text) ? text.split('') : Array.from(text)
}

export function codePointLength(text: string): number {
  if (isFlat(text)) return text.length
  charge(text.length >> 4)
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** -1, 0 or 1, by code point. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  if (isFlat(left) && isFlat(right)) return left < right ? -1 : 1
  const [a, b] = [characters(left), characters(right)]
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0)
    if (order !== 0) return Math.sign(order)
  }
  return Math.sign(a.length - b.length)
}

export function isSpace(character: string): boolean {
  return SPACE_SET.has(character)
}

/** Resolves a Python slice bound against a length: negative counts from the end, clamped. */
export function clampIndex(index: number, length: number): number {
  return Math.max(0, Math.min(length, index < 0 ? index + length : index))
}

/** `items[start:stop:step]`; a bound of null is left out. */
export function slice<T>(
  items: readonly T[],
  start: number | null,
  stop: number | null,
  step = 1,
): T[] {
  if (step === 0) throw new Fault('value', 'slice step cannot be zero')
  const length = items.length
  if (step === 1) {
    return items.slice(clampIndex(start ?? 0, length), clampIndex(stop ?? length, length))
  }
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1]
  const bound = (index: number) => Math.max(low, Math.min(high, index < 0 ? index + length : index))
  const result: T[] = []
  const end = stop === null ? (step > 0 ? high : low) : bound(stop)
  const from = start === null ? (step > 0 ? low : high) : bound(start)
  for (let index = from; step > 0 ? index < end : index > end; index += step) {
    result.push(items[index] as T)
  }
  return result
}

/** `text[start:stop:step]`. */
export function sliceText(
  text: string,
  start: number | null,
  stop: number | null,
  step = 1,
): string {
  if (step === 1 && isFlat(text)) {
    const [from, to] = [start ?? 0, stop ?? text.length]
    return text.slice(clampIndex(from, text.length), clampIndex(to, text.length))
  }
  return slice(characters(text), start, stop, step).join('')
}

/** Removes characters of a set from the ends; null means white space. */
export function strip(text: string, chars: string | null, side: 'both' | 'left' | 'right'): string {
  charge((chars ?? '').length)
  const set = chars === null ? SPACE_SET : new Set(chars)
  const points = isFlat(text) ? text : characters(text)
  let [start, end] = [0, points.length]
  const isStripped = (index: number): boolean => {
    if (index % CHARGE_EVERY === 0) charge(CHARGE_EVERY >> 2)
    return set.has(points[index] ?? '')
  }
  if (side !== 'right') { while (start < end && isStripped(start)) start += 1 }
  if (side !== 'left') { while (end > start && isStripped(end - 1)) end -= 1 }
  return typeof points === 'string' ? points.slice(start, end) : points.slice(start, end).join('')
}

/** `text.split(separator, limit)`: null separates at runs of white space; a negative limit is none. */
export function split(text: string, separator: string | null, limit = -1): string[] {
  if (separator === null) return splitAtSpace(text, limit)
  if (separator === '') throw new Fault('value', 'empty separator')
  const parts: string[] = []
  let start = 0
  while (limit < 0 || parts.length < limit) {
    const end = indexOf(text, separator, start)
    if (end < 0) break
    charge(1)
    parts.push(text.slice(start, end))
    start = end + separator.length
  }
  parts.push(text.slice(start))
  return parts
}

function splitAtSpace(text: string, limit: number): string[] {
  charge(text.length >> 2)
  const parts: string[] = []
  let index = 0
  for (;;) {
    while (index < text.length && SPACE_SET.has(text.charAt(index))) index += 1
    if (index === text.length) return parts
    if (limit >= 0 && parts.length === limit) return [...parts, text.slice(index)]
    charge(1)
    const start = index
    while (index < text.length && !SPACE_SET.has(text.charAt(index))) index += 1
    parts.push(text.slice(start, index))
  }
}

/** As {@link split}, counting splits from the right. */
export function splitRight(text: string, separator: string | null, limit = -1): string[] {
  if (separator === null) return splitRightAtSpace(text, limit)
  if (separator === '') throw new Fault('value', 'empty separator')
  const parts: string[] = []
  // Found from the left they are others, as "aa" in "aaa".
  const found = Array.from(occurrences(text, separator))
  let end = text.length
  for (let at = found.pop(); at !== undefined && parts.length !== limit; at = found.pop()) {
    if (at + separator.length > end) continue
    parts.push(text.slice(at + separator.length, end))
    end = at
  }
  return [...parts, text.slice(0, end)].reverse()
}

function splitRightAtSpace(text: string, limit: number): string[] {
  charge(text.length >> 2)
  const parts: string[] = []
  let end = text.length
  for (;;) {
    while (end > 0 && SPACE_SET.has(text.charAt(end - 1))) end -= 1
    if (end === 0) break
    if (limit >= 0 && parts.length === limit) {
      parts.push(text.slice(0, end))
      break
    }
    const stop = end
    charge(1)
    while (end > 0 && !SPACE_SET.has(text.charAt(end - 1))) end -= 1
    parts.push(text.slice(end, stop))
  }
  return parts.reverse()
}

/** Lines without their ends, or with them. */
export function splitLines(text: string, keepEnds = false): string[] {
  charge(text.length >> 4)
  const lines: string[] = []
  let start = 0
  for (const match of text.matchAll(LINE_END)) {
    charge(2)
    const end = match.index + match[0].length
    lines.push(text.slice(start, keepEnds ? end : match.index))
    start = end
  }
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

/** `text.replace(old, new, limit)`; an empty `old` matches around every character. */
export function replace(text: string, old: string, replacement: string, limit = -1): string {
  if (limit === 0) return text
  if (old !== '') return split(text, old, limit).join(replacement)
  charge(2 * text.length)
  const parts = ['', ...characters(text), '']
  const gaps = limit < 0 ? parts.length - 1 : Math.min(limit, parts.length - 1)
  return parts.map((part, index) => (index < gaps ? part + replacement : part)).join('')
}

/**
 * `text.replace(pattern, replacement)`, which would look for every match before the first is charged.
 *
 * @param effort Steps that a match takes.
 */
export function replaceEach(
  text: string,
  pattern: RegExp,
  effort: number,
  replacement: (match: RegExpExecArray) => string,
): string {
  charge(text.length >> 5)
  if (text.search(pattern) < 0) return text
  let result = ''
  let end = 0
  for (const match of text.matchAll(pattern)) {
    charge(effort)
    result += text.slice(end, match.index) + replacement(match)
    end = match.index + match[0].length
  }
  return result + text.slice(end)
}

/** The first offset of `sub` within `[start, end)` as Python slices it, or -1. */
export function find(text: string, sub: string, start = 0, end: number | null = null): number {
  return search(text, sub, start, end, indexOf)
}

/** The last offset, otherwise as {@link find}. */
export function findLast(text: string, sub: string, start = 0, end: number | null = null): number {
  return search(text, sub, start, end, lastIndexOf)
}

function search(
  text: string,
  sub: string,
  start: number,
  end: number | null,
  locate: (within: string, what: string) => number,
): number {
  const length = codePointLength(text)
  const from = start < 0 ? Math.max(0, start + length) : start
  const to = clampIndex(end ?? length, length)
  if (from > to) return -1
  const within = sliceText(text, from, to)
  const index = locate(within, sub)
  if (index < 0) return -1
  return from + (isFlat(within) ? index : codePointLength(within.slice(0, index)))
}

/** How often `sub` occurs without overlap, counted as far as `most`. */
export function count(text: string, sub: string, most = Infinity): number {
  if (sub === '') return Math.min(most, codePointLength(text) + 1)
  let found = 0
  for (let at = indexOf(text, sub); at >= 0 && found < most; found++) {
    charge(1)
    at = indexOf(text, sub, at + sub.length)
  }
  return found
}
