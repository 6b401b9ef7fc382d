import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as fc from 'fast-check'
import { evaluateRecursively, EvaluationError } from '../../../actors/expressions/expressions.ts'
import type { Value } from '../../../actors/expressions/values/value.ts'
import { fakeHost } from './fake-host.ts'

const data: Value = {
  name: 'n',
  servers: [{ host: 'h1' }],
  none: null,
  password: 'hunter2',
  n: 7,
}

/** The message of a template that fails, line by line. */
function told(template: Value, field: string | null = null, over: Value = data): string[] {
  try {
    evaluateRecursively(template, { data: over, host: fakeHost() }, field)
  } catch (error) {
    if (error instanceof EvaluationError) return error.message.split('\n')
    throw error
  }
  throw new Error(`${JSON.stringify(template)} did not fail`)
}

/** What of the pictured line is over the caret. */
function pointedAt(lines: readonly string[]): string {
  const [shown = '', caret = ''] = lines.slice(-2)
  assert.match(caret, '^')
  return [...shown].slice(caret.indexOf('^'), caret.length).join('')
}

const places = suite('places of errors in expressions')

places('point at the innermost part that failed, in both languages', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['<% $.nmae %>', 'nmae'],
    ['<% $.servers.first().hots %>', 'hots'],
    ['<% $.servers.select($.host + 1) %>', '+'],
    ['<% lenn($.name) %>', 'lenn'],
    ['<% $.name.toUper() %>', 'toUper'],
    ['<% $.none.x %>', 'x'],
    ['<% $.servers[5] %>', '['],
    ['<% 1 + (2 / 0) %>', '/'],
    ['<% [1].select($.a.b) %>', 'a'],
    ['<% -$.name %>', '-'],
    ['<% $.a == 1 %>', '='],
    ['<% 1 + %>', ''],
    ['text <% int($.name) %> text', 'int'],
    ['{{ _.nmae }}', 'nmae'],
    ['{{ _.servers[0].hots.x }}', 'hots'],
    ['{{ nmae }}', 'nmae'],
    ['{{ _.name + 1 }}', '+'],
    ['{{ _.name|uper }}', 'uper'],
    ['{{ _.n|join }}', 'join'],
    ['{{ 1 is evn }}', 'evn'],
    ['{{ 1 + 2 / (1 - 1) }}', '/'],
    ['{{ _["nope"].x }}', '["nope"]'],
    ['{{ _.name.nope() }}', 'nope'],
    ['{{ 1 + }}', ''],
    ['a {% if x %}{{ 1 }}{% endif %}', 'x'],
    ['{% for s in _.servers %}{{ s.hots }}{% endfor %}', 'hots'],
    ['{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m(1) }}', 'b'],
  ]
  for (const [template, place] of cases) {
    const lines = told(template)
    assert.is(pointedAt(lines).trim(), place, lines.join('\n'))
  }
})

places('suggest the name that was probably meant', () => {
  assert.match(told('<% $.nmae %>')[0]!, "did you mean 'name'?")
  assert.match(told('<% lenn($.name) %>')[0]!, 'did you mean "len"?')
  assert.match(told('{{ _.nmae }}')[0]!, "did you mean 'name'?")
  assert.match(told('{{ name }}')[0]!, 'write _.name')
  assert.match(told('{{ rnge(3) }}')[0]!, "did you mean 'range'?")
  assert.match(told('<% toUper($.name) %>')[0]!, 'did you mean value.toUpper(...)?')
  assert.match(told('{% set count = 1 %}{{ cuont }}')[0]!, "did you mean 'count'?")
  assert.match(told('<% let(count => 1) -> $cuont + 1 %>')[0]!, 'did you mean $count?')
  assert.not.match(told('<% let(count => 1) -> 1 + null %>')[0]!, 'did you mean')
  assert.not.match(told('<% [1].unpack(cuont, count => 1) -> $cuont %>')[0]!, 'did you mean')
  assert.match(told('{{ 1|uper }}')[0]!, "Did you mean 'upper'?")
  assert.match(told('{{ 1 is evn }}')[0]!, "Did you mean 'even'?")
  assert.match(told('<% $.none.x %>')[0]!, 'null has no members')
  assert.match(told('<% $.name + 1 %>')[0]!, '(string, int)')
})

places('say in which field of a structure', () => {
  assert.is(
    told({ a: [{ b: 'ok' }, { c: '<% $.nope %>' }] }, 'publish')[1],
    '  in publish.a[1].c',
  )
  assert.is(told(['{{ _.nope }}'], 'input')[1], '  in input[0]')
  assert.ok(told('{{ _.name }}\n{{ _.nope }}', 'output').includes('  in output, line 2'))
  assert.is(pointedAt(told('{{ _.name }}\r\n{{ _.nope }}')), 'nope')
})

places('never show data', () => {
  const failing = [
    '<% $.password + 1 %>',
    '<% int($.password) %>',
    '<% float($.password) %>',
    '<% $.password.nope %>',
    '<% datetime($.password) %>',
    '<% {a => 1}[$.password] %>',
    '<% $.password.format($) %>',
    '<% regex($.password + "(").matches(a) %>',
    '<% json_parse($.password) %>',
    '<% yaml_parse("[" + $.password) %>',
    '<% call($.password, [], {}) %>',
    '<% assert($.password, false) %>',
    '<% $.password.assert(false, $) %>',
    '<% task($.password).x %>',
    '{{ _.password + 1 }}',
    '{{ {}[_.password].x }}',
    '{{ _.password|nope }}',
    '{{ [1]|map(_.password)|list }}',
    '{{ [1]|select(_.password)|list }}',
    '{{ "a".encode(_.password) }}',
    '{{ json_parse(_.password) }}',
    '{{ yaml_parse("[" + _.password) }}',
    '{{ "{:" ~ _.password ~ "}"|int }}{{ ("{:" ~ _.password ~ "}").format(1) }}',
    '{{ dict([_.password]) }}',
    '{{ _.n|attr(_.password) }}',
    '{{ ("%(" ~ _.password ~ ")s") % {} }}',
    '{{ [{}]|map(attribute=_.password)|list }}',
    '{{ [{}]|groupby(_.password) }}',
    '{{ _.password.index("z") }}',
    '{{ range(_.password) }}',
    '{{ dict(**{_.password: 1}).x }}',
    '{{ lipsum(**{_.password: 1}) }}',
    '{{ 1|round(method=_.password) }}',
    '{{ {}|dictsort(by=_.password) }}',
    '{% include _.password %}{{ 1 }}',
  ]
  const leaks: readonly string[] = failing.filter((template) =>
    told(template).join('\n').includes('hunter2')
  )
  assert.equal(leaks, [])
})

places('keep what is shown short and on lines of its own', () => {
  const long = told(`<% ${'$.name + '.repeat(150)}$.nope + ${'1 + '.repeat(100)}1 %>`)
  assert.ok(long.every((line) => line.length <= 1500))
  assert.is(pointedAt(long), 'nope')
  const hostile = told("<% 'a\u001b[2J\u202ex\u0000' + 1 %>")
  assert.is(hostile.at(-2), "    'a�[2J�x�' + 1")
  const field = told({ ['k\n'.repeat(1000)]: '<% $.nope %>' }, 'publish')
  assert.is(field.length, 4)
  assert.ok(field[1]!.length < 300)
})

places('are within the source, whatever fails', () => {
  const piece = fc.constantFrom(
    '$',
    '.a',
    ' + ',
    '1',
    '(',
    ')',
    '[',
    ']',
    '😀',
    '\t',
    "'x'",
    '{{',
    '}}',
    '<%',
    '%>',
    '_',
    '|upper',
    '\n',
    '\r\n',
    '{%',
    '%}',
    'len(',
    '#',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('')
      for (const template of [text, `<% ${text} %>`, `{{ ${text} }}`]) {
        let lines: string[]
        try {
          evaluateRecursively(template, { data, host: fakeHost() })
          continue
        } catch (error) {
          assert.instance(error, EvaluationError)
          lines = (error as EvaluationError).details.split('\n')
        }
        const caret = lines.at(-1) ?? ''
        if (!caret.includes('^')) continue
        assert.ok([...caret].length <= [...lines.at(-2) ?? ''].length + 1, lines.join('\n'))
      }
    }),
    { numRuns: 500 },
  )
})

places.run()
