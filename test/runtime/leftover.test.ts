import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message } from '../../actors/turn.ts'
import { Leftover } from '../../runtime/leftover.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'
import type { Lease } from '../../runtime/store/store.ts'

const it = suite('what turns leave over')

const SIZE = 3
const message = (number: number): Message => ({ type: 'notice.done', id: `n${number}` })

/** A turn takes a portion and leaves so many new messages, or another owner takes over. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('turn' as const), leaves: fc.nat(8) }),
  fc.constant({ kind: 'takeover' as const }),
)

async function commit(
  store: MemoryStore,
  lease: Lease,
  turn: number,
  leftover: Leftover,
  messages: Message[],
) {
  const { puts, deletes } = leftover.put(messages)
  const none = { enter: [], leave: [], timers: [], cleared: [], replies: [], cursor: null }
  await store.commit({ lease, turn, puts, deletes, ...none })
  return puts
}

it('is done in order, once, whoever owns the shard', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const store = new MemoryStore({ shards: 1 })
    const lease = (await store.acquire(0, 'me', 1000))!
    let leftover = new Leftover(SIZE)
    const wanted: Message[] = []
    let made = 0
    let turn = 0
    for (const now of steps) {
      if (now.kind === 'takeover') {
        leftover = new Leftover(SIZE)
        await leftover.load(store, 0)
        continue
      }
      const taken = leftover.take()
      assert.ok(taken.length <= SIZE)
      assert.equal(taken, wanted.splice(0, taken.length))
      const left = Array.from({ length: now.leaves }, () => message(++made))
      wanted.push(...left)
      await commit(store, lease, ++turn, leftover, left)
      assert.is(leftover.isEmpty, wanted.length === 0)
    }
    const rest: Message[] = []
    while (!leftover.isEmpty) {
      rest.push(...leftover.take())
      await commit(store, lease, ++turn, leftover, [])
    }
    assert.equal(rest, wanted)
    assert.equal(await store.read(0, [{ table: 'payload', id: 'queue' }]), [null])
  }))
})

it('writes each message once, however much is left', async () => {
  const store = new MemoryStore({ shards: 1 })
  const lease = (await store.acquire(0, 'me', 1000))!
  const leftover = new Leftover(100)
  let written =
    (await commit(store, lease, 1, leftover, Array.from({ length: 1000 }, (_, i) => message(i))))
      .length
  assert.is(written, 11, 'ten portions, and which they are')
  for (let turn = 2; !leftover.isEmpty; turn++) {
    leftover.take()
    written += (await commit(store, lease, turn, leftover, [])).length
  }
  assert.is(written, 20)
})

it.run()
