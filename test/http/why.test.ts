import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineAction } from '../../actors/action/action.ts'
import { hashOf } from '../../runtime/catalogue/entries.ts'
import { worldSuite } from '../actors/execution/world.ts'
import type { Json, World } from '../actors/execution/world.ts'
import { Edge } from './support.ts'

let release: (() => void)[] = []
/** Runs until it is let go. */
const slow = defineAction({
  name: 'test.slow',
  description: 'Runs until the test says',
  parameters: [],
  run: () => new Promise((resolve) => release.push(() => resolve({ data: 'done' }))),
})
const bad = defineAction({
  name: 'test.bad',
  description: 'Fails',
  parameters: [{ name: 'why', default: null }],
  run: ({ why = 'the cat sat on it\nand stayed' }) => Promise.resolve({ error: why }),
})

const it = worldSuite('why an execution is where it is', () => [slow, bad])
it.before.each(() => void (release = []))
it.after.each(() => release.forEach((letGo) => letGo()))

const whyOf = (world: World, id: string, query = '') =>
  world.call('GET', `/executions/${id}/why${query}`)

/** What is said of each task, without its name. */
async function said(world: World, id: string): Promise<Record<string, string>> {
  const { waiting, failed } = await whyOf(world, id)
  const entries: [string, string][] = (waiting ?? failed).map(({ task_name, sentence }: Json) => {
    assert.ok(sentence.startsWith(`Task ${task_name} `), sentence)
    return [task_name, sentence.slice(`Task ${task_name} `.length)]
  })
  return Object.fromEntries(entries)
}

it('a task that is delayed: by what, until when', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        before: {action: std.noop, wait-before: 125}
        after: {action: std.noop, wait-after: 40}
  `)
  await world.pass(5)
  assert.equal(await said(world, id), {
    before: 'is delayed by wait-before: it runs in 2 min.',
    after: 'has come to SUCCESS and is delayed by wait-after: it goes on in 35 s.',
  })
  const { sentence, waiting: [before], more, state } = await whyOf(world, id)
  assert.is(state, 'RUNNING')
  assert.is(sentence, 'Execution RUNNING since 5 s: 2 of its tasks have not ended.')
  assert.is(more, 0)
  assert.is(before.kind, 'wait-before')
  assert.is(before.state, 'DELAYED')
  assert.is(before.since, '2026-01-02 03:04:05')
  assert.is(before.for_seconds, 5)
  assert.is(before.until, '2026-01-02 03:06:10')
  assert.is(before.in_seconds, 120)
  assert.equal(before.moved_by, { by: 'timer', at: '2026-01-02 03:06:10' })
})

it('a task that is tried again: when, the how-manieth time, and the last error', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {action: test.bad, retry: {count: 4, delay: 10, backoff: 4}}}
  `)
  await world.pass(10)
  assert.equal(await said(world, id), {
    t: 'retries in 40 s, attempt 3 of 5; last error: the cat sat on it.',
  })
  const [entry] = (await whyOf(world, id)).waiting
  assert.is(entry.kind, 'retry')
  assert.is(entry.attempt, 3)
  assert.is(entry.attempts, 5)
  assert.is(entry.last_error, 'the cat sat on it')
  assert.is(entry.in_seconds, 40)
})

it('a join that could not start and is tried again', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: test.bad, on-success: j}
        b: {action: std.noop, on-success: j}
        j: {join: all, retry: {count: 4, delay: 10}}
  `)
  const { j } = await said(world, id)
  assert.is(j, "retries in 10 s, attempt 2; last error: Failed by tasks: ['a'].")
})

it('an action that runs, and when it times out', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks: {t: {action: test.slow}, u: {action: test.slow, timeout: 30}}
  `)
  await world.pass(12)
  assert.equal(await said(world, id), {
    t: 'runs action test.slow since 12 s.',
    u: 'runs action test.slow since 12 s; it times out in 18 s.',
  })
  const [entry] = (await whyOf(world, id)).waiting
  const [action] = await world.actions(id, 't')
  assert.is(entry.kind, 'action')
  assert.is(entry.action_execution_id, action.id)
  assert.equal(entry.moved_by, { by: 'executor' })
})

it('an asynchronous action: where its result goes; and one that is paused', async ({ world }) => {
  const id = await world.launch('w:\n  tasks: {t: {action: std.async_noop}}')
  const [action] = await world.actions(id, 't')
  const path = `/v2/action_executions/${action.id}`
  await world.pass(3)
  assert.equal(await said(world, id), {
    t: `waits since 3 s for the result of the asynchronous action std.async_noop: PUT ${path}.`,
  })
  assert.equal((await whyOf(world, id)).waiting[0].moved_by, { by: 'request', method: 'PUT', path })

  await world.call('PUT', `/action_executions/${action.id}`, { state: 'PAUSED' })
  await world.quiet()
  assert.equal(await said(world, id), {
    t: 'is paused with its asynchronous action std.async_noop: ' +
      `PUT {"state": "RUNNING"} to ${path} resumes it.`,
  })
  const { sentence, paused_by } = await whyOf(world, id)
  assert.match(sentence, 'PAUSED since 0 s, because the asynchronous action of task t is paused')
  assert.is(paused_by.kind, 'action')
})

it('a sub-workflow, with its own why below it', async ({ world }) => {
  const id = await world.launch(`
    top: {tasks: {t: {workflow: middle}}}
    middle: {tasks: {u: {workflow: bottom}}}
    bottom: {tasks: {v: {workflow: last}}}
    last: {tasks: {z: {action: std.async_noop}}}
  `)
  await world.pass(7)
  const [middle] = await world.children(id, 't')
  const top = await whyOf(world, id)
  assert.is(
    top.waiting[0].sentence,
    `Task t waits for its sub-workflow execution ${middle.id} of middle (RUNNING since 7 s).`,
  )
  assert.equal(top.waiting[0].moved_by, { by: 'executions', ids: [middle.id] })
  const [below] = top.waiting[0].executions
  assert.is(below.execution_id, middle.id)
  const [bottom] = below.waiting[0].executions
  assert.is(bottom.workflow_name, 'bottom')
  // Deeper ones are linked.
  const [last] = bottom.waiting[0].executions
  assert.is(last.why, `/v2/executions/${last.execution_id}/why`)
  const flat = await whyOf(world, id, '?max_depth=0')
  assert.equal(flat.waiting[0].executions, [
    { execution_id: middle.id, why: `/v2/executions/${middle.id}/why` },
  ])
})

it('a sub-workflow that is paused, seen from above and from within', async ({ world }) => {
  const id = await world.launch(`
    top: {tasks: {t: {workflow: child}}}
    child: {tasks: {u: {action: std.async_noop}}}
  `)
  const [child] = await world.children(id, 't')
  await world.update(child.id, { state: 'PAUSED' })
  await world.pass(4)
  const { sentence, waiting: [entry], paused_by } = await whyOf(world, id)
  assert.match(sentence, 'PAUSED since 4 s, because a sub-workflow of task t is paused')
  assert.equal(paused_by, {
    kind: 'child',
    task_name: 't',
    execution_id: null,
    at: '2026-01-02 03:04:05',
  })
  assert.is(
    entry.sentence,
    `Task t is paused with its sub-workflow execution ${child.id} of child, since 4 s.`,
  )
  assert.match(entry.executions[0].sentence, 'PAUSED since 4 s by a PUT')

  await world.update(id, { state: 'RUNNING' })
  await world.update(id, { state: 'PAUSED' })
  assert.match((await whyOf(world, child.id)).sentence, `with the execution above it, ${id}`)
})

it('items: how many are done, run and failed, and the bound', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        t: {with-items: i in <% range(100) %>, action: std.async_noop, concurrency: 5}
        u: {with-items: i in <% range(3) %>, workflow: child}
    child: {tasks: {c: {action: std.async_noop}}}
  `)
  for (let i = 0; i < 7; i++) await world.answer(id, 't', {}, i === 6 ? 'ERROR' : 'SUCCESS')
  const { t, u } = await said(world, id)
  assert.match(
    t!,
    /^has done 7 of 100 items, 5 running, limit 5, 1 failed; item \d+ waits for PUT \/v2\/action_executions\//,
  )
  assert.match(
    u!,
    /^has done 0 of 3 items, 3 running; item \d is sub-workflow execution \S+ \(RUNNING\)/,
  )
  const why = await whyOf(world, id)
  assert.is(why.waiting[1].executions.length, 3)
  const [entry] = why.waiting
  assert.equal(
    [entry.kind, entry.items, entry.done, entry.running, entry.failed, entry.concurrency],
    ['items', 100, 7, 5, 1, 5],
  )
})

it('a join: who has arrived, who has not, and what those do', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: test.bad, retry: {count: 4, delay: 40}, on-success: j}
        c: {action: std.async_noop, on-success: d}
        d: {action: std.noop, on-success: j}
        j: {join: all}
  `)
  await world.pass(2)
  const [action] = await world.actions(id, 'c')
  const { j } = await said(world, id)
  assert.is(
    j,
    'waits for b and d, 1 of 3 arrived: ' +
      'b retries in 38 s, attempt 2 of 5; last error: the cat sat on it; ' +
      'd has not run yet and comes after c.',
  )
  const entry = (await whyOf(world, id)).waiting.find(({ task_name }: Json) => task_name === 'j')
  assert.is(entry.kind, 'join')
  assert.equal(entry.awaited, ['b', 'd'])
  assert.equal(entry.arrived, ['a'])
  assert.equal(entry.moved_by, { by: 'tasks', tasks: ['b', 'd'] })
  assert.ok(action)
})

it('a join of some: who can no longer arrive', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.noop, on-success: [{j: <% false %>}]}
        b: {action: std.async_noop, on-success: j}
        c: {action: std.async_noop, on-success: j}
        d: {action: std.noop, on-success: j}
        j: {join: 2}
  `)
  assert.match(
    (await said(world, id))['j']!,
    /^waits for b and c, 1 of 2 arrived, a can no longer arrive: b waits since 0 s/,
  )
})

it('a join whose branches wait for the execution to be resumed', async ({ world }) => {
  const id = await world.launch(`
    w:
      tasks:
        a: {action: std.async_noop, on-success: j}
        b: {action: std.noop, on-success: j}
        j: {join: all}
  `)
  await world.update(id, { state: 'PAUSED' })
  await world.answer(id, 'a')
  const { j } = await said(world, id)
  assert.is(
    j,
    'has all that it waits for, 2 of 2 arrived, and goes on when the execution is resumed.',
  )
  assert.match((await whyOf(world, id)).sentence, '1 step waits for that.')
})

it('paused by whom, and what resumes it', async ({ world }) => {
  const resumes = (id: string) => `PUT {"state": "RUNNING"} to /v2/executions/${id} resumes it.`
  const put = await world.launch('put:\n  tasks: {t: {action: std.async_noop}}')
  await world.update(put, { state: 'PAUSED', state_info: 'lunch' })
  await world.pass(60)
  assert.is(
    (await whyOf(world, put)).sentence,
    `Execution PAUSED since 1 min by a PUT (lunch): ${resumes(put)}`,
  )

  const command = await world.launch(`
    command:
      tasks: {t: {action: std.noop, on-success: [pause(msg="look at it"), u]}, u: {action: std.noop}}
  `)
  const why = await whyOf(world, command)
  assert.is(
    why.sentence,
    'Execution PAUSED since 0 s by the engine command that follows task t (look at it): ' +
      `${resumes(command)} 1 step waits for that.`,
  )
  assert.equal(why.moved_by, {
    by: 'request',
    method: 'PUT',
    path: `/v2/executions/${command}`,
    body: { state: 'RUNNING' },
  })

  const before = await world.launch('before:\n  tasks: {t: {action: std.noop, pause-before: true}}')
  const held = await whyOf(world, before)
  assert.match(held.sentence, 'PAUSED since 0 s by pause-before of task t: ')
  assert.is(
    held.waiting[0].sentence,
    `Task t is held by pause-before: PUT {"state": "RUNNING"} to /v2/executions/${before} runs it.`,
  )
  assert.is(held.waiting[0].kind, 'pause-before')
  await world.update(before, { state: 'RUNNING' })
  assert.is((await whyOf(world, before)).paused_by, undefined)
})

it('a reverse workflow: what has not run, and what that needs', async ({ world }) => {
  await world.define(`
    w:
      type: reverse
      tasks:
        a: {action: std.async_noop}
        b: {action: std.noop, requires: [a]}
        c: {action: std.noop, requires: [a, b]}
        other: {action: std.noop}
  `)
  const id = await world.start('w', {}, { task_name: 'c' })
  await world.pass(3)
  const { a, ...rest } = await said(world, id)
  assert.match(a!, 'waits since 3 s for the result')
  assert.equal(rest, {
    c: 'has not run: it waits since 3 s for its requirements a (RUNNING) and b (not run).',
    b: 'has not run: it waits since 3 s for its requirement a (RUNNING).',
  })
  assert.match((await whyOf(world, id)).sentence, '3 of its tasks have not ended')
})

it('the deadline, and whose it is', async ({ world }) => {
  const id = await world.launch(`
    top: {timeout: 90, tasks: {t: {workflow: child}}}
    child: {timeout: 300, tasks: {u: {action: std.async_noop}}}
  `)
  await world.pass(30)
  const why = await whyOf(world, id)
  assert.match(why.sentence, 'It ends in ERROR in 1 min if it has not ended by then.')
  assert.equal(why.deadline, { at: '2026-01-02 03:05:35', in_seconds: 60, execution_id: id })
  assert.is(why.waiting[0].executions[0].deadline.execution_id, id)
  await world.pass(60)
  const ended = await whyOf(world, id)
  assert.is(
    ended.sentence,
    'Execution ended in ERROR 0 s ago: Workflow timed out [timeout(s)=90].',
  )
  assert.is(ended.ended_by.kind, 'timeout')
})

it('ended: in SUCCESS, by a PUT, by a command, by the definition', async ({ world }) => {
  const sentenceOf = async (id: string) => (await whyOf(world, id)).sentence
  const { id } = await world.run('ok:\n  tasks: {t: {action: std.noop}}')
  assert.is(
    await sentenceOf(id),
    'Execution ended in SUCCESS 0 s ago: no task of it had anything left to do.',
  )
  const stopped = await world.launch('stopped:\n  tasks: {t: {action: std.async_noop}}')
  await world.update(stopped, { state: 'ERROR', state_info: 'enough' })
  await world.pass(5)
  assert.is(await sentenceOf(stopped), 'Execution ended in ERROR 5 s ago, by a PUT: enough')
  const failed = await world.run(
    'failed:\n  tasks: {t: {action: std.noop, on-success: [fail(msg="no good")]}}',
  )
  assert.is(
    await sentenceOf(failed.id),
    'Execution ended in ERROR 0 s ago, by the engine command that follows task t: no good',
  )
  const wrong = await world.run('wrong:\n  tasks: {t: {action: std.echo output=<% $.no.such %>}}')
  assert.match(await sentenceOf(wrong.id), /^Execution ended in ERROR 0 s ago: Failed to run task/)
  const cancelled = await world.launch(`
    top: {tasks: {t: {workflow: below}}}
    below: {tasks: {u: {action: std.async_noop}}}
  `)
  const [below] = await world.children(cancelled, 't')
  await world.update(cancelled, { state: 'CANCELLED' })
  assert.match(
    await sentenceOf(below.id),
    `CANCELLED 0 s ago with the execution above it, ${cancelled}`,
  )
})

it('ended in ERROR: the tasks that failed, their cause, and what is below them', async ({ world }) => {
  const { id } = await world.run(`
    top:
      tasks:
        t: {workflow: child}
        handled: {action: test.bad, on-error: noop}
        again: {action: test.bad, retry: {count: 2, delay: 1}}
    child: {tasks: {u: {action: test.bad why="broken"}}}
  `)
  await world.pass(10)
  const [child] = await world.children(id, 't')
  const why = await whyOf(world, id)
  assert.is(
    why.sentence,
    'Execution ended in ERROR 10 s ago: tasks t and again failed and nothing took the error.',
  )
  const [t, again] = why.failed
  assert.is(
    t.sentence,
    'Task t failed 12 s ago: Failure caused by error in tasks: u ' +
      `See its sub-workflow execution ${child.id}.`,
  )
  assert.is(t.executions[0].failed[0].sentence, 'Task u failed 12 s ago: broken')
  assert.is(again.sentence, 'Task again failed 10 s ago after 3 attempts: the cat sat on it')
})

it('ended in ERROR: why a join could not be reached', async ({ world }) => {
  const { id } = await world.run(`
    w:
      tasks:
        a: {action: std.noop, on-success: [{j: <% false %>}], on-error: c}
        b: {action: std.noop, on-success: j}
        c: {action: std.noop, on-success: j}
        j: {join: all}
  `)
  const { failed: [entry] } = await whyOf(world, id)
  assert.is(entry.kind, 'join')
  assert.is(
    entry.sentence,
    'Task j failed 0 s ago: a ended in SUCCESS and did not lead here and c can no longer run.',
  )
})

it('comes in pages, and says how many more there are', async ({ world }) => {
  const tasks = Array.from({ length: 7 }, (_, i) => `t${i}: {action: std.async_noop}`)
  const id = await world.launch(`w:\n  tasks: {${tasks.join(', ')}}`)
  const names = (page: Json) => page.waiting.map(({ task_name }: Json) => task_name)
  const first = await whyOf(world, id, '?limit=3')
  assert.equal(names(first), ['t0', 't1', 't2'])
  assert.is(first.more, 4)
  assert.match(first.sentence, '7 of its tasks have not ended')
  const second = await whyOf(world, id, new URL(first.next).search)
  assert.equal(names(second), ['t3', 't4', 't5'])
  assert.is(second.more, 1)
  const third = await whyOf(world, id, new URL(second.next).search)
  assert.equal(names(third), ['t6'])
  assert.equal([third.more, third.next], [0, undefined])
})

it('pages of tasks that have not run begin with a name', async ({ world }) => {
  const tasks = ['t0: {action: std.async_noop}']
  for (let i = 1; i < 5; i++) tasks.push(`t${i}: {action: std.noop, requires: [t${i - 1}]}`)
  await world.define(`w:\n  type: reverse\n  tasks: {${tasks.join(', ')}}`)
  const id = await world.start('w', {}, { task_name: 't4' })
  await world.quiet()
  const seen: string[] = []
  let query = '?limit=2'
  for (let page = 0; page < 3; page++) {
    const why = await whyOf(world, id, query)
    seen.push(...why.waiting.map(({ task_name }: Json) => task_name))
    if (!why.next) break
    query = new URL(why.next).search
  }
  assert.equal(seen, ['t0', 't4', 't3', 't2', 't1'])
})

it('says nothing of data', async ({ world }) => {
  const id = await world.launch(
    `
    w:
      input: [password]
      tasks: {t: {action: std.async_noop, publish: {p: <% $.password %>}}, u: {action: std.echo output=<% $.password %>, wait-after: 9}}
  `,
    { password: 'hunter2' },
  )
  assert.not.match(JSON.stringify(await whyOf(world, id)), 'hunter2')
})

it('refuses what makes no sense', async ({ world }) => {
  const id = await world.launch('w:\n  tasks: {t: {action: std.async_noop}}')
  assert.match(
    await world.refused('GET', `/executions/${id}/why?limit=0`),
    '400 limit must be from 1 to 1000, not 0',
  )
  assert.match(await world.refused('GET', `/executions/${id}/why?max_depth=99`), '400 max_depth')
  assert.match(await world.refused('GET', `/executions/${id}/why?x=1`), '400 Unknown argument')
  assert.match(await world.refused('GET', '/executions/nobody/why'), '404')
})

it.run()

const tenants = suite('why, and tenants')

tenants('is for those who see the execution', async () => {
  const edge = new Edge()
  const text = "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}\n"
  await edge.store.keepText(hashOf(text), text)
  const row = await edge.rows.execution({
    workflowName: 'w',
    definition: hashOf(text),
    state: 'RUNNING',
    project: 'one',
  })
  const path = `/v2/executions/${row.context.id}/why`
  assert.is((await edge.get(path, { 'x-test-project': 'one' })).status, 200)
  assert.is((await edge.get(path, { 'x-test-project': 'two' })).status, 404)
})

tenants('reads a few of many items, whatever their number', async () => {
  const edge = new Edge()
  const text =
    "version: '2.0'\nw: {tasks: {t: {with-items: i in <% range(100000) %>, action: std.echo output=1}}}\n"
  await edge.store.keepText(hashOf(text), text)
  const { context: { id: executionId } } = await edge.rows.execution({
    workflowName: 'w',
    definition: hashOf(text),
    state: 'RUNNING',
  })
  const items = { count: 100_000, next: 400, running: 1, failed: 0, cancelled: 0, only: null }
  const { context: { id: taskId } } = await edge.rows.task({ executionId, state: 'RUNNING', items })
  for (let index = 0; index < 400; index++) {
    await edge.rows.action({
      taskId,
      executionId,
      index,
      state: index < 399 ? 'SUCCESS' : 'RUNNING',
    })
  }
  let keys = 0
  const read = edge.store.read.bind(edge.store)
  edge.store.read = (shard, wanted) => {
    keys += wanted.length
    return read(shard, wanted)
  }
  const { body } = await edge.get(`/v2/executions/${executionId}/why`)
  assert.is(
    body.waiting[0].sentence,
    'Task t has done 399 of 100000 items, 1 running; item 399 runs std.echo.',
  )
  assert.ok(keys < 60, `${keys} rows were read`)
})

tenants.run()
