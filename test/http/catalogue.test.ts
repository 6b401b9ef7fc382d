import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Edge } from './support.ts'

const OTHER = { 'x-test-project': 'other' }

const environments = suite<{ edge: Edge }>('environments')

environments.before.each((context) => {
  context.edge = new Edge()
})

environments('are created, without what was left out', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/environments', {
    name: 'prod',
    variables: '{"host": "h1", "n": 1.0}',
  })
  assert.is(status, 201)
  assert.equal({ ...body, id: '' }, {
    id: '',
    name: 'prod',
    variables: '{"host": "h1", "n": 1.0}',
    scope: 'private',
    project_id: '<default-project>',
    created_at: '2026-01-02 03:04:05',
  })
  const read = (await edge.get('/v2/environments/prod')).body
  assert.is(read.description, null)
  assert.is(read.updated_at, null)
})

environments('keep what an update does not name', async ({ edge }) => {
  const first = { name: 'e', description: 'd', variables: { a: 1 } }
  await edge.send('POST', '/v2/environments', first)
  edge.nowMs += 60_000
  const same = await edge.send('PUT', '/v2/environments', first)
  assert.is(same.body.updated_at, null)
  const variables = await edge.send('PUT', '/v2/environments', { name: 'e', variables: { b: 2 } })
  assert.is(variables.status, 200)
  assert.is(variables.body.variables, '{"b": 2}')
  assert.is(variables.body.description, 'd')
  assert.is(variables.body.updated_at, '2026-01-02 03:05:05')
  const cleared = await edge.send('PUT', '/v2/environments', { name: 'e', description: null })
  assert.is(cleared.body.description, null)
})

for (
  const body of [
    {},
    { name: '' },
    { name: 'e', id: 'x' },
    { name: 'e', foo: 1 },
    { name: 'e', created_at: 'x' },
    { name: 'e', scope: 'unique' },
    { name: 'e', variables: [1] },
    { name: 'x'.repeat(201) },
  ]
) {
  it400(body)
}

function it400(body: unknown): void {
  environments(`are not created from ${JSON.stringify(body).slice(0, 40)}`, async ({ edge }) => {
    assert.is((await edge.send('POST', '/v2/environments', body)).status, 400)
  })
}

environments('exist once a project', async ({ edge }) => {
  await edge.send('POST', '/v2/environments', { name: 'a b/c' })
  const again = await edge.send('POST', '/v2/environments', { name: 'a b/c' })
  assert.is(again.status, 409)
  assert.match(
    again.body.faultstring,
    /^Duplicate entry for Environment .*a b\/c, <default-project>/,
  )
  assert.is((await edge.send('POST', '/v2/environments', { name: 'a b/c' }, OTHER)).status, 201)
  assert.is((await edge.get('/v2/environments/a%20b%2Fc')).status, 200)
})

environments('are not found', async ({ edge }) => {
  const get = await edge.get('/v2/environments/nobody')
  assert.is(get.status, 404)
  assert.is(get.body.faultstring, 'Environment not found [name=nobody]')
  assert.is((await edge.send('PUT', '/v2/environments', { name: 'nobody' })).status, 404)
  assert.is((await edge.send('DELETE', '/v2/environments/nobody')).status, 404)
  assert.is((await edge.get('/v2/environments/nobody?export=true')).status, 400)
})

environments('are listed and deleted', async ({ edge }) => {
  for (const name of ['e', 'f']) {
    await edge.send('POST', '/v2/environments', { name, variables: { name } })
  }
  const { body } = await edge.get('/v2/environments?fields=name,scope&variables={"name":"f"}')
  assert.equal(body.environments.map(({ name }: { name: string }) => name), ['f'])
  assert.equal(Object.keys(body.environments[0]), ['id', 'name', 'scope'])
  const page = await edge.get('/v2/environments?limit=1')
  assert.is((await edge.get(page.body.next)).body.environments[0].name, 'f')
  assert.is((await edge.send('DELETE', '/v2/environments/e')).status, 204)
  assert.is((await edge.get('/v2/environments?project_id=x')).status, 400)
  assert.equal((await edge.get('/v2/environments', OTHER)).body, { environments: [] })
})

environments.run()

const triggers = suite<{ edge: Edge; workflowId: string }>('cron triggers')

triggers.before.each(async (context) => {
  context.edge = new Edge()
  const text = "version: '2.0'\nw: {input: [{a: 1}], tasks: {t: {action: std.noop}}}\n" +
    'strict: {input: [a], tasks: {t: {action: std.noop}}}\n'
  const { body } = await context.edge.send('POST', '/v2/workflows', text)
  context.workflowId = body.workflows[0].id
})

triggers('are created with their next time', async ({ edge, workflowId }) => {
  const { status, body } = await edge.send('POST', '/v2/cron_triggers', {
    name: 'night',
    workflow_name: 'w',
    pattern: '0 3 * * *',
    workflow_input: '{"a": 1.0}',
    remaining_executions: '5',
    first_execution_time: null,
  })
  assert.is(status, 201)
  assert.equal({ ...body, id: '' }, {
    id: '',
    name: 'night',
    workflow_name: 'w',
    workflow_id: workflowId,
    workflow_input: '{"a": 1.0}',
    workflow_params: '{}',
    project_id: '<default-project>',
    scope: 'private',
    pattern: '0 3 * * *',
    remaining_executions: 5,
    first_execution_time: null,
    next_execution_time: '2026-01-03 03:00:00',
    status: 'READY',
    created_at: '2026-01-02 03:04:05',
  })
  assert.is((await edge.get(`/v2/cron_triggers/${body.id}`)).body.name, 'night')
  assert.is((await edge.get('/v2/cron_triggers/night')).body.updated_at, null)
  const { body: list } = await edge.get('/v2/cron_triggers?pattern=has:*&limit=1')
  assert.is(list.cron_triggers.length, 1)
  assert.match(list.next, 'pattern=has:*')
})

triggers('start with a first time, or fire only then', async ({ edge }) => {
  const both = await edge.send('POST', '/v2/cron_triggers', {
    name: 'both',
    workflow_name: 'w',
    pattern: '30 5 * * *',
    first_execution_time: '2097-01-02 03:04',
    remaining_executions: 3,
  })
  assert.is(both.body.next_execution_time, '2097-01-02 03:04:00')
  assert.is(both.body.first_execution_time, '2097-01-02 03:04:00')
  const once = await edge.send('POST', '/v2/cron_triggers', {
    name: 'once',
    workflow_name: 'w',
    first_execution_time: '4242-12-25 13:37',
  })
  assert.is(once.body.next_execution_time, '4242-12-25 13:37:00')
  assert.is(once.body.remaining_executions, 1)
  assert.is(once.body.pattern, '0 0 30 2 0')
})

for (
  const [body, status, text] of [
    [{ workflow_name: 'w' }, 400, 'attern'],
    [{ workflow_name: 'w', first_execution_time: 'q' }, 400, 'first_execution_time'],
    [{ workflow_name: 'w', first_execution_time: '2027-02-31 00:00' }, 400, 'first_execution_time'],
    [{ workflow_name: 'w', first_execution_time: '2097-01-02 03:04:05' }, 400, 'YYYY-MM-DD HH:MM'],
    [{ workflow_name: 'w', first_execution_time: '2010-01-02 03:04' }, 400, 'at least 1 minute'],
    [
      { workflow_name: 'w', first_execution_time: '2097-01-02 03:04', remaining_executions: 2 },
      400,
      'Pattern must be provided if count is superior to 1.',
    ],
    [{ workflow_name: 'w', pattern: '61 * * * *' }, 400, 'pattern is not valid: 61 * * * *'],
    [{ workflow_name: 'w', pattern: '0 0 30 2 *' }, 400, '0 0 30 2 *'],
    [{ workflow_name: 'nobody', pattern: '* * * * *' }, 404, 'workflow_identifier=nobody'],
    [{ pattern: '* * * * *' }, 404, 'Workflow not found'],
    [{ workflow_name: 'strict', pattern: '* * * * *' }, 400, "missing=['a']"],
    [
      { workflow_name: 'w', pattern: '* * * * *', workflow_input: { z: 1 } },
      400,
      "unexpected=['z']",
    ],
    [{ workflow_name: 'w', pattern: '* * * * *', name: null }, 400, 'name'],
    [{ workflow_name: 'w', pattern: '* * * * *', remaining_executions: 0 }, 400, 'remaining'],
    [{ workflow_name: 'w', pattern: '* * * * *', remaining_executions: -1 }, 400, 'remaining'],
    [{ workflow_name: 'none', pattern: '* * * * *', remaining_executions: -1 }, 400, 'remaining'],
    [{ workflow_name: 'w', pattern: '* * * * *', remaining_executions: 'q' }, 400, 'remaining'],
  ] as const
) {
  triggers(`are not created from ${JSON.stringify(body)}`, async ({ edge }) => {
    const answer = await edge.send('POST', '/v2/cron_triggers', { name: 't', ...body })
    assert.is(answer.status, status)
    assert.ok(answer.body.faultstring.includes(text), answer.body.faultstring)
  })
}

triggers('are one of a kind', async ({ edge }) => {
  const wish = {
    workflow_name: 'w',
    pattern: '0 3 * * *',
    first_execution_time: '2097-01-02 03:04',
    remaining_executions: 5,
  }
  await edge.send('POST', '/v2/cron_triggers', { ...wish, name: 'a' })
  const sameName = { workflow_name: 'w', pattern: '1 1 1 1 *', name: 'a' }
  assert.is((await edge.send('POST', '/v2/cron_triggers', sameName)).status, 409)
  assert.is((await edge.send('POST', '/v2/cron_triggers', { ...wish, name: 'b' })).status, 409)
  const other = { ...wish, remaining_executions: 6, name: 'b' }
  assert.is((await edge.send('POST', '/v2/cron_triggers', other)).status, 201)
})

triggers('are deleted by name and by id, and told about', async () => {
  let told = 0
  const edge = new Edge({ deps: { onTriggerChange: () => told++ } })
  await edge.send('POST', '/v2/workflows', "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}\n")
  for (const name of ['a', 'b']) {
    const wish = { name, workflow_name: 'w', pattern: '* * * * *' }
    const { body } = await edge.send('POST', '/v2/cron_triggers', wish)
    const identifier = name === 'a' ? 'a' : body.id
    assert.is((await edge.send('DELETE', `/v2/cron_triggers/${identifier}`)).status, 204)
  }
  assert.is(told, 4)
  const { status, body } = await edge.send('DELETE', '/v2/cron_triggers/a')
  assert.is(status, 404)
  assert.is(body.faultstring, 'Cron trigger not found [identifier=a]')
})

triggers.run()
