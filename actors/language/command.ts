/**
 * @module
 * One-line commands, as in `action: std.echo output="hi" count=1`: a name, then `KEY=VALUE` pairs.
 *
 * What Mistral does with regular expressions is done here in one pass, so that no text makes it slow:
 * values are tried in the order `"…"`, `'…'`, `{{ … }}`, `<% … %>`, `[ … ]` (to the last bracket of the
 * line), `true`, `false`, `null`, digits; what is none of them is no parameter.
 */
import type { Value } from '../expressions/values/value.ts'
import { parseJson } from '../expressions/values/json.ts'

export interface Command {
  readonly name: string
  /** In order of mention; of equal keys the last. */
  readonly params: ReadonlyMap<string, Value>
}

const WORD = '[\\p{L}\\p{N}_]'
const NAME = new RegExp(
  `^(?:(?:${WORD}|\\.)+[^=(\\s"]*|<%.*?%>|\\{\\{.*\\}\\}|\\{%.*%\\})`,
  'u',
)
const KEY = new RegExp(`(?:${WORD}|-)+`, 'uy')
const CALL = new RegExp(`^${WORD}+\\(${WORD}+=[\\s\\S]*\\)$`, 'u')
const LITERAL = /true|false|null|\d+/y

/** Values of keys that take more than Mistral's literals: `1.5`, `exponential`, `5xx,timeout`. */
const BARE = /[^\s"'<{[=]+/y

/**
 * The command that a text stands for, or null if it does not begin with a name.
 *
 * @param bare Keys whose value may be any bare word.
 */
export function parseCommand(text: string, bare: readonly string[] = []): Command | null {
  if (!text.includes(' ')) return { name: text, params: new Map() }
  const name = NAME.exec(text)?.[0]
  return name === undefined ? null : { name, params: parseParams(text, bare) }
}

/** As {@link parseCommand}, for an entry of an on-clause: there `fail(msg="why")` needs no space. */
export function parseTransition(text: string): Command | null {
  if (!CALL.test(text)) return parseCommand(text)
  return { name: text.slice(0, text.indexOf('(')), params: parseParams(text, []) }
}

/** What to write for a command that a comma of YAML cut in two, as in `[fail(msg="a, b")]`; else null. */
export function hintForCut(text: string): string | null {
  const isCut = /^\w+\([^)]*$/.test(text)
  return isCut ? 'inside [ ], a comma ends an entry: put the whole entry in quotes' : null
}

/** Keys that are followed by no value that Mistral knows, so that they are no parameters. */
export function droppedParams(text: string): readonly string[] {
  const dropped: string[] = []
  if (text.includes(' ')) parseParams(text, [], dropped)
  return dropped
}

function parseParams(
  text: string,
  bare: readonly string[],
  dropped: string[] = [],
): ReadonlyMap<string, Value> {
  const params = new Map<string, Value>()
  const valueEnd = valueScanner(text)
  let at = 0
  while (at < text.length) {
    KEY.lastIndex = at
    const key = KEY.exec(text)?.[0]
    if (key === undefined) {
      at += text.codePointAt(at)! > 0xffff ? 2 : 1
      continue
    }
    at += key.length
    if (text[at] !== '=') continue
    const end = (bare.includes(key) ? bareEnd(text, at + 1) : null) ?? valueEnd(at + 1)
    if (end === null) {
      dropped.push(key)
      continue
    }
    params.set(key, valueOf(text.slice(at + 1, end)))
    at = end
  }
  return params
}

function bareEnd(text: string, at: number): number | null {
  BARE.lastIndex = at
  const word = BARE.exec(text)?.[0]
  return word === undefined ? null : at + word.length
}

function valueOf(source: string): Value {
  if (source.startsWith('"') || source.startsWith("'")) return source.slice(1, -1)
  try {
    return parseJson(source)
  } catch {
    return source
  }
}

/** Finds where the value that starts at an offset ends, or null. Offsets must not go down. */
function valueScanner(text: string): (at: number) => number | null {
  const lineEnd = finder(text, '\n')
  const doubleQuote = finder(text, '"')
  const singleQuote = finder(text, "'")
  const jinjaEnd = finder(text, '}}')
  const yaqlEnd = finder(text, '%>')
  let bracketLine = -1
  let lastBracket = -1

  /** The end of a bracketed value if its closing mark is on the same line. */
  const closed = (at: number, find: (from: number) => number) => {
    const end = find(at + 2)
    return end < lineEnd(at) ? end + 2 : null
  }
  const quoted = (at: number, find: (from: number) => number) => {
    const end = find(at + 1)
    return end === Infinity ? null : end + 1
  }
  const bracketed = (at: number) => {
    const end = lineEnd(at)
    if (bracketLine !== end) {
      bracketLine = end
      lastBracket = text.lastIndexOf(']', end === Infinity ? text.length : end)
    }
    return lastBracket > at ? lastBracket + 1 : null
  }
  return (at) => {
    const opening = text.slice(at, at + 2)
    if (opening.startsWith('"')) return quoted(at, doubleQuote)
    if (opening.startsWith("'")) return quoted(at, singleQuote)
    if (opening === '{{') return closed(at, jinjaEnd)
    if (opening === '<%') return closed(at, yaqlEnd)
    if (opening.startsWith('[')) return bracketed(at)
    LITERAL.lastIndex = at
    const literal = LITERAL.exec(text)?.[0]
    return literal === undefined ? null : at + literal.length
  }
}

/** Like `indexOf`, Infinity for nowhere, for offsets that only grow: what was found is not sought twice. */
function finder(text: string, mark: string): (from: number) => number {
  let found = -1
  return (from) => {
    if (found < from) {
      const index = text.indexOf(mark, from)
      found = index === -1 ? Infinity : index
    }
    return found
  }
}
