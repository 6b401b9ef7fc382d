/**
 * The stories of the article that Mestral began with, told with the real client to a real server.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startServerProcess } from '../server-process.ts'
import type { ServerProcess } from '../server-process.ts'
import { examplePath } from './examples.ts'
import { hasClient, mistralClient } from './mistral-client.ts'
import type { MistralClient, Row } from './mistral-client.ts'
import { call, until } from './support.ts'

interface Context {
  server: ServerProcess
  mistral: MistralClient
  data: string
}

const FINAL = ['SUCCESS', 'ERROR', 'CANCELLED']
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

const it = suite<Context>('the mistral client')

it.before(async (context) => {
  context.data = await mkdtemp(join(tmpdir(), 'mestral-seed-'))
  context.server = await startServerProcess({ MESTRAL_DATA: join(context.data, 'store') })
  context.mistral = mistralClient(context.server.url)
})

it.after(async ({ server, data, mistral }) => {
  mistral?.close()
  await server?.end('SIGTERM')
  await rm(data, { recursive: true, force: true })
})

const names = (rows: readonly Row[]) => rows.map((row) => row['Name']).sort()

/** Starts an execution and waits for its end. */
async function run({ mistral, server }: Context, ...args: string[]): Promise<Row> {
  const { ID: id } = await mistral.show('execution-create', ...args)
  return await until(`${args[0]} ends`, async () => {
    const execution = await call(server.url, 'GET', `/executions/${id}`)
    return FINAL.includes(execution.state) && execution
  })
}

it('creates my_workflow, runs it with four names and looks at all that came of it', async (context) => {
  const { mistral } = context
  const [workflow] = await mistral.list('workflow-create', examplePath('my_workflow.yaml'))
  assert.is(workflow!['Name'], 'my_workflow')
  assert.is(workflow!['Input'], 'names')
  assert.is(workflow!['Tags'], '<none>')
  assert.match(workflow!['Created at'], TIME)

  const input = '{"names": ["John", "Mistral", "Ivan", "Crystal"]}'
  const { id } = await run(context, 'my_workflow', input)
  const [executions, tasks] = await Promise.all([
    mistral.list('execution-list'),
    mistral.list('task-list', id),
  ])
  const execution = executions.find((row) => row['ID'] === id)!
  assert.is(execution['Workflow name'], 'my_workflow')
  assert.is(execution['State'], 'SUCCESS')
  assert.is(execution['State info'], null)
  assert.is(execution['Task Execution ID'], '<none>')
  assert.equal(tasks.map((row) => [row['Name'], row['State']]), [
    ['task1', 'SUCCESS'],
    ['task2', 'SUCCESS'],
  ])

  const [one, two] = tasks.map((row) => row['ID'])
  const [first, second, actions] = await Promise.all([
    mistral.text('task-get-result', one),
    mistral.text('task-get-result', two),
    mistral.list('action-execution-list', one),
  ])
  assert.equal(JSON.parse(first), ['John', 'Mistral', 'Ivan', 'Crystal'])
  assert.is(JSON.parse(second), 'Done')
  assert.is(actions.length, 4)
  for (const action of actions) {
    assert.equal(
      [action['Name'], action['Task name'], action['Task ID'], action['State'], action['Accepted']],
      ['std.echo', 'task1', one, 'SUCCESS', true],
    )
  }
  const outputs = await Promise.all(
    actions.map((action) => mistral.text('action-execution-get-output', action['ID'])),
  )
  assert.equal(outputs.map((text) => JSON.parse(text).result).sort(), [
    'Crystal',
    'Ivan',
    'John',
    'Mistral',
  ])
})

it('creates the ad-hoc action error_email, shows it and uses it', async (context) => {
  const { mistral, data } = context
  const file = join(data, 'notify.yaml')
  await writeFile(
    file,
    `version: '2.0'
notify:
  tasks:
    send: {action: error_email execution_id=<% execution().id %>}
`,
  )
  const [created] = await mistral.list('action-create', examplePath('error_email.yaml'))
  assert.equal([created!['Name'], created!['Input'], created!['Is system']], [
    'error_email',
    'execution_id',
    false,
  ])
  const [shown, listed] = await Promise.all([
    mistral.show('action-get', 'error_email'),
    mistral.list('action-list'),
    mistral.text('workflow-create', file),
  ])
  assert.is(shown['Name'], 'error_email')
  const builtIn = ['async_noop', 'echo', 'fail', 'http', 'noop', 'sleep']
  for (const name of ['error_email', ...builtIn.map((rest) => `std.${rest}`)]) {
    assert.ok(names(listed).includes(name), `action-list shows ${name}`)
  }

  const { id } = await run(context, 'notify')
  const [task] = await mistral.list('task-list', id)
  assert.is(
    JSON.parse(await mistral.text('task-get-result', task!['ID'])),
    `Execution ${id} has failed.\nSee the log.\n`,
  )
})

it('runs start_server: a failure is swallowed, and told at the end', async (context) => {
  const { mistral } = context
  await mistral.text('workflow-create', examplePath('start_server.yaml'))
  const execution = await run(context, 'start_server', '{"server_id": "vm-1"}')
  assert.is(execution['state'], 'SUCCESS')
  const [output, tasks] = await Promise.all([
    mistral.text('execution-get-output', execution['id']),
    mistral.list('task-list', execution['id']),
  ])
  assert.equal(JSON.parse(output), { error_task: [{ name: 'start_server', state: 'ERROR' }] })
  assert.equal(Object.fromEntries(tasks.map((row) => [row['Name'], row['State']])), {
    start_server: 'ERROR',
    wait_for_server_to_active: 'SUCCESS',
    report: 'SUCCESS',
  })
})

it('joins all, one and 1', async (context) => {
  const { mistral, server } = context
  assert.equal(names(await mistral.list('workflow-create', examplePath('joins.yaml'))), [
    'join_1',
    'join_all',
    'join_one',
  ])
  const ended = await Promise.all(
    ['join_all', 'join_one', 'join_1'].map((name) => run(context, name)),
  )
  assert.equal(ended.map(({ state }) => state), ['SUCCESS', 'SUCCESS', 'SUCCESS'])
  assert.equal(JSON.parse(ended[0]!['output']), { greeting: 'Hello, World!' })
  for (const { id } of ended) {
    const { tasks } = await call(server.url, 'GET', `/executions/${id}/tasks`)
    const joins = tasks.filter((task: Row) => task['name'] === 'C')
    assert.equal(joins.map((task: Row) => task['state']), ['SUCCESS'])
  }
})

it('builds in reverse: what C requires comes first', async (context) => {
  const { mistral } = context
  await mistral.text('workflow-create', examplePath('build.yaml'))
  const { id, state } = await run(context, 'build', '{}', '{"task_name": "C"}')
  assert.is(state, 'SUCCESS')
  const [output, tasks] = await Promise.all([
    mistral.text('execution-get-output', id),
    mistral.list('task-list', id),
  ])
  assert.is(JSON.parse(output)['c'], 'ab')
  assert.equal(names(tasks), ['A', 'B', 'C'])
})

it('lets a cron trigger run a number of times, keeps it, and links its executions to it', async (context) => {
  const { mistral, server } = context
  const input = '{"names": ["cron"]}'
  const create = (name: string, pattern: string, count: string) =>
    mistral.show(
      'cron-trigger-create',
      '--pattern',
      pattern,
      '--count',
      count,
      name,
      'my_workflow',
      input,
    )
  const [minutely, secondly] = await Promise.all([
    create('every_minute', '* * * * *', '5'),
    create('every_second', '* * * * * *', '5'),
  ])
  assert.equal(
    ['Name', 'Workflow', 'Params', 'Pattern', 'Remaining executions'].map((name) => minutely[name]),
    ['every_minute', 'my_workflow', '{}', '* * * * *', 5],
  )
  assert.match(minutely['Next execution time'], /:00$/)
  assert.is(secondly['Remaining executions'], 5)

  const trigger = await until('the trigger completes', async () => {
    const found = await call(server.url, 'GET', '/cron_triggers/every_second')
    return found.status === 'COMPLETED' && found
  })
  assert.is(trigger.remaining_executions, 0)
  const query = 'cron_trigger_id,state,description'
  const { executions } = await call(server.url, 'GET', `/executions?fields=${query}`)
  const linked = executions.filter((row: Row) => row['cron_trigger_id'] === trigger.id)
  assert.is(linked.length, 5)
  assert.ok(linked.every((row: Row) => row['description'].includes(trigger.id)))
  assert.ok(executions.some((row: Row) => row['cron_trigger_id'] === null))

  const listed = await mistral.list('cron-trigger-list')
  const kept = listed.find((row) => row['Name'] === 'every_second')!
  assert.is(kept['Remaining executions'], 0)
  assert.match(kept['Next execution time'], TIME)
  await mistral.text('cron-trigger-delete', 'every_minute')
})

it('lists the services of the server in three groups', async ({ mistral, server }) => {
  const services = await mistral.list('service-list')
  assert.equal(services.map((row) => row['Type']), ['api_group', 'engine_group', 'executor_group'])
  for (const { Name: name } of services) assert.ok(name.endsWith(`_${server.pid}`), name)
})

it('keeps environments, and executions see them', async (context) => {
  const { mistral, data } = context
  const environment = join(data, 'environment.json')
  const workflow = join(data, 'place.json')
  await writeFile(
    environment,
    JSON.stringify({ name: 'lab', variables: JSON.stringify({ place: 'roof' }) }),
  )
  // Definitions may be JSON, too.
  await writeFile(
    workflow,
    JSON.stringify({
      version: '2.0',
      place: { output: { at: '<% env().place %>' }, tasks: { t: { action: 'std.noop' } } },
    }),
  )
  const [created] = await Promise.all([
    mistral.show('environment-create', environment),
    mistral.text('workflow-create', workflow),
  ])
  assert.is(created['Name'], 'lab')
  const [listed, shown, ended] = await Promise.all([
    mistral.list('environment-list'),
    mistral.show('environment-get', 'lab'),
    run(context, 'place', '{}', '{"env": "lab"}'),
  ])
  assert.equal(names(listed), ['lab'])
  assert.equal(JSON.parse(shown['Variables']), { place: 'roof' })
  assert.equal(JSON.parse(ended['output']), { at: 'roof' })
})

it('keeps workflows of one name in namespaces apart', async ({ mistral }) => {
  const file = examplePath('my_workflow.yaml')
  await mistral.text('workflow-create', file, '--namespace', 'apart')
  const listed = await mistral.list('workflow-list')
  const both = listed.filter((row) => row['Name'] === 'my_workflow').map((row) => row['Namespace'])
  assert.equal(both.sort(), ['', 'apart'])
})

it('is told in words what is wrong with a definition', async ({ mistral, data }) => {
  const file = join(data, 'wrong.yaml')
  await writeFile(
    file,
    "version: '2.0'\nwrong:\n  tasks:\n    t:\n      action: std.noop\n      publish:\n        ret\n",
  )
  try {
    await mistral.text('workflow-create', file)
    assert.unreachable('A definition that is wrong should be refused')
  } catch (error) {
    assert.match((error as { stderr: string }).stderr, /publish/)
  }
})

if (hasClient()) it.run()
else {
  process.stderr.write(
    '\n!!! SKIPPED: the mistral client is not on this machine, so the stories of the seed are not told.\n' +
      '!!! apt-get install python3-mistralclient\n\n',
  )
}
