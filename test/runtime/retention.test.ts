/**
 * The retention policy, on every store, in a time of the test's own: what is due goes with everything
 * below it, and nothing else does.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findWorkflow } from '../../runtime/catalogue/definitions.ts'
import { EmbeddedStore } from '../../runtime/store/embedded/embedded-store.ts'
import { openTree } from '../../runtime/store/embedded/tree.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import { RedisStore } from '../../runtime/store/redis/redis-store.ts'
import { StaleOwnerError } from '../../runtime/store/store.ts'
import type { Commit, Store } from '../../runtime/store/store.ts'
import type { RetentionPolicy } from '../../runtime/retention.ts'
import { OwnClock } from '../actors/execution/world.ts'
import { startService } from '../in-process.ts'
import type { Json, Service } from '../in-process.ts'
import { faultsIn } from '../integrity.ts'
import { hasRedis, redisCli, startRedis } from '../redis-server.ts'
import { until } from './store/rows.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SHARDS = 2
const PROJECT = '<default-project>'

const WORKFLOWS = `
version: '2.0'
quick:
  input: [fail: false]
  tasks:
    t:
      action: std.noop
      on-success: [fail: <% $.fail %>]
slow:
  tasks: {t: {action: std.async_noop}}
mended:
  tasks: {t: {action: std.fail}}
outer:
  tasks:
    each: {with-items: i in <% range(3) %>, workflow: inner, publish: {all: <% task().result %>}, on-success: many}
    many: {with-items: i in <% range(1300) %>, action: std.echo output=<% $.i %>, on-success: [tried, timed]}
    tried: {action: std.fail, retry: {count: 2, delay: 1}, publish-on-error: {e: 1}, on-error: noop}
    timed: {action: std.async_noop, timeout: 5, wait-before: 1, on-error: noop}
inner:
  input: [x: 1]
  vars: {y: 2}
  tasks:
    a: {action: std.echo output=<% $.x %>, publish: {p: 1}, on-success: b}
    b: {workflow: quick}
`

/** What a test runs on, and how to see what is left in it. */
interface Ground {
  readonly store: Store
  /** How many rows and payloads there are, however they came about. */
  rows(): Promise<number>
  close(): Promise<void>
}

interface Context {
  ground: Ground
  clock: OwnClock
  service: Service
  logged: [facts: Json, message: string][]
}

const POLICY: RetentionPolicy = {
  everyMs: 10 * MINUTE,
  olderThanMs: 0,
  maxFinished: 0,
  ignoredStates: [],
}

function retention(name: string, open: () => Promise<Ground>): void {
  const it = suite<Context>(`the retention policy, ${name}`)

  it.before.each(async (context) => {
    context.ground = await open()
    context.clock = new OwnClock()
    context.logged = []
  })

  it.after.each(async ({ ground, service }) => {
    await service?.close().catch(() => {})
    await ground.close()
  })

  async function serve(context: Context, policy: Partial<RetentionPolicy>): Promise<void> {
    const { ground: { store }, clock, logged } = context
    const log = (facts: object, message: string) => void logged.push([facts, message])
    context.service = await startService({
      store,
      clock,
      retention: { ...POLICY, ...policy },
      log,
    })
    if ((await store.list('workflow')).length > 0) return
    const { status, body } = await context.service.call('POST', '/v2/workflows', WORKFLOWS)
    assert.is(status, 201, JSON.stringify(body))
  }

  async function start({ service }: Context, workflow_name: string, input = {}): Promise<string> {
    const body = { workflow_name, input: JSON.stringify(input) }
    const answer = await service.call('POST', '/v2/executions', body)
    assert.is(answer.status, 201, JSON.stringify(answer.body))
    return answer.body.id
  }

  /** Starts executions that end at once, a minute after each other. */
  async function finish(context: Context, count: number, input = {}): Promise<string[]> {
    const ids: string[] = []
    for (let i = 0; i < count; i++) {
      context.clock.pass(MINUTE)
      ids.push(await start(context, 'quick', input))
      await context.service.ended(ids.at(-1)!)
    }
    return ids
  }

  async function exists({ service }: Context, id: string): Promise<boolean> {
    return (await service.call('GET', `/v2/executions/${id}`)).status === 200
  }

  async function left(context: Context, ids: readonly string[]): Promise<string[]> {
    const found = await Promise.all(ids.map((id) => exists(context, id)))
    return ids.filter((_, i) => found[i])
  }

  /** Lets two evaluations of every shard pass: the second knows what the first counted. */
  async function evaluate(context: Context): Promise<void> {
    for (let i = 0; i < 4; i++) {
      context.clock.pass(10 * MINUTE)
      await settled(context)
    }
  }

  /** Waits until nothing happens any more that needs no time to pass. */
  async function settled({ ground: { store } }: Context): Promise<void> {
    const look = async () => {
      const numbers: unknown[] = []
      for (let shard = 0; shard < store.shards; shard++) {
        numbers.push(await store.scan(shard, 'executions', '', { after: null, limit: 10_000 }))
        numbers.push(await store.count(shard, 'executions.removed', ''))
        numbers.push(await store.count(shard, 'actions', ''))
      }
      return JSON.stringify(numbers)
    }
    let seen = ''
    for (let same = 0; same < 20;) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      const now = await look()
      same = now === seen ? same + 1 : 0
      seen = now
    }
  }

  it('lets go what ended long ago, and says so', async (context) => {
    await serve(context, { olderThanMs: HOUR })
    const old = await finish(context, 3)
    const failed = await finish(context, 2, { fail: true })
    const running = await start(context, 'slow')
    context.clock.pass(HOUR - 30 * MINUTE)
    const young = await finish(context, 2)
    await evaluate(context)
    assert.equal(await left(context, [...old, ...failed]), [])
    assert.equal(await left(context, [...young, running]), [...young, running])
    const said = context.logged.filter(([, message]) => message.includes('retention'))
    assert.is(said.reduce((sum, [{ removed }]) => sum + removed, 0), 5)
  })

  it('leaves states alone that are to be ignored, and does not count them', async (context) => {
    await serve(context, { olderThanMs: HOUR, maxFinished: 2, ignoredStates: ['ERROR'] })
    const failed = await finish(context, 4, { fail: true })
    const good = await finish(context, 2)
    await evaluate(context)
    assert.equal(await left(context, [...failed, ...good]), [...failed, ...good])
    context.clock.pass(HOUR)
    await evaluate(context)
    assert.equal(await left(context, [...failed, ...good]), failed)
  })

  it('keeps the newest of each project, whatever shards they are in', async (context) => {
    await serve(context, { maxFinished: 3 })
    const { ground: { store }, service, clock } = context
    const others: string[] = []
    const own: string[] = []
    const found = await findWorkflow(
      store,
      { project: PROJECT, namespace: '', name: 'quick' },
      { fallBack: true },
    )
    assert.ok(found)
    const execute = async (project: string) => {
      const id = crypto.randomUUID()
      await service.engine.ask({
        type: 'startExecution',
        id,
        isNew: false,
        project,
        workflowId: found.id,
        workflowName: 'quick',
        workflowNamespace: '',
        workbook: null,
        definition: found.definition,
        input: { fail: own.length % 2 === 1 },
        params: {},
        description: '',
        triggerId: null,
      })
      clock.pass(MINUTE)
      return id
    }
    for (let i = 0; i < 8; i++) own.push(await execute('busy'))
    for (let i = 0; i < 2; i++) others.push(await execute('quiet'))
    const rowOf = async (id: string) => {
      for (let shard = 0; shard < SHARDS; shard++) {
        const [body] = await store.read(shard, [{ table: 'execution', id }])
        if (body) return id
      }
      return null
    }
    await evaluate(context)
    const rows = await Promise.all([...own, ...others].map(rowOf))
    assert.equal(rows.filter((id) => id !== null), [...own.slice(-3), ...others])
  })

  it('lets nothing go that was rerun, until it has ended again long ago', async (context) => {
    await serve(context, { olderThanMs: HOUR })
    const { clock, service } = context
    const id = await start(context, 'mended')
    await service.ended(id)
    clock.pass(HOUR - MINUTE)
    const { body } = await service.call('GET', `/v2/executions/${id}/tasks`)
    await service.call('PUT', `/v2/tasks/${body.tasks[0].id}`, {
      id: body.tasks[0].id,
      state: 'RUNNING',
      reset: true,
    })
    await service.ended(id)
    clock.pass(30 * MINUTE)
    await settled(context)
    assert.ok(await exists(context, id))
    clock.pass(HOUR)
    await evaluate(context)
    assert.not(await exists(context, id))
  })

  it('leaves nothing of what it lets go, and nothing else away', async (context) => {
    await serve(context, { olderThanMs: 24 * HOUR })
    const { clock, service, ground } = context
    const before = await ground.rows()
    const id = await start(context, 'outer')
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      clock.pass(1000)
      const { body } = await service.call('GET', `/v2/executions/${id}`)
      return body.state === 'SUCCESS'
    })
    assert.ok(await ground.rows() > before + 3000)
    clock.pass(24 * HOUR)
    await evaluate(context)
    assert.not(await exists(context, id))
    assert.equal(await faultsIn(ground.store), [])
    assert.is(await ground.rows(), before)
  })

  it('waits for sub-workflows that outlived their root', async (context) => {
    await serve(context, { olderThanMs: HOUR })
    const { service, clock } = context
    await service.call(
      'POST',
      '/v2/workflows',
      `
version: '2.0'
leaving:
  tasks:
    sub: {workflow: slow}
    t: {action: std.noop, on-success: [fail]}
`,
    )
    const id = await start(context, 'leaving')
    await service.ended(id)
    const list = await service.call('GET', '/v2/executions?workflow_name=slow')
    const child = list.body.executions[0].id
    clock.pass(2 * HOUR)
    await evaluate(context)
    assert.equal(await left(context, [id, child]), [id, child])
    await service.call('PUT', `/v2/executions/${child}`, { state: 'CANCELLED' })
    await service.ended(child)
    await evaluate(context)
    assert.equal(await left(context, [id, child]), [])
  })

  it('goes on in the next owner of a shard where the last one died half-way', async (context) => {
    await serve(context, { olderThanMs: HOUR })
    const { clock, ground: { store } } = context
    const before = await context.ground.rows()
    const id = await start(context, 'outer')
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      clock.pass(1000)
      return (await context.service.call('GET', `/v2/executions/${id}`)).body.state === 'SUCCESS'
    })
    // The store takes the execution itself away and two bits of the rest, and then no more of this owner.
    const commit = store.commit.bind(store)
    let bits = 0
    store.commit = async (turn: Commit) => {
      if (turn.deletes.length > 0 && ++bits > 3) throw new StaleOwnerError(turn.lease)
      await commit(turn)
    }
    clock.pass(2 * HOUR)
    await until(() => bits > 3)
    store.commit = commit
    await context.service.close().catch(() => {})
    assert.ok(await context.ground.rows() > before + 1000)
    assert.ok(await countRemoved(store) > 0)

    await serve(context, {})
    await until(async () => await countRemoved(store) === 0)
    assert.is(await context.ground.rows(), before)
  })

  it('keeps the newest of all where every server owns some shards', async (context) => {
    const { ground: { store }, clock } = context
    const services = await Promise.all(
      [[0], [1]].map((owns) =>
        startService({ store, clock, owns, retention: { ...POLICY, maxFinished: 3 } })
      ),
    )
    const [first, second] = services as [Service, Service]
    try {
      assert.is((await first.call('POST', '/v2/workflows', WORKFLOWS)).status, 201)
      const ids: string[] = []
      for (let i = 0; i < 10; i++) {
        const either = i % 2 === 0 ? first : second
        const { body } = await either.call('POST', '/v2/executions', { workflow_name: 'quick' })
        ids.push(body.id)
        await either.ended(body.id)
        clock.pass(MINUTE)
      }
      await evaluate(context)
      const answers = await Promise.all(
        ids.map((id) => first.call('GET', `/v2/executions/${id}`)),
      )
      assert.equal(ids.filter((_, i) => answers[i]!.status === 200), ids.slice(-3))
    } finally {
      await Promise.all(services.map((service) => service.close()))
    }
  })

  it('looks at nothing but what is due', async (context) => {
    await serve(context, { olderThanMs: HOUR, maxFinished: 1_000_000 })
    const { store } = context.ground
    let calls = 0
    for (const name of ['scan', 'read'] as const) {
      const call = store[name].bind(store) as (...args: unknown[]) => Promise<never>
      store[name] = (...args: unknown[]) => {
        calls++
        return call(...args)
      }
    }
    const cost = async () => {
      await settled(context)
      calls = 0
      context.clock.pass(10 * MINUTE)
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 1))
      return calls
    }
    await finish(context, 1)
    await finish(context, 1, { fail: true })
    await cost()
    const few = await cost()
    assert.ok(few > 0)
    for (let i = 0; i < 300; i++) await start(context, 'quick')
    // A kind of execution that a shard had none of adds a look at its list.
    const many = await cost()
    assert.ok(many <= few + 8, `${few} calls before, ${many} after`)
  })

  it.run()
}

async function countRemoved(store: Store): Promise<number> {
  let count = 0
  for (let shard = 0; shard < store.shards; shard++) {
    count += await store.count(shard, 'executions.removed', '')
  }
  return count
}

retention('in memory', () => {
  const store = new MemoryStore({ shards: SHARDS })
  return Promise.resolve({
    store,
    rows: () => Promise.resolve(store.rowCount),
    close: () => store.close(),
  })
})

retention('on the embedded store', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mestral-'))
  const store = await EmbeddedStore.open({ dataDir, shards: SHARDS })
  const tree = openTree(dataDir)
  return {
    store,
    rows() {
      tree.resetReadTxn()
      const count = (kind: string) => tree.getKeysCount({ start: kind, end: kind + '\x7f' })
      return Promise.resolve(['e', 't', 'a', 'p', 'k', 'd'].map(count).reduce((a, b) => a + b))
    },
    async close() {
      await tree.close()
      await store.close()
      await rm(dataDir, { recursive: true })
    },
  }
})

if (hasRedis()) {
  retention('on Redis', async () => {
    const redis = await startRedis()
    const store = await RedisStore.open({ url: redis.url, shards: SHARDS })
    const ask = (...words: string[]) => redisCli(['-p', String(redis.port), ...words])
    return {
      store,
      rows() {
        let count = 0
        for (let shard = 0; shard < SHARDS; shard++) {
          for (const table of ['execution', 'task', 'action', 'payload']) {
            count += Number(ask('hlen', `mestral:{${shard}}:${table}`))
          }
          count += Number(ask('zcard', `mestral:{${shard}}:timers`))
        }
        return Promise.resolve(count)
      },
      async close() {
        await store.close()
        await redis.stop()
      },
    }
  })
}
