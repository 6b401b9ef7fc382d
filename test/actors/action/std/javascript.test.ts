import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActionContext } from '../../../../actors/action/action.ts'
import { ActionRegistry } from '../../../../actors/action/registry.ts'
import { Float, type Value } from '../../../../actors/expressions/values/value.ts'
import { context, settings } from '../context.ts'

const limits = { timeoutMs: 30_000, memoryBytes: 32 * 2 ** 20 }

async function run(
  script: Value,
  data: Value = null,
  overrides: Partial<ActionContext> = {},
  name = 'std.javascript',
): Promise<Value> {
  const action = new ActionRegistry().get(name)!
  const usual = context({ settings: settings({ javascript: limits }), ...overrides })
  const result = await action.run({ script, context: data }, usual)
  return (result as { data: Value }).data
}

/** The message of a script that must fail, without what all of them begin with. */
async function failure(...args: Parameters<typeof run>): Promise<string> {
  try {
    await run(...args)
  } catch (error) {
    const { message } = error as Error
    assert.match(message, /^JavaScriptAction failed: /)
    return message.slice('JavaScriptAction failed: '.length)
  }
  return assert.unreachable(`It did not fail: ${args[0]}`) as never
}

const it = suite('std.javascript')

it('returns what the body of the function returns', async () => {
  assert.equal(await run('return 6 * 7'), 42)
  assert.equal(await run('return {a: [1, 2.5, null, "é"]}'), { a: [1, 2.5, null, 'é'] })
  assert.equal(await run('1 + 1'), null)
  assert.equal(await run('return new Date(0)'), '1970-01-01T00:00:00.000Z')
  assert.equal(await run('return 1 // a comment at the end'), 1)
  assert.equal(await run('return "\\0\\ud800"'), '\0\ud800')
  assert.equal(await run('return 1', null, {}, 'std.js'), 1)
})

it('sees a copy of the context as $', async () => {
  const data = { words: ['a', 'bcd'], n: new Float(NaN), '__proto__x': 1 }
  const script = `var out = {}
    $.words.forEach(function (w, i) { out[w] = [i, w.length] })
    out.nan = isNaN($.n)
    $.words.push('changed')
    return out`
  assert.equal(await run(script, data), { a: [0, 1], bcd: [1, 3], nan: true })
  assert.equal(data.words, ['a', 'bcd'])
  assert.equal(await run('return $'), null)
})

it('waits for what a promise gives', async () => {
  assert.equal(await run('return Promise.resolve(1).then(async (x) => (await x) + 1)'), 2)
  assert.is(await failure('return Promise.reject(new Error("no"))'), 'Error: no')
  assert.match(await failure('return new Promise(() => {})'), /a promise that nothing settles/)
})

it('keeps nothing from one script to the next', async () => {
  await run('globalThis.left = 1; Array.prototype.toJSON = () => "mine"; JSON.parse = null')
  assert.equal(await run('return [typeof left, $.a]', { a: 1 }), ['undefined', 1])
})

it('tells what a script threw', async () => {
  assert.is(await failure(`throw new Error('oops')`), 'Error: oops')
  assert.match(await failure('return ((('), /^SyntaxError: /)
  assert.match(await failure('return } {'), /^SyntaxError: /)
  assert.is(await failure('throw {code: 5}'), '{"code":5}')
  assert.is(await failure('throw undefined'), 'undefined')
  assert.match(await failure('return missing.field'), /^ReferenceError: .*missing/)
  assert.match(await failure(12), /'script' must be text, not 12/)
  assert.match(await failure('return "\0"'), /NUL/)
})

it('refuses what is no data', async () => {
  assert.match(await failure('return () => 1'), /no data/)
  assert.match(await failure('return Symbol()'), /no data/)
  assert.match(await failure('return 10n'), /BigInt/)
  assert.match(await failure('const a = []; a.push(a); return a'), /circular/)
})

it('has nothing but the language', async () => {
  const names = [
    'require',
    'process',
    'Deno',
    'fetch',
    'setTimeout',
    'console',
    'Worker',
    'std',
    'os',
  ]
  const script = `return $.filter((name) => typeof globalThis[name] !== 'undefined')`
  assert.equal(await run(script, names), [])
  assert.match(await failure(`return import('node:fs')`), /./)
  const escape =
    `return Function('return this')().constructor.constructor('return typeof process')()`
  assert.equal(await run(escape), 'undefined')
})

it.run()

const hostile = suite('a hostile script')

/** What one limit allows, while the others do not matter. */
function within(override: Partial<typeof limits> & { resultSize?: number }) {
  const { resultSize = 1_048_576, ...javascript } = override
  return { settings: settings({ javascript: { ...limits, ...javascript }, resultSize }) }
}

for (
  const [what, script] of Object.entries({
    'a loop': 'for (;;);',
    'a loop that catches': 'for (;;) try { for (;;); } catch {}',
    'a regex': `return /^(a+)+$/.test('a'.repeat(60) + 'b')`,
    'a native loop': `const a = []; a.length = 2 ** 32 - 1; return a.indexOf(1)`,
    'microtasks': 'const again = () => Promise.resolve().then(again); return again()',
    'a getter': 'return { get a() { for (;;); } }',
    'a toJSON': 'return { toJSON() { for (;;); } }',
    'a proxy': 'return new Proxy({}, { ownKeys() { for (;;); } })',
    'an endless proxy':
      'const p = new Proxy([], { get: (_, k) => k === "length" ? 1e9 : 1 }); return p',
    'a thrown getter': 'throw { get message() { for (;;); } }',
    'a thrown proxy': 'throw new Proxy({}, { get() { for (;;); } })',
  })
) {
  hostile(`is stopped in ${what}`, async () => {
    const begin = performance.now()
    assert.is(
      await failure(script, null, within({ timeoutMs: 200, memoryBytes: 256 * 2 ** 20 })),
      'the script took longer than 0.2 seconds',
    )
    assert.ok(performance.now() - begin < 5_000)
  })
}

for (
  const [what, script] of Object.entries({
    'an array': 'const a = []; for (;;) a.push(a.concat(a))',
    'a string': `let s = 'x'; for (;;) s += s + Math.random()`,
    'a buffer': 'return new Uint8Array(2 ** 30).length',
    'closures': 'let f = () => 1; const all = []; for (;;) all.push({ f: () => all, s: [all] })',
    'a result': `const o = {}; for (let i = 0; ; i++) o['k' + i] = 'x'.repeat(1000)`,
    'a thrown text': `throw new Error('x'.repeat(40 * 2 ** 20))`,
  })
) {
  hostile(`cannot fill the memory with ${what}`, async () => {
    const text = await failure(
      script,
      null,
      within({ memoryBytes: 16 * 2 ** 20, timeoutMs: 20_000 }),
    )
    assert.match(text, /needed more than 16 MB of memory|string too long|array length/)
  })
}

hostile('that catches the lack of memory gets no more', async () => {
  const script =
    `const a = []; try { for (;;) a.push(new Array(1000).fill(a)) } catch {} return 'on'`
  assert.is(await run(script, null, within({ memoryBytes: 16 * 2 ** 20 })), 'on')
})

hostile('cannot go too deep', async () => {
  assert.match(await failure('(function f() { f() })()'), /stack overflow/)
  assert.match(
    await failure('let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a'),
    /stack/,
  )
  const deep = `return eval('['.repeat(1e5) + ']'.repeat(1e5))`
  assert.match(await failure(deep), /stack|memory|SyntaxError/)
  assert.match(await failure(`return new RegExp('('.repeat(1e5) + ')'.repeat(1e5))`), /stack|Error/)
})

hostile('cannot return more than there is room for', async () => {
  const text = await failure(`return 'x'.repeat(2000)`, null, within({ resultSize: 1000 }))
  assert.is(text, 'the result has 2002 characters of JSON; at most 1000 are allowed')
  assert.is(
    (await run(`return 'x'.repeat(998)`, null, within({ resultSize: 1000 })) as string).length,
    998,
  )
})

hostile('cannot show an error without end', async () => {
  const text = await failure(`throw new Error('x'.repeat(1e6))`)
  assert.is(text.length, 1000)
  assert.match(await failure('throw { get message() { throw this } }'), /cannot be shown/)
  assert.match(await failure('throw new Proxy({}, { get() { throw 1 } })'), /cannot be shown/)
})

hostile('leaves no trace in the next one', async () => {
  await failure('for (;;);', null, within({ timeoutMs: 100 }))
  await failure(
    'const a = []; for (;;) a.push(a.concat(a))',
    null,
    within({ memoryBytes: 2 ** 23 }),
  )
  assert.is(await run('return 1'), 1)
})

hostile.run()

const cancel = suite('a script that is called off')

cancel('ends with the reason, whether it runs or waits', async () => {
  const abort = new AbortController()
  const overrides = { ...within({ timeoutMs: 60_000 }), signal: abort.signal }
  const runs = Array.from({ length: 8 }, () => run('for (;;);', null, overrides))
  const ends = Promise.allSettled(runs)
  abort.abort(new Error('No longer wanted'))
  for (const end of await ends) {
    assert.is((end as PromiseRejectedResult).reason.message, 'No longer wanted')
  }
  assert.is(await run('return 2'), 2)
})

cancel('gives its turn to those that wait', async () => {
  const all = Array.from({ length: 12 }, (_, i) => run('return $', i))
  assert.equal(await Promise.all(all), Array.from({ length: 12 }, (_, i) => i))
})

cancel.run()
