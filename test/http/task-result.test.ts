import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { taskResult } from '../../actors/task/result.ts'

const child = (index: number, result: unknown, accepted = true) => ({ index, accepted, result })

const it = suite('the result of a task')

it('is that of the one that counts', () => {
  assert.is(taskResult<unknown>(false, [child(0, 'old', false), child(0, null)]), null)
})

it('is empty if none counts, and a list if several do', () => {
  assert.equal(taskResult<unknown>(false, [child(0, 1, false)]), [])
  assert.equal(taskResult<unknown>(false, [child(1, 2), child(0, 1)]), [1, 2])
})

it('is a list in the order of items', () => {
  assert.equal(taskResult<unknown>(true, [child(1, 'b'), child(0, 'a'), child(0, 'x', false)]), [
    'a',
    'b',
  ])
  assert.equal(taskResult<unknown>(true, [child(0, 'a')]), ['a'])
})

it.run()
