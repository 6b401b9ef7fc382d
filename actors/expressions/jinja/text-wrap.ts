/**
 * @module
 * Paragraphs broken into lines, as Python's `textwrap` does.
 */
import { Fault } from '../fault.ts'
import { characters, codePointLength } from '../values/strings.ts'

export interface WrapOptions {
  readonly breakLongWords: boolean
  readonly breakOnHyphens: boolean
}

const blank = '[\\t\\n\\v\\f\\r ]'
const other = '[^\\t\\n\\v\\f\\r ]'
const wordPunctuation = `[\\p{L}\\p{N}_!"'&.,?]`
const letter = '[\\p{L}\\p{N}_](?<!\\p{Nd})'
const wordSeparator = new RegExp(
  `(${blank}+|(?<=${wordPunctuation})-{2,}(?=[\\p{L}\\p{N}_])|${other}+?(?:` +
    `-(?:(?<=(?:${letter}){2}-)|(?<=${letter}-${letter}-))(?=${letter}-?${letter})|` +
    `(?=${blank}|$)|(?<=${wordPunctuation})(?=-{2,}[\\p{L}\\p{N}_])))`,
  'u',
)
const blanks = new RegExp(`(${blank}+)`)

/** @throws {Fault} If there is no room for anything. */
export function wrapText(text: string, width: number, options: WrapOptions): string[] {
  if (width <= 0) throw new Fault('value', `invalid width ${width} (must be > 0)`)
  const separator = options.breakOnHyphens ? wordSeparator : blanks
  const chunks = text.split(separator).filter((chunk) => chunk !== undefined && chunk !== '')
  chunks.reverse()
  const lines: string[] = []
  while (chunks.length > 0) {
    if (lines.length > 0 && isBlank(chunks.at(-1) ?? '')) chunks.pop()
    const line = fill(chunks, width, options)
    if (line.length > 0 && isBlank(line.at(-1) ?? '')) line.pop()
    if (line.length > 0) lines.push(line.join(''))
  }
  return lines
}

/** Takes chunks from the end of the stack for as long as they fit. */
function fill(chunks: string[], width: number, options: WrapOptions): string[] {
  const line: string[] = []
  let length = 0
  for (let chunk = chunks.at(-1); chunk !== undefined; chunk = chunks.at(-1)) {
    const size = codePointLength(chunk)
    if (length + size > width) break
    line.push(chunk)
    chunks.pop()
    length += size
  }
  const next = chunks.at(-1)
  if (next === undefined || codePointLength(next) <= width) return line
  if (options.breakLongWords) {
    const points = characters(next)
    const end = breakAt(points, width - length, options.breakOnHyphens)
    line.push(points.slice(0, end).join(''))
    chunks[chunks.length - 1] = points.slice(end).join('')
    if (end >= points.length) chunks.pop()
  } else if (line.length === 0) {
    line.push(next)
    chunks.pop()
  }
  return line
}

/** Where a word too long is cut: after its last hyphen that fits, if something stands before it. */
function breakAt(points: readonly string[], space: number, onHyphens: boolean): number {
  if (!onHyphens || points.length <= space) return space
  const hyphen = points.slice(0, space).lastIndexOf('-')
  return hyphen > 0 && points.slice(0, hyphen).some((point) => point !== '-') ? hyphen + 1 : space
}

function isBlank(chunk: string): boolean {
  return /^\s*$/.test(chunk)
}
