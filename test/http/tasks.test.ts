import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hashOf } from '../../runtime/catalogue/entries.ts'
import { Edge } from './support.ts'

const TEXT = `version: "2.0"
w:
  tasks:
    t:
      with-items: i in [1, 2]
      action: std.echo output=<% $.i %>
      on-error: u
    u:
      action: std.noop
      on-success:
        publish: {global: {g: 1}}
`
const NOBODY = '11111111-2222-3333-4444-555555555555'

const it = suite<{ edge: Edge; executionId: string }>('tasks')

it.before.each(async (context) => {
  const edge = new Edge()
  await edge.store.keepText(hashOf(TEXT), TEXT)
  const execution = await edge.rows.execution({
    workflowName: 'w',
    definition: hashOf(TEXT),
    payloads: { globals: { g: 2, other: 2 } },
  })
  Object.assign(context, { edge, executionId: execution.context.id })
})

it('show everything there is to know', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({
    executionId,
    name: 'u',
    payloads: { published: { x: 1.5 }, globals: { g: 1 } },
  })
  await edge.rows.action({ taskId: id, payloads: { output: { result: 'Hello' } } })
  const { status, body } = await edge.get(`/v2/tasks/${id}`)
  assert.is(status, 200)
  assert.equal(body, {
    id,
    name: 'u',
    type: 'ACTION',
    workflow_name: 'w',
    workflow_namespace: '',
    workflow_id: '00000000-0000-4000-8000-000000000001',
    workflow_execution_id: executionId,
    tags: [],
    state: 'SUCCESS',
    state_info: null,
    project_id: '<default-project>',
    runtime_context: '{}',
    published: '{"x": 1.5}',
    processed: true,
    created_at: '2026-01-02 03:04:05',
    updated_at: '2026-01-02 03:04:05',
    started_at: '2026-01-02 03:04:05',
    finished_at: '2026-01-02 03:04:05',
    result: '"Hello"',
    published_global: '{"g": 1}',
  })
})

it('have the result that counts', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({ executionId, name: 'u', state: 'RUNNING' })
  const result = async () => (await edge.get(`/v2/tasks/${id}`)).body.result
  await edge.rows.action({ taskId: id, accepted: false, payloads: { output: { result: 'old' } } })
  assert.is(await result(), '[]')
  await edge.rows.action({ taskId: id, payloads: { output: { result: null } } })
  assert.is(await result(), 'null')
})

it('with items have the results of all, in their order', async ({ edge, executionId }) => {
  const items = { count: 2, next: 2, running: 0, failed: 0, cancelled: 0, only: null }
  const { context: { id } } = await edge.rows.task({ executionId, items })
  await edge.rows.action({ taskId: id, index: 1, payloads: { output: { result: 2 } } })
  await edge.rows.action({ taskId: id, index: 0, payloads: { output: { result: 1.0 } } })
  const { body } = await edge.get(`/v2/tasks/${id}`)
  assert.is(body.result, '[1, 2]')
  assert.equal(JSON.parse(body.runtime_context), { with_items: { capacity: null, count: 2 } })
})

it('that ran workflows have their output', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({ executionId, name: 'u', type: 'WORKFLOW' })
  const child = { parentTaskId: id, rootId: executionId }
  await edge.rows.execution({
    ...child,
    state: 'ERROR',
    attempt: 1,
    payloads: { output: { old: 1 } },
  })
  await edge.rows.execution({ ...child, attempt: 2, payloads: { output: { v: 3 } } })
  assert.is((await edge.get(`/v2/tasks/${id}`)).body.result, '{"old": 1}')
})

it('list without results', async ({ edge, executionId }) => {
  await edge.rows.task({ executionId })
  const [task] = (await edge.get('/v2/tasks')).body.tasks
  assert.not('result' in task)
  assert.is(task.workflow_name, 'w')
  assert.is(task.published, '{}')
})

it('list by execution, state, name and whether processed', async ({ edge, executionId }) => {
  for (const [name, state] of [['a', 'SUCCESS'], ['b', 'ERROR'], ['c', 'SUCCESS']] as const) {
    await edge.rows.task({ executionId, name, state })
  }
  const other = await edge.rows.execution()
  await edge.rows.task({ executionId: other.context.id, name: 'z' })
  const names = async (query: string) => {
    const { body } = await edge.get(`/v2/tasks?${query}`)
    return body.tasks.map(({ name }: { name: string }) => name)
  }
  const here = `workflow_execution_id=${executionId}`
  assert.equal(await names(`${here}&sort_keys=name&sort_dirs=desc`), ['c', 'b', 'a'])
  assert.equal(await names(`${here}&state=ERROR`), ['b'])
  assert.equal(await names(`${here}&name=in:a,c`), ['a', 'c'])
  assert.equal(await names(`${here}&processed=true`), ['a', 'b', 'c'])
  assert.equal(await names(`${here}&processed=no`), [])
  assert.equal(await names(`${here}&processed=`), [], 'an empty boolean is false')
  assert.equal(await names('workflow_name=w&limit=1'), ['a'])
  assert.equal(await names(`workflow_execution_id=neq:${executionId}`), ['z'])
  assert.equal(await names('reset=true&env=x&limit=1'), ['a'])
  const unknown = await edge.get('/v2/tasks?result=1')
  assert.is(unknown.status, 400, 'no condition is dropped in silence')
  assert.match(unknown.body.faultstring, 'Unknown argument: "result"')
  const wrong = await edge.get('/v2/tasks?workflow_execution_id=no-uuid')
  assert.is(wrong.status, 400)
  assert.match(wrong.body.faultstring, 'Expected a uuid but received no-uuid.')
})

it('are not found', async ({ edge, executionId }) => {
  const { status, body } = await edge.get(`/v2/tasks/${NOBODY}`)
  assert.is(status, 404)
  assert.is(body.faultstring, `Task execution not found [id=${NOBODY}]`)
  const task = await edge.rows.task({ executionId })
  const other = { 'x-test-project': 'other' }
  assert.is((await edge.get(`/v2/tasks/${task.context.id}`, other)).status, 404)
  assert.equal((await edge.get('/v2/tasks', other)).body, { tasks: [] })
})

it('show their result among the fields asked for', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({ executionId, name: 'u' })
  assert.equal((await edge.get(`/v2/tasks/${id}?fields=name,result`)).body, {
    id,
    name: 'u',
    result: '[]',
  })
})

it('list their action executions', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({ executionId })
  const action = await edge.rows.action({ taskId: id, payloads: { output: { result: 1 } } })
  const path = `/v2/tasks/${id}/action_executions`
  const plain = (await edge.get(path)).body.action_executions
  assert.not('output' in plain[0])
  const full = (await edge.get(`${path}?include_output=true`)).body.action_executions
  assert.is(full[0].output, '{"result": 1}')
  assert.is((await edge.get(`${path}/${action.id}`)).body.output, '{"result": 1}')
  assert.is((await edge.get(`${path}/${NOBODY}`)).status, 404)
  const none = await edge.get(`/v2/tasks/${NOBODY}/action_executions`)
  assert.equal(none.body, { action_executions: [] })
  assert.is((await edge.get('/v2/tasks/x/action_executions')).status, 400)
})

for (
  const [body, text] of [
    [{ state: 'RUNNING', reset: true, name: 'zzz' }, 'Task name does not match.'],
    [{ state: 'RUNNING', reset: true, workflow_name: 'z' }, 'Workflow name does not match.'],
    [{ state: 'PAUSED' }, 'Invalid task state. Only updating task to rerun is supported.'],
    [{ reset: true }, 'Invalid task state. Only updating task to rerun is supported.'],
    [{ state: 'RUNNING' }, 'Reset field is mandatory to rerun task.'],
    [{ state: 'RUNNING', reset: null }, 'Reset field is mandatory to rerun task.'],
    [{ state: 'RUNNING', reset: false }, 'Only with-items task has the option to not reset.'],
  ] as const
) {
  it(`are not rerun by ${JSON.stringify(body)}`, async ({ edge, executionId }) => {
    const { context: { id } } = await edge.rows.task({ executionId, name: 'u', state: 'ERROR' })
    const answer = await edge.send('PUT', `/v2/tasks/${id}`, body)
    assert.is(answer.status, 400)
    assert.is(answer.body.faultstring, text)
    assert.is(edge.engine.asked.length, 0)
  })
}

it('are rerun and skipped only in ERROR', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({ executionId, name: 'u' })
  for (const body of [{ state: 'RUNNING', reset: true }, { state: 'SKIPPED' }]) {
    const answer = await edge.send('PUT', `/v2/tasks/${id}`, body)
    assert.is(answer.status, 400)
    assert.match(answer.body.faultstring, 'execution must be in ERROR')
  }
})

it('are rerun with another environment', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({ executionId, name: 't', state: 'ERROR' })
  const { status, body } = await edge.send('PUT', `/v2/tasks/${id}`, {
    id: 'ignored',
    name: 't',
    state: 'RUNNING',
    reset: false,
    env: '{"k": "v"}',
  })
  assert.is(status, 200)
  assert.is(body.state, 'RUNNING')
  assert.is(body.result, '[]')
  assert.equal(edge.engine.asked, [{ type: 'rerunTask', id, reset: false, env: { k: 'v' } }])
})

it('are rerun by truth values as others write them', async ({ edge, executionId }) => {
  for (const [reset, meant] of [[1, true], ['True', true], [0, false], ['false', false]] as const) {
    const { context: { id } } = await edge.rows.task({ executionId, name: 't', state: 'ERROR' })
    await edge.send('PUT', `/v2/tasks/${id}`, { state: 'RUNNING', reset })
    assert.equal(edge.engine.asked.at(-1), { type: 'rerunTask', id, reset: meant, env: null })
  }
})

it('are skipped', async ({ edge, executionId }) => {
  const { context: { id } } = await edge.rows.task({ executionId, name: 'u', state: 'ERROR' })
  const { body } = await edge.send('PUT', `/v2/tasks/${id}`, { state: 'SKIPPED' })
  assert.is(body.state, 'SKIPPED')
  assert.equal(edge.engine.asked, [{ type: 'skipTask', id }])
})

it.run()
