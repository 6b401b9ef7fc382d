import * as assert from 'uvu/assert'
import { worldSuite } from '../execution/world.ts'

const it = worldSuite('a task with safe-input')

it('fails by itself where its input cannot be made, and its on-error goes on', async ({ world }) => {
  const { state, states } = await world.run(`
    safe:
      tasks:
        t: {action: std.echo, input: {output: <% $.nowhere %>}, safe-input: true, on-error: mend}
        mend: {action: std.noop}
  `)
  assert.equal(states, { t: 'ERROR', mend: 'SUCCESS' })
  assert.is(state, 'SUCCESS')
})

it('may have it from task-defaults, and decline it', async ({ world }) => {
  const { state, states } = await world.run(`
    defaults:
      task-defaults: {safe-input: true}
      tasks:
        a: {action: std.echo, input: {output: <% $.nowhere %>}, on-error: b}
        b: {action: std.echo, input: {output: <% $.nowhere %>}, safe-input: false, on-error: c}
        c: {action: std.noop}
  `)
  assert.equal(states, { a: 'ERROR', b: 'ERROR' })
  assert.is(state, 'ERROR')
})

it('takes true or false only', async ({ world }) => {
  const text = await world.refused(
    'POST',
    '/workflows',
    "version: '2.0'\nw: {tasks: {t: {action: std.noop, safe-input: 'yes please'}}}\n",
  )
  assert.match(text, 'write true or false')
})

it.run()
