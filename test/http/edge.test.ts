import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createEdge } from '../../http/edge.ts'
import { MemoryStore } from '../../runtime/store/memory.ts'

const it = suite('the edge')

/** Static imports and re-exports; types leave nothing behind. */
const IMPORT = /(?:^|\n)(?:import|export)\s(?!type\b)(?:[\w$*{},\s]+?\sfrom\s+)?['"]([^'"]+)['"]/g

/** The source, or what was built of it. */
const ENTRY = import.meta.url.endsWith('.ts') ? '../../http/edge.ts' : '../../http/edge.js'

/** What a module loads with itself, by walking its imports. */
async function importsOf(entry: URL): Promise<{ files: URL[]; packages: Set<string> }> {
  const files = new Map<string, URL>()
  const packages = new Set<string>()
  const queue = [entry]
  for (let url = queue.pop(); url; url = queue.pop()) {
    if (files.has(url.href)) continue
    files.set(url.href, url)
    const text = await readFile(url, 'utf8')
    for (const [, name] of text.matchAll(IMPORT)) {
      if (name!.startsWith('.')) queue.push(new URL(name!, url))
      else packages.add(name!)
    }
  }
  return { files: [...files.values()], packages }
}

it('needs no threads, no disk and no compiler', async () => {
  const { files, packages } = await importsOf(new URL(ENTRY, import.meta.url))
  assert.ok(files.length > 50, `${files.length} files were found`)
  const forbidden = [
    'lmdb',
    'node:worker_threads',
    'node:fs',
    'node:fs/promises',
    'undici',
    'ajv',
    'pino',
  ]
  for (const name of [...forbidden, 'node:child_process', '@hono/node-server', 'node:http']) {
    assert.not(packages.has(name), name)
  }
  for (const file of files) {
    const text = await readFile(file, 'utf8')
    assert.not.match(text, /\bajv\.compile\b|new Function\(|\beval\(/, file.pathname)
  }
})

it('answers requests through the store', async () => {
  const store = new MemoryStore()
  const edge = createEdge(() => Promise.resolve(store))
  const created = await edge.fetch(
    new Request('http://edge/v2/workflows', {
      method: 'POST',
      body: "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}\n",
    }),
  )
  assert.is(created.status, 201)
  assert.is((await store.list('workflow')).length, 1)
  assert.is((await edge.fetch(new Request('http://edge/v2/workflows/w'))).status, 200)
})

it('opens the store once, and again after a failure', async () => {
  let opened = 0
  const errors: unknown[] = []
  const edge = createEdge(() => {
    opened += 1
    return opened === 1 ? Promise.reject(new Error('no route')) : Promise.resolve(new MemoryStore())
  }, { onError: (error) => errors.push(error) })
  const request = () => new Request('http://edge/v2/workflows')
  assert.is((await edge.fetch(request())).status, 503)
  assert.is((await edge.fetch(request())).status, 200)
  assert.is((await edge.fetch(request())).status, 200)
  assert.is(opened, 2)
  assert.is(errors.length, 1)
})

it('fires due cron triggers when it is scheduled', async () => {
  const store = new MemoryStore()
  let now = Date.UTC(2026, 0, 2, 3, 4, 5)
  const asked: string[] = []
  const edge = createEdge(() => Promise.resolve(store), {
    now: () => now,
    engineOf: () => ({
      ask: (command) => {
        asked.push(command.type)
        return Promise.reject(new Error('not here'))
      },
    }),
  })
  const post = (path: string, body: string, type: string) =>
    edge.fetch(
      new Request(`http://edge${path}`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      }),
    )
  await post('/v2/workflows', "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}\n", 'text/plain')
  const trigger = JSON.stringify({ name: 't', workflow_name: 'w', pattern: '* * * * *' })
  assert.is((await post('/v2/cron_triggers', trigger, 'application/json')).status, 201)
  await edge.scheduled()
  assert.equal(asked, [])
  now += 60_000
  await edge.scheduled()
  assert.equal(asked, ['startExecution'])
})

it.run()
