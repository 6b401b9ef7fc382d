import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idGenerator, shardOf } from '../../../actors/ids.ts'
import { startService } from '../../in-process.ts'
import type { Service } from '../../in-process.ts'
import { startOf } from '../../runtime/start-command.ts'
import { MemoryStore } from '../../../runtime/store/memory.ts'
import type { RowKey } from '../../../runtime/store/store.ts'

const SHARDS = 8
const TEXT = `
version: '2.0'
work:
  output: {done: yes}
  tasks:
    one: {action: std.echo output="first", on-success: two}
    two: {action: std.fail, on-error: noop}
look:
  input: [{of: null}]
  output:
    tasks: '<% $.tasks %>'
  tasks:
    t:
      action: std.noop
      publish:
        tasks: '<% tasks($.of).orderBy($.name).select([$.name, $.state, $.result, $.spec.action]) %>'
all:
  output: {names: <% $.names %>, outputs: <% $.outputs %>}
  tasks:
    t:
      action: std.noop
      publish: {names: '<% tasks().name.orderBy($) %>', outputs: '{{ executions() | map(attribute="output") | list }}'}
`

const it = suite<{ service: Service; newId: (slot?: number) => string }>('tasks()')

it.before.each(async (context) => {
  const store = new MemoryStore({ shards: SHARDS })
  context.newId = idGenerator({ now: () => Date.now(), random: Math.random })
  context.service = await startService({ store })
  const { status, body } = await context.service.call('POST', '/v2/workflows', TEXT)
  assert.is(status, 201, JSON.stringify(body))
})
it.after.each(async ({ service }) => {
  await service.close()
  await service.store.close()
})

async function run(service: Service, workflow: string, id: string, input: object = {}) {
  const { status, body } = await service.call('POST', '/v2/executions', {
    id,
    workflow_name: workflow,
    input,
  })
  assert.is(status, 201, JSON.stringify(body))
  const ended = await service.ended(id)
  assert.is(ended.state, 'SUCCESS', ended.state_info)
  return JSON.parse(ended.output)
}

it('shows those of an execution in whatever shard', async ({ service, newId }) => {
  const [here, there] = [newId(1), newId(4000)]
  assert.is.not(shardOf(here, SHARDS), shardOf(there, SHARDS))
  await run(service, 'work', there)
  const { tasks } = await run(service, 'look', here, { of: there })
  assert.equal(tasks.map(([name, state]: string[]) => [name, state]), [
    ['one', 'SUCCESS'],
    ['two', 'ERROR'],
  ])
  assert.is(tasks[0][2], 'first')
  assert.is(tasks[0][3], 'std.echo output="first"')
})

it('shows those of all executions without an id', async ({ service, newId }) => {
  await run(service, 'work', newId(1))
  await run(service, 'work', newId(4000))
  const { names, outputs } = await run(service, 'all', newId(2000))
  assert.equal(names, ['one', 'one', 't', 'two', 'two'])
  assert.equal(outputs.filter((output: object) => 'done' in output), [{ done: true }, {
    done: true,
  }])
})

it('takes the times of executions() in each form, and refuses what is none', async ({ service, newId }) => {
  const id = newId()
  await run(service, 'work', id)
  const { body } = await service.call('GET', `/v2/executions/${id}/tasks`)
  const ask = async (expression: string) => {
    const answer = await service.call('POST', '/v2/expressions/evaluate', {
      expression,
      task_execution_id: body.tasks[0].id,
    })
    return answer.body.result ?? answer.body.faultstring
  }
  for (
    const expression of [
      '<% executions(fromTime => now() - timespan(hours => 1)).id %>',
      '<% executions(fromTime => execution().created_at).id %>',
      "<% executions(fromTime => execution().created_at.replace(' ', 'T')).id %>",
      "<% executions(toTime => '2100-01-01', fromTime => '2000-01-01T00:00Z').id %>",
    ]
  ) assert.equal(await ask(expression), [id], expression)
  assert.equal(await ask('<% executions(toTime => execution().created_at).id %>'), [])
  assert.equal(await ask("{{ executions(from_time='2100-01-01 00:00:00') }}"), [])
  for (
    const expression of [
      '<% executions(fromTime => yesterday) %>',
      "<% executions(fromTime => '2026-02-30 00:00:00') %>",
      '{{ executions(from_time=5) }}',
    ]
  ) assert.match(await ask(expression), /from_time of executions\(\) is no time: write YYYY/)
  assert.match(await ask("{{ executions(to_time='x') }}"), /^Can not evaluate Jinja .*to_time of/)
})

it('shows nothing of another project, nor of what does not exist', async ({ service, newId }) => {
  const [mine, theirs] = [newId(1), newId(1)]
  await run(service, 'work', mine)
  await service.engine.ask(await startOf(service.store, 'work', theirs, 'theirs'))
  assert.equal((await run(service, 'look', newId(1), { of: theirs })).tasks, [])
  assert.equal((await run(service, 'look', newId(1), { of: newId(7) })).tasks, [])
  assert.equal((await run(service, 'look', newId(1), { of: 'nobody' })).tasks, [])
  assert.is((await run(service, 'look', newId(1), { of: mine })).tasks.length, 2)
  assert.equal((await run(service, 'all', newId(1))).names.filter((n: string) => n !== 't'), [
    'one',
    'two',
  ])
})

it.run()

/** Counts the rows of tasks and of executions that are read. */
class CountingStore extends MemoryStore {
  tasksRead = 0
  executionsRead = 0

  override read(shard: number, keys: readonly RowKey[]): Promise<(string | null)[]> {
    const count = (name: string) => keys.filter(({ table }) => table === name).length
    this.tasksRead += count('task')
    this.executionsRead += count('execution')
    return super.read(shard, keys)
  }
}

const TASKS = 1500
const MANY = `
version: '2.0'
many:
  tasks:
${
  Array.from({ length: TASKS }, (_, i) =>
    `    t${String(i).padStart(4, '0')}: {action: std.echo output=${i}}`)
    .join('\n')
}
ask:
  input: [of]
  output: {first: <% $.first %>, last: <% $.last %>, count: <% $.count %>, sum: <% $.sum %>}
  tasks:
    first:
      action: std.noop
      publish: {first: '<% tasks($.of).first().name %>', last: <% null %>, sum: <% null %>}
      on-success: count
    count:
      action: std.noop
      publish: {count: '{{ tasks(_.of)|length }}'}
      on-success: sum
    sum:
      action: std.noop
      publish: {sum: '<% tasks($.of).result.sum() %>', last: '<% tasks($.of)[-1].name %>'}
`

const paged = suite('tasks() of a large execution')

paged('reads what is looked at, page by page', async () => {
  const store = new CountingStore({ shards: SHARDS })
  const service = await startService({ store })
  const newId = idGenerator({ now: () => Date.now(), random: Math.random })
  const { status, body } = await service.call('POST', '/v2/workflows', MANY)
  assert.is(status, 201, JSON.stringify(body))
  const [there, here] = [newId(1), newId(4000)]
  await run(service, 'many', there)
  const ask = async (expression: string) => {
    const { body: tasks } = await service.call('GET', `/v2/executions/${here}/tasks`)
    const before = store.tasksRead
    const { body: answer } = await service.call('POST', '/v2/expressions/evaluate', {
      expression,
      data: { of: there },
      task_execution_id: tasks.tasks[0].id,
    })
    return { answer: answer.result ?? answer.faultstring, read: store.tasksRead - before }
  }
  assert.equal(await run(service, 'ask', here, { of: there }), {
    first: 't0000',
    last: 't1499',
    count: TASKS,
    sum: TASKS * (TASKS - 1) / 2,
  })
  // The row that tells whose execution the asking task is of, and a page.
  const first = await ask('<% tasks($.of).first().name %>')
  assert.is(first.answer, 't0000')
  assert.ok(first.read <= 110, `${first.read} rows`)
  const count = await ask('<% tasks($.of).len() %>')
  assert.is(count.answer, TASKS)
  assert.ok(count.read <= 10, `${count.read} rows`)
  const all = await ask('{{ tasks(_.of)|map(attribute="name")|unique|list|length }}')
  assert.is(all.answer, TASKS)
  assert.ok(all.read <= TASKS + 10, `${all.read} rows`)
  await service.close()
  await store.close()
})

paged.run()

const EXECUTIONS = 700

const listed = suite('executions() of a large project')

listed('reads what is looked at, page by page, of its own project alone', async () => {
  const store = new CountingStore({ shards: 1 })
  const service = await startService({ store })
  const newId = idGenerator({ now: () => Date.now(), random: Math.random })
  await service.call('POST', '/v2/workflows', TEXT)
  const first = newId(1)
  await run(service, 'work', first)
  const start = async (project?: string) =>
    service.engine.ask(await startOf(store, 'work', newId(1), project))
  for (let i = 1; i < EXECUTIONS; i++) await start()
  for (let i = 0; i < 50; i++) await start('theirs')

  const { body: tasks } = await service.call('GET', `/v2/executions/${first}/tasks`)
  const ask = async (expression: string) => {
    const before = store.executionsRead
    const { body: answer } = await service.call('POST', '/v2/expressions/evaluate', {
      expression,
      task_execution_id: tasks.tasks[0].id,
    })
    return { answer: answer.result ?? answer.faultstring, read: store.executionsRead - before }
  }
  for (const look of ['<% executions().first().name %>', '{{ executions()[0].name }}']) {
    const { answer, read } = await ask(look)
    assert.is(answer, 'work', look)
    assert.ok(read <= 110, `${look}: ${read} rows`)
  }
  for (
    const look of [
      '<% executions().len() %>',
      '{{ executions()|length }}',
      '{{ executions(state="SUCCESS")|map(attribute="id")|unique|list|length }}',
    ]
  ) {
    const { answer, read } = await ask(look)
    assert.is(answer, EXECUTIONS, look)
    assert.ok(read <= EXECUTIONS + 60, `${look}: ${read} rows`)
  }
  assert.is((await ask('<% executions().where($.description = theirs).len() %>')).answer, 0)
  await service.close()
  await store.close()
})

listed.run()
