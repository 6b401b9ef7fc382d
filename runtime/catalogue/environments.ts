/**
 * @module
 * Environments: named sets of variables.
 */
import { InvalidError, NotFoundError } from '../../actors/errors.ts'
import {
  type CatalogueDeps,
  change,
  checkPublish,
  created,
  type Dated,
  insert,
  remove,
  writeEach,
} from './changes.ts'
import { findByName, listVisible, type Scope, type Stored, type Viewer } from './entries.ts'

export interface EnvironmentRecord extends Dated {
  readonly description: string | null
  /** JSON text of an object, or null. */
  readonly variables: string | null
}

/** What a client gives; left out where it says nothing. */
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
  const record = created(deps, viewer, { name, description, variables, scope })
  await insert(deps, 'environment', [record])
  return record
}

/** @throws {NotFoundError} If there is none that the viewer sees. */
export async function updateEnvironment(
  deps: CatalogueDeps,
  viewer: Viewer,
  draft: EnvironmentChange,
): Promise<EnvironmentRecord> {
  const [updated] = await writeEach(deps, [draft], async (_, changes) => {
    const stored = await find(deps, viewer, draft.name)
    return change(deps, viewer, { kind: 'environment', stored, draft }, changes)
  })
  return updated!
}

/** @throws {NotFoundError} If there is none that the viewer sees. */
export async function deleteEnvironment(
  deps: CatalogueDeps,
  viewer: Viewer,
  name: string,
): Promise<void> {
  await remove(deps, viewer, 'environment', () => find(deps, viewer, name))
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
