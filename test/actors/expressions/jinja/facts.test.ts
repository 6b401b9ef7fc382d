import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EvaluationError } from '../../../../actors/expressions/errors.ts'
import { Jinja } from '../../../../actors/expressions/jinja/jinja.ts'
import { parseJson } from '../../../../actors/expressions/values/json.ts'
import { data, failures, values } from './facts.ts'
import { host } from './host.ts'
import { tagged } from './tagged.ts'

const jinja = new Jinja()
const shared = parseJson(data)
/** A scope has one budget, so every evaluation here has its own. */
const fresh = () => ({ data: shared, host })

const it = suite('jinja facts')

it(`evaluates ${values.length} templates as recorded`, () => {
  for (const [source, value] of values) {
    const actual = tagged(jinja.evaluateRaw(source, fresh()))
    assert.is(JSON.stringify(actual), JSON.stringify(value), source)
  }
})

it(`fails in ${failures.length} templates as recorded`, () => {
  for (const [source, kind] of failures) {
    try {
      tagged(jinja.evaluateRaw(source, fresh()))
    } catch (error) {
      assert.instance(error, Error, source)
      const found = error instanceof EvaluationError ? error.kind : kindOf(error)
      assert.is(found, kind, source)
      continue
    }
    assert.unreachable(`${source} does not fail`)
  }
})

it('leaves the data as it is', () => {
  assert.equal(shared, parseJson(data))
})

it.run()

/** A failure within a lazy result, which here is read only after the evaluation. */
function kindOf(error: unknown): unknown {
  return error instanceof Error && 'kind' in error ? error.kind : null
}
