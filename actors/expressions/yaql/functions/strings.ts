/**
 * @module
 * Text (`reference/yaql.md` §9). Lengths and offsets count code points.
 */
import { Fault } from '../../fault.ts'
import { truthy } from '../../values/equality.ts'
import { type Datum, isInt, List } from '../../values/kinds.ts'
import { mapEntries } from '../../values/mapping.ts'
import {
  characters,
  codePointLength,
  count as countText,
  find,
  findLast,
  replace,
  sliceText,
  split,
  splitRight,
  strip,
} from '../../values/strings.ts'
import { str } from '../../values/text.ts'
import type { Context } from '../context.ts'
import { define, offset, word } from '../definition.ts'
import { type Collection, each } from '../types.ts'

export const strings = [
  define('len', 'E(string: str)', (_, string) => codePointLength(string)),
  define('toUpper', 'M(string: str)', (context, string) => context.text(string.toUpperCase())),
  define('toLower', 'M(string: str)', (context, string) => context.text(string.toLowerCase())),
  define(
    'split',
    'M(string: str, separator: str? = null, maxSplits: int = -1)',
    (context, string, separator, limit) =>
      new List(context.collect(split(string, separator, word(limit)))),
  ),
  define(
    'rightSplit',
    'M(string: str, separator: str? = null, maxSplits: int = -1)',
    (context, string, separator, limit) =>
      new List(context.collect(splitRight(string, separator, word(limit)))),
  ),
  define('join', 'M(sequence: iterable, separator: str)', join),
  define(
    'join',
    'M(separator: str, sequence: iterable)',
    (context, separator, sequence) => join(context, sequence, separator),
  ),
  define('str', 'F(value: any)', (context, value) => context.text(toText(value))),
  define(
    'trim',
    'M(string: str, chars: str? = null)',
    (_, string, chars) => strip(string, chars, 'both'),
  ),
  define(
    'trimLeft',
    'M(string: str, chars: str? = null)',
    (_, string, chars) => strip(string, chars, 'left'),
  ),
  define(
    'trimRight',
    'M(string: str, chars: str? = null)',
    (_, string, chars) => strip(string, chars, 'right'),
  ),
  define(
    'norm',
    'E(string: str?, chars: str? = null)',
    (_, string, chars) => string === null ? null : strip(string, chars, 'both') || null,
  ),
  define(
    'isEmpty',
    'E(string: str?, trim: bool = true, chars: str? = null)',
    (_, string, trim, chars) =>
      string === null || (trim ? strip(string, chars, 'both') : string) === '',
  ),
  define(
    'replace',
    'M(string: str, old: str, new: str, count: int = -1)',
    (context, string, old, replacement, count) =>
      replaceText(context, string, old, replacement, word(count)),
  ),
  define(
    'replace',
    'M(string: str, replacements: mapping, count: int = -1)',
    (context, string, replacements, count) => {
      let result = string
      for (const [old, replacement] of mapEntries(replacements)) {
        result = replaceText(context, result, toText(old), toText(replacement), word(count))
      }
      return result
    },
  ),
  define(
    'substring',
    'M(string: str, start: int, length: int = -1)',
    (_, string, start, length) => {
      const [from, count] = fromEnd(string, offset(start), offset(length))
      return sliceText(string, from, from + count)
    },
  ),
  define(
    'indexOf',
    'M(string: str, sub: str, start: int = 0)',
    (_, string, sub, start) => find(string, sub, offset(start)),
  ),
  define(
    'indexOf',
    'M(string: str, sub: str, start: int, length: int)',
    (_, string, sub, start, length) => {
      const [from, count] = fromEnd(string, offset(start), offset(length))
      return find(string, sub, from, from + count)
    },
  ),
  define(
    'lastIndexOf',
    'M(string: str, sub: str, start: int = 0)',
    (_, string, sub, start) => findLast(string, sub, offset(start)),
  ),
  define(
    'lastIndexOf',
    'M(string: str, sub: str, start: int, length: int)',
    (_, string, sub, start, length) => {
      const [from, count] = fromEnd(string, offset(start), offset(length))
      return findLast(string, sub, from, from + count)
    },
  ),
  define(
    'startsWith',
    'M(string: str, *prefixes: str)',
    (_, string, prefixes) => prefixes.some((prefix) => string.startsWith(prefix)),
  ),
  define(
    'endsWith',
    'M(string: str, *suffixes: str)',
    (_, string, suffixes) => suffixes.some((suffix) => string.endsWith(suffix)),
  ),
  define('toCharArray', 'M(string: str)', (context, string) => context.tuple(characters(string))),
  define('concat', 'F(*args: str)', (context, args) => context.text(args.join(''))),
  define(
    'characters',
    'F(digits: bool? = false, hexdigits: bool? = false, asciiLowercase: bool? = false, asciiUppercase: bool? = false, asciiLetters: bool? = false, letters: bool? = false, octdigits: bool? = false, punctuation: bool? = false, printable: bool? = false, lowercase: bool? = false, uppercase: bool? = false, whitespace: bool? = false)',
    (context, ...flags) => context.tuple(charactersOf(flags)),
  ),
  define('isString', 'F(arg: any)', (_, arg) => typeof arg === 'string'),
  define('hex', 'F(num: Number?)', (_, num) => {
    if (!isInt(num)) throw new Fault('type', 'hex() takes an integer')
    return num < 0 ? `-0x${(-BigInt(num)).toString(16)}` : `0x${num.toString(16)}`
  }),
]

/** YAQL's own text of null and booleans; everything else as Python prints it. */
export function toText(value: Datum): string {
  if (value === null || typeof value === 'boolean') return String(value)
  return str(value, 'tuple')
}

function join(context: Context, sequence: Collection, separator: string): string {
  const parts: string[] = []
  for (const item of each(sequence)) {
    const text = toText(item)
    context.run.meter.step()
    context.run.meter.bytes(text.length + separator.length)
    parts.push(text)
  }
  return parts.join(separator)
}

function replaceText(
  context: Context,
  text: string,
  old: string,
  replacement: string,
  limit: number,
): string {
  const { meter } = context.run
  const fitting = Math.ceil(meter.limits.bytes / Math.max(1, replacement.length)) + 1
  const times = countText(text, old, limit < 0 ? fitting : Math.min(limit, fitting))
  meter.bytes(times * replacement.length)
  return context.text(replace(text, old, replacement, limit))
}

/** A start counted from the end if negative, and the rest for a negative length. */
function fromEnd(text: string, start: number, length: number): [number, number] {
  const size = codePointLength(text)
  return [start < 0 ? start + size : start, length < 0 ? size : length]
}

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz'
/** Upstream gives characters in the order of a hash table. This is the one that was recorded. */
const DIGITS = '5602413879'
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
const WHITESPACE = ' \t\n\r\v\f'
const LETTERS = LOWERCASE + LOWERCASE.toUpperCase()

/** In the order of the flags of `characters()`; null for those that Python no longer has. */
const CHARACTER_SETS: readonly (string | null)[] = [
  DIGITS,
  `${DIGITS}abcdefABCDEF`,
  LOWERCASE,
  LOWERCASE.toUpperCase(),
  LETTERS,
  null,
  '01234567',
  PUNCTUATION,
  DIGITS + LETTERS + PUNCTUATION + WHITESPACE,
  null,
  null,
  WHITESPACE,
]

function charactersOf(flags: readonly Datum[]): string[] {
  const chosen = CHARACTER_SETS.filter((_, index) => truthy(flags[index]))
  if (chosen.includes(null)) {
    throw new Fault(
      'attribute',
      'characters() has no letters, lowercase or uppercase; use the ascii ones',
    )
  }
  return [...new Set(chosen.join(''))]
}
