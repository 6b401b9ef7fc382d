import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Edge } from './support.ts'

const NOBODY = '11111111-2222-3333-4444-555555555555'

const it = suite<{ edge: Edge }>('action executions')

it.before.each((context) => {
  context.edge = new Edge()
})

it('that are not kept answer at once', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/action_executions', {
    name: 'std.echo',
    input: '{"output": "Hello, Mistral!"}',
  })
  assert.is(status, 201)
  assert.equal(body, {
    id: null,
    workflow_name: null,
    workflow_namespace: '',
    task_name: null,
    task_execution_id: null,
    state: 'SUCCESS',
    state_info: null,
    tags: null,
    name: 'std.echo',
    description: null,
    project_id: null,
    accepted: null,
    input: '{"output": "Hello, Mistral!"}',
    output: '{"result": "Hello, Mistral!"}',
    created_at: null,
    updated_at: null,
  })
  assert.equal((await edge.get('/v2/action_executions')).body, { action_executions: [] })
})

it('that are kept are polled by their id', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/action_executions', {
    name: 'std.echo',
    input: { output: 'hi' },
    params: '{"save_result": true, "timeout": 5, "target": "somewhere", "unknown": 1}',
    description: 'dd',
  })
  assert.is(status, 201)
  assert.is(body.state, 'RUNNING')
  assert.is(body.output, null)
  assert.is(body.description, '')
  assert.is(body.created_at, '2026-01-02 03:04:05')
  assert.is((await edge.get(`/v2/action_executions/${body.id}`)).body.name, 'std.echo')
  const [command] = edge.engine.asked
  assert.equal(command, {
    type: 'runAction',
    id: body.id,
    project: '<default-project>',
    name: 'std.echo',
    namespace: '',
    input: { output: 'hi' },
    saveResult: true,
    runSync: false,
    timeoutMs: 5000,
  })
})

for (
  const [body, text] of [
    [{ input: { a: 1 } }, 'Please provide at least action name to run action.'],
    [{ name: 'std.echo', input: 'not json' }, 'Invalid input for field/attribute input'],
    [{ name: 'std.noop', params: { target: 5 } }, 'target must be the name of an executor, not 5'],
    [{ name: 'std.noop', params: { target: '' } }, 'target must be the name of an executor'],
  ] as const
) {
  it(`are not started by ${JSON.stringify(body)}`, async ({ edge }) => {
    const answer = await edge.send('POST', '/v2/action_executions', body)
    assert.is(answer.status, 400)
    assert.match(answer.body.faultstring, text)
    assert.is(edge.engine.asked.length, 0)
  })
}

for (
  const [body, output] of [
    [{ state: 'SUCCESS', output: { n: 1 } }, { n: 1 }],
    [{ state: 'SUCCESS', output: '{"n": 1}' }, { n: 1 }],
    [{ state: 'SUCCESS' }, {}],
    [{ state: 'SUCCESS', output: null }, null],
    [{ state: 'SUCCESS', output: 'null' }, null],
    [{ state: 'ERROR', output: { why: 1 } }, { why: 1 }],
    [{ state: 'ERROR', output: null }, 'Unknown error'],
    [{ state: 'CANCELLED', output: { x: 1 } }, null],
    [{ state: 'PAUSED' }, null],
  ] as const
) {
  it(`take the result ${JSON.stringify(body)}`, async ({ edge }) => {
    const { id } = await edge.rows.action({ state: 'RUNNING', sync: false })
    const answer = await edge.send('PUT', `/v2/action_executions/${id}`, body)
    assert.is(answer.status, 200)
    assert.equal(edge.engine.asked, [{ type: 'updateAction', id, state: body.state, output }])
  })
}

for (
  const [body, text] of [
    [
      { state: 'DELAYED' },
      "Expected one of ['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING']",
    ],
    [{ output: {} }, 'Expected one of'],
    [{ state: 'SUCCESS', output: '[]' }, 'must be a dictionary'],
    [{ state: 'SUCCESS', output: '[1]' }, 'must be a dictionary'],
    [{ state: 'SUCCESS', output: 'text' }, 'Invalid input for field/attribute output'],
    [{ state: 'SUCCESS', output: [1, 2] }, 'must be a dictionary'],
    [{ state: 'SUCCESS', output: 5 }, 'must be a dictionary'],
    [{ state: 'SUCCESS', output: '{not json' }, 'Invalid input for field/attribute output'],
  ] as const
) {
  it(`do not take the result ${JSON.stringify(body)}`, async ({ edge }) => {
    const { id } = await edge.rows.action({ state: 'RUNNING' })
    const answer = await edge.send('PUT', `/v2/action_executions/${id}`, body)
    assert.is(answer.status, 400)
    assert.match(answer.body.faultstring, text)
  })
}

it('take one result only', async ({ edge }) => {
  const { id } = await edge.rows.action({ state: 'SUCCESS' })
  const { status, body } = await edge.send('PUT', `/v2/action_executions/${id}`, { state: 'ERROR' })
  assert.is(status, 400)
  assert.match(body.faultstring, 'already completed')
  const unknown = await edge.send('PUT', `/v2/action_executions/${NOBODY}`, { state: 'SUCCESS' })
  assert.is(unknown.status, 404)
  assert.is(unknown.body.faultstring, `ActionExecution not found [id=${NOBODY}]`)
})

it('list with output where it is asked for', async ({ edge }) => {
  await edge.rows.action({ payloads: { output: { result: 1 } } })
  const plain = (await edge.get('/v2/action_executions/')).body.action_executions[0]
  assert.not('output' in plain)
  const full = await edge.get('/v2/action_executions?include_output=1&name=std.echo&accepted=1')
  assert.is(full.body.action_executions[0].output, '{"result": 1}')
  assert.is((await edge.get(`/v2/action_executions?name=x`)).body.action_executions.length, 0)
})

it('are deleted when they stand alone and have ended', async ({ edge }) => {
  const done = await edge.rows.action()
  assert.is((await edge.send('DELETE', `/v2/action_executions/${done.id}`)).status, 204)
  assert.is((await edge.send('DELETE', `/v2/action_executions/${done.id}`)).status, 404)
  const running = await edge.rows.action({ state: 'RUNNING' })
  const early = await edge.send('DELETE', `/v2/action_executions/${running.id}`)
  assert.is(early.status, 403)
  assert.match(early.body.faultstring, 'Only completed action execution can be deleted')
  const execution = await edge.rows.execution()
  const task = await edge.rows.task({ executionId: execution.context.id })
  const owned = await edge.rows.action({ taskId: task.context.id })
  const refused = await edge.send('DELETE', `/v2/action_executions/${owned.id}`)
  assert.is(refused.status, 403)
  assert.match(refused.body.faultstring, 'Only ad-hoc action execution can be deleted')
})

it('are not deleted where the operator does not allow it', async () => {
  const edge = new Edge({ config: { allowActionDeletion: false } })
  const { id } = await edge.rows.action()
  const { status, body } = await edge.send('DELETE', `/v2/action_executions/${id}`)
  assert.is(status, 403)
  assert.match(body.faultstring, 'Action execution deletion is not allowed')
})

it.run()
