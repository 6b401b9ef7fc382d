/**
 * @module
 * Environments: named sets of variables.
 */
import { InvalidError, NotFoundError } from '../../actors/errors.ts'
import {
  type CatalogueDeps,
  checkOwner,
  checkPublish,
  findByName,
  insertion,
  listVisible,
  type Named,
  removal,
  replacement,
  type Scope,
  type Stored,
  type Viewer,
  write,
} from './entries.ts'

export interface EnvironmentRecord extends Named {
  readonly description: string | null
  /** JSON text of an object, or null. */
  readonly variables: string | null
  readonly createdAt: number
  readonly updatedAt: number | null
}

/** What a client gives; undefined where it says nothing. */
export interface EnvironmentChange {
  readonly name: string
  readonly description?: string | null
  readonly variables?: string | null
  readonly scope?: Scope
}

const NAME_LENGTH = 200

/** @throws {DuplicateError} If the project has an environment of this name. */
export async function createEnvironment(
  deps: CatalogueDeps,
  viewer: Viewer,
  { name, description = null, variables = null, scope = 'private' }: EnvironmentChange,
): Promise<EnvironmentRecord> {
  checkPublish(viewer, scope)
  if (name.length > NAME_LENGTH) {
    throw new InvalidError(`The name of an environment has at most ${NAME_LENGTH} characters`)
  }
  const record: EnvironmentRecord = {
    id: deps.newId(),
    name,
    description,
    variables,
    scope,
    project: viewer.project,
    createdAt: deps.now(),
    updatedAt: null,
  }
  const changes = [insertion('environment', record)]
  return await write(deps.catalogue, () => Promise.resolve({ changes, result: record }))
}

/** @throws {NotFoundError} If there is none that the viewer sees. */
export async function updateEnvironment(
  deps: CatalogueDeps,
  viewer: Viewer,
  change: EnvironmentChange,
): Promise<EnvironmentRecord> {
  return await write(deps.catalogue, async () => {
    const stored = await find(deps, viewer, change.name)
    const { record } = stored
    checkOwner(viewer, record)
    if (change.scope !== undefined && change.scope !== record.scope) {
      checkPublish(viewer, change.scope)
    }
    const changed: EnvironmentRecord = {
      ...record,
      description: change.description === undefined ? record.description : change.description,
      variables: change.variables === undefined ? record.variables : change.variables,
      scope: change.scope ?? record.scope,
    }
    const isSame = replacement('environment', stored, changed) === null
    if (isSame) return { changes: [], result: record }
    const result = { ...changed, updatedAt: deps.now() }
    return { changes: [replacement('environment', stored, result)!], result }
  })
}

/** @throws {NotFoundError} If there is none that the viewer sees. */
export async function deleteEnvironment(
  deps: CatalogueDeps,
  viewer: Viewer,
  name: string,
): Promise<void> {
  await write(deps.catalogue, async () => {
    const stored = await find(deps, viewer, name)
    checkOwner(viewer, stored.record)
    return { changes: [removal('environment', stored)], result: undefined }
  })
}

/** @throws {NotFoundError} If there is none that the viewer sees. */
export async function getEnvironment(
  deps: CatalogueDeps,
  viewer: Viewer,
  name: string,
): Promise<EnvironmentRecord> {
  return (await find(deps, viewer, name)).record
}

export function listEnvironments(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
): Promise<EnvironmentRecord[]> {
  return listVisible<EnvironmentRecord>(catalogue, 'environment', viewer)
}

async function find(
  { catalogue }: CatalogueDeps,
  { project }: Viewer,
  name: string,
): Promise<Stored<EnvironmentRecord>> {
  const at = { project, namespace: '', name }
  const stored = await findByName<EnvironmentRecord>(catalogue, 'environment', at)
  if (!stored) throw new NotFoundError(`Environment not found [name=${name}]`)
  return stored
}
