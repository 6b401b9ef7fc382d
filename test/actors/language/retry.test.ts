import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseWorkflows } from '../../../actors/language/definitions.ts'
import { InvalidDefinitionError } from '../../../actors/language/problems.ts'
import type { RetrySpec } from '../../../actors/language/spec.ts'

const text = (retry: string) =>
  `version: '2.0'\nw:\n  tasks:\n    t:\n      action: std.noop\n      retry: ${retry}\n`

function retry(policy: string): RetrySpec | null {
  return parseWorkflows(text(policy))[0]!.spec.tasks.get('t')!.policies.retry
}

/** `LINE:COLUMN MESSAGE (HINT)` of each problem. */
function problems(policy: string): string[] {
  try {
    parseWorkflows(text(policy))
    return []
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError)) throw error
    return error.problems.map(({ line, column, message, hint }) =>
      `${line}:${column} ${message} (${hint})`
    )
  }
}

const plain = { count: 3, delay: 1, breakOn: null, continueOn: null }
const off = { backoff: 1, maxDelay: 0, jitter: 0, on: null }

const it = suite('a retry policy')

it('has its additions off where they are not given', () => {
  assert.equal(retry('{count: 3, delay: 1}'), { ...plain, ...off })
  assert.equal(retry('count=3 delay=1'), { ...plain, ...off })
})

it('is the same in one line', () => {
  const long =
    '{count: 3, delay: 1, backoff: 1.5, max-delay: 60, jitter: 0.5, on: [5xx, 429, timeout]}'
  const wanted = {
    ...plain,
    backoff: 1.5,
    maxDelay: 60,
    jitter: 0.5,
    on: ['5xx', '429', 'timeout'],
  }
  assert.equal(retry(long), wanted)
  assert.equal(
    retry('count=3 delay=1 backoff=1.5 max-delay=60 jitter=0.5 on=5xx,429,timeout'),
    wanted,
  )
  assert.equal(retry('count=3 delay=1 on=[5xx,429,timeout] backoff=exponential'), {
    ...plain,
    ...off,
    backoff: 2,
    on: ['5xx', '429', 'timeout'],
  })
  assert.equal(retry('count=3 delay=1 backoff=<% $.b %> jitter=<% $.j %> on=<% $.on %>'), {
    ...plain,
    ...off,
    backoff: '<% $.b %>',
    jitter: '<% $.j %>',
    on: '<% $.on %>',
  })
})

it('takes a word for a factor of 2', () => {
  assert.is(retry('{count: 3, delay: 1, backoff: exponential}')!.backoff, 2)
  assert.is(retry('{count: 3, delay: 1, backoff: 2.0}')!.backoff, 2)
})

it('takes classes of errors as a list, as one, or as a text with commas', () => {
  assert.equal(retry('{count: 3, delay: 1, on: 503}')!.on, ['503'])
  assert.equal(retry('{count: 3, delay: 1, on: 5XX}')!.on, ['5xx'])
  assert.equal(retry('{count: 3, delay: 1, on: "5xx, Timeout,my.kind"}')!.on, [
    '5xx',
    'timeout',
    'my.kind',
  ])
})

it('reads what Mistral reads as Mistral does', () => {
  // Bare words mean something for keys of ours only.
  assert.equal(retry('x count=3 delay=1.5 other=word'), { ...plain, ...off })
})

it('says what is wrong, where, and what to write', () => {
  const { length } = '      retry: '
  const at = (policy: string, key: string) => `6:${length + 1 + policy.indexOf(key)}`
  const factor = '{count: 3, delay: 1, backoff: 0.5}'
  assert.equal(problems(factor), [
    `${at(factor, '0.5')} 0.5 is not valid under any of the given schemas ` +
    '(write a factor of 1 or more, exponential (which is 2), or an expression, ' +
    '<% … %> or {{ … }} with nothing around it)',
  ])
  const share = '{count: 3, delay: 1, jitter: 2}'
  assert.equal(problems(share), [
    `${at(share, '2}')} 2 is not valid under any of the given schemas (write the share of the ` +
    'delay that chance may take off, 0 to 1, or an expression, ' +
    '<% … %> or {{ … }} with nothing around it)',
  ])
  const status = '{count: 3, delay: 1, on: [5xx, 600]}'
  assert.equal(problems(status), [
    `${at(status, '600')} 600 is no class of errors (write a status as 503 or 5xx, one of ` +
    'timeout, connection, refused, reset, dns, lost, workflow, fail-on, or the kind that an ' +
    'action gives its error)',
  ])
  const cap = '{count: 3, delay: 9, max-delay: 5}'
  assert.equal(problems(cap), [
    `${at(cap, '5}')} 'max-delay' is 5, less than the 'delay' of 9 ` +
    "(no delay would be longer than 5: write a larger 'max-delay', or a smaller 'delay')",
  ])
  const nothing = '{count: 3, delay: 0, backoff: 2}'
  assert.equal(problems(nothing), [
    `${at(nothing, 'backoff')} 'backoff' does nothing with a 'delay' of 0 ` +
    "(write a 'delay' of 1 or more, or leave 'backoff' out)",
  ])
  const key = '{count: 3, delay: 1, max-dealy: 5}'
  assert.equal(problems(key), [
    `${at(key, 'max-dealy')} Additional properties are not allowed ('max-dealy' was unexpected) ` +
    "(did you mean 'max-delay'?)",
  ])
  assert.match(problems('count=3 delay=1 max-delay=1m')[0]!, /^6:14 '1m' is not valid/)
  assert.match(problems('{count: 3, delay: 1, on: []}')[0]!, /too short/)
  assert.match(problems('{count: 3, delay: 1, on: {a: 1}}')[0]!, /is not of type 'string'/)
})

it.run()
