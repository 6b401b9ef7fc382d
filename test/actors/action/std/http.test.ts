import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActionContext, ActionInput, ActionResult } from '../../../../actors/action/action.ts'
import { ActionRegistry, admitInput } from '../../../../actors/action/registry.ts'
import { context, defaultHttp, settings } from '../context.ts'

interface Served {
  readonly server: Server
  readonly base: string
}

async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Answers with what it was asked, and offers a few oddities. */
const oddities: RequestListener = async (request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://h')
  const status = Number(/^\/status\/(\d+)$/.exec(pathname)?.[1] ?? 200)
  const plain = (type: string, body: string | Uint8Array, headers = {}) =>
    response.writeHead(200, { ...(type && { 'Content-Type': type }), ...headers }).end(body)
  switch (pathname) {
    case '/text':
      return plain('text/plain; charset=utf-8', 'plain text')
    case '/latin':
      return plain('text/plain; charset=ISO-8859-1', new Uint8Array([0x63, 0xe9]))
    case '/binary':
      return plain('application/octet-stream', new Uint8Array([0xff, 0xfe, 0xfd]))
    case '/html':
      return plain('text/html', 'é')
    case '/empty':
      return plain('', '')
    case '/gzip':
      return plain('application/json', gzipSync('{"a": [1]}'), { 'Content-Encoding': 'gzip' })
    case '/bomb':
      return plain('text/plain', gzipSync('0'.repeat(100_000)), { 'Content-Encoding': 'gzip' })
    case '/stream':
      response.writeHead(200)
      for (let i = 0; i < 100; i++) response.write('0'.repeat(1000))
      return response.end()
    case '/slow':
      return void request.socket.on('error', () => {})
    case '/cookies':
      return response.writeHead(200, {
        'Set-Cookie': [
          'a=1; Path=/',
          'b="two"; Expires=Wed, 21 Oct 2099 07:28:00 GMT',
          'c=; Max-Age=0',
        ],
      }).end()
    case '/redirect':
      return response.writeHead(302, { Location: '/echo', 'Set-Cookie': 'seen=1' }).end('moved')
    case '/permanent':
      return response.writeHead(308, { Location: '/echo' }).end()
    case '/loop':
      return response.writeHead(302, { Location: '/loop' }).end()
    case '/to': {
      const to = new URL(request.url ?? '', 'http://h').searchParams.get('url') ?? ''
      return response.writeHead(302, { Location: to }).end()
    }
  }
  response.writeHead(status, { 'Content-Type': 'application/json', 'X-Case': 'Kept' })
  response.end(JSON.stringify({
    method: request.method,
    url: request.url,
    headers: request.headers,
    body: await bodyOf(request),
  }))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString()
}

interface Result {
  readonly content: {
    readonly method: string
    readonly url: string
    readonly headers: { readonly [name: string]: string }
    readonly body: string
  }
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly history: readonly { readonly status: number; readonly url: string }[]
  readonly [field: string]: unknown
}

const registry = new ActionRegistry()

async function run(input: ActionInput, overrides: Partial<ActionContext> = {}, name = 'std.http') {
  const action = registry.get(name)
  if (!action) throw new Error(`There is no ${name}`)
  return await action.run(admitInput(action, input), context(overrides))
}

function dataOf(result: ActionResult): Result {
  if (!('data' in result)) throw new Error(`It failed with ${JSON.stringify(result.error)}`)
  return result.data as unknown as Result
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('It did not fail')
}

function withHttp(overrides: Partial<typeof defaultHttp>): Partial<ActionContext> {
  return { settings: settings({ http: { ...defaultHttp, deniedCidrs: [], ...overrides } }) }
}

const http = suite<Served>('std.http')

http.before(async (served) => void Object.assign(served, await serve(oddities)))
http.after(({ server }) => void (server.closeAllConnections(), server.close()))

http('answers with everything about the response', async ({ base }) => {
  const { elapsed, ...result } = dataOf(await run({ url: `${base}/text?x=1` }))
  const { Date: date, ...headers } = result.headers
  assert.equal({ ...result, headers }, {
    content: 'plain text',
    status: 200,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      Connection: headers['Connection'],
      ...(headers['Keep-Alive'] && { 'Keep-Alive': headers['Keep-Alive'] }),
      ...(headers['Transfer-Encoding'] && { 'Transfer-Encoding': headers['Transfer-Encoding'] }),
      ...(headers['Content-Length'] && { 'Content-Length': headers['Content-Length'] }),
      ...(headers['Vary'] && { Vary: headers['Vary'] }),
    },
    url: `${base}/text?x=1`,
    history: [],
    encoding: 'utf-8',
    reason: 'OK',
    cookies: {},
  } as unknown)
  assert.type(date, 'string')
  assert.ok(Number(elapsed) > 0 && Number(elapsed) < 5)
})

http('reads content by its type', async ({ base }) => {
  const content = async (path: string) => {
    const result = dataOf(await run({ url: base + path }))
    return [result.content, result['encoding']]
  }
  assert.equal(await content('/latin'), ['cé', 'ISO-8859-1'])
  assert.equal(await content('/html'), ['é', 'ISO-8859-1'])
  assert.equal(await content('/empty'), ['', null])
  assert.equal(await content('/gzip'), [{ a: [1] }, 'utf-8'])
  assert.match(
    await failure(run({ url: `${base}/binary` })),
    /^The body of the HTTP response is not text in utf-8$/,
  )
})

http(
  'takes status 200 to 306 for success, and others for an error with the same fields',
  async ({ base }) => {
    for (const status of [200, 204, 302, 304, 306]) {
      assert.is(dataOf(await run({ url: `${base}/status/${status}` })).status, status)
    }
    for (const status of [307, 308, 404, 500]) {
      const result = await run({ url: `${base}/status/${status}` })
      assert.ok('error' in result, String(status))
      const { status: told, content } = result.error as unknown as Result
      assert.equal([told, content.url], [status, `/status/${status}`])
    }
  },
)

http('sends parameters, headers and cookies', async ({ base }) => {
  const { content } = dataOf(
    await run({
      url: `${base}/echo?z=0#part`,
      params: { a: 1, b: ['x y', '&~*'], c: null, d: true },
      headers: { 'X-Num': 5, 'X-Float': 1.5, 'X-Text': 's', 'X-None': null },
      cookies: { k: 'v', n: 1 },
      auth: 'user:se:cret',
    }),
  )
  assert.is(content.url, '/echo?z=0&a=1&b=x+y&b=%26~%2A&d=True')
  const { headers } = content
  assert.equal(
    [headers['x-num'], headers['x-float'], headers['x-text'], headers['x-none']],
    ['5', '1.5', 's', undefined],
  )
  assert.is(headers['cookie'], 'k=v; n=1')
  assert.is(headers['authorization'], `Basic ${btoa('user:se:cret')}`)
})

http('takes credentials from the URL, and leaves them out of the result', async ({ base }) => {
  const result = dataOf(await run({ url: base.replace('//', '//user:p%40ss@') }))
  assert.is(result.content.headers['authorization'], `Basic ${btoa('user:p@ss')}`)
  assert.is(result['url'], `${base}/`)
})

http(
  'sends a body as it is, a mapping as JSON without a type, json with its type',
  async ({ base }) => {
    const sent = async (input: ActionInput) => {
      const { content } = dataOf(await run({ url: base, method: 'post', ...input }))
      assert.is(content.method, 'POST')
      return [JSON.parse(content.body || 'null'), content.headers['content-type']]
    }
    assert.equal(await sent({ body: '"text"' }), ['text', undefined])
    assert.equal(await sent({ body: { a: 1 } }), [{ a: 1 }, undefined])
    assert.equal(await sent({ json: { a: [1, null] } }), [{ a: [1, null] }, 'application/json'])
    assert.equal(await sent({ json: false }), [false, 'application/json'])
    assert.equal(await sent({ json: {}, headers: { 'content-type': 'x/y' } }), [{}, 'x/y'])
    assert.equal(await sent({}), [null, undefined])
  },
)

http('does not follow redirects unless told to', async ({ base }) => {
  const result = dataOf(await run({ url: `${base}/redirect` }))
  assert.equal([result.status, result.content as unknown, result.history], [302, 'moved', []])
  assert.ok('error' in await run({ url: `${base}/permanent`, allow_redirects: false }))
})

http('follows redirects, with history and cookies', async ({ base }) => {
  const follow = async (path: string) =>
    dataOf(
      await run({
        url: base + path,
        method: 'POST',
        json: { a: 1 },
        auth: 'u:p',
        cookies: { k: 'v' },
        allow_redirects: true,
      }),
    )
  const moved = await follow('/redirect')
  assert.equal(moved.history.map(({ status, url }) => [status, url]), [[302, `${base}/redirect`]])
  assert.equal([moved.status, moved['url']], [200, `${base}/echo`])
  const { method, body, headers } = moved.content
  assert.equal([method, body, headers['content-type']], ['GET', '', undefined])
  assert.equal([headers['cookie'], headers['authorization']], [
    'k=v; seen=1',
    `Basic ${btoa('u:p')}`,
  ])

  const permanent = await follow('/permanent')
  assert.equal([permanent.content.method, permanent.content.body], ['POST', '{"a":1}'])

  const loop = run({ url: `${base}/loop`, allow_redirects: true })
  assert.is(await failure(loop), 'Failed to send HTTP request: Exceeded 30 redirects.')
})

http('sends credentials to no other origin', async ({ base }) => {
  const other = await serve(oddities)
  const to = encodeURIComponent(`${other.base}/echo`)
  const { content } = dataOf(
    await run({
      url: `${base}/to?url=${to}`,
      auth: 'u:p',
      headers: { Cookie: 'own=1', 'X-Own': 'kept' },
      allow_redirects: true,
    }),
  )
  const { authorization, cookie, 'x-own': own } = content.headers
  assert.equal([authorization, cookie, own], [undefined, undefined, 'kept'])
  other.server.closeAllConnections()
  other.server.close()
})

http('tells the cookies that are set', async ({ base }) => {
  assert.equal(dataOf(await run({ url: `${base}/cookies` }))['cookies'], { a: '1', b: 'two' })
})

http('fails where there is no answer', async ({ base }) => {
  assert.match(
    await failure(run({ url: 'http://127.0.0.1:1/' })),
    /^Failed to send HTTP request: .+/,
  )
  assert.match(
    await failure(run({ url: 'http://no-such-host.invalid/' })),
    /^Failed to send HTTP request: .*no-such-host/,
  )
  assert.match(
    await failure(run({ url: `${base}/slow`, timeout: 0.05 })),
    /^Failed to send HTTP request: .*[Tt]imeout/,
  )
  const impatient = withHttp({ defaultTimeoutMs: 50 })
  assert.match(await failure(run({ url: `${base}/slow` }, impatient)), /[Tt]imeout/)
})

http('stops when it is aborted', async ({ base }) => {
  const abort = new AbortController()
  const asked = failure(run({ url: `${base}/slow` }, { signal: abort.signal }))
  setTimeout(() => abort.abort(new Error('No longer wanted')), 30)
  assert.is(await asked, 'No longer wanted')
})

http('refuses answers that are too large', async ({ base }) => {
  const small = withHttp({ maxResponseBytes: 5000 })
  const refused = (path: string) => failure(run({ url: base + path }, small))
  for (const path of ['/stream', '/bomb']) {
    assert.match(await refused(path), /^HTTP response is too large \(/, path)
  }
  const tiny = withHttp({ maxResponseBytes: 5 })
  assert.match(await failure(run({ url: `${base}/text` }, tiny)), /^HTTP response is too large \(/)
  assert.is(dataOf(await run({ url: `${base}/text`, method: 'head' }, tiny)).status, 200)
  const unlimited = withHttp({ maxResponseBytes: 0 })
  assert.is(
    (dataOf(await run({ url: `${base}/bomb` }, unlimited)).content as unknown as string).length,
    100_000,
  )
})

http('goes through a proxy', async () => {
  const seen: string[] = []
  const proxy = await serve((request, response) => {
    seen.push(request.url ?? '')
    response.end('"proxied"')
  })
  const result = dataOf(
    await run({ url: 'http://only.the.proxy.knows.invalid/a', proxies: { http: proxy.base } }),
  )
  assert.equal([result.content as unknown, seen], [
    'proxied',
    ['http://only.the.proxy.knows.invalid/a'],
  ])
  const denied = withHttp({ deniedCidrs: ['127.0.0.0/8'] })
  assert.match(
    await failure(run({ url: 'http://192.0.2.1/', proxies: { http: proxy.base } }, denied)),
    /resolves to a blocked address \(127\.0\.0\.1\)/,
  )
  proxy.server.closeAllConnections()
  proxy.server.close()
})

http('does not reach what the policy denies, redirected or not', async ({ base }) => {
  const denied = { settings: settings({ http: defaultHttp }) }
  const blocked = (host: string, address: string) =>
    `URL host '${host}' resolves to a blocked address (${address}).`
  assert.is(await failure(run({ url: base }, denied)), blocked('127.0.0.1', '127.0.0.1'))
  const port = new URL(base).port
  const other = { deniedCidrs: ['127.0.0.2/32', 'nonsense'] }
  const to = encodeURIComponent(`http://127.0.0.2:${port}/`)
  const hop = run({ url: `${base}/to?url=${to}`, allow_redirects: true }, withHttp(other))
  assert.is(await failure(hop), blocked('127.0.0.2', '127.0.0.2'))
})

http.run()

const mistralHttp = suite<Served>('std.mistral_http')

mistralHttp.before(async (served) => void Object.assign(served, await serve(oddities)))
mistralHttp.after(({ server }) => void (server.closeAllConnections(), server.close()))

mistralHttp('tells the service where the result goes', async ({ base }) => {
  assert.is(registry.get('std.mistral_http')?.async, true)
  const own = { url: base, headers: { 'X-Own': 1 } }
  const { content } = dataOf(await run(own, {}, 'std.mistral_http'))
  const told = Object.entries(content.headers).filter(([name]) => /^mistral|^x-own/.test(name))
  assert.equal(Object.fromEntries(told), {
    'x-own': '1',
    'mistral-workflow-name': 'wf',
    'mistral-workflow-execution-id': 'we-1',
    'mistral-task-id': 't-1',
    'mistral-action-execution-id': 'ae-1',
    'mistral-callback-url': 'https://mestral.example/v2/action_executions/ae-1',
  })
})

mistralHttp('leaves out what a stand-alone run has not', async ({ base }) => {
  const alone = { workflowName: null, workflowExecutionId: null, taskExecutionId: null }
  const { content } = dataOf(
    await run({ url: base }, { ...alone, callbackUrl: null }, 'std.mistral_http'),
  )
  assert.is(content.headers['mistral-workflow-name'], undefined)
  assert.is(content.headers['mistral-callback-url'], '/v2/action_executions/ae-1')
})

mistralHttp('fails at once with an error status', async ({ base }) => {
  assert.ok('error' in await run({ url: `${base}/status/500` }, {}, 'std.mistral_http'))
})

mistralHttp.run()
