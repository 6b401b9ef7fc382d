/**
 * @module
 * Cuts a YAQL expression into tokens (`reference/yaql.md` §2).
 */
import { GrammarError } from '../errors.ts'
import { fromBig, parseInteger } from '../values/numbers.ts'
import { type Float, float } from '../values/value.ts'
import { unescape } from './string-literal.ts'

export type TokenType = 'variable' | 'number' | 'function' | 'word' | 'string' | 'operator' | 'end'

export interface Token {
  readonly type: TokenType
  /** As written; of a function its name without the parenthesis. */
  readonly text: string
  /** What a number or a string stands for. */
  readonly value: string | number | bigint | Float | null
  /** Code points from the start of the expression. */
  readonly position: number
  /** UTF-16 units from the start. */
  readonly offset: number
}

const BLANK = /[ \t\r\n]*/y
const VARIABLE = /\$[\p{L}\p{N}_]*/uy
const NUMBER = /(\p{Nd}+)(\.\p{Nd}+)?/uy
const IDENTIFIER = /(?!\p{Nd})[\p{L}\p{N}_]+/uy
const STRING = /'(?:[^'\\]|\\[^\n])*'|"(?:[^"\\]|\\[^\n])*"/y
const VERBATIM = /`(?:[^`\\]|\\[^\n])*`/y
const OPERATOR = /\?\.|=~|!~|->|=>|>=|<=|!=|[[{+\-*/.><=()\],}]/y
const WORD_CHARACTER = /[\p{L}\p{N}_]/u

/** @throws {GrammarError} If a character begins no token. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  const positionOf = positions(source)
  let offset = 0

  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = offset
    return pattern.exec(source)
  }

  function push(type: TokenType, text: string, length: number, value: Token['value'] = null): void {
    tokens.push({ type, text, value, position: positionOf(offset), offset })
    offset += length
  }

  for (;;) {
    offset += match(BLANK)?.[0].length ?? 0
    if (offset >= source.length) break
    const variable = match(VARIABLE)
    if (variable) {
      push('variable', variable[0], variable[0].length)
      continue
    }
    const number = numberAt(match(NUMBER), source, offset)
    if (number) {
      push('number', number, number.length, numberValue(number))
      continue
    }
    const identifier = match(IDENTIFIER)?.[0]
    if (identifier !== undefined && source[offset + identifier.length] === '(') {
      push('function', identifier, identifier.length + 1)
      continue
    }
    if (identifier !== undefined && !identifier.startsWith('__')) {
      push('word', identifier, identifier.length)
      continue
    }
    const quoted = match(STRING)?.[0]
    if (quoted !== undefined) {
      push('string', quoted, quoted.length, unescape(quoted.slice(1, -1)))
      continue
    }
    const verbatim = match(VERBATIM)?.[0]
    if (verbatim !== undefined) {
      push('string', verbatim, verbatim.length, verbatim.slice(1, -1).replaceAll('\\`', '`'))
      continue
    }
    const operator = match(OPERATOR)?.[0]
    if (operator === undefined) {
      const character = String.fromCodePoint(source.codePointAt(offset) ?? 0)
      throw new GrammarError(
        `Lexical error: illegal character '${character}' at position ${positionOf(offset)}`,
        { at: { start: offset, end: offset + character.length } },
      )
    }
    push('operator', operator, operator.length)
  }
  push('end', '', 0)
  return tokens
}

/** A number ends where a word ends: `12abc` is none, and of `1.5e3` only `1` is. */
function numberAt(match: RegExpExecArray | null, source: string, offset: number): string | null {
  if (!match) return null
  const [whole, digits = ''] = match
  if (!isWordAt(source, offset + whole.length)) return whole
  return isWordAt(source, offset + digits.length) ? null : digits
}

function isWordAt(source: string, offset: number): boolean {
  const code = source.codePointAt(offset)
  return code !== undefined && WORD_CHARACTER.test(String.fromCodePoint(code))
}

function numberValue(text: string): number | bigint | Float {
  const [digits = '', fraction] = text.split('.')
  if (fraction === undefined) {
    return /^\d+$/.test(digits) ? fromBig(BigInt(digits)) : parseInteger(digits)
  }
  return float(Number(`${parseInteger(digits)}.${decimalDigits(fraction)}`))
}

/** Digits of any script, one by one, so that leading zeros stay. */
function decimalDigits(text: string): string {
  return Array.from(text, (digit) => String(parseInteger(digit))).join('')
}

/** Turns offsets, asked for in rising order, into counts of code points. */
function positions(source: string): (offset: number) => number {
  if (!/[\ud800-\udfff]/.test(source)) return (offset) => offset
  let [known, position] = [0, 0]
  return (offset) => {
    for (; known < offset; position++) known += (source.codePointAt(known) ?? 0) > 0xffff ? 2 : 1
    return position
  }
}
