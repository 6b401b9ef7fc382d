import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startService } from '../in-process.ts'
import { Edge } from './support.ts'

const PING = `version: "2.0"
ping:
  input: [host, {count: 3}]
  tags: [a]
  tasks: {t1: {action: std.noop}}
`
const NOBODY = '11111111-2222-3333-4444-555555555555'

const it = suite<{ edge: Edge; workflowId: string }>('executions')

it.before.each(async (context) => {
  context.edge = new Edge()
  const { body } = await context.edge.send('POST', '/v2/workflows', PING)
  context.workflowId = body.workflows[0].id
})

const started = (edge: Edge) => edge.engine.asked.filter(({ type }) => type === 'startExecution')

it('are started by name, with defaults filled in', async ({ edge, workflowId }) => {
  const { status, body } = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input: { host: 'h1' },
    params: { env: { dc: 'x' } },
    description: 'try',
  })
  assert.is(status, 201)
  assert.equal({ ...body, id: '', input: '', params: '' }, {
    id: '',
    workflow_id: workflowId,
    workflow_name: 'ping',
    workflow_namespace: '',
    description: 'try',
    tags: [],
    params: '',
    task_execution_id: null,
    root_execution_id: null,
    cron_trigger_id: null,
    state: 'RUNNING',
    state_info: null,
    input: '',
    output: '{}',
    created_at: '2026-01-02 03:04:05',
    updated_at: '2026-01-02 03:04:05',
    project_id: '<default-project>',
  })
  assert.equal(JSON.parse(body.input), { host: 'h1', count: 3 })
  assert.equal(JSON.parse(body.params), { env: { dc: 'x' }, namespace: '' })
})

it('are started by id, and by a name given as an id', async ({ edge, workflowId }) => {
  for (const workflow_id of [workflowId, 'ping']) {
    const { status, body } = await edge.send('POST', '/v2/executions', {
      workflow_id,
      input: '{"host": 1.0}',
    })
    assert.is(status, 201)
    assert.is(body.workflow_id, workflowId)
    assert.is(body.input, '{"host": 1.0, "count": 3}')
  }
})

it('are started with null and empty for nothing given', async ({ edge }) => {
  const { status } = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input: '{"host": 1}',
    params: null,
    description: null,
  })
  assert.is(status, 201)
  const empty = { workflow_name: 'ping', params: 'null', input: '' }
  const { body } = await edge.send('POST', '/v2/executions', empty)
  assert.match(body.faultstring, "missing=['host']")
})

it('need a workflow', async ({ edge }) => {
  const none = await edge.send('POST', '/v2/executions', {})
  assert.is(none.status, 400)
  assert.is(
    none.body.faultstring,
    'Workflow ID or workflow name must be provided. Workflow ID is recommended.',
  )
  const unknown = await edge.send('POST', '/v2/executions', { workflow_name: 'nobody' })
  assert.is(unknown.status, 404)
  const elsewhere = { workflow_name: 'ping', workflow_namespace: 'other' }
  const { status, body } = await edge.send('POST', '/v2/executions', elsewhere)
  assert.is(status, 404)
  assert.is(
    body.faultstring,
    'Workflow not found [workflow_identifier=ping, namespace=other]',
  )
})

it('take the input that the workflow declares', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input: { zzz: 1 },
  })
  assert.is(status, 400)
  assert.is(
    body.faultstring,
    "Invalid input [name=ping, class=DirectWorkflowSpec, missing=['host'], unexpected=['zzz']]",
  )
})

it('take an environment by its name', async ({ edge }) => {
  const input = { host: 'h' }
  const missing = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input,
    params: { env: 'prod' },
  })
  assert.is(missing.status, 400)
  assert.is(missing.body.faultstring, 'Environment is not found: prod')
  await edge.send('POST', '/v2/environments', { name: 'prod', variables: { a: 1 } })
  const { body } = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input,
    params: { env: 'prod', colour: 'red' },
  })
  assert.equal(JSON.parse(body.params), { env: { a: 1 }, colour: 'red', namespace: '' })
})

it('have the id that the client chose, and are started once', async ({ edge }) => {
  const wish = { id: NOBODY, workflow_name: 'ping', input: { host: 'h' } }
  const first = await edge.send('POST', '/v2/executions', wish)
  const again = await edge.send('POST', '/v2/executions', { ...wish, input: { host: 'other' } })
  assert.is(first.status, 201)
  assert.is(again.status, 201)
  assert.equal(again.body, first.body)
  assert.is(started(edge).length, 1)
  const other = await edge.send('POST', '/v2/executions', wish, { 'x-test-project': 'other' })
  assert.is(other.status, 404)
})

it('have no id that a store could stumble over', async ({ edge }) => {
  for (const id of ['x'.repeat(65), 'a/b', 'a:b', 'ü']) {
    const wish = { id, workflow_name: 'ping', input: { host: 'h' } }
    assert.is((await edge.send('POST', '/v2/executions', wish)).status, 400)
    assert.is((await edge.get(`/v2/executions/${encodeURIComponent(id)}`)).status, 404)
  }
})

it('are based on another execution', async ({ edge, workflowId }) => {
  const first = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input: { host: 'h' },
    params: { env: { a: 1 }, notify: [{ type: 'noop' }], mine: [1] },
  })
  const source_execution_id = first.body.id
  const { status, body } = await edge.send('POST', '/v2/executions', {
    source_execution_id,
    description: 'again',
  })
  assert.is(status, 201)
  assert.is.not(body.id, source_execution_id)
  assert.is(body.workflow_id, workflowId)
  assert.is(body.description, `again Based on the execution '${source_execution_id}'`)
  assert.is(body.input, first.body.input)
  assert.equal(JSON.parse(body.params), JSON.parse(first.body.params))
  const undescribed = await edge.send('POST', '/v2/executions', { source_execution_id })
  assert.is(undescribed.body.description, `Based on the execution '${source_execution_id}'`)
})

it('take what they are given over what they are based on', async ({ edge }) => {
  const first = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input: { host: { name: 'h', port: 1 }, count: 1 },
    params: { env: { a: 1, b: { c: 1, d: 1 } } },
  })
  const source_execution_id = first.body.id
  const again = await edge.send('POST', '/v2/executions', {
    source_execution_id,
    input: '{"host": {"port": 2.0}}',
    params: { env: { b: { c: 2 }, e: 3 }, mine: true },
  })
  assert.is(again.status, 201)
  assert.is(again.body.input, '{"host": {"name": "h", "port": 2.0}, "count": 1}')
  const params = { env: { a: 1, b: { c: 2, d: 1 }, e: 3 }, mine: true, namespace: '' }
  assert.equal(JSON.parse(again.body.params), params)

  const { body: { workflows } } = await edge.send(
    'POST',
    '/v2/workflows',
    `{"version": "2.0", "pong": {"input": ["host", "count"], "tasks": {"t": {"action": "std.noop"}}}}`,
  )
  for (const workflow of [{ workflow_name: 'pong' }, { workflow_id: workflows[0].id }]) {
    const other = await edge.send('POST', '/v2/executions', { source_execution_id, ...workflow })
    assert.is(other.body.workflow_name, 'pong')
    assert.is(other.body.input, first.body.input)
  }
  const wrong = { source_execution_id, input: { zzz: 1 } }
  assert.match((await edge.send('POST', '/v2/executions', wrong)).body.faultstring, /\['zzz'\]/)
})

it('are based on an execution that the caller sees', async ({ edge }) => {
  const unknown = { source_execution_id: NOBODY, workflow_name: 'ping', input: { host: 'h' } }
  assert.is((await edge.send('POST', '/v2/executions', unknown)).status, 404)
  const first = await edge.send('POST', '/v2/executions', { ...unknown, source_execution_id: null })
  const wish = { source_execution_id: first.body.id }
  const other = await edge.send('POST', '/v2/executions', wish, { 'x-test-project': 'other' })
  assert.is(other.status, 404)
  assert.is(other.body.faultstring, `WorkflowExecution not found [id=${first.body.id}]`)
  await edge.send('DELETE', '/v2/workflows/ping')
  assert.is((await edge.send('POST', '/v2/executions', wish)).status, 404)
})

it('are based on what a sub-workflow was started with, on their own', async ({ edge }) => {
  const { body: { workflows: [{ id: workflowId }] } } = await edge.send(
    'POST',
    '/v2/workflows?namespace=ops',
    '{"version": "2.0", "sub": {"input": ["x"], "tasks": {"t": {"action": "std.noop"}}}}',
  )
  const parent = await edge.rows.execution()
  const task = await edge.rows.task({ executionId: parent.context.id })
  const child = await edge.rows.execution({
    workflowId,
    workflowName: 'sub',
    workflowNamespace: 'ops',
    rootId: parent.context.id,
    parentTaskId: task.context.id,
    parentExecutionId: parent.context.id,
    payloads: {
      input: { x: 1 },
      params: {
        env: { a: 1 },
        namespace: 'top',
        root_execution_id: parent.context.id,
        task_execution_id: task.context.id,
        index: 3,
      },
    },
  })
  const { body } = await edge.send('POST', '/v2/executions', {
    source_execution_id: child.context.id,
  })
  assert.is(body.workflow_namespace, 'ops')
  assert.is(body.root_execution_id, null)
  assert.is(body.task_execution_id, null)
  assert.is(body.input, '{"x": 1}')
  assert.equal(JSON.parse(body.params), { env: { a: 1 }, namespace: 'ops' })
})

it('take no more input than they may hold', async () => {
  const edge = new Edge({ config: { maxFieldBytes: 1024 } })
  await edge.send('POST', '/v2/workflows', PING)
  const { status, body } = await edge.send('POST', '/v2/executions', {
    workflow_name: 'ping',
    input: { host: 'x'.repeat(3000) },
  })
  assert.is(status, 400)
  assert.match(body.faultstring, /Field size limit exceeded .*field=input, size=2KB, limit=1KB/)
})

it('show output and global variables one by one', async ({ edge }) => {
  const text = `version: "2.0"
g:
  tasks: {t: {on-success: {publish: {global: {g: 2}}}}}
`
  await edge.send('POST', '/v2/workflows', text)
  const { body: { id } } = await edge.send('POST', '/v2/executions', { workflow_name: 'g' })
  const row = (await edge.get(`/v2/executions/${id}`)).body
  assert.is(row.published_global, '{}')
  const { definition } = started(edge)[0] as { definition: string }
  const done = await edge.rows.execution({
    workflowName: 'g',
    definition,
    payloads: { output: { b: 1.5 }, globals: { g: 2, v: 'var' } },
  })
  const { body } = await edge.get(`/v2/executions/${done.context.id}`)
  assert.is(body.output, '{"b": 1.5}')
  assert.is(body.published_global, '{"g": 2}')
})

it('do not show as published what vars has', async ({ edge }) => {
  const text = `version: "2.0"
vars:
  vars: {v: 1}
  tasks: {t: {on-success: {publish: {global: {g: 2, v: 3}}}}}
`
  await edge.send('POST', '/v2/workflows', text)
  await edge.send('POST', '/v2/executions', { workflow_name: 'vars' })
  const { definition } = started(edge)[0] as { definition: string }
  const payloads = { globals: { g: 2, v: 3 } }
  const done = await edge.rows.execution({ workflowName: 'vars', definition, payloads })
  assert.is((await edge.get(`/v2/executions/${done.context.id}`)).body.published_global, '{"g": 2}')
})

it('are shown by the fields asked for', async ({ edge }) => {
  const { context: { id } } = await edge.rows.execution()
  const { body } = await edge.get(`/v2/executions/${id}?fields=description`)
  assert.equal(body, { id, description: '' })
  assert.is((await edge.get(`/v2/executions/${id}?fields=foo`)).status, 400)
  assert.is((await edge.get(`/v2/executions/${id}?foo=1`)).status, 400)
})

for (const id of [NOBODY, 'not-a-uuid']) {
  it(`are not found under ${id}`, async ({ edge }) => {
    const { status, body } = await edge.get(`/v2/executions/${id}`)
    assert.is(status, 404)
    assert.is(body.faultstring, `WorkflowExecution not found [id=${id}]`)
  })
}

it('of other projects do not exist', async ({ edge }) => {
  const { context: { id } } = await edge.rows.execution({ project: 'theirs' })
  assert.is((await edge.get(`/v2/executions/${id}`)).status, 404)
  assert.is((await edge.send('PUT', `/v2/executions/${id}`, { state: 'PAUSED' })).status, 404)
  assert.is((await edge.send('DELETE', `/v2/executions/${id}`)).status, 404)
  assert.equal((await edge.get('/v2/executions')).body, { executions: [] })
  const admin = { 'x-test-admin': 'yes' }
  assert.is((await edge.get('/v2/executions', admin)).body.executions.length, 1)
  assert.is((await edge.get('/v2/executions?project_id=theirs')).status, 400)
  const uuid = NOBODY.replaceAll('-', '')
  assert.is((await edge.get(`/v2/executions?project_id=${uuid}`)).status, 403)
})

it('list without output, unless asked for', async ({ edge }) => {
  await edge.rows.execution({ payloads: { output: { v: 3 } } })
  const plain = (await edge.get('/v2/executions')).body.executions[0]
  assert.not('output' in plain)
  const full = (await edge.get('/v2/executions?include_output=true')).body.executions[0]
  assert.is(full.output, '{"v": 3}')
  const fields = (await edge.get('/v2/executions?fields=state,workflow_name')).body.executions[0]
  assert.equal(Object.keys(fields), ['id', 'workflow_name', 'state'])
})

it('are filtered, sorted and paged', async ({ edge }) => {
  for (const [n, state] of [[1, 'SUCCESS'], [2, 'ERROR'], [3, 'SUCCESS']] as const) {
    await edge.rows.execution({ description: `d${n}`, state, payloads: { input: { n } } })
  }
  const descriptions = async (query: string) => {
    const { body } = await edge.get(`/v2/executions?${query}`)
    return body.executions.map((one: { description: string }) => one.description)
  }
  assert.equal(await descriptions(''), ['d1', 'd2', 'd3'])
  assert.equal(await descriptions('sort_dirs=desc'), ['d3', 'd2', 'd1'])
  assert.equal(await descriptions('state=ERROR'), ['d2'])
  assert.equal(await descriptions('state=neq:ERROR'), ['d1', 'd3'])
  assert.equal(await descriptions('state=NONSENSE'), [])
  assert.equal(await descriptions('input={"n":2}'), ['d2'])
  assert.equal(await descriptions('sort_keys=Description&sort_dirs=DESC&limit=2'), ['d3', 'd2'])
  const first = await edge.get(
    '/v2/executions?sort_keys=description&limit=2&state=in:SUCCESS,ERROR',
  )
  assert.match(first.body.next, 'state=in:SUCCESS,ERROR')
  const rest = await edge.get(first.body.next)
  assert.equal(rest.body.executions[0].description, 'd3')
  assert.not('next' in rest.body)
})

it('are looked up by what must be null', async ({ edge }) => {
  const root = await edge.rows.execution()
  await edge.rows.execution({ rootId: root.context.id })
  const { body } = await edge.get('/v2/executions?nulls=root_execution_id')
  assert.equal(body.executions.map(({ id }: { id: string }) => id), [root.context.id])
  assert.is((await edge.get('/v2/executions?nulls=')).body.executions.length, 2)
  const invalid = await edge.get('/v2/executions?nulls=invalid')
  assert.is(invalid.body.faultstring, "'invalid' is not a valid field name.")
  const never = await edge.get('/v2/executions?nulls=id')
  assert.is(never.body.faultstring, "The field 'id' can't hold None value.")
})

for (
  const [body, text] of [
    [{}, 'The property state, description, or env is not provided for update.'],
    [{ state: '' }, 'The property state, description, or env is not provided for update.'],
    [{ description: 'd', state: 'PAUSED' }, 'description must be updated separately from state.'],
    [{ state: 'PAUSED', params: { env: { a: 1 } } }, 'env can only be updated when workflow'],
    [{ state: 'NONSENSE' }, 'Cannot change state to NONSENSE. Allowed states are:'],
    [{ state: 'IDLE' }, 'Cannot change state to IDLE'],
  ] as const
) {
  it(`are not updated by ${JSON.stringify(body)}`, async ({ edge }) => {
    const { context: { id } } = await edge.rows.execution({ state: 'RUNNING' })
    const answer = await edge.send('PUT', `/v2/executions/${id}`, body)
    assert.is(answer.status, 400)
    assert.match(answer.body.faultstring, text)
    assert.is(edge.engine.asked.length, 0)
  })
}

it('that are unknown are not found, whatever the update', async ({ edge }) => {
  const { status } = await edge.send('PUT', `/v2/executions/${NOBODY}`, { state: 'STOPPED' })
  assert.is(status, 404)
})

it('keep their environment while they run', async ({ edge }) => {
  const { context: { id } } = await edge.rows.execution({ state: 'RUNNING' })
  const { status, body } = await edge.send('PUT', `/v2/executions/${id}`, {
    params: '{"env": {"a": "new"}}',
  })
  assert.is(status, 403)
  const ended = (await edge.rows.execution({ state: 'SUCCESS' })).context.id
  const wrong = { params: { env: 5 } }
  assert.is((await edge.send('PUT', `/v2/executions/${ended}`, wrong)).status, 403)
  const failed = (await edge.rows.execution({ state: 'ERROR' })).context.id
  const refused = await edge.send('PUT', `/v2/executions/${failed}`, wrong)
  assert.is(refused.status, 400)
  assert.match(refused.body.faultstring, 'env must be an object')
  assert.match(body.faultstring, 'Updating env to workflow execution is only permitted')
})

it('are updated, and shown whole', async ({ edge }) => {
  const { context: { id } } = await edge.rows.execution({ state: 'RUNNING' })
  const path = `/v2/executions/${id}`
  const stopped = await edge.send('PUT', path, { state: 'ERROR', state_info: 'Forced' })
  assert.is(stopped.status, 200)
  assert.is(stopped.body.state, 'ERROR')
  assert.is(stopped.body.state_info, 'Forced')
  const described = await edge.send('PUT', path, { description: 'new', params: { env: { a: 1 } } })
  assert.is(described.body.description, 'new')
  assert.is(described.body.output, '{}')
  assert.equal(edge.engine.asked.at(-1), {
    type: 'updateExecution',
    id,
    state: null,
    stateInfo: null,
    description: 'new',
    env: { a: 1 },
  })
})

it('that are started are RUNNING, even if they have ended meanwhile', async ({ edge }) => {
  const { ask } = edge.engine
  edge.engine.ask = async (command) => {
    const answer = await ask.call(edge.engine, command) as { execution: object }
    return {
      ...answer,
      execution: { ...answer.execution, value: 'ERROR' },
      output: '{"v": 1}',
    } as never
  }
  const wish = { workflow_name: 'ping', input: { host: 'h' } }
  const { body } = await edge.send('POST', '/v2/executions', wish)
  assert.is(body.state, 'RUNNING')
  assert.is(body.output, '{}')
})

it('that are started tell at once that their text is wrong', async () => {
  const service = await startService()
  try {
    const definition = `
version: '2.0'
wrong: {tasks: {t: {action: std.echo output=<% $.nobody %>}}}`
    await service.call('POST', '/v2/workflows', definition)
    const { body } = await service.call('POST', '/v2/executions', { workflow_name: 'wrong' })
    assert.is(body.state, 'ERROR')
    assert.match(body.state_info, 'Can not evaluate YAQL expression [expression=$.nobody')
  } finally {
    await service.close()
  }
})

it('that are resumed are RUNNING, even if they have ended meanwhile', async ({ edge }) => {
  const { context: { id } } = await edge.rows.execution({ state: 'PAUSED' })
  const { ask } = edge.engine
  edge.engine.ask = async (command) => {
    const answer = await ask.call(edge.engine, command)
    await edge.rows.execution({ id, state: 'SUCCESS', payloads: { output: { v: 1 } } })
    return answer as never
  }
  const { body } = await edge.send('PUT', `/v2/executions/${id}`, { state: 'RUNNING' })
  assert.is(body.state, 'RUNNING')
  assert.is(body.output, '{}')
  assert.is((await edge.get(`/v2/executions/${id}`)).body.output, '{"v": 1}')
})

it('are deleted when finished, or by force', async ({ edge }) => {
  const { context: { id } } = await edge.rows.execution({ state: 'RUNNING' })
  const path = `/v2/executions/${id}`
  const refused = await edge.send('DELETE', path)
  assert.is(refused.status, 403)
  assert.is(
    refused.body.faultstring,
    'Only completed executions can be deleted. Use --force to override this. ' +
      `Execution ${id} is in RUNNING state`,
  )
  assert.is((await edge.send('DELETE', `${path}?force=false`)).status, 403)
  assert.is((await edge.send('DELETE', `${path}?force=True`)).status, 204)
  assert.is((await edge.get(path)).status, 404)
  const done = await edge.rows.execution()
  assert.is((await edge.send('DELETE', `/v2/executions/${done.context.id}`)).status, 204)
})

it.run()

const tree = suite<{ edge: Edge; root: string; middle: string; owner: string }>('execution trees')

/** root: a (ERROR, sub-workflow middle), b; middle: c (SUCCESS, sub-workflow leaf), d (ERROR). */
tree.before.each(async (context) => {
  const edge = new Edge()
  const { rows } = edge
  const root = (await rows.execution({ workflowName: 'root', state: 'ERROR' })).context.id
  const a = await rows.task({ executionId: root, name: 'a', type: 'WORKFLOW', state: 'ERROR' })
  await rows.task({ executionId: root, name: 'b', retryNo: 3 })
  const owner = a.context.id
  const middle = (await rows.execution({
    workflowName: 'middle',
    rootId: root,
    parentTaskId: owner,
    state: 'ERROR',
  })).context.id
  const c = await rows.task({ executionId: middle, name: 'c', type: 'WORKFLOW' })
  const d = await rows.task({ executionId: middle, name: 'd', state: 'ERROR' })
  await rows.action({ taskId: d.context.id, name: 'std.fail', state: 'ERROR' })
  await rows.execution({ workflowName: 'leaf', rootId: root, parentTaskId: c.context.id })
  Object.assign(context, { edge, root, middle, owner })
})

tree('are listed flat, depth first', async ({ edge, root }) => {
  const names = async (query: string) => {
    const { body } = await edge.get(`/v2/executions/${root}/executions?${query}`)
    return body.executions.map((one: { workflow_name: string }) => one.workflow_name)
  }
  assert.equal(await names('max_depth=-1&errors_only='), ['root', 'middle', 'leaf'])
  assert.equal(await names('max_depth=0'), ['root'])
  assert.equal(await names('max_depth=1'), ['root', 'middle'])
  assert.equal(await names('errors_only=True'), ['root', 'middle'])
})

tree('are listed below a task', async ({ edge, owner, root }) => {
  const names = async (path: string) => {
    const { body } = await edge.get(path)
    return body.executions.map((one: { workflow_name: string }) => one.workflow_name)
  }
  assert.equal(await names(`/v2/tasks/${owner}/executions`), ['middle', 'leaf'])
  assert.equal(await names(`/v2/tasks/${owner}/executions?max_depth=0`), ['middle'])
  assert.equal(await names(`/v2/tasks/${owner}/workflow_executions`), ['middle'])
  assert.equal(await names(`/v2/executions?task_execution_id=${owner}`), ['middle'])
  assert.equal(await names(`/v2/executions?root_execution_id=${root}`), ['middle', 'leaf'])
  assert.equal(await names(`/v2/executions?root_execution_id=${root}&sort_dirs=desc`), [
    'leaf',
    'middle',
  ])
  assert.is((await edge.get('/v2/tasks/no-uuid/executions')).status, 400)
  assert.is((await edge.get(`/v2/tasks/${root}/executions`)).status, 404)
})

tree('list the tasks of one', async ({ edge, root }) => {
  const { body } = await edge.get(`/v2/executions/${root}/tasks?limit=1&fields=name`)
  assert.equal(Object.keys(body.tasks[0]), ['id', 'name'])
  assert.match(body.next, `/v2/tasks?sort_keys=created_at,id`)
  assert.match(body.next, `workflow_execution_id=eq:${root}`)
  const rest = await edge.get(body.next)
  assert.is(rest.body.tasks[0].name, 'b')
  assert.is((await edge.get('/v2/executions/no-uuid/tasks')).status, 400)
  assert.is((await edge.get(`/v2/executions/${NOBODY}/tasks`)).status, 404)
})

tree('are reported', async ({ edge, root }) => {
  const { body } = await edge.get(`/v2/executions/${root}/report`)
  assert.equal(body.statistics, {
    total_tasks_count: 4,
    running_tasks_count: 0,
    success_tasks_count: 2,
    error_tasks_count: 2,
    idle_tasks_count: 0,
    paused_tasks_count: 0,
    estimated_time: 0,
  })
  const [a, b] = body.root_workflow_execution.task_executions
  assert.is(b.retry_count, 3)
  assert.not('retry_count' in a)
  const [middle] = a.workflow_executions
  assert.is(middle.name, 'middle')
  assert.is(middle.task_executions[1].action_executions[0].name, 'std.fail')
})

tree('are reported by errors and to a depth', async ({ edge, root }) => {
  const errors = (await edge.get(`/v2/executions/${root}/report?errors_only=True`)).body
  assert.is(errors.statistics.total_tasks_count, 2)
  const shallow = (await edge.get(`/v2/executions/${root}/report?max_depth=0`)).body
  assert.is(shallow.statistics.total_tasks_count, 2)
  const [a] = shallow.root_workflow_execution.task_executions
  assert.not('task_executions' in a.workflow_executions[0])
  const counts = (await edge.get(`/v2/executions/${root}/report?statistics_only=1`)).body
  assert.equal(Object.keys(counts), ['statistics'])
})

tree('estimate how long a running one will take', async ({ edge }) => {
  const lone = await edge.rows.execution({ workflowId: NOBODY, state: 'RUNNING' })
  const estimate = async (id: string) => {
    return (await edge.get(`/v2/executions/${id}/report`)).body.statistics.estimated_time
  }
  assert.is(await estimate(lone.context.id), -1)
  const earlier = { workflowId: NOBODY, createdAt: edge.nowMs, updatedAt: edge.nowMs + 10_000 }
  await edge.rows.execution(earlier)
  const running = await edge.rows.execution({ workflowId: NOBODY, state: 'RUNNING' })
  edge.nowMs += 4000
  assert.is(await estimate(running.context.id), 6)
  edge.nowMs += 60_000
  assert.is(await estimate(running.context.id), 1)
})

tree.run()
