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
  change,
  checkPublish,
  created,
  type Dated,
  type Draft,
  insertion,
  remove,
  write,
} from './changes.ts'
import { findByName, findOwn, hashOf, type Stored, type Viewer } from './entries.ts'
import { checkDefinitionName, type Destination, keepTexts } from './texts.ts'
import * as workflows from './workflows.ts'

export interface WorkbookRecord extends Dated {
  readonly namespace: string
  /** Hash of its text. */
  readonly definition: string
  readonly tags: readonly string[]
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
  to: Destination,
): Promise<WorkbookRecord> {
  checkPublish(viewer, to.scope)
  const workbook = read(document, to)
  const draft = draftOf(workbook, document, to)
  await keepTexts(deps, textsOf(workbook))
  return await write(deps.catalogue, async () => {
    const result: WorkbookRecord = created(deps, viewer, draft)
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
  to: Destination,
): Promise<WorkbookRecord> {
  const workbook = read(document, to)
  const draft = draftOf(workbook, document, to)
  await keepTexts(deps, textsOf(workbook))
  return await write(deps.catalogue, async () => {
    const stored = await findOne(deps, viewer, workbook.name, to.namespace)
    const changes: CatalogueChange[] = []
    const result = change(deps, viewer, { kind: 'workbook', stored, draft }, changes)
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
  const find = () => findOne(deps, viewer, name, namespace, 'workbook_name')
  await remove(deps, viewer, 'workbook', find)
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

function read(document: string, options: Destination): ParsedWorkbook {
  const workbook = parseWorkbook(document, options)
  checkDefinitionName(workbook.name)
  for (const part of [...workbook.workflows, ...workbook.actions]) checkDefinitionName(part.name)
  return workbook
}

function draftOf(
  { name, tags }: ParsedWorkbook,
  document: string,
  { namespace, scope }: Destination,
): Draft<WorkbookRecord> {
  return { name, namespace, definition: hashOf(document), tags, scope }
}

function textsOf({ definition, workflows, actions }: ParsedWorkbook): string[] {
  return [definition, ...[...workflows, ...actions].map((part) => part.definition)]
}

interface Parts {
  readonly workbook: ParsedWorkbook
  readonly to: Destination
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
    if (stored) await workflows.changeWorkflow(deps, viewer, stored, draft, changes)
    else changes.push(insertion('workflow', created(deps, viewer, draft)))
  }
  for (const part of workbook.actions) {
    const draft = actions.draftOf(part, workbook.name, to)
    const stored = await findOwn<actions.ActionRecord>(deps.catalogue, 'action', {
      ...own,
      name: part.name,
    })
    if (stored) change(deps, viewer, { kind: 'action', stored, draft }, changes)
    else changes.push(insertion('action', created(deps, viewer, draft)))
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
