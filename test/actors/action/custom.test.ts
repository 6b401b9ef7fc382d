import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Action, ActionInput } from '../../../actors/action/action.ts'
import { customAction } from '../../../actors/action/custom.ts'
import { loadActions } from '../../../actors/action/directory.ts'
import { ActionRegistry, admitInput } from '../../../actors/action/registry.ts'
import { formatActionParameters } from '../../../actors/language/parameters.ts'
import { InvalidError } from '../../../actors/errors.ts'
import { Float } from '../../../actors/expressions/values/value.ts'
import { context } from './context.ts'

async function failure(act: () => unknown): Promise<string> {
  try {
    await act()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('It did not fail')
}

const custom = suite('a custom action')

const run = (input: unknown) => Promise.resolve({ data: input })

custom('is a plain object with a name and a run', async () => {
  const action = customAction({ name: 'my.action', parameters: [{ name: 'x' }], run })
  assert.is(formatActionParameters(action), 'x')
  assert.equal(await action.run({ x: 1 }, context()), { data: { x: 1 } })
})

custom('is run with plain data and defaults', async () => {
  const parameters = [{ name: 'x' }, { name: 'y', default: [1] }]
  const action = customAction({ name: 'my.action', parameters, run })
  const input = { x: { float: new Float(1), map: new Map([['1', 2]]) } }
  assert.equal(await action.run(input, context()), {
    data: { x: { float: 1, map: new Map([['1', 2]]) }, y: [1] },
  })
})

custom('has the parameters of its schema, and is checked against it', async () => {
  const schema = {
    type: 'object',
    properties: { size: { type: 'integer', minimum: 1 }, name: { type: 'string', default: 'n' } },
    required: ['size'],
  }
  const action = customAction({ name: 'my.action', schema, run })
  assert.is(formatActionParameters(action), 'size, name="n"')
  assert.equal(admitInput(action, { size: 2 }), { size: 2 })
  assert.is(
    await failure(() => admitInput(action, { size: 0.5, name: 1 })),
    'Failed to instantiate an action [action_desc=my.action, ' +
      'error=input/size must be integer, input/size must be >= 1, input/name must be string]',
  )
  assert.is(
    formatActionParameters(
      customAction({ name: 'a', schema: { additionalProperties: true }, run }),
    ),
    '**kwargs',
  )
})

custom('runs its own check, and at once if it can', async () => {
  const action = customAction({
    name: 'my.action',
    parameters: [{ name: 'x', default: 5 }],
    check: ({ x }: ActionInput) => {
      if (x === 13) throw new Error('unlucky')
    },
    now: ({ x }: ActionInput) => x === 5 ? { data: x } : undefined,
    run,
  })
  assert.match(await failure(() => admitInput(action, { x: 13 })), /error=unlucky\]$/)
  assert.equal([action.now?.({}), action.now?.({ x: 6 })], [{ data: 5 }, undefined])
})

custom('returns data as JSON has it, an error, or nothing', async () => {
  const returning = (result: unknown) =>
    customAction({ name: 'a', run: () => result }).run({}, context())
  assert.equal(await returning(undefined), { data: null })
  assert.equal(await returning({ error: { code: 1 } }), { error: { code: 1 } })
  const date = new Date(0)
  assert.equal(await returning({ data: { date, gone: undefined, list: [undefined, 2n] } }), {
    data: { date: '1970-01-01T00:00:00.000Z', list: [null, 2n] },
  })
  const circle: { self?: unknown } = {}
  circle.self = circle
  for (const wrong of [5, {}, { data: 1, error: 2 }, { result: 1 }, []]) {
    assert.is(
      await failure(() => returning(wrong)),
      'An action must return { data: ... } or { error: ... }',
    )
  }
  assert.is(await failure(() => returning({ data: { a: [() => 1] } })), 'data.a[0] is a function')
  assert.is(await failure(() => returning({ data: circle })), 'data.self contains itself')
})

custom('is refused with what to write', async () => {
  const refused = (exported: unknown) => failure(() => customAction(exported))
  assert.match(await refused(5), /must be an object with a name and a run/)
  assert.match(await refused({ run }), /needs a name without spaces, such as 'my\.action'/)
  assert.match(await refused({ name: 'a b', run }), /name without spaces/)
  assert.match(await refused({ name: 'a' }), /the action a needs a function run\(input, context\)/)
  assert.match(await refused({ name: 'a', run, async: 1 }), /has a async that is no boolean/)
  assert.match(await refused({ name: 'a', run, parameters: ['x'] }), /must be a list such as/)
  assert.match(await refused({ name: 'a', run, schema: { type: 'x' } }), /schema .* is invalid/)
})

custom.run()

const directory = suite<{ path: string }>('the actions directory')

directory.before.each(async (test) => {
  test.path = await mkdtemp(join(tmpdir(), 'mestral-actions-'))
})
directory.after.each(async ({ path }) => await rm(path, { recursive: true }))

const module = (name: string) =>
  `{ name: '${name}', parameters: [{ name: 'x' }], run: async ({ x }) => ({ data: x }) }`

directory('brings the actions of its modules', async ({ path }) => {
  await writeFile(join(path, 'one.mjs'), `export const action = ${module('my.one')}`)
  await writeFile(
    join(path, 'two.mjs'),
    `export const actions = [${module('my.two')}, ${module('my.three')}]`,
  )
  await writeFile(join(path, 'notes.txt'), 'not a module')
  await writeFile(join(path, 'one.test.mjs'), 'throw new Error()')
  await writeFile(join(path, 'types.d.ts'), 'nonsense')
  const actions = await loadActions(path)
  assert.equal(actions.map(({ name }) => name), ['my.one', 'my.two', 'my.three'])
  const action = new ActionRegistry(actions).get('my.one') as Action
  assert.equal(await action.run({ x: 5 }, context()), { data: 5 })
})

directory('brings TypeScript where it can be run, and else says what to do', async ({ path }) => {
  const file = join(path, 'typed.ts')
  await writeFile(file, `const x: number = 1\nexport const action = ${module('my.typed')}\nvoid x`)
  if ('Deno' in globalThis) {
    assert.equal((await loadActions(path)).map(({ name }) => name), ['my.typed'])
  } else if (process.version.startsWith('v20.')) {
    assert.is(
      await failure(() => loadActions(path)),
      `Cannot load actions from ${file}: this Node (${process.version}) cannot run TypeScript; ` +
        'start the server with Deno, or compile the file to JavaScript',
    )
  }
})

directory('is refused with the name of the file at fault', async ({ path }) => {
  const refused = async (text: string) => {
    const file = join(path, `m${text.length}.mjs`)
    await writeFile(file, text)
    const message = await failure(() => loadActions(path))
    await rm(file)
    return message.replace(file, 'FILE')
  }
  assert.match(await refused('export const x = 1'), /^FILE exports no action; write: export const/)
  assert.match(await refused('throw new Error("oh")'), /^Cannot load actions from FILE: oh$/)
  assert.match(await refused('export const action = {}'), /^FILE: an action needs a name/)
  assert.is(
    await refused(`export const action = ${module('std.echo')}`),
    'FILE: there already is an action named std.echo (built in); choose another name',
  )
  await writeFile(join(path, 'a.mjs'), `export const action = ${module('my.one')}`)
  assert.is(
    await refused(`export const action = ${module('my.one')}`),
    `FILE: there already is an action named my.one (${join(path, 'a.mjs')}); choose another name`,
  )
})

directory('has to be there', async ({ path }) => {
  try {
    await loadActions(join(path, 'nowhere'))
    assert.unreachable()
  } catch (error) {
    assert.instance(error, InvalidError)
    assert.match((error as Error).message, /^Cannot read the actions directory: ENOENT.*nowhere/)
  }
})

directory.run()
