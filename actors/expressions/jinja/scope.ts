/**
 * @module
 * The variables that a part of a template sees, innermost first.
 */
import { nearest } from '../nearest.ts'
import type { Datum } from '../values/kinds.ts'
import { mapHas } from '../values/mapping.ts'
import { Undefined } from './objects.ts'
import { isDict } from './protocol.ts'
import type { Run } from './run.ts'

export class Scope {
  readonly run: Run
  readonly parent: Scope | null
  readonly #variables: Map<string, Datum>

  constructor(run: Run, parent: Scope | null, variables: Iterable<readonly [string, Datum]> = []) {
    this.run = run
    this.parent = parent
    this.#variables = new Map(variables)
  }

  /** A scope within this one. */
  inner(variables: Iterable<readonly [string, Datum]> = []): Scope {
    return new Scope(this.run, this, variables)
  }

  /**
   * The value of a name, or what stands for one that nobody set.
   *
   * @param asking The scope that it is asked in.
   */
  get(name: string, asking: Scope = this): Datum {
    const value = this.#variables.get(name)
    if (value !== undefined) return value
    if (this.parent) return this.parent.get(name, asking)
    return new Undefined(`'${name}' is undefined`, { hint: () => asking.#hint(name) })
  }

  /** A variable of the workflow must be asked of `_`; else what a slip may have been. */
  #hint(name: string): string {
    const { data } = this.run
    if (isDict(data) && mapHas(data, name)) return `; write _.${name}`
    const known = nearest(name, this.#names())
    return known === null ? '' : `; did you mean '${known}'?`
  }

  *#names(): Iterable<string> {
    yield* this.#variables.keys()
    if (this.parent) yield* this.parent.#names()
  }

  set(name: string, value: Datum): void {
    this.#variables.set(name, value)
  }
}

/** What a template has printed so far. */
export class Output {
  readonly #run: Run
  readonly #parts: string[] = []

  constructor(run: Run) {
    this.#run = run
  }

  write(text: string): void {
    this.#parts.push(this.#run.text(text))
  }

  toString(): string {
    return this.#parts.join('')
  }
}

/** Runs a part of a template. */
export type Execute = (scope: Scope, output: Output) => void

/** What a part of a template prints, in the scope's way of escaping. */
export function capture(execute: Execute, scope: Scope): string {
  const output = new Output(scope.run)
  execute(scope, output)
  return output.toString()
}
