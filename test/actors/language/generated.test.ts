import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const generated = suite('generated validators')

const folder = new URL('../../../actors/language/', import.meta.url)
const generator = new URL('generate-validators.ts', folder)

generated('are what the schemas say: else run `npm run generate`', async () => {
  // Built code has neither schemas nor sources beside it.
  if (!existsSync(generator)) return
  const { generateValidators } = await import(generator.href)
  const committed = readFileSync(new URL('validators.generated.js', folder), 'utf8')
  assert.is(committed === generateValidators(), true)
})

generated('import nothing and make no functions from text', () => {
  const code = readFileSync(new URL('validators.generated.js', folder), 'utf8')
  assert.not.match(code, /\brequire\(|\bimport\b|\bnew Function\b|\beval\(/)
})

generated.run()
