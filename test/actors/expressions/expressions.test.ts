import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  evaluate,
  evaluateRecursively,
  EvaluationError,
  GrammarError,
  isExpression,
  type Scope,
  validate,
} from '../../../actors/expressions/expressions.ts'
import { fakeHost } from './fake-host.ts'

const scope: Scope = { data: { a: 1, l: [1, 2], t: '<% $.a %>' }, host: fakeHost() }
const expressions = suite('expressions')

expressions('returns plain text as it is', () => {
  for (const text of ['plain', 'a <% b', '{{ 1 ', '<%\n1 %>', '{# x #}']) {
    assert.is(evaluate(text, scope), text)
    assert.not(isExpression(text))
    validate(text)
  }
})

expressions('gives the native value of a whole expression and text of a part', () => {
  assert.is(evaluate('<% $.a %>', scope), 1)
  assert.is(evaluate('{{ _.a }}', scope), 1)
  assert.is(evaluate(' <% $.a %>', scope), ' 1')
  assert.is(evaluate('v={{ _.a }}', scope), 'v=1')
})

expressions('asks Jinja first, which leaves YAQL as text', () => {
  assert.is(evaluate('{{ _.a }} <% $.a %>', scope), '1 <% $.a %>')
})

expressions('evaluates every string of a structure once, and no key', () => {
  assert.equal(
    evaluateRecursively(
      { '<% $.a %>': ['<% $.l %>', { x: '{{ _.a }}' }], t: '<% $.t %>', n: 5 },
      scope,
    ),
    { '<% $.a %>': [[1, 2], { x: 1 }], t: '<% $.a %>', n: 5 },
  )
})

expressions('evaluates over empty data too', () => {
  assert.equal(evaluateRecursively(['<% 1 + 1 %>'], { ...scope, data: {} }), [2])
})

expressions('refuses malformed expressions and two languages at once', () => {
  assert.throws(() => validate('<% 1 + %>'), (error: unknown) => error instanceof GrammarError)
  assert.throws(() => validate('{{ 1 }} <% 1 %>'), /already contains an expression of type 'jinja'/)
  validate('<% unknown_function($.nope) %>')
})

expressions('reports a malformed expression that is evaluated nonetheless', () => {
  assert.throws(
    () => evaluate('<% 1 + %>', scope),
    (error: unknown) => error instanceof EvaluationError && error.kind === 'syntax',
  )
})

expressions.run()
