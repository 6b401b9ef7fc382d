import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { float } from '../../../actors/expressions/values/value.ts'
import {
  compileAdHoc,
  compileWorkflow,
  parseActions,
  parseWorkbook,
  parseWorkflows,
} from '../../../actors/language/definitions.ts'
import { InvalidDefinitionError, type Problem } from '../../../actors/language/problems.ts'
import type { TaskSpec, WorkflowSpec } from '../../../actors/language/spec.ts'

/** The only workflow of a text, given without its version and name. */
function workflow(body: string): WorkflowSpec {
  const text = `version: '2.0'\nw:\n${body.replace(/^/gm, '  ')}`
  return parseWorkflows(text)[0]!.spec
}

function task(body: string): TaskSpec {
  return workflow(`tasks:\n  t: ${body}\n  u: {action: std.noop}\n  v: {action: std.noop}`).tasks
    .get('t')!
}

function problemsOf(parse: () => unknown): readonly Problem[] {
  try {
    parse()
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error.problems
    throw error
  }
  return []
}

function messageOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error.message
    throw error
  }
  return ''
}

const next = (spec: TaskSpec) =>
  spec.on['on-success'].next.map(({ task, command, condition, params }) => {
    return [task ?? command, condition, ...params.values()]
  })

const compile = suite('compiled definition')

compile('takes the type of a task from its workflow', () => {
  assert.is(task('{type: reverse, on-success: u}').on['on-success'].next[0]!.task, 'u')
})

compile('wants texts as name and version of task-defaults', () => {
  const defaults = (body: string) => () => workflow(`task-defaults: ${body}\ntasks: {t: {join: 0}}`)
  assert.equal(problemsOf(defaults("{name: n, version: '2.0'}")), [])
  assert.match(messageOf(defaults("{name: ''}")), "'' is too short")
  assert.match(messageOf(defaults('{name: 1}')), "1 is not of type 'string'")
  assert.ok(messageOf(defaults('{version: []}')))
})

compile('takes every form of an on-clause', () => {
  assert.equal(next(task('{on-success: u}')), [['u', null]])
  assert.equal(next(task('{on-success: [u, v: <% 1 %>]}')), [['u', null], ['v', '<% 1 %>']])
  assert.equal(next(task('{on-success: {u: <% 1 %>}}')), [['u', '<% 1 %>']])
  assert.equal(next(task('{on-success: {next: u}}')), [['u', null]])
  assert.equal(next(task('{on-success: {next: {u: <% 1 %>}}}')), [['u', '<% 1 %>']])
  assert.equal(next(task('{on-success: {next: [u, {v: "{{ 1 }}"}]}}')), [
    ['u', null],
    ['v', '{{ 1 }}'],
  ])
  assert.equal(next(task(`{on-success: fail(msg="x")}`)), [['fail', null, 'x']])
  assert.equal(next(task(`{on-success: ['fail(msg="a b")', pause msg="c"]}`)), [
    ['fail', null, 'a b'],
    ['pause', null, 'c'],
  ])
})

compile('takes what a clause publishes, by scope', () => {
  const spec = task('{on-success: {publish: {branch: {a: 1}, global: {b: 2}, atomic: {c: 3}}}}')
  assert.equal(spec.on['on-success'], {
    next: [],
    publish: { branch: new Map([['a', 1]]), global: new Map([['b', 2]]) },
  })
})

compile('fills in the clauses of task-defaults, without the task itself', () => {
  const { tasks, startTasks } = workflow(`
task-defaults:
  on-error: [z]
  on-success: {publish: {branch: {a: 1}}, next: [z]}
tasks:
  a: {on-success: b}
  b: {action: std.noop}
  z: {join: all}
`)
  assert.equal(tasks.get('a')?.outbound, ['b', 'z'])
  assert.equal(tasks.get('b')?.inbound, ['a'])
  assert.equal(tasks.get('b')?.on['on-success'].publish, null)
  assert.equal(tasks.get('z')?.inbound, ['a', 'b'])
  assert.equal(tasks.get('z')?.outbound, [])
  assert.equal(startTasks, ['a'])
})

compile('lets each policy fall back to task-defaults where it is off', () => {
  const { tasks } = workflow(`
task-defaults: {retry: count=2 delay=1, timeout: 9, wait-before: 3, pause-before: true}
tasks:
  a: {timeout: 0, wait-before: 1.0, pause-before: false}
  b: {retry: {count: 0, delay: 0, break-on: <% 1 %>}, timeout: <% 5 %>}
`)
  const policies = {
    pauseBefore: true,
    waitBefore: 1,
    waitAfter: 0,
    failOn: false,
    timeout: 9,
    concurrency: 0,
  }
  const plain = { breakOn: null, continueOn: null, backoff: 1, maxDelay: 0, jitter: 0, on: null }
  const retry = { ...plain, count: 2, delay: 1 }
  assert.equal(tasks.get('a')?.policies, { ...policies, retry })
  assert.equal(tasks.get('b')?.policies, {
    ...policies,
    waitBefore: 3,
    timeout: '<% 5 %>',
    retry: { ...plain, count: 0, delay: 0, breakOn: '<% 1 %>' },
  })
})

compile('merges inline parameters over the input, and shows them so', () => {
  const spec = task(`{action: std.echo output="in" x=1, input: {output: out, y: 2}}`)
  assert.equal(spec.action, { name: 'std.echo' })
  assert.equal(spec.input, new Map<string, unknown>([['output', 'in'], ['y', 2], ['x', 1]]))
  assert.equal(spec.source, {
    action: 'std.echo output="in" x=1',
    input: { output: 'in', y: 2, x: 1 },
    type: 'direct',
    name: 't',
    version: '2.0',
  })
})

compile('reads joins, flags and with-items', () => {
  const { tasks } = workflow(`
tasks:
  a: {on-success: [b, c, d]}
  b: {join: one, keep-result: false, safe-rerun: <% $.x %>}
  c: {join: 0}
  d: {join: all, with-items: ['i in [1, 2.0, "<% $.x %>"]', 'j in {{ _.l }}']}
`)
  const [, b, c, d] = [...tasks.values()]
  assert.equal([b?.join, c?.join, d?.join], [1, null, 'all'])
  assert.equal([b?.keepResult, b?.safeRerun, c?.keepResult, c?.safeRerun], [
    false,
    '<% $.x %>',
    true,
    false,
  ])
  assert.equal(d?.withItems, [
    { variable: 'i', collection: [1, float(2), '<% $.x %>'] },
    { variable: 'j', collection: '{{ _.l }}' },
  ])
})

compile('takes a whole float for the number of a join', () => {
  const { tasks } = workflow(`
tasks:
  a: {on-success: j}
  b: {on-success: j}
  j: {join: 2.0}
`)
  assert.is(tasks.get('j')?.join, 2)
  const alone = () => workflow('tasks: {a: {action: std.noop}, j: {join: 1.0}}')
  assert.match(messageOf(alone), "Not enough inbound tasks for task with 'join'")
})

compile('lets each parameter of a one-line command be in a language of its own', () => {
  const spec = task(`{action: 'std.http url=<% $.url %> timeout={{ _.timeout }}'}`)
  assert.equal(spec.input, new Map([['url', '<% $.url %>'], ['timeout', '{{ _.timeout }}']]))
  const wrong = (command: string) => messageOf(() => task(`{action: '${command}'}`))
  assert.match(wrong('std.echo a=<% 1 %> b={{ 1 + }}'), 'Syntax error')
  assert.match(wrong('std.echo a="<% 1 %>{{ 2 }}"'), 'Mixing expression types')
  const base = (command: string) => {
    return parseActions(`version: '2.0'\nx: {base: '${command}', input: [p]}`)[0]!.spec.baseInput
  }
  assert.equal(
    base('std.echo a=<% $.p %> b={{ _.p }}'),
    new Map([['a', '<% $.p %>'], ['b', '{{ _.p }}']]),
  )
})

compile('wants a name for every task', () => {
  assert.match(
    messageOf(() => workflow("tasks: {'': {action: std.noop}}")),
    'name of a task is empty',
  )
})

compile('ignores what follows the name in a condition without parameters', () => {
  assert.equal(next(task('{on-success: [{u x: <% 1 %>}]}')), [['u', '<% 1 %>']])
  const unknown = () => task('{on-success: [{zz x: <% 1 %>}]}')
  assert.match(messageOf(unknown), "Task 'zz' not found")
})

compile('says how a command takes its message', () => {
  const called = () => task(`{on-success: ['fail("why")']}`)
  assert.match(messageOf(called), 'write fail(msg="…") to say why')
})

compile('joins what a reverse task requires with the defaults', () => {
  const { tasks, startTasks } = workflow(`
type: reverse
task-defaults: {requires: [a]}
tasks:
  a: {action: std.noop}
  b: {action: std.noop, requires: a}
  c: {action: std.noop, requires: [b, c]}
`)
  assert.equal([...tasks.values()].map(({ requires }) => requires), [[], ['a'], ['b', 'a']])
  assert.equal(startTasks, [])
})

compile('has the interface, the parameters and the text to store', () => {
  const text = `version: '2.0'
w:
  input: [x, {y: 5}, {z: [1]}, {n: null}]
  output: {o: 1, p: 2}
  tasks: {t: {action: std.noop}}
`
  const [parsed] = parseWorkflows(text)
  assert.is(parsed?.input, 'x, y="5", z="[1]", n="None"')
  assert.equal(parsed?.interface, {
    input: ['x', { y: 5 }, { z: [1] }, { n: null }],
    output: ['o', 'p'],
  })
  assert.is(parsed?.definition, text)
})

compile('keeps each of several workflows as a text of its own', () => {
  const text = `version: '2.0'
a: {tasks: {t: {action: std.noop}}}
b: {tags: [x, 'yes'], tasks: {u: {action: std.noop, timeout: 1.0}}}
`
  const [, b] = parseWorkflows(text)
  assert.is(
    b?.definition,
    `version: '2.0'
b:
  tags:
  - x
  - 'yes'
  tasks:
    u:
      action: std.noop
      timeout: 1.0
`,
  )
  assert.equal(compileWorkflow(b!.definition, { name: 'b', workbook: null }), b?.spec)
})

compile('cuts the members out of a workbook, or writes them anew', () => {
  const { workflows, actions } = parseWorkbook(`version: '2.0'

name: wb
actions:
  a1:
    base: std.noop
  a2: {base: std.echo output="x", base-input: {output: y}}
workflows:
  w1:
    # a note
    tasks:
      t:
        action: a1
  w2:
    tasks: &tasks
      t:
        action: a1
  w3:
    tasks: *tasks
`)
  assert.equal(workflows.map(({ name }) => name), ['wb.w1', 'wb.w2', 'wb.w3'])
  assert.equal([...workflows, ...actions].map(({ definition }) => definition), [
    'w1:\n  # a note\n  tasks:\n    t:\n      action: a1\n',
    'w2:\n  tasks: &tasks\n    t:\n      action: a1\n',
    'w3:\n  tasks:\n    t:\n      action: a1\n',
    'a1:\n  base: std.noop\n',
    'a2:\n  base: std.echo output="x"\n  base-input:\n    output: \'y\'\n',
  ])
  const [first] = workflows
  const pinned = { name: 'wb.w1', workbook: 'wb' }
  assert.equal(compileWorkflow(first!.definition, pinned), first?.spec)
  assert.is(first?.spec.source.name, 'w1')
  const action = compileAdHoc(actions[1]!.definition, { name: 'wb.a2', workbook: 'wb' })
  assert.equal([action.name, action.base, [...action.baseInput]], [
    'wb.a2',
    'std.echo',
    [['output', 'x']],
  ])
})

compile('tells an ad-hoc action without output from one whose output is null', () => {
  const [a, b] = parseActions(`version: '2.0'\na: {base: x}\nb: {base: x, output: , input: [i]}\n`)
  assert.equal([a?.spec.output, b?.spec.output, a?.input, b?.input], [undefined, null, null, 'i'])
})

compile.run()

const refused = suite('refused definition')

refused('lists every problem with its place and a hint', () => {
  const text = `version: '2.0'
w:
  tasks:
    fetch:
      acton: std.noop
      timeout: soon
      on-success: [stroe]
    store:
      retry: {count: 1, dleay: 2}
    pause: {action: std.noop}
`
  const found = problemsOf(() => parseWorkflows(text))
  assert.equal(found.map(({ path, line, column, hint }) => [path, line, column, hint]), [
    ['w.tasks.fetch.acton', 5, 7, "did you mean 'action'?"],
    [
      'w.tasks.fetch.timeout',
      6,
      16,
      'write a whole number, 0 or more, or an expression, <% … %> or {{ … }} with nothing around it',
    ],
    ['w.tasks.store.retry', 9, 14, "is 'dleay' meant to be it?"],
    ['w.tasks.store.retry.dleay', 9, 25, "did you mean 'delay'?"],
    ['w.tasks.pause', 10, 5, 'give the task another name'],
    ['w.tasks.fetch.on-success[0]', 7, 20, "did you mean 'store'?"],
  ])
  const message = messageOf(() => parseWorkflows(text))
  assert.match(message, /^Invalid DSL: Additional properties are not allowed \('acton' was unexp/)
  assert.is(message.split('\n').length, 7)
})

refused('shows how to write the language of a malformed expression', () => {
  const found = problemsOf(() => {
    return workflow(`
tasks:
  y: {publish: {a: '<% * %>'}}
  j: {publish: {a: '{{ * }}'}}
  both: {publish: {a: '<% $.a %>{{ _.a }}'}}`)
  })
  assert.equal(found.map(({ path, hint }) => [path, hint]), [
    ['w.tasks.y.publish.a', 'between <% and %> stands YAQL, as in <% $.name %>'],
    ['w.tasks.j.publish.a', 'between {{ and }} stands Jinja2, as in {{ _.name }}'],
    ['w.tasks.both.publish.a', 'write it all in one of them'],
  ])
})

refused('says all joins that have too few tasks before them', () => {
  const found = problemsOf(() => {
    return workflow('tasks: {a: {on-success: b}, b: {join: 2}, c: {join: all}}')
  })
  assert.equal(found.map(({ path }) => path), ['w.tasks.b.join', 'w.tasks.c.join'])
})

refused('needs a start task', () => {
  assert.match(
    messageOf(() => workflow('tasks: {a: {on-success: a}}')),
    'Failed to find start tasks',
  )
  assert.is(messageOf(() => workflow('task-defaults: {on-success: a}\ntasks: {a: {join: 0}}')), '')
})

refused('does not take parameters beside a dynamic input', () => {
  const found = problemsOf(() => task('{action: std.echo output=1, input: <% $.x %>}'))
  assert.equal(found.map(({ path }) => path), ['w.tasks.t.input'])
})

refused('does not drop what follows a collection', () => {
  assert.match(messageOf(() => task(`{with-items: 'i in <% $.a %> + <% $.b %>'}`)), 'follows')
  assert.match(messageOf(() => task(`{with-items: 'i in [a]'}`)), 'Invalid array')
})

refused('says when it is of another kind', () => {
  const workbook = `version: '2.0'\nname: x\nworkflows: {w: {tasks: {t: {action: a}}}}\n`
  const hints = problemsOf(() => parseWorkflows(workbook)).map(({ hint }) => hint)
  assert.ok(hints.includes('a text with a name at the top is a workbook'))
  const bare = `version: '2.0'\ntasks: {t: {action: a}}\n`
  assert.match(messageOf(() => parseWorkflows(bare)), 'write the workflow under its name')
})

refused('is accepted as far as it can be compiled where validation is skipped', () => {
  const text = `w: {colour: red, tasks: {t: {colour: red, on-success: nowhere}, noop: {join: 3}}}`
  const skip = { skipValidation: true }
  assert.is(parseWorkflows(text, skip)[0]?.spec.tasks.size, 2)
  assert.ok(problemsOf(() => parseWorkflows(`w: {tasks: {t: {timeout: soon}}}`, skip)).length > 0)
  assert.ok(problemsOf(() => parseWorkflows(`w: {tasks: {t: {retry: count=1 }}}`, skip)).length > 0)
})

refused('warns of keys that mean nothing in a workflow', () => {
  const [parsed] = parseWorkflows(
    `version: '2.0'\nw: {task-default: {timeout: 1}, tasks: {t: {action: a}}}`,
  )
  assert.equal(parsed?.warnings.map(({ path, hint }) => [path, hint]), [
    ['w.task-default', "did you mean 'task-defaults'?"],
  ])
})

refused(
  'warns of parameters without a value that is understood, and of expressions not closed',
  () => {
    const [parsed] = parseWorkflows(`version: '2.0'
w:
  tasks:
    a: {action: 'std.http url=http://x.org/a method="GET"', publish: {x: ['<% $.a <% $.b %']}}
    b: {action: std.echo output="a=b <% $.c %>", input: {more: '{{ _.x }}'}}
`)
    assert.equal(parsed?.warnings.map(({ path, line, hint }) => [path, line, hint]), [
      ['w.tasks.a.action', 4, `put it in quotes, as in url="…", or write it under 'input'`],
      ['w.tasks.a.publish.x[0]', 4, 'close it with %>'],
    ])
  },
)

refused('says one thing of a body that is missing, or is a list', () => {
  const text = `version: '2.0'
w:
  tasks:
    a:
    b:
    - action: std.noop
`
  const found = problemsOf(() => parseWorkflows(text))
  assert.equal(found.map(({ path, hint }) => [path, hint]), [
    ['w.tasks.a', 'there is nothing under it: indent what belongs to it, or leave it out'],
    ['w.tasks.b', "write a mapping, 'key: value' pairs, without '-' before the keys"],
  ])
})

refused('warns of a key that hides another one', () => {
  const [parsed] = parseWorkflows(
    `version: '2.0'\nw:\n  tasks:\n    t: {action: a}\n    u: {action: b}\n    t: {action: c}\n`,
  )
  assert.equal(parsed?.warnings.map(({ line, column, message }) => [line, column, message]), [
    [6, 5, "'t' is here a second time: what is under it the first time is ignored"],
  ])
})

refused('says that a comma cut a command in two', () => {
  for (const message of ['a, b', 'a b, c']) {
    const found = problemsOf(() => workflow(`tasks: {a: {on-success: [fail(msg="${message}")]}}`))
    assert.is(found[0]?.hint, 'inside [ ], a comma ends an entry: put the whole entry in quotes')
  }
})

refused('guesses no other name for one of a single letter', () => {
  const found = problemsOf(() => workflow('tasks: {a: {on-success: c}, B: {}, d: {on-success: b}}'))
  assert.equal(found.filter(({ path }) => path.includes('on-success')).map(({ hint }) => hint), [
    "add a task of that name to 'tasks'",
    "did you mean 'B'?",
  ])
})

refused('needs a name for a workbook, and takes members whose name ends with a line end', () => {
  const nameless = problemsOf(() => parseWorkbook(`version: '2.0'\n`))
  assert.equal(nameless.map(({ message }) => message), ["'name' is a required property"])
  const text = (name: string) => {
    return `{version: '2.0', name: wb, workflows: {"${name}": {tasks: {t: {action: a}}}}}`
  }
  assert.equal(parseWorkbook(text('w\\n')).workflows.map(({ name }) => name), ['wb.w\n'])
  assert.match(messageOf(() => parseWorkbook(text('w\\nx'))), 'letters, digits')
})

refused('lists a hundred problems and counts the rest', () => {
  const tasks = Array.from({ length: 150 }, (_, index) => `    t${index}: {colour: red}\n`).join('')
  const message = messageOf(() => parseWorkflows(`version: '2.0'\nw:\n  tasks:\n${tasks}`))
  assert.is(message.split('\n').length, 102)
})

refused('does not give more links to all tasks than memory holds', () => {
  const names = Array.from({ length: 2000 }, (_, index) => `t${index}`)
  const tasks = names.map((name) => `    ${name}: {action: a}\n`).join('')
  const text = `version: '2.0'\nw:\n  task-defaults: {on-error: [${names}]}\n  tasks:\n${tasks}`
  assert.match(messageOf(() => parseWorkflows(text)), 'more than the 500000 allowed')
})

refused.run()
