/**
 * Every workflow of `test/examples/` does what it says.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type MailServer, startMailServer } from '../actors/action/smtp-server.ts'
import { type SshServer, startSshServer } from '../actors/action/ssh-server.ts'
import { startService } from '../in-process.ts'
import type { Service } from '../in-process.ts'
import { exampleFiles, readExample } from './examples.ts'
import type { Json } from './support.ts'

/** What the examples reach. */
interface Servers {
  readonly mail: MailServer
  readonly ssh: SshServer
}

interface Case {
  readonly workflow: string
  readonly input?: object | ((servers: Servers) => object)
  readonly params?: object
  readonly output: Json
}

/** What each file's workflows give. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
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
  'patient.yaml': [{ workflow: 'patient', output: { answer: 'here' } }],
  'start_server.yaml': [{
    workflow: 'start_server',
    input: { server_id: 'vm-1' },
    output: { error_task: [{ name: 'start_server', state: 'ERROR' }] },
  }],
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
  }
})
it.after(async ({ service, servers }) => {
  await service.close()
  await servers.mail.close()
  await servers.ssh.close()
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
    assert.equal(names.sort(), (CASES[file] ?? []).map(({ workflow }) => workflow).sort())
    await Promise.all((CASES[file] ?? []).map(async ({ workflow, input, params, output }) => {
      const started = await service.call('POST', '/v2/executions', {
        workflow_name: workflow,
        input: JSON.stringify(typeof input === 'function' ? input(servers) : input ?? {}),
        params: JSON.stringify(params ?? {}),
      })
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
