/**
 * @module
 * What a template holds besides data. Every such kind says itself how it prints, iterates, counts
 * and answers to names, so that adding one touches nothing else.
 */
import { Fault, type FaultKind } from '../fault.ts'
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

/**
 * Something that is not there. Every use of it fails, but for the few that ask whether it is there.
 * The *plain* kind, of an `if` without `else`, may also be printed and tested.
 */
export class Undefined extends TemplateObject {
  readonly typeName: string
  readonly message: string
  readonly plain: boolean
  readonly #kind: FaultKind

  constructor(message: string, kind: FaultKind = 'undefined', plain = false) {
    super()
    this.message = message
    this.plain = plain
    this.typeName = plain ? 'Undefined' : 'StrictUndefined'
    this.#kind = kind
  }

  /** @throws {Fault} Always. */
  fail(): never {
    throw new Fault(this.#kind, this.message)
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
