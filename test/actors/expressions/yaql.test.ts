import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EvaluationError } from '../../../actors/expressions/errors.ts'
import { NotLoaded } from '../../../actors/expressions/host.ts'
import type { Scope } from '../../../actors/expressions/language.ts'
import { DEFAULT_LIMITS } from '../../../actors/expressions/limits.ts'
import { stringifyJson } from '../../../actors/expressions/values/json.ts'
import { str } from '../../../actors/expressions/values/text.ts'
import type { Value } from '../../../actors/expressions/values/value.ts'
import { createYaql, yaql } from '../../../actors/expressions/yaql/yaql.ts'
import { fakeHost } from './fake-host.ts'
import { factData, facts } from './yaql-facts.ts'

/** A scope has one budget, so every evaluation here has its own. */
const fresh = (): Scope => ({ data: factData, host: fakeHost() })

/** The value of an expression as it prints, or the kind of its failure. */
function outcome(expression: string, over: Scope = fresh()): string {
  try {
    return str(yaql.evaluate(`<% ${expression} %>`, over))
  } catch (error) {
    if (error instanceof EvaluationError) return `!${error.kind}`
    throw error
  }
}

function value(expression: string, data: Value = factData): Value {
  return yaql.evaluate(`<% ${expression} %>`, { data, host: fakeHost() })
}

const engine = suite('YAQL')

engine('agrees with the reference engine', () => {
  const wrong = facts.filter(([expression, expected]) => outcome(expression) !== expected)
  assert.equal(wrong.map(([expression]) => [expression, outcome(expression)]), [])
})

engine('gives the same every time', () => {
  for (const [expression] of facts) assert.is(outcome(expression), outcome(expression), expression)
})

engine('hands stored data on without touching it', () => {
  const data = { list: Array.from({ length: 5000 }, (_, id) => ({ id })) }
  assert.is(value('$.list', data), data.list)
  assert.is(value('$.list[4999]', data), data.list[4999])
})

engine('reads one entry of a layered context and no more', () => {
  const asked: string[] = []
  class Layered extends Map<string, Value> {
    override get(key: string): Value | undefined {
      asked.push(key)
      return key === 'a' ? 1 : undefined
    }
  }
  assert.is(value('$.a', new Layered()), 1)
  assert.equal(asked, ['a'])
})

engine('keeps floats, big ints and the order of keys in results', () => {
  assert.is(
    stringifyJson(value('{"2" => 1.0, "1" => 10000000000000000000000 + 1}')),
    '{"2":1.0,"1":10000000000000000000001}',
  )
})

engine('stores sets and iterators as arrays and dates as text', () => {
  assert.equal(value('set(1, 2)'), [1, 2])
  assert.equal(value('{a => range(2)}'), { a: [0, 1] })
  assert.is(value('datetime(2020, 1, 2)'), '2020-01-02T00:00:00.000000')
})

engine('fails on what cannot be stored', () => {
  assert.is(outcome('regex(a)'), '!unstorable')
  assert.is(outcome('timespan(1)'), '!unstorable')
  assert.is(outcome('let(a => 1)'), '!unstorable')
})

engine('embeds values as Python prints them', () => {
  const text = (template: string) => yaql.evaluate(template, fresh())
  assert.is(text(' <% $.a %>'), ' 1')
  assert.is(text('<% $.a %><% $.l %>'), '1[3, 1, 2]')
  assert.is(text('v=<% $.n %>/<% true %>/<% 1.0 %>/<% {a => "x"} %>'), "v=None/True/1.0/{'a': 'x'}")
  assert.is(text('<% set(1) %>.'), '{1}.')
  assert.is(text('<% 1 %> and <% 1 %>'), '1 and 1')
})

engine('leaves text alone in which no expression is on one line', () => {
  assert.not(yaql.detect('a <% b'))
  assert.not(yaql.detect('<%\n1 %>'))
})

engine('cuts all characters of the markers', () => {
  assert.is(yaql.evaluate('<%% $.a %%>', fresh()), 1)
  assert.is(yaql.evaluate('<%<$.a>%>', fresh()), 1)
})

engine('takes keyword arguments of workflow functions in both spellings, others in one', () => {
  assert.equal(value('task(taskName => t)'), value('task(task_name => t)'))
  assert.equal(value('"a b c".split(maxSplits => 1)'), ['a', 'b c'])
  assert.is(outcome('"a b c".split(max_splits => 1)'), '!no_matching_method')
})

engine('names the expression and what is wrong, and no data', () => {
  const error = failure('$.secretlist.nope()', { secretlist: ['hidden'] })
  assert.is(
    error.message,
    'Can not evaluate YAQL expression [expression=$.secretlist.nope(), ' +
      'error=Unknown method "nope"]\n' +
      '    $.secretlist.nope()\n' +
      '                 ^^^^',
  )
  assert.match(failure('lenn($.s)').message, 'did you mean "len"?')
  assert.match(failure('select([1], $)').message, 'it is a method')
  assert.match(failure('$.objz').message, "did you mean 'objs'?")
})

function failure(expression: string, data: Value = factData): EvaluationError {
  try {
    value(expression, data)
  } catch (error) {
    if (error instanceof EvaluationError) return error
    throw error
  }
  throw new Error(`${expression} did not fail`)
}

engine('lets NotLoaded pass from everywhere', () => {
  const absent = new NotLoaded('task')
  const host = fakeHost({
    task: () => {
      throw absent
    },
  })
  for (
    const text of [
      '<% task(a) %>',
      'x <% [1].select(task(a).name) %>',
      '<% {a => [1].select(task(a))} %>',
      '<% [1, 1].groupBy($, $, task(a)) %>',
      '<% [2, 1].orderBy(task(a)) %>',
    ]
  ) {
    assert.throws(
      () => yaql.evaluate(text, { data: {}, host }),
      (error: unknown) => error === absent,
    )
  }
})

engine.run()

const workflow = suite('workflow functions in YAQL')

workflow('ask the host', () => {
  assert.is(value('task().name'), 'current')
  assert.is(value('task(t1).name'), 't1')
  assert.is(value('task(absent)'), null)
  assert.equal(value('tasks(abc, true, flat => true)'), [
    { workflowExecutionId: 'abc', recursive: true, state: null, flat: true },
  ])
  assert.equal(value('executions(state => ERROR).state'), ['ERROR'])
  assert.is(value('global(x)'), 'global x')
  assert.is(value('env().region'), 'here')
  assert.is(value('execution().id'), 'ex')
})

workflow('give lists and not tuples', () => {
  assert.is(value("json_parse('[1]') = [1]"), false)
  assert.is(value("json_parse('[[1]]')[0] = [1]"), false)
  assert.is(outcome("[json_parse('[1]')].toSet()"), '!type')
})

workflow('write and read JSON and YAML', () => {
  assert.is(
    value('json_dump({a => [1, 1.0], b => range(1)})'),
    '{\n    "a": [\n        1,\n        1.0\n    ],\n    "b": [\n        0\n    ]\n}',
  )
  assert.is(
    value("yaml_dump({z => [1, two, null], a => {n => '12'}})"),
    "a:\n  n: '12'\nz:\n- 1\n- two\n- null\n",
  )
  assert.equal(value("yaml_parse('a: [yes, 012, 1:30]')"), { a: [true, 10, 90] })
  assert.is(outcome("yaml_parse('a: [')"), '!yaml')
  assert.is(outcome("json_parse('nope')"), '!value')
  assert.is(outcome('json_dump(timespan(1))'), '!type')
})

workflow.run()

const limits = suite('limits of YAQL')

const HOSTILE = [
  'sequence().len()',
  '[1].cycle().toList()',
  "'abcdefghij' * 1000000000",
  '[1, 2] * 100000000',
  'pow(10, 1000000000)',
  'shiftBitsLeft(1, 1000000000000)',
  'def(f, f()) -> f()',
  'def(f, [f(), f()]) -> f()',
  'generate(1, true, $ + 1).len()',
  'generateMany(1, [$, $])',
  'range(60).aggregate([$1, $1], 1)',
  'str(range(60).aggregate([$1, $1], 1))',
  'range(60).aggregate([$1, $1], 1) = range(60).aggregate([$1, $1], 1)',
  'set(range(60).aggregate([$1, $1], 1))',
  'json_dump(range(60).aggregate([$1, $1], 1))',
  'yaml_dump(range(60).aggregate([$1, $1], 1))',
  'range(60).aggregate([$1, $1], 1).flatten().len()',
  "regex('(?=(a+)+$)b').search('a' * 30000 + 'b')",
  "regex('(a*)*\\\\1c').search('a' * 30000)",
  "regex('a{1000}{1000}')",
  `${'('.repeat(5000)}1${')'.repeat(5000)}`,
  `1${'+1'.repeat(20000)}`,
  `${'-'.repeat(50000)}1`,
  'x'.repeat(200_000),
]

limits('end hostile expressions with an error', () => {
  const small = createYaql({
    ...DEFAULT_LIMITS,
    steps: 500_000,
    elements: 200_000,
    bytes: 10_000_000,
  })
  for (const expression of HOSTILE) {
    const shown = expression.slice(0, 60)
    assert.throws(
      () => small.evaluate(`<% ${expression} %>`, fresh()),
      (error: unknown) => error instanceof EvaluationError && error.kind !== null,
      shown,
    )
  }
})

limits('do not mind patterns that make other engines backtrack for ever', () => {
  assert.is(value("regex('^(a|aa)+$').search('a' * 20000 + 'b')"), null)
  assert.is(value("regex('^(([a-z])+.)+[A-Z]([a-z])+$').search('a' * 500)"), null)
})

limits('find expressions in one pass over the text', () => {
  const texts = ['<%'.repeat(200_000), '<%\n'.repeat(200_000) + '%>', `<%${'%'.repeat(200_000)}a%>`]
  const started = performance.now()
  assert.equal(texts.map((text) => yaql.detect(text)), [false, false, true])
  yaql.validate(texts[2] ?? '')
  assert.ok(performance.now() - started < 1000)
  assert.is(yaql.evaluate('<%\n<% 1 %>', fresh()), '<%\n1')
})

limits('leave room for honest work', () => {
  assert.is(value('range(100000).where($ mod 2 = 0).select($ * 2).len()'), 50000)
})

limits.run()
