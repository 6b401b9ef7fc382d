/**
 * @module
 * A server whose operator bounded what expressions may take, at its edge and in its threads.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mestral, type ServerProcess, startServerProcess } from '../server-process.ts'

const it = suite<{ server: ServerProcess; directory: string }>('limits of expressions')

it.before(async (context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'mestral-limits-'))
  context.server = await startServerProcess({
    MESTRAL_DATA: context.directory,
    MESTRAL_THREADS: '1',
    MESTRAL_EXPRESSION_ELEMENTS: '1000',
    MESTRAL_EXPRESSION_DEPTH: '20',
  })
})

it.after(async ({ server, directory }) => {
  await server.end('SIGTERM')
  rmSync(directory, { recursive: true })
})

async function post(url: string, body: unknown): Promise<{ status: number; text: string }> {
  const isText = typeof body === 'string'
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': isText ? 'text/plain' : 'application/json' },
    body: isText ? body : JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

const TOO_MANY = 'makes more than 1000 elements'

it('hold for what is evaluated by itself', async ({ server }) => {
  const evaluate = (expression: string) =>
    post(`${server.url}/v2/expressions/evaluate`, { expression })
  assert.is((await evaluate('<% range(300).toList().len() %>')).status, 200)
  const { status, text } = await evaluate('<% range(2000).toList().len() %>')
  assert.is(status, 400)
  assert.ok(text.includes(TOO_MANY), text)
  assert.is((await evaluate(`<% ${'('.repeat(30)}1${')'.repeat(30)} %>`)).status, 400)
})

it('hold for the command line', () => {
  const [file, args] = mestral('eval', '<% range(2000).toList().len() %>')
  const evaluated = (limits: Record<string, string>) =>
    spawnSync(file, args, { env: { ...process.env, ...limits }, encoding: 'utf8' })
  const refused = evaluated({ MESTRAL_EXPRESSION_ELEMENTS: '1000' })
  assert.is(refused.status, 1)
  assert.ok(refused.stderr.includes(TOO_MANY), refused.stderr)
  assert.is(evaluated({}).stdout, '2000\n')
})

it('hold for tasks', async ({ server }) => {
  const workflow = `
version: '2.0'
flow:
  output: {n: <% range(2000).toList().len() %>}
  tasks:
    t: {action: std.noop}
`
  assert.is((await post(`${server.url}/v2/workflows`, workflow)).status, 201)
  const started = await post(`${server.url}/v2/executions`, { workflow_name: 'flow' })
  const { id } = JSON.parse(started.text)
  let execution: { state: string; state_info: string | null }
  do {
    const response = await fetch(`${server.url}/v2/executions/${id}`)
    execution = await response.json() as typeof execution
  } while (execution.state === 'RUNNING')
  assert.is(execution.state, 'ERROR')
  assert.ok(execution.state_info?.includes(TOO_MANY), execution.state_info ?? '')
})

it.run()
