/**
 * @module
 * YAML text to value, as PyYAML's safe loader reads YAML 1.1, with the place of everything in it.
 *
 * Unlike upstream's hardened loader, anchors, aliases and merge keys work, under a bound on what they
 * add. Dates stay the text they are; keys are strings, spelt as in the text.
 */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
  type Scalar,
  type ScalarTag,
  type YAMLMap,
  type YAMLParseError,
  type YAMLSeq,
} from 'yaml'
import type { Value } from '../expressions/values/value.ts'
import { excessOf } from '../expressions/values/yaml-bounds.ts'
import { isTightComment, lexemes } from '../expressions/values/yaml-lexer.ts'
import { pyYamlTags, yamlFloat } from '../expressions/values/yaml-scalars.ts'
import { limits } from './limits.ts'
import { toMapping } from '../data.ts'
import { type At, InvalidDefinitionError, type Path, type Position } from './problems.ts'

type Node = ParsedNode | null

/** A key with its value, once merge keys are resolved. */
interface Entry {
  readonly key: string
  readonly keyNode: Node
  readonly read: Read
}

/** What a node, or the node that an alias stands for, was read as. */
interface Read {
  readonly node: Node
  readonly value: Value
  /** Nodes in it, itself included. */
  readonly size: number
  /** Collections inside each other, itself included. */
  readonly height: number
}

/** A text that was read. */
export interface YamlDocument {
  readonly value: Value
  /** Keys that stand in a mapping a second time, the first few: the last value is the one that counts. */
  readonly repeated: readonly (Position & { readonly key: string })[]
  /** Where the value of a path is, or its key; the nearest place above it if there is none. */
  locate(path: Path, at?: At): Position
  /**
   * The lines of one key of a block mapping, as if it stood alone, with its comments; null in flow
   * style. Read them again before trusting them: aliases and odd indentation may not survive.
   */
  slice(path: Path): string | null
}

/**
 * A byte order mark at its start is no part of the text, in places either.
 *
 * @throws {InvalidDefinitionError} If it is not one YAML document, or larger than the limits.
 */
export function readYaml(given: string): YamlDocument {
  const text = given.replace(/^\ufeff/, '')
  if (text.length > limits.textLength) {
    const message =
      `the text has ${text.length} characters, more than the ${limits.textLength} allowed`
    throw unreadable([{ message, hint: 'split it into several definitions', line: 1, column: 1 }])
  }
  const lines = new LineCounter()
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const documents = compose(text, lines, place)
  const reader = new Reader(text, place)
  const [document, second] = documents
  if (second) {
    throw reader.refuse(second.range[0], 'there is a second document', 'leave one `---` at most')
  }
  const root = document?.contents ?? null
  const value = reader.read(root, 0).value
  return {
    value,
    repeated: reader.repeated.map(({ key, offset }) => ({ key, ...place(offset) })),
    locate: (path, at = 'value') => place(reader.offsetOf(root, path, at)),
    slice: (path) => reader.slice(root, path, text),
  }
}

interface Fault extends Position {
  readonly message: string
  readonly hint: string | null
}

function unreadable(faults: readonly Fault[]): InvalidDefinitionError {
  const problems = faults.map((fault) => ({ path: '', ...fault }))
  return new InvalidDefinitionError('Definition could not be parsed', problems)
}

/** What follows the first few faults seldom is one. */
const MOST_FAULTS = 5

const OPTIONS = {
  schema: 'failsafe',
  version: '1.1',
  uniqueKeys: false,
  resolveKnownTags: false,
  merge: false,
  prettyErrors: false,
} as const

function compose(
  text: string,
  lines: LineCounter,
  place: (offset: number) => Position,
): Document.Parsed[] {
  const tokens = tokensOf(text, lines)
  const excess = excessOf(tokens, limits)
  if (excess) {
    const message = excess.of === 'nodes'
      ? `the text has more than ${limits.nodes} values`
      : `collections are nested more than ${limits.depth} deep`
    throw unreadable([{ message, hint: null, ...place(excess.offset) }])
  }
  const composer = new Composer<ParsedNode>(OPTIONS)
  const documents = [...composer.compose(tokens)] as Document.Parsed[]
  const faults = documents.flatMap(({ errors }) => errors).filter((error) =>
    !isForgiven(error, text)
  )
  if (faults.length > 0) {
    // One fault makes the composer stumble over the rest of the line.
    const byLine = new Map<number, Fault>()
    for (const error of faults.toReversed()) {
      const { line, column } = place(error.pos[0])
      const message = lowerFirst(error.message)
      byLine.set(line, { message, hint: hintFor(error, text), line, column })
    }
    throw unreadable([...byLine.values()].toReversed().slice(0, MOST_FAULTS))
  }
  return documents
}

function tokensOf(text: string, lines: LineCounter): CST.Token[] {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  for (const lexeme of lexemes(text)) tokens.push(...parser.next(lexeme))
  return [...tokens, ...parser.end()]
}

/**
 * Mistral reads a value that starts with `@` (or a backquote) as the text it is, and PyYAML a comment
 * right behind a quote or a bracket.
 */
function isForgiven(error: YAMLParseError, text: string): boolean {
  const at = text[error.pos[0]] ?? ' '
  return error.code === 'BAD_SCALAR_START' ? '@`'.includes(at) : isTightComment(error, text)
}

function hintFor(error: YAMLParseError, text: string): string | null {
  const at = text[error.pos[0]] ?? ''
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return "quote a text that has ': ' in it, or align the lines below it with its key"
    case 'BAD_SCALAR_START':
      return `quote a text that starts with ${at}`
    case 'MULTILINE_IMPLICIT_KEY':
    case 'MISSING_CHAR':
      return /["']/.test(error.message)
        ? null
        : "write 'key: value', and align it with its neighbours"
    case 'BAD_INDENT':
      return 'align it with its neighbours, and close every [ and {'
    case 'UNEXPECTED_TOKEN':
      if (/["']\s*$/.test(text.slice(Math.max(error.pos[0] - 20, 0), error.pos[0]))) {
        return 'quotes inside a quoted text are of the other kind: "… \'text\' …"'
      }
      return '[{]}'.includes(at) || at === ''
        ? 'inside { } and [ ], quote an expression that has brackets, braces or commas'
        : null
    default:
      return null
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** Python reads no longer ints either. */
const LONGEST_NUMBER = 4300
/** What Python reads as a float and YAML without a tag does not: `1`, `1e3`. */
const PYTHON_FLOAT = /^[-+]?\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?$/
const CORE = 'tag:yaml.org,2002:'
/** Dates stay text. */
const implicit = pyYamlTags.filter(({ tag }) => tag !== `${CORE}timestamp`)

/** Turns nodes into values, each once, in text order. */
class Reader {
  readonly #text: string
  readonly #place: (offset: number) => Position
  /** By anchor name; null while its value is being read, so that it cannot contain itself. */
  readonly #anchors = new Map<string, Read | null>()
  readonly #reads = new Map<Node, Read>()
  readonly #entries = new Map<Node, readonly Entry[]>()
  readonly repeated: { readonly key: string; readonly offset: number }[] = []
  #aliased = 0

  constructor(text: string, place: (offset: number) => Position) {
    this.#text = text
    this.#place = place
  }

  refuse(offset: number, message: string, hint: string | null = null): InvalidDefinitionError {
    return unreadable([{ message, hint, ...this.#place(offset) }])
  }

  read(node: Node, depth: number): Read {
    if (node === null) return { node, value: null, size: 1, height: 0 }
    const read = isAlias(node) ? this.#alias(node, depth) : this.#anchored(node, depth)
    this.#reads.set(node, read)
    return read
  }

  #anchored(node: Exclude<ParsedNode, Alias.Parsed>, depth: number): Read {
    if (node.anchor) this.#anchors.set(node.anchor, null)
    const read = isScalar(node)
      ? { node, value: this.#scalar(node), size: 1, height: 0 }
      : this.#collection(node, depth)
    if (node.anchor) this.#anchors.set(node.anchor, read)
    return read
  }

  #collection(node: YAMLMap.Parsed | YAMLSeq.Parsed, depth: number): Read {
    const kind = isSeq(node) ? 'seq' : 'map'
    if (!['', '!', `${CORE}${kind}`].includes(node.tag ?? '')) {
      throw this.refuse(start(node), `the tag '${node.tag}' is not known`, 'leave it out')
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item as Node, depth + 1))
      return { node, value: items.map(({ value }) => value), ...measure(items) }
    }
    const entries = this.#mapping(node, depth)
    this.#entries.set(node, entries)
    const value = toMapping(entries.map(({ key, read }) => [key, read.value] as const))
    return { node, value, ...measure(entries.map(({ read }) => read)) }
  }

  /** Keys keep the place of their first mention and the value of their last, as in Python. */
  #mapping(node: YAMLMap.Parsed, depth: number): Entry[] {
    const merged = new Map<string, Entry>()
    const own: Entry[] = []
    for (const { key: keyNode, value } of node.items) {
      if (isMergeKey(keyNode)) {
        const { node: source } = this.read(value as Node, depth + 1)
        for (const entry of this.#mergeable(source, start(keyNode))) {
          this.#grow(entry.read, depth + 1, start(keyNode))
          merged.set(entry.key, entry)
        }
        continue
      }
      const key = this.#key(keyNode)
      own.push({ key, keyNode, read: this.read(value as Node, depth + 1) })
    }
    const seen = new Set<string>()
    for (const entry of own) {
      if (seen.has(entry.key) && this.repeated.length < limits.problems) {
        this.repeated.push({ key: entry.key, offset: start(entry.keyNode!) })
      }
      seen.add(entry.key)
      merged.set(entry.key, entry)
    }
    return [...merged.values()]
  }

  /** The entries that a merge key brings; of several mappings the first wins. */
  #mergeable(source: Node, offset: number): readonly Entry[] {
    const one = (node: Node) => {
      const entries = this.#entries.get(node)
      if (!entries) throw this.refuse(offset, "'<<' merges a mapping or a list of mappings")
      return entries
    }
    if (!isSeq(source)) return one(source)
    return source.items.toReversed().flatMap((item) => {
      return one(this.#reads.get(item as Node)?.node ?? null)
    })
  }

  #key(node: ParsedNode): string {
    if (isAlias(node)) {
      const { value } = this.#alias(node, 0)
      if (typeof value === 'string') return value
    }
    if (!isScalar(node)) {
      const isExpression = this.#text.startsWith('{{', start(node) - 1)
      const hint = isExpression ? 'quote a text that begins with {{, as in "{{ … }}"' : null
      throw this.refuse(start(node), 'a key has to be a text', hint)
    }
    if (node.anchor) this.read(node, 0)
    return String(node.value) === '' && node.type === 'PLAIN' ? 'null' : String(node.value)
  }

  #alias(node: Alias.Parsed, depth: number): Read {
    const target = this.#anchors.get(node.source)
    if (target === null) {
      throw this.refuse(start(node), `'*${node.source}' is inside what it stands for`)
    }
    if (target === undefined) {
      const hint = `set &${node.source} above it, or quote it if it is a text: '*${node.source}'`
      throw this.refuse(start(node), `'*${node.source}' stands for nothing`, hint)
    }
    this.#grow(target, depth, start(node))
    return target
  }

  /** Counts what is repeated, so that a short text cannot stand for a huge value. */
  #grow(read: Read, depth: number, offset: number): void {
    this.#aliased += read.size
    if (this.#aliased > limits.aliasedNodes) {
      throw this.refuse(offset, `aliases add more than ${limits.aliasedNodes} values`)
    }
    if (depth + read.height > limits.depth) {
      throw this.refuse(offset, `collections are nested more than ${limits.depth} deep`)
    }
  }

  #scalar(node: Scalar.Parsed): Value {
    const text = this.#content(node)
    // To PyYAML `!` asks for what the text would be without quotes.
    const tag = node.tag === '!' ? '' : node.tag ?? ''
    if (node.tag === undefined && node.type !== 'PLAIN') return text
    if (tag === `${CORE}str`) return text
    if (tag === '' && text.length > LONGEST_NUMBER) return text
    const resolvers = tag === '' ? implicit : implicit.filter((resolver) => resolver.tag === tag)
    const resolver = resolvers.find(({ test }) => test?.test(text))
    if (resolver) return resolved(text, resolver)
    if (tag === '') return text
    if (tag === `${CORE}float` && PYTHON_FLOAT.test(text)) return yamlFloat(text)
    throw this.refuse(
      start(node),
      `${JSON.stringify(text.slice(0, 80))} cannot be read as '${tag.replace(CORE, '!!')}'`,
      'leave the tag out',
    )
  }

  /** A block that ends with the text has no line end that the text has not. */
  #content({ value, type, range }: Scalar.Parsed): string {
    const content = String(value)
    const isCut = type?.startsWith('BLOCK') && range[2] === this.#text.length &&
      !/[\n\r\x85]$/.test(this.#text)
    return isCut ? content.replace(/\n$/, '') : content
  }

  /** The offset of a path, or of the nearest place above it. */
  offsetOf(root: Node, path: Path, at: At): number {
    let node = root
    let offset = start(root)
    for (const [index, part] of path.entries()) {
      const last = index === path.length - 1
      if (typeof part === 'number') {
        if (!isSeq(node)) return offset
        const item = node.items[part] as Node | undefined
        if (!item) return offset
        offset = start(item)
        node = this.#reads.get(item)?.node ?? item
        continue
      }
      const entry = this.#entries.get(node)?.find(({ key }) => key === part)
      if (!entry) return offset
      node = entry.read.node
      offset = start(last && at === 'key' || !node ? entry.keyNode : node)
    }
    return offset
  }

  slice(root: Node, path: Path, text: string): string | null {
    const parent = path.slice(0, -1).reduce<Node>((node, part) => {
      return this.#entries.get(node)?.find(({ key }) => key === part)?.read.node ?? null
    }, root)
    if (!isMap(parent) || parent.flow) return null
    const pair = parent.items.findLast(({ key }) => isScalar(key) && key.value === path.at(-1))
    if (!pair?.value || !isMap(pair.value) || pair.value.flow) return null
    const from = start(pair.key)
    const lineStart = text.lastIndexOf('\n', from - 1) + 1
    if (text.slice(lineStart, from).trim() !== '') return null
    return dedent(text.slice(lineStart, pair.value.range[1]), from - lineStart)
  }
}

function resolved(text: string, tag: ScalarTag): Value {
  try {
    return tag.resolve(text, () => {}, {}) as Value
  } catch {
    // `0x_` matches PyYAML's pattern and is no number.
    return text
  }
}

function isMergeKey(node: Node): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.value === '<<'
}

function start(node: Node): number {
  return node?.range?.[0] ?? 0
}

function measure(reads: readonly Read[]): { size: number; height: number } {
  let size = 1
  let height = 0
  for (const read of reads) {
    size += read.size
    height = Math.max(height, read.height)
  }
  return { size, height: height + 1 }
}

function dedent(block: string, columns: number): string {
  const lines = block.trimEnd().split('\n').map((line) => {
    return line.slice(0, columns).trim() === '' ? line.slice(columns) : line.trimStart()
  })
  return `${lines.join('\n')}\n`
}
