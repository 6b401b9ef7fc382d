import * as assert from 'uvu/assert'
import { worldSuite } from '../execution/world.ts'

const it = worldSuite('data flow')

it('keeps branches from seeing each other, and a join sees both', async ({ world }) => {
  const { output } = await world.run(`
    branches:
      output: {both: <% $.both %>, alone: <% $.alone %>}
      tasks:
        left: {action: std.echo output="l", publish: {x: <% task().result %>}, on-success: j}
        right:
          action: std.echo output=<% $.get(x, none) %>
          publish: {y: r, alone: <% task().result %>}
          on-success: j
        j: {join: all, action: 'std.echo output="<% $.x %><% $.y %>"', publish: {both: <% task().result %>}}
  `)
  assert.equal(output, { both: 'lr', alone: 'none' })
})

it('lets the branch that published a variable win over one that inherited it', async ({ world }) => {
  const { output } = await world.run(`
    inherited:
      output: {v: <% $.v %>}
      tasks:
        root: {action: std.noop, publish: {v: old}, on-success: [changes, keeps]}
        changes: {action: std.noop, publish: {v: new}, on-success: j}
        keeps: {action: std.noop, wait-before: 5, on-success: j}
        j: {join: all, action: std.noop}
  `)
  assert.equal(output, { v: 'new' })
})

it('lets the branch that ended last win where both published', async ({ world }) => {
  const text = (name: string, a: number, b: number) => `
    ${name}:
      output: {v: <% $.v %>}
      tasks:
        a: {action: std.noop, wait-before: ${a}, publish: {v: a}, on-success: j}
        b: {action: std.noop, wait-before: ${b}, publish: {v: b}, on-success: j}
        j: {join: all, action: std.noop}
  `
  assert.equal((await world.run(text('a_last', 2, 1))).output, { v: 'a' })
  assert.equal((await world.run(text('b_last', 1, 2))).output, { v: 'b' })
})

it('merges mappings of two branches leaf by leaf', async ({ world }) => {
  const { output } = await world.run(`
    leaves:
      output: {m: <% $.m %>}
      tasks:
        a: {action: std.noop, publish: {m: {one: 1, deep: {x: 1}}}, on-success: j}
        b: {action: std.noop, publish: {m: {two: 2, deep: {y: 2}}}, on-success: j}
        j: {join: all, action: std.noop}
  `)
  assert.equal(output, { m: { one: 1, two: 2, deep: { x: 1, y: 2 } } })
})

it('replaces a mapping that a later task publishes anew', async ({ world }) => {
  const { output } = await world.run(`
    replaced:
      output: {m: <% $.m %>}
      tasks:
        a: {action: std.noop, publish: {m: {one: 1}}, on-success: b}
        b: {action: std.noop, publish: {m: {two: 2}}}
  `)
  assert.equal(output, { m: { two: 2 } })
})

it('puts branch variables before global ones, and those before input', async ({ world }) => {
  const { output } = await world.run(
    `
    order:
      input: [a, b, c]
      output: {seen: <% $.seen %>}
      tasks:
        first:
          action: std.noop
          publish: {a: branch}
          on-success:
            publish: {global: {a: global, b: global}}
            next: last
        last:
          action: std.noop
          publish: {seen: '<% [$.a, $.b, $.c, global(a)] %>'}
  `,
    { a: 'input', b: 'input', c: 'input' },
  )
  assert.equal(output, { seen: ['branch', 'global', 'input', 'global'] })
})

it('gives a branch the global variables of another', async ({ world }) => {
  const { output } = await world.run(`
    globals:
      output: {seen: <% $.seen %>}
      tasks:
        gives: {action: std.noop, on-success: {publish: {global: {g: 1}}}}
        takes: {action: std.noop, wait-before: 1, publish: {seen: <% $.g %>}}
  `)
  assert.equal(output, { seen: 1 })
})

it('publishes on error what publish-on-error says, and nothing else', async ({ world }) => {
  const { output } = await world.run(`
    errors:
      output: {x: '<% $.get(x, none) %>', y: <% $.y %>}
      tasks:
        bad:
          action: std.fail error_data="oh"
          publish: {x: 1}
          publish-on-error: {y: <% task().result %>}
          on-error: noop
  `)
  assert.equal(output, { x: 'none', y: 'oh' })
})

it('ends without an output section as the merged context of the last tasks', async ({ world }) => {
  const { output } = await world.run(`
    whole:
      tasks:
        a: {action: std.noop, publish: {x: 1}, on-success: b}
        b: {action: std.noop, publish: {y: 2}}
        c: {action: std.noop, publish: {z: 3}}
  `)
  assert.equal(output, { x: 1, y: 2, z: 3 })
})

it('takes an object or a name as its environment, nothing else', async ({ world }) => {
  await world.define('wf: {tasks: {t: {action: std.noop}}}')
  const body = (env: unknown) => ({ workflow_name: 'wf', params: JSON.stringify({ env }) })
  assert.match(
    await world.refused('POST', '/executions', body(5)),
    /^400 Unexpected value type for/,
  )
  assert.match(
    await world.refused('POST', '/executions', body('x')),
    /^400 Environment is not found/,
  )
  const { id } = await world.call('POST', '/executions', body(null)) as { id: string }
  assert.is((await world.end(id)).state, 'SUCCESS')
})

it('evaluates vars once, at the start, with input and environment', async ({ world }) => {
  const { output } = await world.run(
    `
    vars:
      input: [n]
      vars: {doubled: <% $.n * 2 %>, place: <% env().place %>}
      output: {all: '<% [$.doubled, $.place] %>'}
      tasks: {t: {action: std.noop}}
  `,
    { n: 21 },
    { env: { place: 'here' } },
  )
  assert.equal(output, { all: [42, 'here'] })
})

it('shows tasks of the execution to expressions', async ({ world }) => {
  const { output } = await world.run(`
    seen:
      output: {failed: <% $.failed %>, first: <% task(first).result %>}
      tasks:
        first: {action: std.echo output="one", on-success: bad}
        bad: {action: std.fail, on-error: last}
        last:
          action: std.noop
          publish:
            failed: <% tasks(execution().id, false, 'ERROR').select($.name) %>
  `)
  assert.equal(output, { failed: ['bad'], first: 'one' })
})

it('publishes tasks as they were, whatever becomes of them', async ({ world }) => {
  const { state, output } = await world.run(`
    mirror:
      output: {seen: '<% $.all.select([$.name, $.state]) %>', own: '<% $.all[1].published %>'}
      tasks:
        first: {action: std.noop, on-success: last}
        last:
          action: std.noop
          publish: {all: <% tasks() %>, me: <% task(last) %>}
          publish-on-error: {none: 1}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { seen: [['first', 'SUCCESS'], ['last', 'SUCCESS']], own: {} })
})

it('keeps a task given to an action as it was then', async ({ world }) => {
  const { state, output } = await world.run(`
    mirrored:
      output: {state: <% task(t).result.state %>, result: <% task(t).result.result %>}
      tasks:
        t: {action: std.echo output=<% task() %>}
  `)
  assert.is(state, 'SUCCESS')
  assert.equal(output, { state: 'RUNNING', result: [] })
})

it('refuses a published value above the limit by failing the workflow', async ({ world }) => {
  const { state, info } = await world.run(`
    large:
      tasks:
        t: {action: 'std.echo output=<% "x" * 700000 %>', publish: {a: '<% [task().result, task().result] %>'}}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /Field size limit exceeded/)
})

const TOO_LARGE = `
        a: {action: 'std.echo output=<% "x" * 700000 %>', publish: {a: <% task().result %>}, on-success: b}
        b: {action: 'std.echo output=<% "x" * 700000 %>', publish: {b: <% task().result %>}`

it('ends with an error that says so where all variables together are too large', async ({ world }) => {
  const { state, info, output } = await world.run(`
    sum:
      tasks: ${TOO_LARGE}}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /Failed to check and complete .*: Field size limit exceeded .*field=output/)
  assert.match(info!, 'Only this message is in the output')
  assert.equal(output, { result: info })
})

it('keeps the cause of a failure where all variables together are too large', async ({ world }) => {
  const { state, info, output } = await world.run(`
    sum:
      tasks: ${TOO_LARGE}, on-success: [fail msg="the cause"]}
  `)
  assert.is(state, 'ERROR')
  assert.match(info!, /^the cause\nOnly this message is in the output: .*size=1367KB, limit=1024KB/)
  assert.equal(output, { result: info })
})

it('cuts the message in the output of a failure to what its variables leave', async ({ world }) => {
  const { state, info, output } = await world.run(`
    talkative:
      output-on-error: {kept: <% $.kept %>}
      tasks:
        a:
          action: std.echo
          input: {output: '<% "x" * 700000 %>'}
          publish: {kept: <% task().result %>}
          on-success: [b, c]
        b: {action: std.fail, input: {error_data: '<% \"y\\n\" * 150000 %>'}}
        c: {action: std.fail, input: {error_data: '<% \"y\\n\" * 150000 %>'}}
  `)
  const { kept, result } = output as { kept: string; result: string }
  assert.is(state, 'ERROR')
  assert.match(info!, /^Failure caused by error in tasks: b, c/)
  assert.is(kept.length, 700_000)
  assert.match(result, /^Failure caused by error in tasks: b, c/)
  assert.match(result, /\.\.\.$/)
  const size = JSON.stringify(output).length
  assert.ok(size > 1_048_576 - 10 && size <= 1_048_576, `${size} characters`)
})

it('says in state_info too that output-on-error cannot be made', async ({ world }) => {
  const { state, info, output } = await world.run(`
    worse:
      output-on-error: {seen: <% nothing() %>}
      tasks: {t: {on-success: [fail msg="the cause"]}}
  `)
  assert.is(state, 'ERROR')
  assert.match(
    info!,
    "Failed to evaluate expression in output-on-error! (output-on-error: '{'seen':",
  )
  assert.match(info!, "Cause: 'the cause'")
  assert.equal(output, { result: info })
})

it.run()
