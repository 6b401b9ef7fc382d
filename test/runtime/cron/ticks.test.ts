import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidError, UnavailableError } from '../../../actors/errors.ts'
import { isUuid, shardOf } from '../../../actors/ids.ts'
import { type CronTrigger } from '../../../runtime/catalogue/cron-triggers.ts'
import { decode, entryKey } from '../../../runtime/catalogue/entries.ts'
import { createWorkflows, type WorkflowRecord } from '../../../runtime/catalogue/workflows.ts'
import type { Answer, Command, Engine, StartExecution } from '../../../runtime/commands.ts'
import { Retries } from '../../../runtime/cron/retries.ts'
import { type CronDeps, cronTick, firingId } from '../../../runtime/cron/ticks.ts'
import { MemoryStore } from '../../../runtime/store/memory.ts'
import type { Catalogue } from '../../../runtime/store/store.ts'

const T0 = Date.parse('2026-01-01T00:00:00Z')
const MINUTE = 60_000

/** Takes starts as the engine does: one that exists is left as it is. */
class FakeEngine implements Engine {
  readonly started = new Map<string, StartExecution>()
  asked = 0
  /** Throws to fail before or after the effect. */
  fault: (when: 'before' | 'after') => void = () => {}

  async ask<C extends Command>(command: C): Promise<Answer<C>> {
    this.asked++
    await Promise.resolve()
    this.fault('before')
    if (command.type !== 'startExecution') throw new TypeError(`Unexpected ${command.type}`)
    if (!this.started.has(command.id)) this.started.set(command.id, command)
    this.fault('after')
    return null as Answer<C>
  }
}

interface World {
  readonly store: MemoryStore
  readonly engine: FakeEngine
  readonly workflow: WorkflowRecord
}

async function world(): Promise<World> {
  const store = new MemoryStore()
  let count = 0
  const newId = () => `00000000-0000-7000-8000-${String(++count).padStart(12, '0')}`
  const [workflow] = await createWorkflows(
    { catalogue: store, newId, now: () => T0 },
    { project: 'p', admin: false },
    `{version: '2.0', wf: {input: [a, {b: 2}], tasks: {t: {action: std.noop}}}}`,
    { namespace: '', scope: 'private' },
  )
  if (!workflow) throw new Error('There is no workflow')
  return { store, engine: new FakeEngine(), workflow }
}

async function addTrigger(
  { store, workflow }: World,
  fields: Partial<CronTrigger> = {},
): Promise<CronTrigger> {
  const trigger: CronTrigger = {
    id: `trigger-${fields.name ?? 'one'}`,
    name: 'one',
    project: 'p',
    scope: 'private',
    workflowId: workflow.id,
    workflowName: workflow.name,
    input: '{"a":1}',
    params: '{"env":{"x":1}}',
    pattern: '* * * * *',
    firstExecutionTime: null,
    nextExecutionAt: T0 + MINUTE,
    remaining: null,
    status: 'READY',
    createdAt: T0,
    updatedAt: null,
    ...fields,
  }
  const { id, name } = trigger
  const key = entryKey('p', '', name)
  const body = JSON.stringify(trigger)
  await store.change([{ op: 'insert', kind: 'cron_trigger', id, key, body }])
  return trigger
}

async function triggerOf(catalogue: Catalogue, id = 'trigger-one'): Promise<CronTrigger> {
  const entry = await catalogue.byId('cron_trigger', id)
  if (!entry) throw new Error(`There is no trigger ${id}`)
  return decode<CronTrigger>(entry).record
}

function depsOf({ store, engine }: World, overrides: Partial<CronDeps> = {}): CronDeps {
  return { catalogue: store, engine, ...overrides }
}

/** The catalogue of a store, with some of its methods replaced. */
function catalogueOf(store: MemoryStore, replaced: Partial<Catalogue>): Catalogue {
  return {
    change: (changes) => store.change(changes),
    byId: (kind, id) => store.byId(kind, id),
    byKey: (kind, key) => store.byKey(kind, key),
    list: (kind) => store.list(kind),
    keepText: (hash, text) => store.keepText(hash, text),
    text: (hash) => store.text(hash),
    ...replaced,
  }
}

const tick = suite<World>('a cron tick')

tick.before.each(async (context) => void Object.assign(context, await world()))

tick('starts the workflow of a trigger that is due', async (context) => {
  await addTrigger(context)
  const dueAt = T0 + MINUTE
  const report = await cronTick(depsOf(context), dueAt)
  const id = firingId('trigger-one', dueAt)
  assert.equal(report, { started: [id], failed: 0, nextDueAt: dueAt + MINUTE })
  assert.equal(context.engine.started.get(id), {
    type: 'startExecution',
    id,
    isNew: false,
    project: 'p',
    workflowId: context.workflow.id,
    workflowName: 'wf',
    workflowNamespace: '',
    workbook: null,
    definition: context.workflow.definition,
    input: { a: 1, b: 2 },
    params: { env: { x: 1 } },
    description: `{"description":"Workflow execution created by cron trigger '(trigger-one)'.",` +
      `"triggered_by":{"type":"cron_trigger","id":"trigger-one"}}`,
    triggerId: 'trigger-one',
  })
})

tick('plans the next time of the pattern', async (context) => {
  const before = await addTrigger(context, { remaining: 5 })
  await cronTick(depsOf(context), T0 + MINUTE + 300)
  assert.equal(await triggerOf(context.store), {
    ...before,
    remaining: 4,
    nextExecutionAt: T0 + 2 * MINUTE,
    updatedAt: T0 + MINUTE + 300,
  })
})

tick('does nothing before the time has come', async (context) => {
  await addTrigger(context)
  const report = await cronTick(depsOf(context), T0 + MINUTE - 1)
  assert.equal(report, { started: [], failed: 0, nextDueAt: T0 + MINUTE })
  assert.is(context.engine.asked, 0)
  await context.store.change([
    { op: 'delete', kind: 'cron_trigger', id: 'trigger-one', revision: 1 },
  ])
  assert.is((await cronTick(depsOf(context), T0)).nextDueAt, null)
})

tick('starts one late run for all the times that were missed', async (context) => {
  await addTrigger(context, { remaining: 10 })
  const late = T0 + 100 * MINUTE + 5000
  await cronTick(depsOf(context), late)
  assert.equal([...context.engine.started.keys()], [firingId('trigger-one', T0 + MINUTE)])
  const { nextExecutionAt, remaining } = await triggerOf(context.store)
  assert.equal([nextExecutionAt, remaining], [T0 + 101 * MINUTE, 9])
})

tick('completes a trigger after its last run, and keeps it', async (context) => {
  await addTrigger(context, { remaining: 2 })
  await addTrigger(context, { name: 'once', pattern: null, remaining: 1 })
  for (let minute = 1; minute <= 5; minute++) await cronTick(depsOf(context), T0 + minute * MINUTE)
  assert.is(context.engine.started.size, 3)
  const { remaining, status, nextExecutionAt } = await triggerOf(context.store)
  assert.equal([remaining, status, nextExecutionAt], [0, 'COMPLETED', T0 + 2 * MINUTE])
  const once = await triggerOf(context.store, 'trigger-once')
  assert.equal([once.remaining, once.status, once.nextExecutionAt], [0, 'COMPLETED', T0 + MINUTE])
  assert.is((await cronTick(depsOf(context), T0 + 9 * MINUTE)).nextDueAt, null)
})

tick('leaves paused triggers alone', async (context) => {
  await addTrigger(context, { status: 'PAUSED' })
  assert.equal(await cronTick(depsOf(context), T0 + MINUTE), {
    started: [],
    failed: 0,
    nextDueAt: null,
  })
})

tick('starts the longest due first', async (context) => {
  for (const [name, minutes] of [['c', 3], ['a', 1], ['b', 2]] as const) {
    await addTrigger(context, { name, nextExecutionAt: T0 + minutes * MINUTE })
  }
  await cronTick(depsOf(context), T0 + 5 * MINUTE)
  assert.equal([...context.engine.started.values()].map(({ triggerId }) => triggerId), [
    'trigger-a',
    'trigger-b',
    'trigger-c',
  ])
})

tick('tries a failed start again, later each time, and never loses it', async (context) => {
  const { engine, store } = context
  await addTrigger(context)
  const failures: unknown[] = []
  const deps = depsOf(context, {
    retries: new Retries(),
    onFailure: (trigger, error) => failures.push([trigger.name, (error as Error).message]),
  })
  engine.fault = () => {
    throw new UnavailableError('Nobody answered')
  }
  const dueAt = T0 + MINUTE
  const waits = []
  for (let now = dueAt, i = 0; i < 8; i++) {
    const { failed, nextDueAt } = await cronTick(deps, now)
    assert.equal([failed, (await cronTick(deps, now)).failed], [1, 0])
    waits.push(((nextDueAt ?? 0) - now) / 1000)
    now = nextDueAt ?? 0
  }
  assert.equal(waits, [1, 2, 4, 8, 16, 32, 60, 60])
  assert.equal([failures.length, failures[0]], [8, ['one', 'Nobody answered']])
  assert.equal((await triggerOf(store)).status, 'READY')

  engine.fault = () => {}
  const { started } = await cronTick(deps, dueAt + 10 * MINUTE)
  assert.equal(started, [firingId('trigger-one', dueAt)])
  assert.is((await triggerOf(store)).nextExecutionAt, dueAt + 11 * MINUTE)
})

tick('does not let one failing trigger hold up others', async (context) => {
  await addTrigger(context, { name: 'bad', workflowId: 'gone' })
  await addTrigger(context, { name: 'good' })
  const { started, failed } = await cronTick(depsOf(context), T0 + MINUTE)
  assert.equal([started.length, failed], [1, 1])
})

tick('shows on the trigger that its workflow cannot be started, until it can', async (context) => {
  const { engine, store } = context
  await addTrigger(context, { input: '{}' })
  const messages: string[] = []
  const deps = depsOf(context, {
    onFailure: (_, error) => {
      assert.instance(error, InvalidError)
      messages.push((error as Error).message)
    },
  })
  await cronTick(deps, T0 + MINUTE)
  await cronTick(deps, T0 + 2 * MINUTE)
  assert.match(messages[0] ?? '', /^Invalid input \[name=wf, .*missing=\['a'\]\]$/)
  const { status, nextExecutionAt } = await triggerOf(store)
  assert.equal([messages.length, status, nextExecutionAt], [2, 'ERROR', T0 + MINUTE])

  const entry = await store.byId('cron_trigger', 'trigger-one')
  if (!entry) throw new Error('There is no trigger')
  const body = JSON.stringify({ ...await triggerOf(store), input: '{"a":1}' })
  await store.change([{ ...entry, op: 'update', body }])
  await cronTick(deps, T0 + 3 * MINUTE)
  assert.equal([...engine.started.keys()], [firingId('trigger-one', T0 + MINUTE)])
  assert.is((await triggerOf(store)).status, 'READY')
})

tick('starts nothing twice if a tick dies between starting and planning', async (context) => {
  await addTrigger(context)
  const dying = catalogueOf(context.store, {
    change: () => Promise.reject(new Error('The process died')),
  })
  const { failed } = await cronTick(depsOf(context, { catalogue: dying }), T0 + MINUTE)
  assert.equal([failed, context.engine.started.size], [1, 1])
  await cronTick(depsOf(context), T0 + MINUTE + 2000)
  assert.equal([context.engine.asked, context.engine.started.size], [2, 1])
  assert.is((await triggerOf(context.store)).nextExecutionAt, T0 + 2 * MINUTE)
})

tick('starts each due firing once, however many tick at once', async (context) => {
  for (let i = 0; i < 5; i++) await addTrigger(context, { name: `t${i}`, remaining: 3 })
  for (let minute = 1; minute <= 5; minute++) {
    const now = T0 + minute * MINUTE
    await Promise.all(Array.from({ length: 10 }, (_, i) => cronTick(depsOf(context), now + i)))
  }
  assert.is(context.engine.started.size, 15)
  for (let i = 0; i < 5; i++) {
    const { remaining, status } = await triggerOf(context.store, `trigger-t${i}`)
    assert.equal([remaining, status], [0, 'COMPLETED'])
  }
})

tick.run()

const ids = suite('the id of a firing')

ids('is a UUID of the due time, different for each', () => {
  const id = firingId('trigger-one', T0)
  assert.ok(isUuid(id), id)
  assert.is(id, firingId('trigger-one', T0))
  assert.ok(id < firingId('trigger-one', T0 + 1000))
  assert.ok(id !== firingId('trigger-two', T0))
})

ids('spreads over the shards', () => {
  const shards = new Set(Array.from({ length: 200 }, (_, i) => shardOf(firingId(`t${i}`, T0), 16)))
  assert.is(shards.size, 16)
})

ids.run()

const simulation = suite('cron ticks of two servers')

/** Numbers in [0, 1) from a seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Every call may fail, before or after it took effect. */
function faulty(store: MemoryStore, fault: () => void): Catalogue {
  return catalogueOf(store, {
    async change(changes) {
      fault()
      await store.change(changes)
      fault()
    },
    async list(kind) {
      fault()
      return await store.list(kind)
    },
  })
}

simulation('fire each due time once, whatever fails, for 200 seeds', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed)
    const context = await world()
    const faults = { rate: 0.2 }
    const fault = () => {
      if (random() < faults.rate) throw new Error('A fault')
    }
    context.engine.fault = fault
    await addTrigger(context, { name: 'endless' })
    await addTrigger(context, { name: 'thrice', remaining: 3 })
    await addTrigger(context, { name: 'once', pattern: null, remaining: 1 })
    const catalogue = faulty(context.store, fault)
    const servers = [1, 2].map(() => depsOf(context, { catalogue, retries: new Retries() }))
    const due = new Set<string>()
    const tickAll = async (now: number) => {
      for (const name of ['endless', 'thrice', 'once']) {
        const { status, nextExecutionAt } = await triggerOf(context.store, `trigger-${name}`)
        if (status !== 'COMPLETED' && nextExecutionAt !== null && nextExecutionAt <= now) {
          due.add(firingId(`trigger-${name}`, nextExecutionAt))
        }
      }
      const ticks = servers.flatMap((deps) => [cronTick(deps, now), cronTick(deps, now)])
      await Promise.allSettled(ticks)
    }
    for (let now = T0; now <= T0 + 10 * MINUTE; now += 7000) await tickAll(now)
    faults.rate = 0
    await tickAll(T0 + 12 * MINUTE)

    assert.equal([...context.engine.started.keys()].sort(), [...due].sort(), `seed ${seed}`)
    const { status, remaining } = await triggerOf(context.store, 'trigger-thrice')
    assert.equal([status, remaining], ['COMPLETED', 0], `seed ${seed}`)
    const thrice = [...context.engine.started.values()].filter((command) =>
      command.triggerId === 'trigger-thrice'
    )
    assert.is(thrice.length, 3, `seed ${seed}`)
  }
})

simulation.run()
