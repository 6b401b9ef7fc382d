import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_LIMITS } from '../../../../actors/expressions/limits.ts'
import { EvaluationError, GrammarError } from '../../../../actors/expressions/errors.ts'
import { type ExpressionHost, NotLoaded } from '../../../../actors/expressions/host.ts'
import { Jinja, jinja } from '../../../../actors/expressions/jinja/jinja.ts'
import { Float, type Value } from '../../../../actors/expressions/values/value.ts'
import { host } from './host.ts'

const data = {
  a: 1,
  l: [3, 1, 2],
  d: { b: 2, items: 5 },
  s: 'héllo',
  __env: { k: 'v' },
  __execution: { id: 'e' },
}

function evaluate(text: string, using: ExpressionHost = host): Value {
  return jinja.evaluate(text, { data, host: using })
}

function failure(text: string, language = jinja): EvaluationError {
  try {
    language.evaluate(text, { data, host })
  } catch (error) {
    if (error instanceof EvaluationError) return error
    throw error
  }
  throw new Error(`${text} does not fail`)
}

const detecting = suite('jinja detection')

detecting('sees one-line expressions and blocks only', () => {
  assert.ok(jinja.detect('a {{ b }} c'))
  assert.ok(jinja.detect('{% if x %}'))
  assert.not(jinja.detect('{{ a\n}}'))
  assert.not(jinja.detect('{# only a comment #}'))
  assert.not(jinja.detect('plain <% $.a %>'))
  assert.not(jinja.detect('{{ 1 '))
})

detecting.run()

const evaluating = suite('jinja evaluation')

evaluating('gives a single expression its native value', () => {
  assert.is(evaluate('{{ _.a }}'), 1)
  assert.equal(evaluate('{{ _.l }}'), [3, 1, 2])
  assert.equal(evaluate('{{ 4 / 2 }}'), new Float(2))
  assert.is(evaluate('{{ _.get("nope") }}'), null)
})

evaluating('gives text for anything more than one expression', () => {
  assert.is(evaluate(' {{ _.a }}'), ' 1')
  assert.is(evaluate('{{ _.a }}{{ _.l }}'), '1[3, 1, 2]')
  assert.is(evaluate('{{ _.a }}\n'), '1')
  assert.is(evaluate("{{ {'a': {'b': 1}} }}"), "{'a': {'b': 1}}")
})

evaluating('renders blocks beside an expression, and refuses blocks alone, as recorded', () => {
  assert.is(evaluate('{% if _.a %}yes{% else %}no{% endif %}{{ "" }}'), 'yes')
  assert.is(failure('{% if _.a %}yes{% else %}no{% endif %}').kind, 'index')
})

evaluating('stores iterators, tuples, views, ranges and markup as plain data', () => {
  assert.equal(evaluate("{{ _.l|map('string') }}"), ['3', '1', '2'])
  assert.equal(evaluate("{{ (1, _.d.keys(), range(2), 'x'|safe) }}"), [
    1,
    ['b', 'items'],
    [0, 1],
    'x',
  ])
  assert.equal(evaluate('{{ {1: none, true: 2} }}'), new Map([['1', 2]]))
})

evaluating('stores a value that an if without else leaves out as null', () => {
  assert.is(evaluate('{{ 1 if false }}'), null)
  assert.is(evaluate('x{{ 1 if false }}'), 'x')
})

evaluating('refuses what cannot be stored', () => {
  assert.is(failure('{{ range }}').kind, 'unstorable')
  assert.is(failure('{{ [_.nope] }}').kind, 'undefined')
})

evaluating('knows the variables that the data brings along', () => {
  assert.is(evaluate('{{ __env.k }}{{ __execution.id }}{{ __task_execution }}'), 'veNone')
  assert.is(evaluate('{{ a is defined }}'), false)
})

evaluating('lets a template change its own copy of the data only', () => {
  assert.is(evaluate('{{ _.l.append(4) }}{{ _.l }}'), 'None[3, 1, 2, 4]')
  assert.is(evaluate('{% set x = _.d.pop("b") %}{{ x }}{{ _.d }}'), "2{'items': 5}")
  assert.is(evaluate("{{ __env.update(k='w') }}{{ _.__env.k }}"), 'Nonew')
  assert.equal(data.l, [3, 1, 2])
  assert.equal(data.d, { b: 2, items: 5 })
  assert.equal(data.__env, { k: 'v' })
})

evaluating.run()

const functions = suite('jinja workflow functions')

functions('are globals with keyword arguments', () => {
  assert.is(evaluate("{{ task('t1').name }}{{ task(task_name='t2').name }}"), 't1t2')
  assert.is(evaluate('{{ task().name }}'), 'current')
  assert.is(evaluate('{{ env().region }}{{ execution().name }}'), 'northmain')
  assert.equal(evaluate("{{ tasks('e', true, flat=true)[0] }}"), {
    name: 't',
    recursive: true,
    flat: true,
  })
  assert.is(evaluate("{{ executions(state='ERROR')[0].state }}"), 'ERROR')
  assert.is(evaluate("{{ global('known') }}{{ global(var_name='other') }}"), '7None')
  assert.is(evaluate('{{ uuid()|length }}'), 36)
})

functions('read and write JSON and YAML', () => {
  assert.is(evaluate("{{ json_dump({'b': 1.0, 'a': ['é']}) }}"), jsonText)
  assert.equal(evaluate('{{ json_parse("[1, 1.0]") }}'), [1, new Float(1)])
  assert.is(evaluate("{{ yaml_dump({'b': 1, 'a': [1]}) }}"), 'a:\n- 1\nb: 1\n')
  assert.equal(evaluate("{{ yaml_parse('a: yes') }}"), { a: true })
})

const jsonText = '{\n    "b": 1.0,\n    "a": [\n        "\\u00e9"\n    ]\n}'

functions('as filters take the piped value, or leave it as the context', () => {
  assert.is(evaluate('{{ _.s|json_dump }}'), '"h\\u00e9llo"')
  assert.is(evaluate('{{ _|json_dump(_.a) }}'), '1')
  assert.is(evaluate("{{ (_|task('t1')).name }}{{ ('t2'|task).name }}"), 't1t2')
  assert.is(evaluate('{{ (_|env).region }}'), 'north')
  assert.equal(evaluate("{{ _.l|map('json_dump') }}"), ['3', '1', '2'])
})

functions('let what is not loaded pass as it is, also from within an iterator', () => {
  const notLoaded = new NotLoaded('tasks')
  const empty: ExpressionHost = {
    ...host,
    task: () => {
      throw notLoaded
    },
  }
  const sources = [
    "{{ task('t') }}",
    "x{{ task('t') }}",
    "{{ ['t']|map('task') }}",
    "{% for t in ['t']|map('task') %}{{ t }}{% endfor %}",
    "{{ ['t']|map('task')|list|default(1) }}",
    "{{ ['t']|map('task') is sequence or task('t') }}",
    '{% macro m() %}{{ task() }}{% endmacro %}{{ m() }}',
    "{{ '{}'.format(task('t')) }}",
  ]
  for (const source of sources) {
    try {
      evaluate(source, empty)
    } catch (error) {
      assert.is(error, notLoaded, source)
      continue
    }
    assert.unreachable(source)
  }
})

functions.run()

const failing = suite('jinja failures')

failing('name the whole expression and the reason', () => {
  const { message } = failure('a{{ _.nope }}')
  assert.is(
    message,
    "Can not evaluate Jinja expression [expression=a{{ _.nope }}, error='dict object' has no " +
      "attribute 'nope']\n    a{{ _.nope }}\n          ^^^^",
  )
})

failing('never show data', () => {
  for (const source of ["{{ '%d' % _.s }}", '{{ _.s|filesizeformat }}', '{{ _.s + 1 }}']) {
    assert.not(failure(source).message.includes('héllo'), source)
  }
})

failing('say what is wrong with the grammar', () => {
  for (const [text, message] of malformed) {
    assert.throws(
      () => jinja.validate(text),
      (error: unknown) => error instanceof GrammarError && error.message === message,
    )
  }
})

const malformed = [
  ['{{ 1 + }}', "Syntax error 'unexpected 'end of print statement''."],
  ['{{ a b }}', "Syntax error 'expected token 'end of print statement', got 'b''."],
  ['{% nope %}', "Syntax error 'Encountered unknown tag 'nope'.'."],
] as const

failing('accept unknown names until they are used', () => {
  jinja.validate('{{ a|nope is nope(nope()) }}')
  assert.is(failure('{{ 1|nope }}').kind, 'syntax')
  assert.is(failure("{{ [1]|map('nope')|list }}").kind, 'runtime')
})

failing.run()

const limits = suite('jinja limits')

limits('stop what would take too long or too much', () => {
  const endless = [
    '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}',
    "{{ 'x' * 1000000000 }}",
    "{{ '%1000000000d' % 1 }}",
    '{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}',
    '{% set l = [1] %}{% for i in l %}{% if l.append(i) %}{% endif %}{% endfor %}',
  ]
  const strict = new Jinja({ ...DEFAULT_LIMITS, steps: 100_000 })
  for (const source of endless) assert.is(failure(source, strict).kind, 'limit', source)
})

limits('stop recursion', () => {
  assert.is(failure('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}').kind, 'recursion')
  assert.is(failure(`{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`).kind, 'syntax')
  assert.is(failure(`{{ 1${'+1'.repeat(50_000)} }}`).kind, 'syntax')
})

limits('can be set', () => {
  assert.is(failure('{{ 1 }} and more', new Jinja({ ...DEFAULT_LIMITS, length: 1 })).kind, 'limit')
})

limits.run()
