/**
 * Actions that are run by themselves, through the whole service.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Json, type Service, startService } from '../in-process.ts'
import { until } from './support.ts'

const ACTIONS = `version: '2.0'
later:
  base: std.async_noop
  output: {got: '<% $.n %>'}
wrong:
  base: std.async_noop
  output: '<% $.missing.field %>'
twice:
  base: std.echo output="<% $ %>"
shout:
  input: [text, {mark: '!'}]
  base: std.echo output="<% $.text %><% $.mark %>"
loop: {base: loop}
`

const it = suite<{ service: Service }>('a stand-alone action')

it.before(async (context) => {
  context.service = await startService()
  assert.is((await context.service.call('POST', '/v2/actions', ACTIONS)).status, 201)
})
it.after(({ service }) => service.close())

async function run(service: Service, name: string, input: object, params: object = {}) {
  const wish = { name, input, params }
  const { status, body } = await service.call('POST', '/v2/action_executions', wish)
  assert.is(status, 201, JSON.stringify(body))
  return body
}

async function ended(service: Service, id: string): Promise<Json> {
  return await until('the action ends', async () => {
    const { body } = await service.call('GET', `/v2/action_executions/${id}`)
    return body.state !== 'RUNNING' && body
  })
}

it('answers with its result, kept or not', async ({ service }) => {
  const plain = await run(service, 'std.echo', { output: 'hi' })
  assert.equal([plain.id, plain.state, plain.output], [null, 'SUCCESS', '{"result": "hi"}'])
  const kept = await run(service, 'std.js', { script: 'return 6 * 7' }, {
    run_sync: true,
    save_result: true,
  })
  assert.equal([kept.state, kept.accepted, kept.output], ['SUCCESS', true, '{"result": 42}'])
  const later = await run(service, 'std.echo', { output: 'hi', delay: 0.01 }, { save_result: true })
  assert.equal([later.state, later.output], ['RUNNING', null])
  assert.is((await ended(service, later.id)).output, '{"result": "hi"}')
})

for (
  const [wish, text] of [
    [{ name: 'std.nobody' }, 'Failed to find action [action_name=std.nobody'],
    [{ name: 'std.echo' }, "missing=['output']"],
    [{ name: 'std.noop', input: { x: 1 } }, "unexpected=['x']"],
    [{ name: 'shout' }, "missing=['text']"],
    [{ name: 'shout', input: { text: 'a', x: 1 } }, "unexpected=['x']"],
    [{ name: 'loop' }, 'Ad-hoc actions are based on each other: loop -> loop'],
    [{ name: 'std.async_noop', params: { run_sync: true } }, 'does not support synchronous'],
    [{ name: 'later', params: { run_sync: true } }, 'does not support synchronous'],
  ] as const
) {
  it(`is not started by ${JSON.stringify(wish)}`, async ({ service }) => {
    const { status, body } = await service.call('POST', '/v2/action_executions', wish)
    assert.is(status, 400)
    assert.match(body.faultstring, text)
    const list = await service.call('GET', `/v2/action_executions?state=RUNNING&name=${wish.name}`)
    assert.equal(list.body.action_executions, [])
  })
}

it('is kept if it is asynchronous, even if nobody asked', async ({ service }) => {
  for (const name of ['std.async_noop', 'later']) {
    const { id, state, description } = await run(service, name, {})
    assert.equal([state, description], ['RUNNING', ''])
    assert.is((await service.call('GET', `/v2/action_executions/${id}`)).status, 200)
  }
})

it('may be of another namespace', async ({ service }) => {
  const { status, body } = await service.call('POST', '/v2/action_executions', {
    name: 'shout',
    input: { text: 'a' },
    workflow_namespace: 'elsewhere',
  })
  assert.is(status, 201)
  assert.equal([body.workflow_namespace, body.output], ['elsewhere', '{"result": "a!"}'])
})

it('ends when its time is up, however that is written', async ({ service }) => {
  for (const timeout of ['0.05', '1e-2', 0.05]) {
    const { state, output } = await run(service, 'std.sleep', { seconds: 60 }, { timeout })
    assert.is(state, 'ERROR')
    assert.match(output, /Timeout after/)
  }
  // Whole numbers that are written as floats are floats here.
  const text = '{"name": "std.sleep", "input": {"seconds": 60}, "params": {"timeout": 1.0}}'
  const request = new Request('http://service/v2/action_executions', {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json' },
  })
  const response = await service.app.fetch(request)
  assert.match((await response.json() as Json).output, /Timeout after 1 seconds/)
  const wish = { name: 'std.noop', params: { timeout: 'soon' } }
  const { status, body } = await service.call('POST', '/v2/action_executions', wish)
  assert.is(status, 400)
  assert.is(body.faultstring, 'The parameter timeout must be a number of seconds, not soon')
})

it('transforms a result that comes from outside', async ({ service }) => {
  const { id } = await run(service, 'later', {})
  const path = `/v2/action_executions/${id}`
  const { status, body } = await service.call('PUT', path, { state: 'SUCCESS', output: { n: 5 } })
  assert.equal([status, body.state, body.output], [200, 'SUCCESS', '{"result": {"got": 5}}'])
  const wrong = await run(service, 'wrong', {})
  const answer = await service.call('PUT', `/v2/action_executions/${wrong.id}`, {
    state: 'SUCCESS',
    output: { n: 5 },
  })
  assert.is(answer.body.state, 'ERROR')
  assert.match(answer.body.output, /missing/)
})

it('leaves errors and cancellations from outside as they are', async ({ service }) => {
  for (
    const [report, output] of [
      [{ state: 'ERROR', output: { why: 1 } }, '{"result": {"why": 1}}'],
      [{ state: 'ERROR' }, '{"result": "Unknown error"}'],
      [{ state: 'CANCELLED', output: { why: 1 } }, '{"result": null}'],
    ] as const
  ) {
    const { id } = await run(service, 'later', {})
    const { body } = await service.call('PUT', `/v2/action_executions/${id}`, report)
    assert.equal([body.state, body.output], [report.state, output])
    const again = await service.call('PUT', `/v2/action_executions/${id}`, report)
    assert.is(again.status, 400)
  }
})

it('is held and let go on', async ({ service }) => {
  const { id } = await run(service, 'later', {})
  const path = `/v2/action_executions/${id}`
  for (const state of ['PAUSED', 'RUNNING', 'RUNNING']) {
    const { status, body } = await service.call('PUT', path, { state })
    assert.equal([status, body.state], [200, state])
    assert.is((await service.call('DELETE', path)).status, 403)
  }
  await service.call('PUT', path, { state: 'SUCCESS', output: { n: 1 } })
  assert.is((await service.call('DELETE', path)).status, 204)
  assert.is((await service.call('GET', path)).status, 404)
})

it('is given and returns no more than there is room for', async ({ service }) => {
  const large = 'x'.repeat(1_100_000)
  const wish = { name: 'std.echo', input: { output: large } }
  const { status, body } = await service.call('POST', '/v2/action_executions', wish)
  assert.is(status, 400)
  assert.match(body.faultstring, /Field size limit exceeded .*field=input/)
  const made = await run(service, 'std.test_dict', { size: 300_000 }, {
    run_sync: true,
    save_result: true,
  })
  assert.is(made.state, 'ERROR')
  assert.match(made.output, /Field size limit exceeded .*field=output/)
})

it.run()
