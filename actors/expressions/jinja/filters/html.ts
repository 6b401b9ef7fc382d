/**
 * @module
 * Filters that make HTML.
 */
import { Fault } from '../../fault.ts'
import { type Datum, isNumeric, isSequence, itemsOf } from '../../values/kinds.ts'
import { dumpJson, jsonKey } from '../../values/json.ts'
import { mapEntries } from '../../values/mapping.ts'
import { replaceEach } from '../../values/strings.ts'
import { stripTags } from '../html.ts'
import { asText, escapeHtml, isText, Markup } from '../markup.ts'
import { Undefined } from '../objects.ts'
import { isDict, str, toIndex, toText, truth, typeName } from '../protocol.ts'
import type { Run } from '../run.ts'
import { sorted } from '../sorting.ts'
import { urlize } from '../urlize.ts'
import { each, filter, type Filters } from './filter.ts'

/** The value as markup: what is not markup yet is escaped. */
export function escape(run: Run, value: Datum): Markup {
  return value instanceof Markup ? value : new Markup(run.text(escapeHtml(str(value))))
}

function attributes(run: Run, value: Datum, autospace: Datum): Datum {
  if (!isDict(value)) {
    if (value instanceof Undefined) return value.fail()
    throw new Fault('attribute', `'${typeName(value)}' object has no attribute 'items'`)
  }
  const parts: string[] = []
  for (const [key, item] of mapEntries(value)) {
    if (item === null || item instanceof Undefined) continue
    const name = asText(key)
    if (name === null) throw new Fault('type', 'expected string or bytes-like object')
    if (/[\t\n\v\f\r />=]/.test(name)) {
      throw new Fault('value', 'Invalid character in attribute name')
    }
    parts.push(`${escape(run, key).text}="${escape(run, item).text}"`)
  }
  const joined = parts.join(' ')
  const result = run.text(truth(autospace) && joined !== '' ? ` ${joined}` : joined)
  return run.autoescape ? new Markup(result) : result
}

const maxDepth = 200

/** The value as data that JSON knows, with its keys in order. */
function jsonData(run: Run, value: Datum, depth = 0): Datum {
  if (depth > maxDepth) throw new Fault('recursion', 'maximum recursion depth exceeded')
  run.step()
  if (value === null || typeof value === 'boolean' || isNumeric(value)) return value
  if (isText(value)) return asText(value)
  if (isSequence(value)) return itemsOf(value).map((item) => jsonData(run, item, depth + 1))
  if (!isDict(value)) {
    throw new Fault('type', `Object of type ${typeName(value)} is not JSON serializable`)
  }
  const entries = sorted(run, [...mapEntries(value)], ([key]) => key)
  return new Map(
    entries.map(([key, item]) => [jsonKey(asText(key) ?? key), jsonData(run, item, depth + 1)]),
  )
}

const jsonEscapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  "'": '\\u0027',
}

function toJson(run: Run, value: Datum, indent: Datum): Datum {
  const text = dumpJson(jsonData(run, value), {
    indent: indent === null ? null : Math.max(0, toIndex(indent)),
    itemSeparator: ', ',
    keySeparator: ': ',
    ascii: true,
  })
  const escaped = replaceEach(text, /[<>&']/g, 2, ([character]) => jsonEscapes[character] ?? '')
  return new Markup(run.text(escaped))
}

const scheme = /^[\p{L}\p{N}_.+-]{2,}:\/{0,2}$/u

function links(
  run: Run,
  value: Datum,
  limit: Datum,
  noFollow: Datum,
  target: Datum,
  rel: Datum,
  extraSchemes: Datum,
): Datum {
  const relations = new Set((rel === null ? '' : toText(rel)).split(/\s+/).filter((part) => part))
  if (truth(noFollow)) relations.add('nofollow')
  relations.add('noopener')
  const schemes = extraSchemes === null ? [] : Array.from(each(run, extraSchemes), toText)
  for (const extra of schemes) {
    if (!scheme.test(extra)) {
      const quoted = `'${extra}'`
      throw new Fault('runtime', `${quoted} is not a valid URI scheme prefix.`, { quoted })
    }
  }
  const text = run.text(urlize(escape(run, value).text, {
    limit: limit === null ? null : toIndex(limit),
    rel: [...relations].sort().join(' '),
    target: target === null ? null : toText(target),
    extraSchemes: schemes,
  }))
  return run.autoescape ? new Markup(text) : text
}

export const htmlFilters: Filters = {
  escape: filter('s, /', escape),
  forceescape: filter('value', (run, value) => new Markup(run.text(escapeHtml(str(value))))),
  safe: filter('value', (_run, value) => value instanceof Markup ? value : new Markup(str(value))),
  striptags: filter('value', (_run, value) => stripTags(str(value))),
  tojson: filter('value, indent=None', toJson),
  urlize: filter(
    'value, trim_url_limit=None, nofollow=False, target=None, rel=None, extra_schemes=None',
    links,
  ),
  xmlattr: filter('d, autospace=True', attributes),
}
