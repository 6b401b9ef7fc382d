import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equals, hashKey } from '../../../actors/expressions/values/equality.ts'
import { parseJson, stringifyJson } from '../../../actors/expressions/values/json.ts'
import { List, Tuple } from '../../../actors/expressions/values/kinds.ts'
import * as numbers from '../../../actors/expressions/values/numbers.ts'
import { Regex } from '../../../actors/expressions/values/regex/regex.ts'
import { indexOf, lastIndexOf, occurrences } from '../../../actors/expressions/values/search.ts'
import * as strings from '../../../actors/expressions/values/strings.ts'
import { repr, str } from '../../../actors/expressions/values/text.ts'
import { Float, float, type Value } from '../../../actors/expressions/values/value.ts'
import { dumpYaml } from '../../../actors/expressions/values/yaml-dump.ts'
import { loadYaml } from '../../../actors/expressions/values/yaml.ts'

const key = fc.oneof(fc.string(), fc.constantFrom('1', '0', '__proto__', '-1', '007', 'a'))
/** Stored data of all kinds, as JSON text makes it. */
const { data } = fc.letrec<{ data: Value }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Value>(null, true, false, new Float(NaN), new Float(Infinity), 2n ** 70n),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).map(float),
    fc.string({ unit: 'binary' }),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('data')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}))

const search = suite('searching text')

/** Repeats itself, but for a slip here and there. */
const periodic = (minLength: number, maxLength: number) =>
  fc.tuple(
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 }),
    fc.integer({ min: minLength, max: maxLength }),
    fc.array(fc.nat(maxLength), { maxLength: 3 }),
  ).map(([unit, length, slips]) =>
    Array.from({ length }, (_, index) => slips.includes(index) ? 'c' : unit[index % unit.length])
      .join('')
  )

search('finds what the platform finds, however long it is', () => {
  const sought = fc.tuple(periodic(0, 300), periodic(1, 60), fc.nat(300)).chain((
    [text, other, start],
  ) =>
    fc.constantFrom(other, text.slice(start, start + 40) || other).map((what) => ({ text, what }))
  )
  fc.assert(
    fc.property(sought, fc.nat(320), ({ text, what }, from) => {
      assert.is(indexOf(text, what, from), text.indexOf(what, from))
      assert.is(lastIndexOf(text, what), text.lastIndexOf(what))
      const all: number[] = []
      for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + 1)) all.push(at)
      assert.equal([...occurrences(text, what)], all)
      assert.equal(strings.split(text, what), text.split(what))
      assert.is(strings.replace(text, what, '$&'), text.replaceAll(what, () => '$&'))
    }),
    { numRuns: 2000 },
  )
})

search.run()

const json = suite('JSON')

json('survives being written and read', () => {
  fc.assert(fc.property(data, (value) => {
    const text = stringifyJson(value)
    const back = parseJson(text)
    assert.is(stringifyJson(back), text)
    assert.is(repr(back), repr(value))
  }))
})

json('reads what the native parser reads', () => {
  fc.assert(fc.property(fc.json(), (text) => {
    assert.is(
      JSON.stringify(JSON.parse(stringifyJson(parseJson(text)))),
      JSON.stringify(JSON.parse(text)),
    )
  }))
})

json('keeps what JavaScript would lose', () => {
  const text = '{"2":1.0,"1":[1e400,-0.0,12345678901234567890],"__proto__":{"a":NaN}}'
  assert.is(
    stringifyJson(parseJson(text)),
    '{"2":1.0,"1":[Infinity,-0.0,12345678901234567890],"__proto__":{"a":NaN}}',
  )
})

json('refuses what is no JSON', () => {
  for (const text of ['', '[1.0', '{"a":1.0,}', '[1.0] x', "['a']", '[01]', '{"1":1', 'nul']) {
    assert.throws(() => parseJson(text), (error: unknown) => error instanceof SyntaxError, text)
  }
})

json.run()

const values = suite('values')

values('prints floats as Python does', () => {
  const texts: readonly (readonly [number, string])[] = [
    [1, '1.0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [-0, '-0.0'],
    [NaN, 'nan'],
    [-Infinity, '-inf'],
  ]
  for (const [value, text] of texts) assert.is(numbers.floatText(value), text)
})

values('quotes and escapes strings as Python does', () => {
  assert.is(repr("it's"), `"it's"`)
  assert.is(repr(`'"`), `'\\'"'`)
  assert.is(repr('\n\\\x00é\u200b😀\u00a0'), "'\\n\\\\\\x00é\\u200b😀\\xa0'")
  assert.is(str([1, 'a', null, new Float(1)]), "[1, 'a', None, 1.0]")
  assert.is(str([1], 'tuple'), '(1,)')
})

values('equal values have one key', () => {
  const numeric = [1, 1n, true, new Float(1)]
  for (const one of numeric) {
    assert.is(hashKey(one), 1)
    assert.ok(equals(one, 1))
  }
  assert.is(hashKey(2n ** 60n), hashKey(new Float(2 ** 60)))
  assert.is(hashKey(new Tuple([1, 'a'])), hashKey(new Tuple([true, 'a'])))
  assert.is.not(hashKey(new Tuple(['a', 'b'])), hashKey(new Tuple(['ab'])))
  assert.not.ok(equals(new Tuple([1]), new List([1])))
  assert.not.ok(equals(9007199254740993n, new Float(9007199254740992)))
})

values('does exact arithmetic', () => {
  fc.assert(fc.property(fc.bigInt(), fc.bigInt(), (left, right) => {
    const [a, b] = [numbers.fromBig(left), numbers.fromBig(right)]
    assert.is(numbers.add(a, b), numbers.fromBig(left + right))
    assert.is(numbers.multiply(a, b), numbers.fromBig(left * right))
    if (right === 0n) return
    const quotient = BigInt(numbers.floorDivide(a, b) as number | bigint)
    const rest = BigInt(numbers.modulo(a, b) as number | bigint)
    assert.is(quotient * right + rest, left)
    assert.ok(right > 0n ? rest >= 0n && rest < right : rest <= 0n && rest > right)
  }))
})

values('rounds half to even on the exact value', () => {
  assert.is(numbers.numberText(numbers.round(2.675, 2)), '2.67')
  assert.is(numbers.numberText(numbers.round(2.5, 0)), '2.0')
  assert.is(numbers.numberText(numbers.round(-0.5, 0)), '-0.0')
  assert.is(numbers.round(1250, -2), 1200)
  assert.is(numbers.round(1350, -2), 1400)
})

values('counts and cuts by code point', () => {
  assert.is(strings.codePointLength('a😀b'), 3)
  assert.is(strings.sliceText('a😀b', 1, 2), '😀')
  assert.is(strings.sliceText('a😀b', null, null, -1), 'b😀a')
  assert.ok(strings.compareText('😀', '\uffff') > 0)
  assert.equal(strings.split(' a  b c ', null, 1), ['a', 'b c '])
  assert.equal(strings.splitRight('a-b-c', '-', 1), ['a-b', 'c'])
})

values.run()

const regex = suite('regular expressions')

/** Pattern, text, and the spans of all matches. */
const MATCHES: readonly (readonly [string, string, readonly string[]])[] = [
  ['a*', 'baac', ['0-0', '1-3', '3-3', '4-4']],
  ['a$', 'a\n', ['0-1']],
  ['a\\Z', 'a\n', []],
  ['(?m)^b$', 'a\nb\r\nb', ['5-6']],
  ['.', '\n\r', ['1-2']],
  ['\\d+', '12 ٣٤', ['0-2', '3-5']],
  ['(?i)straße', 'STRAßE', ['0-6']],
  ['(?>a+)b|a', 'aac', ['0-1', '1-2']],
  ['a++a|c', 'aac', ['2-3']],
  ['[]a]+', ']a', ['0-2']],
  ['a{,2}b', 'aaab', ['1-4']],
  ['(?P<q>.)(?P=q)', 'abbc', ['1-3']],
  ['(?<=a)b', 'ab b', ['1-2']],
  ['😀+', 'a😀😀', ['1-3']],
  ['(a)?(?(1)b|c)', 'abc', ['0-2', '2-3']],
]

regex('finds what Python finds', () => {
  for (const [pattern, text, spans] of MATCHES) {
    const found = [...new Regex(pattern).matches(text)]
      .map(({ captures: [whole] }) => `${whole.start}-${whole.end}`)
    assert.equal(found, spans, pattern)
  }
})

regex('refuses what Python refuses', () => {
  for (
    const pattern of ['(', ')', '*', 'a**', 'a{2,1}', '[a', '\\q', '(?<=a+)b', '(?P<1>a)', '\\2']
  ) {
    assert.throws(() => new Regex(pattern), undefined, pattern)
  }
})

regex('keeps what a group captured in an earlier round', () => {
  const match = new Regex('(?:(a)|b)*').search('ab')
  assert.is(match?.captures[1]?.text, 'a')
})

regex.run()

const yaml = suite('YAML')

yaml('survives being written and read', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom<Value>(
      'yes',
      '012',
      '1:30',
      '',
      ' x',
      'a: b',
      '- a',
      '~',
      'é',
      'x\ny',
      null,
      true,
      1,
    ),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).map(float),
  )
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.array(scalar)), (value) => {
    const back = loadYaml(dumpYaml(value))
    assert.is(dumpYaml(back), dumpYaml(value))
    assert.ok(equals(back, value))
  }))
})

yaml('reads scalars as PyYAML does', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['[yes, No, on, y]', "[True, False, True, 'y']"],
    ['[012, 08, 0x1F, 0b11, 1_000, 0o17]', "[10, '08', 31, 3, 1000, '0o17']"],
    ['[1:30, 1:30.5, 1e3, 1.0e+3, .5, 1.]', "[90, 90.5, '1e3', 1000.0, 0.5, 1.0]"],
    ['[~, null, "", .inf, -.INF, .nan]', "[None, None, '', inf, -inf, nan]"],
    ['[2020-01-01, 2020-1-1]', "[datetime.date(2020, 1, 1), '2020-1-1']"],
    ['a: &x 1\nb: [*x, @y, "&z"]', "{'a': '&x 1', 'b': ['*x', '@y', '&z']}"],
    ['b: {<<: {k: 1}, z: 2}', "{'b': {'k': 1, 'z': 2}}"],
    ['|\n x', 'x'],
    ['|\r x\r', 'x\n'],
    ['- |\n x\n- y', "['x\\n', 'y']"],
    ['!!omap [a: 1]', "[('a', 1)]"],
    ["[! 5, ! '5', ! x]", "[5, 5, 'x']"],
    ['a: [\n1,\n2]# c\nb: "x\ny"\rc: 1', "{'a': [1, 2], 'b': 'x y', 'c': 1}"],
    ['\ufeff- {}', '[{}]'],
  ]
  for (const [text, printed] of texts) assert.is(str(loadYaml(text)), printed, text)
})

yaml('refuses what is too deep, too long or too much before it composes it', () => {
  for (const text of ['['.repeat(10_000), '- '.repeat(5_000), '{a: '.repeat(5_000)]) {
    assert.throws(() => loadYaml(text), /more than 100 levels/)
  }
  assert.throws(() => loadYaml(' '.repeat(1_000_001)), /longer than/)
})

yaml.run()
