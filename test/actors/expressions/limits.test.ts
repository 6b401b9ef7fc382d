import fc from 'fast-check'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EvaluationError, GrammarError } from '../../../actors/expressions/errors.ts'
import { evaluateRecursively } from '../../../actors/expressions/expressions.ts'
import { Jinja } from '../../../actors/expressions/jinja/jinja.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../actors/expressions/limits.ts'
import type { Value } from '../../../actors/expressions/values/value.ts'
import { createYaql } from '../../../actors/expressions/yaql/yaql.ts'
import { fakeHost } from './fake-host.ts'

/** A hundredth of the usual: about 5 ms of work, so that what is not counted shows. */
const SMALL: Limits = { ...DEFAULT_LIMITS, steps: 50_000, elements: 20_000, bytes: 640_000 }
const LANGUAGES = { yaql: createYaql(SMALL), jinja: new Jinja(SMALL) }
/** More of them by hand: `RUNS=5000 node dist/test/run.js limits`. */
const RUNS = Number(process.env['RUNS'] ?? 100)
/** CPU that an expression may take beyond its budget. */
const SLACK_MS = 100

const list = Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 50_021)
const data: Value = {
  l: list,
  s: 'a'.repeat(500_000),
  u: '😀é'.repeat(150_000),
  b: ' '.repeat(500_000),
  w: 'word '.repeat(100_000),
  d: '9'.repeat(500_000),
  j: `[${'1.0,'.repeat(100_000)}1]`,
  m: Object.fromEntries(list.slice(0, 10_000).map((key) => [`k${key}`, key])),
  o: list.slice(0, 10_000).map((id) => ({ id, k: `k${id % 7}` })),
  deep: JSON.parse('['.repeat(900) + ']'.repeat(900)),
}

/** CPU of the process in milliseconds; the least of some attempts, as others use the machine too. */
function cpuOf(expression: string, languages = LANGUAGES, enough = SLACK_MS): number {
  const language = languages[/\{\{|\{%/.test(expression) ? 'jinja' : 'yaql']
  let least = Infinity
  for (let attempt = 0; attempt < 4 && least > enough; attempt++) {
    const before = process.cpuUsage()
    try {
      language.evaluate(expression, { data, host: fakeHost() })
    } catch (error) {
      const isClear = (error instanceof EvaluationError && error.kind !== null) ||
        error instanceof GrammarError
      if (!isClear) throw error
    }
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

const limits = suite('limits of expressions')

const YAQL_VALUES = fc.constantFrom(
  '$.l',
  '$.s',
  '$.u',
  '$.b',
  '$.w',
  '$.d',
  '$.m',
  '$.o',
  '$.deep',
  '$.o.id',
  'sequence()',
  '[1].cycle()',
  'range(100000000)',
  "'ab' * 300000",
  'range(60).aggregate([$1, $1], 1)',
  'range(50000).aggregate([$1], 1)',
  'range(300).aggregate($1.select($), [1])',
  'pow(3, 60000)',
  '$.l.toSet()',
  '$.m.items()',
)
const YAQL_STEPS = fc.constantFrom(
  'x.len()',
  'x.toList()',
  'x.toSet()',
  'x.orderBy($)',
  'x.orderBy(str($)).first()',
  'x.groupBy($)',
  'x.join(x, $1 = $2, $1)',
  'x.select($ in $r.l)',
  'x.select($r.s =~ b)',
  'x.select($r.l.indexOf(-1))',
  'x.select($r.l.sum())',
  'x.select($r.u.substring(1))',
  'x.select($r.b.trim())',
  'x.select($r.m.len())',
  'x.select(pow(7, 30000))',
  'x.select($r.l)',
  'x.flatten()',
  'x.distinct()',
  'x.sum()',
  'x.max()',
  'x.reverse()',
  'x.zip(x, x)',
  'x.toDict($, $)',
  'x.slice(1)',
  'x.accumulate([$1, $2])',
  'x.aggregate($1 + $2)',
  'x.aggregate($1.append($2), [])',
  'x.where($ = $r.deep)',
  'x + x',
  'x * 100000000',
  'x = x',
  'str(x)',
  'json_dump(x)',
  'yaml_dump(x)',
  'json_parse(x)',
  'yaml_parse(x)',
  'json_parse($r.j)',
  "yaml_parse('[' * 10000)",
  "yaml_parse('- ' * 10000)",
  "json_parse('[' * 100000)",
  'int(x)',
  'float(x)',
  'hex(x)',
  'x mod 7',
  'pow(x, x, x)',
  'datetime(x)',
  'datetime(x, x)',
  'datetime(2020, 1, 1).format(x)',
  'x.cycle().toList()',
  'x.repeat().toList()',
  'x.repeat(x)',
  'str(pow(x, x))',
  'pow(10, x).str()',
  'str(pow(10, 100000))',
  'shiftBitsLeft(1, x)',
  'x.zipLongest(sequence())',
  'x.concat(x, x, x)',
  'timespan(x) * x',
  'x.toUpper()',
  'x.split()',
  "x.split('a')",
  "x.replace('a', x)",
  "x.replace('', 'b')",
  'x.toCharArray()',
  'x.join(x)',
  'x.norm()',
  'regex(x)',
  'escapeRegex(x)',
  "regex('(a|a)*b').search(x)",
  "regex('(a+)+$').searchAll(x)",
  "regex('(?=(a+)+$)b').search(x)",
  "regex('(a*)*\\\\1c').search(x)",
  "regex('.*.*.*.*c').search(x)",
  "regex('a').replace(x, 'bb')",
  "regex('').replace(x, $r.w)",
  "regex('a').replaceBy(x, $r.s)",
  "regex('a').replaceBy(x, $.value + $r.u)",
  "regex('a|b').searchAll(x, $r.l)",
  "regex('[^b]').split(x)",
  "regex('(?:a?){50}a{50}').search(x)",
  "regex('((a{0,100}){0,100}){0,100}')",
  '[x].toSet()',
  '{k => x}.items().toSet()',
  'def(f, f($ + 1)) -> f(x)',
  'def(f, [f($), f($)]) -> f(x)',
  'generate(x, true, [$, $])',
  'generateMany(x, [$, $], depthFirst => true)',
  'x.memorize()',
  'x.select(x).toList()',
  'x.mergeWith(x)',
  'x.insertMany(0, x)',
  'x.unpack() -> $9',
)

limits('hold for hostile YAQL', () => {
  const hostile = fc.tuple(YAQL_VALUES, fc.array(YAQL_STEPS, { minLength: 1, maxLength: 3 }))
    .map(([value, steps]) => {
      const body = steps.reduce<string>((inner, step) => step.replaceAll('x', `(${inner})`), value)
      return `<% let(r => $) -> ${body} %>`
    })
    .filter((expression) => expression.length < 2000)
  fc.assert(
    fc.property(hostile, (expression) => {
      assert.ok(cpuOf(expression) <= SLACK_MS, expression)
    }),
    { numRuns: RUNS },
  )
})

const JINJA_VALUES = fc.constantFrom(
  '_.l',
  '_.s',
  '_.u',
  '_.b',
  '_.w',
  '_.d',
  '_.m',
  '_.o',
  '_.deep',
  'range(100000)',
  "('<a ' * 50000)",
  "('www.a.b ' * 20000)",
  '(3 ** 60000)',
  '[_.l, _.l]',
)
const JINJA_STEPS = fc.constantFrom(
  ...('abs batch(3) batch(100000000,0) capitalize center(100000000) center(500000) dictsort escape filesizeformat ' +
    'first float forceescape groupby("id") indent(100000) int int(0,16) items join join(_.s) last length list lower ' +
    'map("upper") map("tojson") map(attribute="id") max min pprint reject("in",_.l) replace("a","bb") ' +
    'replace("",_.s) reverse round select("in",_.l) selectattr("id","in",_.l) slice(100000000) sort string striptags sum ' +
    'title tojson trim truncate unique upper urlencode urlize wordcount wordwrap(5) wordwrap(1) xmlattr json_dump ' +
    'yaml_dump json_parse yaml_parse format(1)').split(' ').map((filter) => `(x)|${filter}`),
  ...('split() split("a") splitlines() title() swapcase() casefold() isalpha() isprintable() count("a") find("b") ' +
    'partition("b") encode() expandtabs(100000) zfill(100000000) translate({97:_.s}) format(x) join(x) strip("a") ' +
    'append(x) copy() index(-1) count(-1) sort() items() update(x)').split(' ')
    .map((method) => `(x).${method}`),
  'x * x',
  'x + x',
  'x ~ x ~ x',
  'x == x',
  'x < x',
  'x in x',
  'x ** x',
  "'%s%s' % (x, x)",
  "'%100000000d' % 1",
  "'{:100000000}'.format(1)",
  '(x)[::-1]',
  'dict(x)',
  'cycler(*x)',
  '10 ** 10 ** 9',
  '(10 ** 100000)|string',
  "'%*d' % (10 ** 9, 1)",
  "'%.1000000000f' % 1",
  "'{:>{}}'.format(1, 10 ** 9)",
  "'{:.1000000000f}'.format(1.5)",
  "'{0[0]}{0[0]}'.format(x)",
  'x.center(10 ** 9)',
  'x.ljust(10 ** 9)',
  'x.replace("", x)',
  'x|map("replace", "", _.s)|list',
  'x|batch(1)|map("list")|sum(start=[])',
  'range(100000)|map("string")|map("center", 100000)|join',
  'range(1000000000000)',
  'lipsum(n=100000)',
  'namespace(**_.m)',
)

limits('hold for hostile Jinja', () => {
  const hostile = fc.tuple(
    JINJA_VALUES,
    fc.array(JINJA_STEPS, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(
      '{{ x }}',
      '{% for i in range(100000) %}{% set v = x %}{% endfor %}{{ 1 }}',
      '{% for i in x %}{{ i }}{% endfor %}{{ 1 }}',
      '{% macro m(n) %}{{ m(n) }}{{ m(x) }}{% endmacro %}{{ m(x) }}',
      '{% set n = namespace(v=x) %}{% for i in range(60) %}{% set n.v = [n.v, n.v] %}{% endfor %}{{ n.v }}',
    ),
  )
    .map(([value, steps, template]) => {
      const body = steps.reduce<string>(
        (inner, step) => step.replaceAll(/\bx\b/g, () => `(${inner})`),
        value,
      )
      return template.replaceAll(/\bx\b/g, () => body)
    })
    .filter((expression) => expression.length < 2000)
  fc.assert(
    fc.property(hostile, (expression) => {
      assert.ok(cpuOf(expression) <= SLACK_MS, expression)
    }),
    { numRuns: RUNS },
  )
})

/** CPU under the usual limits: their budget, what may come on top, and room for a slower machine. */
const USUAL_MS = 2 * (500 + SLACK_MS)

limits('hold as they are usually set, for large values', () => {
  const needle = "'a' * 200000 + 'b' + 'a' * 200000"
  const large = [
    `<% ('a' * 800000).indexOf(${needle}) %>`,
    `<% ('a' * 800000).lastIndexOf(${needle}) %>`,
    `<% ('a' * 800000).split(${needle}) %>`,
    `<% (${needle}) in 'a' * 800000 %>`,
    "<% ('ab' * 20000000).split(a).len() %>",
    "<% ('a ' * 25000000).trim('a ') %>",
    "<% regex('b$').search('ab' * 9000000) %>",
    "<% regex('a').replace('a' * 10000000, b).len() %>",
    "<% regex('(a)(b)?').searchAll('ab' * 400000).len() %>",
    "<% regex('(a|b|ab)*c').searchAll('ab' * 400000).len() %>",
    "<% datetime(2020, 1, 1).format('%d' * 1000000).len() %>",
    '<% range(1900000).groupBy($).len() %>',
    '<% let(l => range(100000).toList()) -> range(1000).select(json_dump($l)).len() %>',
    "{{ ('a ' * 20000000)|title|length }}",
    "{{ ('%%' * 10000000) % () }}",
    "{{ ('٣' * 3000000)|int }}",
    "{{ ('a' * 10000000)|replace('a', 'bb')|length }}",
    "{{ ('&' * 12000000)|escape|length }}",
    "{{ ('aA' * 4000000)|replace('', '-')|length }}",
    '{{ (range(99999)|list * 15)|sort|length }}',
    '{% for i in range(100000) %}{% set x = _.m.copy() %}{% endfor %}{{ 1 }}',
  ]
  const usual = { yaql: createYaql(), jinja: new Jinja() }
  for (const expression of large) {
    assert.ok(cpuOf(expression, usual, USUAL_MS) <= USUAL_MS, expression)
  }
})

limits('hold for source text that nests or repeats', () => {
  const piece = fc.constantFrom(
    ...'( [ { ) ] } - not + 1 +1 .a |f ?. $ f( a=> , <% %> {% {{ }} %} {# #} " \' ` 😀 \\ if for raw a.b x|y'
      .split(' '),
  )
  const source = fc.tuple(
    fc.array(piece, { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 30_000 }),
    fc.constantFrom(['<% ', ' %>'], ['{{ ', ' }}'], ['{{ 1 }}{% ', ' %}'], ['{{ 1 }}', '']),
  ).map(([pieces, times, [open = '', close = '']]) => {
    const unit = pieces.join(' ')
    return open + unit.repeat(Math.ceil(Math.min(times, 60_000 / unit.length))) + close
  })
  fc.assert(
    fc.property(source, (text) => {
      assert.ok(cpuOf(text) <= 2 * SLACK_MS, text.slice(0, 60))
    }),
    { numRuns: RUNS },
  )
})

limits('are shared by all strings of a structure and all evaluations in a scope', () => {
  const strings = Array.from({ length: 100_000 }, () => '<% range(1000).len() %>')
  const before = process.cpuUsage()
  assert.throws(
    () => evaluateRecursively(strings, { data: { a: 1 }, host: fakeHost() }),
    (error: unknown) => error instanceof EvaluationError && error.kind === 'limit',
  )
  assert.ok(process.cpuUsage(before).user < 5_000_000)
})

limits.run()
