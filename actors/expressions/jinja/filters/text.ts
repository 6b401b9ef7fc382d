/**
 * @module
 * Filters on text.
 */
import { Fault } from '../../fault.ts'
import { type Datum, isFloat, isSequence, Tuple } from '../../values/kinds.ts'
import { toDouble } from '../../values/numbers.ts'
import { mapEntries } from '../../values/mapping.ts'
import { charge } from '../../values/effort.ts'
import { capitalize } from '../../values/letter-case.ts'
import * as strings from '../../values/strings.ts'
import { getSlice } from '../access.ts'
import { asText, escapeHtml, isText, Markup } from '../markup.ts'
import { center, replaced } from '../methods/text.ts'
import { Undefined } from '../objects.ts'
import { add, modulo, toItems } from '../operators.ts'
import { prettyPrint } from '../pretty-print.ts'
import {
  dict,
  isDict,
  iteratorOf,
  length,
  softText,
  str,
  toCount,
  toIndex,
  toText,
  truth,
  typeName,
} from '../protocol.ts'
import type { Run } from '../run.ts'
import { wrapText } from '../text-wrap.ts'
import { each, filter, type Filters } from './filter.ts'

/** Applies a function to the text of a value; markup stays markup. */
function onText(change: (text: string, run: Run) => string) {
  return (run: Run, value: Datum): Datum => {
    const soft = softText(value)
    return soft instanceof Markup ? new Markup(change(soft.text, run)) : change(soft, run)
  }
}

/** The text of every item; markup among them escapes the rest where output is escaped. */
export function joinText(run: Run, items: readonly Datum[], separator: Datum): Datum {
  const markup = run.autoescape &&
    (separator instanceof Markup || items.some((item) => item instanceof Markup))
  const textOf = (value: Datum) =>
    markup && !(value instanceof Markup) ? escapeHtml(str(value)) : str(value)
  const between = textOf(separator)
  let size = 0
  const texts = items.map((item) => {
    const text = textOf(item)
    size += text.length + between.length
    run.reserveText(size)
    return text
  })
  const joined = texts.join(between)
  return markup ? new Markup(joined) : joined
}

// Python's white space, which is not JavaScript's.
const words = new RegExp(`[^-({[<${strings.SPACES}]+`, 'gu')

function titled(text: string): string {
  charge(text.length >> 2)
  return strings.replaceEach(text, words, 4, ([word]) => {
    const first = String.fromCodePoint(word.codePointAt(0) ?? 0)
    return first.toUpperCase() + word.slice(first.length).toLowerCase()
  })
}

function indented(run: Run, value: Datum, width: Datum, first: Datum, blank: Datum): Datum {
  if (!isText(value)) {
    if (value instanceof Undefined) return value.fail()
    if (isSequence(value) && !(value instanceof Tuple)) {
      throw new Fault('attribute', `'${typeName(value)}' object has no attribute 'splitlines'`)
    }
    add(run, value, '\n')
  }
  const margin = asText(width) ?? ' '.repeat(Math.max(0, toCount(width)))
  const lines = strings.splitLines(`${asText(value) ?? ''}\n`)
  run.reserveText((asText(value) ?? '').length + lines.length * margin.length)
  const all = truth(blank)
  const text = lines
    .map((line, index) => index > 0 && (all || line !== '') ? margin + line : line)
    .join('\n')
  const result = truth(first) ? margin + text : text
  return value instanceof Markup ? new Markup(result) : result
}

/** What is only compared may be a float. */
function numberOf(value: Datum): number {
  return isFloat(value) ? toDouble(value) : toIndex(value)
}

function truncated(
  run: Run,
  value: Datum,
  limit: Datum,
  killWords: Datum,
  end: Datum,
  leeway: Datum,
): Datum {
  const [size, slack] = [toIndex(limit), leeway === null ? 5 : numberOf(leeway)]
  const ending = length(end)
  if (size < ending) throw new Fault('assertion', `expected length >= ${ending}, got ${size}`)
  if (slack < 0) throw new Fault('assertion', `expected leeway >= 0, got ${slack}`)
  if (length(value) <= size + slack) return value
  const cut = getSlice(run, value, [null, size - ending])
  if (truth(killWords)) return add(run, cut, end)
  if (!isText(cut)) {
    throw new Fault('attribute', `'${typeName(value)}' object has no attribute 'rsplit'`)
  }
  const [kept = ''] = strings.splitRight(asText(cut) ?? '', ' ', 1)
  return add(run, cut instanceof Markup ? new Markup(kept) : kept, end)
}

function wrapped(
  run: Run,
  value: Datum,
  width: Datum,
  breakLong: Datum,
  newline: Datum,
  breakHyphens: Datum,
): Datum {
  run.step(2 * (asText(value)?.length ?? 0))
  const between = newline === null ? '\n' : toText(newline)
  const options = { breakLongWords: truth(breakLong), breakOnHyphens: truth(breakHyphens) }
  const text = asText(value)
  if (text === null) {
    if (value instanceof Undefined) return value.fail()
    throw new Fault('attribute', `'${typeName(value)}' object has no attribute 'splitlines'`)
  }
  return run.text(
    strings.splitLines(text)
      .map((line) => wrapText(line, toIndex(width), options).join(between))
      .join(between),
  )
}

const wordCharacters = /[\p{L}\p{N}_]+/gu

function urlQuote(value: Datum, inQuery: boolean): string {
  const text = str(value)
  charge(4 * text.length)
  const quoted = Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte)
    const kept = /[A-Za-z0-9_.~-]/.test(character) || (!inQuery && character === '/')
    return kept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
  return inQuery ? quoted.replaceAll('%20', '+') : quoted
}

function urlEncode(run: Run, value: Datum): Datum {
  if (isText(value) || iteratorOf(value) === null) return urlQuote(value, false)
  const pairs = isDict(value)
    ? Array.from(mapEntries(value), ([key, item]) => [key, item])
    : Array.from(each(run, value), (pair) => pairOf(run, pair))
  return run.text(
    pairs.map(([key, item]) => `${urlQuote(key, true)}=${urlQuote(item, true)}`).join('&'),
  )
}

/** @throws {Fault} If a value is not two. */
function pairOf(run: Run, value: Datum): Datum[] {
  if (iteratorOf(value) === null) {
    throw new Fault('type', `cannot unpack non-iterable ${typeName(value)} object`)
  }
  const items = toItems(run, value)
  if (items.length > 2) throw new Fault('value', 'too many values to unpack (expected 2)')
  if (items.length < 2) {
    throw new Fault('value', `not enough values to unpack (expected 2, got ${items.length})`)
  }
  return items
}

function printf(run: Run, value: Datum, positional: Datum, named: Datum): Datum {
  const [args, keywords] = [positional as Datum[], named as ReadonlyMap<string, Datum>]
  if (args.length > 0 && keywords.size > 0) {
    throw new Fault('runtime', "can't handle positional and keyword arguments at the same time")
  }
  return modulo(run, softText(value), keywords.size > 0 ? dict(keywords) : new Tuple(args))
}

export const textFilters: Filters = {
  capitalize: filter('s', onText(capitalize)),
  center: filter('value, width=80', (run, value, width) => {
    run.reserveText(toCount(width))
    return onText((text) => center(text, toIndex(width)))(run, value)
  }),
  format: filter('value, *args, **kwargs', printf),
  indent: filter('s, width=4, first=False, blank=False', indented),
  lower: filter('s', onText((text) => text.toLowerCase())),
  pprint: filter('value', (run, value) => run.text(prettyPrint(run, value))),
  replace: filter(
    's, old, new, count=None',
    (run, value, old, replacement, count) =>
      replaced(run, str(value), str(old), str(replacement), count === null ? -1 : toCount(count)),
  ),
  string: filter('object', (_run, value) => softText(value)),
  title: filter('s', (_run, value) => titled(str(value))),
  trim: filter('value, chars=None', (run, value, chars) => {
    const set = chars === null ? null : toText(chars)
    return onText((text) => strings.strip(text, set, 'both'))(run, value)
  }),
  truncate: filter("s, length=255, killwords=False, end='...', leeway=None", truncated),
  upper: filter('s', onText((text) => text.toUpperCase())),
  urlencode: filter('value', urlEncode),
  wordcount: filter('s', (run, value) => {
    let count = 0
    for (const _ of str(value).matchAll(wordCharacters)) {
      run.step(2)
      count += 1
    }
    return count
  }),
  wordwrap: filter(
    's, width=79, break_long_words=True, wrapstring=None, break_on_hyphens=True',
    wrapped,
  ),
}
