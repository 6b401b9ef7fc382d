/**
 * Every workflow of `test/examples/` does what it says.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type MailServer, startMailServer } from '../actors/action/smtp-server.ts'
import { type SshServer, startSshServer } from '../actors/action/ssh-server.ts'
import { startService } from '../in-process.ts'
import type { Service } from '../in-process.ts'
import { exampleFiles, readExample } from './examples.ts'
import { type Json, until } from './support.ts'

/** What the examples reach. */
interface Servers {
  readonly mail: MailServer
  readonly ssh: SshServer
  readonly job: Server
}

interface Case {
  readonly workflow: string
  readonly input?: object | ((servers: Servers) => object)
  readonly params?: object
  /** What somebody does while it runs. */
  readonly meanwhile?: (service: Service, executionId: string) => Promise<void>
  readonly output: Json
}

/** What each file's workflows give. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'approval.yaml': [true, false].map((approved) => ({
    workflow: 'approval',
    input: { change: 'the fix' },
    meanwhile: (service, executionId) => decide(service, executionId, { approved }),
    output: { verdict: approved ? 'the fix is applied' : 'the fix is declined' },
  })),
  'build.yaml': [{
    workflow: 'build',
    params: { task_name: 'C' },
    output: { a: 'a', b: 'b', c: 'ab' },
  }],
  'deadline.yaml': [
    { workflow: 'deadline', output: { was: 'in time' } },
    { workflow: 'step', output: {} },
  ],
  'greet.yaml': [{
    workflow: 'greet',
    input: { names: ['Ada', 'Grace'], greeting: 'Hi' },
    output: { greetings: ['Hi, Ada!', 'Hi, Grace!'], count: 2 },
  }],
  'host_names.yaml': [{
    workflow: 'host_names',
    input: ({ ssh }) => ({
      hosts: [ssh.address, ssh.address],
      inner: ssh.address,
      user: 'jo',
      password: 'secret',
    }),
    output: { names: ['example', 'example'], inner: 'example' },
  }],
  'joins.yaml': [
    { workflow: 'join_all', output: { greeting: 'Hello, World!' } },
    { workflow: 'join_one', output: {} },
    { workflow: 'join_1', output: {} },
  ],
  'longest_words.yaml': [{
    workflow: 'longest_words',
    input: { text: 'The wind that the French call mistral, the wind', count: 2 },
    output: { words: ['mistral', 'french'] },
  }],
  'mail_report.yaml': [{
    workflow: 'mail_report',
    input: ({ mail }) => ({ url: 'http://127.0.0.1:1/', smtp_server: mail.address }),
    output: { status: 'unreachable' },
  }],
  'my_workflow.yaml': [{
    workflow: 'my_workflow',
    input: { names: ['John', 'Mistral'] },
    output: {},
  }],
  'order.yaml': [
    { workflow: 'order', input: { article: 'book', card: 'valid' }, output: { status: 'placed' } },
    {
      workflow: 'order',
      input: { article: 'book', card: 'stolen' },
      output: { status: 'the card stolen was refused' },
    },
    { workflow: 'reserve', input: { article: 'book' }, output: { id: 'book-1' } },
    { workflow: 'charge', input: { card: 'valid' }, output: {} },
  ],
  'patient.yaml': [{ workflow: 'patient', output: { answer: 'here' } }],
  'poll.yaml': [{
    workflow: 'poll',
    input: ({ job }) => ({ url: `http://127.0.0.1:${(job.address() as AddressInfo).port}/` }),
    output: { state: 'done' },
  }],
  'start_server.yaml': [{
    workflow: 'start_server',
    input: { server_id: 'vm-1' },
    output: { error_task: [{ name: 'start_server', state: 'ERROR' }] },
  }],
}

/** Gives the result of the action that waits for one. */
async function decide(service: Service, executionId: string, output: object): Promise<void> {
  const path = `/v2/executions/${executionId}/why`
  const id = await until('somebody is asked', async () => {
    const { body } = await service.call('GET', path)
    return body.waiting[0]?.action_execution_id
  })
  const result = { state: 'SUCCESS', output }
  assert.is((await service.call('PUT', `/v2/action_executions/${id}`, result)).status, 200)
}

/** A job that is done when it is asked about again. */
function startJob(): Server {
  let asked = 0
  return createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ state: asked++ === 0 ? 'pending' : 'done' }))
  }).listen(0, '127.0.0.1')
}

/** Files of actions, and what running the action gives. */
const ACTIONS: Readonly<Record<string, { name: string; input: object; result: Json }>> = {
  'error_email.yaml': {
    name: 'error_email',
    input: { execution_id: 'e-1' },
    result: 'Execution e-1 has failed.\nSee the log.\n',
  },
}

const it = suite<{ service: Service; servers: Servers }>('the example')

it.before(async (context) => {
  context.service = await startService()
  context.servers = {
    mail: await startMailServer(),
    ssh: await startSshServer({ forwards: true }),
    job: startJob(),
  }
})
it.after(async ({ service, servers }) => {
  await service.close()
  await servers.mail.close()
  await servers.ssh.close()
  servers.job.close()
})

for (const file of exampleFiles()) {
  const action = ACTIONS[file]
  if (action) {
    it(`${file} defines an action that can be run`, async ({ service }) => {
      assert.is((await service.call('POST', '/v2/actions', readExample(file))).status, 201)
      const { status, body } = await service.call('POST', '/v2/action_executions', {
        name: action.name,
        input: JSON.stringify(action.input),
        params: JSON.stringify({ run_sync: true }),
      })
      assert.is(status, 201)
      assert.equal(JSON.parse(body.output).result, action.result)
    })
    continue
  }
  it(`${file} runs`, async ({ service, servers }) => {
    const { status, body } = await service.call('POST', '/v2/workflows', readExample(file))
    assert.is(status, 201, JSON.stringify(body))
    const names = body.workflows.map((workflow: Json) => workflow.name)
    const cases = CASES[file] ?? []
    assert.equal(names.sort(), [...new Set(cases.map(({ workflow }) => workflow))].sort())
    await Promise.all(cases.map(async ({ workflow, input, params, meanwhile, output }) => {
      const started = await service.call('POST', '/v2/executions', {
        workflow_name: workflow,
        input: JSON.stringify(typeof input === 'function' ? input(servers) : input ?? {}),
        params: JSON.stringify(params ?? {}),
      })
      await meanwhile?.(service, started.body.id)
      const ended = await service.ended(started.body.id)
      assert.is(ended.state, 'SUCCESS', `${workflow}: ${ended.state_info}`)
      assert.equal(JSON.parse(ended.output), output, workflow)
    }))
  })
}

it('mail_report.yaml has sent its mail', ({ servers }) => {
  const [{ to, message }] = servers.mail.received as [MailServer['received'][0]]
  assert.equal(to, ['ops@example.org'])
  assert.match(message, /^Subject: http:\/\/127\.0\.0\.1:1\/: unreachable/m)
})

it.run()
