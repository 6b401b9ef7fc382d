/**
 * @module
 * YAML 1.1 as PyYAML loads it. Definitions are read by `actors/language`, with the same scalars.
 */
import {
  Composer,
  type CST,
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  Parser,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { Fault } from '../fault.ts'
import { charge } from './effort.ts'
import { hashKey } from './equality.ts'
import { Bytes, type Datum, List, Tuple } from './kinds.ts'
import { Dict, isMapping, mapEntries } from './mapping.ts'
import { ValueSet } from './sets.ts'
import { parseDouble } from './numbers.ts'
import { str } from './text.ts'
import { isPlainKey } from './json.ts'
import { Float } from './value.ts'
import { excessOf } from './yaml-bounds.ts'
import { isTightComment, lexemes } from './yaml-lexer.ts'
import { pyYamlTags, yamlFloat, yamlInt, yamlTimestamp } from './yaml-scalars.ts'

const BOUNDS = { nodes: 200_000, depth: 100 }
/** Characters of the text. */
const MAX_LENGTH = 1_000_000
/** Steps to read a lexeme and to compose what it makes. */
const LEXEME_EFFORT = 60
const TAG = 'tag:yaml.org,2002:'
/** What begins no value elsewhere, and a text that may stand for it while the package reads. */
const INDICATORS: readonly (readonly [string, string])[] = [
  ['&', '\uf8f0'],
  ['*', '\uf8f1'],
  ['@', '\uf8f2'],
]

/**
 * Loads one document; null if there is none. As in Mistral's hardened loader, text that begins like an
 * anchor or an alias (`&x`, `*x`, `@x`) is text, so nothing expands (`reference/yaql.md` §15).
 *
 * @throws {Fault} If it is malformed, has several documents, or holds too much.
 */
export function loadYaml(given: string): Datum {
  const text = given.replace(/^\ufeff/, '')
  if (text.length > MAX_LENGTH) {
    throw new Fault('limit', `The YAML text is longer than ${MAX_LENGTH} characters`)
  }
  if (UNREADABLE.test(text)) throw new Fault('yaml', 'special characters are not allowed')
  const tokens = read(disguised(text))
  const excess = excessOf(tokens, BOUNDS)
  if (excess) throw new Fault('limit', excess.of === 'depth' ? TOO_DEEP : TOO_MANY)
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    customTags: pyYamlTags,
    uniqueKeys: false,
    logLevel: 'silent',
  })
  const [document, second] = [...composer.compose(tokens)]
  if (text.startsWith('%') && !/^---/m.test(text)) {
    throw new Fault('yaml', "expected '<document start>' after a directive")
  }
  if (/^(?:[ \t]*(?:#.*)?\r?\n)*\.\.\.(?:\s|$)/.test(text)) {
    throw new Fault('yaml', 'a document ends that has not begun')
  }
  if (!document) return null
  if (second) throw new Fault('yaml', 'expected a single document in the stream')
  const error = document.errors.find((error) => !isTightComment(error, text))
  if (error) throw new Fault('yaml', withoutData(error.message), { cause: error })
  const loader = new Loader(text)
  const value = loader.load(document)
  return loader.hasOtherKinds ? inside(value) : value
}

/** Control characters, and what is no character at all. */
const UNREADABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

const TOO_DEEP = `The YAML text is nested more than ${BOUNDS.depth} levels deep`
const TOO_MANY = `The YAML text holds more than ${BOUNDS.nodes} values`

/** The lexeme that comes before a scalar without quotes. */
const SCALAR = '\x1f'

/** The text as a tree of tokens; charged as it goes, as it takes long. */
function read(text: string): CST.Token[] {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let previous = ''
  let isBlock = false
  for (const lexeme of lexemes(text)) {
    charge(LEXEME_EFFORT + (lexeme.length >> 1))
    const isPlain = previous === SCALAR && !isBlock
    if ((isPlain || /^[ \t]+$/.test(lexeme)) && lexeme.includes('\t')) {
      throw new Fault('yaml', 'a tab stands where only text in quotes may have one')
    }
    isBlock = /^[|>]/.test(lexeme) || (isBlock && previous !== SCALAR)
    previous = lexeme
    tokens.push(...parser.next(lexeme))
  }
  return [...tokens, ...parser.end()]
}

function disguised(text: string): string {
  return INDICATORS.reduce((shown, [sign, stand]) => shown.replaceAll(sign, stand), text)
}

function undisguised(text: string): string {
  return INDICATORS.reduce((shown, [sign, stand]) => shown.replaceAll(stand, sign), text)
}

/** Messages of the package may quote the text. */
function withoutData(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/: .*| at line .*/, '')
}

/** Containers of values that are not stored data must not look as if they were. */
function inside(value: Datum): Datum {
  if (Array.isArray(value)) return new List(value.map(inside))
  if (!isMapping(value)) return value
  return new Dict(
    hashKey,
    false,
    Array.from(mapEntries(value), ([key, item]) => [key, inside(item)]),
  )
}

class Loader {
  readonly #text: string
  /** Whether there are dates, sets or bytes, which JSON does not have. */
  hasOtherKinds = false

  constructor(text: string) {
    this.#text = text
  }

  load(document: Document): Datum {
    return this.#node(document.contents)
  }

  #node(node: unknown): Datum {
    if (node === null || node === undefined) return null
    if (isScalar(node)) {
      const value = this.#scalar(node)
      const other = typeof value === 'object' && value !== null && !(value instanceof Float)
      this.hasOtherKinds ||= other
      return typeof value === 'string' ? this.#shown(value, node) : value
    }
    if (isSeq(node)) return this.#sequence(node.items, tagOf(node))
    if (isMap(node)) return this.#mapping(node)
    throw new Fault('yaml', 'The document has a node of an unknown kind')
  }

  /** A block at the very end has no line end that the text has not. */
  #shown(value: string, { type, range }: Scalar): string {
    const isLast = type?.startsWith('BLOCK') && range?.[2] === this.#text.length
    const shown = undisguised(value)
    return isLast && !/[\n\r\x85]$/.test(this.#text) ? shown.replace(/\n$/, '') : shown
  }

  #scalar(node: Scalar): Datum {
    const tag = tagOf(node)
    if (tag === null || node.tag === undefined) {
      if (node.value === '=' && node.type === 'PLAIN') throw unknownTag('value')
      if (node.value === '<<' && node.type === 'PLAIN') throw unknownTag('merge')
      return node.value
    }
    const text = node.source ?? String(node.value)
    switch (tag) {
      case 'str':
        return text
      case '!':
        return implicit(text)
      case 'int':
        return attempt(() => yamlInt(given(text.replace(/^([-+]?0)[BX]/, '$1?'))), 'int')
      case 'float':
        return attempt(() => floatOf(given(text)), 'float')
      case 'null':
        return null
      case 'bool':
        return attempt(() => boolOf(text), 'bool')
      case 'timestamp':
        return attempt(() => yamlTimestamp(text), 'timestamp')
      case 'binary':
        return attempt(
          () => new Bytes(Uint8Array.from(atob(text.replace(/\s/g, '')), (c) => c.charCodeAt(0))),
          'binary',
        )
      default:
        throw unknownTag(tag)
    }
  }

  #sequence(items: readonly unknown[], tag: string | null): Datum {
    if (tag === 'omap' || tag === 'pairs') return this.#pairs(items)
    if (tag !== null && tag !== 'seq') throw unknownTag(tag)
    return items.map((item) => isPair(item) ? this.#entries([item]) : this.#node(item))
  }

  /** Tuples of a key and a value, one of each mapping. */
  #pairs(items: readonly unknown[]): Datum {
    this.hasOtherKinds = true
    return items.map((item) => {
      const [pair, more] = isMap(item) ? item.items : [item]
      if (!isPair(pair) || more !== undefined) {
        throw new Fault('yaml', 'expected a mapping of length 1')
      }
      return new Tuple([this.#node(pair.key), this.#node(pair.value)])
    })
  }

  #mapping(node: YAMLMap): Datum {
    const tag = tagOf(node)
    if (tag === 'set') {
      this.hasOtherKinds = true
      return new ValueSet(hashKey, false, node.items.map((pair) => this.#node(pair.key)))
    }
    if (tag !== null && tag !== 'map') throw unknownTag(tag)
    return this.#entries(node.items)
  }

  #entries(pairs: readonly Pair[]): Datum {
    const entries = new Map<Datum, Datum>()
    for (const pair of pairs) {
      if (!isMergeKey(pair.key)) continue
      for (const [key, value] of this.#merge(pair.value)) {
        if (!entries.has(key)) entries.set(key, value)
      }
    }
    for (const pair of pairs) {
      if (isMergeKey(pair.key)) continue
      const key = isDefaultKey(pair.key) ? '=' : this.#node(pair.key)
      if (Array.isArray(key) || key instanceof Map || isObject(key)) {
        throw new Fault('yaml', 'found unhashable key')
      }
      entries.set(key, this.#node(pair.value))
    }
    return mappingOf(entries)
  }

  /** The entries that `<<` brings in: the first mapping of a list wins. */
  #merge(node: unknown): [Datum, Datum][] {
    const maps = isSeq(node) ? node.items : [node]
    const entries = new Map<Datum, Datum>()
    for (const map of maps) {
      if (!isMap(map)) throw new Fault('yaml', 'expected a mapping for merging')
      const value = this.#mapping(map)
      const pairs = value instanceof Map || value instanceof Dict
        ? value.entries()
        : Object.entries(value as Record<string, Datum>)
      for (const [key, one] of pairs) if (!entries.has(key)) entries.set(key, one)
    }
    return [...entries]
  }
}

/** What a text would be without quotes, which `!` asks for. */
function implicit(text: string): Datum {
  const tag = pyYamlTags.find(({ test }) => test?.test(text))
  return tag ? attempt(() => tag.resolve(text, () => {}, {}) as Datum, tag.tag) : text
}

function unknownTag(tag: string): Fault {
  return new Fault('yaml', `could not determine a constructor for the tag '${tag}'`)
}

/** A tag written in the text without its usual prefix; null if it is the default one. */
function tagOf(node: { tag?: string }): string | null {
  const tag = node.tag
  if (tag === undefined) return null
  return tag.startsWith(TAG) ? tag.slice(TAG.length) : tag
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && (key.type === undefined || key.type === 'PLAIN')
}

/** The key of a default value, which is but a text here. */
function isDefaultKey(key: unknown): boolean {
  return isScalar(key) && key.value === '=' && key.type === 'PLAIN'
}

/** Numbers are not made of nothing. */
function given(text: string): string {
  if (text === '') throw new TypeError('no digits')
  return text
}

/** What is written as a float elsewhere, as `1e3`, is one too where the tag says so. */
function floatOf(text: string): number | Float {
  const plain = text.replaceAll('_', '')
  return /^[-+]?\.(?:inf|nan)$|:/i.test(plain) ? yamlFloat(text) : parseDouble(plain)
}

function boolOf(text: string): boolean {
  const value = /^(?:(yes|true|on)|no|false|off)$/i.exec(text)
  if (!value) throw new TypeError('no bool')
  return value[1] !== undefined
}

function isObject(value: Datum): boolean {
  return typeof value === 'object' && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
}

function attempt<T>(read: () => T, tag: string): T {
  try {
    return read()
  } catch (cause) {
    throw new Fault('yaml', `The text is no ${tag}`, { cause })
  }
}

function mappingOf(entries: ReadonlyMap<Datum, Datum>): Datum {
  const keys = [...entries.keys()]
  if (keys.every((key) => typeof key === 'string' && isPlainKey(key))) {
    return Object.fromEntries([...entries].map(([key, value]) => [str(key), value]))
  }
  if (keys.every((key) => typeof key === 'string')) return new Map(entries)
  return new Dict(hashKey, false, entries)
}
