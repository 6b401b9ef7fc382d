/**
 * @module
 * Proves of a whole store that nothing in it rests without something that will move it, and that
 * nothing is left of what is gone. To be called when no owner of a shard is in the middle of a turn:
 * what is in the store then is all there is.
 */
import * as assert from 'uvu/assert'
import { actionMoved, standingsOf } from '../actors/execution/integrity.ts'
import type { Surroundings } from '../actors/execution/integrity.ts'
import type { ActionRow, ExecutionRow } from '../actors/records.ts'
import { parseAction, parseTask } from '../actors/rows.ts'
import type { Message } from '../actors/turn.ts'
import { Leftover } from '../runtime/leftover.ts'
import { Loader } from '../runtime/loader.ts'
import { messageOf } from '../runtime/messages.ts'
import { readLetter } from '../runtime/elsewhere.ts'
import { ShardView } from '../runtime/shard-view.ts'
import { openStore } from '../runtime/store/open.ts'
import { allIds } from '../runtime/store/pages.ts'
import type { Index, Store, Table } from '../runtime/store/store.ts'

const PAGE = 1000
const EVERYTHING = 1_000_000

/** @throws {AssertionError} If something rests for ever, or is left over. */
export async function assertIntegrity(store: Store, place = ''): Promise<void> {
  assert.equal(await faultsIn(store), [], place)
}

/** Looks at what a server left behind that is no more. @param env As the server's. */
export async function assertLeftInOrder(
  env: Readonly<Record<string, string>>,
  place: string,
): Promise<void> {
  const store = await openStore({
    dataDir: env['MESTRAL_DATA'] ?? null,
    redisUrl: env['REDIS_URL'] ?? null,
  })
  try {
    await assertIntegrity(store, place)
  } finally {
    await store.close()
  }
}

/** What is wrong in a store at rest, a sentence each. */
export async function faultsIn(store: Store): Promise<string[]> {
  const faults: string[] = []
  for (let shard = 0; shard < store.shards; shard++) {
    faults.push(...await new ShardReader(store, shard).faults())
  }
  return faults
}

class ShardReader {
  readonly #store: Store
  readonly #shard: number
  readonly #view = new ShardView()

  constructor(store: Store, shard: number) {
    this.#store = store
    this.#shard = shard
  }

  async faults(): Promise<string[]> {
    const faults: string[] = []
    const messages = await this.#messages()
    const timers = new Map(
      (await this.#store.due(this.#shard, Number.MAX_SAFE_INTEGER, EVERYTHING))
        .map(({ key, dueAt }) => [key, dueAt]),
    )
    const running = new Set(await this.#ids('actions.running'))
    // What lies below them is taken away bit by bit.
    const removed = new Set(await this.#ids('executions.removed'))
    const actions = new Map(
      (await this.#rows('action', await this.#ids('actions'))).map(parseAction)
        .map((row) => [row.id, row]),
    )
    const taskIds = new Set(await this.#ids('tasks'))
    const loader = new Loader(this.#store, this.#shard, this.#view)
    for (const id of await this.#ids('executions')) {
      await loader.load({ kind: 'execution', id }, new Map())
      const live = this.#view.live.get(id)
      if (!live) {
        faults.push(`Execution ${id} is listed and is not there`)
        continue
      }
      const children = new Map<string, readonly ExecutionRow[]>()
      const own = new Map<string, ActionRow[]>()
      for (const task of live.tasks.values()) {
        taskIds.delete(task.id)
        const ids = await this.#ids('executions.task', task.id)
        children.set(
          task.id,
          (await this.#rows('execution', ids)).map((body) => JSON.parse(body) as ExecutionRow),
        )
        const rows = (await this.#ids('actions.task', task.id)).map((id) => actions.get(id))
        own.set(task.id, rows.filter((row) => row !== undefined))
        for (const row of own.get(task.id)!) actions.delete(row.id)
        for (const key of [...timers.keys()].filter((key) => key.startsWith(`${id}/${task.id}/`))) {
          if (task.isFinal) faults.push(`Timer ${key} is set for a task that is ${task.state}`)
        }
      }
      const around: Surroundings = {
        timer: (key) => timers.get(key) ?? null,
        isRunning: (actionId) => running.has(actionId),
        actions: (task) => own.get(task.id) ?? [],
        children: (task) => children.get(task.id) ?? [],
        messages,
      }
      for (const { kind, name, state, fault } of standingsOf(live, around)) {
        if (fault === null) continue
        const picture = [...live.tasks.values()].map((task) => `${task.name} ${task.state}`)
        faults.push(
          `${kind} ${name} is ${state} for ever: ${fault} (${live.context.workflowName} ${id} ` +
            `${live.state}: ${picture.join(', ')})`,
        )
      }
      for (const key of timers.keys()) if (key.startsWith(`${id}/`)) timers.delete(key)
    }
    for (const row of actions.values()) {
      if (row.taskId !== null) {
        if (removed.has(row.executionId ?? '')) continue
        faults.push(`Action ${row.id} is left of task ${row.taskId}`)
      } else if (row.state === 'RUNNING' || row.state === 'PAUSED') {
        const { fault } = actionMoved(row, { isRunning: (id) => running.has(id) }, messages)
        if (fault) faults.push(`action ${row.name} ${row.id} is ${row.state} for ever: ${fault}`)
      }
    }
    for (const text of await this.#rows('task', [...taskIds])) {
      const { id, executionId } = parseTask(text).context
      if (!removed.has(executionId)) faults.push(`Task ${id} is left of its execution`)
    }
    for (const key of timers.keys()) {
      if (!removed.has(key.split('/')[0]!)) faults.push(`Timer ${key} is left of its execution`)
    }
    return faults
  }

  /** What a turn that was cut short left to do, and what waits in the mailbox. */
  async #messages(): Promise<Message[]> {
    const messages: Message[] = []
    const leftover = new Leftover(PAGE)
    await leftover.load(this.#store, this.#shard)
    while (!leftover.isEmpty) messages.push(...leftover.take())
    for (const { body } of await this.#store.letters(this.#shard, null, EVERYTHING)) {
      const letter = readLetter(body)
      const message = 'message' in letter
        ? letter.message
        : await messageOf(letter.command, null, this.#store, this.#shard)
      if (message) messages.push(message)
    }
    return messages
  }

  #ids(index: Index, owner = ''): Promise<string[]> {
    return allIds(this.#store, this.#shard, index, owner)
  }

  async #rows(table: Table, ids: readonly string[]): Promise<string[]> {
    const bodies = await this.#store.read(this.#shard, ids.map((id) => ({ table, id })))
    return bodies.filter((body) => body !== null)
  }
}
