/**
 * @module
 * Finds what names mean and loads what they name: what the engine needs of the catalogue.
 */
import { compileAdHoc, compileWorkflow } from '../../actors/language/definitions.ts'
import type { AdHocSpec, WorkflowSpec } from '../../actors/language/spec.ts'
import type { Catalogue } from '../store/store.ts'
import { findByName, type Named } from './entries.ts'

/** A name, and who means it. */
export interface NameAt {
  readonly project: string
  readonly namespace: string
  readonly name: string
}

export interface FindOptions {
  /** Look in the default namespace too if the name is not found in its own. */
  readonly fallBack?: boolean
}

export interface FoundDefinition {
  readonly id: string
  readonly name: string
  readonly namespace: string
  /** The workbook it came from, or null. */
  readonly workbook: string | null
  /** Content hash of its text. */
  readonly definition: string
}

/** The workflow of this name: the project's own, or a public one. */
export function findWorkflow(
  catalogue: Catalogue,
  at: NameAt,
  options?: FindOptions,
): Promise<FoundDefinition | null> {
  return find(catalogue, 'workflow', at, options)
}

/** The ad-hoc action of this name. */
export function findAction(
  catalogue: Catalogue,
  at: NameAt,
  options?: FindOptions,
): Promise<FoundDefinition | null> {
  return find(catalogue, 'action', at, options)
}

async function find(
  catalogue: Catalogue,
  kind: 'workflow' | 'action',
  at: NameAt,
  { fallBack = false }: FindOptions = {},
): Promise<FoundDefinition | null> {
  const stored = await findByName<Named & FoundDefinition>(catalogue, kind, at)
  if (stored) {
    const { id, name, namespace, workbook, definition } = stored.record
    return { id, name, namespace, workbook, definition }
  }
  return fallBack && at.namespace !== ''
    ? await find(catalogue, kind, { ...at, namespace: '' })
    : null
}

/** The variables of the environment of this name as JSON text, or null if there is none. */
export async function findEnvironment(
  catalogue: Catalogue,
  { project, name }: { readonly project: string; readonly name: string },
): Promise<string | null> {
  const at = { project, namespace: '', name }
  const stored = await findByName<Named & { readonly variables: string | null }>(
    catalogue,
    'environment',
    at,
  )
  return stored && (stored.record.variables ?? '{}')
}

interface Compiled<T> {
  readonly spec: T
  /** Characters of its text: a measure of what it takes. */
  readonly size: number
}

/** Compiled definitions, by content: the same text is compiled once a process. */
class SpecCache<T> {
  readonly #specs = new Map<string, Compiled<T>>()
  readonly #pending = new Map<string, Promise<T>>()
  readonly #limit: number
  #size = 0

  /** @param limit Characters of the texts whose specs are kept. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** What was compiled under the key, if it is still kept. */
  known(key: string): T | undefined {
    const known = this.#specs.get(key)
    if (!known) return undefined
    // Asked for again: move it to the end, where it is forgotten last.
    this.#specs.delete(key)
    this.#specs.set(key, known)
    return known.spec
  }

  /** What was compiled under the key, or else what `compile` makes; a failure is not kept. */
  async get(
    key: string,
    read: () => Promise<string>,
    compile: (text: string) => T,
  ): Promise<T> {
    const known = this.known(key)
    if (known) return known
    const pending = this.#pending.get(key) ?? this.#load(key, read, compile)
    this.#pending.set(key, pending)
    return await pending
  }

  async #load(key: string, read: () => Promise<string>, compile: (text: string) => T): Promise<T> {
    try {
      const text = await read()
      const spec = compile(text)
      this.#specs.set(key, { spec, size: text.length })
      this.#size += text.length
      for (const [oldest, { size }] of this.#specs) {
        if (this.#size <= this.#limit || oldest === key) break
        this.#specs.delete(oldest)
        this.#size -= size
      }
      return spec
    } finally {
      this.#pending.delete(key)
    }
  }
}

const MEGABYTE = 1024 * 1024
const workflowSpecs = new SpecCache<WorkflowSpec>(16 * MEGABYTE)
const actionSpecs = new SpecCache<AdHocSpec>(4 * MEGABYTE)

/** The compiled workflow of a definition's hash, if it is in memory. */
export function knownSpec(
  hash: string,
  name: string,
  workbook: string | null,
): WorkflowSpec | undefined {
  return workflowSpecs.known(cacheKey(hash, name, workbook))
}

/** The compiled workflow of a definition's hash. @throws {Error} If no text is kept under it. */
export function loadSpec(
  catalogue: Catalogue,
  hash: string,
  name: string,
  workbook: string | null,
): Promise<WorkflowSpec> {
  return workflowSpecs.get(
    cacheKey(hash, name, workbook),
    () => textOf(catalogue, hash, name),
    (text) => compileWorkflow(text, { name, workbook }),
  )
}

/** The compiled ad-hoc action of a definition's hash. @throws {Error} As {@link loadSpec}. */
export function loadAction(
  catalogue: Catalogue,
  hash: string,
  name: string,
  workbook: string | null,
): Promise<AdHocSpec> {
  return actionSpecs.get(
    cacheKey(hash, name, workbook),
    () => textOf(catalogue, hash, name),
    (text) => compileAdHoc(text, { name, workbook }),
  )
}

function cacheKey(hash: string, name: string, workbook: string | null): string {
  return `${hash}/${workbook ?? ''}/${name}`
}

async function textOf(catalogue: Catalogue, hash: string, name: string): Promise<string> {
  const text = await catalogue.text(hash)
  if (text === null) throw new Error(`The definition ${hash} of ${name} is missing from the store`)
  return text
}
