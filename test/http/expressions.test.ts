import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createApp, defaultConfig } from '../../http/app.ts'
import { type Json, type Service, startService } from '../in-process.ts'

const it = suite<{ service: Service }>('/v2/expressions')

it.before(async (context) => {
  context.service = await startService()
})

it.after(({ service }) => service.close())

it('evaluates both languages over data', async ({ service }) => {
  const data = { a: [1, 2], __env: { e: 5 } }
  const expression = { yaql: '<% $.a.sum() %>', jinja: '{{ _.a|length }}', env: '<% env().e %>' }
  const { status, body } = await service.call('POST', '/v2/expressions/evaluate', {
    expression,
    data,
  })
  assert.is(status, 200)
  assert.equal(body.result, { yaql: 3, jinja: 2, env: 5 })
})

it('takes any data, null too, and an empty object where there is none', async ({ service }) => {
  const valueOf = async (body: Json) =>
    (await service.call('POST', '/v2/expressions/evaluate', body)).body.result
  assert.is(await valueOf({ expression: '<% $ %>', data: null }), null)
  assert.equal(await valueOf({ expression: '<% $ %>' }), {})
  assert.is(await valueOf({ expression: '<% $.sum() %>', data: [1, 2] }), 3)
  assert.is(await valueOf({ expression: 7 }), 7)
})

it('says which expression asked for a workflow that is not there, in both languages', async ({ service }) => {
  for (const [expression, language] of [['<% task() %>', 'YAQL'], ['{{ task() }}', 'Jinja']]) {
    const { status, body } = await service.call('POST', '/v2/expressions/evaluate', { expression })
    assert.is(status, 400)
    assert.match(
      body.faultstring,
      new RegExp(`^Can not evaluate ${language} expression .*error=There is no task here`),
    )
  }
})

it('refuses arguments that it does not know, and names the right ones', async ({ service }) => {
  const refusal = async (body: Json) => {
    const answer = await service.call('POST', '/v2/expressions/evaluate', body)
    assert.is(answer.status, 400)
    return answer.body.faultstring
  }
  const known = ' (known are expression, data, task_execution_id)'
  assert.is(
    await refusal({ expression: '<% $.a %>', context: { a: 1 } }),
    `Unknown argument: "context"; did you mean "data"?${known}`,
  )
  assert.is(
    await refusal({ expresion: '<% 1 %>' }),
    `Unknown argument: "expresion"; did you mean "expression"?${known}`,
  )
  assert.is(await refusal({ expression: 1, x: 1 }), `Unknown argument: "x"${known}`)
  const { status, body } = await service.call('POST', '/v2/expressions/validate', {
    expression: '<% 1 %>',
    data: {},
  })
  assert.is(status, 400)
  assert.is(body.faultstring, 'Unknown argument: "data" (known is expression)')
})

it('shows the place of an error in a structure', async ({ service }) => {
  const { status, body } = await service.call('POST', '/v2/expressions/evaluate', {
    expression: { list: ['ok', '<% $.user.nmae.toUpper() %>'] },
    data: { user: { name: 'secret' } },
  })
  assert.is(status, 400)
  assert.is(
    body.faultstring,
    'Can not evaluate YAQL expression [expression=$.user.nmae.toUpper(), ' +
      "error='nmae'; did you mean 'name'?]\n" +
      '  in list[1]\n' +
      '    $.user.nmae.toUpper()\n' +
      '           ^^^^',
  )
})

it('says what is wrong with an expression', async ({ service }) => {
  const { status, body } = await service.call('POST', '/v2/expressions/evaluate', {
    expression: '<% $.nope %>',
    data: {},
  })
  assert.is(status, 400)
  assert.match(body.faultstring, /Can not evaluate YAQL expression/)
})

it('refuses a result that is too deep with a 400', async ({ service }) => {
  const { status } = await service.call('POST', '/v2/expressions/evaluate', {
    expression: '<% $ %>',
    data: JSON.parse('['.repeat(3000) + ']'.repeat(3000)),
  })
  assert.is(status, 400)
})

it('accepts and refuses expressions without evaluating them', async ({ service }) => {
  const check = (expression: string) =>
    service.call('POST', '/v2/expressions/validate', { expression })
  assert.equal((await check('<% $.a %>')).body, { valid: true, error: null })
  const { body } = await check('<% $.a + %>')
  assert.is(body.valid, false)
  assert.type(body.error, 'string')
})

it.run()

const inTask = suite<{ service: Service; taskId: string }>('/v2/expressions of a task')

const WORKFLOW = `
version: '2.0'
flow:
  input: [word]
  vars: {v: 1.0}
  tasks:
    first:
      action: std.noop
      publish: {said: <% $.word %>}
      on-success: second
    second:
      action: std.async_noop
`

inTask.before(async (context) => {
  const service = await startService()
  await service.call('POST', '/v2/workflows', WORKFLOW)
  const { body } = await service.call('POST', '/v2/executions', {
    workflow_name: 'flow',
    input: { word: 'hi' },
    params: { env: { e: 5 } },
  })
  let task: Json
  while (task?.state !== 'RUNNING') {
    const { body: tasks } = await service.call('GET', `/v2/executions/${body.id}/tasks`)
    task = tasks.tasks.find(({ name }: Json) => name === 'second')
  }
  context.service = service
  context.taskId = task.id
})

inTask.after(({ service }) => service.close())

inTask('see what the task sees', async ({ service, taskId }) => {
  const expression = {
    context: ['<% $.said %>', '{{ _.said }}', '<% $.v %>', '<% $.word %>'],
    task: ['<% task().name %>', '{{ task().id }}', '<% task(first).state %>'],
    execution: ['<% execution().name %>', '<% tasks().name.orderBy($) %>', '<% env().e %>'],
    data: '<% $.item + 1 %>',
    plain: [1.0, 'text'],
  }
  const { status, body } = await service.call('POST', '/v2/expressions/evaluate', {
    expression,
    task_execution_id: taskId,
    data: { item: 41 },
  })
  assert.is(status, 200, body.faultstring)
  assert.equal(body.result, {
    context: ['hi', 'hi', 1, 'hi'],
    task: ['second', taskId, 'SUCCESS'],
    execution: ['flow', ['first', 'second'], 5],
    data: 42,
    plain: [1, 'text'],
  })
})

inTask('fail with a 400 and leave the task as it is', async ({ service, taskId }) => {
  const { status, body } = await service.call('POST', '/v2/expressions/evaluate', {
    expression: '<% $.sad %>',
    task_execution_id: taskId,
  })
  assert.is(status, 400)
  assert.match(body.faultstring, /Can not evaluate YAQL expression/)
  assert.is((await service.call('GET', `/v2/tasks/${taskId}`)).body.state, 'RUNNING')
})

inTask('are not found where there is no such task for the caller', async ({ service, taskId }) => {
  const request = (id: unknown) => ({ expression: '<% 1 %>', task_execution_id: id })
  const { status, body } = await service.call(
    'POST',
    '/v2/expressions/evaluate',
    request('00000000-0000-4000-8000-000000000000'),
  )
  assert.is(status, 404)
  assert.match(body.faultstring, /Task execution not found/)
  assert.is((await service.call('POST', '/v2/expressions/evaluate', request(5))).status, 400)

  const { store, engine } = service
  const stranger = createApp({
    store,
    engine,
    actions: { get: () => null, list: () => [] },
    newId: () => '',
    now: () => 0,
    config: defaultConfig,
    identify: () => ({ project: 'another', admin: false }),
  })
  const response = await stranger.fetch(
    new Request('http://x/v2/expressions/evaluate', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request(taskId)),
    }),
  )
  assert.is(response.status, 404)
})

inTask.run()
