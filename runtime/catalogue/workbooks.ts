/**
 * @module
 * Workbooks: one text that defines workflows and actions under a common name.
 */
import { NotFoundError } from '../../actors/errors.ts'
import { type ParsedWorkbook, parseWorkbook } from '../../actors/language/definitions.ts'
import type { CatalogueChange } from '../store/store.ts'
import * as actions from './actions.ts'
import {
  type CatalogueDeps,
  checkDefinitionName,
  checkOwner,
  checkPublish,
  findByName,
  findOwn,
  hashOf,
  insertion,
  listVisible,
  type Named,
  removal,
  replacement,
  type Stored,
  type Viewer,
  write,
} from './entries.ts'
import * as workflows from './workflows.ts'

export interface WorkbookRecord extends Named {
  readonly namespace: string
  /** Hash of its text. */
  readonly definition: string
  readonly tags: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number | null
}

/**
 * Stores a workbook with its workflows and actions, or nothing. Those that exist are replaced.
 *
 * @throws {InvalidError} If the document is no valid workbook.
 * @throws {DuplicateError} If the workbook's name is taken.
 */
export async function createWorkbook(
  deps: CatalogueDeps,
  viewer: Viewer,
  document: string,
  to: workflows.Destination,
): Promise<WorkbookRecord> {
  checkPublish(viewer, to.scope)
  const workbook = read(document, to)
  await workflows.keepTexts(deps, textsOf(workbook))
  return await write(deps.catalogue, async () => {
    const result: WorkbookRecord = {
      id: deps.newId(),
      name: workbook.name,
      namespace: to.namespace,
      definition: hashOf(document),
      tags: workbook.tags,
      scope: to.scope,
      project: viewer.project,
      createdAt: deps.now(),
      updatedAt: null,
    }
    const changes = [insertion('workbook', result)]
    await changeParts(deps, viewer, { workbook, to }, changes)
    return { changes, result }
  })
}

/** @throws {NotFoundError} If there is none of the document's name in the namespace. */
export async function updateWorkbook(
  deps: CatalogueDeps,
  viewer: Viewer,
  document: string,
  to: workflows.Destination,
): Promise<WorkbookRecord> {
  const workbook = read(document, to)
  await workflows.keepTexts(deps, textsOf(workbook))
  return await write(deps.catalogue, async () => {
    const stored = await findOne(deps, viewer, workbook.name, to.namespace)
    const { record } = stored
    checkOwner(viewer, record)
    if (to.scope !== record.scope) checkPublish(viewer, to.scope)
    const next = { ...record, definition: hashOf(document), tags: workbook.tags, scope: to.scope }
    const changes: CatalogueChange[] = []
    let result = record
    if (replacement('workbook', stored, next)) {
      result = { ...next, updatedAt: deps.now() }
      changes.push(replacement('workbook', stored, result)!)
    }
    await changeParts(deps, viewer, { workbook, to }, changes)
    return { changes, result }
  })
}

/** Its workflows and actions stay. @throws {NotFoundError} If there is none. */
export async function deleteWorkbook(
  deps: CatalogueDeps,
  viewer: Viewer,
  name: string,
  namespace: string,
): Promise<void> {
  await write(deps.catalogue, async () => {
    const stored = await findOne(deps, viewer, name, namespace, 'workbook_name')
    checkOwner(viewer, stored.record)
    return { changes: [removal('workbook', stored)], result: undefined }
  })
}

/** @throws {NotFoundError} If there is none that the viewer sees. */
export async function getWorkbook(
  deps: CatalogueDeps,
  viewer: Viewer,
  name: string,
  namespace: string,
): Promise<WorkbookRecord> {
  return (await findOne(deps, viewer, name, namespace)).record
}

export function listWorkbooks(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
): Promise<WorkbookRecord[]> {
  return listVisible<WorkbookRecord>(catalogue, 'workbook', viewer)
}

function read(document: string, options: workflows.Destination): ParsedWorkbook {
  const workbook = parseWorkbook(document, options)
  checkDefinitionName(workbook.name)
  for (const part of [...workbook.workflows, ...workbook.actions]) checkDefinitionName(part.name)
  return workbook
}

function textsOf({ definition, workflows, actions }: ParsedWorkbook): string[] {
  return [definition, ...[...workflows, ...actions].map((part) => part.definition)]
}

interface Parts {
  readonly workbook: ParsedWorkbook
  readonly to: workflows.Destination
}

async function changeParts(
  deps: CatalogueDeps,
  viewer: Viewer,
  { workbook, to }: Parts,
  changes: CatalogueChange[],
): Promise<void> {
  const own = { project: viewer.project, namespace: to.namespace }
  for (const part of workbook.workflows) {
    const draft = workflows.draftOf(part, to)
    const stored = await findOwn<workflows.WorkflowRecord>(deps.catalogue, 'workflow', {
      ...own,
      name: part.name,
    })
    if (stored) await workflows.change(deps, viewer, stored, draft, changes)
    else changes.push(insertion('workflow', workflows.created(deps, viewer, draft)))
  }
  for (const part of workbook.actions) {
    const draft = actions.draftOf(part, workbook.name, to)
    const stored = await findOwn<actions.ActionRecord>(deps.catalogue, 'action', {
      ...own,
      name: part.name,
    })
    if (stored) actions.change(deps, viewer, stored, draft, changes)
    else changes.push(insertion('action', actions.created(deps, viewer, draft)))
  }
}

async function findOne(
  { catalogue }: CatalogueDeps,
  { project }: Viewer,
  name: string,
  namespace: string,
  label = 'name',
): Promise<Stored<WorkbookRecord>> {
  const at = { project, namespace, name }
  const stored = await findByName<WorkbookRecord>(catalogue, 'workbook', at)
  if (stored) return stored
  throw new NotFoundError(`Workbook not found [${label}=${name}, namespace=${namespace}]`)
}
