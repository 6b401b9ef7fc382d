/** What a worker has to notice, and to tell. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const it = suite('a suite')
it('passes', () => {})
it('differs', () => assert.equal({ a: 1 }, { a: 2 }))
it('throws', () => {
  throw new TypeError('as told')
})
it.run()

const hooked = suite('a suite with a hook')
hooked.before(() => {
  throw new Error('no way')
})
hooked('never comes to this', () => {})
hooked.run()
