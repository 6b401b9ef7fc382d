import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Float, float, type Value } from '../../../actors/expressions/values/value.ts'
import { limits } from '../../../actors/language/limits.ts'
import { toMapping } from '../../../actors/data.ts'
import { InvalidDefinitionError } from '../../../actors/language/problems.ts'
import { dumpYaml } from '../../../actors/language/yaml-dump.ts'
import { readYaml } from '../../../actors/language/yaml.ts'
import { runs } from '../../properties.ts'

const read = (text: string): Value => readYaml(text).value

function refusal(text: string): InvalidDefinitionError {
  try {
    readYaml(text)
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error
    throw error
  }
  throw new Error(`It was accepted: ${text.slice(0, 100)}`)
}

const yaml = suite('YAML')

yaml('says how to write what quotes and braces made unreadable', () => {
  const hint = (text: string) => refusal(text).problems[0]?.hint
  assert.is(hint('a: {{ _.x }}'), 'quote a text that begins with {{, as in "{{ … }}"')
  assert.is(
    hint('a: "<% "hello" %>"'),
    'quotes inside a quoted text are of the other kind: "… \'text\' …"',
  )
  assert.match(hint('a: b\n c: d') ?? '', /align the lines below it/)
})

yaml('reads scalars as PyYAML does', () => {
  const scalars: [string, Value][] = [
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['n', 'n'],
    ['012', 10],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['1:30', 90],
    ['~', null],
    ['', null],
    ['null', null],
    ['1e3', '1e3'],
    ['1.0e+3', new Float(1000)],
    ['.5', 0.5],
    ['1.0', new Float(1)],
    ['1.5', 1.5],
    ['0o17', '0o17'],
    ['2020-01-01', '2020-01-01'],
    ['"yes"', 'yes'],
    ["'012'", '012'],
    ['9007199254740993', 9007199254740993n],
    ['@x', '@x'],
    ['`x`', '`x`'],
    ['0x_', '0x_'],
    ['!!str 5', '5'],
    ['!!float 5.0', new Float(5)],
  ]
  for (const [text, value] of scalars) assert.equal(read(`a: ${text}`), { a: value }, text)
})

yaml('reads tags as PyYAML does', () => {
  const scalars: [string, Value][] = [
    ['! 5', 5],
    ["! '5'", 5],
    ['!!float 1', new Float(1)],
    ['!!float 1e3', new Float(1000)],
  ]
  for (const [text, value] of scalars) assert.equal(read(`a: ${text}`), { a: value }, text)
})

yaml('lets lines in brackets and quotes begin anywhere', () => {
  const texts: [string, Value][] = [
    ['a: [\n1,\n2]\nb: 1\n', { a: [1, 2], b: 1 }],
    ['a:\n  b: {\n  x: 1,\n  y: 2\n  }\n  c: 3\n', { a: { b: { x: 1, y: 2 }, c: 3 } }],
    ['a:\n  b: [{\nx: 1}, [2,\n 3\n]]\n  c: |\n   z\nd: e\n  f\n', {
      a: { b: [{ x: 1 }, [2, 3]], c: 'z\n' },
      d: 'e f',
    }],
    ['a: [<% $.x +\n$.y %>]\n', { a: ['<% $.x + $.y %>'] }],
    ['a:\n  b: "x\ny"\n  c: \'x\n\ny\'\nd: 1\n', { a: { b: 'x y', c: 'x\ny' }, d: 1 }],
    ['a:\n  - ["x\ny",\nz]\n  - 2\n', { a: [['x y', 'z'], 2] }],
  ]
  for (const [text, value] of texts) assert.equal(read(text), value, text)
  assert.match(refusal('a: [\n---\n1]\n').message, 'line 2, column 1')
  assert.match(refusal('a: "\n---\n"\n').message, 'missing closing')
})

yaml('keeps places exact in brackets that end further left', () => {
  const document = readYaml('\ufeffa:\n  b: {\n  x: 1,\ny: [2]}\n  c: 3\n')
  assert.equal(document.locate(['a', 'b', 'y', 0]), { line: 4, column: 5 })
  assert.equal(document.locate(['a', 'c'], 'key'), { line: 5, column: 3 })
  assert.equal(document.locate(['a'], 'key'), { line: 1, column: 1 })
  assert.match(refusal('a: {\nx: 1,\nb: *c}').message, 'line 3, column 4')
})

yaml('ends a block at the end of the text only with a line end that is there', () => {
  const texts: [string, string][] = [
    ['a: |\n  x', 'x'],
    ['a: |+\n  x\n\n  y', 'x\n\ny'],
    ['a: >\n  x\n  y', 'x y'],
    ['a: |\n  x\n', 'x\n'],
    ['a: |\n  x\n# c', 'x\n'],
  ]
  for (const [text, value] of texts) assert.equal(read(text), { a: value }, text)
})

yaml('ends a line at a lone CR and at NEL too', () => {
  assert.equal(read('a: 1\rb:\r  - |\r   x\r   y\r'), { a: 1, b: ['x\ny\n'] })
  assert.equal(read('a: 1\x85b: "c\rd"\r\n'), { a: 1, b: 'c d' })
  assert.equal(readYaml('a: 1\rb: 2\r').locate(['b']), { line: 2, column: 4 })
})

yaml('reads a comment right behind a quote or a bracket', () => {
  assert.equal(read('a: "x"# c\nb: [1]#c\nc: {a: \'1\'# d\n}\n'), {
    a: 'x',
    b: [1],
    c: { a: '1' },
  })
})

yaml('reads a text that begins with a byte order mark', () => {
  assert.equal(read('\ufeff- {}\n'), [{}])
})

yaml('reads keys as the text they are, the last of equal ones', () => {
  assert.equal(read('yes: 1\n~: 2\na: 3\na: 4\n'), { yes: 1, '~': 2, a: 4 })
})

yaml('keeps the order of keys like numbers, and the key __proto__', () => {
  assert.equal(read('{2: a, 1: b}'), new Map([['2', 'a'], ['1', 'b']]))
  assert.equal(read('{__proto__: {a: 1}}'), new Map([['__proto__', { a: 1 }]]))
})

yaml('follows aliases and merge keys', () => {
  const text = 'a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3, z: 4}\nd: {<<: [{x: 0}, *a]}\n'
  assert.equal(read(text), {
    a: { x: 1, y: 2 },
    b: { x: 1, y: 2 },
    c: { x: 1, y: 3, z: 4 },
    d: { x: 0, y: 2 },
  })
})

yaml('refuses what is not one YAML document, with the place', () => {
  const refused: [string, number, number][] = [
    ['a: 1\n---\nb: 2\n', 2, 1],
    ['a:\n\tb: 1\n', 2, 1],
    ['a: [1\n', 2, 1],
    ['a: *x\n', 1, 4],
    ['a: &a [*a]\n', 1, 8],
    ['a: !!python/object:os.system x\n', 1, 30],
    ['? [a]\n: 1\n', 1, 3],
    ['a: {b: <% $.l[0] %>}\n', 1, 14],
  ]
  for (const [text, line, column] of refused) {
    const { message, problems: [problem] } = refusal(text)
    assert.match(message, /^Definition could not be parsed: /)
    assert.equal([problem?.line, problem?.column], [line, column], `${text}${message}`)
  }
})

yaml('refuses what is too large, too deep or repeats too much', () => {
  const letters = [...'abcdefgh']
  const bomb = letters.map((letter, index) => {
    const inner = index === 0 ? 'x' : `*${letters[index - 1]}`
    return `${letter}: &${letter} [${Array(9).fill(inner).join(', ')}]\n`
  }).join('')
  assert.match(refusal(bomb).message, 'aliases add more than')
  assert.match(refusal('[ '.repeat(5000)).message, 'nested more than')
  assert.match(refusal('- '.repeat(5000)).message, 'nested more than')
  const ladder = Array.from({ length: 500 }, (_, step) => `- &a${step + 1} [*a${step}]\n`)
  assert.match(refusal(`- &a0 x\n${ladder.join('')}`).message, 'nested more than')
  assert.match(refusal('- a\n'.repeat(limits.nodes)).message, 'more than')
  assert.match(refusal(' '.repeat(limits.textLength + 1)).message, 'characters')
})

yaml('knows the place of every value and key', () => {
  const document = readYaml('a:\n  b: [1, {c: 2}]\n')
  assert.equal(document.locate(['a', 'b', 1, 'c']), { line: 2, column: 14 })
  assert.equal(document.locate(['a', 'b', 1, 'c'], 'key'), { line: 2, column: 11 })
  assert.equal(document.locate(['a', 'b', 7]), { line: 2, column: 6 })
})

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'yes',
    'y',
    '012',
    '1:30',
    '~',
    '',
    '1e3',
    '@x',
    '- a',
    'a: b',
    ' a ',
    'a\n',
    '\n\n',
  ),
  fc.constantFrom(
    '{{ x }}',
    '<% $.x %>',
    '#a',
    'a #b',
    '*a',
    '&a',
    '!a',
    '?',
    '---',
    '\t',
    '=',
    '<<',
  ),
)
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom<Value>(null, true, false),
    fc.integer(),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 90n }),
    fc.double({ noNaN: true }).map(float),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map(toMapping),
  ),
}))

yaml('reads what it wrote', () => {
  fc.assert(fc.property(value, (data) => {
    assert.equal(read(dumpYaml(data)), data, dumpYaml(data))
  }))
})

yaml('never throws anything but a refusal', () => {
  const pieces = fc.constantFrom('a', ': ', '\n', '  ', '- ', '[', ']', '{', '}', ',', '&a ', '*a ')
  const more = fc.constantFrom(
    '"',
    "'",
    '|',
    '>',
    '#',
    '!',
    '!!int ',
    '<<: ',
    '? ',
    '\t',
    '---\n',
    '%',
  )
  const fragments = fc.array(fc.oneof(pieces, more), { maxLength: 40 })
  fc.assert(
    fc.property(fragments, (parts) => {
      try {
        readYaml(parts.join(''))
      } catch (error) {
        assert.instance(error, InvalidDefinitionError, parts.join(''))
      }
    }),
    { numRuns: runs(500) },
  )
})

yaml.run()
