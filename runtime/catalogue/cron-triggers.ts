/**
 * @module
 * Cron triggers: when which workflow is started with what. Ticking is `runtime/cron/`.
 */
import { DuplicateError, InvalidError, NotFoundError } from '../../actors/errors.ts'
import { parseJson } from '../../actors/expressions/values/json.ts'
import type { Mapping } from '../../actors/expressions/values/value.ts'
import { checkInput, signatureOf } from '../../actors/language/input.ts'
import { checkPattern, nextTime } from '../cron/pattern.ts'
import type { Catalogue } from '../store/store.ts'
import { loadSpec } from './definitions.ts'
import { type CatalogueDeps, checkPublish, insertion, remove, write } from './changes.ts'
import { findByIdOrName, listVisible, type Scope, type Stored, type Viewer } from './entries.ts'
import { getWorkflow } from './workflows.ts'

export type CronTriggerStatus = 'READY' | 'COMPLETED' | 'PAUSED' | 'ERROR'

/** Times are milliseconds since the Unix epoch. */
export interface CronTrigger {
  readonly id: string
  readonly name: string
  readonly project: string
  readonly scope: Scope
  readonly workflowId: string
  readonly workflowName: string
  /** JSON text of an object. */
  readonly input: string
  /** JSON text of an object: parameters of the execution. */
  readonly params: string
  /** Null for a trigger that fires once, at its first time. */
  readonly pattern: string | null
  readonly firstExecutionTime: number | null
  /** Null once it is completed. */
  readonly nextExecutionAt: number | null
  /** How many times it will still fire; null for no end. */
  readonly remaining: number | null
  readonly status: CronTriggerStatus
  readonly createdAt: number
  readonly updatedAt: number | null
}

/** What a client gives; null where it says nothing. */
export interface CronTriggerDraft {
  readonly name: string | null
  /** Name or id. */
  readonly workflow: string | null
  /** JSON text of an object. */
  readonly input: string
  /** JSON text of an object. */
  readonly params: string
  readonly pattern: string | null
  /** `YYYY-MM-DD HH:MM`, in UTC. */
  readonly firstExecutionTime: string | null
  readonly remaining: number | null
  readonly scope: Scope
}

const MINUTE_MS = 60_000
const NAME_LENGTH = 200

/**
 * @throws {InvalidError} If it would never fire, or its workflow would refuse the input.
 * @throws {NotFoundError} If there is no such workflow.
 * @throws {DuplicateError} If the name is taken, or the same trigger exists under another one.
 */
export async function createCronTrigger(
  deps: CatalogueDeps,
  viewer: Viewer,
  draft: CronTriggerDraft,
): Promise<CronTrigger> {
  if (draft.remaining !== null && draft.remaining < 1) {
    throw new InvalidError(
      `Invalid input for field/attribute remaining_executions. Value: '${draft.remaining}'. ` +
        'Value should be greater or equal to 1',
    )
  }
  checkPublish(viewer, draft.scope)
  const now = deps.now()
  const schedule = scheduleOf(draft, now)
  const workflow = await getWorkflow(deps, viewer, draft.workflow ?? '', '')
  const spec = await loadSpec(deps.catalogue, workflow.definition, workflow.name, workflow.workbook)
  checkInput(signatureOf(spec), parseJson(draft.input) as Mapping)
  const name = nameOf(draft)
  const record: CronTrigger = {
    id: deps.newId(),
    name,
    project: viewer.project,
    scope: draft.scope,
    workflowId: workflow.id,
    workflowName: workflow.name,
    input: draft.input,
    params: draft.params,
    ...schedule,
    status: 'READY',
    createdAt: now,
    updatedAt: null,
  }
  return await write(deps.catalogue, async () => {
    await checkOnlyOne(deps.catalogue, record)
    return { changes: [insertion('cron_trigger', record)], result: record }
  })
}

function nameOf({ name }: CronTriggerDraft): string {
  if (name === null || name === '') throw new InvalidError('The name of a cron trigger is missing')
  if (name.length <= NAME_LENGTH) return name
  throw new InvalidError(`The name of a cron trigger has at most ${NAME_LENGTH} characters`)
}

type Schedule = Pick<
  CronTrigger,
  'pattern' | 'firstExecutionTime' | 'nextExecutionAt' | 'remaining'
>

function scheduleOf(
  { pattern, firstExecutionTime, remaining }: CronTriggerDraft,
  now: number,
): Schedule {
  if (!pattern && !firstExecutionTime) {
    throw new InvalidError('Pattern or first_execution_time must be specified.')
  }
  const first = firstExecutionTime ? parseFirstTime(firstExecutionTime, now) : null
  if (!pattern) {
    if (remaining !== null && remaining > 1) {
      throw new InvalidError('Pattern must be provided if count is superior to 1.')
    }
    return { pattern: null, firstExecutionTime: first, nextExecutionAt: first, remaining: 1 }
  }
  checkPattern(pattern)
  const nextExecutionAt = first ?? nextTime(pattern, now)
  return { pattern, firstExecutionTime: first, nextExecutionAt, remaining }
}

const FIRST_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d$/

function parseFirstTime(text: string, now: number): number {
  const iso = `${text.replace(' ', 'T')}:00Z`
  const time = FIRST_TIME.test(text) ? Date.parse(iso) : NaN
  // Date.parse lets the 31st of June be the 1st of July.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 16) !== iso.slice(0, 16)) {
    throw new InvalidError(
      `The first_execution_time must have the form YYYY-MM-DD HH:MM, in UTC: ${text}`,
    )
  }
  if (time < now + MINUTE_MS) {
    throw new InvalidError('first_execution_time must be at least 1 minute in the future.')
  }
  return time
}

/** The same work at the same times a second time is a mistake, whatever it is called. */
async function checkOnlyOne(catalogue: Catalogue, trigger: CronTrigger): Promise<void> {
  const fingerprint = fingerprintOf(trigger)
  if (trigger.remaining === null || trigger.firstExecutionTime === null) return
  for (const entry of await catalogue.list('cron_trigger')) {
    const other = JSON.parse(entry.body) as CronTrigger
    if (other.name !== trigger.name && fingerprintOf(other) === fingerprint) {
      throw new DuplicateError(
        `Duplicate entry for CronTrigger: ${other.name} starts the same workflow at the same times`,
      )
    }
  }
}

function fingerprintOf(trigger: CronTrigger): string {
  const { project, workflowName, input, params, pattern, remaining, firstExecutionTime } = trigger
  return JSON.stringify([
    project,
    workflowName,
    input,
    params,
    pattern,
    remaining,
    firstExecutionTime,
  ])
}

/** By name or id. @throws {NotFoundError} If there is none that the viewer sees. */
export async function getCronTrigger(
  deps: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
): Promise<CronTrigger> {
  return (await findOne(deps, viewer, identifier)).record
}

/** By name or id. @throws {NotFoundError} If there is none that the viewer sees. */
export async function deleteCronTrigger(
  deps: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
): Promise<void> {
  await remove(deps, viewer, 'cron_trigger', () => findOne(deps, viewer, identifier))
}

export function listCronTriggers(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
): Promise<CronTrigger[]> {
  return listVisible<CronTrigger>(catalogue, 'cron_trigger', viewer)
}

async function findOne(
  { catalogue }: CatalogueDeps,
  viewer: Viewer,
  identifier: string,
): Promise<Stored<CronTrigger>> {
  const stored = await findByIdOrName<CronTrigger>(catalogue, 'cron_trigger', viewer, identifier)
  if (!stored) throw new NotFoundError(`Cron trigger not found [identifier=${identifier}]`)
  return stored
}
