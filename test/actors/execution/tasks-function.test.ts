import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idGenerator, shardOf } from '../../../actors/ids.ts'
import type { ExecutionRow } from '../../../actors/records.ts'
import { startService } from '../../in-process.ts'
import type { Service } from '../../in-process.ts'
import { MemoryStore } from '../../../runtime/store/memory.ts'

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

it('shows nothing of another project, nor of what does not exist', async ({ service, newId }) => {
  const [mine, theirs] = [newId(1), newId(1)]
  await run(service, 'work', mine)
  const [body] = await service.store.read(shardOf(mine, SHARDS), [{ table: 'execution', id: mine }])
  const { workflowId, workflowName, definition } = (JSON.parse(body!) as ExecutionRow).context
  await service.engine.ask({
    type: 'startExecution',
    id: theirs,
    isNew: true,
    project: 'theirs',
    workflowId,
    workflowName,
    workflowNamespace: '',
    workbook: null,
    definition,
    input: {},
    params: {},
    description: '',
    triggerId: null,
  })
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
