import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idGenerator } from '../../actors/ids.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { Clock } from '../../runtime/clock.ts'
import { defineAction } from '../../actors/action/action.ts'
import { Leftover } from '../../runtime/leftover.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import type { Commit, Lease } from '../../runtime/store/store.ts'
import { Executor } from '../../runtime/executor.ts'
import { Notifier } from '../../runtime/notifier.ts'
import { WorkerHost } from '../../runtime/worker-host.ts'
import { ActionRegistry } from '../../actors/action/registry.ts'
import { systemChance } from '../../runtime/chance.ts'
import { readConfig } from '../../runtime/config.ts'
import { startService } from '../in-process.ts'
import { definedStart } from './start-command.ts'
import { commitOf } from './store/rows.ts'
import type { Json } from '../in-process.ts'
import { OwnClock, START } from '../actors/execution/world.ts'

/** Writes only when it is told to. */
class SlowStore extends MemoryStore {
  #held: (() => void)[] | null = null

  hold(): void {
    this.#held = []
  }

  letGo(): void {
    for (const go of this.#held ?? []) go()
    this.#held = null
  }

  override async commit(commit: Commit): Promise<void> {
    if (this.#held) await new Promise<void>((resolve) => this.#held!.push(resolve))
    await super.commit(commit)
  }
}

const ID = '4f1c2f5e-9b3a-4c55-8f6b-3f0e5d1a2b3c'

/** An action that never ends, and knows how often it was begun. */
function endless() {
  const starts: string[] = []
  const action = defineAction({
    name: 'test.endless',
    description: 'Never ends',
    parameters: [],
    run: (_, { actionExecutionId }) => {
      starts.push(actionExecutionId)
      return new Promise(() => {})
    },
  })
  return { starts, action }
}

const ENDLESS = "version: '2.0'\nw: {tasks: {t: {action: test.endless, safe-rerun: true}}}"

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Writes as the owner before might have done. */
async function commit(store: MemoryStore, lease: Lease, changes: Partial<Commit>): Promise<void> {
  await store.commit(commitOf(lease, 1, changes))
}

const it = suite('a shard')

it('answers nobody before what the answer tells is stored', async () => {
  const store = new SlowStore({ shards: 1 })
  const service = await startService({ store })
  await service.call('POST', '/v2/workflows', "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}")
  store.hold()
  const answers: number[] = []
  const body = { id: ID, workflow_name: 'w' }
  for (let asks = 0; asks < 2; asks++) {
    void service.call('POST', '/v2/executions', body).then(({ status }) => answers.push(status))
    await settled()
  }
  assert.equal(answers, [])
  store.letGo()
  await settled()
  assert.equal(answers, [201, 201])
  await service.close()
})

it('recovers an action once, though its last owner left word of it', async () => {
  const store = new MemoryStore({ shards: 1 })
  const { starts, action } = endless()
  const first = await startService({ store, actions: [action] })
  await first.call('POST', '/v2/workflows', ENDLESS)
  await first.call('POST', '/v2/executions', { id: ID, workflow_name: 'w' })
  await settled()
  assert.is(starts.length, 1)
  const lease = await store.acquire(0, 'test', 1000)
  const word = { type: 'action.recover' as const, actionId: starts[0]!, unsent: true }
  await commit(store, lease!, { puts: new Leftover(10).put([word]).puts })
  const second = await startService({ store, actions: [action] })
  await settled()
  assert.is(starts.length, 2)
  await second.close()
})

/** A run of an action by itself that had a second, and whose owner dies after so many milliseconds. */
async function outliving(diesAfterMs: number) {
  const clock = new OwnClock()
  const store = new MemoryStore({ shards: 1, now: () => clock.now() })
  const starts: string[] = []
  const action = defineAction({
    name: 'test.harmless',
    description: 'Never ends, and may be run twice',
    parameters: [],
    pure: true,
    run: (_, { actionExecutionId }) => {
      starts.push(actionExecutionId)
      return new Promise(() => {})
    },
  })
  const first = await startService({ store, clock, actions: [action] })
  const params = { save_result: true, timeout: 1 }
  const wish = { name: 'test.harmless', params }
  const { body } = await first.call('POST', '/v2/action_executions', wish)
  await settled()
  clock.skip(diesAfterMs)
  await store.acquire(0, 'test', 60_000)
  const second = await startService({ store, clock, actions: [action] })
  await settled()
  const see = async () => (await second.call('GET', `/v2/action_executions/${body.id}`)).body
  return { clock, starts, see, second }
}

it('runs an action again that stands alone, in what is left of its time', async () => {
  const { clock, starts, see, second } = await outliving(600)
  assert.is(starts.length, 2)
  clock.pass(399)
  await settled()
  assert.is((await see()).state, 'RUNNING')
  clock.pass(1)
  await settled()
  const { state, output } = await see()
  assert.is(state, 'ERROR')
  assert.match(output, 'Timeout after 1 seconds')
  await second.close()
})

it('does not run an action again that stands alone and has no time left', async () => {
  const { starts, see, second } = await outliving(1000)
  assert.is(starts.length, 1)
  const { state, output } = await see()
  assert.is(state, 'ERROR')
  assert.match(output, 'Timeout after 1 seconds')
  await second.close()
})

it('starts nothing, and keeps nothing, of an action that is recovered and deleted at once', async () => {
  const store = new MemoryStore({ shards: 1 })
  const { starts, action } = endless()
  const first = await startService({ store, actions: [action] })
  await first.call('POST', '/v2/workflows', ENDLESS)
  await first.call('POST', '/v2/executions', { id: ID, workflow_name: 'w' })
  await settled()
  const command = { type: 'deleteExecution', id: ID, force: true }
  await store.acquire(0, 'test', 1000)
  await store.post(0, [JSON.stringify({ askId: 'ask', command })])
  const second = await startService({ store, actions: [action] })
  await settled()
  assert.is((await second.call('GET', `/v2/executions/${ID}`)).status, 404)
  assert.is(starts.length, 1)
  assert.equal(await store.scan(0, 'actions.running', '', { after: null, limit: 10 }), [])
  await second.close()
})

const NO_CHANGE = { stateInfo: null, description: null, env: null }

/** Defines a workflow `w` in a store. @returns What starts it. */
function startIn(store: MemoryStore, tasks: string, clock: Clock = systemClock) {
  return definedStart({ store, clock }, ID, `{tasks: ${tasks}}`)
}

it('begins no sub-workflow that goes on below what is cancelled in the same turn', async () => {
  const store = new MemoryStore({ shards: 1 })
  const start = await startIn(
    store,
    '{sub: {workflow: below}}}\nbelow: {tasks: {t: {action: std.async_noop}}',
  )
  const letters = [start, { type: 'updateExecution', id: ID, state: 'CANCELLED', ...NO_CHANGE }]
  await store.post(0, letters.map((command) => JSON.stringify({ askId: command.type, command })))
  const service = await startService({ store })
  await settled()
  const { body } = await service.call('GET', '/v2/executions')
  const states = body.executions.map((row: Json) => `${row.workflow_name} ${row.state}`)
  assert.equal(states.sort(), ['below CANCELLED', 'w CANCELLED'])
  assert.equal((await service.call('GET', '/v2/action_executions')).body.action_executions, [])
  await service.close()
})

it('keeps nothing of what is made and deleted in one turn', async () => {
  const store = new MemoryStore({ shards: 1 })
  const start = await startIn(store, '{t: {action: std.noop}}')
  const letters = [start, { type: 'deleteExecution', id: ID, force: true }]
  await store.post(0, letters.map((command) => JSON.stringify({ askId: command.type, command })))
  const second = await startService({ store })
  await settled()
  assert.ok(await store.reply(0, 'deleteExecution'))
  assert.is((await second.call('GET', `/v2/executions/${ID}`)).status, 404)
  for (
    const [index, owner] of [['executions', ''], ['tasks', ''], ['tasks.execution', ID]] as const
  ) {
    assert.equal(await store.scan(0, index, owner, { after: null, limit: 10 }), [], index)
  }
  await second.close()
})

/** Tells what is due next as it was when it was asked, which is a while ago. */
class LateStore extends MemoryStore {
  #late: Promise<void> | null = null

  /** @returns A function that lets it answer. */
  lag(): () => void {
    let go = () => {}
    this.#late = new Promise((resolve) => go = resolve)
    return go
  }

  override async nextDue(shard: number): Promise<number | null> {
    const due = await super.nextDue(shard)
    const late = this.#late
    this.#late = null
    await late
    return due
  }
}

it('begins when all is known that was left, and forgets no timer', async () => {
  const clock = new OwnClock()
  const store = new LateStore({ shards: 1 })
  const start = await startIn(store, '{t: {action: std.noop, wait-before: 1}}')
  const log = { info() {}, warn() {}, error() {} }
  const { limits, actions: settings } = readConfig({})
  const answers: string[] = []
  const host = new WorkerHost({
    store,
    registry: new ActionRegistry(),
    clock,
    chance: systemChance(clock),
    limits,
    log,
    graceMs: 0,
    executor: () => new Executor({ settings, apiUrl: null }),
    notifier: () => new Notifier({ post: () => Promise.resolve(null), log }),
    say: (message) => {
      if (message.type === 'replies') { for (const [askId] of message.replies) answers.push(askId) }
    },
  })
  const lease = await store.acquire(0, 'test', 60_000)
  const answer = store.lag()
  host.hear({ type: 'own', lease: lease!, executor: 'test' })
  await settled()
  host.hear({
    type: 'asks',
    asks: [{ askId: 'start', shard: 0, command: JSON.stringify(start) }],
  })
  await settled()
  answer()
  await settled()
  assert.equal(answers, ['start'])
  assert.ok(clock.jump())
  await settled()
  const [body] = await store.read(0, [{ table: 'execution', id: ID }])
  assert.match(body!, /"value":"SUCCESS"/)
  host.hear({ type: 'stop' })
})

it('names new tasks after those of an owner whose clock was ahead', async () => {
  const store = new MemoryStore({ shards: 1 })
  const clock = new OwnClock()
  const ahead = new OwnClock()
  ahead.pass(60_000)
  const first = await startService({ store, clock: ahead })
  const text =
    "version: '2.0'\nw: {tasks: {t: {action: std.async_noop, on-success: u}, u: {action: std.noop}}}"
  await first.call('POST', '/v2/workflows', text)
  await first.call('POST', '/v2/executions', { id: ID, workflow_name: 'w' })
  await first.close()
  const second = await startService({ store, clock })
  assert.is(clock.now(), START)
  const { body } = await second.call('GET', '/v2/action_executions')
  const path = `/v2/action_executions/${body.action_executions[0].id}`
  await second.call('PUT', path, { state: 'SUCCESS', output: {} })
  await settled()
  const tasks = await store.scan(0, 'tasks.execution', ID, { after: null, limit: 10 })
  const bodies = await store.read(0, tasks.map((id) => ({ table: 'task' as const, id })))
  assert.equal(bodies.map((text) => /"name":"(\w)"/.exec(text!)![1]), ['t', 'u'])
  await second.close()
})

it('names new notices after those that an owner whose clock was ahead left undelivered', async () => {
  const store = new MemoryStore({ shards: 1 })
  const clock = new OwnClock()
  const left = idGenerator({ now: () => START + 60_000, random: Math.random })()
  const notice = {
    id: left,
    rootId: ID,
    url: 'http://127.0.0.1:1/',
    headers: {},
    event: '',
    body: {},
  }
  await commit(store, (await store.acquire(0, 'test', 1000))!, {
    puts: [{ table: 'payload', id: `notice:${left}`, body: JSON.stringify(notice) }],
    enter: [{ index: 'notices', owner: '', id: left }],
  })
  const start = await startIn(store, '{t: {action: std.noop}}', clock)
  const service = await startService({ store, clock })
  const params = { notify: [{ type: 'webhook', url: notice.url }] }
  await service.call('POST', '/v2/executions', { id: start.id, workflow_name: 'w', params })
  await settled()
  const notices = await store.scan(0, 'notices', '', { after: null, limit: 10 })
  assert.is(notices[0], left)
  assert.ok(notices.length > 1)
  await service.close()
})

it.run()
