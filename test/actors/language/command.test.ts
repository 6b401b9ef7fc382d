import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Value } from '../../../actors/expressions/values/value.ts'
import { parseCommand, parseTransition } from '../../../actors/language/command.ts'
import { runs } from '../../properties.ts'

const command = suite('one-line command')

command('reads names and parameters as Mistral does', () => {
  const examples: [string, string, Record<string, Value>][] = [
    ['std.noop', 'std.noop', {}],
    ['std.echo\toutput=1', 'std.echo\toutput=1', {}],
    ['std.echo output="a b"', 'std.echo', { output: 'a b' }],
    ["std.echo output='a b' ", 'std.echo', { output: 'a b' }],
    ['std.echo output=<% $.x %> y={{ _.z }}', 'std.echo', { output: '<% $.x %>', y: '{{ _.z }}' }],
    ['std.echo output=abc', 'std.echo', {}],
    ['std.echo output={"a":1}', 'std.echo', {}],
    ['std.echo output=-5', 'std.echo', {}],
    ['std.echo output=True', 'std.echo', {}],
    ['std.echo output=1.5', 'std.echo', { output: 1 }],
    ['std.echo output=12abc', 'std.echo', { output: 12 }],
    ['std.echo output=12abc=3', 'std.echo', { output: 12, abc: 3 }],
    ['std.echo output=012', 'std.echo', { output: '012' }],
    ['std.echo output=trueish', 'std.echo', { output: true }],
    ['std.echo output=null x=false', 'std.echo', { output: null, x: false }],
    ['std.echo output=<% $.x %>suffix', 'std.echo', { output: '<% $.x %>' }],
    ['std.echo output=[1, 2] x=[3]', 'std.echo', { output: '[1, 2] x=[3]' }],
    ['std.echo output=["a","b"] z=1', 'std.echo', { output: ['a', 'b'], z: 1 }],
    ['std.echo output="a=1 b=2"', 'std.echo', { output: 'a=1 b=2' }],
    ['std.echo out-put=1 a.b=2', 'std.echo', { 'out-put': 1, b: 2 }],
    ['std.echo output="esc \\" q"', 'std.echo', { output: 'esc \\' }],
    ['foo(a=1) b=2', 'foo', { a: 1, b: 2 }],
    ['<% $.act %> x=1', '<% $.act %>', { x: 1 }],
    ['{{ _.act }} x=1', '{{ _.act }}', { x: 1 }],
    ['count=1 delay=5', 'count', { count: 1, delay: 5 }],
    ['a b=99999999999999999999', 'a', { b: 99999999999999999999n }],
    ['a b=1 b=2', 'a', { b: 2 }],
    ['дія в="є"', 'дія', { в: 'є' }],
  ]
  for (const [text, name, params] of examples) {
    const parsed = parseCommand(text)
    assert.is(parsed?.name, name, text)
    assert.equal(new Map(parsed?.params), new Map(Object.entries(params)), text)
  }
})

command('has no name where the text begins with none', () => {
  assert.is(parseCommand('(x) a=1'), null)
  assert.is(parseCommand(' std.echo output=1'), null)
})

command('takes the parameters of a transition in parentheses without a space', () => {
  assert.equal(parseTransition('fail(msg="x")'), { name: 'fail', params: new Map([['msg', 'x']]) })
  assert.equal(parseTransition('fail(msg="x y")'), {
    name: 'fail',
    params: new Map([['msg', 'x y']]),
  })
  assert.equal(parseTransition('t-1.a'), { name: 't-1.a', params: new Map() })
})

/** The two regular expressions of Mistral, which are slow for hostile texts. */
const NAME = /^(?:[\p{L}\p{N}_.]+[^=(\s"]*|<%.*?%>|\{\{.*\}\}|\{%.*%\})/u
const PARAMS =
  /([-\p{L}\p{N}_]+)=("[^"]*"\s*|'[^']*'\s*|\{\{.*?\}\}|<%.*?%>|\[.*\]\s*|true|false|null|\d+)/gu

command('agrees with the regular expressions that it replaces', () => {
  const words = ['a', 'b-c', '=', ' ', '"', "'", '<%', '%>', '{{', '}}', '[', ']', '12', 'true']
  const pieces = fc.constantFrom(...words, 'null', '\n', '(', ')', ',', 'é', '😀', '$.x', '.')
  const property = fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
    const text = parts.join('')
    const parsed = parseCommand(text)
    if (!text.includes(' ')) return assert.equal(parsed, { name: text, params: new Map() })
    assert.is(parsed?.name, NAME.exec(text)?.[0], text)
    if (!parsed) return
    const keys = [...text.matchAll(PARAMS)].map(([, key]) => key)
    assert.equal([...parsed.params.keys()], [...new Set(keys)], text)
  })
  fc.assert(property, { numRuns: runs(2000) })
})

command('reads a long hostile text in no time', () => {
  for (const piece of ['a=<% ', 'a={{ ', 'a=[ ', 'a="', "a='", 'a', '=', 'a=[1]\n']) {
    const started = Date.now()
    parseCommand(`x ${piece.repeat(200_000)}`)
    assert.ok(Date.now() - started < 5000, piece)
  }
})

command.run()
