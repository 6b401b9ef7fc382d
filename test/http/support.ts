/**
 * An edge over the memory store, and an engine that does with rows what the real one does with
 * actors: just enough to be asked.
 */
import { ActionRegistry } from '../../actors/action/registry.ts'
import { stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Value } from '../../actors/expressions/values/value.ts'
import { idGenerator, shardOf } from '../../actors/ids.ts'
import { entriesOf, fieldOf, toMapping } from '../../actors/data.ts'
import {
  type ActionRow,
  type ExecutionContext,
  type ExecutionRow,
  type ExecutionState,
  type PayloadField,
  payloadId,
  type TaskContext,
  type TaskRow,
  type TaskState,
} from '../../actors/records.ts'
import { createApp, defaultConfig, type EdgeConfig, type EdgeDeps } from '../../http/app.ts'
import type { Answer, Command, Engine, StartExecution } from '../../runtime/commands.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { NO_CHANGES } from '../../runtime/store/store.ts'
import type { IndexEntry, Lease, Row, RowKey } from '../../runtime/store/store.ts'

export const START = Date.UTC(2026, 0, 2, 3, 4, 5)

type Payloads = { [F in PayloadField]?: unknown }

/** Writes rows into a store as a worker would. */
export class Rows {
  readonly store: MemoryStore
  readonly #leases = new Map<number, { lease: Lease; turn: number }>()
  readonly newId: (slot?: number) => string
  #now: () => number

  constructor(store: MemoryStore, newId: (slot?: number) => string, now: () => number) {
    this.store = store
    this.newId = newId
    this.#now = now
  }

  async write(
    id: string,
    change: {
      puts?: readonly Row[]
      deletes?: readonly RowKey[]
      enter?: readonly IndexEntry[]
      leave?: readonly IndexEntry[]
    },
  ): Promise<void> {
    const shard = shardOf(id, this.store.shards)
    const known = this.#leases.get(shard) ?? {
      lease: (await this.store.acquire(shard, 'test', 3_600_000))!,
      turn: 0,
    }
    known.turn += 1
    this.#leases.set(shard, known)
    await this.store.commit({ ...NO_CHANGES, lease: known.lease, turn: known.turn, ...change })
  }

  async execution(
    given: Partial<ExecutionContext> & { state?: ExecutionState; payloads?: Payloads } = {},
  ): Promise<ExecutionRow> {
    const { state = 'SUCCESS', payloads = {}, ...context } = given
    const row: ExecutionRow = {
      machine: 'execution@1',
      value: state,
      context: {
        // A sub-workflow's execution lies with its parent.
        id: this.newId(given.parentTaskId ? slot(given.parentTaskId) : undefined),
        project: '<default-project>',
        workflowId: '00000000-0000-4000-8000-000000000001',
        workflowName: 'wf',
        workflowNamespace: '',
        definition: 'none',
        workbook: null,
        description: '',
        tags: [],
        rootId: null,
        parentTaskId: null,
        parentExecutionId: null,
        index: 0,
        attempt: 0,
        triggerId: null,
        stateInfo: null,
        backlog: [],
        createdAt: this.#now(),
        updatedAt: this.#now(),
        endedAt: null,
        ...context,
      },
    }
    const { id, parentTaskId } = row.context
    await this.write(id, {
      puts: [body('execution', id, row), ...payloadRows(id, payloads)],
      enter: [
        { index: 'executions', owner: '', id },
        ...(parentTaskId ? [{ index: 'executions.task', owner: parentTaskId, id } as const] : []),
      ],
    })
    return row
  }

  async task(
    given: Partial<TaskContext> & { executionId: string; state?: TaskState; payloads?: Payloads },
  ): Promise<TaskRow> {
    const { state = 'SUCCESS', payloads = {}, ...context } = given
    const row: TaskRow = {
      machine: 'task@1',
      value: state,
      context: {
        id: this.newId(slot(given.executionId)),
        name: 't',
        type: 'ACTION',
        tags: [],
        stateInfo: null,
        processed: true,
        createdAt: this.#now(),
        updatedAt: this.#now(),
        startedAt: this.#now(),
        finishedAt: this.#now(),
        arrivedAt: [],
        isJoin: false,
        policies: null,
        delayMs: 0,
        dueAt: null,
        timeoutAt: null,
        outcome: null,
        waited: false,
        attempt: 1,
        triggeredBy: [],
        nextTasks: [],
        errorHandled: false,
        retryNo: 0,
        lastError: null,
        items: null,
        ...context,
      },
    }
    const { id, executionId } = row.context
    await this.write(id, {
      puts: [body('task', id, row), ...payloadRows(id, payloads)],
      enter: [
        { index: 'tasks', owner: '', id },
        { index: 'tasks.execution', owner: executionId, id },
      ],
    })
    return row
  }

  async action(
    given: Partial<ActionRow> & { payloads?: Payloads } = {},
  ): Promise<ActionRow> {
    const { payloads = {}, ...rest } = given
    const row: ActionRow = {
      id: this.newId(given.taskId ? slot(given.taskId) : undefined),
      name: 'std.echo',
      state: 'SUCCESS',
      taskId: null,
      taskName: null,
      executionId: null,
      project: '<default-project>',
      workflowName: null,
      workflowNamespace: '',
      stateInfo: null,
      description: '',
      tags: null,
      accepted: true,
      sync: true,
      index: 0,
      attempt: 1,
      timeoutMs: 0,
      safeRerun: false,
      createdAt: this.#now(),
      updatedAt: this.#now(),
      ...rest,
    }
    await this.write(row.id, {
      puts: [body('action', row.id, row), ...payloadRows(row.id, payloads)],
      enter: [
        { index: 'actions', owner: '', id: row.id },
        ...(row.taskId ? [{ index: 'actions.task', owner: row.taskId, id: row.id } as const] : []),
      ],
    })
    return row
  }
}

function slot(id: string): number {
  return parseInt(id.slice(-3), 16)
}

function body(table: Row['table'], id: string, row: unknown): Row {
  return { table, id, body: JSON.stringify(row) }
}

function payloadRows(id: string, payloads: Payloads): Row[] {
  return Object.entries(payloads).map(([field, value]) => ({
    table: 'payload',
    id: payloadId(id, field as PayloadField),
    body: stringifyJson(value as Value),
  }))
}

/** Remembers what it was asked and changes rows accordingly. */
export class FakeEngine implements Engine {
  readonly asked: Command[] = []
  readonly #rows: Rows
  readonly #now: () => number

  constructor(rows: Rows, now: () => number) {
    this.#rows = rows
    this.#now = now
  }

  async ask<C extends Command>(command: C): Promise<Answer<C>> {
    this.asked.push(command)
    return await this.#answer(command) as Answer<C>
  }

  async #answer(command: Command): Promise<unknown> {
    switch (command.type) {
      case 'startExecution':
        return await this.#start(command)
      case 'updateExecution':
        return await this.#change<ExecutionRow>('execution', command.id, (row) => ({
          ...row,
          value: command.state ?? row.value,
          context: {
            ...row.context,
            stateInfo: command.stateInfo ?? row.context.stateInfo,
            description: command.description ?? row.context.description,
          },
        }))
      case 'deleteExecution':
        return await this.#rows.write(command.id, {
          deletes: [{ table: 'execution', id: command.id }],
          leave: [{ index: 'executions', owner: '', id: command.id }],
        })
      case 'rerunTask':
        return await this.#change<TaskRow>(
          'task',
          command.id,
          (row) => ({ ...row, value: 'RUNNING' }),
        )
      case 'skipTask':
        return await this.#change<TaskRow>(
          'task',
          command.id,
          (row) => ({ ...row, value: 'SKIPPED' }),
        )
      case 'updateAction':
        await this.#rows.write(command.id, {
          puts: payloadRows(command.id, { output: { result: command.output } }),
        })
        return await this.#change<ActionRow>('action', command.id, (row) => ({
          ...row,
          state: command.state,
          accepted: true,
        }))
      case 'deleteAction':
        return await this.#rows.write(command.id, {
          deletes: [{ table: 'action', id: command.id }],
          leave: [{ index: 'actions', owner: '', id: command.id }],
        })
      case 'runAction': {
        const result = fieldOf(command.input, 'output') ?? null
        const output = stringifyJson(toMapping([['result', result]]))
        if (command.saveResult) {
          await this.#rows.action({
            id: command.id,
            name: command.name,
            state: 'RUNNING',
            accepted: false,
            description: '',
            payloads: { input: command.input },
          })
          return { isSaved: true, state: 'RUNNING', output: null }
        }
        return { isSaved: false, state: 'SUCCESS', output }
      }
    }
    return null
  }

  async #start(command: StartExecution): Promise<unknown> {
    const { id, project, workflowId, workflowName, workflowNamespace, workbook } = command
    const params = toMapping([
      ['env', toMapping([])],
      ...entriesOf(command.params),
      ['namespace', workflowNamespace],
    ])
    const execution = await this.#rows.execution({
      id,
      project,
      workflowId,
      workflowName,
      workflowNamespace,
      workbook,
      definition: command.definition,
      description: command.description,
      triggerId: command.triggerId,
      state: 'RUNNING',
      createdAt: this.#now(),
      updatedAt: this.#now(),
      payloads: { input: command.input, params },
    })
    const input = stringifyJson(command.input)
    return { execution, input, params: stringifyJson(params), output: '{}' }
  }

  async #change<T>(
    table: 'execution' | 'task' | 'action',
    id: string,
    change: (row: T) => T,
  ): Promise<null> {
    const { store } = this.#rows
    const [text] = await store.read(shardOf(id, store.shards), [{ table, id }])
    await this.#rows.write(id, { puts: [body(table, id, change(JSON.parse(text!) as T))] })
    return null
  }
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  // deno-lint-ignore no-explicit-any
  readonly body: any
}

/** A whole edge to send requests to. */
export class Edge {
  readonly store: MemoryStore
  readonly rows: Rows
  readonly engine: FakeEngine
  readonly app: ReturnType<typeof createApp>
  readonly errors: unknown[] = []
  nowMs = START

  constructor(options: { config?: Partial<EdgeConfig>; deps?: Partial<EdgeDeps> } = {}) {
    const now = () => this.nowMs
    const newId = idGenerator({ now, random: Math.random })
    this.store = new MemoryStore({ shards: 4 })
    this.rows = new Rows(this.store, newId, now)
    this.engine = new FakeEngine(this.rows, now)
    this.app = createApp({
      store: this.store,
      engine: this.engine,
      actions: new ActionRegistry(),
      newId,
      now,
      config: { ...defaultConfig, ...options.config },
      identify: (request) => {
        const project = request.headers.get('x-test-project') ?? '<default-project>'
        return { project, admin: request.headers.get('x-test-admin') === 'yes' }
      },
      onError: (error) => this.errors.push(error),
      ...options.deps,
    })
  }

  async send(
    method: string,
    path: string,
    content?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const isText = typeof content === 'string'
    const type = isText ? 'text/plain' : 'application/json'
    const response = await this.app.request(path, {
      method,
      headers: { ...(content !== undefined && { 'content-type': type }), ...headers },
      ...(content !== undefined && { body: isText ? content : JSON.stringify(content) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    }
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answered> {
    return this.send('GET', path, undefined, headers)
  }
}
