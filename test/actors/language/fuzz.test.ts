import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Value } from '../../../actors/expressions/values/value.ts'
import {
  compileWorkflow,
  parseActions,
  parseWorkbook,
  parseWorkflows,
} from '../../../actors/language/definitions.ts'
import { InvalidDefinitionError } from '../../../actors/language/problems.ts'
import { dumpYaml } from '../../../actors/language/yaml-dump.ts'
import { readYaml } from '../../../actors/language/yaml.ts'
import { runs } from '../../properties.ts'

const WORKFLOW = `
type: direct
description: d
tags: [a]
input: [x, {y: 1.0}]
vars: {v: <% $.x %>}
output: {o: 1}
output-on-error: {e: 1}
task-defaults: {retry: {count: 1, delay: 1}, on-error: [c], timeout: 4, requires: a}
tasks:
  a:
    action: std.echo output="x"
    input: {y: 1}
    on-success: [b, {c: <% 1 %>}]
    on-complete: {publish: {branch: {p: 1}}, next: {b: <% 2 %>}}
    retry: count=1 delay=2
    with-items: ['i in [1]', 'j in <% $.x %>']
    publish: {q: 1}
    keep-result: true
    tags: [t]
    target: x
  b: {workflow: sub x=1, on-skip: fail(msg="x"), concurrency: 1, wait-before: <% 1 %>}
  c: {join: all}
`
const ODD: readonly Value[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'a',
  ' a b',
  'fail(msg="x")',
  '(x) y=1',
  'i in [a] ',
  '<% $.x %>',
  [],
  [[]],
  [null],
  ['a', 'a'],
  [{}],
  [{ a: 1, b: 2 }],
  {},
  { '': null },
  { a: null },
  { next: 1 },
  { publish: null, next: [null] },
  { publish: { branch: { a: 1 } } },
  new Map<Value, Value>([['1', 1], ['__proto__', 2]]),
  10n ** 30n,
]
const KEYS = ['join', 'on-success', 'retry', 'with-items', 'requires', 'version', 'name', 'type']

/** The value with something odd at a random place, or under a random key. */
function spoil(value: Value, steps: readonly number[], odd: Value): Value {
  const [step, ...rest] = steps
  if (step === undefined || typeof value !== 'object' || value === null) return odd
  const entries = Object.entries(value as Record<string, Value>)
  if (step % 7 === 0 && !Array.isArray(value)) {
    return { ...value, [KEYS[step % KEYS.length] ?? '']: odd }
  }
  const picked = entries[step % Math.max(entries.length, 1)]
  if (!picked) return odd
  const [key, item] = picked
  if (Array.isArray(value)) return value.with(Number(key), spoil(item, rest, odd))
  return { ...value, [key]: spoil(item, rest, odd) }
}

const spoilt = fc.tuple(
  fc.array(fc.nat({ max: 1000 }), { maxLength: 6 }),
  fc.constantFrom(...ODD),
  fc.array(fc.nat({ max: 1000 }), { maxLength: 6 }),
  fc.constantFrom(...ODD),
)

function refusesOrReads(read: () => unknown, text: string): void {
  try {
    read()
  } catch (error) {
    assert.instance(
      error,
      InvalidDefinitionError,
      `${error instanceof Error && error.stack}\n${text}`,
    )
  }
}

const fuzz = suite('a definition with something odd in it')

fuzz('is read or refused, and nothing else happens', () => {
  const body = readYaml(WORKFLOW).value
  const property = fc.property(spoilt, ([steps, odd, moreSteps, moreOdd]) => {
    const w = spoil(spoil(body, steps, odd), moreSteps, moreOdd)
    const text = dumpYaml({ version: '2.0', w })
    refusesOrReads(() => parseWorkflows(text), text)
    refusesOrReads(() => parseWorkflows(text, { skipValidation: true }), text)
    refusesOrReads(() => compileWorkflow(text, { name: 'w', workbook: null }), text)
    refusesOrReads(() => parseActions(text, { skipValidation: true }), text)
    const book = dumpYaml({ version: '2.0', name: 'b', workflows: { w, v: body }, actions: { w } })
    refusesOrReads(() => parseWorkbook(book), book)
    refusesOrReads(() => parseWorkbook(book, { skipValidation: true }), book)
  })
  fc.assert(property, { numRuns: runs(300) })
})

fuzz('is compiled the same from the text that is stored', () => {
  const body = readYaml(WORKFLOW.replace(', requires: a', '')).value
  const property = fc.property(spoilt, ([steps, odd]) => {
    const text = dumpYaml({ version: '2.0', w: spoil(body, steps, odd), v: body })
    refusesOrReads(() => {
      for (const { name, definition, spec } of parseWorkflows(text, { skipValidation: true })) {
        assert.equal(compileWorkflow(definition, { name, workbook: null }), spec)
      }
    }, text)
  })
  fc.assert(property, { numRuns: runs(200) })
})

fuzz.run()
