/**
 * @module
 * `text.format(…)`: replacement fields, looked up under the sandbox's rules.
 */
import { Fault } from '../fault.ts'
import { type Datum, isNumeric } from '../values/kinds.ts'
import { formatNumber, formatText } from '../values/format-spec.ts'
import { mapGet, mapHas } from '../values/mapping.ts'
import { asText, escapeHtml, isText, Markup } from './markup.ts'
import { missingKey } from './methods/collections.ts'
import { isDict, repr, str, typeName } from './protocol.ts'
import type { Run } from './run.ts'

const maxNesting = 2

/** How a field finds what it names; given from outside, where formatting is itself a lookup. */
export interface Lookup {
  attribute(run: Run, object: Datum, name: string): Datum
  item(run: Run, object: Datum, key: Datum): Datum
}

/** Formats by fields in braces: `{}`, `{0.name[key]!r:>10}`. */
export class TextFormatter {
  readonly #run: Run
  readonly #positional: readonly Datum[]
  readonly #named: Datum
  readonly #escaping: boolean
  readonly #lookup: Lookup
  /** The next automatic field; null once fields are numbered by hand. */
  #automatic: number | null | undefined

  constructor(
    run: Run,
    positional: readonly Datum[],
    named: Datum,
    escaping: boolean,
    lookup: Lookup,
  ) {
    this.#run = run
    this.#lookup = lookup
    this.#positional = positional
    this.#named = named
    this.#escaping = escaping
  }

  /** @throws {Fault} If the text is malformed or a field cannot be found. */
  format(text: string, nesting = 0): string {
    if (nesting > maxNesting) throw new Fault('value', 'Max string recursion exceeded')
    this.#run.step(2 * text.length)
    let result = ''
    for (let index = 0; index < text.length;) {
      const character = text.charAt(index)
      if ((character === '{' || character === '}') && text.charAt(index + 1) === character) {
        result += character
        index += 2
      } else if (character === '{') {
        const end = fieldEnd(text, index)
        result += this.#field(text.slice(index + 1, end), nesting)
        index = end + 1
      } else if (character === '}') {
        throw new Fault('value', `Single '}' encountered in format string`)
      } else {
        result += character
        index++
      }
      this.#run.reserveText(result.length)
    }
    return result
  }

  #field(field: string, nesting: number): string {
    const [, path = '', conversion, spec = ''] =
      /^((?:[^!:[]|\[[^\]]*\])*)(?:!([^:]*))?(?::([^]*))?$/.exec(field) ?? []
    if (conversion !== undefined && !['r', 's', 'a'].includes(conversion)) {
      throw new Fault('value', 'Unknown conversion specifier')
    }
    const value = this.#lookUp(path)
    const converted = conversion === undefined
      ? value
      : conversion === 's'
      ? str(value)
      : repr(value)
    return this.#print(converted, spec.includes('{') ? this.format(spec, nesting + 1) : spec)
  }

  #lookUp(path: string): Datum {
    const [first = ''] = /^[^.[]*/.exec(path) ?? []
    let value = this.#argument(first)
    let rest = path.slice(first.length)
    while (rest !== '') {
      const step = /^(?:\.([^.[]+)|\[([^\]]+)\])/.exec(rest)
      if (!step) throw new Fault('value', 'Empty attribute in format string')
      const [whole, attribute, item] = step
      value = attribute !== undefined
        ? this.#lookup.attribute(this.#run, value, attribute)
        : this.#lookup.item(this.#run, value, /^\d+$/.test(item ?? '') ? Number(item) : item)
      rest = rest.slice(whole.length)
    }
    return value
  }

  #argument(name: string): Datum {
    if (name === '' || /^\d+$/.test(name)) {
      const index = this.#index(name)
      if (index >= this.#positional.length) {
        throw new Fault(
          'index',
          `Replacement index ${index} out of range for positional args tuple`,
        )
      }
      return this.#positional[index]
    }
    if (!isDict(this.#named)) return this.#lookup.item(this.#run, this.#named, name)
    if (!mapHas(this.#named, name)) throw missingKey(name)
    return mapGet(this.#named, name)
  }

  #index(name: string): number {
    const automatic = name === ''
    if (this.#automatic !== undefined && automatic !== (this.#automatic !== null)) {
      throw new Fault(
        'value',
        automatic
          ? 'cannot switch from manual field specification to automatic field numbering'
          : 'cannot switch from automatic field numbering to manual field specification',
      )
    }
    if (!automatic) {
      this.#automatic = null
      return Number(name)
    }
    const index = this.#automatic ?? 0
    this.#automatic = index + 1
    return index
  }

  #print(value: Datum, spec: string): string {
    if (value instanceof Markup && this.#escaping) {
      if (spec) throw new Fault('value', 'Unsupported format specification for Markup')
      return value.text
    }
    const text = printed(value, spec)
    return this.#escaping ? escapeHtml(text) : text
  }
}

function printed(value: Datum, spec: string): string {
  if (isText(value)) return formatText(asText(value) ?? '', spec)
  if (isNumeric(value) || typeof value === 'boolean') return formatNumber(value, spec)
  if (spec !== '') {
    throw new Fault('type', `unsupported format string passed to ${typeName(value)}.__format__`)
  }
  return str(value)
}

/** Where the field that begins at an opening brace is closed. */
function fieldEnd(text: string, start: number): number {
  let [depth, inItem] = [0, false]
  for (let index = start; index < text.length; index++) {
    const character = text.charAt(index)
    if (inItem) inItem = character !== ']'
    else if (character === '[' && depth === 1) inItem = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return index
  }
  throw new Fault(
    'value',
    start === text.length - 1
      ? `Single '{' encountered in format string`
      : `expected '}' before end of string`,
  )
}
