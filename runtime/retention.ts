/**
 * @module
 * The retention policy (`reference/engine.md` §19): which finished root executions are let go, by how
 * long ago they ended and by how many newer ones their project has. Each shard's owner removes its
 * own. What is due is found by an index of when executions ended, so nothing else is looked at.
 */
import { isFinal, stateOf } from '../actors/records.ts'
import type { Ended, ExecutionRow, ExecutionState } from '../actors/records.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Remover, Request } from './removal.ts'
import { byText, SortedSet } from './store/sorted-set.ts'
import type { Index, Row, ShardStore } from './store/store.ts'

export interface RetentionPolicy {
  /** Between evaluations, in milliseconds. */
  readonly everyMs: number
  /** Executions that ended longer ago are let go; 0 for no limit. Milliseconds. */
  readonly olderThanMs: number
  /** How many finished root executions a project keeps, the newest; 0 for any number. */
  readonly maxFinished: number
  /** Executions in these states are neither let go nor counted. */
  readonly ignoredStates: readonly ExecutionState[]
}

export interface RetentionDeps {
  readonly store: ShardStore
  readonly shard: number
  readonly policy: RetentionPolicy
  readonly clock: Clock
  readonly log: Log
  readonly remover: Remover
  readonly request: Request
  /** Has a row written; resolves when it is durable. */
  readonly write: (row: Row) => Promise<void>
}

/** Executions that are let go together. */
const AT_ONCE = 100
const PAGE = 1000
/** Which shard's owner counts for all. */
const COUNTING_SHARD = 0
/** In the counting shard: what it counted, a {@link Surplus}. */
const SURPLUS: Omit<Row, 'body'> = { table: 'payload', id: 'retention:surplus' }
/** How many entries one evaluation counts off; the rest is the next one's. */
const COUNTED_OFF = 50_000

/** Evaluates the policy for one shard, now and then. */
export class Retention {
  readonly #deps: RetentionDeps
  #cancel = () => {}
  #stopped = false
  #evaluating: Promise<void> = Promise.resolve()

  constructor(deps: RetentionDeps) {
    this.#deps = deps
  }

  start(): void {
    const { store, shard, policy } = this.#deps
    // Shards take turns; the one that counts goes first.
    this.#arm(policy.everyMs * (1 + shard / store.shards))
  }

  /** Resolves when an evaluation that is under way has come to its end. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#evaluating
  }

  #arm(ms: number): void {
    const { clock, log, shard, policy } = this.#deps
    if (this.#stopped) return
    this.#cancel = clock.after(ms, () => {
      this.#evaluating = this.evaluate()
        .catch((error: unknown) => {
          if (!this.#stopped) log.warn({ shard, error }, 'The retention policy was not evaluated')
        })
        .then(() => this.#arm(policy.everyMs))
    })
  }

  /** Lets go what is due. */
  async evaluate(): Promise<void> {
    const { store, shard, policy, log } = this.#deps
    if (policy.maxFinished > 0 && shard === COUNTING_SHARD) await this.#count()
    const surplus = policy.maxFinished > 0 ? await this.#surplus() : {}
    let removed = 0
    for (const kind of await this.#all(shard, 'ended.kinds', '')) {
      if (isIgnored(kind, policy)) continue
      removed += await this.#expire(kind, surplus[projectOf(kind)] ?? '')
    }
    if (removed === 0) return
    const { olderThanMs, maxFinished } = policy
    log.info(
      { shard, shards: store.shards, removed, olderThanMs, maxFinished },
      'Finished executions were removed, as the retention policy says',
    )
  }

  /** @param surplus The last entry that is one too many, '' if none is. */
  async #expire(kind: string, surplus: string): Promise<number> {
    const { store, shard, policy, clock, request, remover } = this.#deps
    const oldest = policy.olderThanMs > 0 ? entryTime(clock.now() - policy.olderThanMs) : ''
    const isDue = (entry: string) => entry <= surplus || timeOf(entry) <= oldest
    let removed = 0
    for (let after: string | null = null;;) {
      const page = { after, limit: AT_ONCE }
      const entries: string[] = await store.scan(shard, 'executions.ended', kind, page)
      const due = entries.filter(isDue)
      const rest = await Promise.all(due.map((entry) => this.#isAtRest(idOf(entry))))
      const ended = due.filter((_, i) => rest[i]).map((entry) => endedEntryOf(kind, entry))
      if (ended.length > 0) {
        removed += await request((ask) => ({ type: 'executions.expire', ask, ended })) as number
        await remover.idle()
      }
      if (due.length < AT_ONCE) return removed
      after = due.at(-1)!
    }
  }

  /** Whether every sub-workflow execution below has ended, too. */
  async #isAtRest(id: string): Promise<boolean> {
    const { store, shard } = this.#deps
    for await (const tasks of this.#pages(shard, 'tasks.execution', id)) {
      for (const task of tasks) {
        for await (const children of this.#pages(shard, 'executions.task', task)) {
          const keys = children.map((child) => ({ table: 'execution' as const, id: child }))
          for (const body of await store.read(shard, keys)) {
            if (body && !isFinal(stateOf(JSON.parse(body) as ExecutionRow))) return false
          }
          for (const child of children) if (!await this.#isAtRest(child)) return false
        }
      }
    }
    return true
  }

  /** Works out, for all shards, from which entry on a project's executions are too many. */
  async #count(): Promise<void> {
    const { store, policy, write } = this.#deps
    const { maxFinished } = policy
    const sources = new Map<string, Source[]>()
    for (let shard = 0; shard < store.shards; shard++) {
      for (const kind of await this.#all(shard, 'ended.kinds', '')) {
        if (isIgnored(kind, policy)) continue
        const project = projectOf(kind)
        const list = sources.get(project) ?? []
        sources.set(project, list)
        list.push({ shard, kind })
      }
    }
    const after: Record<string, string> = {}
    for (const [project, list] of sources) {
      const counts = await Promise.all(
        list.map(({ shard, kind }) => store.count(shard, 'executions.ended', kind)),
      )
      const many = counts.reduce((sum, count) => sum + count, 0) - maxFinished
      if (many > 0) after[project] = await this.#entryAt(list, Math.min(many, COUNTED_OFF))
    }
    const body = JSON.stringify({ maxFinished, after } satisfies Surplus)
    const [before] = await store.read(COUNTING_SHARD, [SURPLUS])
    if (body !== before) await write({ ...SURPLUS, body })
  }

  async #surplus(): Promise<Surplus['after']> {
    const { store, policy } = this.#deps
    const [body] = await store.read(COUNTING_SHARD, [SURPLUS])
    const surplus = body ? JSON.parse(body) as Surplus : null
    return surplus?.maxFinished === policy.maxFinished ? surplus.after : {}
  }

  /** The entry at a position, from 1 for the oldest, of several lists merged. */
  async #entryAt(sources: readonly Source[], position: number): Promise<string> {
    const heads = new SortedSet<Head>((a, b) => byText(a.entry, b.entry))
    const advance = async (entries: AsyncIterator<string>) => {
      const next = await entries.next()
      if (!next.done) heads.add({ entry: next.value, entries })
    }
    await Promise.all(
      sources.map(({ shard, kind }) => advance(this.#entries(shard, 'executions.ended', kind))),
    )
    let last = ''
    for (let counted = 0; counted < position; counted++) {
      const head = heads.at(0)
      if (!head) break
      heads.deleteFirst(1)
      last = head.entry
      await advance(head.entries)
    }
    return last
  }

  async *#entries(shard: number, index: Index, owner: string): AsyncGenerator<string> {
    for await (const page of this.#pages(shard, index, owner)) yield* page
  }

  async #all(shard: number, index: Index, owner: string): Promise<string[]> {
    const all: string[] = []
    for await (const page of this.#pages(shard, index, owner)) all.push(...page)
    return all
  }

  async *#pages(shard: number, index: Index, owner: string): AsyncGenerator<string[]> {
    for (let after: string | null = null;;) {
      const page = await this.#deps.store.scan(shard, index, owner, { after, limit: PAGE })
      if (page.length > 0) yield page
      if (page.length < PAGE) return
      // A store in this process answers at once: let others have their turn.
      await new Promise<void>((resolve) => this.#deps.clock.soon(resolve))
      after = page.at(-1)!
    }
  }
}

/** Which executions are too many for a limit. */
interface Surplus {
  readonly maxFinished: number
  /** By project, the newest entry that is too many. */
  readonly after: { readonly [project: string]: string }
}

/** One of the lists that a project's executions are in. */
interface Source {
  readonly shard: number
  readonly kind: string
}

interface Head {
  readonly entry: string
  readonly entries: AsyncIterator<string>
}

const DIGITS = 15

/** An entry of `executions.ended`: sorts by when it ended. */
export function endedEntry(id: string, endedAt: number): string {
  return `${entryTime(endedAt)}/${id}`
}

function entryTime(ms: number): string {
  return String(Math.max(0, ms)).padStart(DIGITS, '0')
}

function timeOf(entry: string): string {
  return entry.slice(0, DIGITS)
}

function idOf(entry: string): string {
  return entry.slice(DIGITS + 1)
}

function endedEntryOf(kind: string, entry: string): Ended {
  return { id: idOf(entry), kind, endedAt: Number(timeOf(entry)) }
}

function isIgnored(kind: string, { ignoredStates }: RetentionPolicy): boolean {
  return ignoredStates.some((state) => kind.startsWith(`${state}/`))
}

function projectOf(kind: string): string {
  return kind.slice(kind.indexOf('/') + 1)
}
