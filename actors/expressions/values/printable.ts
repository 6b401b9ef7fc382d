/**
 * @module
 * How a language's own kinds of value print inside the containers that both languages share.
 */
import type { Datum } from './kinds.ts'

/** A value that knows its own `repr`. */
export interface Printable {
  repr(): string
}

export function isPrintable(value: Datum): value is Printable {
  return typeof value === 'object' && value !== null && 'repr' in value &&
    typeof value.repr === 'function' && !Object.hasOwn(value, 'repr')
}
