import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Edge } from './support.ts'

const it = suite<{ edge: Edge }>('the protocol')

it.before.each((context) => {
  context.edge = new Edge()
})

it('lists its versions at the root', async ({ edge }) => {
  const { status, body } = await edge.get('http://mistral.example:8989/')
  assert.is(status, 200)
  assert.equal(body, {
    versions: [{
      id: 'v2.0',
      status: 'CURRENT',
      links: [{ href: 'http://mistral.example:8989/v2', target: 'v2', rel: 'self' }],
    }],
  })
})

it('leads from /v2 to /v2/', async ({ edge }) => {
  const moved = await edge.get('/v2')
  assert.is(moved.status, 302)
  assert.is(moved.headers.get('location'), 'http://localhost/v2/')
  assert.equal((await edge.get('/v2/')).body, { uri: 'http://localhost/v2' })
})

it('takes its address from proxies only where they are trusted', async ({ edge }) => {
  const headers = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'pub.example',
    'x-forwarded-prefix': '/workflowv2',
  }
  assert.is((await edge.get('/v2/', headers)).body.uri, 'http://localhost/v2')
  const trusting = new Edge({ config: { trustProxy: true } })
  assert.is((await trusting.get('/v2/', headers)).body.uri, 'https://pub.example/workflowv2/v2')
})

it('accepts every path with a slash at its end', async ({ edge }) => {
  for (const path of ['workflows', 'executions', 'tasks', 'action_executions', 'environments']) {
    assert.is((await edge.get(`/v2/${path}/`)).status, 200, path)
    assert.is((await edge.get(`/v2/${path}`)).status, 200, path)
  }
})

it('knows nothing of unknown paths', async ({ edge }) => {
  for (const path of ['/v2/nothing', '/v1/workflows', '/v2/executions/a/b/c']) {
    const { status, body } = await edge.get(path)
    assert.is(status, 404, path)
    assert.is(body.faultcode, 'Client')
  }
})

for (
  const [method, path, allow] of [
    ['PATCH', '/v2/workflows', 'GET, POST, PUT, DELETE'],
    ['POST', '/v2/tasks', 'GET, PUT'],
    ['DELETE', '/v2/tasks/11111111-2222-3333-4444-555555555555', 'GET, PUT'],
    ['PUT', '/v2/cron_triggers/x', 'GET, DELETE'],
    ['POST', '/maintenance', 'GET, PUT'],
    ['HEAD', '/v2/workflows', 'GET, POST, PUT, DELETE'],
  ] as const
) {
  it(`refuses ${method} ${path}`, async ({ edge }) => {
    const { status, headers } = await edge.send(method, path)
    assert.is(status, 405)
    assert.is(headers.get('allow'), allow)
  })
}

it('answers OPTIONS with nothing', async ({ edge }) => {
  const { status, body } = await edge.send('OPTIONS', '/v2/workflows')
  assert.is(status, 200)
  assert.is(body, '')
})

for (
  const type of ['text/xml', 'application/xml', 'application/foo+xml', 'text/xml; charset=utf-8']
) {
  it(`refuses ${type}`, async ({ edge }) => {
    const { status, headers } = await edge.send('POST', '/v2/environments', '<x/>', {
      'content-type': type,
    })
    assert.is(status, 415)
    assert.match(headers.get('server-error-message')!, 'is not supported')
  })
}

it('takes JSON operations for what they say they are', async ({ edge }) => {
  const plain = await edge.send('POST', '/v2/executions', 'no json')
  assert.is(plain.status, 415)
  assert.is(plain.body.faultstring, 'Unknown mimetype: text/plain')
  const form = await edge.send('POST', '/v2/executions', 'a=b', {
    'content-type': 'application/x-www-form-urlencoded',
  })
  assert.is(form.status, 400)
  const script = await edge.send('POST', '/v2/environments', '{"name": "e"}', {
    'content-type': 'text/javascript; charset=utf-8',
  })
  assert.is(script.status, 201)
})

it('refuses to answer what is not JSON', async ({ edge }) => {
  assert.is((await edge.get('/v2/workflows', { accept: 'text/csv' })).status, 406)
  assert.is((await edge.get('/v2/workflows', { accept: 'application/json' })).status, 200)
  assert.is((await edge.get('/v2/workflows', { accept: 'text/html, */*;q=0.1' })).status, 200)
})

for (
  const [body, text] of [
    ['', 'Missing argument: "wf_ex"'],
    ['{', 'Invalid input for field/attribute wf_ex'],
    ['[1]', 'The body must be a JSON object'],
    ['5', 'The body must be a JSON object'],
    ['{"colour": "red"}', 'Unknown attribute for argument wf_ex: colour'],
    ['{"project_id": "p"}', 'Cannot set read only field'],
    ['{"workflow_name": 5}', 'Invalid input for field/attribute workflow_name'],
    ['{"workflow_name": "w", "params": [1]}', 'must be a dictionary'],
    ['{"workflow_name": "w", "params": "text"}', 'Invalid input for field/attribute params'],
    ['{"workflow_name": "w", "input": "[1]"}', 'must be a dictionary'],
  ] as const
) {
  it(`refuses the body ${body || 'that is empty'}`, async ({ edge }) => {
    const answer = await edge.send('POST', '/v2/executions', body, {
      'content-type': 'application/json',
    })
    assert.is(answer.status, 400)
    assert.match(answer.body.faultstring, text)
  })
}

for (
  const [method, path, name] of [
    ['DELETE', '/v2/workflows', 'identifier'],
    ['PUT', '/v2/executions', 'id'],
    ['DELETE', '/v2/executions', 'id'],
    ['PUT', '/v2/tasks', 'id'],
    ['DELETE', '/v2/workbooks', 'name'],
    ['DELETE', '/v2/environments', 'name'],
  ] as const
) {
  it(`wants to know of ${method} ${path} which`, async ({ edge }) => {
    const { status, body } = await edge.send(method, path)
    assert.is(status, 400)
    assert.is(body.faultstring, `Missing argument: "${name}"`)
  })
}

it('refuses bodies that are too long, whether they say so or not', async () => {
  const edge = new Edge({ config: { maxBodyBytes: 100 } })
  const text = 'x'.repeat(101)
  assert.is((await edge.send('POST', '/v2/workflows', text)).status, 413)
  const declared = { 'content-length': '101', 'content-type': 'application/json' }
  assert.is((await edge.send('POST', '/v2/executions', text, declared)).status, 413)
})

it('keeps unexpected failures to itself, and reports them', async ({ edge }) => {
  edge.store.list = () => Promise.reject(new Error('the disk is full'))
  const { status, body } = await edge.get('/v2/workflows')
  assert.is(status, 500)
  assert.equal(body, {
    faultcode: 'Server',
    faultstring: 'Internal server error',
    debuginfo: null,
  })
  assert.is(edge.errors.length, 1)
})

it('is alive, and ready while the store and the engine are', async ({ edge }) => {
  assert.is((await edge.get('/healthz')).status, 200)
  assert.is((await edge.get('/readyz')).status, 200)
  const engineless = new Edge({ deps: { ready: () => Promise.reject(new Error('no workers')) } })
  const { status, body } = await engineless.get('/readyz')
  assert.is(status, 503)
  assert.is(body.reason, 'no workers')
})

it('is not ready if the store takes too long', async ({ edge }) => {
  const slow = new Edge({ config: { readyTimeoutMs: 5 } })
  slow.store.ping = () => new Promise(() => {})
  assert.is((await slow.get('/readyz')).status, 503)
  assert.is((await edge.get('/readyz')).status, 200)
})

it('lists its processes as old clients know them', async ({ edge }) => {
  const member = { id: 'm', name: 'host_1', roles: ['edge', 'worker'], threads: 2 } as const
  await edge.store.heartbeat(member, 10_000)
  assert.equal((await edge.get('/v2/services')).body, {
    services: [
      { name: 'host_1', type: 'api_group' },
      { name: 'host_1', type: 'engine_group' },
      { name: 'host_1', type: 'executor_group' },
    ],
  })
})

it('lets pages of the origins that the operator names use it', async ({ edge }) => {
  const open = new Edge({ config: { corsOrigins: ['http://good.example'] } })
  const preflight = (origin: string) =>
    open.send('OPTIONS', '/', undefined, { origin, 'access-control-request-method': 'GET' })
  const good = await preflight('http://good.example')
  assert.is(good.status, 200)
  assert.is(good.headers.get('access-control-allow-origin'), 'http://good.example')
  assert.is(good.headers.get('access-control-max-age'), '3600')
  const bad = await preflight('http://bad.example')
  assert.is(bad.status, 200)
  assert.is(bad.headers.get('access-control-allow-origin'), null)
  const read = await open.get('/', { origin: 'http://good.example' })
  assert.is(read.status, 200)
  assert.is(read.headers.get('access-control-allow-origin'), 'http://good.example')
  const failed = await open.get('/v2/workflows/x', { origin: 'http://good.example' })
  assert.is(failed.status, 404)
  assert.is(failed.headers.get('access-control-allow-origin'), 'http://good.example')
  const closed = await edge.get('/', { origin: 'http://good.example' })
  assert.is(closed.headers.get('access-control-allow-origin'), null)
})

it('says clearly what is not there yet', async ({ edge }) => {
  const admin = { 'x-test-admin': 'yes' }
  assert.is((await edge.get('/v2/code_sources')).status, 403)
  assert.is((await edge.get('/v2/dynamic_actions/x', admin)).status, 501)
  assert.equal((await edge.get('/v2/event_triggers')).body, { event_triggers: [] })
  const trigger = await edge.send('POST', '/v2/event_triggers', { name: 'x' })
  assert.is(trigger.status, 400)
  assert.match(trigger.body.faultstring, "Params {'event', 'exchange', 'topic', 'workflow_id'}")
  const unknown = await edge.send('POST', '/v2/event_triggers', {
    name: 'x',
    exchange: 'e',
    topic: 't',
    event: 'v',
    workflow_id: '11111111-2222-3333-4444-555555555555',
  })
  assert.is(unknown.status, 404)
  assert.is((await edge.get('/v2/event_triggers?all_projects=true')).status, 403)
  assert.is((await edge.get('/v2/event_triggers?all_projects=true', admin)).status, 200)
  const one = '/v2/event_triggers/11111111-2222-3333-4444-555555555555'
  assert.is((await edge.send('PUT', one, { name: 'y' })).status, 404)
  assert.is((await edge.send('PUT', one, { topic: 't' })).status, 400)
  assert.equal((await edge.get('/maintenance')).body, { status: 'RUNNING' })
  assert.equal((await edge.get('/info')).body, { faultstring: 'Info endpoint disabled.' })
})

it.run()
