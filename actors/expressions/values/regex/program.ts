/**
 * @module
 * Turns the tree of a pattern into instructions for the matcher.
 */
import { Fault } from '../../fault.ts'
import { widths } from './parse.ts'
import type { Assertion, Node, Pattern, RepeatMode, Test } from './syntax.ts'

const MAX_INSTRUCTIONS = 20_000

export type Instruction =
  | { readonly op: 'char'; readonly code: number }
  | { readonly op: 'set'; readonly test: Test }
  | {
    readonly op: 'run'
    readonly test: Test
    readonly min: number
    readonly max: number
    readonly mode: RepeatMode
  }
  /** Tries `first`, then `second`. */
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  /** Remembers the position in a slot. */
  | { readonly op: 'save'; readonly slot: number }
  /** Leaves a loop whose last round matched nothing. */
  | { readonly op: 'leaveIfEmpty'; readonly slot: number; readonly to: number }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  /** Runs the instructions from the next one to their `match`, then goes on at `to`. */
  | {
    readonly op: 'look'
    readonly to: number
    readonly negative: boolean
    /** How far back it begins; null for an atomic group, which also moves on. */
    readonly back: number | null
  }
  | { readonly op: 'reference'; readonly index: number; readonly ignoreCase: boolean }
  | { readonly op: 'condition'; readonly index: number; readonly otherwise: number }
  | { readonly op: 'match' }

export interface Program {
  readonly code: readonly Instruction[]
  /** Captures take two slots each, group 0 first; loops the rest. */
  readonly slots: number
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** Whether a position and an instruction alone tell what follows. */
  readonly memorable: boolean
}

/** @throws {Fault} If its repetitions are too many. */
export function compileProgram(pattern: Pattern): Program {
  const code: Instruction[] = []
  let slots = 2 * (pattern.groups + 1)

  function emit(instruction: Instruction): number {
    if (code.length >= MAX_INSTRUCTIONS) {
      throw new Fault('regex', 'The pattern repeats too much')
    }
    return code.push(instruction) - 1
  }

  function hole(): number {
    return emit({ op: 'jump', to: 0 })
  }

  function compile(node: Node): void {
    switch (node.type) {
      case 'literal':
        emit({ op: 'char', code: node.code })
        break
      case 'set':
        emit({ op: 'set', test: node.test })
        break
      case 'sequence':
        node.nodes.forEach(compile)
        break
      case 'choice':
        choice(node.options)
        break
      case 'repeat':
        repeat(node.node, node.min, node.max, node.mode)
        break
      case 'group':
        emit({ op: 'save', slot: 2 * node.index })
        compile(node.node)
        emit({ op: 'save', slot: 2 * node.index + 1 })
        break
      case 'atomic':
        look(() => compile(node.node), false, null)
        break
      case 'look':
        look(
          () => compile(node.node),
          node.negative,
          node.behind ? widths(node.node, noWidth)[0] : 0,
        )
        break
      case 'assert':
        emit({ op: 'assert', assertion: node.assertion })
        break
      case 'reference':
        emit({ op: 'reference', index: node.index, ignoreCase: node.ignoreCase })
        break
      case 'condition': {
        const at = hole()
        compile(node.yes)
        const end = hole()
        code[at] = { op: 'condition', index: node.index, otherwise: code.length }
        compile(node.no)
        code[end] = { op: 'jump', to: code.length }
      }
    }
  }

  function choice(options: readonly Node[]): void {
    const ends: number[] = []
    options.forEach((option, index) => {
      if (index === options.length - 1) return compile(option)
      const at = hole()
      compile(option)
      ends.push(hole())
      code[at] = { op: 'split', first: at + 1, second: code.length }
    })
    for (const end of ends) code[end] = { op: 'jump', to: code.length }
  }

  function look(body: () => void, negative: boolean, back: number | null): void {
    const at = hole()
    body()
    emit({ op: 'match' })
    code[at] = { op: 'look', to: code.length, negative, back }
  }

  function repeat(node: Node, min: number, max: number, mode: RepeatMode): void {
    const test = single(node)
    if (test) {
      emit({ op: 'run', test, min, max, mode })
      return
    }
    if (mode === 'possessive') {
      return look(() => repeat(node, min, max, 'greedy'), false, null)
    }
    for (let count = 0; count < min; count++) compile(node)
    if (max === Infinity) return loop(node, mode)
    const exits: number[] = []
    for (let count = min; count < max; count++) {
      exits.push(hole())
      compile(node)
    }
    for (const at of exits) code[at] = split(at + 1, code.length, mode)
  }

  function loop(node: Node, mode: RepeatMode): void {
    const head = hole()
    const slot = widths(node, noWidth)[0] === 0 ? slots++ : null
    if (slot !== null) emit({ op: 'save', slot })
    compile(node)
    const check = slot === null ? null : hole()
    emit({ op: 'jump', to: head })
    code[head] = split(head + 1, code.length, mode)
    if (slot !== null && check !== null) {
      code[check] = { op: 'leaveIfEmpty', slot, to: code.length }
    }
  }

  emit({ op: 'save', slot: 0 })
  compile(pattern.node)
  emit({ op: 'save', slot: 1 })
  emit({ op: 'match' })
  return {
    code,
    slots,
    groups: pattern.groups,
    names: pattern.names,
    memorable: !pattern.refers,
  }
}

function split(body: number, exit: number, mode: RepeatMode): Instruction {
  return mode === 'lazy'
    ? { op: 'split', first: exit, second: body }
    : { op: 'split', first: body, second: exit }
}

/** The class of a node that always matches exactly one character. */
function single(node: Node): Test | null {
  if (node.type === 'set') return node.test
  if (node.type === 'literal') {
    const { code } = node
    return (other) => other === code
  }
  const [only] = node.type === 'sequence' && node.nodes.length === 1 ? node.nodes : []
  return only ? single(only) : null
}

function noWidth(): [number, number] {
  return [0, Infinity]
}
