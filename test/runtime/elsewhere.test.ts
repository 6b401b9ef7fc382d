import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineAction } from '../../actors/action/action.ts'
import { ActionRegistry } from '../../actors/action/registry.ts'
import { systemChance } from '../../runtime/chance.ts'
import { stateOf } from '../../actors/records.ts'
import { readConfig } from '../../runtime/config.ts'
import type { Command } from '../../runtime/commands.ts'
import { executorRow, executorsOf, writeLetter } from '../../runtime/elsewhere.ts'
import { Executor } from '../../runtime/executor.ts'
import { Leftover } from '../../runtime/leftover.ts'
import { Notifier } from '../../runtime/notifier.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import type { Commit, Row } from '../../runtime/store/store.ts'
import { WorkerHost } from '../../runtime/worker-host.ts'
import type { FromWorker } from '../../runtime/worker-protocol.ts'
import type { Message } from '../../actors/turn.ts'
import { OwnClock } from '../actors/execution/world.ts'
import { definedStart } from './start-command.ts'
import { commitOf } from './store/rows.ts'

const { limits, actions: settings } = readConfig({})
const log = { info() {}, warn() {}, error() {} }

const ID = '4f1c2f5e-9b3a-4c55-8f6b-3f0e5d1a2b3c'

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Loses connections, before what was asked took effect or after, as often as told to. */
class FrailStore extends MemoryStore {
  failures: ('before' | 'after')[] = []
  /** While there is one, nothing is written. */
  held: Promise<void> | null = null

  override async commit(commit: Commit): Promise<void> {
    await this.held
    const failure = this.failures.shift()
    if (failure !== 'before') await super.commit(commit)
    if (failure) throw new Error('The connection was lost')
  }
}

/** One shard and threads that take it from each other, while an action runs that the test ends. */
class Stage {
  readonly clock = new OwnClock()
  readonly store = new FrailStore({ shards: 1, now: () => this.clock.now() })
  /** Ends the runs of the action, in their order. */
  readonly runs: ((result: unknown) => void)[] = []
  /** Runs that were called off. */
  readonly aborted: number[] = []
  /** What the threads said. */
  readonly said: FromWorker[] = []
  #epoch = 0
  readonly action = defineAction({
    name: 'test.slow',
    description: 'Ends when it is told to',
    parameters: [],
    run: (_, { signal }) =>
      new Promise((resolve) => {
        const run = this.runs.push((data) => resolve({ data: data as string })) - 1
        signal.addEventListener('abort', () => this.aborted.push(run))
      }),
  })

  thread(): WorkerHost {
    return new WorkerHost({
      store: this.store,
      registry: new ActionRegistry([this.action]),
      clock: this.clock,
      chance: systemChance(),
      limits,
      log,
      graceMs: 0,
      executor: () => new Executor({ settings, apiUrl: null, clock: this.clock }),
      notifier: () => new Notifier({ post: () => Promise.resolve(null), log, clock: this.clock }),
      say: (message) => this.said.push(message),
    })
  }

  /** Has the first of the threads run the action of a new execution. */
  async begin(task = 'action: test.slow'): Promise<WorkerHost> {
    const { store } = this
    const text = '{output: {r: <% $.r %>}, tasks: ' +
      `{t: {${task}, publish: {r: <% task().result %>}}}}`
    const command = await definedStart({ store, actions: [this.action] }, ID, text)
    await store.post(0, [writeLetter({ askId: 'start', command })])
    const thread = this.thread()
    await this.own(thread, 'first')
    assert.is(this.runs.length, 1)
    return thread
  }

  async own(thread: WorkerHost, executor: string): Promise<void> {
    const lease = await this.store.acquire(0, 'test', 60_000)
    this.#epoch = lease!.epoch
    thread.hear({ type: 'own', lease: lease!, executor })
    await settled()
  }

  async drop(thread: WorkerHost): Promise<void> {
    thread.hear({ type: 'drop', shard: 0, epoch: this.#epoch })
    await settled()
  }

  /** Tells a thread which executors there are. */
  async tell(thread: WorkerHost, ...alive: string[]): Promise<void> {
    thread.hear({ type: 'executors', alive })
    await settled()
  }

  /** What the action ends with arrives in the mailbox, which nobody announces. */
  async end(run: number, result: unknown, owner?: WorkerHost): Promise<void> {
    this.runs[run]!(result)
    await settled()
    owner?.hear({ type: 'wake', shard: 0 })
    await settled()
  }

  async pass(ms: number): Promise<void> {
    this.clock.pass(ms)
    await settled()
  }

  /** The shard is taken from its owner, which left this. */
  async seize(puts: readonly Row[]): Promise<void> {
    const lease = await this.store.acquire(0, 'test', 60_000)
    await this.store.commit(commitOf(lease!, 1, { puts }))
  }

  /** What the action came to, in a long queue of other things. */
  async queueWith(message: (actionId: string) => Message): Promise<Row[]> {
    const idle: Message[] = Array(600).fill({ type: 'answer', ask: null })
    return [...new Leftover(250).put([...idle, message(await this.actionId())]).puts]
  }

  async actionId(): Promise<string> {
    const [id] = await this.store.scan(0, 'actions', '', { after: null, limit: 1 })
    return id!
  }

  /** Posts a command of somebody elsewhere. */
  async ask(owner: WorkerHost, command: Command): Promise<void> {
    await this.store.post(0, [writeLetter({ askId: 'ask', command })])
    owner.hear({ type: 'wake', shard: 0 })
    await settled()
  }

  async state(): Promise<[string, unknown]> {
    const [row, output] = await this.store.read(0, [
      { table: 'execution', id: ID },
      { table: 'payload', id: `${ID}:output` },
    ])
    return [stateOf(JSON.parse(row!)), output && JSON.parse(output).r]
  }

  /** Rows that say where actions run. */
  async named(): Promise<boolean> {
    const running = await this.store.scan(0, 'actions', '', { after: null, limit: 10 })
    const rows = await executorsOf(this.store, 0, running)
    return rows.some((row) => row !== null)
  }
}

const it = suite('an action whose shard changes its owner')

it('goes on where it is, and is heard by the new owner', async () => {
  const stage = new Stage()
  const first = await stage.begin()
  await stage.drop(first)
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.tell(second, 'first', 'second')
  assert.equal(await stage.state(), ['RUNNING', null])
  await stage.end(0, 'done', second)
  assert.equal(await stage.state(), ['SUCCESS', 'done'])
  assert.is(stage.runs.length, 1)
  assert.is(await stage.named(), false)
})

it('is still known when the shard moves on, and when it comes back', async () => {
  const stage = new Stage()
  const first = await stage.begin()
  await stage.drop(first)
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.drop(second)
  await stage.own(first, 'first')
  await stage.tell(first, 'first')
  assert.equal(await stage.state(), ['RUNNING', null])
  await stage.end(0, 'done', first)
  assert.equal(await stage.state(), ['SUCCESS', 'done'])
  assert.is(stage.runs.length, 1)
})

it('is lost with the thread that has it', async () => {
  const stage = new Stage()
  await stage.drop(await stage.begin())
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.tell(second, 'second')
  assert.is((await stage.state())[0], 'ERROR')
  assert.is(stage.runs.length, 1)
  assert.is(await stage.named(), false)
})

it('is not lost if it ended before its thread did', async () => {
  const stage = new Stage()
  await stage.drop(await stage.begin())
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.end(0, 'done')
  await stage.tell(second, 'second')
  assert.equal(await stage.state(), ['SUCCESS', 'done'])
})

it('ends with its thread, when that has waited for it long enough', async () => {
  const stage = new Stage()
  const first = await stage.begin()
  first.hear({ type: 'stop' })
  await settled()
  await stage.pass(0)
  await stage.end(0, 'too late')
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.tell(second, 'second')
  assert.is((await stage.state())[0], 'ERROR')
})

for (const failure of ['before', 'after'] as const) {
  it(`goes on though the connection was lost ${failure} that was written down`, async () => {
    const stage = new Stage()
    const first = await stage.begin()
    stage.store.failures = [failure]
    await stage.drop(first)
    await stage.pass(1000)
    const second = stage.thread()
    await stage.own(second, 'second')
    await stage.tell(second, 'first', 'second')
    await stage.pass(10_000)
    assert.equal(stage.aborted, [])
    await stage.end(0, 'done', second)
    assert.equal(await stage.state(), ['SUCCESS', 'done'])
  })
}

it('is stopped if another took the shard meanwhile', async () => {
  const stage = new Stage()
  const first = await stage.begin()
  await stage.seize([])
  await stage.drop(first)
  assert.equal(stage.aborted, [0])
})

it('tells what it came to even if that cannot be written down', async () => {
  const stage = new Stage()
  const first = await stage.begin()
  await stage.drop(first)
  const second = stage.thread()
  await stage.own(second, 'second')
  const endless: unknown[] = []
  endless.push(endless)
  await stage.end(0, endless, second)
  assert.is((await stage.state())[0], 'ERROR')
})

it('is taken for what it came to, wherever that stands in what was left to do', async () => {
  const result = { data: 'done' }
  for (const executor of [null, 'first']) {
    const stage = new Stage()
    await stage.begin()
    const actionId = await stage.actionId()
    const queue = await stage.queueWith(() => (
      { type: 'action.result', actionId, executionId: ID, taskId: null, result }
    ))
    await stage.seize(
      executor === null ? queue : [...queue, { ...executorRow(actionId), body: executor }],
    )
    const second = stage.thread()
    const owned = stage.own(second, 'second')
    second.hear({ type: 'executors', alive: ['second'] })
    await owned
    await settled()
    assert.equal(await stage.state(), ['SUCCESS', 'done'], String(executor))
    assert.is(await stage.named(), false)
  }
})

it('leaves no row behind when it was found lost by the owner before', async () => {
  const stage = new Stage()
  await stage.begin()
  const actionId = await stage.actionId()
  const queue = await stage.queueWith(() => ({ type: 'action.recover', actionId }))
  await stage.seize([...queue, { ...executorRow(actionId), body: 'first' }])
  await stage.own(stage.thread(), 'second')
  assert.is((await stage.state())[0], 'ERROR')
  assert.is(await stage.named(), false)
})

it('is stopped soon when somebody ends it', async () => {
  const stage = new Stage()
  await stage.drop(await stage.begin())
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.pass(10_000)
  assert.equal(stage.aborted, [])
  const id = await stage.actionId()
  await stage.ask(second, { type: 'updateAction', id, state: 'SUCCESS', output: 'given' })
  assert.equal(await stage.state(), ['SUCCESS', 'given'])
  await stage.pass(2000)
  assert.equal(stage.aborted, [0])
})

it('is stopped at once when somebody ends it where its shard is', async () => {
  const stage = new Stage()
  const first = await stage.begin()
  const id = await stage.actionId()
  await stage.ask(first, { type: 'updateAction', id, state: 'CANCELLED', output: null })
  assert.equal(stage.aborted, [0])
  assert.is((await stage.state())[0], 'CANCELLED')
})

it('is stopped soon when its execution is deleted, and leaves nothing', async () => {
  const stage = new Stage()
  await stage.drop(await stage.begin())
  const second = stage.thread()
  await stage.own(second, 'second')
  const id = await stage.actionId()
  await stage.ask(second, { type: 'deleteExecution', id: ID, force: true })
  await stage.pass(2000)
  assert.equal(stage.aborted, [0])
  assert.equal(await executorsOf(stage.store, 0, [id]), [null])
})

it('that stands alone does not come back when it ends after it was deleted', async () => {
  const stage = new Stage()
  const first = stage.thread()
  await stage.own(first, 'first')
  await stage.ask(first, {
    type: 'runAction',
    id: ID,
    project: '<default-project>',
    name: 'test.slow',
    namespace: '',
    input: {},
    saveResult: true,
    runSync: false,
    timeoutMs: null,
  })
  await stage.drop(first)
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.ask(second, { type: 'updateAction', id: ID, state: 'CANCELLED', output: null })
  await stage.ask(second, { type: 'deleteAction', id: ID })
  await stage.end(0, 'done', second)
  assert.equal(await stage.store.read(0, [{ table: 'action', id: ID }]), [null])
})

it('is written down before its thread is gone, though that is stopped meanwhile', async () => {
  const stage = new Stage()
  const first = await stage.begin()
  let go = () => {}
  stage.store.held = new Promise((resolve) => go = resolve)
  await stage.drop(first)
  first.hear({ type: 'stop' })
  await settled()
  await stage.pass(0)
  go()
  await settled()
  await stage.pass(0)
  assert.equal(stage.said.map(({ type }) => type), ['dropped', 'stopped'])
  assert.is(await stage.named(), true)
})

it.run()
