/**
 * @module
 * What the edge is made of: ports that the entry points fill in.
 */
import type { ActionDeps, ListedAction } from '../runtime/catalogue/actions.ts'
import type { Viewer } from '../runtime/catalogue/entries.ts'
import type { NewId } from '../actors/ids.ts'
import type { Engine } from '../runtime/commands.ts'
import type { Store } from '../runtime/store/store.ts'

/** Whoever sends a request. */
export type Caller = Viewer

/** Tells who sends a request. @throws {RequestError} 401 if nobody knows. */
export type Identify = (request: Request) => Caller | Promise<Caller>

/** Actions that exist without being defined by anybody. */
export interface ActionDirectory {
  get(name: string): ListedAction | null
  /** By name. */
  list(): readonly ListedAction[]
}

export interface EdgeConfig {
  /** Most objects of one page, and how many there are in a page by default. */
  readonly maxPage: number
  /** Bytes; a longer request body is refused. */
  readonly maxBodyBytes: number
  /** Bytes of JSON text of one of input, params or output; a longer one is refused. -1 for any. */
  readonly maxFieldBytes: number
  /** Take scheme, host and prefix of generated addresses from `X-Forwarded-*`. */
  readonly trustProxy: boolean
  /** Whether `skip_validation` has an effect, or definitions are never checked. */
  readonly validation: 'mandatory' | 'enabled' | 'disabled'
  readonly allowActionDeletion: boolean
  /** Origins whose pages may use the API; `*` for any. */
  readonly corsOrigins: readonly string[]
  /** Milliseconds that a readiness check may take. */
  readonly readyTimeoutMs: number
}

export const defaultConfig: EdgeConfig = {
  maxPage: 1000,
  maxBodyBytes: 16 * 1024 * 1024,
  maxFieldBytes: 1024 * 1024,
  trustProxy: false,
  validation: 'mandatory',
  allowActionDeletion: true,
  corsOrigins: [],
  readyTimeoutMs: 2000,
}

export interface EdgeDeps {
  readonly store: Store
  readonly engine: Engine
  readonly actions: ActionDirectory
  readonly newId: NewId
  /** Milliseconds since the Unix epoch. */
  now(): number
  readonly config: EdgeConfig
  /** Without it everybody is the default project. */
  readonly identify?: Identify
  /** Rejects while the engine behind this edge does not serve. */
  readonly ready?: () => Promise<void>
  /** Told that a cron trigger was made or removed. */
  readonly onTriggerChange?: () => void
  /** Told that maintenance begins or ends. */
  readonly onMaintenanceChange?: () => void
  /** Told about every unexpected failure. */
  readonly onError?: (error: unknown, request: Request) => void
}

/** What the catalogue needs, of what the edge has. */
export function catalogueOf({ store, newId, now, actions }: EdgeDeps): ActionDeps {
  return {
    catalogue: store,
    newId: () => newId(),
    now,
    isSystemAction: (name) => actions.get(name) !== null,
  }
}

const DEFAULT_PROJECT = '<default-project>'

/**
 * Without authentication everything belongs to one project and nobody is an administrator: headers
 * that claim otherwise change nothing.
 */
export const anybody: Caller = { project: DEFAULT_PROJECT, admin: false }
