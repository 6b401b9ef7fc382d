/**
 * @module
 * What a template holds besides data. Every such kind says itself how it prints, iterates, counts
 * and answers to names, so that adding one touches nothing else.
 */
import { Fault, type FaultKind } from '../fault.ts'
import type { Span } from '../place.ts'
import type { Datum } from '../values/kinds.ts'

export abstract class TemplateObject {
  /** The kind as messages name it. */
  abstract readonly typeName: string

  /** How it prints inside a list; never an address in memory, which would differ every time. */
  abstract repr(): string

  str(): string {
    return this.repr()
  }

  truth(): boolean {
    const length = this.length()
    return length === null || length > 0
  }

  /** null if it has none. */
  length(): number | null {
    return null
  }

  /** null if it cannot be iterated. */
  iterate(): Iterator<Datum> | null {
    return null
  }

  /** The last element first; null if it has no order to turn round. */
  reversed(): Iterator<Datum> | null {
    return null
  }

  equals(other: Datum): boolean {
    return this === other
  }

  /** A real attribute; undefined if there is none of that name. */
  attribute(_name: string): Datum {
    return undefined
  }

  /** @throws {Fault} If it has no such item. */
  item(_key: Datum): Datum {
    throw new Fault('type', `'${this.typeName}' object is not subscriptable`)
  }
}

export interface UndefinedOptions {
  readonly kind?: FaultKind
  readonly plain?: boolean
  /** What may have been meant, to go after the message; asked only if it is used. */
  readonly hint?: () => string
  /** As of a {@link Fault}. */
  readonly quoted?: string
}

/**
 * Something that is not there. Every use of it fails, but for the few that ask whether it is there.
 * The *plain* kind, of an `if` without `else`, may also be printed and tested.
 */
export class Undefined extends TemplateObject {
  readonly typeName: string
  readonly message: string
  readonly plain: boolean
  /** The place in the source that it first came from. */
  at: Span | null = null
  readonly #kind: FaultKind
  readonly #hint: () => string
  readonly #quoted: string | null

  constructor(message: string, options: UndefinedOptions = {}) {
    super()
    const { kind = 'undefined', plain = false, hint = () => '', quoted = null } = options
    this.message = message
    this.plain = plain
    this.typeName = plain ? 'Undefined' : 'StrictUndefined'
    this.#kind = kind
    this.#hint = hint
    this.#quoted = quoted
  }

  /** @throws {Fault} Always. */
  fail(): never {
    throw new Fault(this.#kind, this.message + this.#hint(), {
      at: this.at,
      quoted: this.#quoted,
    })
  }

  repr(): string {
    return 'Undefined'
  }

  override str(): string {
    return this.plain ? '' : this.fail()
  }

  override truth(): boolean {
    return this.plain ? false : this.fail()
  }

  override length(): number {
    return this.plain ? 0 : this.fail()
  }

  override iterate(): Iterator<Datum> {
    return this.plain ? [][Symbol.iterator]() : this.fail()
  }

  override reversed(): Iterator<Datum> {
    return this.plain ? [][Symbol.iterator]() : this.fail()
  }

  override equals(other: Datum): boolean {
    if (!this.plain) return this.fail()
    return other instanceof Undefined && (other.plain || other.fail())
  }

  override attribute(): Datum {
    return this.fail()
  }

  override item(): Datum {
    return this.fail()
  }
}
