import * as assert from 'uvu/assert'
import { worldSuite } from '../execution/world.ts'

const it = worldSuite('the state_info of a wrong expression')

/** A task or workflow with a wrong expression, and the field that is told of. */
const FIELDS: readonly (readonly [field: string, tasks: string])[] = [
  ['input.output', 't: {action: "std.echo output=BAD"}'],
  ['input.output[0].k', "t: {action: std.echo, input: {output: [{k: 'BAD'}]}}"],
  ['input', "t: {action: std.echo, input: 'BAD'}"],
  ['action', "t: {action: 'BAD'}"],
  ['workflow', "t: {workflow: 'BAD'}"],
  ['target', "t: {action: std.noop, target: 'BAD'}"],
  ['with-items.i', "t: {with-items: 'i in BAD', action: std.noop}"],
  ['publish.p.q[1]', "t: {action: std.noop, publish: {p: {q: [1, 'BAD']}}}"],
  ['publish.global.g', "t: {action: std.noop, on-success: {publish: {global: {g: 'BAD'}}}}"],
  ['publish.e', "t: {action: std.fail, publish-on-error: {e: 'BAD'}}"],
  ['on-success', "t: {action: std.noop, on-success: [fail: 'BAD']}"],
  ['on-error', "t: {action: std.fail, on-error: [noop: 'BAD']}"],
  ['on-complete', "t: {action: std.noop, on-complete: [noop: 'BAD']}"],
  ['wait-before', "t: {action: std.noop, wait-before: 'BAD'}"],
  ['wait-after', "t: {action: std.noop, wait-after: 'BAD'}"],
  ['timeout', "t: {action: std.noop, timeout: 'BAD'}"],
  ['concurrency', "t: {action: std.noop, concurrency: 'BAD'}"],
  ['pause-before', "t: {action: std.noop, pause-before: 'BAD'}"],
  ['fail-on', "t: {action: std.noop, fail-on: 'BAD'}"],
  ['retry.count', "t: {action: std.noop, retry: {count: 'BAD', delay: 1}}"],
  ['retry.delay', "t: {action: std.noop, retry: {count: 1, delay: 'BAD'}}"],
  ['retry.break-on', "t: {action: std.fail, retry: {count: 1, delay: 1, break-on: 'BAD'}}"],
  ['retry.continue-on', "t: {action: std.noop, retry: {count: 1, delay: 1, continue-on: 'BAD'}}"],
]

const BAD = [
  ['<% $.secret.hots %>', 'YAQL expression [expression=$.secret.hots, error=', '$.secret.hots'],
  [
    '{{ _.secret.hots }}',
    'Jinja expression [expression={{ _.secret.hots }}, error=',
    '{{ _.secret.hots }}',
  ],
] as const

for (const [bad, start, shown] of BAD) {
  it(`names the task, the field and the place: ${bad}`, async ({ world }) => {
    const wrong: string[] = []
    for (const [index, [field, tasks]] of FIELDS.entries()) {
      const { state, info } = await world.run(`
    wrong_${index}:
      vars: {secret: {host: hunter2}}
      tasks:
        ${tasks.replace('BAD', bad)}
      `)
      const [place, line, caret] = info?.trimEnd().split('\n').slice(-3) ?? []
      const isTold = state === 'ERROR' && info!.includes(`Can not evaluate ${start}`) &&
        info!.includes("did you mean 'host'?") && /task=t\b|^ {2}t \[task_ex_id=/m.test(info!) &&
        place === `  in ${field}` && line === `    ${shown}` &&
        caret === ' '.repeat(line.indexOf('hots')) + '^^^^' && !info!.includes('hunter2')
      if (!isTold) wrong.push(`${field}: ${info}`)
    }
    assert.equal(wrong, [])
  })

  it(`names the part of a workflow and the place: ${bad}`, async ({ world }) => {
    const output = await world.run(`
    wrong_output:
      vars: {secret: {host: hunter2}}
      output: {x: {y: '${bad}'}}
      tasks:
        t: {action: std.noop}
    `)
    assert.is(output.state, 'ERROR')
    assert.match(output.info!, '\n  in output.x.y\n')
    const onError = await world.run(`
    wrong_on_error:
      vars: {secret: {host: hunter2}}
      output-on-error: {x: '${bad}'}
      tasks:
        t: {action: std.fail}
    `)
    assert.match(onError.output['result'], '\n  in output-on-error.x\n')
  })
}

it.run()
