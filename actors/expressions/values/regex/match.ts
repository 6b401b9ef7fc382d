/**
 * @module
 * Runs a program on a text: by backtracking as Python does, so that it finds the same match, but never
 * coming back to a state that failed. So time grows with the text, not exponentially; the few patterns
 * that cannot be run so (references, looking around) are held by a limit of steps.
 */
import { Fault } from '../../fault.ts'
import { charge } from '../effort.ts'
import type { Instruction, Program } from './program.ts'
import { type Assertion, foldCode, isAsciiWord, isWord, type Test } from './syntax.ts'

const MAX_STEPS = 8_000_000
/** States are remembered only after this many steps of a search: most matches are done by then. */
const MEMO_AFTER = 2_000
const MEMO_BITS = 256_000_000
const CHARGE_EVERY = 4096
/** Steps of the matcher that cost as much as one elsewhere. */
const STEPS_A_CHARGE = 4

const BRANCH = 0
const UNDO = 1
const GREEDY = 2
const LAZY = 3

/** The code points of a text, and the way back to offsets in the string. */
export class Subject {
  readonly text: string
  readonly codes: readonly number[] | null
  readonly length: number
  #offsets: number[] | null = null

  constructor(text: string) {
    charge(1 + (text.length >> 5))
    this.text = text
    this.codes = /[\ud800-\udfff]/.test(text)
      ? Array.from(text, (character) => character.codePointAt(0) ?? 0)
      : null
    this.length = this.codes?.length ?? text.length
  }

  at(index: number): number {
    return this.codes ? this.codes[index] ?? -1 : this.text.charCodeAt(index)
  }

  slice(start: number, end: number): string {
    if (!this.codes) return this.text.slice(start, end)
    const offsets = this.#offsets ??= this.#measure(this.codes)
    return this.text.slice(offsets[start], offsets[end])
  }

  #measure(codes: readonly number[]): number[] {
    const offsets = [0]
    for (const code of codes) offsets.push((offsets.at(-1) ?? 0) + (code > 0xffff ? 2 : 1))
    return offsets
  }
}

/** Which characters a match may begin with, going by its first instruction; null if any may. */
function startOf(first: Instruction | undefined): Test | null {
  switch (first?.op) {
    case 'char':
      return (code) => code === first.code
    case 'set':
      return first.test
    case 'run':
      return first.min > 0 ? first.test : null
    default:
      return null
  }
}

/** Finds matches of one program in one text, one after the other. */
export class Matcher {
  readonly #program: Program
  readonly #subject: Subject
  /** The captures of the last match, two slots a group; -1 where one took no part. */
  slots: number[] = []
  #steps = 0
  /** Steps that were taken before this search. */
  #begun = 0
  #memo: Uint32Array | null = null
  #emptyForbiddenAt = -1

  constructor(program: Program, subject: Subject) {
    this.#program = program
    this.#subject = subject
  }

  /**
   * Searches from a position on.
   *
   * @param emptyForbidden Whether a match of nothing at `from` does not count.
   */
  search(from: number, emptyForbidden = false): boolean {
    const { code, slots } = this.#program
    const canStart = startOf(code[1])
    this.#begin(emptyForbidden ? from : -1)
    const blank = new Array<number>(slots).fill(-1)
    const { length } = this.#subject
    for (let start = from; start <= length; start++) {
      if ((start - from) % CHARGE_EVERY === CHARGE_EVERY - 1) charge(CHARGE_EVERY >> 3)
      if (canStart && (start === length || !canStart(this.#subject.at(start)))) continue
      this.slots = blank.slice()
      if (this.#run(0, start, true) >= 0) return true
    }
    return false
  }

  /** Whether the program matches right at a position. */
  matchAt(position: number): boolean {
    this.#begin(-1)
    this.slots = new Array<number>(this.#program.slots).fill(-1)
    return this.#run(0, position, true) >= 0
  }

  #begin(emptyForbiddenAt: number): void {
    this.#memo = null
    this.#begun = this.#steps
    this.#emptyForbiddenAt = emptyForbiddenAt
  }

  #tick(): void {
    if (++this.#steps % CHARGE_EVERY !== 0) return
    charge(CHARGE_EVERY / STEPS_A_CHARGE)
    if (this.#steps > MAX_STEPS) {
      throw new Fault('limit', 'The regular expression takes too long on this text')
    }
  }

  /** Whether a state was met before, and so failed. */
  #failed(pc: number, position: number): boolean {
    if (!this.#memo) {
      const bits = this.#program.code.length * (this.#subject.length + 1)
      if (bits > MEMO_BITS) return false
      const words = (bits >> 5) + 1
      // Making room takes time, too: no more than the search has taken already.
      if (this.#steps - this.#begun < Math.max(MEMO_AFTER, words >> 3)) return false
      this.#memo = new Uint32Array(words)
    }
    const bit = pc * (this.#subject.length + 1) + position
    const mask = 1 << (bit & 31)
    if (((this.#memo[bit >> 5] ?? 0) & mask) !== 0) return true
    this.#memo[bit >> 5] = (this.#memo[bit >> 5] ?? 0) | mask
    return false
  }

  /**
   * Runs from an instruction to its `match`.
   *
   * @param outer Whether it is the whole program; only then may states be remembered.
   * @returns The position after the match, or -1.
   */
  #run(from: number, start: number, outer: boolean): number {
    const { code, memorable } = this.#program
    const subject = this.#subject
    const remember = outer && memorable
    const stack: number[] = []
    let pc = from
    let position = start

    for (;;) {
      this.#tick()
      const instruction = code[pc]
      if (!instruction) throw new RangeError('The program has no end')
      let ok = true
      switch (instruction.op) {
        case 'char':
          ok = position < subject.length && subject.at(position) === instruction.code
          position += 1
          pc += 1
          break
        case 'set':
          ok = position < subject.length && instruction.test(subject.at(position))
          position += 1
          pc += 1
          break
        case 'split':
          if (remember && this.#failed(pc, position)) ok = false
          else {
            stack.push(BRANCH, instruction.second, position, 0)
            pc = instruction.first
          }
          break
        case 'jump':
          pc = instruction.to
          break
        case 'save':
          stack.push(UNDO, instruction.slot, this.slots[instruction.slot] ?? -1, 0)
          this.slots[instruction.slot] = position
          pc += 1
          break
        case 'leaveIfEmpty':
          pc = this.slots[instruction.slot] === position ? instruction.to : pc + 1
          break
        case 'run': {
          if (remember && this.#failed(pc, position)) {
            ok = false
            break
          }
          const { min, max, mode, test } = instruction
          const least = this.#advance(test, position, min)
          if (least - position < min) {
            ok = false
            break
          }
          if (mode === 'lazy') {
            stack.push(LAZY, pc, least, max === Infinity ? Infinity : position + max)
            position = least
          } else {
            const most = this.#advance(test, least, max - min)
            if (mode === 'greedy' && most > least) stack.push(GREEDY, pc, most, least)
            position = most
          }
          pc += 1
          break
        }
        case 'assert':
          ok = this.#holds(instruction.assertion, position)
          pc += 1
          break
        case 'look': {
          const { back, negative, to } = instruction
          const before = this.slots.slice()
          const begin = position - (back ?? 0)
          const end = begin < 0 ? -1 : this.#run(pc + 1, begin, false)
          ok = end >= 0 !== negative
          if (!ok || negative) this.slots = before
          else {
            before.forEach((value, slot) => {
              if (value !== this.slots[slot]) stack.push(UNDO, slot, value, 0)
            })
            if (back === null) position = end
          }
          pc = to
          break
        }
        case 'reference': {
          const end = this.#refer(instruction.index, instruction.ignoreCase, position)
          ok = end >= 0
          position = end
          pc += 1
          break
        }
        case 'condition':
          pc = (this.slots[2 * instruction.index + 1] ?? -1) >= 0 ? pc + 1 : instruction.otherwise
          break
        case 'match':
          ok = !outer || position !== this.#emptyForbiddenAt || this.slots[0] !== position
          if (ok) return position
      }
      if (ok) continue

      for (;;) {
        if (stack.length === 0) return -1
        const extra = stack.pop() ?? 0
        const value = stack.pop() ?? 0
        const target = stack.pop() ?? 0
        const kind = stack.pop()
        if (kind === UNDO) {
          this.slots[target] = value
          continue
        }
        if (kind === BRANCH) {
          pc = target
          position = value
          break
        }
        const repeated = code[target]
        if (repeated?.op !== 'run') continue
        if (kind === GREEDY) {
          position = value - 1
          if (position > extra) stack.push(GREEDY, target, position, extra)
        } else {
          if (value >= extra || value >= subject.length || !repeated.test(subject.at(value))) {
            continue
          }
          position = value + 1
          stack.push(LAZY, target, position, extra)
        }
        pc = target + 1
        break
      }
    }
  }

  /** Moves over at most `count` characters of a class. */
  #advance(test: Test, from: number, count: number): number {
    const end = Math.min(this.#subject.length, from + count)
    let position = from
    while (position < end && test(this.#subject.at(position))) {
      position += 1
      this.#tick()
    }
    return position
  }

  #refer(index: number, ignoreCase: boolean, position: number): number {
    const [start, end] = [this.slots[2 * index] ?? -1, this.slots[2 * index + 1] ?? -1]
    if (start < 0 || end < start || position + end - start > this.#subject.length) return -1
    for (let offset = 0; offset < end - start; offset++) {
      const [a, b] = [this.#subject.at(start + offset), this.#subject.at(position + offset)]
      if (a !== b && !(ignoreCase && foldCode(a) === foldCode(b))) return -1
      this.#tick()
    }
    return position + end - start
  }

  #holds(assertion: Assertion, position: number): boolean {
    const { length } = this.#subject
    switch (assertion) {
      case 'textStart':
        return position === 0
      case 'textEnd':
        return position === length
      case 'lineStart':
        return position === 0 || this.#subject.at(position - 1) === 10
      case 'lineEnd':
        return position === length || this.#subject.at(position) === 10
      case 'finalEnd':
        return position === length ||
          (position === length - 1 && this.#subject.at(position) === 10)
      case 'boundary':
        return this.#atBoundary(isWord, position)
      case 'notBoundary':
        return length > 0 && !this.#atBoundary(isWord, position)
      case 'asciiBoundary':
        return this.#atBoundary(isAsciiWord, position)
      case 'asciiNotBoundary':
        return length > 0 && !this.#atBoundary(isAsciiWord, position)
    }
  }

  #atBoundary(test: Test, position: number): boolean {
    const before = position > 0 && test(this.#subject.at(position - 1))
    const after = position < this.#subject.length && test(this.#subject.at(position))
    return before !== after
  }
}
