/**
 * @module
 * Brings into memory what a handler found missing.
 */
import { fieldOf, isObject, NOTHING } from '../actors/data.ts'
import type { Mapping } from '../actors/expressions/values/value.ts'
import { executionLogic } from '../actors/execution/execution.machine.ts'
import { openRound } from '../actors/join/joins.ts'
import { LiveExecution, LiveTask } from '../actors/execution/live.ts'
import { readJson } from '../actors/execution/results.ts'
import { endedOf, payloadId } from '../actors/records.ts'
import type { ExecutionContext, ExecutionRow, PayloadField } from '../actors/records.ts'
import { shardOf } from '../actors/ids.ts'
import type { WorkflowSpec } from '../actors/language/spec.ts'
import { parseAction, parseTask } from '../actors/rows.ts'
import { taskLogic } from '../actors/task/task.machine.ts'
import type { Listed, Need, PageOf } from '../actors/turn.ts'
import {
  findAction,
  findEnvironment,
  findWorkflow,
  loadAction,
  loadSpec,
} from './catalogue/definitions.ts'
import type { ShardView } from './shard-view.ts'
import { allIds } from './store/pages.ts'
import type { Store, Table } from './store/store.ts'
import { keyOf, listedKey, listKey, tasksKey } from './turn.ts'

const PAGE = 1000

/** Loads needs for one shard. */
export class Loader {
  readonly #store: Store
  readonly #shard: number
  readonly #view: ShardView

  constructor(store: Store, shard: number, view: ShardView) {
    this.#store = store
    this.#shard = shard
    this.#view = view
  }

  /** Puts what is needed into memory, or into what the turn has loaded. */
  async load(need: Need, loaded: Map<string, unknown>): Promise<void> {
    switch (need.kind) {
      case 'rows': {
        const { table, ids } = need
        const bodies = await this.#read(table, ids)
        ids.forEach((id, i) => {
          const body = bodies[i] ?? null
          loaded.set(
            `${table}/${id}`,
            table === 'action' && body !== null ? parseAction(body) : body,
          )
        })
        return
      }
      case 'lists':
        await Promise.all(need.owners.map(async (owner) => {
          loaded.set(
            listKey(need.list, owner),
            await allIds(this.#store, this.#shardOf(owner), need.list, owner),
          )
        }))
        return
      case 'execution': {
        const live = await this.#execution(need.id)
        if (!live) this.#view.gone.add(need.id)
        else {
          this.#view.live.set(need.id, live)
          this.#view.gone.delete(need.id)
        }
        return
      }
      case 'tasks':
        await Promise.all(need.of.map(async (context) => {
          loaded.set(tasksKey(context.id, need.page), await this.#tasks(context, need.page))
        }))
        return
      case 'taskCount': {
        const { executionId: id } = need
        loaded.set(keyOf(need), await this.#store.count(this.#shardOf(id), 'tasks.execution', id))
        return
      }
      case 'spec': {
        const { hash, name, workbook } = need
        loaded.set(keyOf(need), await loadSpec(this.#store, hash, name, workbook))
        return
      }
      case 'workflow':
        loaded.set(keyOf(need), await findWorkflow(this.#store, need, { fallBack: true }))
        return
      case 'action': {
        const found = await findAction(this.#store, need, { fallBack: true })
        loaded.set(
          keyOf(need),
          found && await loadAction(this.#store, found.definition, found.name, found.workbook),
        )
        return
      }
      case 'environment': {
        const text = await findEnvironment(this.#store, need)
        loaded.set(keyOf(need), text === null ? null : readJson(text))
        return
      }
      case 'executions':
        loaded.set(keyOf(need), await this.#executionsOf(need, loaded))
    }
  }

  /** The shard of an execution or task, for rows and lists of it. */
  #shardOf(id: string): number {
    return shardOf(id, this.#store.shards)
  }

  /** Rows of whatever shards, in the order asked. */
  async #read(table: Table, ids: readonly string[]): Promise<(string | null)[]> {
    const byShard = new Map<number, string[]>()
    for (const id of ids) {
      const shard = this.#shardOf(table === 'payload' ? id.slice(0, id.lastIndexOf(':')) : id)
      const own = byShard.get(shard)
      if (own) own.push(id)
      else byShard.set(shard, [id])
    }
    const bodies = new Map<string, string | null>()
    for (const [shard, own] of byShard) {
      for (let at = 0; at < own.length; at += PAGE) {
        const some = own.slice(at, at + PAGE)
        const found = await this.#store.read(shard, some.map((id) => ({ table, id })))
        some.forEach((id, i) => bodies.set(id, found[i] ?? null))
      }
    }
    return ids.map((id) => bodies.get(id)!)
  }

  async #payloads(id: string, fields: readonly PayloadField[]): Promise<(string | null)[]> {
    return await this.#read('payload', fields.map((field) => payloadId(id, field)))
  }

  /** Rebuilds an execution from its rows; null if there is none. */
  async #execution(id: string): Promise<LiveExecution | null> {
    const [body] = await this.#read('execution', [id])
    if (body === null || body === undefined) return null
    const row = JSON.parse(body) as ExecutionRow
    const { context } = row
    const [payloads, spec, taskIds] = await Promise.all([
      this.#payloads(id, ['input', 'params', 'globals', 'output']),
      loadSpec(this.#store, context.definition, context.workflowName, context.workbook),
      allIds(this.#store, this.#shardOf(id), 'tasks.execution', id),
    ])
    const [input, params, globals, output] = payloads.map((text) => readJson(text ?? null))
    const live = new LiveExecution(executionLogic.restore(row.value, context), {
      spec,
      input: input!,
      params: params!,
      globals: globals!,
      output: payloads[3] === null ? null : output!,
      env: await this.#env(context.rootId, params!),
    })
    live.ended = endedOf(row)
    for (let at = 0; at < taskIds.length; at += PAGE) {
      const ids = taskIds.slice(at, at + PAGE)
      const bodies = await this.#read('task', ids)
      for (const text of bodies) if (text !== null) live.add(liveTask(live.spec, text))
    }
    reopenRounds(live)
    return live
  }

  /** Sub-workflows see their root's environment. */
  async #env(rootId: string | null, params: Mapping): Promise<Mapping> {
    if (rootId !== null) {
      const root = this.#view.live.get(rootId)
      if (root) return root.env
      const [text] = await this.#payloads(rootId, ['params'])
      const env = fieldOf(readJson(text ?? null), 'env')
      return isObject(env) ? env : NOTHING
    }
    const env = fieldOf(params, 'env')
    return isObject(env) ? env : NOTHING
  }

  async #tasks(context: ExecutionContext, { after, limit }: PageOf): Promise<Listed<LiveTask>> {
    const { id, definition, workflowName, workbook } = context
    const shard = this.#shardOf(id)
    const ids = await this.#store.scan(shard, 'tasks.execution', id, { after, limit })
    const spec = await loadSpec(this.#store, definition, workflowName, workbook)
    const bodies = await this.#read('task', ids)
    return {
      found: bodies.flatMap((text) => text === null ? [] : [liveTask(spec, text)]),
      next: ids.length < limit ? null : ids.at(-1)!,
    }
  }

  /** A page of all executions, shard by shard, without those of other projects. */
  async #executionsOf(
    { project, page: { after, limit } }: Extract<Need, { kind: 'executions' }>,
    loaded: Map<string, unknown>,
  ): Promise<Listed<ExecutionRow>> {
    const [at, last] = after === null ? ['0', ''] : after.split('/') as [string, string]
    let shard = Number(at)
    const ids = await this.#store.scan(shard, 'executions', '', { after: last || null, limit })
    while (ids.length < limit && shard + 1 < this.#store.shards) {
      const page = { after: null, limit: limit - ids.length }
      ids.push(...await this.#store.scan(++shard, 'executions', '', page))
    }
    const bodies = await this.#read('execution', ids)
    const found = bodies.flatMap((body) => body === null ? [] : [JSON.parse(body) as ExecutionRow])
      .filter(({ context }) => context.project === project)
    const listed = loaded.get(listedKey(project)) as Set<string> | undefined ?? new Set<string>()
    for (const { context } of found) listed.add(context.id)
    loaded.set(listedKey(project), listed)
    return { found, next: ids.length < limit ? null : `${shard}/${ids.at(-1)}` }
  }
}

function liveTask(spec: WorkflowSpec, text: string): LiveTask {
  const { value, context } = parseTask(text)
  const task = new LiveTask(spec.tasks.get(context.name)!, taskLogic.restore(value, context), null)
  task.isStored = true
  return task
}

/** Joins that wait go on waiting. */
function reopenRounds(live: LiveExecution): void {
  for (const name of live.byName.keys()) {
    const task = live.latest(name)!
    if (task.awaits) openRound(live, task)
  }
}
