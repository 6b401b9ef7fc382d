/**
 * @module
 * Fires what is due. Ticks may come from many sides at once and may die half-way: which execution a
 * firing starts follows from the trigger and its due time, and starting an execution that exists does
 * nothing, so each due firing starts exactly one. It is started first and counted afterwards.
 */
import { createHash } from 'node:crypto'
import { DomainError, InvalidError, UnavailableError } from '../../actors/errors.ts'
import { parseJson } from '../../actors/expressions/values/json.ts'
import type { Mapping } from '../../actors/expressions/values/value.ts'
import type { CronTrigger } from '../catalogue/cron-triggers.ts'
import { replacement } from '../catalogue/changes.ts'
import { decode, type Stored } from '../catalogue/entries.ts'
import { startCommand } from '../catalogue/start-command.ts'
import type { WorkflowRecord } from '../catalogue/workflows.ts'
import type { Engine } from '../commands.ts'
import { type Catalogue, RevisionError } from '../store/store.ts'
import { maintenanceStatus } from '../maintenance.ts'
import { nextTime } from './pattern.ts'
import { Retries } from './retries.ts'

export interface CronDeps {
  readonly catalogue: Catalogue
  readonly engine: Engine
  /** Keeps failed starts apart from tick to tick; without it each tick tries again. */
  readonly retries?: Retries
  /** Told of a firing that failed; it stays due and will be tried again. */
  onFailure?(trigger: CronTrigger, error: unknown): void
}

export interface CronReport {
  /** Ids of executions that were started, here or by a tick elsewhere at the same time. */
  readonly started: readonly string[]
  readonly failed: number
  /** When there is something to do again, or null if nothing is planned. */
  readonly nextDueAt: number | null
}

/** Starts done at a time. */
const PARALLEL = 16

/**
 * Starts the workflow of every trigger that is due, the longest due first, and plans their next times.
 * Times are in milliseconds since the Unix epoch.
 *
 * @throws {Error} If the triggers cannot be read; what fails of a single trigger is told in the report.
 */
export async function cronTick(deps: CronDeps, now: number): Promise<CronReport> {
  const { catalogue, retries = new Retries() } = deps
  // What falls due during maintenance is late, not lost.
  if (await maintenanceStatus(catalogue) !== 'RUNNING') {
    return { started: [], failed: 0, nextDueAt: null }
  }
  const planned = (await catalogue.list('cron_trigger'))
    .map((entry) => decode<CronTrigger>(entry))
    .filter(({ record }) => isPlanned(record))
    .sort((a, b) => dueAtOf(a.record) - dueAtOf(b.record))
  retries.keep(new Set(planned.map(({ record }) => record.id)))
  const due = planned.filter(({ record }) =>
    dueAtOf(record) <= now && retries.readyAt(record.id) <= now
  )

  const started: string[] = []
  let failed = 0
  const next = new Map(planned.map(({ record }) => [record.id, dueAtOf(record)]))
  await inParallel(due, PARALLEL, async (stored) => {
    const { id } = stored.record
    try {
      const { executionId, trigger } = await fire(deps, stored, now)
      if (executionId !== null) started.push(executionId)
      retries.succeeded(id)
      if (trigger && isPlanned(trigger)) next.set(id, dueAtOf(trigger))
      else next.delete(id)
    } catch (error) {
      failed++
      next.set(id, retries.failed(id, now))
      deps.onFailure?.(stored.record, error)
      await markFailed(catalogue, stored, error)
    }
  })
  for (const [id, dueAt] of next) next.set(id, Math.max(dueAt, retries.readyAt(id)))
  return { started, failed, nextDueAt: next.size > 0 ? Math.min(...next.values()) : null }
}

function isPlanned({ status, nextExecutionAt }: CronTrigger): boolean {
  return nextExecutionAt !== null && (status === 'READY' || status === 'ERROR')
}

function dueAtOf({ nextExecutionAt }: CronTrigger): number {
  return nextExecutionAt ?? Infinity
}

interface Firing {
  /** Null if somebody else has taken care of it. */
  readonly executionId: string | null
  /** As it is afterwards; null if it is gone. */
  readonly trigger: CronTrigger | null
}

/** Starts what a trigger is due for and plans its next time. */
async function fire(deps: CronDeps, stored: Stored<CronTrigger>, now: number): Promise<Firing> {
  const { catalogue } = deps
  const entry = await catalogue.byId('cron_trigger', stored.record.id)
  if (entry?.revision !== stored.revision) {
    return { executionId: null, trigger: entry && decode<CronTrigger>(entry).record }
  }
  const executionId = await start(deps, stored.record)
  const trigger = advance(stored.record, now)
  await replace(catalogue, stored, trigger)
  return { executionId, trigger }
}

/** Starts the execution of a firing, unless it was started before. */
async function start({ catalogue, engine }: CronDeps, trigger: CronTrigger): Promise<string> {
  const { project, workflowId, workflowName } = trigger
  const id = firingId(trigger.id, dueAtOf(trigger))
  const entry = await catalogue.byId('workflow', workflowId)
  if (!entry) {
    throw new InvalidError(`The workflow ${workflowName} (${workflowId}) no longer exists`)
  }
  const command = await startCommand(catalogue, {
    isNew: false,
    id,
    project,
    workflow: decode<WorkflowRecord>(entry).record,
    input: parseJson(trigger.input) as Mapping,
    params: parseJson(trigger.params) as Mapping,
    description: descriptionOf(trigger),
    triggerId: trigger.id,
  })
  await engine.ask(command)
  return id
}

function descriptionOf({ id }: CronTrigger): string {
  return JSON.stringify({
    description: `Workflow execution created by cron trigger '(${id})'.`,
    triggered_by: { type: 'cron_trigger', id },
  })
}

/**
 * The id of the execution that a firing starts: a UUID that sorts by the due time, and otherwise is a
 * hash, which also spreads the firings over the shards.
 */
export function firingId(triggerId: string, dueAt: number): string {
  const time = dueAt.toString(16).padStart(12, '0')
  const hash = createHash('sha256').update(`${triggerId} ${dueAt}`).digest('hex')
  const variant = (8 + parseInt(hash.slice(3, 4), 16) % 4).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${
    hash.slice(7, 19)
  }`
}

/** The trigger after a firing. Times that were missed are skipped: one late run stands for them. */
function advance(trigger: CronTrigger, now: number): CronTrigger {
  const remaining = trigger.remaining === null ? null : trigger.remaining - 1
  const next = remaining === 0 ? null : timeAfter(trigger, now)
  if (next !== null) {
    return { ...trigger, remaining, status: 'READY', nextExecutionAt: next, updatedAt: now }
  }
  // It keeps the time that it was planned for last.
  return { ...trigger, remaining: 0, status: 'COMPLETED', updatedAt: now }
}

function timeAfter(trigger: CronTrigger, now: number): number | null {
  if (trigger.pattern === null) return null
  try {
    return nextTime(trigger.pattern, Math.max(now, dueAtOf(trigger)))
  } catch (error) {
    if (error instanceof InvalidError) return null
    throw error
  }
}

/** Shows that a trigger cannot start its workflow, if that is not just a matter of waiting. */
async function markFailed(
  catalogue: Catalogue,
  stored: Stored<CronTrigger>,
  error: unknown,
): Promise<void> {
  if (!(error instanceof DomainError) || error instanceof UnavailableError) return
  try {
    await replace(catalogue, stored, { ...stored.record, status: 'ERROR' })
  } catch {
    // It is only a sign for people; the next try gives it again.
  }
}

/** Replaces the trigger, unless somebody else has changed it: then theirs counts. */
async function replace(
  catalogue: Catalogue,
  stored: Stored<CronTrigger>,
  record: CronTrigger,
): Promise<void> {
  const change = replacement('cron_trigger', stored, record)
  try {
    if (change) await catalogue.change([change])
  } catch (error) {
    if (!(error instanceof RevisionError)) throw error
  }
}

async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const drain = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, drain))
}
