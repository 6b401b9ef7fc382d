/**
 * @module
 * Reads rows of executions, tasks and actions: many at a time, whatever shards they are in.
 */
import { shardOf } from '../actors/ids.ts'
import {
  type ActionRow,
  type ExecutionRow,
  type PayloadField,
  payloadId,
  type TaskRow,
} from '../actors/records.ts'
import { parseAction, parseTask } from '../actors/rows.ts'
import { HEARTBEAT } from '../runtime/heartbeat.ts'
import type { RowKey, ShardStore } from '../runtime/store/store.ts'
import { scanAll, type ScanFrom, scanOwner } from './lists/scan.ts'

/** JSON texts of payload rows, and of what is worked out of them; what is empty is absent. */
export type Payloads = { [F in PayloadField | WorkedOut]?: string }
export type WorkedOut = 'result' | 'published_global'

export function isWorkedOut(need: string): need is WorkedOut {
  return need === 'result' || need === 'published_global'
}

/** Row, with as much of its payloads as has been asked for. */
export interface ExecutionItem {
  readonly id: string
  readonly row: ExecutionRow
  readonly payloads: Payloads
}

export interface TaskItem {
  readonly id: string
  readonly row: TaskRow
  /** The execution it belongs to: it names the workflow and the project. */
  readonly execution: ExecutionRow
  readonly payloads: Payloads
}

export interface ActionItem {
  readonly id: string
  readonly row: ActionRow
  readonly payloads: Payloads
}

/** Where a row lies: with its actor, or for a payload with its owner's. */
interface Located extends RowKey {
  readonly owner: string
}

export class RowReader {
  readonly #store: ShardStore

  constructor(store: ShardStore) {
    this.#store = store
  }

  async execution(id: string): Promise<ExecutionItem | null> {
    return (await this.executions([id]))[0] ?? null
  }

  /** Those that exist, in the order asked. */
  async executions(ids: readonly string[]): Promise<ExecutionItem[]> {
    const bodies = await this.#read(ids.map((id) => ({ table: 'execution', id, owner: id })))
    return bodies.flatMap((body, index) =>
      body === null
        ? []
        : [{ id: ids[index]!, row: JSON.parse(body) as ExecutionRow, payloads: {} }]
    )
  }

  async task(id: string): Promise<TaskItem | null> {
    return (await this.tasks([id]))[0] ?? null
  }

  /** Those that exist, each with its execution. */
  async tasks(ids: readonly string[]): Promise<TaskItem[]> {
    const bodies = await this.#read(ids.map((id) => ({ table: 'task', id, owner: id })))
    const rows = bodies.flatMap((body) => body === null ? [] : [parseTask(body)])
    const owners = [...new Set(rows.map((row) => row.context.executionId))]
    const executions = new Map(
      (await this.executions(owners)).map(({ id, row }) => [id, row] as const),
    )
    // A task without its execution is being deleted.
    return rows.flatMap((row) => {
      const execution = executions.get(row.context.executionId)
      return execution ? [{ id: row.context.id, row, execution, payloads: {} }] : []
    })
  }

  /** When the executor of an id's shard was heard of last; 0 if never. Milliseconds since the epoch. */
  async heartbeat(id: string): Promise<number> {
    const shard = shardOf(id, this.#store.shards)
    const [body] = await this.#store.read(shard, [HEARTBEAT])
    return Number(body ?? 0)
  }

  async action(id: string): Promise<ActionItem | null> {
    return (await this.actions([id]))[0] ?? null
  }

  async actions(ids: readonly string[]): Promise<ActionItem[]> {
    const bodies = await this.#read(ids.map((id) => ({ table: 'action', id, owner: id })))
    return bodies.flatMap((body, index) =>
      body === null ? [] : [{ id: ids[index]!, row: parseAction(body), payloads: {} }]
    )
  }

  /** Reads payloads into the items, in one go. */
  async fill(
    items: readonly { readonly id: string; readonly payloads: Payloads }[],
    fields: readonly PayloadField[],
  ): Promise<void> {
    const wanted = items.flatMap((item) => fields.map((field) => ({ item, field })))
    const bodies = await this.#read(
      wanted.map(({ item, field }) => ({
        table: 'payload',
        id: payloadId(item.id, field),
        owner: item.id,
      })),
    )
    wanted.forEach(({ item, field }, index) => {
      const body = bodies[index] ?? null
      if (body !== null) item.payloads[field] = body
    })
  }

  allExecutions(from: ScanFrom): AsyncIterable<readonly string[]> {
    return scanAll(this.#store, 'executions', from)
  }

  allTasks(from: ScanFrom): AsyncIterable<readonly string[]> {
    return scanAll(this.#store, 'tasks', from)
  }

  allActions(from: ScanFrom): AsyncIterable<readonly string[]> {
    return scanAll(this.#store, 'actions', from)
  }

  tasksOf(executionId: string, from: ScanFrom): AsyncIterable<readonly string[]> {
    return this.#owned('tasks.execution', executionId, from)
  }

  actionsOf(taskId: string, from: ScanFrom): AsyncIterable<readonly string[]> {
    return this.#owned('actions.task', taskId, from)
  }

  childrenOf(taskId: string, from: ScanFrom): AsyncIterable<readonly string[]> {
    return this.#owned('executions.task', taskId, from)
  }

  #owned(
    index: 'tasks.execution' | 'actions.task' | 'executions.task',
    owner: string,
    from: ScanFrom,
  ): AsyncIterable<readonly string[]> {
    return scanOwner(this.#store, shardOf(owner, this.#store.shards), index, owner, from)
  }

  /** One read a shard, answers in the order asked. */
  async #read(keys: readonly Located[]): Promise<(string | null)[]> {
    if (keys.length === 0) return []
    const byShard = new Map<number, number[]>()
    keys.forEach(({ owner }, position) => {
      const shard = shardOf(owner, this.#store.shards)
      const positions = byShard.get(shard)
      if (positions) positions.push(position)
      else byShard.set(shard, [position])
    })
    const bodies = new Array<string | null>(keys.length).fill(null)
    await Promise.all(
      [...byShard].map(async ([shard, positions]) => {
        const wanted = positions.map((position) => {
          const { table, id } = keys[position]!
          return { table, id }
        })
        const found = await this.#store.read(shard, wanted)
        positions.forEach((position, index) => bodies[position] = found[index] ?? null)
      }),
    )
    return bodies
  }
}

/** Everything of an iterable of batches: for lists that are known to be short. */
export async function gather(batches: AsyncIterable<readonly string[]>): Promise<string[]> {
  const all: string[] = []
  for await (const batch of batches) all.push(...batch)
  return all
}
