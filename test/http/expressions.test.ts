import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Service, startService } from '../in-process.ts'

const it = suite<{ service: Service }>('/v2/expressions')

it.before(async (context) => {
  context.service = await startService()
})

it.after(({ service }) => service.close())

it('evaluates both languages over data', async ({ service }) => {
  const data = { a: [1, 2], __env: { e: 5 } }
  const expression = { yaql: '<% $.a.sum() %>', jinja: '{{ _.a|length }}', env: '<% env().e %>' }
  const { status, body } = await service.call('POST', '/v2/expressions/evaluate', {
    expression,
    data,
  })
  assert.is(status, 200)
  assert.equal(body.result, { yaql: 3, jinja: 2, env: 5 })
})

it('says what is wrong with an expression', async ({ service }) => {
  const { status, body } = await service.call('POST', '/v2/expressions/evaluate', {
    expression: '<% $.nope %>',
    data: {},
  })
  assert.is(status, 400)
  assert.match(body.faultstring, /Can not evaluate YAQL expression/)
})

it('accepts and refuses expressions without evaluating them', async ({ service }) => {
  const check = (expression: string) =>
    service.call('POST', '/v2/expressions/validate', { expression })
  assert.equal((await check('<% $.a %>')).body, { valid: true, error: null })
  const { body } = await check('<% $.a + %>')
  assert.is(body.valid, false)
  assert.type(body.error, 'string')
})

it.run()
