/**
 * @module
 * `range(start, stop, step)`: ints that are counted, not stored.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { asNumeric, toDouble } from '../values/numbers.ts'
import { TemplateObject } from './objects.ts'
import { asIndex, typeName } from './protocol.ts'

export class Range extends TemplateObject {
  readonly typeName = 'range'
  readonly start: number
  readonly stop: number
  readonly step: number
  readonly #length: number

  constructor(start: number, stop: number, step: number) {
    super()
    if (step === 0) throw new Fault('value', 'range() arg 3 must not be zero')
    this.start = start
    this.stop = stop
    this.step = step
    this.#length = Math.max(0, Math.ceil((stop - start) / step))
  }

  at(index: number): number {
    return this.start + index * this.step
  }

  repr(): string {
    const step = this.step === 1 ? '' : `, ${this.step}`
    return `range(${this.start}, ${this.stop}${step})`
  }

  override length(): number {
    return this.#length
  }

  override *iterate(): Generator<Datum> {
    for (let index = 0; index < this.#length; index++) yield this.at(index)
  }

  override *reversed(): Generator<Datum> {
    for (let index = this.#length - 1; index >= 0; index--) yield this.at(index)
  }

  override equals(other: Datum): boolean {
    return other instanceof Range && other.#length === this.#length &&
      (this.#length === 0 || other.start === this.start) &&
      (this.#length <= 1 || other.step === this.step)
  }

  /** The place of a value, or -1. */
  indexOf(value: Datum): number {
    const number = asNumeric(value)
    const index = number === null ? -1 : (toDouble(number) - this.start) / this.step
    return Number.isInteger(index) && index >= 0 && index < this.#length ? index : -1
  }

  override item(key: Datum): Datum {
    const index = asIndex(key)
    if (index === null) {
      throw new Fault('type', `range indices must be integers or slices, not ${typeName(key)}`)
    }
    const from = index < 0 ? index + this.#length : index
    if (from < 0 || from >= this.#length) {
      throw new Fault('index', 'range object index out of range')
    }
    return this.at(from)
  }

  slice(start: number | null, stop: number | null, step: number | null): Range {
    const by = step ?? 1
    const last = this.#length
    const [low, high] = by > 0 ? [0, last] : [-1, last - 1]
    const bound = (index: number) => Math.max(low, Math.min(high, index < 0 ? index + last : index))
    const from = start === null ? (by > 0 ? low : high) : bound(start)
    const to = stop === null ? (by > 0 ? high : low) : bound(stop)
    return new Range(this.at(from), this.at(to), this.step * by)
  }

  override attribute(name: string): Datum {
    return name === 'start' || name === 'stop' || name === 'step' ? this[name] : undefined
  }
}
