/**
 * @module
 * What a filter is, and what filters share.
 */
import { type Datum, Iter } from '../../values/kinds.ts'
import { getItem } from '../access.ts'
import { type Body, type Routine, routine } from '../callable.ts'
import { asText } from '../markup.ts'
import { Undefined } from '../objects.ts'
import { iterable, iterate } from '../protocol.ts'
import type { Run } from '../run.ts'

/** A filter: its first parameter is the piped value. */
export interface Filter extends Routine {
  /** Whether its result hangs on more than its arguments, so that it never is a constant. */
  readonly contextual: boolean
}

export type Filters = Readonly<Record<string, Filter>>

/** An entry of the table, for example `filter('value, count=1', (run, value, count) => …)`. */
export function filter(parameters: string, body: Body): Filter {
  return { ...routine(parameters, body), contextual: false }
}

/** As {@link filter}, for one that asks the template or chance. */
export function contextualFilter(parameters: string, body: Body): Filter {
  return { ...routine(parameters, body), contextual: true }
}

/** A one-pass iterator that counts what it yields. */
export function lazily(run: Run, generate: () => Generator<Datum>): Iter {
  function* counted(): Generator<Datum> {
    for (const item of generate()) {
      run.step(2)
      yield item
    }
  }
  return new Iter(counted())
}

/** The elements of any iterable, counted. */
export function* each(run: Run, value: Datum): Generator<Datum> {
  for (const item of iterable(iterate(value))) {
    run.step(2)
    yield item
  }
}

type Getter = (item: Datum) => Datum

/** The parts of an attribute's path: `a.0.b` asks for `a`, the element 0, then `b`. */
function pathOf(attribute: Datum): Datum[] {
  if (attribute === null || attribute === undefined) return []
  const text = asText(attribute)
  if (text === null) return [attribute]
  return text.split('.').map((part) => /^\p{Nd}+$/u.test(part) ? Number(part) : part)
}

/** Looks up a path in an item; a fallback replaces what is undefined on the way. */
export function getter(run: Run, attribute: Datum, fallback: Datum = null): Getter {
  const path = pathOf(attribute)
  return (item) => {
    let value = item
    for (const part of path) {
      value = getItem(run, value, part)
      if (fallback !== null && value instanceof Undefined) value = fallback
    }
    return value
  }
}

/** As {@link getter}, for several paths with commas between them. */
export function multiGetter(run: Run, attribute: Datum): (item: Datum) => Datum[] {
  const paths = asText(attribute)?.split(',') ?? [attribute]
  const getters = paths.map((path) => getter(run, path))
  return (item) => getters.map((get) => get(item))
}
