/**
 * @module
 * What a resource is made of: its attributes in the order of the wire, and how each is compared.
 */
import { InvalidError } from '../../actors/errors.ts'
import type { Query } from '../request.ts'
import { spacedJson, timestamp } from '../wire.ts'

export type FieldKind = 'text' | 'uuid' | 'time' | 'boolean' | 'integer' | 'json' | 'tags'

/** A time is milliseconds, JSON is text. */
export type Comparable = string | number | boolean | null | readonly string[]

export interface Field<T> {
  readonly name: string
  readonly kind: FieldKind
  readonly value: (item: T) => Comparable
  /** What goes out, where it is not the value itself. */
  readonly wire?: (item: T) => unknown
  /** What must be loaded before the value can be told. */
  readonly needs?: string
  /** May be null, so that lists can ask for those that are. */
  readonly nullable?: boolean
  /** Another field that comes with it. */
  readonly brings?: string
  /** Lists show it only if asked: by name, or with `include_output`. */
  readonly rare?: boolean
}

export interface Resource<T> {
  /** The key of the list in answers, and the last part of its address. */
  readonly collection: string
  readonly fields: readonly Field<T>[]
  /** Attributes that have to be worked out: only shown where they are asked for by name. */
  readonly workedOut?: readonly Field<T>[]
  /** Attributes that lists may be filtered by. */
  readonly filters: readonly string[]
  readonly defaultSort: string
  /** Query parameters of the list besides filters and paging. */
  readonly flags: readonly ('include_output' | 'all_projects' | 'nulls')[]
  /** The text of 404 for a marker that names nothing. */
  readonly notFound: (id: string) => string
}

export function fieldOf<T>(resource: Resource<T>, name: string): Field<T> | null {
  return resource.fields.find((field) => field.name === name) ?? null
}

/**
 * The fields of a comma list, in the order of the wire; `id` is always among them.
 *
 * @throws {InvalidError} If one does not exist.
 */
export function parseFields<T>(resource: Resource<T>, list: string): readonly Field<T>[] {
  const fields = [...resource.fields, ...resource.workedOut ?? []]
  const names = list.split(',').map((name) => name.trim().toLowerCase()).filter(Boolean)
  const unknown = names.filter((name) => !fields.some((field) => field.name === name))
  if (unknown.length > 0) {
    const valid = fields.map((field) => field.name).join(', ')
    throw new InvalidError(
      `Some fields do not exist  [${unknown.join(', ')}], please choose from [${valid}]`,
    )
  }
  const asked = new Set(['id', ...names])
  for (const name of names) asked.add(fieldOf(resource, name)?.brings ?? name)
  return fields.filter(({ name }) => asked.has(name))
}

/** The fields that a query for one object asks for, or else all. @throws {InvalidError} If one does not exist. */
export function fieldsAsked<T>(resource: Resource<T>, query: Query): readonly Field<T>[] {
  const list = query.get('fields')
  return list ? parseFields(resource, list) : resource.fields
}

/** One object of an answer. */
export function render<T>(item: T, fields: readonly Field<T>[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const field of fields) object[field.name] = wireValue(item, field)
  return object
}

function wireValue<T>(item: T, { kind, value, wire }: Field<T>): unknown {
  if (wire) return wire(item)
  const found = value(item)
  if (kind === 'time') return timestamp(found as number | null)
  return kind === 'json' && found !== null ? spacedJson(found as string) : found
}
