/**
 * @module
 * The methods of strings (`reference/jinja.md` §4.5).
 */
import { Fault } from '../../fault.ts'
import { Bytes, type Datum, isSequence, itemsOf, List, Tuple } from '../../values/kinds.ts'
import { mapEntries, mapGet } from '../../values/mapping.ts'
import * as letterCase from '../../values/letter-case.ts'
import { charge } from '../../values/effort.ts'
import { indexOf, lastIndexOf } from '../../values/search.ts'
import * as strings from '../../values/strings.ts'
import { type Routine, routine } from '../callable.ts'
import { asText, escapeHtml, Markup } from '../markup.ts'
import { toItems } from '../operators.ts'
import {
  asIndex,
  dict,
  isDict,
  iterable,
  iterate,
  str,
  toCount,
  toIndex,
  toText,
  typeName,
} from '../protocol.ts'
import { Range } from '../range.ts'
import type { Run } from '../run.ts'

type Method = Routine<[string]>

const method = (parameters: string, body: Method['body']): Method => routine(parameters, body)

/** A bound of a slice, as `find` and its kin take them. */
function bound(value: Datum): number | null {
  return value === null || value === undefined ? null : toIndex(value)
}

function charsOf(value: Datum): string | null {
  return value === null ? null : toText(value)
}

function fillOf(value: Datum): string {
  const fill = toText(value)
  if (strings.codePointLength(fill) !== 1) {
    throw new Fault('type', 'The fill character must be exactly one character long')
  }
  return fill
}

/** Blanks on both sides; the odd one goes where Python puts it. */
export function center(text: string, width: number, fill = ' '): string {
  const missing = width - strings.codePointLength(text)
  if (missing <= 0) return text
  const left = Math.floor(missing / 2) + (missing & width & 1)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}

function widthOf(run: Run, value: Datum): number {
  const width = toCount(value)
  run.reserveText(width)
  return width
}

function located(index: number): number {
  if (index < 0) throw new Fault('value', 'substring not found')
  return index
}

function within(text: string, start: Datum, end: Datum): string | null {
  const length = strings.codePointLength(text)
  const from = bound(start) ?? 0
  if (from > length) return null
  return strings.sliceText(text, from, bound(end))
}

/** Whether a text begins or ends with one string, or any of a tuple of them. */
function affixed(
  name: string,
  test: (within: string, affix: string) => boolean,
): Method['body'] {
  return (_run, text, affixes, start, end) => {
    const part = within(text, start, end)
    const one = asText(affixes)
    const any = one === null && affixes instanceof Tuple ? affixes.items : [one]
    return any.some((affix) => {
      const found = asText(affix)
      if (found === null) {
        throw new Fault(
          'type',
          `${name} first arg must be str or a tuple of str, not ${typeName(affixes)}`,
        )
      }
      return part !== null && test(part, found)
    })
  }
}

/** Whether there are characters and all of them match. */
const every = (pattern: RegExp) =>
  method('', (run, text) => {
    run.step(text.length >> 3)
    return pattern.test(text)
  })

function partition(text: string, separator: string, index: number, fallback: string[]): Tuple {
  if (separator === '') throw new Fault('value', 'empty separator')
  if (index < 0) return new Tuple(fallback)
  return new Tuple([text.slice(0, index), separator, text.slice(index + separator.length)])
}

function expandTabs(run: Run, text: string, size: number): string {
  run.step(2 * text.length)
  let [result, column] = ['', 0]
  for (const character of text) {
    if (character === '\t') {
      const blanks = size > 0 ? size - column % size : 0
      run.reserveText(result.length + blanks)
      result += ' '.repeat(blanks)
      column += blanks
    } else {
      result += character
      column = character === '\n' || character === '\r' ? 0 : column + 1
    }
  }
  return result
}

function isTitle(text: string): boolean {
  charge(text.length)
  let [afterCased, found] = [false, false]
  for (const character of text) {
    if (/\p{Uppercase}|\p{Lt}/u.test(character)) {
      if (afterCased) return false
      ;[afterCased, found] = [true, true]
    } else if (/\p{Lowercase}/u.test(character)) {
      if (!afterCased) return false
      found = true
    } else afterCased = false
  }
  return found
}

function zeroFill(text: string, width: number): string {
  const missing = '0'.repeat(Math.max(0, width - strings.codePointLength(text)))
  return /^[+-]/.test(text) ? text.charAt(0) + missing + text.slice(1) : missing + text
}

function translate(run: Run, text: string, table: Datum): string {
  run.step(2 * text.length)
  const lookup = translations(run, table)
  let result = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const found = lookup(code)
    const number = asIndex(found)
    if (found === undefined) result += character
    else if (number !== null) result += String.fromCodePoint(number)
    else if (found !== null) result += toText(found)
    run.reserveText(result.length)
  }
  return result
}

/** Finds what a table has for a code point: undefined where it has nothing. */
function translations(run: Run, table: Datum): (code: number) => Datum {
  if (isDict(table)) return (code) => mapGet(table, code)
  if (isSequence(table)) return (code) => itemsOf(table)[code]
  if (table instanceof Range) {
    return (code) => code < table.length() ? table.at(code) : undefined
  }
  const text = asText(table)
  if (text !== null) {
    run.step(text.length)
    const characters = strings.characters(text)
    return (code) => characters[code]
  }
  return () => {
    throw new Fault('type', `'${typeName(table)}' object is not subscriptable`)
  }
}

function makeTranslation(from: Datum, to: Datum, removed: Datum): Datum {
  const table = dict()
  if (to === undefined) {
    if (!isDict(from)) {
      throw new Fault('type', 'if you give only one argument to maketrans it must be a dict')
    }
    for (const [key, value] of mapEntries(from)) {
      const text = asText(key)
      table.set(text === null ? key : text.codePointAt(0), value)
    }
    return table
  }
  const [sources, targets] = [strings.characters(toText(from)), strings.characters(toText(to))]
  if (sources.length !== targets.length) {
    throw new Fault('value', 'the first two maketrans arguments must have equal length')
  }
  sources.forEach((source, index) => {
    table.set(source.codePointAt(0), targets[index]?.codePointAt(0))
  })
  if (removed !== undefined) {
    for (const character of toText(removed)) table.set(character.codePointAt(0), null)
  }
  return table
}

function encode(text: string, encoding: string): Bytes {
  const name = encoding.toLowerCase().replaceAll('_', '-')
  if (name === 'utf-8' || name === 'utf8') return new Bytes(new TextEncoder().encode(text))
  const limit = name === 'ascii' || name === 'us-ascii' ? 0x7f : 0xff
  if (limit === 0xff && !['latin-1', 'latin1', 'iso-8859-1'].includes(name)) {
    throw new Fault('value', 'unknown encoding')
  }
  charge(text.length)
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  if (codes.some((code) => code > limit)) {
    throw new Fault('value', `'${name}' codec can't encode a character: ordinal not in range`)
  }
  return new Bytes(Uint8Array.from(codes))
}

function joined(run: Run, separator: string, items: Datum): string {
  const parts: string[] = []
  let length = 0
  for (const item of iterable(iterate(items))) {
    run.step()
    const text = asText(item)
    if (text === null) {
      throw new Fault(
        'type',
        `sequence item ${parts.length}: expected str instance, ${typeName(item)} found`,
      )
    }
    length += text.length + separator.length
    run.reserveText(length)
    parts.push(text)
  }
  return parts.join(separator)
}

const span = 'sub, start=None, end=None, /'

export const textMethods: Readonly<Record<string, Method>> = {
  capitalize: method('', (_run, text) => letterCase.capitalize(text)),
  casefold: method('', (_run, text) => letterCase.caseFold(text)),
  center: method(
    "width, fillchar=' ', /",
    (run, text, width, fill) => center(text, widthOf(run, width), fillOf(fill)),
  ),
  count: method(span, (_run, text, sub, start, end) => {
    const part = within(text, start, end)
    return part === null ? 0 : strings.count(part, toText(sub))
  }),
  encode: method(
    "encoding='utf-8', errors='strict'",
    (_run, text, encoding) => encode(text, toText(encoding)),
  ),
  endswith: method(
    'suffix, start=None, end=None, /',
    affixed('endswith', (text, suffix) => text.endsWith(suffix)),
  ),
  expandtabs: method('tabsize=8', (run, text, size) => expandTabs(run, text, toCount(size))),
  find: method(
    span,
    (_run, text, sub, start, end) => strings.find(text, toText(sub), bound(start) ?? 0, bound(end)),
  ),
  index: method(
    span,
    (_run, text, sub, start, end) =>
      located(strings.find(text, toText(sub), bound(start) ?? 0, bound(end))),
  ),
  isalnum: every(/^[\p{L}\p{N}]+$/u),
  isalpha: every(/^\p{L}+$/u),
  // deno-lint-ignore no-control-regex -- ASCII begins with the control characters
  isascii: every(/^[\x00-\x7f]*$/),
  isdecimal: every(/^\p{Nd}+$/u),
  isdigit: every(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒]+$/u),
  isidentifier: every(/^[_\p{XID_Start}]\p{XID_Continue}*$/u),
  islower: method('', (_run, text) => isLower(text)),
  isnumeric: every(/^\p{N}+$/u),
  isprintable: every(/^(?: |[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}])*$/u),
  isspace: method(
    '',
    (_run, text) => text !== '' && strings.characters(text).every(strings.isSpace),
  ),
  istitle: method('', (_run, text) => isTitle(text)),
  isupper: method('', (_run, text) => isUpper(text)),
  join: method('iterable, /', (run, text, items) => joined(run, text, items)),
  ljust: method("width, fillchar=' ', /", (run, text, width, fill) => {
    const missing = widthOf(run, width) - strings.codePointLength(text)
    return text + fillOf(fill).repeat(Math.max(0, missing))
  }),
  lower: method('', (_run, text) => text.toLowerCase()),
  lstrip: method(
    'chars=None, /',
    (_run, text, chars) => strings.strip(text, charsOf(chars), 'left'),
  ),
  maketrans: method(
    'x, y=, z=, /',
    (_run, _text, from, to, removed) => makeTranslation(from, to, removed),
  ),
  partition: method('sep, /', (_run, text, sep) => {
    const separator = toText(sep)
    return partition(text, separator, indexOf(text, separator), [text, '', ''])
  }),
  removeprefix: method('prefix, /', (_run, text, prefix) => {
    const start = toText(prefix)
    return text.startsWith(start) ? text.slice(start.length) : text
  }),
  removesuffix: method('suffix, /', (_run, text, suffix) => {
    const end = toText(suffix)
    return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text
  }),
  replace: method(
    'old, new, count=-1, /',
    (run, text, old, replacement, count) =>
      replaced(run, text, toText(old), toText(replacement), toCount(count)),
  ),
  rfind: method(
    span,
    (_run, text, sub, start, end) =>
      strings.findLast(text, toText(sub), bound(start) ?? 0, bound(end)),
  ),
  rindex: method(
    span,
    (_run, text, sub, start, end) =>
      located(strings.findLast(text, toText(sub), bound(start) ?? 0, bound(end))),
  ),
  rjust: method("width, fillchar=' ', /", (run, text, width, fill) => {
    const missing = widthOf(run, width) - strings.codePointLength(text)
    return fillOf(fill).repeat(Math.max(0, missing)) + text
  }),
  rpartition: method('sep, /', (_run, text, sep) => {
    const separator = toText(sep)
    return partition(text, separator, lastIndexOf(text, separator), ['', '', text])
  }),
  rsplit: method(
    'sep=None, maxsplit=-1',
    (run, text, sep, limit) =>
      new List(run.items(strings.splitRight(text, charsOf(sep), toCount(limit)))),
  ),
  rstrip: method(
    'chars=None, /',
    (_run, text, chars) => strings.strip(text, charsOf(chars), 'right'),
  ),
  split: method(
    'sep=None, maxsplit=-1',
    (run, text, sep, limit) =>
      new List(run.items(strings.split(text, charsOf(sep), toCount(limit)))),
  ),
  splitlines: method(
    'keepends=False',
    (run, text, keep) => new List(run.items(strings.splitLines(text, toIndex(keep) !== 0))),
  ),
  startswith: method(
    'prefix, start=None, end=None, /',
    affixed('startswith', (text, prefix) => text.startsWith(prefix)),
  ),
  strip: method(
    'chars=None, /',
    (_run, text, chars) => strings.strip(text, charsOf(chars), 'both'),
  ),
  swapcase: method('', (_run, text) => letterCase.swapCase(text)),
  title: method('', (_run, text) => letterCase.titleCase(text)),
  translate: method('table, /', (run, text, table) => translate(run, text, table)),
  upper: method('', (_run, text) => text.toUpperCase()),
  zfill: method('width, /', (run, text, width) => zeroFill(text, widthOf(run, width))),
}

/** `text.replace`, counted before it is made. */
export function replaced(
  run: Run,
  text: string,
  old: string,
  replacement: string,
  count: number,
): string {
  if (replacement.length > old.length) {
    const matches = strings.count(text, old)
    const times = count < 0 ? matches : Math.min(count, matches)
    run.reserveText(text.length + times * (replacement.length - old.length))
  }
  return strings.replace(text, old, replacement, count)
}

/** At least one cased character, and none of the other case. */
export function isLower(text: string): boolean {
  charge(text.length >> 2)
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text)
}

export function isUpper(text: string): boolean {
  charge(text.length >> 2)
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text)
}

/** The methods of {@link Markup} whose result is markup again. */
const staysMarkup: ReadonlySet<string> = new Set([
  'capitalize',
  'casefold',
  'center',
  'expandtabs',
  'join',
  'ljust',
  'lower',
  'lstrip',
  'partition',
  'removeprefix',
  'removesuffix',
  'replace',
  'rjust',
  'rpartition',
  'rsplit',
  'rstrip',
  'split',
  'splitlines',
  'strip',
  'swapcase',
  'title',
  'translate',
  'upper',
  'zfill',
])

/** The method of a string as markup has it: what comes out is markup too. */
export function asMarkupMethod(name: string, plain: Method): Method {
  if (!staysMarkup.has(name)) return plain
  return {
    signature: plain.signature,
    body: (run, text, ...args) =>
      toMarkup(plain.body(run, text, ...escapeArguments(run, name, args))),
  }
}

/** What is put into markup is escaped: the items of `join`, the new text of `replace`. */
function escapeArguments(run: Run, name: string, args: readonly Datum[]): Datum[] {
  const escape = (value: Datum) => value instanceof Markup ? value : escapeHtml(str(value))
  if (name === 'join') return [new Tuple(toItems(run, args[0]).map(escape))]
  if (name === 'replace') return [args[0], escape(toText(args[1])), args[2]]
  return [...args]
}

function toMarkup(value: Datum): Datum {
  if (typeof value === 'string') return new Markup(value)
  if (!isSequence(value)) return value
  const items = itemsOf(value).map(toMarkup)
  return value instanceof Tuple ? new Tuple(items) : new List(items)
}
