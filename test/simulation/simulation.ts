/**
 * @module
 * One simulation: whole servers, their store, the network, and the people who use them, all from one seed.
 */
import type { Notice } from '../../actors/notifications.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { faultsIn } from '../integrity.ts'
import { Outside } from './actions.ts'
import { UNANSWERED } from './blocks.ts'
import { Clients } from './clients.ts'
import { Dice } from './dice.ts'
import { History } from './history.ts'
import { BEGIN, Loop, Process } from './loop.ts'
import { SimServer } from './server.ts'
import type { Surroundings } from './server.ts'
import { trap } from './traps.ts'
import { noticesToldWrong, restless, verdict } from './verdict.ts'
import type { Evidence } from './verdict.ts'
import { shelfOf, stock } from './shelf.ts'
import type { Shelf } from './shelf.ts'
import { Webhook } from './webhook.ts'
import { workload } from './workload.ts'
import type { Workload } from './workload.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Keep a line of everything that happens. */
  readonly trace?: boolean
  /** What keeps everything; another than the usual one to see that its faults are found. */
  readonly store?: typeof MemoryStore
}

export interface SimulationResult {
  readonly seed: number
  /** What is wrong; empty if nothing is. */
  readonly problems: readonly string[]
  /** A line an event, if asked for. */
  readonly trace: readonly string[]
  /** What it was like, for statistics. */
  readonly facts: {
    readonly events: number
    readonly commits: number
    readonly takeovers: number
    readonly heardFromAfar: number
    readonly crashes: number
    readonly simulatedMs: number
  }
}

/** Beyond this, in simulated milliseconds, whatever is not over hangs. */
const LONGEST_MS = 900_000
const MOST_EVENTS = 300_000

/** Runs a seed. It gives the same result and the same trace whenever it is run. */
export async function simulate(
  { seed, trace = false, store = MemoryStore }: SimulationOptions,
): Promise<SimulationResult> {
  const times = { usual: 0, slowRate: 0, slow: 0 }
  const nobody = new Outside(new Loop(() => 0), new Dice(0), times, (id) => id)
  const shelf = await shelfOf(seed, nobody.actionsIn(new Process('nobody')))
  return await new Simulation(seed, shelf, trace, store).run()
}

/** What the world does to the servers; each seed has its own mixture. */
interface Weather {
  readonly spanMs: number
  readonly servers: number
  readonly skewMs: number
  /** Servers come and go, but in order, and nothing else befalls them. */
  readonly isOrderly: boolean
  /** Between two blows, in milliseconds; 0 for none. */
  readonly blowEveryMs: number
  readonly blows: readonly Blow[]
}

/** The longest that an action takes. */
const SLOW_MS = 8000
const ORDERLY: readonly Blow[] = ['restart', 'join']

type Blow = 'crash' | 'freeze' | 'thread' | 'cut' | 'restart' | 'skew' | 'join'

class Simulation {
  readonly #seed: number
  readonly #shelf: Shelf
  readonly #dice: Dice
  readonly #loop: Loop
  readonly #lines: string[] | null
  readonly #problems: string[] = []
  readonly #servers: SimServer[] = []
  readonly #nemesis = new Process('nemesis')
  readonly #workload: Workload
  readonly #weather: Weather
  readonly #store: MemoryStore
  readonly #history: History
  readonly #surroundings: Surroundings
  readonly #network = { latencyMs: 5, lossRate: 0, duplicateRate: 0 }
  readonly #clients: Clients
  readonly #webhook: Webhook
  #born = 0
  #crashes = 0
  #isOver = false
  #looksAtStore = false

  constructor(seed: number, shelf: Shelf, trace: boolean, Store: typeof MemoryStore) {
    this.#seed = seed
    this.#shelf = shelf
    this.#lines = trace ? [] : null
    const dice = this.#dice = new Dice(seed)
    const loop = this.#loop = new Loop(dice.fork().random)
    this.#history = new History(() => this.#loop.now, (who, what) => this.#trace(who, what))
    this.#weather = weather(dice)
    this.#workload = workload(
      dice.fork(),
      shelf.library,
      this.#weather.spanMs * 0.7,
      this.#weather.isOrderly,
    )
    this.#store = new Store({
      shards: dice.int(1, 4),
      now: () => BEGIN + Math.floor(loop.now),
    })
    const isCalm = this.#isCalm
    const { isOrderly } = this.#weather
    const isSteady = isCalm || isOrderly
    this.#webhook = new Webhook(dice)
    const outside = new Outside(loop, dice, {
      usual: dice.pick([5, 100, 1000]),
      slowRate: isOrderly ? 0.5 : dice.pick([0, 0.05]),
      slow: SLOW_MS,
    }, (id) => this.#history.rootOf(id))
    if (!isCalm) {
      this.#network.lossRate = dice.pick([0, 0.03, 0.15])
      this.#network.duplicateRate = dice.pick([0, 0.05])
      this.#network.latencyMs = dice.pick([1, 20, 200])
    }
    const leaseMs = dice.pick([1000, 3000, 5000])
    this.#surroundings = {
      loop,
      dice,
      store: this.#store,
      witness: this.#history,
      outside,
      faults: {
        latencyMs: dice.pick([0.5, 3, 20]),
        spikeRate: isSteady ? 0 : dice.pick([0, 0, 0.01, 0.05]),
        spikeMs: dice.pick([100, 1500]),
        failRate: isSteady ? 0 : dice.pick([0, 0, 0.003, 0.02]),
        wakeLoss: isCalm ? 0 : dice.pick([0, 0, 0.2]),
        duplicateRate: dice.pick([0, 0.2]),
        threadMs: dice.pick([0.1, 2]),
      },
      post: async (notice) => {
        await loop.sleep(this.#nemesis, dice.between(1, 50))
        return this.#tell(notice)
      },
      leaseMs,
      askMs: dice.pick([2000, 10_000]),
      graceMs: isOrderly ? SLOW_MS + 1000 : dice.pick([100, 3000]),
      threads: dice.int(1, 2),
      hasCron: this.#workload.crons.length > 0,
      hasMaintenance: this.#workload.maintenance !== null,
      retention: this.#workload.retention,
      integrity: dice.chance(0.25) ? { delayMs: 300, everyMs: 500 } : null,
      trace: (who, what) => this.#trace(who, what),
      onBug: (what) => void this.#problems.push(what),
    }
    this.#clients = new Clients({
      loop,
      dice,
      history: this.#history,
      outside,
      faults: this.#network,
      store: this.#store,
      servers: () => this.#servers,
      trace: (who, what) => this.#trace(who, what),
    })
  }

  get #isCalm(): boolean {
    return this.#weather.blowEveryMs === 0
  }

  #trace(who: string, what: string): void {
    this.#lines?.push(`${this.#loop.now.toFixed(3).padStart(12)} ${who.padEnd(10)} ${what}`)
  }

  #tell(notice: Notice): string | null {
    const problem = this.#webhook.take(notice, this.#isCalm ? 0 : 0.1)
    this.#trace('hook', `${notice.event} of ${notice.rootId.slice(0, 8)} ${problem ?? 'is taken'}`)
    return problem
  }

  async run(): Promise<SimulationResult> {
    await stock(this.#store, this.#shelf)
    const release = trap(
      (what, stack) => this.#problems.push(`${what} was reached: ${stack}`),
      () => this.#loop.now,
    )
    try {
      await this.#live()
    } finally {
      release()
    }
    const { events, now } = this.#loop
    const { commits, takeovers, heardFromAfar } = this.#history
    return {
      seed: this.#seed,
      problems: this.#problems,
      trace: this.#lines ?? [],
      facts: {
        events,
        commits,
        takeovers,
        heardFromAfar,
        crashes: this.#crashes,
        simulatedMs: Math.round(now),
      },
    }
  }

  async #live(): Promise<void> {
    const { servers, spanMs } = this.#weather
    for (let i = 0; i < servers; i++) this.#bear()
    for (const job of this.#workload.jobs) this.#clients.run(() => this.#clients.see(job))
    for (const cron of this.#workload.crons) this.#clients.run(() => this.#clients.schedule(cron))
    const { maintenance } = this.#workload
    if (maintenance) this.#clients.run(() => this.#clients.maintain(maintenance, spanMs))
    this.#awaitAsync()
    if (!this.#isCalm) this.#scheduleBlow()
    this.#loop.after(this.#nemesis, spanMs, () => this.#clear())

    while (await this.#loop.step()) {
      if (this.#looksAtStore) {
        this.#looksAtStore = false
        // If all servers died now, what is there would have to do.
        await this.#look('at a crash')
      }
      if (this.#clients.areDone && this.#isOver && this.#loop.events % 20 === 0) {
        if ((await restless(this.#evidence)).length === 0) break
      }
      if (this.#loop.now > LONGEST_MS || this.#loop.events > MOST_EVENTS) {
        const left = await restless(this.#evidence)
        this.#problems.push(`It does not come to rest: ${this.#open()}; ${left.join(', ')}`)
        break
      }
    }
    await this.#look('at the end')
    this.#problems.push(...noticesToldWrong(this.#evidence))
    await this.#stopAll()
    for (const fault of await faultsIn(this.#store)) this.#problems.push(`Rests for ever: ${fault}`)
    this.#problems.push(...await verdict(this.#evidence))
  }

  async #look(when: string): Promise<void> {
    for (const fault of await faultsIn(this.#store)) this.#problems.push(`${when}: ${fault}`)
  }

  get #evidence(): Evidence {
    return {
      store: this.#store,
      history: this.#history,
      outside: this.#surroundings.outside,
      clients: this.#clients,
      workload: this.#workload,
      webhook: this.#webhook,
      isCalm: this.#isCalm,
      isOrderly: this.#weather.isOrderly,
    }
  }

  #open(): string {
    const open = this.#workload.jobs.map(({ id, plan }) =>
      `${plan.name} ${id} ${this.#history.stateOf(id)}`
    )
    return `${this.#clients.areDone ? 'clients are done' : 'clients wait'}, ${open.join(', ')}`
  }

  async #stopAll(): Promise<void> {
    let left = 0
    for (const server of this.#servers) {
      if (!server.isServing) continue
      left++
      void server.stop().then(() => left--)
    }
    for (let steps = 0; left > 0; steps++) {
      if (!await this.#loop.step() || steps > MOST_EVENTS) {
        this.#problems.push('A server does not stop')
        return
      }
    }
  }

  #bear(): void {
    const { skewMs } = this.#weather
    const skew = Math.round(this.#dice.between(-skewMs, skewMs))
    this.#servers.push(new SimServer(`s${++this.#born}`, this.#surroundings, skew))
  }

  /** Asynchronous actions are answered by somebody as soon as they are seen. */
  #awaitAsync(): void {
    const seen = new Set<string>()
    this.#history.onAction = (row) => {
      if (row.name !== 'std.async_noop' || row.state !== 'RUNNING' || seen.has(row.id)) return
      seen.add(row.id)
      if (row.taskName?.startsWith(UNANSWERED)) return
      this.#clients.answer(row)
    }
  }

  #scheduleBlow(): void {
    const { blowEveryMs, blows } = this.#weather
    this.#loop.after(this.#nemesis, this.#dice.between(0, 2 * blowEveryMs), () => {
      if (this.#isOver) return
      this.#strike(this.#dice.pick(blows))
      this.#scheduleBlow()
    })
  }

  #strike(blow: Blow): void {
    const { leaseMs } = this.#surroundings
    const dice = this.#dice
    const server = dice.pick(this.#servers)
    this.#trace('nemesis', `${blow} ${server.process.name}`)
    switch (blow) {
      case 'crash':
        this.#crashes++
        server.kill()
        this.#looksAtStore = dice.chance(0.3)
        break
      case 'restart':
        void server.stop()
        break
      case 'freeze':
        server.process.freeze(this.#loop.now + dice.between(0.3, 4) * leaseMs)
        break
      case 'thread':
        server.killThread()
        break
      case 'cut':
        server.cable.cutUntil = this.#loop.now + dice.between(0.2, 3) * leaseMs
        break
      case 'skew':
        server.clock.skewMs += dice.between(-1, 1) * this.#weather.skewMs
        break
      case 'join':
        if (this.#servers.length < 4) this.#bear()
    }
    this.#loop.after(this.#nemesis, dice.between(10, 3000), () => this.#replaceDead())
  }

  /** Whoever watches over the servers starts others for those that are gone. */
  #replaceDead(): void {
    for (let i = this.#servers.length - 1; i >= 0; i--) {
      if (this.#servers[i]!.process.isDead) this.#servers.splice(i, 1)
    }
    while (this.#servers.length < this.#weather.servers) this.#bear()
  }

  /** The weather clears: nothing more happens to anybody, and everything must come to its end. */
  #clear(): void {
    this.#trace('nemesis', 'rests')
    this.#isOver = true
    const { faults } = this.#surroundings
    Object.assign(faults, { spikeRate: 0, failRate: 0, wakeLoss: 0, duplicateRate: 0 })
    Object.assign(this.#network, { lossRate: 0, duplicateRate: 0 })
    for (const { cable } of this.#servers) cable.cutUntil = 0
    const tend = () => {
      this.#replaceDead()
      this.#loop.after(this.#nemesis, 5000, tend)
    }
    tend()
  }
}

function weather(dice: Dice): Weather {
  const blows: Blow[] = ['crash', 'freeze', 'thread', 'cut', 'restart', 'skew', 'join']
  const isOrderly = dice.chance(0.15)
  const some = isOrderly ? ORDERLY : blows.filter(() => dice.chance(0.5))
  return {
    spanMs: dice.between(2000, 12_000),
    servers: dice.int(1, 3),
    skewMs: dice.pick([0, 100, 5000]),
    isOrderly,
    blowEveryMs: isOrderly ? 1000 : dice.pick([0, 300, 1000, 1000, 4000]),
    blows: some.length > 0 ? some : ['crash'],
  }
}
