/**
 * @module
 * Brings into memory what a handler found missing.
 */
import { fieldOf, isObject, NOTHING } from '../actors/data.ts'
import type { Mapping } from '../actors/expressions/values/value.ts'
import { executionLogic } from '../actors/execution/execution.machine.ts'
import { openRound } from '../actors/execution/joins.ts'
import { LiveExecution, LiveTask } from '../actors/execution/live.ts'
import { readJson } from '../actors/execution/results.ts'
import { endedOf, payloadId } from '../actors/records.ts'
import type { ExecutionRow, PayloadField } from '../actors/records.ts'
import { shardOf } from '../actors/ids.ts'
import { parseAction, parseTask } from '../actors/rows.ts'
import { taskLogic } from '../actors/task/task.machine.ts'
import type { Need } from '../actors/turn.ts'
import {
  findAction,
  findEnvironment,
  findWorkflow,
  loadAction,
  loadSpec,
} from './catalogue/definitions.ts'
import type { ShardView } from './shard-view.ts'
import type { Index, Store, Table } from './store/store.ts'
import { keyOf } from './turn.ts'

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
      case 'list':
        loaded.set(
          keyOf(need),
          await this.#ids(need.list, need.owner, this.#shardOf(need.owner)),
        )
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
      case 'seen':
        for (const id of need.ids) loaded.set(`seen/${id}`, await this.#execution(id))
        return
      case 'spec': {
        const { hash, name, workbook } = need
        this.#view.keepSpec(hash, name, workbook, await loadSpec(this.#store, hash, name, workbook))
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
        loaded.set(keyOf(need), await this.#executionsOf(need.project))
    }
  }

  async #ids(index: Index, owner: string, shard: number): Promise<string[]> {
    const ids: string[] = []
    for (let after: string | null = null;;) {
      const page = await this.#store.scan(shard, index, owner, { after, limit: PAGE })
      ids.push(...page)
      if (page.length < PAGE) return ids
      after = page.at(-1)!
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
      const found = await this.#store.read(shard, own.map((id) => ({ table, id })))
      own.forEach((id, i) => bodies.set(id, found[i] ?? null))
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
      this.#ids('tasks.execution', id, this.#shardOf(id)),
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
      for (const text of bodies) if (text !== null) live.add(this.#task(live, text))
    }
    reopenRounds(live)
    return live
  }

  #task(live: LiveExecution, text: string): LiveTask {
    const { value, context } = parseTask(text)
    const spec = live.spec.tasks.get(context.name)!
    const task = new LiveTask(spec, taskLogic.restore(value, context), null)
    task.isStored = true
    return task
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

  async #executionsOf(project: string): Promise<string[]> {
    const bodies: string[] = []
    for (let shard = 0; shard < this.#store.shards; shard++) {
      const ids = await this.#ids('executions', '', shard)
      for (let at = 0; at < ids.length; at += PAGE) {
        const keys = ids.slice(at, at + PAGE).map((id) => ({ table: 'execution' as const, id }))
        for (const body of await this.#store.read(shard, keys)) {
          if (body !== null && (JSON.parse(body) as ExecutionRow).context.project === project) {
            bodies.push(body)
          }
        }
      }
    }
    return bodies
  }
}

/** Joins that wait go on waiting. */
function reopenRounds(live: LiveExecution): void {
  for (const name of live.byName.keys()) {
    const task = live.latest(name)!
    if (task.awaits) openRound(live, task)
  }
}
