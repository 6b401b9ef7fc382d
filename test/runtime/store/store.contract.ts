/**
 * @module
 * What every store promises. Each adapter's test file calls it once.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryStore } from '../../../runtime/store/memory.ts'
import {
  type CatalogueChange,
  DuplicateKeyError,
  type Lease,
  type Page,
  RevisionError,
  StaleOwnerError,
  type Store,
} from '../../../runtime/store/store.ts'
import { commitOf, rejects, until } from './rows.ts'
import { differences, history } from './store.model.ts'

export interface Adapter {
  /** Prepares what all the tests share. */
  readonly start?: () => Promise<void>
  readonly stop?: () => Promise<void>
  /** A new and empty store. */
  open(): Promise<Store>
  /** The same store as another thread or process sees it; `store` itself where there can be only one. */
  again(store: Store): Promise<Store>
  /** How many random histories to try; 60 if not given. */
  readonly histories?: number
}

const TTL_MS = 60_000
const ALL: Page = { after: null, limit: 100 }

export function storeContract(name: string, adapter: Adapter): void {
  const it = suite<{ store: Store; lease: Lease }>(`${name} store`)

  if (adapter.start) it.before(adapter.start)
  if (adapter.stop) it.after(adapter.stop)

  it.before.each(async (context) => {
    context.store = await adapter.open()
    const lease = await context.store.acquire(3, 'alice', TTL_MS)
    assert.ok(lease)
    context.lease = lease
  })

  it.after.each(async ({ store }) => {
    await store.close()
  })

  it('answers, and says what its settings mean', async ({ store }) => {
    await store.ping()
    assert.ok(store.durability.length > 0)
    assert.ok(store.shards > 3)
  })

  // Turns

  it('writes all of a turn', async ({ store, lease }) => {
    await store.post(3, ['letter'])
    const [letter] = await store.letters(3, null, 10)
    await store.commit(commitOf(lease, 1, {
      puts: [
        { table: 'execution', id: 'e1', body: '{"state":"RUNNING"}' },
        { table: 'task', id: 't1', body: '"täsk\u0000 ✓"' },
        { table: 'payload', id: 'e1:input', body: '{}' },
      ],
      enter: [
        { index: 'executions', owner: '', id: 'e1' },
        { index: 'tasks.execution', owner: 'e1', id: 't1' },
      ],
      timers: [{ key: 't1/wait', dueAt: 1_700_000_000_000 }],
      cursor: letter!.seq,
      replies: [{ askId: 'q1', body: '"started"' }],
    }))
    assert.equal(
      await store.read(3, [
        { table: 'payload', id: 'e1:input' },
        { table: 'task', id: 'nobody' },
        { table: 'task', id: 't1' },
        { table: 'task', id: 'e1' },
        { table: 'execution', id: 'e1' },
      ]),
      ['{}', null, '"täsk\u0000 ✓"', null, '{"state":"RUNNING"}'],
    )
    assert.equal(await store.scan(3, 'executions', '', ALL), ['e1'])
    assert.equal(await store.scan(3, 'tasks.execution', 'e1', ALL), ['t1'])
    assert.is(await store.nextDue(3), 1_700_000_000_000)
    assert.equal(await store.letters(3, null, 10), [])
    assert.is(await store.reply(3, 'q1'), '"started"')
  })

  it('keeps shards apart', async ({ store, lease }) => {
    await store.post(3, ['letter'])
    await store.commit(commitOf(lease, 1, {
      puts: [{ table: 'task', id: 't1', body: '3' }],
      enter: [{ index: 'tasks', owner: '', id: 't1' }],
      timers: [{ key: 'wait', dueAt: 5 }],
      replies: [{ askId: 'q1', body: '3' }],
    }))
    assert.equal(await store.read(2, [{ table: 'task', id: 't1' }]), [null])
    assert.equal(await store.scan(2, 'tasks', '', ALL), [])
    assert.is(await store.nextDue(2), null)
    assert.equal(await store.letters(2, null, 10), [])
    assert.is(await store.reply(2, 'q1'), null)
    const other = await store.acquire(2, 'bob', TTL_MS)
    assert.is(other?.epoch, 1)
  })

  it('takes away before it adds, and lets the last of two stand', async ({ store, lease }) => {
    await store.commit(commitOf(lease, 1, {
      puts: [
        { table: 'task', id: 't1', body: 'first' },
        { table: 'task', id: 't1', body: 'second' },
      ],
      deletes: [{ table: 'task', id: 't1' }],
      enter: [{ index: 'tasks', owner: '', id: 't1' }],
      leave: [{ index: 'tasks', owner: '', id: 't1' }],
      timers: [{ key: 'wait', dueAt: 5 }, { key: 'wait', dueAt: 7 }],
      cleared: ['wait'],
    }))
    assert.equal(await store.read(3, [{ table: 'task', id: 't1' }]), ['second'])
    assert.equal(await store.scan(3, 'tasks', '', ALL), ['t1'])
    assert.equal(await store.due(3, 10, 10), [{ key: 'wait', dueAt: 7 }])
  })

  it('writes a turn of many thousand rows', async ({ store, lease }) => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `t${String(i).padStart(6, '0')}`)
    const entries = ids.map((id) => ({ index: 'tasks', owner: '', id }) as const)
    await store.commit(commitOf(lease, 1, {
      puts: ids.map((id) => ({ table: 'task', id, body: `"${id}"` })),
      enter: entries,
      timers: ids.map((id, i) => ({ key: id, dueAt: i + 1 })),
      replies: ids.slice(0, 100).map((id) => ({ askId: id, body: id })),
    }))
    const page = { after: 't019990', limit: 100 }
    assert.equal(await store.scan(3, 'tasks', '', page), ids.slice(19_991))
    assert.equal(await store.read(3, [{ table: 'task', id: 't012345' }]), ['"t012345"'])
    await store.commit(commitOf(lease, 2, {
      deletes: ids.map((id) => ({ table: 'task', id })),
      leave: entries,
      cleared: ids.slice(1),
    }))
    assert.equal(await store.scan(3, 'tasks', '', ALL), [])
    assert.equal(await store.read(3, [{ table: 'task', id: 't012345' }]), [null])
    assert.equal(await store.due(3, 1e9, 10), [{ key: 't000000', dueAt: 1 }])
  })

  it('refuses an owner whose epoch has passed, and writes nothing', async ({ store, lease }) => {
    await store.release(lease, 'alice')
    const next = await store.acquire(3, 'bob', TTL_MS)
    assert.is(next?.epoch, lease.epoch + 1)
    await store.post(3, ['letter'])
    const [letter] = await store.letters(3, null, 1)
    await rejects(
      store.commit(commitOf(lease, 1, {
        puts: [{ table: 'task', id: 't1', body: '{}' }],
        enter: [{ index: 'tasks', owner: '', id: 't1' }],
        timers: [{ key: 'wait', dueAt: 5 }],
        cursor: letter!.seq,
        replies: [{ askId: 'q1', body: '' }],
      })),
      StaleOwnerError,
    )
    assert.equal(await store.read(3, [{ table: 'task', id: 't1' }]), [null])
    assert.equal(await store.scan(3, 'tasks', '', ALL), [])
    assert.is(await store.nextDue(3), null)
    assert.is((await store.letters(3, null, 10)).length, 1)
    assert.is(await store.reply(3, 'q1'), null)
    await store.commit(commitOf(next!, 1))
  })

  it('refuses an epoch that was never given', async ({ store, lease }) => {
    await rejects(store.commit(commitOf({ shard: 3, epoch: lease.epoch + 1 }, 1)), StaleOwnerError)
    await rejects(store.commit(commitOf({ shard: 4, epoch: 1 }, 1)), StaleOwnerError)
    await rejects(store.commit(commitOf({ shard: 4, epoch: 0 }, 1)), StaleOwnerError)
  })

  it('refuses a turn that does not follow the last', async ({ store, lease }) => {
    const write = (turn: number, body: string) =>
      store.commit(commitOf(lease, turn, { puts: [{ table: 'task', id: 't1', body }] }))
    await rejects(write(2, 'too early'), StaleOwnerError)
    await rejects(write(0, 'too early'), StaleOwnerError)
    await write(1, 'first')
    await rejects(write(1, 'again'), StaleOwnerError)
    await rejects(write(3, 'too early'), StaleOwnerError)
    assert.equal(await store.read(3, [{ table: 'task', id: 't1' }]), ['first'])
    await write(2, 'second')
    assert.equal(await store.read(3, [{ table: 'task', id: 't1' }]), ['second'])
  })

  it('commits in the order of calls', async ({ store, lease }) => {
    const turns = Array.from({ length: 100 }, (_, i) => i + 1)
    await Promise.all(turns.map((turn) =>
      store.commit(commitOf(lease, turn, {
        puts: [{ table: 'task', id: 't1', body: String(turn) }],
      }))
    ))
    assert.equal(await store.read(3, [{ table: 'task', id: 't1' }]), ['100'])
  })

  it('refuses every turn after one that failed', async ({ store, lease }) => {
    const results = await Promise.allSettled(
      [1, 2, 4, 5, 3].map((turn) => store.commit(commitOf(lease, turn))),
    )
    assert.equal(
      results.map((result) => result.status),
      ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled'],
    )
  })

  it('refuses a shard that there is not', async ({ store }) => {
    const { shards } = store
    await rejects(store.post(shards, ['x']), RangeError)
    await rejects(store.acquire(-1, 'alice', TTL_MS), RangeError)
    await rejects(store.scan(shards, 'tasks', '', ALL), RangeError)
    await rejects(store.commit(commitOf({ shard: shards, epoch: 1 }, 1)), RangeError)
  })

  // Indexes

  it('pages through an index both ways', async ({ store, lease }) => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    await store.commit(commitOf(lease, 1, {
      enter: [...ids].reverse().flatMap((id) => [
        { index: 'tasks.execution', owner: 'e1', id },
        { index: 'tasks.execution', owner: 'e10', id: `x${id}` },
        { index: 'tasks', owner: '', id: `y${id}` },
      ]),
    }))
    const scan = (page: Page) => store.scan(3, 'tasks.execution', 'e1', page)
    assert.equal(await scan({ after: null, limit: 3 }), ['a', 'b', 'c'])
    assert.equal(await scan({ after: 'c', limit: 3 }), ['d', 'e'])
    assert.equal(await scan({ after: 'bb', limit: 1 }), ['c'])
    assert.equal(await scan({ after: 'e', limit: 3 }), [])
    assert.equal(await scan({ after: null, limit: 2, reverse: true }), ['e', 'd'])
    assert.equal(await scan({ after: 'd', limit: 2, reverse: true }), ['c', 'b'])
    assert.equal(await scan({ after: 'bb', limit: 9, reverse: true }), ['b', 'a'])
    assert.equal(await scan({ after: 'a', limit: 2, reverse: true }), [])
    assert.equal(await scan({ after: null, limit: 0 }), [])
    assert.equal(await scan({ after: null, limit: 0, reverse: true }), [])
  })

  it('counts an index, and no other', async ({ store, lease }) => {
    const ids = Array.from({ length: 2500 }, (_, i) => `${String(i).padStart(6, '0')}/x`)
    await store.commit(commitOf(lease, 1, {
      enter: [
        ...ids.map((id) => ({ index: 'executions.ended', owner: 'ERROR/p', id } as const)),
        { index: 'executions.ended', owner: 'ERROR/pp', id: 'y' },
        { index: 'executions.ended', owner: 'ERROR', id: 'p/z' },
      ],
    }))
    assert.is(await store.count(3, 'executions.ended', 'ERROR/p'), 2500)
    assert.is(await store.count(3, 'executions.ended', 'ERROR/pp'), 1)
    assert.is(await store.count(3, 'executions.ended', 'ERROR/ppp'), 0)
    assert.is(await store.count(3, 'executions', ''), 0)
    assert.is(await store.count(2, 'executions.ended', 'ERROR/p'), 0)
    await store.commit(commitOf(lease, 2, {
      leave: ids.slice(0, 2000).map((id) => ({ index: 'executions.ended', owner: 'ERROR/p', id })),
    }))
    assert.is(await store.count(3, 'executions.ended', 'ERROR/p'), 500)
    assert.equal(
      await store.scan(3, 'executions.ended', 'ERROR/p', { after: null, limit: 1 }),
      [ids[2000]!],
    )
  })

  // Mailboxes

  it('keeps letters in order until a cursor takes them', async ({ store, lease }) => {
    await Promise.all([store.post(3, ['a', 'b']), store.post(3, ['c']), store.post(3, ['d'])])
    const letters = await store.letters(3, null, 10)
    assert.equal(letters.map((letter) => letter.body), ['a', 'b', 'c', 'd'])
    assert.equal(await store.letters(3, null, 2), letters.slice(0, 2))
    assert.equal(await store.letters(3, letters[1]!.seq, 10), letters.slice(2))
    await store.commit(commitOf(lease, 1, { cursor: letters[1]!.seq }))
    assert.equal(await store.letters(3, null, 10), letters.slice(2))
    await store.commit(commitOf(lease, 2))
    assert.equal(await store.letters(3, null, 10), letters.slice(2))
    await store.commit(commitOf(lease, 3, { cursor: letters[3]!.seq }))
    assert.equal(await store.letters(3, null, 10), [])
    await store.post(3, ['e'])
    const later = await store.letters(3, letters[3]!.seq, 10)
    assert.equal(later.map((letter) => letter.body), ['e'])
  })

  it('has no answer to what was not answered', async ({ store }) => {
    assert.is(await store.reply(3, 'q1'), null)
  })

  it('wakes who watches a shard when letters come', async ({ store }) => {
    const poster = await adapter.again(store)
    const woken: number[] = []
    const end = await store.watch([3, 5], (shard, answered) => {
      if (answered.length === 0) woken.push(shard)
    })
    await poster.post(4, ['x'])
    await poster.post(5, ['x'])
    await until(() => woken.includes(5))
    assert.not(woken.includes(4))
    await end()
    if (poster !== store) await poster.close()
  })

  it('wakes who watches a shard when questions are answered', async ({ store, lease }) => {
    const asker = await adapter.again(store)
    const answers: string[] = []
    const end = await asker.watch([3], (_, answered) => {
      answers.push(...answered)
    })
    await store.commit(commitOf(lease, 1, {
      replies: [{ askId: 'q1', body: '1' }, { askId: 'q2', body: '2' }],
    }))
    await until(() => answers.length === 2)
    assert.equal(answers, ['q1', 'q2'])
    assert.is(await asker.reply(3, 'q2'), '2')
    await end()
    if (asker !== store) await asker.close()
  })

  it('wakes a watch no more once it has ended, and another still', async ({ store }) => {
    let first = 0
    let second = 0
    const end = await store.watch([3], () => first++)
    const endOther = await store.watch([3], () => second++)
    await store.post(3, ['x'])
    await until(() => first > 0 && second > 0)
    await end()
    first = 0
    second = 0
    await store.post(3, ['x'])
    await until(() => second > 0)
    assert.is(first, 0)
    await endOther()
  })

  // Timers

  it('lists timers that are due, earliest first', async ({ store, lease }) => {
    await store.commit(commitOf(lease, 1, {
      timers: [
        { key: 'c', dueAt: 300 },
        { key: 'a', dueAt: 1_700_000_000_000 },
        { key: 'b', dueAt: 20 },
        { key: 'd', dueAt: 20 },
      ],
    }))
    assert.is(await store.nextDue(3), 20)
    assert.equal(await store.timers(3, ['a', 'x', 'b']), [1_700_000_000_000, null, 20])
    assert.equal(await store.timers(3, []), [])
    assert.equal(await store.timers(2, ['a']), [null])
    assert.equal(await store.due(3, 19, 10), [])
    assert.equal(await store.due(3, 20, 10), [{ key: 'b', dueAt: 20 }, { key: 'd', dueAt: 20 }])
    assert.equal(await store.due(3, 1000, 3), [
      { key: 'b', dueAt: 20 },
      { key: 'd', dueAt: 20 },
      { key: 'c', dueAt: 300 },
    ])
  })

  it('moves a timer that is set again, and clears', async ({ store, lease }) => {
    await store.commit(commitOf(lease, 1, {
      timers: [{ key: 'a', dueAt: 10 }, { key: 'b', dueAt: 20 }],
    }))
    await store.commit(commitOf(lease, 2, { timers: [{ key: 'a', dueAt: 30 }] }))
    assert.is(await store.nextDue(3), 20)
    await store.commit(commitOf(lease, 3, { cleared: ['b', 'nobody'] }))
    assert.equal(await store.due(3, 100, 10), [{ key: 'a', dueAt: 30 }])
    await store.commit(commitOf(lease, 4, { cleared: ['a'] }))
    assert.is(await store.nextDue(3), null)
  })

  // Leases

  it('gives a shard to one owner at a time', async ({ store, lease }) => {
    assert.is(await store.acquire(3, 'bob', TTL_MS), null)
    await store.release(lease, 'bob')
    await store.release({ shard: 3, epoch: lease.epoch + 1 }, 'alice')
    assert.is(await store.acquire(3, 'bob', TTL_MS), null)
    await store.release(lease, 'alice')
    const next = await store.acquire(3, 'bob', TTL_MS)
    assert.ok(next && next.epoch > lease.epoch)
  })

  it('voids the lease of an owner that takes the shard anew', async ({ store, lease }) => {
    const next = await store.acquire(3, 'alice', TTL_MS)
    assert.is(next?.epoch, lease.epoch + 1)
    await rejects(store.commit(commitOf(lease, 1)), StaleOwnerError)
    assert.equal(await store.renew([lease], 'alice', TTL_MS), [3])
    await store.commit(commitOf(next!, 1))
  })

  it('gives away a shard whose lease ran out', async ({ store }) => {
    const short = await store.acquire(5, 'alice', 20)
    assert.ok(short)
    const next = await until(() => store.acquire(5, 'bob', TTL_MS))
    assert.ok(next.epoch > short.epoch)
    assert.equal(await store.renew([short], 'alice', TTL_MS), [5])
    await rejects(store.commit(commitOf(short, 1)), StaleOwnerError)
  })

  it('prolongs the leases that are the owner’s', async ({ store, lease }) => {
    const short = await store.acquire(5, 'alice', 20_000)
    const lost = await store.acquire(6, 'alice', TTL_MS)
    await store.release(lost!, 'alice')
    await store.acquire(6, 'bob', TTL_MS)
    assert.equal(await store.renew([lease, lost!, short!], 'alice', TTL_MS), [6])
    assert.equal(await store.renew([lease, short!], 'bob', TTL_MS), [3, 5])
    assert.equal(await store.renew([], 'bob', TTL_MS), [])
  })

  it('does not prolong a lease that ran out', async ({ store }) => {
    const short = await store.acquire(5, 'alice', 20)
    await until(async () => {
      const lost = await store.renew([short!], 'alice', 1)
      return lost.length > 0
    })
  })

  // Members

  it('shows members until they leave or fall silent', async ({ store }) => {
    const one = { id: 'm1', name: 'host_1', roles: ['edge', 'worker'], threads: 2 } as const
    const two = { id: 'm2', name: 'host_2', roles: ['worker'], threads: 4 } as const
    await store.heartbeat(two, TTL_MS)
    await store.heartbeat({ ...one, threads: 1 }, TTL_MS)
    await store.heartbeat(one, TTL_MS)
    assert.equal(await store.members(), [one, two])
    await store.leave('m1')
    assert.equal(await store.members(), [two])
    await store.heartbeat(two, 20)
    await until(async () => (await store.members()).length === 0)
  })

  // Catalogue

  const insert = (id: string, key: string, body = '{}'): CatalogueChange => (
    { op: 'insert', kind: 'workflow', id, key, body }
  )

  it('finds an entry by id and by key', async ({ store }) => {
    await store.change([insert('w2', 'project\0name', '"bödy"'), insert('w1', 'b')])
    const entry = { kind: 'workflow', id: 'w2', key: 'project\0name', body: '"bödy"', revision: 1 }
    assert.equal(await store.byId('workflow', 'w2'), entry)
    assert.equal(await store.byKey('workflow', 'project\0name'), entry)
    assert.is(await store.byKey('workflow', 'w2'), null)
    assert.is(await store.byId('action', 'w2'), null)
    assert.equal((await store.list('workflow')).map((one) => one.id), ['w1', 'w2'])
    assert.equal(await store.list('cron_trigger'), [])
    await store.change([{ op: 'insert', kind: 'setting', id: 'w2', key: 'b', body: '1' }])
    assert.equal((await store.list('setting')).map(({ body }) => body), ['1'])
  })

  it('refuses a key or id that is taken, within its kind', async ({ store }) => {
    await store.change([insert('w1', 'a')])
    await rejects(store.change([insert('w2', 'a')]), DuplicateKeyError)
    await rejects(store.change([insert('w1', 'b')]), DuplicateKeyError)
    await store.change([{ op: 'insert', kind: 'action', id: 'w1', key: 'a', body: '{}' }])
    const error = await rejects(store.change([insert('w2', 'a')]), DuplicateKeyError)
    assert.is(error.kind, 'workflow')
    assert.is(error.key, 'a')
  })

  it('renames, which frees the old key', async ({ store }) => {
    await store.change([insert('w1', 'a'), insert('w2', 'b')])
    const rename = (key: string, revision: number): CatalogueChange => (
      { op: 'update', kind: 'workflow', id: 'w1', key, body: '"new"', revision }
    )
    await rejects(store.change([rename('b', 1)]), DuplicateKeyError)
    await store.change([rename('c', 1)])
    assert.is(await store.byKey('workflow', 'a'), null)
    assert.equal(await store.byKey('workflow', 'c'), {
      kind: 'workflow',
      id: 'w1',
      key: 'c',
      body: '"new"',
      revision: 2,
    })
    await store.change([insert('w3', 'a')])
  })

  it('refuses a change to what was changed meanwhile', async ({ store }) => {
    await store.change([insert('w1', 'a')])
    const update = (revision: number): CatalogueChange => (
      { op: 'update', kind: 'workflow', id: 'w1', key: 'a', body: '"new"', revision }
    )
    await store.change([update(1)])
    await rejects(store.change([update(1)]), RevisionError)
    await rejects(
      store.change([{ op: 'delete', kind: 'workflow', id: 'w1', revision: 1 }]),
      RevisionError,
    )
    await rejects(
      store.change([{ op: 'delete', kind: 'workflow', id: 'w9', revision: 1 }]),
      RevisionError,
    )
    await store.change([{ op: 'delete', kind: 'workflow', id: 'w1', revision: 2 }])
    assert.is(await store.byId('workflow', 'w1'), null)
    assert.is(await store.byKey('workflow', 'a'), null)
    await rejects(store.change([update(2)]), RevisionError)
  })

  it('lets one of many who change the same entry win', async ({ store }) => {
    await store.change([insert('w1', 'a')])
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        store.change([
          { op: 'update', kind: 'workflow', id: 'w1', key: 'a', body: `${i}`, revision: 1 },
        ])),
    )
    assert.is(results.filter((result) => result.status === 'fulfilled').length, 1)
  })

  it('applies changes in order, all or none', async ({ store }) => {
    await store.change([insert('w1', 'a'), insert('w2', 'b')])
    await rejects(
      store.change([
        insert('w3', 'c'),
        { op: 'update', kind: 'workflow', id: 'w1', key: 'd', body: '"new"', revision: 1 },
        { op: 'delete', kind: 'workflow', id: 'w2', revision: 7 },
      ]),
      RevisionError,
    )
    await rejects(store.change([insert('w3', 'c'), insert('w4', 'c')]), DuplicateKeyError)
    assert.equal((await store.list('workflow')).map(({ id, key }) => [id, key]), [
      ['w1', 'a'],
      ['w2', 'b'],
    ])
    await store.change([
      { op: 'delete', kind: 'workflow', id: 'w1', revision: 1 },
      insert('w3', 'a'),
      { op: 'update', kind: 'workflow', id: 'w3', key: 'c', body: '"new"', revision: 1 },
      { op: 'update', kind: 'workflow', id: 'w2', key: 'a', body: '{}', revision: 1 },
      { op: 'insert', kind: 'workbook', id: 'k', key: 'a', body: '{}' },
    ])
    assert.equal(
      (await store.list('workflow')).map(({ id, key, revision }) => [id, key, revision]),
      [['w2', 'a', 2], ['w3', 'c', 2]],
    )
    assert.is((await store.byKey('workflow', 'a'))?.id, 'w2')
    assert.is(await store.byKey('workflow', 'b'), null)
    assert.is((await store.byKey('workbook', 'a'))?.id, 'k')
  })

  it('keeps texts by hash', async ({ store }) => {
    await store.keepText('sha256:1', 'versión: "2.0"\n')
    await store.keepText('sha256:1', 'versión: "2.0"\n')
    assert.is(await store.text('sha256:1'), 'versión: "2.0"\n')
    assert.is(await store.text('sha256:2'), null)
  })

  it('does what the memory store does, whatever the history', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const store = await adapter.open()
        try {
          assert.equal(await differences(steps, store, new MemoryStore()), [])
        } finally {
          await store.close()
        }
      }),
      { numRuns: adapter.histories ?? 60 },
    )
  })

  it.run()
}
