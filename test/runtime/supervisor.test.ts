import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AskMessage, FromWorker, ToWorker } from '../../runtime/worker-protocol.ts'
import type { WorkerEvents } from '../../runtime/worker-thread.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { Supervisor } from '../../runtime/supervisor.ts'
import { OwnClock } from '../actors/execution/world.ts'

const LEASE_MS = 1000

type Drop = Extract<ToWorker, { type: 'drop' }>

/** A worker that does nothing but what the test says for it. */
class Puppet {
  readonly heard: ToWorker[] = []
  readonly #events: WorkerEvents
  isDead = false
  diesWhenEnded = false

  constructor(events: WorkerEvents) {
    this.#events = events
  }

  post(message: ToWorker): void {
    if (!this.isDead) this.heard.push(message)
  }

  end(): Promise<void> {
    if (this.diesWhenEnded) this.die()
    return Promise.resolve()
  }

  say(message: FromWorker): void {
    this.#events.onMessage(message)
  }

  die(): void {
    this.isDead = true
    this.#events.onExit()
  }

  /** Messages of a type, as far as they came. */
  count(type: ToWorker['type']): number {
    return this.heard.filter((message) => message.type === type).length
  }
}

/** Says late, for once, which leases it renewed. */
class LateStore extends MemoryStore {
  #late: Promise<void> | undefined

  /** @returns A function that lets it answer. */
  lag(): () => void {
    let go = () => {}
    this.#late = new Promise((resolve) => go = resolve)
    return go
  }

  override async renew(...asked: Parameters<MemoryStore['renew']>): Promise<number[]> {
    const lost = await super.renew(...asked)
    await this.#late
    return lost
  }
}

class Stage {
  readonly clock = new OwnClock()
  readonly store = new LateStore({ shards: 4, now: () => this.clock.now() })
  readonly puppets: Puppet[] = []
  readonly supervisor: Supervisor

  constructor(threads: number, answersReady = true) {
    this.supervisor = new Supervisor({
      store: this.store,
      member: { id: 'me', name: 'me', roles: ['worker'], threads },
      spawn: (events) => {
        const puppet = new Puppet(events)
        this.puppets.push(puppet)
        if (answersReady) queueMicrotask(() => puppet.say({ type: 'ready' }))
        return puppet
      },
      clock: this.clock,
      uuid: () => 'id',
      log: { info() {}, warn() {}, error() {} },
      leaseMs: LEASE_MS,
      askMs: 500,
      graceMs: 100,
    })
  }

  async pass(ms: number): Promise<void> {
    await settled()
    this.clock.pass(ms)
    await settled()
  }

  async beat(): Promise<void> {
    await this.pass(LEASE_MS / 4)
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

const it = suite('the supervisor')

it('spreads shards over its threads', async () => {
  const stage = new Stage(2)
  await stage.supervisor.start()
  assert.equal(stage.puppets.map((puppet) => puppet.count('own')), [2, 2])
})

it('gives no shard to a thread that has died', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  // The second death: the next thread comes later than the next beat.
  stage.puppets[0]!.die()
  await stage.pass(100)
  stage.puppets[1]!.die()
  await stage.beat()
  await stage.pass(500)
  assert.is(stage.puppets.length, 3)
  await stage.beat()
  assert.is(stage.puppets[2]!.count('own'), 4)
})

it('goes on when a thread dies that is giving shards up', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  await stage.store.heartbeat({ id: 'other', name: 'x', roles: ['worker'], threads: 1 }, 60_000)
  await stage.beat()
  const given = stage.puppets[0]!.count('drop')
  assert.ok(given > 0)
  stage.puppets[0]!.die()
  await stage.pass(100)
  assert.is(stage.puppets[1]!.count('own'), 4 - given)
  for (let beat = 0; beat < 8; beat++) await stage.beat()
  assert.ok((await stage.store.members()).some(({ id }) => id === 'me'))
})

it('stops although a thread has died whose shards it was about to give up', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  const answer = stage.store.lag()
  await stage.beat()
  // The beat that is under way will find that nothing falls to this process any more.
  const stopping = stage.supervisor.stop()
  stage.puppets[0]!.die()
  await stage.store.leave('me')
  answer()
  await settled()
  while (stage.clock.jump()) await settled()
  await stopping
  assert.equal(await stage.store.members(), [])
})

it('renews its leases while a thread hangs that is to give a shard up', async () => {
  const stage = new Stage(2)
  await stage.supervisor.start()
  const owned = () => stage.puppets.reduce((sum, puppet) => sum + puppet.count('own'), 0)
  await stage.store.heartbeat({ id: 'other', name: 'x', roles: ['worker'], threads: 1 }, 2_000)
  for (let beat = 0; beat < 20; beat++) await stage.beat()
  assert.ok((await stage.store.members()).some(({ id }) => id === 'me'))
  // What falls to it again is not taken anew while a thread still has it.
  assert.is(owned(), 4)
})

it('stops although a thread hangs that is to give a shard up', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  await stage.store.heartbeat({ id: 'other', name: 'x', roles: ['worker'], threads: 1 }, 60_000)
  await stage.beat()
  const [puppet] = stage.puppets as [Puppet]
  assert.ok(puppet.count('drop') > 0)
  puppet.diesWhenEnded = true
  let isStopped = false
  const stopping = stage.supervisor.stop().then(() => isStopped = true)
  for (let step = 0; step < 200 && !isStopped; step++) await stage.beat()
  assert.ok(isStopped)
  await stopping
  for (let shard = 0; shard < 4; shard++) {
    assert.ok(await stage.store.acquire(shard, 'other', LEASE_MS), `shard ${shard}`)
  }
})

it('takes a shard for given up when it is, not when it was under an earlier lease', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  const [puppet] = stage.puppets as [Puppet]
  await stage.store.heartbeat({ id: 'other', name: 'x', roles: ['worker'], threads: 1 }, 60_000)
  await stage.beat()
  const { shard, epoch } = puppet.heard.find(({ type }) => type === 'drop') as Drop
  puppet.say({ type: 'dropped', shard, epoch: epoch - 1 })
  await settled()
  assert.is(await stage.store.acquire(shard, 'other', LEASE_MS), null)
  puppet.say({ type: 'dropped', shard, epoch })
  await settled()
  assert.ok(await stage.store.acquire(shard, 'other', LEASE_MS))
})

it('has every shard look for letters at each beat, since a hint may be lost', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  await stage.beat()
  await stage.beat()
  assert.is(stage.puppets[0]!.count('wake'), 8)
})

it('does not take the end of an earlier lease for that of the present one', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  const [puppet] = stage.puppets as [Puppet]
  puppet.say({ type: 'failed', shard: 2, epoch: 1, message: 'lost' })
  await stage.beat()
  assert.is(puppet.count('own'), 5)
  puppet.say({ type: 'failed', shard: 2, epoch: 1, message: 'lost, again' })
  await stage.beat()
  assert.is(puppet.count('own'), 5)
})

it('passes no answer on when another may have the shard', async () => {
  const stage = new Stage(1)
  await stage.supervisor.start()
  const [puppet] = stage.puppets as [Puppet]
  const id = '4f1c2f5e-9b3a-4c55-8f6b-3f0e5d1a2b3c'
  const command = { type: 'deleteAction', id } as const
  const ask = async (lateMs: number) => {
    const asked = stage.supervisor.ask(command).catch((error: Error) => error)
    await settled()
    const last = puppet.heard.findLast(({ type }) => type === 'asks')
    const { asks } = last as unknown as { asks: AskMessage[] }
    stage.clock.skip(lateMs)
    const body = { ok: true, answer: null } as const
    puppet.say({ type: 'replies', replies: [[asks[0]!.askId, body]] })
    return await asked
  }
  assert.is(await ask(LEASE_MS - 1), null)
  assert.match((await ask(1) as Error).message, /is changing its owner/)
  await stage.beat()
  assert.is(await ask(1), null)
})

it('does not wait for a thread that ended before it was ready', async () => {
  const stage = new Stage(1, false)
  const starting = stage.supervisor.start()
  stage.puppets[0]!.die()
  const error = await starting.catch((error: Error) => error)
  assert.match((error as Error).message, /before it was ready/)
})

it.run()
