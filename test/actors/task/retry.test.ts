import * as assert from 'uvu/assert'
import { defineAction } from '../../../actors/action/action.ts'
import type { ActionResult } from '../../../actors/action/action.ts'
import type { Value } from '../../../actors/expressions/values/value.ts'
import { freePort } from '../../free-port.ts'
import { worldSuite } from '../execution/world.ts'
import type { World } from '../execution/world.ts'

/** What the calls of an action come to, one after the other; the last one again and again. */
let script: readonly (() => ActionResult)[] = []
let calls = 0

const scripted = defineAction({
  name: 'test.scripted',
  description: 'Does what the test says',
  parameters: [],
  run: () => Promise.resolve().then(() => script[Math.min(calls++, script.length - 1)]!()),
})

/** Fails for some items. */
const picky = defineAction({
  name: 'test.picky',
  description: 'Fails with the status it is given, the first time',
  parameters: [{ name: 'status' }, { name: 'once' }],
  run: ({ status, once }) => {
    calls++
    const fails = Number(status) >= 400 && (once !== true || calls <= 3)
    return Promise.resolve(fails ? { error: { status: status! } } : { data: status! })
  },
})

const error = (value: Value) => () => ({ error: value })
const thrown = (fields: object) => (): ActionResult => {
  throw Object.assign(new Error('broken'), fields)
}
const success = () => ({ data: 'ok' })

const it = worldSuite('retry', () => [scripted, picky])
it.before.each(() => {
  calls = 0
  script = [error('no')]
})

/** Seconds between the tries of a task that fails every time. */
async function delays(world: World, policy: string, input: object = {}): Promise<number[]> {
  const id = await world.launch(
    `
    w:
      input: [{backoff: 1}, {most: 0}, {jitter: 0}]
      tasks: {t: {action: test.scripted, retry: ${policy}}}
  `,
    input,
  )
  const found: number[] = []
  await world.end(id, async () => {
    const { state, state_info: info } = await world.task(id, 't')
    if (state !== 'DELAYED') return
    found.push(Number(/delay=([\d.]+)/.exec(info)![1]))
  })
  return found
}

it('backoff: each delay is as many times the last one', async ({ world }) => {
  const policy = '{count: 4, delay: 2, backoff: 3}'
  assert.equal(await delays(world, policy), [2, 6, 18, 54])
})

it('backoff: the clock waits as long as the task says', async ({ world }) => {
  const { seconds } = await world.run(
    'w:\n  tasks: {t: {action: test.scripted, retry: count=3 delay=1 backoff=1.5}}',
  )
  assert.is(seconds, 1 + 1.5 + 2.25)
})

it('backoff: max-delay bounds it, also a growth beyond all numbers', async ({ world }) => {
  assert.equal(
    await delays(world, 'count=5 delay=1 backoff=exponential max-delay=5'),
    [1, 2, 4, 5, 5],
  )
  const id = await world.launch(
    'far:\n  tasks: {t: {action: test.scripted, retry: {count: 2, delay: 1, backoff: 1.0e+300}}}',
  )
  await world.pass(1)
  const { state_info: info } = await world.task(id, 't')
  assert.is(info, "Delayed by 'retry' policy [delay=3153600000]")
})

it('given as expressions', async ({ world }) => {
  assert.equal(
    await delays(
      world,
      '{count: 3, delay: 1, backoff: <% $.backoff %>, max-delay: <% $.most %>, jitter: <% $.jitter %>}',
      { backoff: 'exponential', most: 3, jitter: 0 },
    ),
    [1, 2, 3],
  )
})

it('given as expressions of the wrong kind, the workflow fails and says which', async ({ world }) => {
  const cases: [string, RegExp][] = [
    ['backoff: <% 0.5 %>', /RetryPolicy: <% 0.5 %> does not give a factor of 1 or more/],
    ['max-delay: <% a %>', /RetryPolicy: <% a %> does not give an integer of 0 or more/],
    ['jitter: <% 1.5 %>', /RetryPolicy: <% 1.5 %> does not give a share from 0 to 1/],
    ['on: <% 600 %>', /RetryPolicy: <% 600 %> does not give classes of errors/],
  ]
  for (const [i, [policy, wanted]] of cases.entries()) {
    const { state, info } = await world.run(
      `w${i}:\n  tasks: {t: {action: test.scripted, retry: {count: 1, delay: 1, ${policy}}, on-error: noop}}`,
    )
    assert.is(state, 'ERROR')
    assert.match(info!, wanted)
  }
})

it('jitter: chance takes off at most its share', async ({ world }) => {
  const chances = [0, 0.5, 0.999]
  world.random = () => chances.shift()!
  assert.equal(await delays(world, '{count: 3, delay: 10, jitter: 0.5}'), [10, 7.5, 5.005])
})

it('jitter: what was drawn is kept, also when another takes over', async ({ world }) => {
  world.random = () => 0.25
  const id = await world.launch(
    'w:\n  tasks: {t: {action: test.scripted, retry: {count: 1, delay: 8, jitter: 1}}}',
  )
  world.random = () => 0.75
  await world.restart()
  const { seconds } = await world.end(id)
  assert.is(seconds, 6)
})

it('on: tries again after what is listed, and after nothing else', async ({ world }) => {
  const cases: [on: string, failure: () => ActionResult, tries: number][] = [
    ['5xx', error({ status: 503 }), 2],
    ['503', error({ status: 503 }), 2],
    ['5xx', error({ status: 404 }), 1],
    ['[4xx, 5xx]', error({ status: 404 }), 2],
    ['5xx', error('503'), 1],
    ['quota', error({ kind: 'Quota' }), 2],
    ['quota', error({ kind: 'other' }), 1],
    ['quota', thrown({ kind: 'quota' }), 2],
    ['QuotaError', thrown({ name: 'QuotaError' }), 2],
    ['connection', thrown({ code: 'ECONNREFUSED' }), 2],
    ['refused', thrown({ cause: { code: 'ECONNREFUSED' } }), 2],
    ['refused', thrown({ errors: [{ code: 'ETIMEDOUT' }] }), 1],
    ['timeout', thrown({ errors: [{ code: 'ETIMEDOUT' }] }), 2],
    ['dns', thrown({ code: 'ENOTFOUND' }), 2],
    ['reset', thrown({ cause: { code: 'UND_ERR_SOCKET' } }), 2],
    ['timeout', thrown({ name: 'TimeoutError' }), 2],
    ['timeout', thrown({}), 1],
  ]
  for (const [i, [on, failure, tries]] of cases.entries()) {
    calls = 0
    script = [failure]
    await world.run(
      `w${i}:\n  tasks: {t: {action: test.scripted, retry: {count: 1, delay: 1, on: ${on}}}}`,
    )
    assert.is(calls, tries, `${on} (case ${i})`)
  }
})

it('on: std.http says why it got no answer', async ({ world }) => {
  const port = await freePort()
  for (const [on, tries] of [['refused', 2], ['dns', 1]] as const) {
    const id = await world.launch(`
      ${on}:
        tasks:
          t: {action: std.http url="http://127.0.0.1:${port}/", retry: {count: 1, delay: 1, on: ${on}}}
    `)
    for (let state = ''; state !== 'ERROR'; state = (await world.task(id, 't')).state) {
      if (state === 'DELAYED') world.clock.jump()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.is((await world.actions(id, 't')).length, tries)
  }
})

it('on: the class of each try counts', async ({ world }) => {
  script = [error({ status: 503 }), error({ status: 429 }), error({ status: 401 })]
  const { state } = await world.run(
    'w:\n  tasks: {t: {action: test.scripted, retry: {count: 9, delay: 1, on: [5xx, 429]}}}',
  )
  assert.is(state, 'ERROR')
  assert.is(calls, 3)
})

it('on: given as an expression', async ({ world }) => {
  script = [error({ status: 503 }), error({ status: 404 })]
  const { seconds } = await world.run(
    'w:\n  input: [classes]\n  tasks: {t: {action: test.scripted, retry: {count: 9, delay: 1, on: <% $.classes %>}}}',
    { classes: ['timeout', '5xx'] },
  )
  assert.is(seconds, 1)
})

it('on: a timeout of the task is a timeout', async ({ world }) => {
  const { seconds } = await world.run(`
    w:
      tasks: {t: {action: std.async_noop, timeout: 5, retry: {count: 1, delay: 1, on: timeout}}}
  `)
  assert.is(seconds, 11)
  const other = await world.run(`
    v:
      tasks: {t: {action: std.async_noop, timeout: 5, retry: {count: 1, delay: 1, on: 5xx}}}
  `)
  assert.is(other.seconds, 5)
})

it('on: fail-on is a class; so is what somebody says of an asynchronous action', async ({ world }) => {
  const failed = await world.run(`
    w:
      tasks: {t: {action: std.noop, fail-on: true, retry: {count: 2, delay: 1, on: fail-on}}}
  `)
  assert.is(failed.seconds, 2)
  const id = await world.launch(`
    v:
      tasks: {t: {action: std.async_noop, retry: {count: 2, delay: 1, on: [5xx, busy]}}}
  `)
  await world.answer(id, 't', { status: 503 }, 'ERROR')
  assert.is((await world.task(id, 't')).state, 'DELAYED')
  await world.pass(1)
  await world.answer(id, 't', { kind: 'busy' }, 'ERROR')
  await world.pass(1)
  await world.answer(id, 't', { kind: 'gone' }, 'ERROR')
  assert.is((await world.task(id, 't')).state, 'ERROR')
})

it('on: with items, all that failed must be listed', async ({ world }) => {
  const run = (name: string, statuses: string, on: string) =>
    world.run(`
    ${name}:
      tasks:
        t:
          with-items: s in ${statuses}
          action: test.picky status=<% $.s %> once=<% true %>
          concurrency: 2
          retry: {count: 1, delay: 4, on: ${on}}
  `)
  const again = await run('again', '[200, 503, 429]', '[5xx, 429]')
  assert.is(again.state, 'SUCCESS')
  assert.is(again.seconds, 4)
  calls = 0
  const never = await run('never', '[200, 503, 404]', '[5xx, 429]')
  assert.is(never.state, 'ERROR')
  assert.is(never.seconds, 0)
})

it('on: a sub-workflow that failed, by what its output-on-error says', async ({ world }) => {
  await world.define(`
    child:
      output-on-error: {kind: busy}
      tasks: {t: {action: std.fail}}
    plain:
      input: [{kind: busy}]
      tasks: {t: {action: std.fail}}
  `)
  const run = async (name: string, child: string, on: string) => {
    const text =
      `${name}:\n  tasks: {t: {workflow: ${child}, retry: {count: 2, delay: 3, on: ${on}}}}`
    return (await world.run(text)).seconds
  }
  assert.is(await run('a', 'child', 'busy'), 6)
  assert.is(await run('b', 'child', 'workflow'), 6)
  assert.is(await run('c', 'child', '5xx'), 0)
  assert.is(await run('d', 'plain', 'busy'), 0)
})

it('on: held by wait-after, the class is not lost', async ({ world }) => {
  script = [error({ status: 503 }), success]
  const { state, seconds } = await world.run(`
    w:
      tasks: {t: {action: test.scripted, wait-after: 2, retry: {count: 3, delay: 5, on: 5xx}}}
  `)
  assert.is(state, 'SUCCESS')
  assert.is(seconds, 7)
})

it('on, break-on and continue-on: each may end it', async ({ world }) => {
  script = [error({ status: 503, last: false }), error({ status: 503, last: true })]
  const broken = await world.run(`
    broken:
      tasks: {t: {action: test.scripted, retry: {count: 9, delay: 1, on: 5xx, break-on: <% task().result.last %>}}}
  `)
  assert.is(broken.seconds, 1)

  // A success is no error, so polling goes on whatever is listed.
  calls = 0
  script = [success, success, error({ status: 404 })]
  const polled = await world.run(`
    polled:
      tasks: {t: {action: test.scripted, retry: {count: 9, delay: 1, on: 5xx, continue-on: <% true %>}}}
  `)
  assert.is(polled.state, 'ERROR')
  assert.is(polled.seconds, 2)
})

it('in task-defaults', async ({ world }) => {
  script = [error({ status: 503 })]
  const { seconds } = await world.run(`
    w:
      task-defaults: {retry: count=2 delay=1 backoff=4 on=5xx}
      tasks: {t: {action: test.scripted}}
  `)
  assert.is(seconds, 5)
})

it('of a join', async ({ world }) => {
  script = [error({ status: 503 })]
  const { seconds, states } = await world.run(`
    w:
      tasks:
        a: {action: std.noop, on-success: j}
        b: {action: std.noop, on-success: j}
        j: {join: all, action: test.scripted, retry: {count: 2, delay: 1, backoff: 2, on: 5xx}}
  `)
  assert.is(seconds, 3)
  assert.is(states['j'], 'ERROR')
})

it.run()
