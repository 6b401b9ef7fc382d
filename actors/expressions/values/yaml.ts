/**
 * @module
 * YAML 1.1 as PyYAML loads it. Definitions are read by `actors/language`, with the same scalars.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { Fault } from '../fault.ts'
import { hashKey } from './equality.ts'
import { Bytes, type Datum, List } from './kinds.ts'
import { Dict, isMapping, mapEntries } from './mapping.ts'
import { ValueSet } from './sets.ts'
import { str } from './text.ts'
import { isPlainKey } from './json.ts'
import { Float } from './value.ts'
import { pyYamlTags, yamlFloat, yamlInt, yamlTimestamp } from './yaml-scalars.ts'

/** Nodes that aliases may make of one text, so that no bomb goes off. */
const MAX_NODES = 500_000
const MAX_DEPTH = 500
const TAG = 'tag:yaml.org,2002:'

/**
 * Loads one document; null if there is none.
 *
 * @throws {Fault} If it is malformed, has several documents, or expands to too much.
 */
export function loadYaml(text: string): Datum {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    customTags: pyYamlTags,
    uniqueKeys: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  })
  const [document, second] = 'empty' in documents ? [] : documents
  if (!document) return null
  if (second) throw new Fault('yaml', 'expected a single document in the stream')
  const [error] = document.errors
  if (error) throw new Fault('yaml', error.message.split('\n')[0] ?? '', { cause: error })
  const loader = new Loader(document)
  const value = loader.load()
  return loader.hasOtherKinds ? inside(value) : value
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
  readonly #document: Document.Parsed
  /** Whether there are dates, sets or bytes, which JSON does not have. */
  hasOtherKinds = false
  /** Looked up here, as the package searches the whole document for each alias. */
  readonly #anchors = new Map<string, Node>()
  #nodes = 0

  constructor(document: Document.Parsed) {
    this.#document = document
  }

  load(): Datum {
    return this.#node(this.#document.contents, 0)
  }

  #node(node: unknown, depth: number): Datum {
    if (++this.#nodes > MAX_NODES) throw new Fault('yaml', 'The aliases expand to too much')
    if (depth > MAX_DEPTH) throw new Fault('yaml', 'The document is nested too deeply')
    if (node === null || node === undefined) return null
    if (isAlias(node)) return this.#node(this.#target(node), depth + 1)
    if (isCollection(node) || isScalar(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    }
    if (isScalar(node)) {
      const value = this.#scalar(node)
      const other = typeof value === 'object' && value !== null && !(value instanceof Float)
      this.hasOtherKinds ||= other
      return value
    }
    if (isSeq(node)) return this.#sequence(node.items, tagOf(node), depth)
    if (isMap(node)) return this.#mapping(node, depth)
    throw new Fault('yaml', 'The document has a node of an unknown kind')
  }

  #target(alias: Alias): Node {
    const target = this.#anchors.get(alias.source)
    if (!target) throw new Fault('yaml', `found undefined alias '${alias.source}'`)
    return target
  }

  #scalar(node: Scalar): Datum {
    const tag = tagOf(node)
    if (tag === null || node.tag === undefined) return node.value
    const text = node.source ?? String(node.value)
    switch (tag) {
      case 'str':
      case '!':
        return text
      case 'int':
        return attempt(() => yamlInt(text), 'int')
      case 'float':
        return attempt(() => yamlFloat(text), 'float')
      case 'null':
        return null
      case 'bool':
        return node.value
      case 'timestamp':
        return attempt(() => yamlTimestamp(text), 'timestamp')
      case 'binary':
        return attempt(
          () => new Bytes(Uint8Array.from(atob(text.replace(/\s/g, '')), (c) => c.charCodeAt(0))),
          'binary',
        )
      default:
        throw new Fault('yaml', `could not determine a constructor for the tag '${node.tag}'`)
    }
  }

  #sequence(items: readonly unknown[], tag: string | null, depth: number): Datum {
    if (tag !== null && tag !== 'seq') {
      throw new Fault('yaml', `could not determine a constructor for the tag '${tag}'`)
    }
    return items.map((item) =>
      isPair(item) ? this.#entries([item], depth) : this.#node(item, depth + 1)
    )
  }

  #mapping(node: YAMLMap, depth: number): Datum {
    const tag = tagOf(node)
    if (tag === 'set') {
      this.hasOtherKinds = true
      return new ValueSet(hashKey, false, node.items.map((pair) => this.#node(pair.key, depth + 1)))
    }
    if (tag !== null && tag !== 'map') {
      throw new Fault('yaml', `could not determine a constructor for the tag '${node.tag ?? tag}'`)
    }
    return this.#entries(node.items, depth)
  }

  #entries(pairs: readonly Pair[], depth: number): Datum {
    const entries = new Map<Datum, Datum>()
    const merged = pairs.filter((pair) => isMergeKey(pair.key))
    for (const pair of merged) {
      for (const [key, value] of this.#merge(pair.value, depth)) {
        if (!entries.has(key)) entries.set(key, value)
      }
    }
    for (const pair of pairs) {
      if (isMergeKey(pair.key)) continue
      const key = this.#node(pair.key, depth + 1)
      if (Array.isArray(key) || key instanceof Map || isObject(key)) {
        throw new Fault('yaml', 'found unhashable key')
      }
      entries.set(key, this.#node(pair.value, depth + 1))
    }
    return mappingOf(entries)
  }

  /** The entries that `<<` brings in: the first mapping of a list wins. */
  #merge(node: unknown, depth: number): [Datum, Datum][] {
    const target = isAlias(node) ? this.#target(node) : node as Node | null
    const maps = isSeq(target) ? target.items : [target]
    const entries = new Map<Datum, Datum>()
    for (const item of maps) {
      const map = isAlias(item) ? this.#target(item) : item
      if (!isMap(map)) throw new Fault('yaml', 'expected a mapping for merging')
      const value = this.#mapping(map, depth + 1)
      const pairs = value instanceof Map || value instanceof Dict
        ? value.entries()
        : Object.entries(value as Record<string, Datum>)
      for (const [key, one] of pairs) if (!entries.has(key)) entries.set(key, one)
    }
    return [...entries]
  }
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
