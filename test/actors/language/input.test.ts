import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { completeInput } from '../../../actors/language/input.ts'

const callee = {
  name: 'w',
  className: 'DirectWorkflowSpec',
  parameters: [
    { name: 'a' },
    { name: 'b', default: [1] },
  ],
}

const it = suite('the input of a workflow')

it('is completed with defaults', () => {
  assert.equal(completeInput(callee, { a: 1 }), { a: 1, b: [1] })
})

it('keeps what is given, null too', () => {
  const given = { b: null, a: null }
  assert.is(completeInput(callee, given), given)
})

it('names what is missing and what is too much', () => {
  assert.throws(
    () => completeInput(callee, { c: 1, d: 2 }),
    (error: Error) =>
      error.message ===
        "Invalid input [name=w, class=DirectWorkflowSpec, missing=['a'], unexpected=['c', 'd']]",
  )
})

it('may have keys that plain objects have no room for', () => {
  const parameters = [{ name: '__proto__', default: 1 }]
  const completed = completeInput({ name: 'w', className: 'k', parameters }, {})
  assert.equal([...(completed as Map<string, number>)], [['__proto__', 1]])
})

it.run()
