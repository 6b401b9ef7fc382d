/**
 * @module
 * The facts of `facts/` from which we differ on purpose, each with the reason. A fact listed here that
 * comes out as recorded fails the test, too.
 */
import { stringifyJson } from '../../../actors/expressions/values/json.ts'
import type { Value } from '../../../actors/expressions/values/value.ts'

interface Deviation {
  readonly reason: string
  /** Each an expression, and the data that it is evaluated over if that matters. */
  readonly facts: readonly (readonly [expression: Value, data?: Value])[]
}

const loaded = (y: string): readonly [Value, Value] => ['{{ yaml_parse(_.y) }}', { y }]

const DEVIATIONS: readonly Deviation[] = [
  {
    reason: 'format() of text is removed from yaql 3, for security (yaql.md §9)',
    facts: [
      ["<% ('a,b,,c').format({a => 3}) %>"],
      ["<% ('a,b,,c').format(b) %>"],
      ['<% (abc).format([]) %>'],
      ["<% ('a,b,,c').format(null) %>"],
      ['<% (abc).format(2.0) %>'],
      ["<% (abc).format(',') %>"],
      ['<% (abc).format(range(2)) %>'],
      ["<% ('a,b,,c').format(timespan(hours => 1)) %>"],
      ['<% (abc).format(b) %>'],
      ["<% ('a,b,,c').format(range(2)) %>"],
      ["<% ('a,b,,c').format(true) %>"],
      ['<% (abc).format({a => 3}) %>'],
    ],
  },
  {
    reason: 'a function as a filter takes what is piped (expressions.md X4)',
    facts: [
      ['{{ _.h|json_dump }}'],
      ['{{ [none, 1]|json_dump }}'],
      ['{{ [1, 2, 3]|json_dump }}'],
      ["{{ ''|json_dump }}"],
      ["{{ 'abc'|json_dump }}"],
    ],
  },
  {
    reason:
      'the hardened loader of newer releases takes anchors, aliases and @ for text (yaql.md §15)',
    facts: [
      ["<% yaml_parse('a: &x 1\\nb: 2') %>"],
      loaded('&a b'),
      loaded('a: &x 1'),
      loaded('a: *x'),
      loaded('*x'),
      loaded('[*x, &y]'),
      loaded('a: @b'),
      loaded('@a'),
      loaded('!!str &x a'),
      loaded('a: &x\nb: *x'),
    ],
  },
  {
    reason: 'one string of a structure does not change the data of another (expressions.md §5)',
    facts: [
      [['{{ _.l.append(3) }}', '{{ _.l }}']],
      [{ a: "{{ _.d.update({'q': 1}) }}", b: '<% $.d %>' }],
    ],
  },
  {
    reason: 'namespaces within a tuple are targets since Jinja2 3.1.5',
    facts: [['{% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.a }}{{ ns.b }}']],
  },
  {
    reason: 'comparing for equality never fails (yaql.md §6.5)',
    facts: [
      ['<% ({a => 1}.keys()) = ({a => 1}.items()) %>'],
      ['<% ({a => 1}.keys()) != ({a => 1}.items()) %>'],
    ],
  },
  {
    reason: 'YAML reads U+2028 and U+2029 as characters, as YAML 1.2 does and PyYAML does not',
    facts: [
      loaded('|\n a\u2028b\n'),
      loaded('a\u2029b: c'),
      loaded('"a\u2028 b"'),
      loaded('a: b\u2028c: d'),
      loaded('|\n a\u2028 b\n'),
      loaded('- a\u2028- b'),
      loaded('# c\u2028a'),
      loaded('[a,\u2028b]'),
      loaded('a:\u2028  b'),
    ],
  },
  {
    reason:
      'in YAML, a question mark before a word in brackets is part of the word; a key may be missing',
    facts: [loaded('[?x]'), loaded('{?x}'), loaded(': a')],
  },
  {
    reason: 'ints of more than 53 bits come in the order in which they were put into a set',
    facts: [['<% set(12345678901234567890, 1) %>']],
  },
]

/** The reason why a fact differs; undefined for one that must not. */
export function deviationOf(expression: Value, data: Value | undefined): string | undefined {
  return REASONS.get(keyOf(expression, data)) ?? REASONS.get(keyOf(expression, undefined))
}

/** How many facts differ. */
export const DEVIATING: number = DEVIATIONS.reduce((sum, { facts }) => sum + facts.length, 0)

function keyOf(expression: Value, data: Value | undefined): string {
  return stringifyJson([expression, data ?? null])
}

const REASONS: ReadonlyMap<string, string> = new Map(
  DEVIATIONS.flatMap(({ reason, facts }) =>
    facts.map(([expression, data]) => [keyOf(expression, data), reason] as const)
  ),
)
