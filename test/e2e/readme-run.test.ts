/**
 * What the README tells a newcomer to type, in processes of their own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mestral, startServerProcess } from '../server-process.ts'
import { examplePath, readExample } from './examples.ts'
import { call, until, withDirectory } from './support.ts'

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
  /** Told of every piece of standard error as it comes. */
  readonly hear?: (text: string) => void
}

async function runMestral(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const [file, all] = mestral(...args)
  const child = spawn(file, all, {
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd && { cwd: options.cwd }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Uint8Array) => stdout += new TextDecoder().decode(chunk))
  child.stderr.on('data', (chunk: Uint8Array) => {
    const text = new TextDecoder().decode(chunk)
    stderr += text
    options.hear?.(text)
  })
  const [code] = await once(child, 'close') as [number | null]
  return { code, stdout, stderr }
}

const it = suite('mestral run')

it('shows the tasks as they go, and prints the output and nothing else', () =>
  withDirectory(async (data) => {
    const heard: { text: string; at: number }[] = []
    const input = '{"names": ["Ada", "Grace"]}'
    const { code, stdout, stderr } = await runMestral(
      ['run', examplePath('greet.yaml'), '--input', input, '--data', data],
      { hear: (text) => heard.push({ text, at: Date.now() }) },
    )
    assert.is(code, 0, stderr)
    assert.equal(JSON.parse(stdout), { greetings: ['Hello, Ada!', 'Hello, Grace!'], count: 2 })
    for (const task of ['greet_all', 'look_around', 'summary']) {
      assert.match(stderr, new RegExp(`${task} SUCCESS`))
    }
    // look_around takes a second: it was shown running long before it was shown done.
    const when = (text: string) => heard.find((piece) => piece.text.includes(text))!.at
    assert.ok(when('look_around SUCCESS') - when('look_around RUNNING') > 500)
  }))

it('ends with 1 and says why when the workflow fails', () =>
  withDirectory(async (data) => {
    const file = join(data, 'bad.yaml')
    await writeFile(file, "version: '2.0'\nbad:\n  tasks: {oops: {action: std.fail}}\n")
    const { code, stdout, stderr } = await runMestral(['run', file, '--data', join(data, 'store')])
    assert.is(code, 1)
    assert.match(stderr, /oops ERROR/)
    assert.match(stderr, /Failure caused by error in tasks: oops/)
    assert.match(JSON.parse(stdout).result, /^Failure caused by error in tasks: oops/)
  }))

it('says what is wrong with its arguments, without a stack', () =>
  withDirectory(async (data) => {
    const file = join(data, 'wrong.yaml')
    await writeFile(file, "version: '2.0'\nwrong:\n  tasks: {t: {acton: std.noop}}\n")
    const greet = examplePath('greet.yaml')
    const cases: [args: string[], says: RegExp][] = [
      [[greet, '--input', '{"names": '], /--input must be a JSON object/],
      [[greet, '--input', '[1]'], /input/i],
      [[greet, '--input', '{}'], /names/],
      [[greet, '--input', '{"names": [], "more": 1}'], /more/],
      [[join(data, 'none.yaml')], /none\.yaml/],
      [[file], /acton/],
      [[greet, '--workflow', 'other'], /has no workflow other; it has greet/],
      [[examplePath('joins.yaml')], /several workflows.*join_all, join_one, join_1/],
    ]
    await Promise.all(cases.map(async ([args, says], i) => {
      const { code, stdout, stderr } = await runMestral([
        'run',
        ...args,
        '--data',
        join(data, `${i}`),
      ])
      assert.is(code, 1, args.join(' '))
      assert.is(stdout, '')
      assert.match(stderr, says)
      assert.not.match(stderr, /\n\s+at /, 'no stack')
    }))
  }))

it('goes on where a run before it left the same directory', () =>
  withDirectory(async (data) => {
    const args = [
      'run',
      examplePath('my_workflow.yaml'),
      '--input',
      '{"names": ["x"]}',
      '--data',
      data,
    ]
    assert.is((await runMestral(args)).code, 0)
    assert.is((await runMestral(args)).code, 0)
  }))

it('tells its version', async () => {
  const { version } = JSON.parse(readExample('../../package.json'))
  const { code, stdout, stderr } = await runMestral(['--version'])
  assert.equal({ code, stdout, stderr }, { code: 0, stdout: `${version}\n`, stderr: '' })
})

it.run()

const server = suite('mestral server')

const SLOW = `
version: '2.0'
slow:
  output: {end: <% $.end %>}
  tasks:
    nap: {action: std.sleep seconds=2, on-success: last}
    last: {action: std.noop, publish: {end: true}}
`

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  server(
    `ends with 0 on ${signal}, and goes on with what was under way when it is started again`,
    () =>
      withDirectory(async (data) => {
        const env = { MESTRAL_DATA: data }
        const first = await startServerProcess(env)
        await call(first.url, 'POST', '/workflows', SLOW)
        const { id } = await call(first.url, 'POST', '/executions', { workflow_name: 'slow' })
        assert.is(await first.end(signal), 0, first.log())

        const second = await startServerProcess(env)
        const ended = await until('the execution ends', async () => {
          const execution = await call(second.url, 'GET', `/executions/${id}`)
          return execution.state !== 'RUNNING' && execution
        })
        assert.is(ended.state, 'SUCCESS', ended.state_info)
        assert.equal(JSON.parse(ended.output), { end: true })
        assert.is(await second.end('SIGTERM'), 0, second.log())
      }),
  )
}

server(
  'says what is wrong with its configuration, and ends with 1',
  () =>
    withDirectory(async (data) => {
      const env = { MESTRAL_DATA: data, MESTRAL_PORT: 'many' }
      const { code, stderr } = await runMestral(['server'], { env })
      assert.is(code, 1)
      assert.match(stderr, /MESTRAL_PORT must be a whole number .*'many'/)
    }),
)

server('says so if its port or its directory is taken', () =>
  withDirectory(async (data) => {
    const running = await startServerProcess({ MESTRAL_DATA: join(data, 'a') })
    try {
      const { port } = new URL(running.url)
      const [port2, taken] = await Promise.all([
        runMestral(['server'], { env: { MESTRAL_DATA: join(data, 'b'), MESTRAL_PORT: port } }),
        runMestral(['server'], { env: { MESTRAL_DATA: join(data, 'a'), MESTRAL_PORT: '0' } }),
      ])
      assert.is(port2.code, 1)
      assert.match(port2.stderr, /EADDRINUSE|in use/i)
      assert.is(taken.code, 1)
      assert.match(taken.stderr, /mestral: .*(in use|taken|held|another)/i)
    } finally {
      await running.end('SIGTERM')
    }
  }))

server.run()

const why = suite('mestral why')

const WAITS = `
version: '2.0'
top: {tasks: {t: {workflow: below}, u: {action: std.async_noop, on-success: j}, j: {join: all}}}
below: {tasks: {v: {action: std.async_noop}}}
`

why(
  'says what an execution of a server waits for, and what is wrong where it cannot',
  () =>
    withDirectory(async (data) => {
      const running = await startServerProcess({ MESTRAL_DATA: data })
      try {
        await call(running.url, 'POST', '/workflows', WAITS)
        const { id } = await call(running.url, 'POST', '/executions', { workflow_name: 'top' })
        const children = await until('the sub-workflow runs', async () => {
          const { executions } = await call(running.url, 'GET', `/executions/${id}/executions`)
          return executions.length === 2 && executions
        })
        const below = children.find((child: { id: string }) => child.id !== id)
        const env = { MESTRAL_URL: running.url }
        const { code, stdout, stderr } = await runMestral(['why', id], { env })
        assert.is(code, 0, stderr)
        const lines = stdout.trimEnd().split('\n').map((line) =>
          line.replace(/since \d+ s/g, 'since')
        )
        const put = lines.find((line) => line.includes('Task u'))!.split(' ').at(-1)!
        assert.equal(lines, [
          `top ${id} RUNNING`,
          '  Execution RUNNING since: 2 of its tasks have not ended.',
          `  - Task t waits for its sub-workflow execution ${below.id} of below (RUNNING since).`,
          `      below ${below.id} RUNNING`,
          '        Execution RUNNING since: 1 of its tasks has not ended.',
          lines[5],
          '  - Task u waits since for the result of the asynchronous action std.async_noop: ' +
          `PUT ${put}`,
        ])
        assert.match(lines[5]!, /^ {8}- Task v waits since for the result/)

        const flat = await runMestral(['why', id, '--depth', '0', '--server', `${running.url}/v2`])
        assert.match(flat.stdout, `\n      mestral why ${below.id}\n`)
        const json = await runMestral(['why', id, '--json'], { env })
        assert.is(JSON.parse(json.stdout).execution_id, id)
        const nobody = await runMestral(['why', 'nobody'], { env })
        assert.is(nobody.code, 1)
        assert.match(nobody.stderr, 'mestral: WorkflowExecution not found [id=nobody]')
      } finally {
        await running.end('SIGTERM')
      }
      const gone = await runMestral(['why', 'x', '--server', running.url])
      assert.is(gone.code, 1)
      assert.match(gone.stderr, `mestral: No server answers at ${running.url}`)
    }),
)

why.run()
