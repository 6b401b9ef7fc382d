/**
 * @module
 * JSON that keeps what JavaScript's own loses: 1.0 beside 1, ints of any size, NaN and Infinity, the
 * order of keys that look like ints, and a key named `__proto__`. Text without any of these goes
 * through the native functions.
 */
import { Fault } from '../fault.ts'
import { charge } from './effort.ts'
import { isNumeric } from './kinds.ts'
import { isMapLike, mapEntries } from './mapping.ts'
import { floatText, fromBig } from './numbers.ts'
import { replaceEach } from './strings.ts'
import { Float, float, type Value } from './value.ts'

/** A float that may be integral, or an int that may be big. */
const DELICATE_NUMBER = /[[,:\s]-?(?:\d+(?:\.[09]|(?:\.\d+)?[eE])|\d{16})/
const MINUS_ZERO = /[[,:\s]-0(?![.\d])/
const NUMERIC_KEY = /"\d+"\s*:/
const MAX_DEPTH = 1000

/**
 * Parses JSON text, with Python's `NaN` and `Infinity`.
 *
 * @throws {SyntaxError} If it is not JSON.
 */
export function parseJson(text: string): Value {
  charge(text.length >> 5)
  if (isDelicate(text)) {
    charge(text.length)
    return new JsonReader(text).read()
  }
  try {
    return JSON.parse(text) as Value
  } catch (error) {
    if (/NaN|Infinity/.test(text)) return new JsonReader(text).read()
    throw error
  }
}

/** Whether the native parser may lose something. It errs on the careful side. */
function isDelicate(text: string): boolean {
  return /^\s*[-\d]/.test(text) || DELICATE_NUMBER.test(text) || NUMERIC_KEY.test(text) ||
    (text.includes('-0') && MINUS_ZERO.test(text)) || text.includes('__proto__') ||
    text.includes('\\u003') || text.includes('\\u005')
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y
// deno-lint-ignore no-control-regex -- JSON has none in its strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const BLANK = /[ \t\n\r]*/y
const WORDS: readonly [string, () => Value][] = [
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['NaN', () => new Float(NaN)],
  ['Infinity', () => new Float(Infinity)],
  ['-Infinity', () => new Float(-Infinity)],
]

class JsonReader {
  readonly #text: string
  #index = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Value {
    const value = this.#value()
    this.#skip()
    if (this.#index < this.#text.length) this.#fail('Extra data')
    return value
  }

  #fail(message: string): never {
    const before = this.#text.slice(0, this.#index).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    throw new SyntaxError(
      `${message}: line ${before.length} column ${column} (char ${this.#index})`,
    )
  }

  #skip(): void {
    BLANK.lastIndex = this.#index
    BLANK.test(this.#text)
    this.#index = BLANK.lastIndex
  }

  #accept(character: string): boolean {
    this.#skip()
    if (this.#text[this.#index] !== character) return false
    this.#index += 1
    return true
  }

  #value(): Value {
    this.#skip()
    switch (this.#text[this.#index]) {
      case '{':
        return this.#nested(() => this.#object())
      case '[':
        return this.#nested(() => this.#array())
      case '"':
        return this.#string()
    }
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#index)) {
        this.#index += word.length
        return value()
      }
    }
    return this.#number()
  }

  #nested(read: () => Value): Value {
    if (++this.#depth > MAX_DEPTH) this.#fail('Nested too deeply')
    this.#index += 1
    const value = read()
    this.#depth -= 1
    return value
  }

  #array(): Value {
    const items: Value[] = []
    if (this.#accept(']')) return items
    do items.push(this.#value())
    while (this.#accept(','))
    if (!this.#accept(']')) this.#fail("Expecting ',' delimiter")
    return items
  }

  #object(): Value {
    const entries: [string, Value][] = []
    if (this.#accept('}')) return {}
    do {
      this.#skip()
      if (this.#text[this.#index] !== '"') {
        this.#fail('Expecting property name enclosed in double quotes')
      }
      const key = this.#string()
      if (!this.#accept(':')) this.#fail("Expecting ':' delimiter")
      entries.push([key, this.#value()])
    } while (this.#accept(','))
    if (!this.#accept('}')) this.#fail("Expecting ',' delimiter")
    return mappingOf(entries)
  }

  #string(): string {
    STRING.lastIndex = this.#index
    const match = STRING.exec(this.#text)
    if (!match) this.#fail('Invalid string')
    this.#index = STRING.lastIndex
    return match[0].includes('\\') ? JSON.parse(match[0]) as string : match[0].slice(1, -1)
  }

  #number(): Value {
    NUMBER.lastIndex = this.#index
    const match = NUMBER.exec(this.#text)
    if (!match) this.#fail('Expecting value')
    this.#index = NUMBER.lastIndex
    const [text, fraction, exponent] = match
    return fraction === undefined && exponent === undefined
      ? fromBig(BigInt(text))
      : float(Number(text))
  }
}

/** Whether a key keeps its place and its meaning in a plain object. */
export function isPlainKey(key: string): boolean {
  const first = key.charCodeAt(0)
  if (first >= 48 && first <= 57) return !/^(?:0|[1-9]\d{0,9})$/.test(key)
  return key !== '__proto__'
}

/** A plain object, or a map where a plain object would not keep the keys as they are. */
export function mappingOf(entries: Iterable<readonly [string, Value]>): Value {
  const list = Array.isArray(entries) ? entries as [string, Value][] : [...entries]
  if (!list.every(([key]) => isPlainKey(key))) return new Map(list)
  const object: Record<string, Value> = {}
  for (const [key, value] of list) object[key] = value
  return object
}

/** JSON text without blanks; the inverse of {@link parseJson}. */
export function stringifyJson(value: Value): string {
  return isNative(value, 0) ? JSON.stringify(value) : dumpJson(value)
}

/** Whether the native function writes a value right. */
function isNative(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'object': {
      if (value === null) return true
      if (depth > 1000) return false
      if (Array.isArray(value)) {
        for (const item of value) if (!isNative(item, depth + 1)) return false
        return true
      }
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null) return false
      const object = value as Record<string, unknown>
      for (const key in object) if (!isNative(object[key], depth + 1)) return false
      return true
    }
    case 'number':
      return Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value))
    case 'bigint':
      return false
    default:
      return true
  }
}

/** Collections inside each other in JSON text, as far as {@link MAX_DEPTH} and one more. */
export function nestingOf(text: string): number {
  let [depth, most] = [0, 0]
  for (let index = 0; index < text.length && most <= MAX_DEPTH; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22:
        index = endOfString(text, index)
        break
      case 0x5b:
      case 0x7b:
        most = Math.max(most, ++depth)
        break
      case 0x5d:
      case 0x7d:
        depth -= 1
    }
  }
  return most
}

function endOfString(text: string, start: number): number {
  let index = start + 1
  for (; index < text.length && text.charCodeAt(index) !== 0x22; index++) {
    if (text.charCodeAt(index) === 0x5c) index += 1
  }
  return index
}

export interface JsonStyle {
  /** Blanks of each level; null is all on one line. */
  readonly indent?: number | null
  /** Between items on one line. */
  readonly itemSeparator?: string
  readonly keySeparator?: string
  /** Whether to write non-ASCII characters as `\uXXXX`. */
  readonly ascii?: boolean
  readonly sortKeys?: boolean
}

/**
 * JSON text in a style of Python's.
 *
 * @throws {Fault} If a value is not data.
 */
export function dumpJson(value: unknown, style: JsonStyle = {}): string {
  const { indent = null, itemSeparator = ',', keySeparator = ':', ascii = false } = style

  function write(item: unknown, margin: string): string {
    charge(4)
    if (typeof item === 'string') return text(item)
    if (item === null || typeof item === 'boolean') return String(item)
    if (isNumeric(item)) return jsonNumber(item)
    if (typeof item !== 'object') throw unserialisable()
    if (margin.length > MAX_DEPTH * (indent ?? 1)) {
      throw new Fault('recursion', 'The value is nested too deeply for JSON')
    }
    const inner = margin + ' '.repeat(indent ?? 1)
    if (Array.isArray(item)) return join('[', item.map((one) => write(one, inner)), ']', margin)
    const prototype: unknown = Object.getPrototypeOf(item)
    if (prototype !== Object.prototype && prototype !== null && !isMapLike(item)) {
      throw unserialisable()
    }
    const entries = Array.from(
      mapEntries(item as Record<string, unknown>),
      ([key, one]): [string, unknown] => [jsonKey(key), one],
    )
    charge(4 * entries.length)
    if (style.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    const parts = entries.map(([key, one]) => text(key) + keySeparator + write(one, inner))
    return join('{', parts, '}', margin)
  }

  function join(open: string, parts: readonly string[], close: string, margin: string): string {
    if (parts.length === 0) return open + close
    if (indent === null) return open + parts.join(itemSeparator) + close
    const line = `\n${margin}${' '.repeat(indent)}`
    return `${open}${line}${parts.join(`,${line}`)}\n${margin}${close}`
  }

  function text(item: string): string {
    charge(ascii ? item.length : item.length >> 4)
    const quoted = JSON.stringify(item)
    if (!ascii) return quoted
    return replaceEach(
      quoted,
      /[\u007f-\uffff]/g,
      3,
      ([unit]) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  }

  return write(value, '')
}

function unserialisable(): Fault {
  return new Fault('type', 'The value is not JSON serializable')
}

function jsonNumber(value: number | bigint | Float): string {
  if (value instanceof Float || (typeof value === 'number' && !Number.isInteger(value))) {
    const double = value instanceof Float ? value.value : value
    if (Number.isNaN(double)) return 'NaN'
    if (!Number.isFinite(double)) return double < 0 ? '-Infinity' : 'Infinity'
    return floatText(double)
  }
  return BigInt(value).toString()
}

/** The text under which a key of any kind is stored. */
export function jsonKey(key: unknown): string {
  if (typeof key === 'string') return key
  if (key === null || typeof key === 'boolean') return String(key)
  if (isNumeric(key)) return jsonNumber(key)
  throw new Fault('type', 'keys must be str, int, float, bool or None')
}
