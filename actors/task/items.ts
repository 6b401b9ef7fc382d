/**
 * @module
 * with-items (`reference/engine.md` §11): which items there are, and which to start next.
 */
import { entriesOf, isObject } from '../data.ts'
import { InvalidError } from '../errors.ts'
import { evaluate, evaluateRecursively } from '../expressions/expressions.ts'
import type { Scope } from '../expressions/expressions.ts'
import type { Value } from '../expressions/values/value.ts'
import type { ItemsSpec } from '../language/spec.ts'
import type { ItemsProgress } from '../records.ts'

/** Item variables of one item. */
export type Item = ReadonlyMap<string, Value>

/** The items of a task, each made when it is asked for. */
export interface Items {
  readonly count: number
  at(index: number): Item
}

/** @throws {InvalidError} If a collection cannot be iterated or their lengths differ. */
export function itemsOf(specs: readonly ItemsSpec[], scope: Scope): Items {
  const collections = specs.map(({ variable, collection }) => ({
    variable,
    values: listOf(variable, collectionOf(variable, collection, scope)),
  }))
  const count = collections[0]?.values.length ?? 0
  if (collections.some(({ values }) => values.length !== count)) {
    const lengths = collections.map(({ variable, values }) => `${variable}: ${values.length}`)
    throw new InvalidError(
      `Wrong input format: all 'with-items' collections must have the same length, but they have ${
        lengths.join(', ')
      }`,
    )
  }
  return {
    count,
    at: (index) => new Map(collections.map(({ variable, values }) => [variable, values[index]!])),
  }
}

function collectionOf(variable: string, template: Value, scope: Scope): Value {
  const field = `with-items.${variable}`
  return typeof template === 'string'
    ? evaluate(template, scope, field)
    : evaluateRecursively(template, scope, field)
}

function listOf(variable: string, collection: Value): readonly Value[] {
  if (Array.isArray(collection)) return collection as readonly Value[]
  if (isObject(collection)) return [...entriesOf(collection)].map(([key]) => key)
  if (typeof collection === 'string') return [...collection]
  throw new InvalidError(
    `Wrong input format: 'with-items' variable ${variable} needs a list, and its expression gives ` +
      kindOf(collection),
  )
}

function kindOf(value: Value): string {
  if (value === null) return 'null'
  return typeof value === 'boolean' ? 'a boolean' : 'a number'
}

/** How many items are to run in this attempt. */
export function totalOf(items: ItemsProgress): number {
  return items.only ? items.only.length : items.count
}

/** The indexes to start now: the lowest that have not begun, up to the capacity. */
export function nextIndexes(items: ItemsProgress, concurrency: number, atOnce: number): number[] {
  const capacity = concurrency > 0 ? Math.max(0, concurrency - items.running) : Infinity
  const many = Math.min(totalOf(items) - items.next, capacity, atOnce)
  return Array.from({ length: many }, (_, i) => items.only?.[items.next + i] ?? items.next + i)
}
