/**
 * A service whose every write may fail before or after it took effect, and which is then started anew
 * beside its old self: the old one goes on as a zombie until the store refuses it. All of it in one
 * process, in a time of its own, so that a seed repeats it.
 */
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineAction } from '../../actors/action/action.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { StaleOwnerError } from '../../runtime/store/store.ts'
import type { Commit, Letter, Timer } from '../../runtime/store/store.ts'
import { OwnClock } from '../actors/execution/world.ts'
import type { Json } from '../e2e/support.ts'
import { startService } from '../in-process.ts'
import { assertIntegrity } from '../integrity.ts'
import type { Service } from '../in-process.ts'
import { seeded } from '../seeded.ts'
import { jobs } from './driver.ts'
import type { Job } from './driver.ts'
import { DEFINITIONS, SHAPES } from './shapes.ts'

const SEEDS = Number(process.env['SEEDS'] ?? 25)
const FIRST = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
/** How many of a hundred calls of the store fail. */
const PERCENT = 8
const QUIET_ROUNDS = 12

/** A store that fails now and then: before it did what it was asked, or after. */
class FaultyStore extends MemoryStore {
  readonly #random: () => number
  commits = 0
  faults = 0
  /** A call failed since the last look. */
  isBroken = false
  /** Whether calls may fail. */
  isFaulty = true

  constructor(random: () => number, now: () => number) {
    super({ shards: 2, now })
    this.#random = random
  }

  override async commit(commit: Commit): Promise<void> {
    this.commits++
    this.#mayFail(commit.lease.shard)
    await super.commit(commit)
    this.#mayFail(commit.lease.shard)
  }

  override async due(shard: number, until: number, limit: number): Promise<Timer[]> {
    this.#mayFail(shard)
    return await super.due(shard, until, limit)
  }

  override async letters(shard: number, after: string | null, limit: number): Promise<Letter[]> {
    this.#mayFail(shard)
    return await super.letters(shard, after, limit)
  }

  #mayFail(shard: number): void {
    if (!this.isFaulty || this.#random() * 100 >= PERCENT / 2) return
    this.faults++
    this.isBroken = true
    throw new StaleOwnerError({ shard, epoch: -1 })
  }
}

const later = defineAction({
  name: 'test.echo',
  description: 'Gives its output after some rounds of the event loop',
  parameters: [{ name: 'output' }],
  pure: true,
  async run({ output }) {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    return { data: output ?? null }
  },
})

/** The shapes, waiting in rounds of the event loop where they would wait in real time. */
const TEXT = DEFINITIONS.replace(/std\.echo (output=(?:<%.*?%>|\S+)) delay=[\d.]+/g, 'test.echo $1')
  .replace('std.sleep seconds=1', 'test.echo output=1')

class Simulation {
  readonly clock = new OwnClock()
  readonly store: FaultyStore
  readonly #place: string
  #service!: Service
  restarts = 0

  constructor(random: () => number, place: string) {
    this.#place = place
    this.store = new FaultyStore(random, () => this.clock.now())
  }

  /** Starts the service, again and again if the store fails meanwhile. */
  async start(): Promise<void> {
    for (;;) {
      this.store.isBroken = false
      try {
        this.#service = await startService({
          store: this.store,
          clock: this.clock,
          actions: [later],
        })
        return
      } catch (error) {
        if (!(error instanceof StaleOwnerError)) throw error
      }
    }
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Json }> {
    return await this.#service.call(method, `/v2${path}`, body)
  }

  /** Lets everything happen that can happen without time passing; a broken service is replaced. */
  async settle(): Promise<void> {
    for (let rounds = 0, seen = this.store.commits; rounds < QUIET_ROUNDS; rounds++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.store.isBroken) {
        this.restarts++
        await this.checkIntegrity()
        await this.start()
      } else if (this.store.commits === seen) continue
      seen = this.store.commits
      rounds = 0
    }
  }

  /** What a dead service left in the store is all that the next one has to go on from. */
  async checkIntegrity(): Promise<void> {
    this.store.isFaulty = false
    // Whoever still runs is deposed, so that nothing changes meanwhile.
    for (let shard = 0; shard < this.store.shards; shard++) {
      await this.store.acquire(shard, 'test', 600_000)
    }
    await assertIntegrity(this.store, this.#place)
    this.store.isFaulty = true
  }

  async submit(job: Job): Promise<void> {
    while (!job.acknowledged) {
      const answer = this.call('POST', '/executions', {
        id: job.id,
        workflow_name: job.shape.workflow,
        input: JSON.stringify({ n: job.n }),
      })
      await this.settle()
      const { status, body } = await answer
      if (status === 201) job.acknowledged = true
      else assert.is(status, 503, JSON.stringify(body))
    }
  }

  async finish(list: readonly Job[], seed: string): Promise<Map<string, Json>> {
    for (;;) {
      await this.settle()
      const ended = new Map<string, Json>()
      for (const { id } of list) ended.set(id, (await this.call('GET', `/executions/${id}`)).body)
      const open = [...ended.values()].filter(({ state }) => state === 'RUNNING')
      if (open.length === 0) return ended
      const names = open.map(({ id, workflow_name: name }) => `${name} ${id}`)
      assert.ok(this.clock.jump(), `${names.join(', ')} hang, ${seed}`)
    }
  }
}

/** How many actions each shape runs, however often its service died. */
const ACTIONS: Readonly<Record<string, number>> = {
  chain: 6,
  forked: 5,
  items: 12,
  few_at_once: 6,
  tried: 3,
  delayed: 3,
  mended: 2,
  circle: 17,
  timed_out: 1,
  failing: 1,
}

const it = suite('a service whose store fails')

it(`does everything once and right, for ${SEEDS} seeds`, async () => {
  let restarts = 0
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const place = `SEED=${seed} SEEDS=1`
    const random = seeded(seed)
    const simulation = new Simulation(random, place)
    await simulation.start()
    const { status } = await simulation.call('POST', '/workflows', TEXT)
    assert.is(status, 201)
    const list = jobs(SHAPES.length, random)
    for (const job of list) await simulation.submit(job)
    const ended = await simulation.finish(list, place)

    for (const { id, n, shape } of list) {
      const { state, state_info: info, output } = ended.get(id)
      const what = `${shape.workflow} ${id} (${info}), ${place}`
      assert.is(state, shape.state ?? 'SUCCESS', what)
      assert.equal(JSON.parse(output), shape.output(n), what)
      const { body } = await simulation.call('GET', `/executions/${id}/tasks`)
      let actions = 0
      for (const task of body.tasks) {
        const path = `/tasks/${task.id}/action_executions?fields=id`
        actions += (await simulation.call('GET', path)).body.action_executions.length
      }
      if (shape.workflow in ACTIONS) assert.is(actions, ACTIONS[shape.workflow], what)
    }
    await simulation.checkIntegrity()
    restarts += simulation.restarts
  }
  assert.ok(restarts > SEEDS, `only ${restarts} restarts`)
})

it.run()
