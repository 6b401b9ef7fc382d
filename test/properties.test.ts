import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { briefly } from './properties.ts'

const it = suite('a property that does not hold')

/** What is said of it, and how often it was tried. */
async function failed(shrinkMs: number): Promise<{ message: string; tries: number }> {
  let tries = 0
  const property = fc.asyncProperty(fc.nat(), async (n) => {
    tries++
    assert.equal(await Promise.resolve({ n }), { n: n < 100 ? n : 'small' })
  })
  try {
    await fc.assert(property, { seed: 7, plugins: [briefly(shrinkMs)] })
  } catch (error) {
    return { message: (error as Error).message, tries }
  }
  throw new Error('It should not hold')
}

it('says what differs in the smallest example, and how to see it again', async () => {
  const { message } = await failed(60_000)
  assert.match(message, /"n":·100[^]*"n":·"small"/)
  assert.match(message, 'seed: 7')
  assert.match(message, 'Counterexample: [100]')
})

it('is not made smaller for longer than it may take', async () => {
  const { message, tries } = await failed(-1)
  assert.match(message, 'Shrunk 0 time(s)')
  assert.match(message, `after ${tries} tests`)
})

it.run()
