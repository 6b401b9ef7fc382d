import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineAction } from '../../actors/action/action.ts'
import { ActionRegistry } from '../../actors/action/registry.ts'
import { systemChance } from '../../runtime/chance.ts'
import { systemClock } from '../../runtime/clock.ts'
import { stateOf } from '../../actors/records.ts'
import { readConfig } from '../../runtime/config.ts'
import type { Command } from '../../runtime/commands.ts'
import { executorsOf, writeLetter } from '../../runtime/elsewhere.ts'
import { Executor } from '../../runtime/executor.ts'
import { Notifier } from '../../runtime/notifier.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { WorkerHost } from '../../runtime/worker-host.ts'
import { startService } from '../in-process.ts'

const { limits, actions: settings } = readConfig({})
const log = { info() {}, warn() {}, error() {} }

const ID = '4f1c2f5e-9b3a-4c55-8f6b-3f0e5d1a2b3c'

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** One shard and threads that take it from each other, while an action runs that the test ends. */
class Stage {
  readonly store = new MemoryStore({ shards: 1 })
  /** Ends the runs of the action, in their order. */
  readonly runs: ((result: string) => void)[] = []
  readonly action = defineAction({
    name: 'test.slow',
    description: 'Ends when it is told to',
    parameters: [],
    run: () =>
      new Promise((resolve) => {
        this.runs.push((data) => resolve({ data }))
      }),
  })

  thread(): WorkerHost {
    return new WorkerHost({
      store: this.store,
      registry: new ActionRegistry([this.action]),
      clock: systemClock,
      chance: systemChance(),
      limits,
      log,
      graceMs: 0,
      executor: () => new Executor({ settings, apiUrl: null }),
      notifier: () => new Notifier({ post: () => Promise.resolve(null), log }),
      say: () => {},
    })
  }

  /** Has the first of the threads run the action of a new execution. */
  async begin(): Promise<WorkerHost> {
    const { store } = this
    const service = await startService({ store, actions: [this.action] })
    const text = "version: '2.0'\nw: {output: {r: <% $.r %>}, tasks: " +
      '{t: {action: test.slow, publish: {r: <% task().result %>}}}}'
    await service.call('POST', '/v2/workflows', text)
    const { body } = await service.call('GET', '/v2/workflows/w')
    await service.close()
    const { definition } = JSON.parse((await store.byId('workflow', body.id))!.body)
    const command: Command = {
      type: 'startExecution',
      id: ID,
      isNew: false,
      project: '<default-project>',
      workflowId: body.id,
      workflowName: 'w',
      workflowNamespace: '',
      workbook: null,
      definition,
      input: {},
      params: {},
      description: '',
      triggerId: null,
    }
    await store.post(0, [writeLetter({ askId: 'start', command })])
    const thread = this.thread()
    await this.own(thread, 'first')
    assert.is(this.runs.length, 1)
    return thread
  }

  async own(thread: WorkerHost, executor: string): Promise<void> {
    const lease = await this.store.acquire(0, 'test', 60_000)
    thread.hear({ type: 'own', lease: lease!, executor })
    await settled()
  }

  async drop(thread: WorkerHost): Promise<void> {
    thread.hear({ type: 'drop', shard: 0 })
    await settled()
  }

  /** Tells a thread which executors there are. */
  async tell(thread: WorkerHost, ...alive: string[]): Promise<void> {
    thread.hear({ type: 'executors', alive })
    await settled()
  }

  /** What the action ends with arrives in the mailbox, which nobody announces. */
  async end(run: number, result: string, owner?: WorkerHost): Promise<void> {
    this.runs[run]!(result)
    await settled()
    owner?.hear({ type: 'wake', shard: 0 })
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
  await new Promise((resolve) => setTimeout(resolve, 0))
  await settled()
  await stage.end(0, 'too late')
  const second = stage.thread()
  await stage.own(second, 'second')
  await stage.tell(second, 'second')
  assert.is((await stage.state())[0], 'ERROR')
})

it.run()
