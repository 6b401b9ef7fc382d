/**
 * @module
 * Removes what lay below executions that are gone: outside of turns it reads what there is, and then
 * has it deleted, so much at a time that no turn is held up. What is left to do is in the store, so
 * whoever owns the shard next goes on with it.
 */
import type { Ask, Message, Remains } from '../actors/turn.ts'
import type { Clock } from './clock.ts'
import type { Index, ShardStore } from './store/store.ts'

/** Rows that one turn deletes. */
const AT_ONCE = 500
/** Executions that are looked at together. */
const EXECUTIONS_AT_ONCE = 50
/** Tasks of one execution, and children of one task, that are looked at together. */
const PAGE = 100
const RETRY_MS = 1_000

/** Has a message handled. Resolves with its answer when that is durable. */
export type Request = (message: (ask: NonNullable<Ask>) => Message) => Promise<unknown>

/** Somebody waits until an execution and all below it is gone. */
interface Waiting {
  readonly ask: NonNullable<Ask>
  /** Executions of which something is left. */
  left: number
}

/** What was found below an execution, children first, and whether it is all there is. */
interface Found {
  readonly remains: readonly Remains[]
  readonly isAll: boolean
}

/** The removals of one shard. */
export class Remover {
  readonly #store: ShardStore
  readonly #shard: number
  readonly #clock: Clock
  readonly #request: Request
  readonly #tell: (message: Message) => void
  /** Executions of which something is left. */
  readonly #queue: string[] = []
  /** Who waits for an execution, by its id. */
  readonly #waiting = new Map<string, Waiting>()
  #working: Promise<void> | null = null
  #stopped = false
  #cancelRetry = () => {}

  constructor(
    store: ShardStore,
    shard: number,
    clock: Clock,
    request: Request,
    tell: (message: Message) => void,
  ) {
    this.#store = store
    this.#shard = shard
    this.#clock = clock
    this.#request = request
    this.#tell = tell
  }

  /** Removes what is left of an execution whose own row is gone, and then tells whoever asked. */
  add(id: string, ask: Ask): void {
    if (ask) this.#waiting.set(id, { ask, left: 1 })
    this.#queue.push(id)
    this.#start()
  }

  #start(): void {
    if (this.#stopped) return
    this.#working ??= this.#work().catch(() => this.#retry()).finally(() => this.#working = null)
  }

  /** The store did not answer, or the shard cannot go on; then its next owner will. */
  #retry(): void {
    if (!this.#stopped) this.#cancelRetry = this.#clock.after(RETRY_MS, () => this.#start())
  }

  /** Leaves the rest to the shard's next owner. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelRetry()
    await this.idle()
  }

  /** Resolves when there is nothing to remove. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stopped) {
      const some = this.#queue.slice(0, EXECUTIONS_AT_ONCE)
      const found = await Promise.all(some.map((id) => this.#below(id)))
      const all = found.flatMap(({ remains }) => remains)
      for (let at = 0; at < all.length; at += AT_ONCE) {
        const remains = all.slice(at, at + AT_ONCE)
        await this.#request((ask) => ({ type: 'remains.remove', ask, remains }))
      }
      this.#queue.splice(0, some.length, ...some.filter((_, i) => !found[i]!.isAll))
      for (const id of some.filter((_, i) => found[i]!.isAll)) this.#done(id)
    }
  }

  /** Nothing is left of an execution but what is below its sub-workflows' executions. */
  #done(id: string): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (waiting && --waiting.left === 0) this.#tell({ type: 'answer', ask: waiting.ask })
  }

  /** Whoever waits for an execution waits for its sub-workflows' executions, too. */
  #inherit(parent: string, children: readonly Remains[]): void {
    const waiting = this.#waiting.get(parent)
    if (!waiting) return
    for (const { kind, id } of children) {
      if (kind !== 'execution' || this.#waiting.has(id)) continue
      waiting.left++
      this.#waiting.set(id, waiting)
    }
  }

  async #below(id: string): Promise<Found> {
    const tasks = await this.#page('tasks.execution', id)
    const found = await Promise.all(tasks.map((task) => this.#belowTask(id, task)))
    const isAll = tasks.length < PAGE && found.every((below) => below.isAll)
    const remains = found.flatMap((below) => below.remains)
    this.#inherit(id, remains)
    return { remains: isAll ? [...remains, { kind: 'end', id, owner: '' }] : remains, isAll }
  }

  async #belowTask(execution: string, task: string): Promise<Found> {
    const [actions, children] = await Promise.all([
      this.#page('actions.task', task),
      this.#page('executions.task', task),
    ])
    const isAll = actions.length < PAGE && children.length < PAGE
    const remains: Remains[] = [
      ...actions.map((id) => ({ kind: 'action', id, owner: task } as const)),
      ...children.map((id) => ({ kind: 'execution', id, owner: task } as const)),
    ]
    return {
      remains: isAll ? [...remains, { kind: 'task', id: task, owner: execution }] : remains,
      isAll,
    }
  }

  async #page(index: Index, owner: string): Promise<string[]> {
    return await this.#store.scan(this.#shard, index, owner, { after: null, limit: PAGE })
  }
}
