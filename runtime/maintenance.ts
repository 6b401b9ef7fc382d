/**
 * @module
 * Maintenance mode (`reference/rest-api.md` §5, `reference/engine.md` §19, E15): whether the service
 * takes changes. It is one setting of all processes on a store, and the store outlives them.
 */
import { decode } from './catalogue/entries.ts'
import type { Stored } from './catalogue/entries.ts'
import { type Catalogue, DuplicateKeyError, RevisionError } from './store/store.ts'

/** PAUSING until nothing is at work any more. */
export type MaintenanceStatus = 'RUNNING' | 'PAUSING' | 'PAUSED'

export interface Maintenance {
  readonly status: MaintenanceStatus
  /** RUNNING again, and what was paused for it is not yet all resumed. */
  readonly resuming: boolean
}

const NAME = 'maintenance'
const NEVER: Stored<Maintenance> = { record: { status: 'RUNNING', resuming: false }, revision: 0 }

export async function readMaintenance(catalogue: Catalogue): Promise<Stored<Maintenance>> {
  const entry = await catalogue.byId('setting', NAME)
  const stored = entry ? decode<Maintenance>(entry) : NEVER
  remember(catalogue, stored.record.status)
  return stored
}

/** @returns False if somebody else was faster: then nothing was written. */
export async function replaceMaintenance(
  catalogue: Catalogue,
  { revision }: Stored<Maintenance>,
  next: Maintenance,
): Promise<boolean> {
  const entry = { kind: 'setting', id: NAME, key: NAME, body: JSON.stringify(next) } as const
  try {
    await catalogue.change([
      revision === 0 ? { op: 'insert', ...entry } : { op: 'update', ...entry, revision },
    ])
  } catch (error) {
    if (error instanceof RevisionError || error instanceof DuplicateKeyError) return false
    throw error
  }
  remember(catalogue, next.status)
  return true
}

/** Begins or ends maintenance. @returns The status that this leads to; the present one if it fits. */
export async function requestMaintenance(
  catalogue: Catalogue,
  wanted: 'RUNNING' | 'PAUSED',
): Promise<MaintenanceStatus> {
  for (;;) {
    const stored = await readMaintenance(catalogue)
    const { status } = stored.record
    if ((wanted === 'RUNNING') === (status === 'RUNNING')) return status
    const next = wanted === 'RUNNING'
      ? { status: 'RUNNING', resuming: true } as const
      : { status: 'PAUSING', resuming: false } as const
    if (await replaceMaintenance(catalogue, stored, next)) return next.status
  }
}

/** How long a change by another process may go unseen. */
export const SEEN_MS = 500

interface Seen {
  readonly at: number
  readonly status: MaintenanceStatus
  /** When this status was first seen. */
  readonly since: number
}

const seen = new WeakMap<Catalogue, Seen>()

function remember(catalogue: Catalogue, status: MaintenanceStatus): void {
  const at = performance.now()
  const before = seen.get(catalogue)
  seen.set(catalogue, { at, status, since: before?.status === status ? before.since : at })
}

/** For how long this process has known the status that it has read last; in milliseconds. */
export function knownForMs(catalogue: Catalogue): number {
  return performance.now() - (seen.get(catalogue)?.since ?? Infinity)
}

/** The status as it was at most {@link SEEN_MS} ago; changes by this process are seen at once. */
export async function maintenanceStatus(catalogue: Catalogue): Promise<MaintenanceStatus> {
  const known = seen.get(catalogue)
  if (known && performance.now() - known.at < SEEN_MS) return known.status
  return (await readMaintenance(catalogue)).record.status
}
