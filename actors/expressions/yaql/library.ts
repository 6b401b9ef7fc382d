/**
 * @module
 * The functions an expression may call, by name and by the way they are called.
 */
import { nearest } from '../nearest.ts'
import type { Definition } from './definition.ts'

export class Library {
  readonly #functions = new Map<string, Definition[]>()
  readonly #methods = new Map<string, Definition[]>()

  constructor(definitions: Iterable<Definition>) {
    for (const definition of definitions) {
      if (definition.form !== 'M') add(this.#functions, definition)
      if (definition.form !== 'F') add(this.#methods, definition)
    }
  }

  /** The overloads of a name, called as a method or not. */
  overloads(name: string, method: boolean): readonly Definition[] {
    return (method ? this.#methods : this.#functions).get(name) ?? []
  }

  /** A hint for a name that is not known: how it may have been meant. Empty if there is none. */
  hint(name: string, method: boolean): string {
    if (name.startsWith('#') || name.startsWith('*')) return ''
    const [own, other] = method
      ? [this.#methods, this.#functions]
      : [this.#functions, this.#methods]
    if (other.has(name)) {
      return method
        ? `; it is a function: write ${name}(...)`
        : `; it is a method: write value.${name}(...)`
    }
    const likely = (names: Iterable<string>) =>
      nearest(name, [...names].filter((known) => !known.startsWith('#')))
    const known = likely(own.keys())
    if (known !== null) return `; did you mean "${known}"?`
    const elsewhere = likely(other.keys())
    if (elsewhere === null) return ''
    return `; did you mean ${method ? '' : 'value.'}${elsewhere}(...)?`
  }
}

function add(map: Map<string, Definition[]>, definition: Definition): void {
  const list = map.get(definition.name)
  if (list) list.push(definition)
  else map.set(definition.name, [definition])
}
