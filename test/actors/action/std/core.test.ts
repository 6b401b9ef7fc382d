import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActionContext, ActionInput } from '../../../../actors/action/action.ts'
import { ActionRegistry, admitInput } from '../../../../actors/action/registry.ts'
import { Float } from '../../../../actors/expressions/values/value.ts'
import { context } from '../context.ts'

const registry = new ActionRegistry()

function action(name: string) {
  const found = registry.get(name)
  if (!found) throw new Error(`There is no ${name}`)
  return found
}

async function run(name: string, input: ActionInput, overrides: Partial<ActionContext> = {}) {
  return await action(name).run(input, context(overrides))
}

const noop = suite('std.noop')

noop('has the result null, at once', async () => {
  assert.equal(action('std.noop').now?.({}), { data: null })
  assert.equal(await run('std.noop', {}), { data: null })
})

noop.run()

const asyncNoop = suite('std.async_noop')

asyncNoop('waits for its result', () => {
  assert.is(action('std.async_noop').async, true)
  assert.is(action('std.async_noop').now, undefined)
})

asyncNoop.run()

const echo = suite('std.echo')

echo('returns its output as it is', async () => {
  const output = { list: [1, new Float(1), null], text: 'é' }
  assert.equal(await run('std.echo', { output }), { data: output })
  assert.is((action('std.echo').now?.({ output }) as { data: unknown }).data, output)
})

echo('has its result at once unless there is a delay', () => {
  const now = (delay: ActionInput[string]) => action('std.echo').now?.({ output: 1, delay })
  for (const delay of [0, -1, 'soon', null, '0', [], false, new Float(NaN), new Float(Infinity)]) {
    assert.equal(now(delay), { data: 1 }, String(delay))
  }
  for (const delay of [1, 0.5, '0.5', true, new Float(2)]) assert.is(now(delay), undefined)
})

echo('waits for its delay in seconds', async () => {
  const begin = performance.now()
  assert.equal(await run('std.echo', { output: 1, delay: '0.03' }), { data: 1 })
  assert.ok(performance.now() - begin > 25)
})

echo('stops waiting when it is aborted', async () => {
  const abort = new AbortController()
  const echoed = run('std.echo', { output: 1, delay: 1e9 }, { signal: abort.signal })
  abort.abort(new Error('No longer wanted'))
  await rejects(echoed, 'No longer wanted')
  await rejects(run('std.sleep', {}, { signal: abort.signal }), 'No longer wanted')
})

echo.run()

const fail = suite('std.fail')

fail('fails with its error data', async () => {
  assert.equal(action('std.fail').now?.({ error_data: { code: 5 } }), { error: { code: 5 } })
  assert.equal(await run('std.fail', { error_data: 'bad' }), { error: 'bad' })
})

fail('raises if there is no error data to speak of', async () => {
  for (const data of [null, '', 0, new Float(0), false, [], {}, new Map()]) {
    await rejects(run('std.fail', { error_data: data }), 'Fail action expected exception.')
  }
  assert.throws(() => action('std.fail').now?.({}), 'Fail action expected exception.')
})

fail.run()

const sleep = suite('std.sleep')

sleep('sleeps for whole seconds, and not at all for what is none', () => {
  const now = (seconds: ActionInput[string]) => action('std.sleep').now?.({ seconds })
  for (const seconds of [0, -5, 'x', '1.5', 0.9, '0', false]) {
    assert.equal(now(seconds), { data: null }, String(seconds))
  }
  for (const seconds of [1, '1', ' 2 ', 1.9, true]) assert.is(now(seconds), undefined)
  assert.is(action('std.sleep').now?.({}), undefined)
})

sleep('cannot be made of what is no number at all', () => {
  assert.throws(
    () => admitInput(action('std.sleep'), { seconds: null }),
    'Failed to instantiate an action [action_desc=std.sleep, error=int() argument must be a ' +
      "string, a bytes-like object or a real number, not 'NoneType']",
  )
  assert.throws(() => admitInput(action('std.sleep'), { seconds: new Float(Infinity) }))
})

sleep.run()

const testDict = suite('std.test_dict')

testDict('makes as many keys as wanted', () => {
  const make = (input: ActionInput) => action('std.test_dict').now?.(input)
  assert.equal(make({}), { data: {} })
  assert.equal(make({ size: '2', key_prefix: 'k', val: [1] }), {
    data: { k0: [1], k1: [1] },
  })
  assert.equal(make({ size: 1, key_prefix: null }), { data: { None0: '' } })
  const { data } = make({ size: 12 }) as { data: ReadonlyMap<string, string> }
  assert.equal([...data.keys()].slice(-2), ['10', '11'])
  assert.throws(() => make({ size: 1e9 }), /at most 1000000 keys/)
})

testDict.run()

async function rejects(promise: Promise<unknown>, message: string): Promise<void> {
  try {
    await promise
  } catch (error) {
    return assert.is((error as Error).message, message)
  }
  assert.unreachable('It did not fail')
}
