/**
 * @module
 * The variable `loop` inside a `for`.
 */
import { Fault } from '../fault.ts'
import { type Datum, Tuple } from '../values/kinds.ts'
import { Builtin, Callable, routine } from './callable.ts'
import { Undefined } from './objects.ts'
import { equal, iterate, lengthOf } from './protocol.ts'
import type { Run } from './run.ts'
import { type Arguments, bind, signature } from './signature.ts'

/** Renders the body of a recursive loop for inner items. */
export type Recurse = (items: Datum, depth: number) => Datum

const callSignature = signature('iterable')

export class Loop extends Callable {
  readonly typeName = 'LoopContext'
  readonly #iterable: Datum
  readonly #depth: number
  readonly #recurse: Recurse | null
  #iterator: Iterator<Datum>
  #index = -1
  #length: number | null = null
  #before: Datum = undefined
  #current: Datum = undefined
  /** What was read ahead of its turn. */
  #ahead: { readonly value: Datum } | null = null
  #changed: Tuple | null = null

  constructor(iterable: Datum, depth: number, recurse: Recurse | null) {
    super()
    this.#iterable = iterable
    this.#iterator = iterate(iterable)
    this.#depth = depth
    this.#recurse = recurse
  }

  /** Moves to the next item; undefined if there is none. */
  next(): { readonly value: Datum } | undefined {
    const next = this.#peek()
    if (next === null) return undefined
    this.#ahead = null
    this.#index++
    this.#before = this.#current
    this.#current = next.value
    return next
  }

  #peek(): { readonly value: Datum } | null {
    if (this.#ahead) return this.#ahead
    const next = this.#iterator.next()
    this.#ahead = next.done ? null : { value: next.value }
    return this.#ahead
  }

  override length(): number {
    return this.#length ??= lengthOf(this.#iterable) ?? this.#count()
  }

  /** Reads all that is left, to count it. */
  #count(): number {
    const rest: Datum[] = []
    for (let next = this.#iterator.next(); !next.done; next = this.#iterator.next()) {
      rest.push(next.value)
    }
    this.#iterator = rest[Symbol.iterator]()
    return rest.length + this.#index + 1 + (this.#ahead ? 1 : 0)
  }

  override truth(): boolean {
    return this.length() > 0
  }

  repr(): string {
    return `<LoopContext ${this.#index + 1}/${this.length()}>`
  }

  override attribute(name: string): Datum {
    switch (name) {
      case 'index':
        return this.#index + 1
      case 'index0':
        return this.#index
      case 'length':
        return this.length()
      case 'revindex':
        return this.length() - this.#index
      case 'revindex0':
        return this.length() - this.#index - 1
      case 'first':
        return this.#index === 0
      case 'last':
        return this.#peek() === null
      case 'depth':
        return this.#depth + 1
      case 'depth0':
        return this.#depth
      case 'previtem':
        return this.#index === 0 ? new Undefined('there is no previous item') : this.#before
      case 'nextitem': {
        const next = this.#peek()
        return next ? next.value : new Undefined('there is no next item')
      }
      case 'cycle':
        return new Builtin('cycle', routine('*args', (_run, args) => this.#cycle(args as Datum[])))
      case 'changed':
        return new Builtin(
          'changed',
          routine('*value', (_run, value) => this.#hasChanged(new Tuple(value as Datum[]))),
        )
    }
    return undefined
  }

  #cycle(items: readonly Datum[]): Datum {
    if (items.length === 0) throw new Fault('type', 'no items for cycling given')
    return items[this.#index % items.length]
  }

  #hasChanged(value: Tuple): boolean {
    const before = this.#changed
    const same = before !== null && before.items.length === value.items.length &&
      before.items.every((item, index) =>
        item === value.items[index] || equal(item, value.items[index])
      )
    this.#changed = value
    return !same
  }

  call(_run: Run, args: Arguments): Datum {
    const [items] = bind('loop', callSignature, args)
    if (!this.#recurse) {
      throw new Fault(
        'type',
        "The loop must have the 'recursive' marker to be called recursively.",
      )
    }
    return this.#recurse(items, this.#depth + 1)
  }
}
