import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Service, startService } from '../in-process.ts'

const WORKFLOW = 'version: "2.0"\nw: {tasks: {t: {action: std.noop}}}'

const it = suite<{ service: Service }>('POST /v2/ticks')

it.before.each(async (context) => {
  context.service = await startService()
  await context.service.call('POST', '/v2/workflows', WORKFLOW)
})

it.after.each(({ service }) => service.close())

it('starts each due firing exactly once, whoever ticks and however often', async ({ service }) => {
  const trigger = {
    name: 'often',
    workflow_name: 'w',
    pattern: '* * * * * *',
    remaining_executions: 1,
  }
  const { body: created } = await service.call('POST', '/v2/cron_triggers', trigger)

  const started = new Set<string>()
  while (started.size === 0) {
    const ticks = Array.from({ length: 10 }, () => service.call('POST', '/v2/ticks'))
    for (const { body } of await Promise.all(ticks)) {
      for (const id of body.started) started.add(id)
    }
  }

  const { body: { executions } } = await service.call('GET', '/v2/executions')
  assert.is(executions.length, 1)
  assert.is(executions[0].cron_trigger_id, created.id)
  const { body: after } = await service.call('GET', '/v2/cron_triggers/often')
  assert.is(after.status, 'COMPLETED')
  assert.is(after.remaining_executions, 0)
})

it.run()
