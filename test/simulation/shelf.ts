/**
 * @module
 * Definitions as they lie in a store: checked and compiled once, and put into as many stores as need be.
 */
import { ActionRegistry } from '../../actors/action/registry.ts'
import { createApp, defaultConfig } from '../../http/app.ts'
import { loadAction, loadSpec } from '../../runtime/catalogue/definitions.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import type { CatalogueChange, Store } from '../../runtime/store/store.ts'
import type { Action } from '../../actors/action/action.ts'
import { Dice } from './dice.ts'
import { BEGIN } from './loop.ts'
import { AD_HOC, ENVIRONMENT, library, STORED_ENVIRONMENT, WORKBOOK } from './workload.ts'
import type { Library } from './workload.ts'

/** Seeds that share a library. */
const SEEDS_A_LIBRARY = 20

export interface Shelf {
  readonly number: number
  readonly library: Library
  readonly changes: readonly CatalogueChange[]
  readonly texts: ReadonlyMap<string, string>
}

let last: Shelf | null = null

/** What the seed's workflows are. @param actions Those that they call. */
export async function shelfOf(seed: number, actions: readonly Action[]): Promise<Shelf> {
  const number = Math.floor(seed / SEEDS_A_LIBRARY)
  if (last?.number !== number) last = await fill(number, actions)
  return last
}

async function fill(number: number, actions: readonly Action[]): Promise<Shelf> {
  const dice = new Dice(number)
  const chosen = library(dice)
  const store = new MemoryStore({ shards: 1, now: () => BEGIN })
  const app = createApp({
    store,
    engine: { ask: () => Promise.reject(new Error('nobody is there yet')) },
    actions: new ActionRegistry(actions),
    newId: () => dice.uuid(),
    now: () => BEGIN,
    config: defaultConfig,
  })
  const texts: Record<string, unknown> = {
    actions: AD_HOC,
    workbooks: WORKBOOK,
    workflows: chosen.definitions,
    environments: { name: STORED_ENVIRONMENT, variables: ENVIRONMENT },
  }
  for (const [path, body] of Object.entries(texts)) {
    const response = await app.request(`/v2/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.status !== 201) {
      throw new Error(`${await response.text()} in ${JSON.stringify(body, null, 1)}`)
    }
  }
  const changes: CatalogueChange[] = []
  const kept = new Map<string, string>()
  for (const kind of ['workflow', 'action'] as const) {
    for (const { id, key, body } of await store.list(kind)) {
      changes.push({ op: 'insert', kind, id, key, body })
      const { definition, name, workbook } = JSON.parse(body)
      kept.set(definition, (await store.text(definition))!)
      // Compiled definitions are kept for the whole process: here they are compiled before anyone asks.
      if (kind === 'workflow') await loadSpec(store, definition, name, workbook)
      else await loadAction(store, definition, name, workbook)
    }
  }
  for (const { id, key, body } of await store.list('environment')) {
    changes.push({ op: 'insert', kind: 'environment', id, key, body })
  }
  return { number, library: chosen, changes, texts: kept }
}

/** Puts definitions into a store. */
export async function stock(store: Store, { changes, texts }: Shelf): Promise<void> {
  await store.change(changes)
  for (const [hash, text] of texts) await store.keepText(hash, text)
}
