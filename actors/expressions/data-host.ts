/**
 * @module
 * The host of expressions that stand in no workflow: they see their data, time and chance.
 */
import { Fault } from './fault.ts'
import type { ExecutionQuery, ExpressionHost, TaskQuery } from './host.ts'
import { isMapping, mapGet } from './values/mapping.ts'
import type { LazyList } from './values/kinds.ts'
import type { Value } from './values/value.ts'

/** Time and chance. */
export interface Source {
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  random(): number
  uuid(): string
}

/** What an expression may ask outside of workflows; a workflow's host answers more. */
export class DataHost implements ExpressionHost {
  readonly #source: Source
  readonly #data: Value

  constructor(source: Source, data: Value) {
    this.#source = source
    this.#data = data
  }

  now(): number {
    return this.#source.now
  }

  random(): number {
    return this.#source.random()
  }

  uuid(): string {
    return this.#source.uuid()
  }

  /** The data's own `__env`. */
  env(): Value {
    return this.#variable('__env')
  }

  global(name: string): Value {
    return this.#variable(name)
  }

  execution(): Value {
    throw new Fault('value', 'There is no workflow execution here')
  }

  executions(_: ExecutionQuery): Value | LazyList {
    throw new Fault('value', 'There is no workflow execution here')
  }

  task(_: string | null): Value {
    throw new Fault('value', 'There is no task here')
  }

  tasks(_: TaskQuery): Value | LazyList {
    throw new Fault('value', 'There are no tasks here')
  }

  /** Everything it shows is plain data. */
  settle(value: Value): Value {
    return value
  }

  #variable(name: string): Value {
    return isMapping(this.#data) ? (mapGet(this.#data, name) ?? null) as Value : null
  }
}
