import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Edge } from './support.ts'

const PING = `version: "2.0"
ping:
  tags: [a, b]
  input: [host, {count: 3}]
  output: {o: 1, p: 2}
  tasks: {t1: {action: std.noop}}
`
const named = (name: string, more = '') =>
  `version: "2.0"\n${name}: {tasks: {t: {action: std.noop${more}}}}\n`
const TWO = `version: '2.0'
CASE_w: {tasks: {t: {action: std.noop}}}
CASE_v: {tasks: {u: {action: std.noop}}}
`

const it = suite<{ edge: Edge }>('workflows')

it.before.each((context) => {
  context.edge = new Edge()
})

it('are created from a text, with everything but updated_at', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/workflows?namespace=ops', PING)
  assert.is(status, 201)
  const [{ id, ...workflow }] = body.workflows
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.equal(workflow, {
    name: 'ping',
    namespace: 'ops',
    input: 'host, count="3"',
    interface: { input: ['host', { count: 3 }], output: ['o', 'p'] },
    definition: PING,
    checksum: workflow.checksum,
    tags: ['a', 'b'],
    scope: 'private',
    project_id: '<default-project>',
    created_at: '2026-01-02 03:04:05',
  })
  assert.match(workflow.checksum, /^[0-9a-f]{32}$/)
})

it('are read by name and by id', async ({ edge }) => {
  const created = await edge.send('POST', '/v2/workflows?namespace=ops', PING)
  const { id } = created.body.workflows[0]
  const byName = await edge.get('/v2/workflows/ping?namespace=ops')
  const byId = await edge.get(`/v2/workflows/${id}`)
  assert.equal(byName.body, byId.body)
  assert.is(byName.body.updated_at, null)
  assert.is(byName.body.interface, '{"input": ["host", {"count": 3}], "output": ["o", "p"]}')
})

it('are read by positional segments', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows?namespace=ops', PING)
  assert.is((await edge.get('/v2/workflows/ping/ops')).body.namespace, 'ops')
  assert.is((await edge.get('/v2/workflows/ping/ops/')).body.namespace, 'ops')
  assert.is((await edge.get('/v2/workflows/ping/ops/more')).status, 404)
})

it('are not found in another namespace', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows?namespace=ops', PING)
  const { status, body } = await edge.get('/v2/workflows/ping')
  assert.is(status, 404)
  assert.equal(body, {
    faultcode: 'Client',
    faultstring: 'Workflow not found [workflow_identifier=ping, namespace=]',
    debuginfo: null,
  })
})

it('are created all or none', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows', named('b'))
  const clash = await edge.send(
    'POST',
    '/v2/workflows',
    `${named('a')}b: {tasks: {t: {action: x}}}`,
  )
  assert.is(clash.status, 409)
  assert.equal(clash.body, {
    faultstring: "Duplicate entry for WorkflowDefinition ['name', 'namespace', 'project_id']: " +
      'b, , <default-project>',
  })
  assert.is((await edge.get('/v2/workflows/a')).status, 404)
})

it('of one text are cut apart', async ({ edge }) => {
  const { body } = await edge.send('POST', '/v2/workflows', TWO)
  assert.equal(body.workflows.map(({ name }: { name: string }) => name), ['CASE_w', 'CASE_v'])
  const { body: v } = await edge.get('/v2/workflows/CASE_v')
  assert.is(v.definition, "version: '2.0'\nCASE_v:\n  tasks:\n    u:\n      action: std.noop\n")
})

it('that are invalid are refused with the reason', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/workflows', 'x')
  assert.is(status, 400)
  assert.equal(Object.keys(body), ['faultstring'])
  assert.match(body.faultstring, /^Invalid DSL/)
})

it('are taken with any content type or none', async ({ edge }) => {
  for (const type of ['application/json', 'application/x-www-form-urlencoded', '']) {
    const name = `w${type.length}`
    const headers: Record<string, string> = type ? { 'content-type': type } : {}
    const { status } = await edge.send('POST', '/v2/workflows?', named(name), headers)
    assert.is(status, 201, type)
  }
})

it('are valid with what is probably not meant', async ({ edge }) => {
  const text = `version: '2.0'\nw: {imput: [a], tasks: {t: {action: a}}}`
  const { body } = await edge.send('POST', '/v2/workflows/validate', text)
  assert.equal(body, {
    valid: true,
    warnings: [
      "line 2, column 5 at w.imput: 'imput' means nothing in a workflow and is ignored " +
      "(did you mean 'input'?)",
    ],
  })
})

it('validate without storing', async ({ edge }) => {
  const good = await edge.send('POST', '/v2/workflows/validate', PING)
  assert.equal(good.body, { valid: true })
  const bad = await edge.send('POST', '/v2/workflows/validate', '')
  assert.is(bad.status, 200)
  assert.is(bad.body.valid, false)
  assert.match(bad.body.error, /^Invalid DSL/)
  assert.is((await edge.get('/v2/workflows/ping')).status, 404)
})

it('that make no sense are stored only where validation may be skipped', async ({ edge }) => {
  const text = "version: '2.0'\nw: {tasks: {t: {on-success: nowhere}}}\n"
  const lax = new Edge({ config: { validation: 'enabled' } })
  assert.is((await edge.send('POST', '/v2/workflows?skip_validation', text)).status, 400)
  assert.is((await lax.send('POST', '/v2/workflows', text)).status, 400)
  assert.is((await lax.send('POST', '/v2/workflows?skip_validation', text)).status, 201)
  assert.is((await lax.send('PUT', '/v2/workflows?skip_validation=', text)).status, 200)
})

it('that nothing changes keep updated_at', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows', PING)
  edge.nowMs += 60_000
  const same = await edge.send('PUT', '/v2/workflows', PING)
  assert.is(same.status, 200)
  assert.is(same.body.workflows[0].updated_at, null)
  const other = await edge.send('PUT', '/v2/workflows', PING.replace('count: 3', 'count: 4'))
  assert.is(other.body.workflows[0].updated_at, '2026-01-02 03:05:05')
  assert.is(other.body.workflows[0].created_at, '2026-01-02 03:04:05')
  assert.is(other.body.workflows[0].input, 'host, count="4"')
})

it('are renamed by id, as a single object', async ({ edge }) => {
  const created = await edge.send('POST', '/v2/workflows', named('old'))
  const { id } = created.body.workflows[0]
  const { status, body } = await edge.send('PUT', `/v2/workflows/${id}`, named('new'))
  assert.is(status, 200)
  assert.is(body.name, 'new')
  assert.is((await edge.get('/v2/workflows/old')).status, 404)
  assert.is((await edge.get('/v2/workflows/new')).body.id, id)
})

it('are not updated by id from a text of several', async ({ edge }) => {
  const created = await edge.send('POST', '/v2/workflows', named('old'))
  const { id } = created.body.workflows[0]
  const { status, body } = await edge.send('PUT', `/v2/workflows/${id}`, TWO)
  assert.is(status, 400)
  assert.match(body.faultstring, /More than one workflows are not supported for update/)
})

it('that do not exist are not updated or deleted', async ({ edge }) => {
  assert.is((await edge.send('PUT', '/v2/workflows', PING)).status, 404)
  assert.is((await edge.send('DELETE', '/v2/workflows/ping')).status, 404)
})

it('are deleted', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows', PING)
  const { status, body } = await edge.send('DELETE', '/v2/workflows/ping')
  assert.is(status, 204)
  assert.is(body, '')
})

it('are not deleted while cron triggers start them', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows', named('w'))
  const trigger = { name: 't', workflow_name: 'w', pattern: '0 3 * * *' }
  const { body: { id } } = await edge.send('POST', '/v2/cron_triggers', trigger)
  const { status, body } = await edge.send('DELETE', '/v2/workflows/w')
  assert.is(status, 400)
  assert.match(body.faultstring, "Can't delete workflow that has cron triggers associated")
  assert.match(body.faultstring, id)
  await edge.send('DELETE', '/v2/cron_triggers/t')
  assert.is((await edge.send('DELETE', '/v2/workflows/w')).status, 204)
})

it('have a scope out of two', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/workflows?scope=unique', PING)
  assert.is(status, 400)
  assert.match(body.faultstring, 'Scope must be one of the following')
})

it('are made public by administrators alone', async ({ edge }) => {
  const admin = { 'x-test-admin': 'yes' }
  assert.is((await edge.send('POST', '/v2/workflows?scope=public', PING)).status, 403)
  assert.is((await edge.send('POST', '/v2/workflows?scope=public', PING, admin)).status, 201)
})

it('that are public are seen but not changed by other projects', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows?scope=public', PING, { 'x-test-admin': 'yes' })
  const other = { 'x-test-project': 'other' }
  assert.is((await edge.get('/v2/workflows/ping', other)).status, 200)
  assert.is((await edge.get('/v2/workflows', other)).body.workflows.length, 1)
  assert.is((await edge.send('PUT', '/v2/workflows', PING, other)).status, 403)
  assert.is((await edge.send('DELETE', '/v2/workflows/ping', undefined, other)).status, 403)
})

it('that are private do not exist for other projects', async ({ edge }) => {
  const created = await edge.send('POST', '/v2/workflows', PING)
  const other = { 'x-test-project': 'other' }
  assert.is((await edge.get('/v2/workflows/ping', other)).status, 404)
  assert.is((await edge.get(`/v2/workflows/${created.body.workflows[0].id}`, other)).status, 404)
  assert.equal((await edge.get('/v2/workflows', other)).body, { workflows: [] })
  assert.is((await edge.send('POST', '/v2/workflows', PING, other)).status, 201)
})

it('of one project win over public ones of the same name', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows?scope=public', PING, { 'x-test-admin': 'yes' })
  const other = { 'x-test-project': 'other' }
  await edge.send('POST', '/v2/workflows', PING, other)
  assert.is((await edge.get('/v2/workflows/ping', other)).body.project_id, 'other')
})

it('are filtered by operators', async ({ edge }) => {
  for (const name of ['CASE_a', 'CASE_b', 'CASE_c']) {
    await edge.send('POST', '/v2/workflows', named(name))
  }
  const names = async (query: string) => {
    const { body } = await edge.get(`/v2/workflows?${query}`)
    return body.workflows.map((workflow: { name: string }) => workflow.name)
  }
  assert.equal(await names('name=CASE_a'), ['CASE_a'])
  assert.equal(await names('name=eq:CASE_a'), ['CASE_a'])
  assert.equal(await names('name=neq:CASE_a'), ['CASE_b', 'CASE_c'])
  assert.equal(await names('name=in:CASE_a,CASE_c'), ['CASE_a', 'CASE_c'])
  assert.equal(await names('name=nin:CASE_a,CASE_c'), ['CASE_b'])
  assert.equal(await names('name=has:CASE_'), ['CASE_a', 'CASE_b', 'CASE_c'])
  assert.equal(await names('name=gt:CASE_a&name=lt:CASE_c'), ['CASE_a', 'CASE_b'])
  assert.equal(await names('name=foo:bar'), [])
  assert.equal(await names('definition=has:CASE_b'), ['CASE_b'])
  assert.equal(await names('created_at=lt:2026-01-02+03:04:05'), [])
  assert.equal(await names('created_at=gte:2026-01-02%2003:04:05&name=CASE_a'), ['CASE_a'])
})

it('are filtered by all of several tags', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows', PING)
  assert.is((await edge.get('/v2/workflows?tags=a')).body.workflows.length, 1)
  assert.is((await edge.get('/v2/workflows?tags=b,a')).body.workflows.length, 1)
  assert.is((await edge.get('/v2/workflows?tags=a,c')).body.workflows.length, 0)
  await edge.send('POST', '/v2/workflows', named('plain'))
  const count = async (query: string) => {
    return (await edge.get(`/v2/workflows?${query}`)).body.workflows.length
  }
  assert.is(await count('tags='), 2, 'no tags are asked for')
  assert.equal([await count('tags=in:a,c'), await count('tags=eq:a'), await count('tags=has:a')], [
    1,
    1,
    1,
  ])
  assert.equal([await count('tags=neq:a'), await count('tags=nin:c,d')], [1, 2])
  const wrong = await edge.get('/v2/workflows?tags=gt:a')
  assert.is(wrong.status, 400)
  assert.match(wrong.body.faultstring, 'Tags can be compared by')
})

it('are not sorted by nothing', async ({ edge }) => {
  const { status, body } = await edge.get('/v2/workflows?sort_keys=')
  assert.is(status, 400)
  assert.match(body.faultstring, 'sort_keys')
})

it('come in pages that lead to each other', async ({ edge }) => {
  for (const name of ['a', 'c', 'b']) await edge.send('POST', '/v2/workflows', named(name))
  const first = await edge.get('/v2/workflows?limit=1&sort_keys=name&sort_dirs=desc&name=has:')
  assert.is(first.body.workflows[0].name, 'c')
  const next = new URL(first.body.next)
  assert.is(
    next.href,
    'http://localhost/v2/workflows?sort_keys=name,id&sort_dirs=desc,asc&name=has:' +
      `&limit=1&marker=${first.body.workflows[0].id}`,
  )
  const second = await edge.get(`/v2/${next.href.split('/').at(-1)}`)
  assert.is(second.body.workflows[0].name, 'b')
  const third = await edge.get(`/v2/${second.body.next.split('/').at(-1)}`)
  const last = await edge.get(`/v2/${third.body.next.split('/').at(-1)}`)
  assert.equal(last.body, { workflows: [] })
})

it('show only the fields that are asked for', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows', PING)
  const keys = async (query: string) => {
    const { body } = await edge.get(`/v2/workflows?${query}`)
    return Object.keys(body.workflows[0])
  }
  assert.equal(await keys('fields=name'), ['id', 'name'])
  assert.equal(await keys('fields=input'), ['id', 'input', 'interface'])
  assert.equal(await keys('fields=name,%20definition'), ['id', 'name', 'definition'])
  assert.equal(Object.keys((await edge.get('/v2/workflows/ping?fields=name')).body), ['id', 'name'])
  const { status, body } = await edge.get('/v2/workflows?fields=name,nonexist')
  assert.is(status, 400)
  assert.match(body.faultstring, 'Some fields do not exist  [nonexist], please choose from [id, na')
})

for (
  const [query, text] of [
    ['limit=0', 'Limit must be positive.'],
    ['limit=-1', 'Limit must be positive.'],
    ['limit=1.1', 'unable to convert to int'],
    ['limit=', 'unable to convert to int'],
    ['limit=1&marker=no-uuid', 'Expected a uuid but received no-uuid'],
    ['sort_keys=id,id&sort_dirs=asc,asc', 'Length of sort_keys must be equal or greater'],
    ['sort_dirs=nonexist', 'Unknown sort direction'],
    ['sort_keys=nonexist', 'Unknown sort key'],
    ['foo=1', 'Unknown argument: "foo"'],
    ['created_at>2020', 'Unknown argument'],
    ['all_projects=maybe', 'Expected true or false'],
  ] as const
) {
  it(`refuse ${query}`, async ({ edge }) => {
    const { status, body } = await edge.get(`/v2/workflows?${query}`)
    assert.is(status, 400)
    assert.match(body.faultstring, text)
  })
}

it('are not found by an unknown marker', async ({ edge }) => {
  const id = '11111111-2222-3333-4444-555555555555'
  const { status, body } = await edge.get(`/v2/workflows?limit=1&marker=${id}`)
  assert.is(status, 404)
  assert.is(body.faultstring, `Workflow not found [workflow_id=${id}]`)
})

it('of all projects are for administrators', async ({ edge }) => {
  await edge.send('POST', '/v2/workflows', PING, { 'x-test-project': 'other' })
  assert.is((await edge.get('/v2/workflows?all_projects=true')).status, 403)
  assert.is((await edge.get('/v2/workflows?all_projects=false')).status, 200)
  const { body } = await edge.get('/v2/workflows?all_projects=true', { 'x-test-admin': 'yes' })
  assert.is(body.workflows.length, 1)
})

it('are not shared without authentication', async ({ edge }) => {
  const { status, body } = await edge.get('/v2/workflows/any/members')
  assert.is(status, 400)
  assert.equal(body, {
    faultstring: 'Resource sharing feature can only be supported with authentication enabled.',
  })
})

it.run()
