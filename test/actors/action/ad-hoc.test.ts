import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ActionInput, defineAction } from '../../../actors/action/action.ts'
import {
  adHocInput,
  adHocOutput,
  baseInput,
  type EvaluateTemplate,
  type FindAction,
  resolveChain,
} from '../../../actors/action/ad-hoc.ts'
import { InstantiationError } from '../../../actors/action/registry.ts'
import { InvalidError } from '../../../actors/errors.ts'
import { NotLoaded } from '../../../actors/expressions/host.ts'
import type { Value } from '../../../actors/expressions/values/value.ts'
import type { AdHocSpec } from '../../../actors/language/spec.ts'

const echo = defineAction({
  name: 'std.echo',
  description: '',
  parameters: [{ name: 'output' }],
  run: ({ output = null }) => Promise.resolve({ data: output }),
})

function adHoc(name: string, fields: Partial<AdHocSpec>): AdHocSpec {
  return {
    name,
    description: null,
    tags: [],
    input: [],
    base: 'std.echo',
    baseInput: new Map(),
    output: undefined,
    source: {},
    ...fields,
  }
}

/** `$` is the data, `$.x` what it has there, and other text means itself. */
const evaluate: EvaluateTemplate = (template, data): Value => {
  if (typeof template !== 'string' || !template.includes('$')) return template
  if (template === '$.missing') throw new InvalidError("Can not evaluate: 'missing'")
  if (template === '$.later') throw new NotLoaded('later')
  return template.replace(
    /\$(?:\.(\w+))?/g,
    (_, name?: string) =>
      String(name === undefined ? JSON.stringify(data) : (data as Record<string, Value>)[name]),
  )
}

function finding(...specs: AdHocSpec[]): FindAction {
  const known = new Map([echo, ...specs].map((action) => [action.name, action]))
  return (name) => known.get(name) ?? null
}

const inner = adHoc('inner', {
  input: [{ name: 'x' }],
  baseInput: new Map([['output', '($.x)']]),
  output: '[$]',
})
const outer = adHoc('outer', {
  input: [
    { name: 'y' },
    { name: 'mark', default: '!' },
  ],
  base: 'inner',
  baseInput: new Map([['x', '$.y$.mark']]),
  output: '{$}',
})

function message(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    assert.instance(error, InvalidError)
    return (error as Error).message
  }
  throw new Error('It did not fail')
}

const chain = suite('a chain of ad-hoc actions')

chain('comes down to the action that runs', () => {
  const { specs, action } = resolveChain(outer, finding(inner))
  assert.equal(specs.map(({ name }) => name), ['outer', 'inner'])
  assert.is(action, echo)
})

chain('passes input inwards and results outwards', () => {
  const found = resolveChain(outer, finding(inner))
  assert.equal(baseInput(found, adHocInput(outer, { y: 1 }), evaluate), { output: '(1!)' })
  assert.is(adHocOutput(found, 'done', evaluate), '{"[\\"done\\"]"}')
})

chain('evaluates the output of falsy results too, and leaves the result without one', () => {
  const found = resolveChain(inner, finding())
  for (const data of [null, 0, '', false, [], {}]) {
    assert.is(adHocOutput(found, data, evaluate), `[${JSON.stringify(data)}]`)
  }
  assert.is(adHocOutput(resolveChain(adHoc('a', {}), finding()), 5, evaluate), 5)
  assert.is(adHocOutput(resolveChain(adHoc('a', { output: null }), finding()), 5, evaluate), null)
})

chain('shows the defaults of the outermost input, and fills those of the others', () => {
  assert.equal(adHocInput(outer, { y: 1 }), { mark: '!', y: 1 })
  assert.equal(adHocInput(outer, { y: 1, mark: null }), { mark: null, y: 1 })
  const filling = adHoc('filling', {
    input: [{ name: 'x', default: 'own' }],
    baseInput: new Map([['output', '$.x']]),
  })
  const found = resolveChain(adHoc('above', { base: 'filling' }), finding(filling))
  assert.equal(baseInput(found, {}, evaluate), { output: 'own' })
})

chain('refuses input that is not declared, or missing', () => {
  const prefix = 'Invalid input [name=inner, class=mistral.actions.adhoc.AdHocAction, '
  assert.is(message(() => adHocInput(inner, {})), `${prefix}missing=['x']]`)
  assert.is(message(() => adHocInput(inner, { x: 1, z: 1 })), `${prefix}unexpected=['z']]`)
})

chain('fails to instantiate where its base, its expressions or its input are wrong', () => {
  const failed = (spec: AdHocSpec, input: ActionInput = {}) => {
    const text = message(() => baseInput(resolveChain(spec, finding(spec)), input, evaluate))
    return text.replace('Failed to instantiate an action [action_desc=AdHoc action [name=a], ', '')
  }
  assert.is(
    failed(adHoc('a', { base: 'no.such' })),
    'error=Failed to find action [action_name=no.such]]',
  )
  assert.is(
    failed(adHoc('a', { baseInput: new Map([['output', '$.missing']]) })),
    "error=Can not evaluate: 'missing']",
  )
  assert.is(
    failed(adHoc('a', {})),
    "error=Invalid input [name=std.echo, class=std.echo, missing=['output']]]",
  )
  assert.is(
    failed(adHoc('a', { base: 'a' })),
    'error=Ad-hoc actions are based on each other: a -> a]',
  )
  assert.throws(
    () => resolveChain(adHoc('a', { base: 'b' }), finding()),
    (error: unknown) => error instanceof InstantiationError,
  )
})

chain('may be long, but not without end', () => {
  const endless: FindAction = (name) => adHoc(name, { base: `${name}x` })
  assert.match(
    message(() => resolveChain(adHoc('a', { base: 'ax' }), endless)),
    /More than 100 ad-hoc actions are based on each other/,
  )
})

chain('lets through that something is not loaded', () => {
  const found = resolveChain(adHoc('a', { baseInput: new Map([['output', '$.later']]) }), finding())
  assert.throws(
    () => baseInput(found, {}, evaluate),
    (error: unknown) => error instanceof NotLoaded,
  )
})

chain.run()
