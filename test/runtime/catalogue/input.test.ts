import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { complete } from '../../../runtime/catalogue/input.ts'

const callee = {
  name: 'w',
  kind: 'DirectWorkflowSpec',
  parameters: [
    { name: 'a', required: true, default: null },
    { name: 'b', required: false, default: [1] },
  ],
}

const it = suite('the input of a workflow')

it('is completed with defaults', () => {
  assert.equal(complete(callee, { a: 1 }), { a: 1, b: [1] })
})

it('keeps what is given, null too', () => {
  const given = { b: null, a: null }
  assert.is(complete(callee, given), given)
})

it('names what is missing and what is too much', () => {
  assert.throws(
    () => complete(callee, { c: 1, d: 2 }),
    (error: Error) =>
      error.message ===
        "Invalid input [name=w, class=DirectWorkflowSpec, missing=['a'], unexpected=['c', 'd']]",
  )
})

it('may have keys that plain objects have no room for', () => {
  const parameters = [{ name: '__proto__', required: false, default: 1 }]
  const completed = complete({ name: 'w', kind: 'k', parameters }, {})
  assert.equal([...(completed as Map<string, number>)], [['__proto__', 1]])
})

it.run()
