/**
 * @module
 * A simulated server: the real supervisor, worker hosts, shards, cron scheduler and API over simulated
 * threads, time and store.
 */
import { ActionRegistry } from '../../actors/action/registry.ts'
import { DomainError } from '../../actors/errors.ts'
import { idGenerator } from '../../actors/ids.ts'
import type { Message } from '../../actors/turn.ts'
import { createApp, defaultConfig } from '../../http/app.ts'
import { readConfig } from '../../runtime/config.ts'
import { CronScheduler } from '../../runtime/cron/scheduler.ts'
import { cronTick } from '../../runtime/cron/ticks.ts'
import { Retries } from '../../runtime/cron/retries.ts'
import { Executor } from '../../runtime/executor.ts'
import type { ExecutorOptions } from '../../runtime/executor.ts'
import type { Log } from '../../runtime/log.ts'
import type { IntegrityPolicy } from '../../runtime/integrity.ts'
import { maintenanceStep } from '../../runtime/maintenance-keeper.ts'
import { Notifier } from '../../runtime/notifier.ts'
import type { Post } from '../../runtime/notifier.ts'
import type { RetentionPolicy } from '../../runtime/retention.ts'
import { StaleOwnerError } from '../../runtime/store/store.ts'
import type { Store } from '../../runtime/store/store.ts'
import { Supervisor } from '../../runtime/supervisor.ts'
import type { Chance } from '../../runtime/turn.ts'
import { WorkerHost } from '../../runtime/worker-host.ts'
import type { FromWorker, ToWorker } from '../../runtime/worker-protocol.ts'
import type { WorkerEvents, WorkerLink } from '../../runtime/worker-thread.ts'
import type { Outside } from './actions.ts'
import type { Dice } from './dice.ts'
import { Channel, Process, SkewedClock } from './loop.ts'
import type { Loop } from './loop.ts'
import { SimulatedFault, StoreLink } from './store-link.ts'
import type { StoreFaults, Witness } from './store-link.ts'

/** What all servers of a simulation share. */
export interface Surroundings {
  readonly loop: Loop
  readonly dice: Dice
  readonly store: Store
  readonly witness: Witness
  readonly outside: Outside
  readonly faults: StoreFaults & { duplicateRate: number; threadMs: number }
  readonly post: Post
  readonly leaseMs: number
  readonly askMs: number
  readonly graceMs: number
  readonly threads: number
  readonly hasCron: boolean
  readonly hasMaintenance: boolean
  readonly retention: RetentionPolicy | null
  /** Shards look for what rests for ever, and must find nothing. */
  readonly integrity: IntegrityPolicy | null
  trace(who: string, what: string): void
  /** Something was logged as an error of the program itself. */
  onBug(what: string): void
}

const { limits, actions: settings } = readConfig({})

/** An answer of the API. */
export interface Answer {
  readonly status: number
  // deno-lint-ignore no-explicit-any -- the boundary to JSON
  readonly body: any
}

/** Tells some results twice, the second time late. */
class RepeatingExecutor extends Executor {
  readonly #repeat: (again: () => void) => void

  constructor(options: ExecutorOptions, repeat: (again: () => void) => void) {
    super(options)
    this.#repeat = repeat
  }

  override start(start: Parameters<Executor['start']>[0], tell: (message: Message) => void): void {
    super.start(start, (message) => {
      tell(message)
      if (message.type === 'action.result') this.#repeat(() => tell(message))
    })
  }
}

export class SimServer {
  readonly process: Process
  readonly clock: SkewedClock
  readonly cable = { cutUntil: 0 }
  readonly threads: Process[] = []
  #state: 'starting' | 'serving' | 'stopping' | 'gone' = 'starting'
  readonly #name: string
  readonly #world: Surroundings
  readonly #chance: Chance
  readonly #registry: ActionRegistry
  readonly #supervisor: Supervisor
  readonly #cron: CronScheduler
  readonly #keeper: CronScheduler
  #app: ReturnType<typeof createApp> | null = null
  readonly #store: Store
  readonly #log: Log

  constructor(name: string, world: Surroundings, skewMs: number) {
    const { loop, dice } = world
    this.#name = name
    this.#world = world
    this.process = new Process(name)
    this.clock = this.#clockOf(this.process)
    this.clock.skewMs = skewMs
    this.#chance = this.#chanceOf(this.clock)
    this.#log = {
      info: () => {},
      warn: (facts, message) => world.trace(name, `${message} ${factsOf(facts)}`),
      error: (facts, message) => {
        world.trace(name, `${message} ${factsOf(facts)}`)
        // What only says that the store failed or was lost is no fault of the program; all else is.
        const { error } = facts as { error?: Error }
        if ('faults' in facts) world.onBug(`${name}: ${message} ${factsOf(facts)}`)
        if (error && isOurs(error)) world.onBug(`${name}: ${message}: ${error.stack}`)
      },
    }
    const store = this.#store = this.#link(this.process)
    this.#registry = new ActionRegistry(world.outside.actionsIn(this.process))
    this.#supervisor = new Supervisor({
      store,
      member: { id: dice.uuid(), name, roles: ['edge', 'worker'], threads: world.threads },
      spawn: (events) => this.#spawn(events),
      clock: this.clock,
      uuid: this.#chance.uuid,
      log: this.#log,
      leaseMs: world.leaseMs,
      askMs: world.askMs,
      graceMs: world.graceMs,
    })
    const retries = new Retries()
    this.#cron = new CronScheduler({
      tick: (now) => cronTick({ catalogue: store, engine: this.#supervisor, retries }, now),
      clock: this.clock,
      onError: () => {},
    })
    this.#keeper = new CronScheduler({
      tick: (now) => maintenanceStep({ store, engine: this.#supervisor }, now),
      clock: this.clock,
      onError: () => {},
    })
    loop.after(this.process, dice.between(1, 50), () => void this.#start())
  }

  get isServing(): boolean {
    return this.#state === 'serving' && !this.process.isDead
  }

  async #start(): Promise<void> {
    try {
      await this.#supervisor.start()
    } catch {
      // As a process that cannot start: it ends, and whoever watches it starts another.
      return this.kill()
    }
    this.#world.trace(this.#name, 'serves')
    this.#state = 'serving'
    if (this.#world.hasCron) this.#cron.start()
    if (this.#world.hasMaintenance) this.#keeper.start()
  }

  /** Its memory is lost. */
  kill(): void {
    this.#world.trace(this.#name, 'dies')
    this.#state = 'gone'
    this.process.die()
  }

  /** Ends in order, as on SIGTERM. */
  async stop(): Promise<void> {
    this.#world.trace(this.#name, 'is asked to stop')
    this.#state = 'stopping'
    try {
      if (this.#world.hasCron) await this.#cron.stop()
      if (this.#world.hasMaintenance) await this.#keeper.stop()
      await this.#supervisor.stop()
    } catch (error) {
      if (isOurs(error as Error)) this.#world.onBug(`${this.#name}: ${(error as Error).stack}`)
    }
    this.kill()
  }

  killThread(): void {
    const alive = this.threads.filter((thread) => !thread.isDead)
    if (alive.length === 0) return
    const thread = this.#world.dice.pick(alive)
    this.#world.trace(thread.name, 'dies')
    thread.die()
  }

  /** Handles a request, as it arrives. */
  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const init: RequestInit = { method }
    if (body !== undefined) {
      init.body = JSON.stringify(body)
      init.headers = { 'content-type': 'application/json' }
    }
    this.#app ??= this.#openApi()
    const response = await this.#app.request(path === '/maintenance' ? path : `/v2${path}`, init)
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  /** Made when it is first asked: not every server is. */
  #openApi(): ReturnType<typeof createApp> {
    return createApp({
      store: this.#store,
      engine: this.#supervisor,
      actions: this.#registry,
      newId: this.#chance.newId,
      now: () => this.clock.now(),
      config: defaultConfig,
      onTriggerChange: () => this.#cron.wake(),
      onMaintenanceChange: () => this.#keeper.wake(),
      onError: (error) => {
        if (isOurs(error as Error)) this.#world.onBug(`${this.#name}: ${(error as Error).stack}`)
      },
    })
  }

  #clockOf(owner: Process): SkewedClock {
    return new SkewedClock(this.#world.loop, owner, this.#world.dice.random)
  }

  #chanceOf(clock: SkewedClock): Chance {
    const { dice } = this.#world
    return {
      random: dice.random,
      uuid: () => dice.uuid(),
      newId: idGenerator({ now: () => clock.now(), random: dice.random }),
    }
  }

  #link(process: Process): StoreLink {
    const { store, witness, loop, dice, faults } = this.#world
    return new StoreLink({ store, witness, loop, dice, process, cable: this.cable, faults })
  }

  #spawn({ onMessage, onExit }: WorkerEvents): WorkerLink {
    const { loop, dice, faults, outside, post } = this.#world
    const thread = new Process(`${this.#name}.${this.threads.length}`, this.process)
    this.threads.push(thread)
    const delay = () => dice.random() * faults.threadMs
    const back = new Channel<FromWorker>(loop, this.process, delay, onMessage)
    const clock = new SkewedClock(loop, thread, dice.random)
    Object.defineProperty(clock, 'skewMs', { get: () => this.clock.skewMs })
    const host = new WorkerHost({
      store: this.#link(thread),
      registry: new ActionRegistry(outside.actionsIn(thread)),
      clock,
      chance: this.#chanceOf(clock),
      limits,
      log: this.#log,
      graceMs: this.#world.graceMs,
      integrity: this.#world.integrity,
      retention: this.#world.retention,
      executor: () =>
        new RepeatingExecutor({ settings, apiUrl: null, clock }, (again) => {
          if (dice.chance(faults.duplicateRate)) loop.after(thread, dice.between(0, 3000), again)
        }),
      notifier: () => new Notifier({ post, log: this.#log, clock }),
      say: (message) => back.send(message),
    })
    const there = new Channel<ToWorker>(loop, thread, delay, (message) => host.hear(message))
    loop.after(thread, dice.between(1, 30), () => back.send({ type: 'ready' }))
    thread.onDeath(() => void loop.after(this.process, dice.between(1, 100), onExit))
    return {
      post: (message) => there.send(message),
      end: () => {
        thread.die()
        return Promise.resolve()
      },
    }
  }
}

function factsOf(facts: object): string {
  const { error, ...rest } = facts as { error?: Error }
  return `${JSON.stringify(rest)}${error ? ` ${error.message}` : ''}`
}

/** Whether an error is one that the program should not have come to. */
function isOurs(error: Error): boolean {
  return !(error instanceof SimulatedFault || error instanceof StaleOwnerError ||
    error instanceof DomainError)
}
