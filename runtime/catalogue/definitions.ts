/**
 * @module
 * Finds what names mean and loads what they name: what the engine needs of the catalogue.
 */
import { compileAdHoc, compileWorkflow } from '../../actors/language/definitions.ts'
import type { AdHocSpec, WorkflowSpec } from '../../actors/language/spec.ts'
import type { Catalogue } from '../store/store.ts'
import { findByName } from './entries.ts'
import type { EnvironmentRecord } from './environments.ts'
import type { ActionRecord } from './actions.ts'
import type { WorkflowRecord } from './workflows.ts'

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
export async function findWorkflow(
  catalogue: Catalogue,
  at: NameAt,
  options: FindOptions = {},
): Promise<FoundDefinition | null> {
  return await find<WorkflowRecord>(catalogue, 'workflow', at, options)
}

/** The ad-hoc action of this name. */
export async function findAction(
  catalogue: Catalogue,
  at: NameAt,
  options: FindOptions = {},
): Promise<FoundDefinition | null> {
  return await find<ActionRecord>(catalogue, 'action', at, options)
}

async function find<T extends WorkflowRecord | ActionRecord>(
  catalogue: Catalogue,
  kind: 'workflow' | 'action',
  at: NameAt,
  { fallBack = false }: FindOptions,
): Promise<FoundDefinition | null> {
  const stored = await findByName<T>(catalogue, kind, at) ??
    (fallBack && at.namespace !== ''
      ? await findByName<T>(catalogue, kind, { ...at, namespace: '' })
      : null)
  if (!stored) return null
  const { id, name, namespace, workbook, definition } = stored.record
  return { id, name, namespace, workbook, definition }
}

/** The variables of the environment of this name as JSON text, or null if there is none. */
export async function findEnvironment(
  catalogue: Catalogue,
  { project, name }: { readonly project: string; readonly name: string },
): Promise<string | null> {
  const at = { project, namespace: '', name }
  const stored = await findByName<EnvironmentRecord>(catalogue, 'environment', at)
  return stored && (stored.record.variables ?? '{}')
}

/** Compiled definitions, by content: the same text is compiled once a process. */
class SpecCache<T> {
  readonly #specs = new Map<string, Promise<T>>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What was compiled under the key, or what `compile` makes of it; a failure is not kept. */
  get(key: string, compile: () => Promise<T>): Promise<T> {
    const known = this.#specs.get(key)
    // Asked for again: move it to the end, where it is forgotten last.
    if (known) this.#specs.delete(key)
    else if (this.#specs.size >= this.#limit) {
      this.#specs.delete(this.#specs.keys().next().value!)
    }
    const spec = known ?? compile()
    this.#specs.set(key, spec)
    if (!known) {
      spec.catch(() => {
        if (this.#specs.get(key) === spec) this.#specs.delete(key)
      })
    }
    return spec
  }
}

const SPECS = 1000
const workflowSpecs = new SpecCache<WorkflowSpec>(SPECS)
const actionSpecs = new SpecCache<AdHocSpec>(SPECS)

/** The compiled workflow of a definition's hash. @throws {Error} If no text is kept under the hash. */
export function loadSpec(
  catalogue: Catalogue,
  hash: string,
  name: string,
  workbook: string | null,
): Promise<WorkflowSpec> {
  return workflowSpecs.get(cacheKey(hash, name, workbook), async () => {
    return compileWorkflow(await textOf(catalogue, hash, name), { name, workbook })
  })
}

/** The compiled ad-hoc action of a definition's hash. @throws {Error} As {@link loadSpec}. */
export function loadAction(
  catalogue: Catalogue,
  hash: string,
  name: string,
  workbook: string | null,
): Promise<AdHocSpec> {
  return actionSpecs.get(cacheKey(hash, name, workbook), async () => {
    return compileAdHoc(await textOf(catalogue, hash, name), { name, workbook })
  })
}

function cacheKey(hash: string, name: string, workbook: string | null): string {
  return `${hash}/${workbook ?? ''}/${name}`
}

async function textOf(catalogue: Catalogue, hash: string, name: string): Promise<string> {
  const text = await catalogue.text(hash)
  if (text === null) throw new Error(`The definition ${hash} of ${name} is missing from the store`)
  return text
}
