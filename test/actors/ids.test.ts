import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idGenerator, shardOf, slotOf } from '../../actors/ids.ts'

const it = suite('ids')

it('rise within a millisecond, and when it has no room for more', () => {
  const newId = idGenerator({ now: () => 1000, random: () => 0.5 })
  const ids = Array.from({ length: 10_000 }, () => newId(7))
  assert.equal([...ids].sort(), ids)
  assert.is(new Set(ids).size, ids.length)
})

it('rise over those of a generator whose clock is ahead', () => {
  const ahead = idGenerator({ now: () => 5000, random: () => 0.9 })
  const behind = idGenerator({ now: () => 1000, random: () => 0.1 })
  const latest = [ahead(1), ahead(1)].at(-1)!
  behind.follow(latest)
  const next = [behind(1), behind(1)]
  assert.ok(latest < next[0]! && next[0]! < next[1]!)
})

it('are not held back by those of a generator whose clock is behind', () => {
  const behind = idGenerator({ now: () => 1000, random: Math.random })
  const ahead = idGenerator({ now: () => 5000, random: Math.random })
  const first = ahead(1)
  ahead.follow(behind(1))
  const second = ahead(1)
  assert.ok(first < second)
  assert.is(second.slice(0, 13), first.slice(0, 13))
})

it('tell the slot that they were made for', () => {
  const newId = idGenerator({ now: () => 1000, random: Math.random })
  assert.is(slotOf(newId(0xabc)), 0xabc)
  assert.is(shardOf(newId(4095), 16), 15)
})

it.run()
