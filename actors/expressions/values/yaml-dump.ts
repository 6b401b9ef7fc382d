/**
 * @module
 * YAML as PyYAML's `safe_dump` writes it in block style, with its choice of quotes and its folding at
 * column 80 (`reference/expression-values.md` §8).
 */
import { Fault } from '../fault.ts'
import { DateTime } from './dates.ts'
import { charge } from './effort.ts'
import { Bytes, type Datum, isFloat, isNumeric, isSequence, itemsOf, PlainDate } from './kinds.ts'
import { isMapping, mapEntries, mapSize } from './mapping.ts'
import { asNumeric, compareNumbers, floatText, numberText, toDouble } from './numbers.ts'
import { codePointLength, compareText } from './strings.ts'
import { isSpecialScalar, isTimestamp } from './yaml-scalars.ts'

const WIDTH = 80
const MAX_DEPTH = 500
const BREAKS = '\n\x85\u2028\u2029'
const BLANKS = `\0 \t\r${BREAKS}`
const ESCAPES: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

/** @throws {Fault} If a value has no YAML form, as a set or an iterator. */
export function dumpYaml(value: Datum): string {
  const emitter = new Emitter()
  emitter.node(value, 0, 0)
  return emitter.finish(value)
}

interface Analysis {
  readonly multiline: boolean
  readonly plain: boolean
  readonly single: boolean
}

class Emitter {
  #text = ''
  #column = 0
  #plainRoot = false

  finish(root: Datum): string {
    const open = this.#plainRoot && !isSequence(root) && !isMapping(root)
    return `${this.#text}\n${open ? '...\n' : ''}`
  }

  #write(text: string): void {
    this.#text += text
    this.#column += codePointLength(text)
  }

  #newLine(indent: number): void {
    this.#text += `\n${' '.repeat(indent)}`
    this.#column = indent
  }

  /** Writes a value where the pen is; its further lines begin at `indent`. */
  node(value: Datum, indent: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new Fault('recursion', 'The value is nested too deeply for YAML')
    charge(20)
    if (isSequence(value)) return this.#sequence(itemsOf(value), indent, depth)
    if (isMapping(value)) {
      if (mapSize(value) === 0) return this.#write('{}')
      return this.#mapping(sortedEntries([...mapEntries(value)]), indent, depth)
    }
    this.#scalar(value, indent + (depth === 0 ? 2 : 0), false)
    if (depth === 0) this.#plainRoot = !/^['"!]/.test(this.#text)
  }

  #sequence(items: readonly Datum[], indent: number, depth: number): void {
    if (items.length === 0) return this.#write('[]')
    items.forEach((item, index) => {
      if (index > 0) this.#newLine(indent)
      this.#write('- ')
      this.node(item, indent + 2, depth + 1)
    })
  }

  #mapping(entries: readonly [Datum, Datum][], indent: number, depth: number): void {
    entries.forEach(([key, value], index) => {
      if (index > 0) this.#newLine(indent)
      if (isSimpleKey(key)) {
        this.#key(key, indent)
        this.#write(':')
        this.#value(value, indent, depth)
      } else {
        this.#write('? ')
        this.node(key, indent + 2, depth + 1)
        this.#newLine(indent)
        this.#write(': ')
        this.node(value, indent + 2, depth + 1)
      }
    })
  }

  #key(key: Datum, indent: number): void {
    if (isSequence(key)) this.#write('[]')
    else if (isMapping(key)) this.#write('{}')
    else this.#scalar(key, indent + 2, true)
  }

  #value(value: Datum, indent: number, depth: number): void {
    if (isSequence(value) && itemsOf(value).length > 0) {
      this.#newLine(indent)
      this.#sequence(itemsOf(value), indent, depth + 1)
    } else if (isMapping(value) && mapSize(value) > 0) {
      this.#newLine(indent + 2)
      this.node(value, indent + 2, depth + 1)
    } else {
      this.#write(' ')
      this.node(value, indent + 2, depth + 1)
    }
  }

  #scalar(value: Datum, indent: number, key: boolean): void {
    if (typeof value === 'string') {
      charge(2 * value.length)
      return this.#string(value, indent, key)
    }
    if (value instanceof Bytes) {
      const base64 = btoa(String.fromCharCode(...value.data))
      return this.#write(`!!binary |\n${' '.repeat(indent)}${base64}`)
    }
    const text = plainText(value)
    if (value instanceof DateTime && !isTimestamp(text)) {
      this.#write('!!timestamp ')
      return this.#single(text, indent, !key)
    }
    this.#write(text)
  }

  #string(text: string, indent: number, key: boolean): void {
    const analysis = analyze(text)
    const awkwardKey = key && analysis.multiline
    if (analysis.plain && !awkwardKey && text !== '' && !isSpecialScalar(text)) {
      this.#plain(text, indent, !key)
    } else if (analysis.single && !awkwardKey) this.#single(text, indent, !key)
    else this.#double(text, indent, !key)
  }

  #plain(text: string, indent: number, split: boolean): void {
    for (const piece of text.match(/ +|[^ ]+/g) ?? []) {
      if (piece === ' ' && this.#column > WIDTH && split) this.#newLine(indent)
      else this.#write(piece)
    }
  }

  #single(text: string, indent: number, split: boolean): void {
    this.#write("'")
    let offset = 0
    for (const piece of text.match(/ +|[\n\x85\u2028\u2029]+|[^ \n\x85\u2028\u2029]+/g) ?? []) {
      const inner = offset > 0 && offset + piece.length < text.length
      offset += piece.length
      if (piece === ' ' && this.#column > WIDTH && split && inner) this.#newLine(indent)
      else if (BREAKS.includes(piece.charAt(0))) {
        this.#text += (piece.startsWith('\n') ? '\n' : '') + piece
        this.#text += ' '.repeat(indent)
        this.#column = indent
      } else this.#write(piece.replaceAll("'", "''"))
    }
    this.#write("'")
  }

  #double(text: string, indent: number, split: boolean): void {
    const characters = Array.from(text)
    this.#write('"')
    let start = 0
    for (let end = 0; end <= characters.length; end++) {
      const character = characters[end]
      if (character === undefined || !/^[ !#-[\]-~]$/.test(character)) {
        if (start < end) {
          this.#write(characters.slice(start, end).join(''))
          start = end
        }
        if (character !== undefined) {
          this.#write(escaped(character))
          start = end + 1
        }
      }
      const inner = end > 0 && end < characters.length - 1
      if (
        inner && (character === ' ' || start >= end) && this.#column + (end - start) > WIDTH &&
        split
      ) {
        this.#write(`${characters.slice(start, Math.max(start, end)).join('')}\\`)
        if (start < end) start = end
        this.#newLine(indent)
        if (characters[start] === ' ') this.#write('\\')
      }
    }
    this.#write('"')
  }
}

function escaped(character: string): string {
  const known = ESCAPES[character]
  if (known !== undefined) return `\\${known}`
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

function plainText(value: Datum): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (isNumeric(value)) return isFloat(value) ? yamlFloatText(toDouble(value)) : numberText(value)
  if (value instanceof DateTime) return value.toString()
  if (value instanceof PlainDate) return value.text
  throw new Fault('yaml', 'cannot represent an object of this kind in YAML')
}

function yamlFloatText(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value < 0 ? '-.inf' : '.inf'
  const text = floatText(value)
  return text.includes('.') ? text : text.replace('e', '.0e')
}

/** How a string may be written in a block. */
function analyze(text: string): Analysis {
  const multiline = /[\n\x85\u2028\u2029]/.test(text)
  const edge = `[ ${BREAKS}]`
  const special = /[^\n\x20-\x7e]/.test(text)
  const breakSpace = new RegExp(`[${BREAKS}] `).test(text)
  const spaceBreak = new RegExp(` [${BREAKS}]`).test(text)
  const loose = new RegExp(`^${edge}|${edge}$`).test(text)
  const indicators = /^(?:---|\.\.\.)|^[#,[\]{}&*!|>'"%@`]/.test(text) ||
    new RegExp(`^[-?:](?:$|[${BLANKS}])|:(?:$|[${BLANKS}])|[${BLANKS}]#`).test(text)
  return {
    multiline,
    plain: !(multiline || special || loose || indicators),
    single: !(special || breakSpace || spaceBreak),
  }
}

/** Short keys on one line go before the colon; others need a question mark. Their tag counts too. */
function isSimpleKey(key: Datum): boolean {
  if (isSequence(key)) return itemsOf(key).length === 0
  if (isMapping(key)) return mapSize(key) === 0
  return typeof key !== 'string' ||
    (key !== '' && !analyze(key).multiline && Array.from(key).length < 123)
}

/** By key, unless the keys have no order among each other. */
function sortedEntries(entries: readonly [Datum, Datum][]): [Datum, Datum][] {
  charge(15 * entries.length)
  if (entries.every(([key]) => typeof key === 'string')) {
    return [...entries].sort(([a], [b]) => compareText(a as string, b as string))
  }
  const numbers = entries.map(([key, value]) => [asNumeric(key), key, value] as const)
  if (numbers.some(([number]) => number === null)) return [...entries]
  return numbers
    .sort(([a], [b]) => compareNumbers(a ?? 0, b ?? 0))
    .map(([, key, value]) => [key, value])
}
