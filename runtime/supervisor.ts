/**
 * @module
 * The supervisor of a process: keeps its place among the members, leases shards, spreads them over
 * worker threads, and starts anew what dies.
 */
import { UnavailableError } from '../actors/errors.ts'
import { stringifyJson } from '../actors/expressions/values/json.ts'
import type { Value } from '../actors/expressions/values/value.ts'
import { atMost } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Answer, Command, Engine } from './commands.ts'
import { shardsOf } from './distribution.ts'
import type { HeartbeatPolicy } from './heartbeat.ts'
import type { Log } from './log.ts'
import { mailboxEngine, open } from './mailbox-engine.ts'
import { shardOfCommand } from './messages.ts'
import type { ReplyBody } from './messages.ts'
import type { Lease, Member, Store } from './store/store.ts'
import type { AskMessage, FromWorker } from './worker-protocol.ts'
import type { Spawn, WorkerLink } from './worker-thread.ts'

export interface SupervisorOptions {
  readonly store: Store
  readonly member: Member
  readonly spawn: Spawn
  readonly clock: Clock
  readonly uuid: () => string
  readonly log: Log
  /** How long a lease lasts without being renewed, in milliseconds. */
  readonly leaseMs: number
  /** How long a question may stay without an answer, in milliseconds. */
  readonly askMs: number
  /** How long a worker that stops may wait for its actions, in milliseconds. */
  readonly graceMs: number
  /** When a thread that gives no sign of life is ended; never if not given. */
  readonly heartbeat?: HeartbeatPolicy | null
}

/** A worker thread and what it hosts. */
interface Thread {
  readonly worker: WorkerLink
  /** What others call it. */
  readonly executor: string
  readonly ready: Promise<void>
  /** It has finished its turns, or is no more. */
  readonly ended: Promise<void>
  readonly shards: Set<number>
  asks: AskMessage[]
  /** It is ready, and has not died. */
  isAlive: boolean
  /** Signs of life that were asked for since the last that came. */
  missed: number
}

interface Pending {
  readonly resolve: (body: ReplyBody) => void
  readonly held: Held
}

/** A shard that this process holds. */
interface Held {
  readonly lease: Lease
  readonly thread: Thread
  /** Until then nobody else can have it; by {@link Clock.elapsed}. */
  heldUntil: number
}

/** A shard that a thread was asked to give up. */
interface Dropping {
  readonly epoch: number
  readonly thread: Thread
  readonly done: () => void
}

const RESTART_MS = [100, 500, 2_000, 10_000]

export class Supervisor implements Engine {
  readonly #options: SupervisorOptions
  readonly #remote: Engine
  readonly #threads: Thread[] = []
  readonly #held = new Map<number, Held>()
  readonly #pending = new Map<string, Pending>()
  /** Shards that threads were asked to give up. */
  readonly #dropping = new Map<number, Dropping>()
  /** Shards that are being given up. */
  readonly #givingUp = new Map<number, Promise<void>>()
  #deaths = 0
  #spawned = 0
  #asked = 0
  #stopping = false
  #stopped: Promise<void> | null = null
  #unwatch: (() => Promise<void>) | null = null
  #cancelBeat = () => {}
  #cancelWatch = () => {}
  /** Shards whose last thread was ended because it gave no sign of life. */
  readonly #silent = new Set<number>()
  /** While it stops: what it told the others of itself. */
  #lastWord: Promise<void> = Promise.resolve()
  /** The last rebalancing: one follows the other. */
  #balanced: Promise<void> = Promise.resolve()

  constructor(options: SupervisorOptions) {
    this.#options = options
    const { store, askMs, clock, uuid } = options
    this.#remote = mailboxEngine(store, { timeoutMs: askMs, clock, uuid })
  }

  /** Starts the threads and takes the shards that fall to this process. */
  async start(): Promise<void> {
    const { member, store } = this.#options
    for (let i = 0; i < member.threads; i++) this.#threads.push(this.#spawn())
    await Promise.all(this.#threads.map((thread) => thread.ready))
    // Before the first shard looks into its mailbox, so that nothing comes between.
    const all = Array.from({ length: store.shards }, (_, shard) => shard)
    this.#unwatch = await store.watch(all, (shard) => this.#wake(shard))
    await this.#balance()
    this.#scheduleBeat()
    this.#watchThreads()
  }

  async ask<C extends Command>(command: C): Promise<Answer<C>> {
    const { store, member, clock, askMs } = this.#options
    const shard = shardOfCommand(command, store.shards)
    const held = this.#held.get(shard)
    if (!held) return await this.#remote.ask(command)

    const body = await new Promise<ReplyBody>((resolve, reject) => {
      const askId = `${member.id}:${++this.#asked}`
      const inTime = clock.after(askMs, () => {
        this.#pending.delete(askId)
        reject(new UnavailableError(`Shard ${shard} did not answer in time`))
      })
      const settle = (body: ReplyBody) => {
        inTime()
        resolve(body)
      }
      this.#pending.set(askId, { resolve: settle, held })
      this.#send(held.thread, { askId, shard, command: stringifyJson(command as unknown as Value) })
    })
    return open<C>(body)
  }

  /** Questions of one round of the event loop go together. */
  #send(thread: Thread, ask: AskMessage): void {
    if (thread.asks.push(ask) > 1) return
    this.#options.clock.soon(() => {
      thread.worker.post({ type: 'asks', asks: thread.asks })
      thread.asks = []
    })
  }

  #wake(shard: number): void {
    const held = this.#held.get(shard)
    held?.thread.worker.post({ type: 'wake', shard })
  }

  #spawn(): Thread {
    const ready = once()
    const ended = once()
    const worker = this.#options.spawn({
      onMessage: (message) => {
        if (message.type === 'ready') {
          thread.isAlive = true
          ready.resolve()
        } else if (message.type === 'stopped') ended.resolve()
        else if (message.type === 'beat') thread.missed = 0
        else this.#hear(message)
      },
      onError: (error) => {
        ready.reject(error)
        this.#options.log.error({ error }, 'A worker thread failed')
      },
      onExit: () => {
        ready.reject(new UnavailableError('A worker thread ended before it was ready'))
        ended.resolve()
        this.#bury(thread)
      },
    })
    const thread: Thread = {
      worker,
      executor: `${this.#options.member.id}.${++this.#spawned}`,
      ready: ready.promise,
      ended: ended.promise,
      shards: new Set(),
      asks: [],
      isAlive: false,
      missed: 0,
    }
    return thread
  }

  #hear(message: Exclude<FromWorker, { type: 'ready' | 'stopped' | 'beat' }>): void {
    switch (message.type) {
      case 'replies':
        for (const [askId, body] of message.replies) this.#answer(askId, body)
        return
      case 'dropped':
        this.#hearDropped(message.shard, message.epoch)
        return
      case 'failed':
        // Another may own it by now, or the store was away: the next beat takes it again if it may.
        if (this.#held.get(message.shard)?.lease.epoch === message.epoch) {
          this.#forget(message.shard)
        }
    }
  }

  /**
   * Passes an answer on, if the shard is still ours for certain. Who was frozen or cut off may have been
   * succeeded, and what it remembers, and answers without a commit, may be long out of date.
   */
  #answer(askId: string, body: ReplyBody): void {
    const pending = this.#pending.get(askId)
    if (!pending) return
    this.#pending.delete(askId)
    const { lease, heldUntil } = pending.held
    if (this.#options.clock.elapsed() < heldUntil) return pending.resolve(body)
    const message = `Shard ${lease.shard} is changing its owner`
    pending.resolve({ ok: false, error: { code: 'unavailable', status: 503, message } })
  }

  #forget(shard: number): Lease | null {
    const held = this.#held.get(shard)
    if (!held) return null
    this.#held.delete(shard)
    held.thread.shards.delete(shard)
    return held.lease
  }

  /** A thread died: its questions fail, its shards go to a new one, with a new epoch. */
  #bury(thread: Thread): void {
    thread.isAlive = false
    for (const dropping of this.#dropping.values()) if (dropping.thread === thread) dropping.done()
    if (this.#stopping) return
    const at = this.#threads.indexOf(thread)
    const delay = RESTART_MS[Math.min(this.#deaths++, RESTART_MS.length - 1)]!
    this.#options.log.error({ thread: at, delay }, 'A worker thread died and is started again')
    const error = { code: 'unavailable', status: 503, message: 'A worker thread died' }
    for (const [askId, pending] of this.#pending) {
      if (pending.held.thread !== thread) continue
      this.#pending.delete(askId)
      pending.resolve({ ok: false, error })
    }
    for (const shard of [...thread.shards]) this.#forget(shard)
    this.#options.clock.after(delay, () => void this.#replace(at))
  }

  /** Its shards are still leased to this process, and are taken anew. */
  async #replace(at: number): Promise<void> {
    if (this.#stopping) return
    try {
      this.#threads[at] = this.#spawn()
      await this.#threads[at].ready
      await this.#balance()
    } catch (error) {
      this.#options.log.error({ error }, 'A worker thread could not be replaced')
    }
  }

  #scheduleBeat(): void {
    if (this.#stopping) return
    const { clock, leaseMs } = this.#options
    this.#cancelBeat = clock.after(leaseMs / 4, () => {
      this.#balance()
        .catch((error: unknown) => this.#options.log.warn({ error }, 'The store did not answer'))
        .then(() => this.#scheduleBeat())
      // A hint that there are letters may have been lost.
      for (const shard of this.#held.keys()) this.#wake(shard)
    })
  }

  /**
   * Asks threads for signs of life. One that gives none hangs, in an action most likely: it is ended,
   * and its shards go to others. Asked, not timed: a process that was frozen finds its threads alive.
   */
  #watchThreads(): void {
    const { clock, heartbeat, log } = this.#options
    if (!heartbeat || this.#stopping) return
    this.#cancelWatch = clock.after(heartbeat.everyMs, () => {
      for (const thread of this.#threads) {
        if (!thread.isAlive) continue
        if (++thread.missed <= heartbeat.maxMissed) thread.worker.post({ type: 'beat' })
        else {
          const shards = [...thread.shards]
          log.error({ missed: heartbeat.maxMissed, shards }, 'A worker thread hangs and is ended')
          for (const shard of shards) this.#silent.add(shard)
          thread.isAlive = false
          void thread.worker.end()
        }
      }
      this.#watchThreads()
    })
  }

  #balance(): Promise<void> {
    const balanced = this.#balanced.then(() => this.#rebalance())
    this.#balanced = balanced.catch(() => {})
    return balanced
  }

  /** Says that this process lives, renews its leases, takes and gives up shards. */
  async #rebalance(): Promise<void> {
    const { store, member, leaseMs, clock } = this.#options
    await this.#sayAlive(member.roles)
    const held = [...this.#held.values()]
    const heldUntil = clock.elapsed() + leaseMs
    const lost = await store.renew(held.map(({ lease }) => lease), member.id, leaseMs)
    for (const shard of lost) this.#lose(shard)
    for (const one of held) if (!lost.includes(one.lease.shard)) one.heldUntil = heldUntil

    const members = await store.members()
    // To those who had their shards before that was asked.
    const alive = members.flatMap(({ executors }) => executors ?? [])
    for (const { worker } of this.#threads) worker.post({ type: 'executors', alive })
    const wanted = new Set(shardsOf(member.id, members, store.shards))
    const surplus = [...this.#held.keys()].filter((shard) => !wanted.has(shard))
    // The other shards must not wait for a thread that hangs: their leases are to be renewed.
    await atMost(clock, leaseMs / 4, Promise.all(surplus.map((shard) => this.#giveUp(shard))))
    const missing = [...wanted].filter((shard) =>
      !this.#held.has(shard) && !this.#givingUp.has(shard)
    )
    await Promise.all(missing.map((shard) => this.#take(shard)))
  }

  /** Executors of a process that says nothing are taken for dead, and so is what they run. */
  async #sayAlive(roles: Member['roles']): Promise<void> {
    const { store, member, leaseMs } = this.#options
    const executors = this.#threads.filter(({ isAlive }) => isAlive).map(({ executor }) => executor)
    await store.heartbeat({ ...member, roles, executors }, leaseMs)
  }

  async #take(shard: number): Promise<void> {
    if (!this.#leastLoaded()) return
    const { store, member, leaseMs, clock } = this.#options
    const heldUntil = clock.elapsed() + leaseMs
    const lease = await store.acquire(shard, member.id, leaseMs)
    // None of them may be left: then the next beat takes the shard again.
    const thread = this.#leastLoaded()
    if (!lease) return
    if (!thread || this.#stopping) return await store.release(lease, member.id)
    thread.shards.add(shard)
    this.#held.set(shard, { lease, thread, heldUntil })
    const { worker, executor } = thread
    worker.post({ type: 'own', lease, executor, silent: this.#silent.delete(shard) })
  }

  #leastLoaded(): Thread | null {
    const alive = this.#threads.filter(({ isAlive }) => isAlive)
    if (alive.length === 0) return null
    return alive.reduce((a, b) => b.shards.size < a.shards.size ? b : a)
  }

  /** The lease is gone: whoever has it now goes on. */
  #lose(shard: number): void {
    const held = this.#held.get(shard)
    this.#forget(shard)
    if (held) held.heldUntil = 0
    held?.thread.worker.post({ type: 'drop', shard, epoch: held.lease.epoch })
  }

  #giveUp(shard: number): Promise<void> {
    const held = this.#held.get(shard)
    if (!held) return Promise.resolve()
    this.#forget(shard)
    const givenUp = this.#release(held).finally(() => this.#givingUp.delete(shard))
    this.#givingUp.set(shard, givenUp)
    return givenUp
  }

  async #release({ lease, thread }: Held): Promise<void> {
    if (thread.isAlive) await this.#dropped(lease, thread)
    await this.#options.store.release(lease, this.#options.member.id)
  }

  /** Has a thread give a shard up. Resolves when it has, or is no more. */
  #dropped({ shard, epoch }: Lease, thread: Thread): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#dropping.delete(shard)
        resolve()
      }
      this.#dropping.set(shard, { epoch, thread, done })
      thread.worker.post({ type: 'drop', shard, epoch })
    })
  }

  /** A thread has given a shard up: maybe as it had it under an earlier lease. */
  #hearDropped(shard: number, epoch: number): void {
    const dropping = this.#dropping.get(shard)
    if (dropping?.epoch === epoch) dropping.done()
  }

  /** Gives up the shards, lets actions end that must not be run twice, leaves. Once, however often asked. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop()
  }

  async #stop(): Promise<void> {
    this.#stopping = true
    this.#cancelBeat()
    this.#cancelWatch()
    const { store, member, clock } = this.#options
    await atMost(clock, STOP_MS, this.#balanced)
    await this.#unwatch?.()
    this.#retire()
    await this.#lastWord
    const givenUp = Promise.all([...this.#held.keys()].map((shard) => this.#giveUp(shard)))
    await atMost(clock, STOP_MS, givenUp)
    await Promise.all(this.#threads.map((thread) => this.#end(thread)))
    await Promise.all([givenUp, ...this.#givingUp.values()])
    this.#cancelBeat()
    await this.#lastWord
    await store.leave(member.id)
  }

  /** Says now and again that it hosts no shards any more, and that its executors live. */
  #retire(): void {
    const { clock, leaseMs, log, member } = this.#options
    this.#lastWord = this.#sayAlive(member.roles.filter((role) => role !== 'worker'))
      .catch((error: unknown) => log.warn({ error }, 'The store did not answer'))
    this.#cancelBeat = clock.after(leaseMs / 4, () => this.#retire())
  }

  /** Lets a thread finish its turns; one that takes too long is ended where it stands. */
  async #end({ worker, ended }: Thread): Promise<void> {
    const { clock, graceMs } = this.#options
    worker.post({ type: 'stop' })
    await atMost(clock, graceMs + STOP_MS, ended)
    await worker.end()
  }
}

/** What a thread that stops may take beyond what its actions are given. */
const STOP_MS = 10_000

/** A promise that is settled from outside; a rejection that nobody awaits is not a failure. */
function once(): { promise: Promise<void>; resolve(): void; reject(error: Error): void } {
  let resolve = () => {}
  let reject = (_: Error) => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => {})
  return { promise, resolve: () => resolve(), reject: (error) => reject(error) }
}
