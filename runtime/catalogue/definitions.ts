/**
 * @module
 * Finds what names mean and loads what they name: what the engine needs of the catalogue.
 */
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
  /** Content hash of the text it is compiled from. */
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
  const { id, name, namespace, workbook, source } = stored.record
  return { id, name, namespace, workbook, definition: source }
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
