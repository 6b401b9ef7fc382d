import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GrammarError } from '../../../actors/expressions/errors.ts'
import { canonical, print } from '../../../actors/expressions/yaql/ast.ts'
import { parse } from '../../../actors/expressions/yaql/parser.ts'

const parser = suite('YAQL parser')

/** Trees as the reference engine prints them. */
const TREES: readonly (readonly [string, string])[] = [
  ['-a.b[0].c', "#unary_operator_-(#operator_.(#indexer(#operator_.('a', 'b'), 0), 'c'))"],
  ["'a' + 'b' =~ 'b'", "#operator_+('a', #operator_=~('b', 'b'))"],
  ['1 = 1 = true', '*equal(*equal(1, 1), True)'],
  ['not a = b', "#unary_operator_not(*equal('a', 'b'))"],
  ['a * not b + c', "#operator_*('a', #unary_operator_not(#operator_+('b', 'c')))"],
  ['a.not b = c', "#operator_.('a', #unary_operator_not(*equal('b', 'c')))"],
  ['f(1, , a => 2)', "f(1, <skipped>, 'a' => 2)"],
  ['a -> b -> c', "#operator_->('a', #operator_->('b', 'c'))"],
  ['1.5.abs()', '#operator_.(1.5, abs())'],
  ['1.2.3', '#operator_.(1.2, 3)'],
  ['$.a?.b.c', "#operator_.(#operator_?.(#operator_.($, 'a'), 'b'), 'c')"],
  ['{a => 1, 3 => $x}', "#map('a' => 1, 3 => $x)"],
  ['[1, [2]]', '#list(1, #list(2))'],
  ['a or b and not c', "#operator_or('a', #operator_and('b', #unary_operator_not('c')))"],
  ['`a\\`b\\\\`', "'a`b\\\\'"],
]

parser('makes the trees of the reference engine', () => {
  for (const [source, tree] of TREES) assert.is(canonical(parse(source)), tree, source)
})

parser('refuses what is no expression, and says where', () => {
  const errors: readonly (readonly [string, string])[] = [
    ['', 'Parse error: unexpected end of statement'],
    ['f(a,)', "Parse error: unexpected ')' at position 4 of expression 'f(a,)'"],
    ['a and(b)', "Parse error: unexpected 'and' at position 2 of expression 'a and(b)'"],
    ['a == b', "Parse error: unexpected '=' at position 3 of expression 'a == b'"],
    ['$.in', "Parse error: unexpected 'in' at position 2 of expression '$.in'"],
    ['$.__env', "Lexical error: illegal character '_' at position 2"],
    ['12abc', "Lexical error: illegal character '1' at position 0"],
    ['a;b', "Lexical error: illegal character ';' at position 1"],
  ]
  for (const [source, message] of errors) {
    assert.throws(
      () => parse(source),
      (error: unknown) => error instanceof GrammarError && error.message === message,
      source,
    )
  }
})

const word = fc.constantFrom('a', 'name', 'été', 'x1', 'True')
const leaf = fc.oneof(
  fc.integer({ min: 0, max: 1000 }).map(String),
  fc.constantFrom('1.5', '0.25', 'null', 'true', 'false', '$', '$1', '$x', '$__env'),
  word,
  fc.string().map((text) => `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`),
  fc.constantFrom('`a\\d`', '"say \\"hi\\""'),
)
const infix = fc.constantFrom(
  ...[
    '+',
    '-',
    '*',
    '/',
    'mod',
    '=',
    '!=',
    '<',
    '>=',
    'in',
    'and',
    'or',
    '->',
    '=~',
    '!~',
    '.',
    '?.',
  ],
)

/** Source text of expressions, with as few parentheses as it likes. */
const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    leaf,
    fc.tuple(tie('source'), infix, tie('source')).map(([a, operator, b]) =>
      `${a} ${operator} ${b}`
    ),
    fc.tuple(fc.constantFrom('not', '-', '+'), tie('source')).map(([a, b]) => `${a} ${b}`),
    tie('source').map((inner) => `(${inner})`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(${a})[${b}]`),
    fc.array(tie('source'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.tuple(word, fc.array(tie('source'), { maxLength: 3 })).map(([f, args]) => `${f}(${args})`),
    fc.tuple(word, tie('source'), tie('source')).map(([f, a, b]) => `${f}(${a}, , k => ${b})`),
    fc.tuple(tie('source'), tie('source')).map(([k, v]) => `{${k} => ${v}}`),
  ),
}))

parser('prints every tree as text that parses to the same tree', () => {
  fc.assert(fc.property(source, (text) => {
    const tree = parse(text)
    const printed = print(tree)
    assert.is(canonical(parse(printed)), canonical(tree))
    assert.is(print(parse(printed)), printed)
  }))
})

parser('either parses or fails with a grammar error, whatever the text', () => {
  const alphabet = fc.constantFrom(
    ...'$a1 .,()[]{}+-*/=><!?~\'"`\\é_😀\n'.split(''),
    'not',
    'in',
    '=>',
  )
  fc.assert(fc.property(fc.array(alphabet, { maxLength: 30 }), (parts) => {
    try {
      parse(parts.join(''))
    } catch (error) {
      assert.instance(error, GrammarError)
    }
  }))
})

parser.run()
