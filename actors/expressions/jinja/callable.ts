/**
 * @module
 * What a template can call.
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { TemplateObject, Undefined } from './objects.ts'
import { typeName } from './protocol.ts'
import type { Run } from './run.ts'
import { type Arguments, bind, type Signature, signature } from './signature.ts'

export abstract class Callable extends TemplateObject {
  abstract call(run: Run, args: Arguments): Datum
}

/** The body of a function: its values come in the order of its signature. */
export type Body<Self extends Datum[] = []> = (run: Run, ...values: [...Self, ...Datum[]]) => Datum

/** A function in a table: what it takes and what it does. */
export interface Routine<Self extends Datum[] = []> {
  readonly signature: Signature
  readonly body: Body<Self>
}

/** An entry of a table, for example `routine('value, count=1', (run, value, count) => …)`. */
export function routine<Self extends Datum[] = []>(
  parameters: string,
  body: Body<Self>,
): Routine<Self> {
  return { signature: signature(parameters), body }
}

/** A function that comes with the language. */
export class Builtin extends Callable {
  readonly typeName: string
  readonly name: string
  readonly #routine: Routine

  constructor(name: string, routine: Routine, typeName = 'function') {
    super()
    this.name = name
    this.typeName = typeName
    this.#routine = routine
  }

  call(run: Run, args: Arguments): Datum {
    return this.#routine.body(run, ...bind(this.name, this.#routine.signature, args))
  }

  repr(): string {
    return this.typeName === 'type' ? `<class '${this.name}'>` : `<function ${this.name}>`
  }
}

/** A method with its object. */
export class BoundMethod<Self> extends Callable {
  readonly typeName = 'builtin_function_or_method'
  readonly name: string
  readonly #self: Self
  readonly #routine: Routine<[Self]>

  constructor(name: string, self: Self, routine: Routine<[Self]>) {
    super()
    this.name = name
    this.#self = self
    this.#routine = routine
  }

  call(run: Run, args: Arguments): Datum {
    const values = bind(this.name, this.#routine.signature, args)
    if (typeof this.#self === 'string') run.step(this.#self.length >> 4)
    return this.#routine.body(run, this.#self, ...values)
  }

  override equals(other: Datum): boolean {
    return other instanceof BoundMethod && other.name === this.name && other.#self === this.#self
  }

  repr(): string {
    return `<built-in method ${this.name}>`
  }
}

/** @throws {Fault} If it cannot be called. */
export function call(run: Run, callee: Datum, args: Arguments): Datum {
  if (callee instanceof Callable) {
    const result = run.deeper(() => callee.call(run, args))
    run.made(result)
    return result
  }
  if (callee instanceof Undefined) return callee.fail()
  throw new Fault('type', `'${typeName(callee)}' object is not callable`)
}
