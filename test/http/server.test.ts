import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serve } from '../../http/server.ts'
import { Edge } from './support.ts'

const it = suite('the server')

it('serves the app on a free port', async () => {
  const edge = new Edge()
  const server = await serve(edge.app, { host: '127.0.0.1', port: 0 })
  try {
    const body = "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}\n"
    const created = await fetch(`${server.url}/v2/workflows`, { method: 'POST', body })
    assert.is(created.status, 201)
    const listed = await (await fetch(`${server.url}/v2/workflows?limit=1`)).text()
    assert.match(listed, `"next":"${server.url}/v2/workflows?`)
    const gone = await fetch(`${server.url}/v2/workflows/w`, { method: 'DELETE' })
    assert.is(gone.status, 204)
    assert.is(await gone.text(), '')
    const method = await fetch(`${server.url}/v2/workflows`, { method: 'HEAD' })
    assert.is(method.status, 405)
  } finally {
    await server.close()
  }
})

it('finishes requests in flight and takes no more', async () => {
  const arrived = deferred()
  const release = deferred()
  const ended: string[] = []
  const app = {
    fetch: async () => {
      arrived.resolve()
      await release.promise
      ended.push('request')
      return new Response('done')
    },
  }
  const server = await serve(app, {
    host: '127.0.0.1',
    port: 0,
    endStreams: () => void ended.push('streams'),
  })
  const answer = fetch(server.url)
  await arrived.promise
  const closed = server.close().then(() => ended.push('closed'))
  release.resolve()
  assert.is(await (await answer).text(), 'done')
  await closed
  assert.equal(ended, ['streams', 'request', 'closed'])
  await assertRejects(fetch(server.url))
})

it('gives up on requests that take too long', async () => {
  const arrived = deferred()
  const app = {
    fetch: () => {
      arrived.resolve()
      return new Promise<Response>(() => {})
    },
  }
  const server = await serve(app, { host: '127.0.0.1', port: 0, graceMs: 20 })
  const answer = fetch(server.url).then(({ status }) => status, () => 503)
  await arrived.promise
  await Promise.all([server.close(), server.close()])
  assert.is(await answer, 503)
})

it('says that its address is taken', async () => {
  const app = new Edge().app
  const server = await serve(app, { host: '127.0.0.1', port: 0 })
  const port = Number(new URL(server.url).port)
  await assertRejects(serve(app, { host: '127.0.0.1', port }))
  await server.close()
})

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => resolve = done)
  return { promise, resolve }
}

async function assertRejects(work: Promise<unknown>): Promise<void> {
  const outcome = await work.then(() => 'resolved', () => 'rejected')
  assert.is(outcome, 'rejected')
}

it.run()
