/**
 * @module
 * Reads a pattern in the syntax of Python's `re`.
 */
import { Fault } from '../../fault.ts'
import { characterNamed } from '../character-names.ts'
import {
  type Assertion,
  type Flags,
  foldCode,
  ignoringCase,
  isAsciiDigit,
  isAsciiSpace,
  isAsciiWord,
  isDigit,
  isSpaceCode,
  isWord,
  type Node,
  type Pattern,
  type RepeatMode,
  type Test,
} from './syntax.ts'

const MAX_DEPTH = 200
const MAX_REPEAT = 4_294_967_295
const FLAG_NAMES: Record<string, keyof Flags> = {
  i: 'ignoreCase',
  m: 'multiLine',
  s: 'dotAll',
  x: 'verbose',
  a: 'ascii',
}
const CONTROLS: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }
const NAME = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}_\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u
const LEADING_FLAGS = /^\(\?([aiLmsux]+)\)/

/** @throws {Fault} If the pattern is malformed. */
export function parsePattern(source: string, flags: Flags): Pattern {
  return new Parser(source, flags).parse()
}

class Parser {
  readonly #text: readonly string[]
  #flags: Flags
  #index = 0
  #groups = 0
  #depth = 0
  #refers = false
  readonly #open = new Set<number>()
  /** Groups that conditions ask for; they may come later. */
  readonly #conditions: number[] = []
  readonly #names = new Map<string, number>()

  constructor(source: string, flags: Flags) {
    this.#text = Array.from(source)
    this.#flags = flags
    for (let rest = source;;) {
      const match = LEADING_FLAGS.exec(rest)
      if (!match) break
      this.#flags = this.#withFlags(this.#flags, match[1] ?? '', true)
      rest = rest.slice(match[0].length)
      this.#index += match[0].length
    }
  }

  parse(): Pattern {
    const flags = this.#flags
    const node = this.#choice()
    if (this.#index < this.#text.length) this.#fail('unbalanced parenthesis')
    for (const index of this.#conditions) {
      if (index > this.#groups) this.#fail(`invalid group reference ${index}`)
    }
    return { node, groups: this.#groups, names: this.#names, flags, refers: this.#refers }
  }

  #fail(message: string): never {
    throw new Fault('regex', `${message} at position ${this.#index}`)
  }

  #peek(): string {
    return this.#text[this.#index] ?? ''
  }

  #take(): string {
    return this.#text[this.#index++] ?? ''
  }

  #accept(text: string): boolean {
    if (this.#peek() !== text) return false
    this.#index += 1
    return true
  }

  /** Takes everything up to a terminator, and the terminator. */
  #until(terminator: string, what: string): string {
    let text = ''
    while (this.#peek() !== terminator) {
      if (this.#peek() === '') this.#fail(`missing ${terminator}, unterminated ${what}`)
      text += this.#take()
    }
    this.#index += 1
    if (text === '') this.#fail(`missing ${what}`)
    return text
  }

  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) this.#fail('pattern nested too deeply')
    const options = [this.#sequence()]
    while (this.#accept('|')) options.push(this.#sequence())
    this.#depth -= 1
    const [only] = options
    return options.length === 1 && only ? only : { type: 'choice', options }
  }

  #sequence(): Node {
    const nodes: Node[] = []
    for (;;) {
      if (this.#flags.verbose && this.#skipVerbose()) continue
      const next = this.#peek()
      if (next === '' || next === '|' || next === ')') break
      const quantifier = this.#quantifier()
      if (quantifier) nodes.push(this.#repeat(nodes.pop(), quantifier))
      else {
        const atom = this.#atom()
        if (atom) nodes.push(atom)
      }
    }
    const [only] = nodes
    return nodes.length === 1 && only ? only : { type: 'sequence', nodes }
  }

  #skipVerbose(): boolean {
    if (isAsciiSpace(this.#peek().codePointAt(0) ?? 0)) {
      this.#index += 1
      return true
    }
    if (this.#peek() !== '#') return false
    while (this.#peek() !== '' && this.#peek() !== '\n') this.#index += 1
    return true
  }

  #quantifier(): { min: number; max: number } | null {
    if (this.#accept('*')) return { min: 0, max: Infinity }
    if (this.#accept('+')) return { min: 1, max: Infinity }
    if (this.#accept('?')) return { min: 0, max: 1 }
    if (this.#peek() !== '{') return null
    const match = /^\{(\d*)(?:(,)(\d*))?\}/.exec(
      this.#text.slice(this.#index, this.#index + 30).join(''),
    )
    if (!match || (match[1] === '' && match[2] === undefined)) return null
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3])
    if (min >= MAX_REPEAT || (max !== Infinity && max >= MAX_REPEAT)) {
      throw new Fault('overflow', 'the repetition number is too large')
    }
    if (max < min) this.#fail('min repeat greater than max repeat')
    this.#index += match[0].length
    return { min, max }
  }

  #repeat(node: Node | undefined, quantifier: { min: number; max: number }): Node {
    if (!node || node.type === 'assert') this.#fail('nothing to repeat')
    if (node.type === 'repeat') this.#fail('multiple repeat')
    let mode: RepeatMode = 'greedy'
    if (this.#accept('?')) mode = 'lazy'
    else if (this.#accept('+')) mode = 'possessive'
    return { type: 'repeat', node, ...quantifier, mode }
  }

  #atom(): Node | null {
    const character = this.#take()
    switch (character) {
      case '.':
        return { type: 'set', test: this.#flags.dotAll ? () => true : (code) => code !== 10 }
      case '^':
        return assertion(this.#flags.multiLine ? 'lineStart' : 'textStart')
      case '$':
        return assertion(this.#flags.multiLine ? 'lineEnd' : 'finalEnd')
      case '(':
        return this.#group()
      case '[':
        return { type: 'set', test: this.#set() }
      case '\\':
        return this.#escape()
      default:
        return this.#literal(character.codePointAt(0) ?? 0)
    }
  }

  #literal(code: number): Node {
    if (!this.#flags.ignoreCase) return { type: 'literal', code }
    const folded = foldCode(code)
    return { type: 'set', test: (other) => other === code || foldCode(other) === folded }
  }

  #group(): Node | null {
    if (!this.#accept('?')) return this.#capture(null)
    const kind = this.#take()
    switch (kind) {
      case ':':
        return this.#close(this.#scoped(this.#flags))
      case '>':
        return { type: 'atomic', node: this.#close(this.#scoped(this.#flags)) }
      case '=':
      case '!':
        return this.#look(false, kind === '!')
      case '<': {
        const direction = this.#take()
        if (direction === '') this.#fail('unexpected end of pattern')
        if (direction !== '=' && direction !== '!') this.#fail(`unknown extension ?<${direction}`)
        return this.#look(true, direction === '!')
      }
      case '#':
        while (this.#peek() !== ')') {
          if (this.#peek() === '') this.#fail('missing ), unterminated comment')
          this.#index += 1
        }
        this.#index += 1
        return null
      case 'P':
        return this.#named()
      case '(':
        return this.#condition()
      default:
        return this.#inlineFlags(kind)
    }
  }

  #capture(name: string | null): Node {
    const index = ++this.#groups
    if (name !== null) {
      if (this.#names.has(name)) this.#fail(`redefinition of group name '${name}'`)
      this.#names.set(name, index)
    }
    this.#open.add(index)
    const node = this.#close(this.#scoped(this.#flags))
    this.#open.delete(index)
    return { type: 'group', index, node }
  }

  /** A group's inside is plain to quantifiers around it, so that `(?:a*)*` is no multiple repeat. */
  #scoped(flags: Flags): Node {
    const outer = this.#flags
    this.#flags = flags
    const node = this.#choice()
    this.#flags = outer
    return { type: 'sequence', nodes: [node] }
  }

  #close(node: Node): Node {
    if (!this.#accept(')')) this.#fail('missing ), unterminated subpattern')
    return node
  }

  #look(behind: boolean, negative: boolean): Node {
    const node = this.#close(this.#scoped(this.#flags))
    if (behind) {
      const [min, max] = widths(node, this.#fixedWidths)
      if (min !== max) throw new Fault('regex', 'look-behind requires fixed-width pattern')
    }
    return { type: 'look', node, behind, negative }
  }

  /** Width of a reference: unknown, unless its group is looked up; treated as variable. */
  readonly #fixedWidths = (): [number, number] => [0, Infinity]

  #named(): Node {
    if (this.#accept('<')) {
      const name = this.#until('>', 'name')
      this.#checkName(name)
      return this.#capture(name)
    }
    if (this.#accept('=')) {
      const name = this.#until(')', 'name')
      this.#checkName(name)
      const index = this.#names.get(name)
      if (index === undefined) this.#fail(`unknown group name '${name}'`)
      return this.#reference(index)
    }
    return this.#fail(`unknown extension ?P${this.#peek()}`)
  }

  #checkName(name: string): void {
    if (!NAME.test(name)) this.#fail(`bad character in group name '${name}'`)
  }

  #reference(index: number): Node {
    if (index > this.#groups) this.#fail(`invalid group reference ${index}`)
    if (this.#open.has(index)) this.#fail('cannot refer to an open group')
    this.#refers = true
    return { type: 'reference', index, ignoreCase: this.#flags.ignoreCase }
  }

  #condition(): Node {
    const name = this.#until(')', 'group name')
    const index = /^\d+$/.test(name) ? Number(name) : this.#names.get(name)
    if (index === undefined) this.#fail(`unknown group name '${name}'`)
    if (index === 0) this.#fail('bad group number')
    this.#refers = true
    const yes = this.#sequence()
    const no: Node = this.#accept('|') ? this.#sequence() : { type: 'sequence', nodes: [] }
    if (this.#peek() === '|') this.#fail('conditional backref with more than two branches')
    this.#close(yes)
    this.#conditions.push(index)
    return { type: 'condition', index, yes, no }
  }

  #inlineFlags(first: string): Node | null {
    let on = ''
    let off = ''
    let character = first
    while (/[aiLmsux]/.test(character)) [on, character] = [on + character, this.#take()]
    if (character === '-') {
      character = this.#take()
      if (!/[aiLmsux]/.test(character)) this.#fail('missing flag')
      while (/[imsx]/.test(character)) [off, character] = [off + character, this.#take()]
    }
    if (on === '' && off === '') this.#fail(`unknown extension ?${first}`)
    if (character === ')' && off === '') {
      this.#fail('global flags not at the start of the expression')
    }
    if (character !== ':') this.#fail('missing -, : or )')
    const flags = this.#withFlags(this.#withFlags(this.#flags, on, true), off, false)
    return this.#close(this.#scoped(flags))
  }

  #withFlags(flags: Flags, letters: string, value: boolean): Flags {
    if (letters.includes('L')) {
      this.#fail("bad inline flags: cannot use 'L' flag with a str pattern")
    }
    let result = flags
    for (const letter of letters) {
      const name = FLAG_NAMES[letter]
      if (name) result = { ...result, [name]: value }
    }
    return result
  }

  #escape(): Node {
    const character = this.#take()
    if (character === '') this.#fail('bad escape (end of pattern)')
    const ascii = this.#flags.ascii
    switch (character) {
      case 'A':
        return assertion('textStart')
      case 'Z':
        return assertion('textEnd')
      case 'b':
        return assertion(ascii ? 'asciiBoundary' : 'boundary')
      case 'B':
        return assertion(ascii ? 'asciiNotBoundary' : 'notBoundary')
    }
    const category = this.#category(character)
    if (category) return { type: 'set', test: category }
    if (/[1-9]/.test(character)) return this.#numbered(character)
    return this.#literal(this.#escapedCode(character))
  }

  #numbered(first: string): Node {
    if (/\d/.test(this.#peek())) {
      const second = this.#take()
      if (/[0-3]/.test(first) && /[0-7]/.test(second) && /[0-7]/.test(this.#peek())) {
        return this.#literal(parseInt(first + second + this.#take(), 8))
      }
      if (/[4-7]/.test(first) && /[0-7]/.test(second) && /[0-7]/.test(this.#peek())) {
        this.#fail('octal escape value outside of range 0-0o377')
      }
      return this.#reference(Number(first + second))
    }
    return this.#reference(Number(first))
  }

  #category(character: string): Test | null {
    const { ascii } = this.#flags
    switch (character) {
      case 'd':
        return ascii ? isAsciiDigit : isDigit
      case 'D':
        return not(ascii ? isAsciiDigit : isDigit)
      case 's':
        return ascii ? isAsciiSpace : isSpaceCode
      case 'S':
        return not(ascii ? isAsciiSpace : isSpaceCode)
      case 'w':
        return ascii ? isAsciiWord : isWord
      case 'W':
        return not(ascii ? isAsciiWord : isWord)
      default:
        return null
    }
  }

  /** The code point of an escape whose letter was taken; shared by sets and the rest. */
  #escapedCode(character: string): number {
    switch (character) {
      case 'x':
        return this.#hex(2)
      case 'u':
        return this.#hex(4)
      case 'U':
        return this.#hex(8)
      case 'N':
        return this.#characterNamed()
      case '0': {
        let digits = '0'
        while (digits.length < 3 && /[0-7]/.test(this.#peek())) digits += this.#take()
        return parseInt(digits, 8)
      }
    }
    if (character !== 'b' && CONTROLS[character] !== undefined) return CONTROLS[character] ?? 0
    if (/[A-Za-z0-9]/.test(character)) this.#fail(`bad escape \\${character}`)
    return character.codePointAt(0) ?? 0
  }

  /** `\N{DIGIT ONE}`. */
  #characterNamed(): number {
    if (!this.#accept('{')) this.#fail('missing {')
    let name = ''
    while (this.#peek() !== '}') {
      if (this.#peek() === '') this.#fail('missing }, unterminated name')
      name += this.#take()
    }
    this.#take()
    const character = characterNamed(name)
    if (character === null) this.#fail('undefined character name')
    return character.codePointAt(0) ?? 0
  }

  #hex(length: number): number {
    const digits = this.#text.slice(this.#index, this.#index + length).join('')
    const code = parseInt(digits, 16)
    if (!new RegExp(`^[0-9a-fA-F]{${length}}$`).test(digits) || code > 0x10ffff) {
      this.#fail('incomplete or bad escape')
    }
    this.#index += length
    return code
  }

  #set(): Test {
    const negated = this.#accept('^')
    const codes = new Set<number>()
    const tests: Test[] = []
    for (let first = true;; first = false) {
      if (this.#peek() === '') this.#fail('unterminated character set')
      if (this.#peek() === ']' && !first) break
      const low = this.#setItem()
      if (this.#peek() === '-' && this.#text[this.#index + 1] !== ']') {
        this.#index += 1
        if (this.#peek() === '') this.#fail('unterminated character set')
        const high = this.#setItem()
        if (typeof low !== 'number' || typeof high !== 'number' || low > high) {
          this.#fail('bad character range')
        }
        tests.push((code) => code >= low && code <= high)
      } else if (typeof low === 'number') codes.add(low)
      else tests.push(low)
    }
    this.#index += 1
    return this.#finishSet(codes, tests, negated)
  }

  #finishSet(codes: ReadonlySet<number>, tests: readonly Test[], negated: boolean): Test {
    const plain: Test = (code) => codes.has(code) || tests.some((test) => test(code))
    const test = this.#flags.ignoreCase
      ? ignoringCase((code) => plain(code) || [...codes].some((one) => foldCode(one) === code))
      : plain
    return negated ? not(test) : test
  }

  #setItem(): number | Test {
    const character = this.#take()
    if (character !== '\\') return character.codePointAt(0) ?? 0
    const escaped = this.#take()
    if (escaped === '') this.#fail('bad escape (end of pattern)')
    const category = this.#category(escaped)
    if (category) return category
    if (escaped === 'b') return 8
    if (/[1-7]/.test(escaped)) {
      let digits = escaped
      while (digits.length < 3 && /[0-7]/.test(this.#peek())) digits += this.#take()
      const code = parseInt(digits, 8)
      if (code > 0o377) this.#fail('octal escape value outside of range 0-0o377')
      return code
    }
    return this.#escapedCode(escaped)
  }
}

function assertion(name: Assertion): Node {
  return { type: 'assert', assertion: name }
}

function not(test: Test): Test {
  return (code) => !test(code)
}

/** The fewest and the most code points that a node matches. */
export function widths(
  node: Node,
  reference: (index: number) => [number, number],
): [number, number] {
  switch (node.type) {
    case 'literal':
    case 'set':
      return [1, 1]
    case 'sequence':
      return node.nodes.map((part) => widths(part, reference))
        .reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0])
    case 'choice':
      return node.options.map((part) => widths(part, reference))
        .reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)])
    case 'repeat': {
      const [min, max] = widths(node.node, reference)
      return [min * node.min, max === 0 || node.max === 0 ? 0 : max * node.max]
    }
    case 'group':
    case 'atomic':
      return widths(node.node, reference)
    case 'reference':
      return reference(node.index)
    case 'condition': {
      const [yes, no] = [widths(node.yes, reference), widths(node.no, reference)]
      return [Math.min(yes[0], no[0]), Math.max(yes[1], no[1])]
    }
    default:
      return [0, 0]
  }
}
