/**
 * @module
 * A shard: takes messages, timers and results, turns them into actor transitions, commits each turn
 * atomically under its epoch, and only then lets effects out.
 */
import type { ActionRegistry } from '../actors/action/registry.ts'
import { DomainError, NotFoundError, UnavailableError } from '../actors/errors.ts'
import { NotLoaded } from '../actors/expressions/host.ts'
import { receive } from '../actors/receive.ts'
import type { Ask, EngineLimits, Message, Need } from '../actors/turn.ts'
import type { Clock } from './clock.ts'
import type { Command } from './commands.ts'
import { readLetter } from './elsewhere.ts'
import type { Executor } from './executor.ts'
import { commitLast, findLeft, isAsked } from './hand-over.ts'
import { HEARTBEAT } from './heartbeat.ts'
import { IntegrityCheck } from './integrity.ts'
import type { IntegrityPolicy } from './integrity.ts'
import { Leftover } from './leftover.ts'
import { Loader } from './loader.ts'
import type { Notice } from '../actors/notifications.ts'
import type { Notifier } from './notifier.ts'
import type { Log } from './log.ts'
import { messageOf, toWire } from './messages.ts'
import type { ReplyBody } from './messages.ts'
import { Remover } from './removal.ts'
import type { Request } from './removal.ts'
import { Retention } from './retention.ts'
import type { RetentionPolicy } from './retention.ts'
import { ShardView } from './shard-view.ts'
import { StaleOwnerError } from './store/store.ts'
import type { Commit, Lease, Letter, Reply, Row, Store } from './store/store.ts'
import { Stragglers } from './stragglers.ts'
import { noticeRow, ShardTurn } from './turn.ts'
import type { Answered, Chance } from './turn.ts'

export interface ShardDeps {
  readonly store: Store
  readonly registry: ActionRegistry
  readonly executor: Executor
  readonly notifier: Notifier
  readonly clock: Clock
  readonly chance: Chance
  readonly limits: EngineLimits
  readonly log: Log
  /** The shard cannot go on: its lease is lost, or its store is. */
  readonly onFailure: (shard: number, error: Error) => void
  /** Which finished executions are let go; none if not given. */
  readonly retention?: RetentionPolicy | null
  /** When to look for what rests for ever; never if not given. */
  readonly integrity?: IntegrityPolicy | null
}

type Answer = (reply: ReplyBody) => void

/** About so many messages a turn handles at most while others wait, and while nobody does. */
const MESSAGES_A_TURN = 2000
const MESSAGES_A_LONE_TURN = 16_000
/** So many are handled, and all that follows from them, before the next: what is done is written once. */
const MESSAGES_AT_ONCE = 250
/** Of them, how many what came in may take while the shard has much left to do. */
const NEWCOMERS_A_TURN = 500
/** Turns whose commits may be on their way at once. */
const COMMITS_AT_ONCE = 2
const LETTERS_AT_ONCE = 500
const TIMERS_AT_ONCE = 500
const IDLE_MS = 5_000
const KEEP_LIVE = 5_000

/** One shard under one lease. */
export class Shard {
  readonly #deps: ShardDeps
  readonly #lease: Lease
  readonly #view = new ShardView()
  readonly #loader: Loader
  readonly #askers = new Map<string, Answer>()
  #inbox: Message[] = []
  readonly #leftover = new Leftover(MESSAGES_AT_ONCE)
  #hasMail = true
  #cursor: string | null = null
  #nextDue: number | null = 0
  /** Timers that fired in turns that are not in the store yet. */
  readonly #fired = new Map<string, number>()
  #inFlight: Promise<void>[] = []
  #storedTurn = 0
  #lastPassivation = 0
  #opening: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null
  /** Before it is open, what comes in waits. */
  #isOpen = false
  #running = false
  #stopping = false
  #failed = false
  #stopped: Promise<void> = Promise.resolve()
  #cancelTimer: (() => void) | null = null
  /** Rows that the coming commit writes, beside what its turn changes. */
  #notes: Row[] = []
  #requested = 0
  readonly #remover: Remover
  readonly #retention: Retention | null
  readonly #integrity: IntegrityCheck | null
  /** The executors that there were lately; null before it was told. */
  #executors: ReadonlySet<string> | null = null
  readonly #stragglers: Stragglers

  /** @param executor What others call the thread's executor. */
  constructor(lease: Lease, executor: string, deps: ShardDeps) {
    this.#lease = lease
    this.#deps = deps
    const { store, clock, log, retention: policy } = deps
    const { shard } = lease
    this.#stragglers = new Stragglers({
      store,
      shard,
      executor: deps.executor,
      name: executor,
      clock,
      log,
    })
    this.#loader = new Loader(store, shard, this.#view)
    const request: Request = (message) => this.#request(message)
    const remover = new Remover(store, shard, clock, request, (message) => this.tell(message))
    const write = (row: Row) => this.#write(row)
    this.#remover = remover
    this.#retention = policy == null
      ? null
      : new Retention({ store, shard, policy, clock, log, remover, request, write })
    this.#integrity = deps.integrity == null ? null : new IntegrityCheck({
      store,
      shard,
      policy: deps.integrity,
      clock,
      log,
      request,
      isRunning: (actionId) => this.#view.isRunning(actionId),
    })
  }

  get number(): number {
    return this.#lease.shard
  }

  get lease(): Lease {
    return this.#lease
  }

  /**
   * Takes up what the last owner left: cut turns, running actions, timers and letters.
   *
   * @param silent The last owner was ended because nothing was heard of it.
   */
  async open(silent = false): Promise<void> {
    this.#opening = this.#takeUp(silent)
    try {
      await this.#opening
    } catch (error) {
      this.#failed = true
      this.#stopping = true
      this.#answerAll(`Shard ${this.number} could not be opened`)
      throw error
    }
    this.#isOpen = true
    this.#retention?.start()
    this.#integrity?.start()
    this.#schedule()
  }

  async #takeUp(silent: boolean): Promise<void> {
    const { store, chance } = this.#deps
    await this.#leftover.load(store, this.number)
    const found = await findLeft(store, this.number, this.#leftover)
    for (const actionId of found.orphans) {
      this.#inbox.push({ type: 'action.recover', actionId, silent })
    }
    for (const [actionId, executor] of found.elsewhere) {
      this.#view.elsewhere.set(actionId, executor)
    }
    for (const id of found.notices) await this.#resend(id)
    for (const id of found.removing) {
      this.#view.removing.add(id)
      this.#remover.add(id, null)
    }
    // The clock of the last owner may have been ahead, and ids tell the order of what they name.
    for (const id of found.latest) chance.newId.follow(id)
    this.#nextDue = await store.nextDue(this.number)
  }

  async #resend(id: string): Promise<void> {
    const key = { table: 'payload' as const, id: noticeRow(id) }
    const [body] = await this.#deps.store.read(this.number, [key])
    if (body) this.#deliver(JSON.parse(body) as Notice)
    else this.#inbox.push({ type: 'notice.done', id })
  }

  #deliver(notice: Notice): void {
    this.#deps.notifier.deliver(notice, () => this.tell({ type: 'notice.done', id: notice.id }))
  }

  /**
   * Finishes the turn that is under way and begins no other, and leaves what came in since to the next
   * owner. Actions that must not be run twice go on here. Once, however often asked.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close()
  }

  async #close(): Promise<void> {
    this.#stopping = true
    this.#cancelTimer?.()
    // Only who knows what was left can leave it to another.
    await this.#opening.catch(() => {})
    await this.#stopped
    await Promise.allSettled(this.#inFlight)
    this.#deps.notifier.stop()
    if (!this.#failed) await this.#leave()
    this.#answerAll(`Shard ${this.number} is closing`)
    await this.#rest()
  }

  /** Stops the actions that go on here after it was closed: they count as lost when the thread is gone. */
  stopActions(): void {
    this.#deps.executor.stopAll()
  }

  /** Resolves when no action runs here and what they came to is told. */
  idle(): Promise<void> {
    return this.#stragglers.idle()
  }

  async #leave(): Promise<void> {
    const { store, clock, log } = this.#deps
    const messages = this.#inbox.filter((message) => !isAsked(message))
    const named = this.#stragglers.leave()
    const { puts, deletes } = this.#leftover.put(messages)
    if (puts.length === 0 && named.length === 0) return
    const last = { turn: this.#view.turn++, puts: [...puts, ...named], deletes }
    try {
      await commitLast(store, clock, { lease: this.#lease, ...last })
    } catch (error) {
      // It may have been kept all the same: what goes on here looks whether it is waited for.
      const facts = { shard: this.number, error }
      log[error instanceof StaleOwnerError ? 'warn' : 'error'](
        facts,
        'A closing shard could not keep its queue',
      )
    }
    void this.#stragglers.watch()
  }

  /** An action has ended, or says something of itself. */
  #hear(message: Message): void {
    if (this.#stragglers.isLeft) this.#stragglers.hear(message)
    else this.tell(message)
  }

  /** The executors that there were at some time since the shard is owned. */
  executors(alive: ReadonlySet<string>): void {
    this.#executors = alive
    if (this.#lost().length > 0) this.wake()
  }

  /** Actions whose executor is no more. */
  #lost(): string[] {
    const alive = this.#executors
    if (!alive) return []
    return [...this.#view.elsewhere].flatMap(([id, executor]) => alive.has(executor) ? [] : [id])
  }

  /** Asks on behalf of somebody in this process; `answer` is called when it is durable. */
  async ask(askId: string, command: Command, answer: Answer): Promise<void> {
    const ask = { id: askId }
    const message = await messageOf(command, ask, this.#deps.store, this.number)
    if (!message) return answer({ ok: false, error: toWire(notFound(command)) })
    this.#askers.set(askId, answer)
    if (this.#stopping) return this.#answerAll(`Shard ${this.number} is closing`)
    this.tell(message)
  }

  /** Has a message of the shard's own handled. Resolves with the answer when that is durable. */
  #request(message: (ask: NonNullable<Ask>) => Message): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = `own:${this.#lease.epoch}:${++this.#requested}`
      this.#askers.set(id, (body) => {
        if (body.ok) resolve(body.answer)
        else reject(new UnavailableError(body.error.message))
      })
      if (this.#stopping) return this.#answerAll(`Shard ${this.number} is closing`)
      this.tell(message({ id }))
    })
  }

  /** Writes a row that no actor has. Resolves when it is durable. */
  async #write(row: Row): Promise<void> {
    this.#notes.push(row)
    await this.#request((ask) => ({ type: 'answer', ask }))
  }

  /** The executor of this shard lives: what it runs was heard of now. So was what runs elsewhere and is not lost. */
  beat(): void {
    if (!this.#view.hasRunning || !this.#isOpen || this.#stopping) return
    const body = String(this.#deps.clock.now())
    // A shard that cannot write says so itself.
    this.#write({ ...HEARTBEAT, body }).catch(() => {})
  }

  /** Takes a message from within this process. */
  tell(message: Message): void {
    this.#inbox.push(message)
    this.#schedule()
  }

  /** There may be letters. */
  wake(): void {
    this.#hasMail = true
    this.#schedule()
  }

  #schedule(): void {
    if (!this.#isOpen || this.#running || this.#stopping) return
    this.#running = true
    // Whatever else arrives in this round of the event loop joins the turn.
    this.#stopped = new Promise((done) => {
      this.#deps.clock.soon(() => {
        this.#work().catch((error: unknown) => this.#fail(error as Error)).finally(() => {
          this.#running = false
          done()
          // What came after the last look and before this.
          if (this.#hasWork()) this.#schedule()
        })
      })
    })
  }

  async #work(): Promise<void> {
    while (!this.#stopping && this.#hasWork()) {
      if (this.#inFlight.length >= COMMITS_AT_ONCE) await this.#inFlight[0]
      await this.#turn()
    }
    this.#armTimer()
  }

  #hasWork(): boolean {
    return this.#inbox.length > 0 || !this.#leftover.isEmpty || this.#hasMail || this.#isDue()
  }

  #isDue(): boolean {
    return this.#nextDue !== null && this.#nextDue <= this.#deps.clock.now()
  }

  #armTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    if (this.#nextDue === null || this.#stopping) return
    const wait = Math.max(0, this.#nextDue - this.#deps.clock.now())
    this.#cancelTimer = this.#deps.clock.after(wait, () => this.#schedule())
  }

  /** One turn: gathers, handles to quiescence, commits. */
  async #turn(): Promise<void> {
    const { clock, registry, chance, limits } = this.#deps
    this.#forgetStored()
    const turn = new ShardTurn(clock.now(), this.#view, registry, chance, limits)
    turn.queue.push(...this.#leftover.take())
    const letters = await this.#gather(turn)
    await this.#preload(turn)
    const left = await this.#handle(turn)
    this.#commit(turn, letters, left)
    this.#passivate()
  }

  /** Moves what waits into the turn's queue. Returns the letters taken. */
  async #gather(turn: ShardTurn): Promise<readonly Letter[]> {
    const room = Math.max(MESSAGES_A_TURN - turn.queue.length, NEWCOMERS_A_TURN)
    const inbox = this.#inbox
    this.#inbox = inbox.splice(room)
    for (const message of inbox) turn.queue.push(message)
    if (this.#isDue()) await this.#takeTimers(turn)
    if (!this.#hasMail) return []

    this.#hasMail = false
    const { store } = this.#deps
    const lost = this.#lost()
    const letters = await store.letters(this.number, this.#cursor, LETTERS_AT_ONCE)
    if (letters.length === LETTERS_AT_ONCE) this.#hasMail = true
    for (const { body } of letters) await this.#open(body, turn)
    if (letters.length > 0) this.#cursor = letters.at(-1)!.seq
    if (lost.length === 0) return letters
    // What they told before they were lost is among the letters, or among what is left to do.
    if (this.#hasMail || !this.#leftover.isEmpty) this.#hasMail = true
    else for (const actionId of lost) turn.queue.push({ type: 'action.recover', actionId })
    return letters
  }

  async #open(body: string, turn: ShardTurn): Promise<void> {
    const letter = readLetter(body)
    if ('message' in letter) return void turn.queue.push(letter.message)
    const { askId, command } = letter
    const ask = { id: askId }
    const message = await messageOf(command, ask, this.#deps.store, this.number)
    // A letter may come twice.
    if (message?.type === 'start') turn.queue.push({ ...message, isNew: false })
    else if (message) turn.queue.push(message)
    else turn.refuse(ask, notFound(command))
  }

  async #takeTimers(turn: ShardTurn): Promise<void> {
    const timers = await this.#deps.store.due(this.number, turn.now, TIMERS_AT_ONCE)
    const fresh = timers.filter(({ key }) => !this.#fired.has(key))
    for (const { key } of fresh) {
      this.#fired.set(key, this.#view.turn)
      turn.clearTimer(key)
      turn.queue.push(timerMessage(key))
    }
    if (fresh.length > 0) {
      this.#nextDue = turn.now
      return
    }
    // What commits on their way set and clear must be in the store before it is asked what is next.
    await Promise.all(this.#inFlight)
    this.#nextDue = await this.#deps.store.nextDue(this.number)
  }

  /** Loads all executions that the turn's messages are for at once, not one by one. */
  async #preload(turn: ShardTurn): Promise<void> {
    const wanted = new Set<string>()
    for (const message of turn.queue) {
      const id = executionNeededBy(message)
      if (id !== null && !this.#view.live.has(id) && !this.#view.gone.has(id)) wanted.add(id)
    }
    if (wanted.size === 0) return
    await Promise.all([...wanted].map((id) => this.#load({ kind: 'execution', id }, turn)))
  }

  async #load(need: Need, turn: ShardTurn): Promise<void> {
    for (let stored = -1; stored !== this.#storedTurn;) {
      // What was read while a commit landed may be without it, and the view has forgotten it since.
      stored = this.#storedTurn
      await this.#loader.load(need, turn.loaded)
    }
  }

  /**
   * Handles the queue: some messages, then all that they tell, then the next. Returns what is left when
   * the turn is long enough, oldest first, so that no execution can keep others from theirs.
   */
  async #handle(turn: ShardTurn): Promise<readonly Message[]> {
    const waiting: Message[][] = []
    const repairs: Extract<Message, { type: 'execution.repair' }>[] = []
    for (let handled = 0; handled < MESSAGES_A_LONE_TURN;) {
      if (turn.queue.length > 0) waiting.push(turn.queue.splice(0))
      else if (waiting.length === 0) waiting.push([...this.#leftover.take()])
      const now = waiting.at(-1)!.splice(0, MESSAGES_AT_ONCE)
      if (waiting.at(-1)!.length === 0) waiting.pop()
      if (now.length === 0) {
        const repair = repairs.shift()
        if (!repair) return []
        if (!this.#isExpected(repair.executionId)) await this.#receive(repair, turn)
        else turn.reply(repair.ask, [])
        continue
      }
      for (const message of now) {
        // What seems to rest may be about to be moved: that is heard first.
        if (message.type === 'execution.repair') repairs.push(message)
        else await this.#receive(message, turn)
      }
      handled += now.length
      if (handled < MESSAGES_A_TURN) continue
      // Whoever waits shows up now.
      await new Promise<void>((resolve) => this.#deps.clock.soon(resolve))
      if (this.#inbox.length > 0 || this.#hasMail || this.#isDue()) break
    }
    for (const { ask } of repairs) turn.reply(ask, [])
    return [...waiting.flat(), ...turn.queue]
  }

  /** Whether something came in for an execution, or for an action of whichever it is. */
  #isExpected(executionId: string): boolean {
    return this.#inbox.some((message) =>
      'executionId' in message && message.executionId !== null
        ? message.executionId === executionId
        : 'actionId' in message
    )
  }

  async #receive(message: Message, turn: ShardTurn): Promise<void> {
    for (;;) {
      try {
        return receive(message, turn)
      } catch (error) {
        if (!(error instanceof NotLoaded)) return this.#refuse(message, error as Error, turn)
        await this.#load(error.what as Need, turn)
      }
    }
  }

  #refuse(message: Message, error: Error, turn: ShardTurn): void {
    if ('ask' in message) turn.refuse(message.ask, error)
    if (error instanceof DomainError) return
    const { type } = message
    this.#deps.log.error({ shard: this.number, type, error }, 'A message could not be handled')
    // Better an execution that says what is wrong than one that waits for ever.
    if (!('executionId' in message) || !message.executionId || type === 'execution.finish') return
    turn.tell({
      type: 'execution.finish',
      executionId: message.executionId,
      state: 'ERROR',
      info: `Internal error in handling ${type}: ${error.message}`,
    })
  }

  #commit(turn: ShardTurn, letters: readonly Letter[], left: readonly Message[]): void {
    const changes = turn.changes()
    const commitTurn = this.#view.turn
    const leftover = this.#leftover.put(left)
    changes.puts.push(...leftover.puts)
    changes.deletes.push(...leftover.deletes)
    changes.puts.push(...this.#notes)
    this.#notes = []
    const { local, remote } = this.#sortAnswers(turn.answered)
    const commit: Commit = {
      lease: this.#lease,
      turn: commitTurn,
      ...changes,
      cursor: letters.at(-1)?.seq ?? null,
      replies: remote,
    }
    for (const { dueAt } of changes.timers) {
      if (this.#nextDue === null || dueAt < this.#nextDue) this.#nextDue = dueAt
    }
    if (isEmpty(commit)) {
      // What it saw and answers may be of turns that are not in the store yet.
      if (this.#inFlight.length === 0) return this.#release(turn, local)
      return this.#follow(Promise.all(this.#inFlight).then(() => this.#release(turn, local)))
    }

    this.#view.turn++
    this.#follow(
      this.#deps.store.commit(commit).then(() => {
        this.#storedTurn = commitTurn
        if (!this.#running) this.#forgetStored()
        this.#release(turn, local)
      }),
    )
  }

  /**
   * What is in the store need not be remembered: but only between turns. What a turn reads may have left
   * the store before a commit, and arrive after it.
   */
  #forgetStored(): void {
    this.#view.stored(this.#storedTurn)
    for (const [key, turn] of this.#fired) if (turn <= this.#storedTurn) this.#fired.delete(key)
  }

  /** A turn is on its way. */
  #follow(turn: Promise<void>): void {
    const done = turn.then(() => {
      this.#inFlight = this.#inFlight.filter((other) => other !== done)
    })
    // A failure is handled by whoever waits for it next, and here if nobody does.
    done.catch((error: unknown) => this.#fail(error as Error))
    this.#inFlight.push(done)
  }

  /** The turn is durable: now its effects may show. */
  #release(turn: ShardTurn, local: readonly (() => void)[]): void {
    const { executor } = this.#deps
    for (const answer of local) answer()
    for (const id of turn.stopped) executor.stop(id)
    for (const notice of turn.notices) this.#deliver(notice)
    if (this.#integrity) { for (const live of turn.written) this.#integrity.note(live) }
    for (const { id, ask } of turn.removed) this.#remover.add(id, ask)
    for (const start of turn.started) {
      // What it belongs to was deleted in the same turn.
      if (this.#view.removing.has(start.row.executionId ?? '')) continue
      if (!this.#stopping) executor.start(start, (message) => this.#hear(message))
      else this.tell({ type: 'action.recover', actionId: start.row.id, unsent: true })
    }
  }

  #sortAnswers(answered: readonly Answered[]): { local: (() => void)[]; remote: Reply[] } {
    const local: (() => void)[] = []
    const remote: Reply[] = []
    for (const entry of answered) {
      const body: ReplyBody = entry.ok
        ? { ok: true, answer: typeof entry.answer === 'function' ? entry.answer() : entry.answer }
        : { ok: false, error: toWire(entry.error) }
      const asker = this.#askers.get(entry.ask.id)
      // Who asked stays known until the commit: if that fails, they have to hear of it.
      const answer = () => {
        this.#askers.delete(entry.ask.id)
        asker?.(body)
      }
      if (asker) local.push(answer)
      else remote.push({ askId: entry.ask.id, body: JSON.stringify(body) })
    }
    return { local, remote }
  }

  #passivate(): void {
    const now = this.#deps.clock.now()
    if (now - this.#lastPassivation < 1000 && this.#view.live.size < KEEP_LIVE) return
    this.#lastPassivation = now
    this.#view.passivate(now - IDLE_MS, this.#storedTurn, KEEP_LIVE)
  }

  /** What is in memory may be ahead of the store: nothing of this shard can be trusted any more. */
  #fail(error: Error): void {
    if (this.#failed) return
    this.#failed = true
    this.#stopping = true
    this.#cancelTimer?.()
    const lost = error instanceof StaleOwnerError
    const message = lost ? 'A shard was taken over' : 'A shard failed'
    this.#deps.log[lost ? 'warn' : 'error']({ shard: this.number, error }, message)
    this.#answerAll(message)
    void this.#rest()
    // Another has them now.
    this.#deps.executor.stopAll()
    this.#deps.notifier.stop()
    this.#deps.onFailure(this.number, error)
  }

  /** Ends what goes on beside the turns. */
  async #rest(): Promise<void> {
    await Promise.all([this.#remover.stop(), this.#retention?.stop(), this.#integrity?.stop()])
  }

  #answerAll(message: string): void {
    for (const answer of this.#askers.values()) {
      answer({ ok: false, error: { code: 'unavailable', status: 503, message } })
    }
    this.#askers.clear()
  }
}

function isEmpty(commit: Commit): boolean {
  return commit.puts.length === 0 && commit.deletes.length === 0 && commit.enter.length === 0 &&
    commit.leave.length === 0 && commit.timers.length === 0 && commit.cleared.length === 0 &&
    commit.cursor === null && commit.replies.length === 0
}

function timerMessage(key: string): Message {
  const last = key.lastIndexOf('/')
  const middle = key.lastIndexOf('/', last - 1)
  const executionId = key.slice(0, middle)
  if (middle + 1 === last) return { type: 'execution.deadline', executionId }
  return {
    type: 'task.timer',
    executionId,
    taskId: key.slice(middle + 1, last),
    timer: key.slice(last + 1),
  }
}

/** The execution that a message is for, or null if it is for none that exists. */
function executionNeededBy(message: Message): string | null {
  if (message.type === 'start') return message.isNew ? null : message.id
  return 'executionId' in message ? message.executionId : null
}

function notFound(command: Command): Error {
  return new NotFoundError(`Task not found: ${command.id}`)
}
