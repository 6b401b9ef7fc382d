/** What ends the process of a worker. */
import { suite } from 'uvu'

const it = suite('a suite')
it('leaves something behind that throws', async () => {
  setTimeout(() => {
    throw new Error('out of the blue')
  })
  await new Promise(() => {})
})
it.run()
