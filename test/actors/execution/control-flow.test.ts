import * as assert from 'uvu/assert'
import { worldSuite } from './world.ts'

const it = worldSuite('the control flow of a direct workflow')

it('leads along a chain, each task seeing what the one before published', async ({ world }) => {
  const { state, output, states } = await world.run(`
    chain:
      output: {end: <% $.b %>}
      tasks:
        first: {action: std.echo output=1, publish: {a: <% task().result %>}, on-success: second}
        second: {action: 'std.echo output=<% $.a + 1 %>', publish: {b: <% task().result %>}}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { end: 2 })
  assert.equal(states, { first: 'SUCCESS', second: 'SUCCESS' })
})

it('forks into branches that run beside each other', async ({ world }) => {
  const id = await world.launch(`
    fork:
      tasks:
        root: {action: std.noop, on-success: [left, right]}
        left: {action: std.async_noop}
        right: {action: std.async_noop}
  `)
  assert.equal(await world.states(id), { root: 'SUCCESS', left: 'RUNNING', right: 'RUNNING' })
  await world.answer(id, 'right')
  assert.is(await world.state(id), 'RUNNING')
  await world.answer(id, 'left')
  assert.is(await world.state(id), 'SUCCESS')
})

it('takes on-error after a failure, which is handled then', async ({ world }) => {
  const { state, states } = await world.run(`
    handled:
      tasks:
        bad: {action: std.fail, on-error: mend, on-success: never}
        mend: {action: std.noop}
        never: {action: std.noop}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(states, { bad: 'ERROR', mend: 'SUCCESS' })
})

it('ends in ERROR, naming the tasks, if nobody handles a failure', async ({ world }) => {
  const { state, info, states } = await world.run(`
    unhandled:
      tasks:
        zeta: {action: std.fail}
        alpha: {action: std.fail error_data="lost"}
        good: {action: std.noop, on-complete: after}
        after: {action: std.noop}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /^Failure caused by error in tasks: alpha, zeta\n\n {2}alpha \[task_ex_id=/)
  assert.match(info!, /\[action_ex_id=[0-9a-f-]+, idx=0\]: lost/)
  assert.equal(states, { zeta: 'ERROR', alpha: 'ERROR', good: 'SUCCESS', after: 'SUCCESS' })
})

it('takes on-complete after success and after failure, which stays unhandled', async ({ world }) => {
  const { state, states } = await world.run(`
    finally:
      tasks:
        good: {action: std.noop, on-complete: after_good}
        bad: {action: std.fail, on-complete: after_bad}
        after_good: {action: std.noop}
        after_bad: {action: std.noop}
  `)
  assert.is(state, 'ERROR')
  assert.is(states['after_good'], 'SUCCESS')
  assert.is(states['after_bad'], 'SUCCESS')
})

it('counts an error as handled by noop, and not by a condition that is false', async ({ world }) => {
  const handled = await world.run(`
    with_noop:
      tasks: {bad: {action: std.fail, on-error: noop}}
  `)
  assert.is(handled.state, 'SUCCESS')
  const unhandled = await world.run(`
    with_condition:
      tasks: {bad: {action: std.fail, on-error: [noop: <% false %>]}}
  `)
  assert.is(unhandled.state, 'ERROR')
})

it('takes the transitions whose conditions hold, after publishing', async ({ world }) => {
  const { states } = await world.run(
    `
    guarded:
      input: [n]
      tasks:
        root:
          action: std.noop
          publish: {doubled: '<% $.n * 2 %>'}
          on-success:
            - small: <% $.doubled < 10 %>
            - large: <% $.doubled >= 10 %>
            - jinja: "{{ _.doubled == 10 }}"
        small: {action: std.noop}
        large: {action: std.noop}
        jinja: {action: std.noop}
  `,
    { n: 5 },
  )
  assert.equal(states, { root: 'SUCCESS', large: 'SUCCESS', jinja: 'SUCCESS' })
})

it('runs a task once for each trigger', async ({ world }) => {
  const { id } = await world.run(`
    twice:
      tasks:
        a: {action: std.noop, on-success: both, on-complete: both}
        b: {action: std.noop, on-success: both}
        both: {action: std.echo output=1}
  `)
  assert.equal(await world.results(id, 'both'), [1, 1, 1])
})

it('leads in circles until a condition ends it', async ({ world }) => {
  const { id, output } = await world.run(`
    circle:
      output: {n: <% $.n %>}
      tasks:
        enter: {action: std.noop, publish: {n: 0}, on-success: count}
        count:
          action: std.echo output=<% $.n + 1 %>
          publish: {n: <% task().result %>}
          on-success: [count: <% $.n < 40 %>]
  `)
  assert.equal(output, { n: 40 })
  assert.is((await world.results(id, 'count')).length, 40)
})

it('obeys fail: what comes after it is dropped, what runs is heard no more', async ({ world }) => {
  const id = await world.launch(`
    failing:
      output-on-error: {seen: <% 3 + 4 %>}
      tasks:
        slow: {action: std.async_noop, on-success: never}
        root:
          action: std.noop
          publish: {seen: 7}
          on-success: [before, fail msg="all is <% $.seen %>", never]
        before: {action: std.noop}
        never: {action: std.noop}
  `)
  const { state, info, output } = await world.end(id)
  assert.is(state, 'ERROR')
  assert.is(info, 'all is 7')
  assert.equal(output, { result: 'all is 7', seen: 7 })
  await world.answer(id, 'slow')
  assert.equal(await world.states(id), { slow: 'SUCCESS', root: 'SUCCESS', before: 'SUCCESS' })
  assert.is(await world.state(id), 'ERROR')
})

it('obeys succeed, while another branch still runs', async ({ world }) => {
  const id = await world.launch(`
    early:
      output: {x: 1}
      tasks:
        slow: {action: std.async_noop, on-success: never}
        root: {action: std.fail, on-error: succeed}
        never: {action: std.noop}
  `)
  const { state, output } = await world.end(id)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { x: 1 })
  await world.answer(id, 'slow')
  assert.equal(await world.states(id), { slow: 'SUCCESS', root: 'ERROR' })
})

it('obeys pause: what follows it waits, in order, until the execution resumes', async ({ world }) => {
  const id = await world.launch(`
    pausing:
      tasks:
        root:
          action: std.noop
          on-success: [b, pause msg="look here", c, fail, d]
          on-complete: e
        b: {action: std.noop}
        c: {action: std.noop}
        d: {action: std.noop}
        e: {action: std.noop}
  `)
  const paused = await world.execution(id)
  assert.is(paused.state, 'PAUSED')
  assert.is(paused.state_info, 'look here')
  assert.equal(Object.keys(await world.states(id)), ['root', 'b'])
  await world.update(id, { state: 'RUNNING' })
  const { state, states } = await world.end(id)
  assert.is(state, 'ERROR')
  assert.equal(Object.keys(states), ['root', 'b', 'c'])
})

it('fails the workflow at once where the definition itself is wrong', async ({ world }) => {
  const { state, info, states } = await world.run(`
    wrong:
      tasks:
        slow: {action: std.async_noop}
        bad: {action: 'std.echo output=<% $.nothing.of.this + 1 %>', on-error: never}
        never: {action: std.noop}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /^Failed to run task \[error=.*wf=wrong, task=bad\]/s)
  assert.equal(states, { slow: 'RUNNING', bad: 'ERROR' })
})

it('says of an error after which action it came, or that a delay was over', async ({ world }) => {
  const info = async (name: string, delay: number) =>
    (await world.run(`
      ${name}:
        tasks:
          t:
            action: std.noop
            wait-after: ${delay}
            on-success: [end: '<% $.nothing.at + 1 %>']
          end: {action: std.noop}
    `)).info!
  assert.match(
    await info('at_once', 0),
    /^Failed to handle action completion \[error=.*, wf=at_once, task=t, action=std.noop\]\n {2}in on-success\n/,
  )
  assert.match(
    await info('later', 1),
    /^Failed to complete task \[error=.*, wf=later, task=t\]\n {2}in on-success\n/,
  )
})

it('names the action that there is none of, and where it was looked for', async ({ world }) => {
  const { info } = await world.run('\n    nobody: {tasks: {t: {action: my.action}}}\n')
  assert.match(
    info!,
    /error=Failed to find action \[action_name=my.action, namespace=\], wf=nobody/,
  )
})

it('fails with what a message comes to: an object as JSON, else as Python writes it', async ({ world }) => {
  const info = async (name: string, value: string) =>
    (await world.run(`
      ${name}:
        input: [{v: ${value}}]
        tasks: {t: {action: std.noop, on-success: 'fail msg="<% $.v %>"'}}
    `)).info
  assert.is(await info('object', '{a: [1, "x"]}'), '{"a": [1, "x"]}')
  assert.is(await info('list', '[1, x, null, {a: true}]'), "[1, 'x', None, {'a': True}]")
  assert.is(await info('flag', 'true'), 'True')
  assert.is(await info('text', 'plain'), 'plain')
})

it('fails the workflow where a condition cannot be evaluated', async ({ world }) => {
  const { state, info } = await world.run(`
    wrong_condition:
      tasks:
        root: {action: std.noop, on-success: [next: '<% $.nothing.at + 1 %>']}
        next: {action: std.noop}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /Failed to handle action completion \[error=/)
})

it('ends in ERROR if the output cannot be made', async ({ world }) => {
  const { state, info } = await world.run(`
    wrong_output:
      output: {x: '<% $.nothing.at + 1 %>'}
      tasks: {t: {action: std.noop}}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /^Failed to check and complete \[wf_ex_id=/)
})

it('commits a chain of pure actions as one turn', async ({ world }) => {
  const tasks = Array.from(
    { length: 100 },
    (_, i) => `        t${i}: {action: std.noop${i < 99 ? `, on-success: t${i + 1}` : ''}}`,
  )
  const text = `
    long:
      tasks:
${tasks.join('\n')}
  `
  await world.define(text)
  const before = world.commits
  const { state } = await world.end(await world.start('long'))
  assert.is(state, 'SUCCESS')
  assert.ok(world.commits - before <= 2, `${world.commits - before} commits`)
})

it('runs a fan of 300 branches into one join', async ({ world }) => {
  const names = Array.from({ length: 300 }, (_, i) => `b${i}`)
  const { state, output } = await world.run(`
    fan:
      output: {done: <% $.done %>}
      tasks:
        root: {action: std.noop, on-success: [${names.join(', ')}]}
        end: {join: all, action: std.noop, publish: {done: true}}
${names.map((name) => `        ${name}: {action: std.noop, on-success: end}`).join('\n')}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { done: true })
})

it.run()
