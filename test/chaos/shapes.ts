/**
 * @module
 * Workflows of every shape, each with the output that it must come to whatever happens on the way.
 */

export interface Shape {
  readonly workflow: string
  /** Null where it does not matter. */
  readonly output: ((n: number) => unknown) | null
  readonly state?: 'ERROR' | 'CANCELLED'
  /** Action executions of it alone, however often its server died; not checked where not given. */
  readonly actions?: number
  /** Sub-workflow executions of it. */
  readonly children?: number
  readonly params?: object
  /** What somebody has to do so that it ends, besides resuming it whenever it is paused. */
  readonly care?: 'answer' | 'rerun' | 'skip' | 'pause' | 'cancel' | 'stop'
}

/** All of it in one text. Every workflow takes a number `n`. */
export const DEFINITIONS = `
version: '2.0'

chain:
  input: [n]
  output: {v: <% $.v %>}
  tasks:
    s1: {action: std.echo output=<% $.n + 1 %>, publish: {v: <% task().result %>}, on-success: s2}
    s2: {action: 'std.echo output=<% $.v + 1 %> delay=0.05', publish: {v: <% task().result %>}, on-success: s3}
    s3: {action: std.echo output=<% $.v + 1 %>, publish: {v: <% task().result %>}, on-success: s4}
    s4: {action: 'std.echo output=<% $.v + 1 %> delay=0.1', publish: {v: <% task().result %>}, on-success: s5}
    s5: {action: std.echo output=<% $.v + 1 %>, publish: {v: <% task().result %>}, on-success: s6}
    s6: {action: 'std.echo output=<% $.v + 1 %> delay=0.05', publish: {v: <% task().result %>}}

forked:
  input: [n]
  output: {sum: <% $.sum %>}
  tasks:
    root: {action: std.noop, on-success: [a, b, c]}
    a: {action: 'std.echo output=<% $.n %> delay=0.2', publish: {x: <% task().result %>}, on-success: end}
    b: {action: 'std.echo output=<% $.n * 10 %>', publish: {y: <% task().result %>}, on-success: end}
    c: {action: 'std.echo output=<% $.n * 100 %> delay=0.1', publish: {z: <% task().result %>}, on-success: end}
    end: {join: all, action: 'std.echo output=<% $.x + $.y + $.z %>', publish: {sum: <% task().result %>}}

items:
  input: [n]
  output: {all: <% $.all %>}
  tasks:
    each:
      with-items: i in <% range(12) %>
      action: std.echo output=<% $.i + $.n %> delay=0.02
      publish: {all: <% task().result %>}

few_at_once:
  input: [n]
  output: {all: <% $.all %>}
  tasks:
    each:
      with-items: i in <% range(6) %>
      concurrency: 2
      action: std.echo output=<% $.i * $.n %> delay=0.05
      publish: {all: <% task().result %>}

tried:
  input: [n]
  output: {after: <% $.after %>}
  tasks:
    bad:
      action: std.fail error_data=<% $.n %>
      retry: {count: 2, delay: 1}
      publish-on-error: {after: <% task().result %>}
      on-error: noop

parent:
  input: [n]
  output: {all: <% $.all %>}
  tasks:
    subs:
      with-items: i in <% range(3) %>
      workflow: child n=<% $.n + $.i %>
      publish: {all: <% task().result.doubled %>}

child:
  input: [n]
  output: {doubled: <% $.doubled %>}
  tasks:
    t: {action: 'std.echo output=<% $.n * 2 %> delay=0.05', publish: {doubled: <% task().result %>}}

delayed:
  input: [n]
  output: {seen: <% $.seen %>}
  tasks:
    first: {action: std.noop, wait-before: 1, publish: {seen: [1]}, on-success: nap}
    nap: {action: std.sleep seconds=1, publish: {seen: '<% $.seen + [2] %>'}, on-success: last}
    last: {action: std.noop, wait-after: 1, publish: {seen: '<% $.seen + [$.n] %>'}}

mended:
  input: [n]
  output: {how: <% $.how %>}
  tasks:
    bad: {action: std.fail error_data=<% $.n %>, publish-on-error: {e: <% task().result %>}, on-error: mend}
    mend: {action: 'std.echo output=<% $.e + 1 %> delay=0.05', publish: {how: <% task().result %>}}

circle:
  input: [n]
  output: {rounds: <% $.rounds %>}
  tasks:
    enter: {action: std.noop, publish: {rounds: 0}, on-success: fork}
    fork: {action: std.noop, on-success: [left, right]}
    left: {action: std.echo output=1 delay=0.03, on-success: j}
    right: {action: std.noop, on-success: j}
    j:
      join: all
      action: std.echo output=<% $.rounds + 1 %>
      publish: {rounds: <% task().result %>}
      on-success: [fork: <% $.rounds < 4 %>]

timed_out:
  input: [n]
  output: {late: <% $.n %>}
  tasks:
    waits: {action: std.async_noop, timeout: 1, on-error: noop}

failing:
  input: [n]
  output-on-error: {n: <% $.n %>}
  tasks:
    t: {action: std.echo output=1 delay=0.1, on-success: [fail msg="as told"]}

some_arrive:
  input: [n]
  output: {n: <% $.n %>, j: <% $.j %>}
  tasks:
    root: {action: std.noop, on-success: [a, b, c]}
    a: {action: std.echo output=1 delay=0.1, on-success: j}
    b: {action: std.echo output=2, on-success: j}
    c: {action: std.echo output=3 delay=0.3, on-success: j}
    j: {join: 2, action: std.noop, publish: {j: two}}

one_arrives:
  input: [n]
  output: {n: <% $.n %>, j: <% $.j %>}
  tasks:
    root: {action: std.noop, on-success: [a, b]}
    a: {action: std.echo output=1 delay=0.1, on-success: j}
    b: {action: std.echo output=2 delay=0.2, on-success: j}
    j: {join: one, action: std.echo output=<% $.n %> delay=0.1, publish: {j: <% task().result %>}}

error_routes:
  input: [n]
  output: {how: <% $.how %>}
  tasks:
    root: {action: std.noop, on-success: [good, bad]}
    good: {action: std.echo output=1 delay=0.1, on-success: j}
    bad: {action: std.fail, publish-on-error: {how: caught}, on-error: j, on-success: never}
    never: {action: std.noop}
    j: {join: all, action: std.noop}

unreachable:
  input: [n]
  output: {how: <% $.how %>}
  tasks:
    root: {action: std.noop, on-success: [good, bad]}
    good: {action: std.echo output=1 delay=0.1, on-success: j}
    bad: {action: std.fail, on-error: noop, on-success: j}
    j: {join: all, action: std.noop, publish-on-error: {how: in vain}, on-error: noop}

nested_joins:
  input: [n]
  output: {sum: <% $.sum %>}
  tasks:
    root: {action: std.noop, on-success: [a, b, c]}
    a: {action: std.echo output=<% $.n %> delay=0.1, publish: {a: <% task().result %>}, on-success: ab}
    b: {action: std.echo output=<% $.n %>, publish: {b: <% task().result %>}, on-success: ab}
    ab: {join: all, action: std.echo output=<% $.a + $.b %> delay=0.05, publish: {ab: <% task().result %>}, on-success: end}
    c: {action: std.echo output=<% $.n %> delay=0.15, publish: {c: <% task().result %>}, on-success: end}
    end: {join: all, action: std.noop, publish: {sum: <% $.ab + $.c %>}}

guarded:
  input: [n]
  output: {way: <% $.way %>}
  tasks:
    first:
      action: std.echo output=1 delay=0.05
      on-success: [large: <% $.n > 1000 %>, small: '{{ _.n <= 1000 }}']
      on-complete: [either: <% $.n > 0 %>]
    large: {action: std.noop, publish: {way: large}}
    small: {action: std.noop, publish: {way: small}}
    either: {action: std.noop}

countdown:
  input: [n]
  output: {left: <% $.left %>}
  tasks:
    begin: {action: std.noop, publish: {left: 5}, on-success: step}
    step:
      action: std.echo output=<% $.left - 1 %> delay=0.02
      publish: {left: <% task().result %>}
      on-success: [step: <% $.left > 0 %>]

commanded:
  input: [n]
  output: {n: <% $.n %>}
  tasks:
    a: {action: std.echo output=1 delay=0.1, on-success: [b, pause, c]}
    b: {action: std.echo output=1 delay=0.1}
    c: {action: std.echo output=1 delay=0.1, on-success: [noop, succeed]}

held:
  input: [n]
  output: {n: <% $.n %>}
  tasks:
    a: {action: std.echo output=1 delay=0.05, on-success: b}
    b: {action: std.echo output=1 delay=0.05, pause-before: true, on-success: c}
    c: {action: std.noop, wait-before: 1, pause-before: true}

two_lists:
  input: [n]
  output: {all: <% $.all %>}
  tasks:
    each:
      with-items: [i in <% range(5) %>, 'j in [10, 20, 30, 40, 50]']
      concurrency: 3
      action: std.echo output=<% $.i + $.j + $.n %> delay=0.03
      publish: {all: <% task().result %>}

no_items:
  input: [n]
  output: {all: <% $.all %>}
  tasks:
    each: {'with-items': 'i in <% [] %>', action: std.echo output=<% $.i %>, publish: {all: <% task().result %>}}

items_fail:
  input: [n]
  output: {how: <% $.how %>}
  tasks:
    each:
      with-items: i in <% range(4) %>
      concurrency: 2
      action: std.fail error_data=<% $.i %>
      retry: {count: 1, delay: 0}
      publish-on-error: {how: all failed}
      on-error: noop

item_workflows:
  input: [n]
  output: {all: <% $.all %>}
  tasks:
    subs:
      with-items: i in <% range(4) %>
      concurrency: 2
      workflow: child n=<% $.n + $.i %>
      publish: {all: <% task().result.doubled %>}

failing_below:
  input: [n]
  output: {how: <% $.how %>}
  tasks:
    sub: {workflow: failing n=<% $.n %>, retry: {count: 1, delay: 0}, publish-on-error: {how: <% task().result.n %>}, on-error: noop}

refused:
  input: [n]
  output: {how: <% $.how %>}
  tasks:
    t: {action: std.echo output=5 delay=0.1, fail-on: <% task().result > 3 %>, publish: {how: refused}, on-error: noop}

broken_off:
  input: [n]
  output: {how: <% $.how %>}
  tasks:
    t:
      action: std.fail
      retry: {count: 9, delay: 1, break-on: <% $.n > 0 %>}
      publish-on-error: {how: broken off}
      on-error: go_on
    go_on:
      action: std.echo output=1 delay=0.02
      retry: {count: 2, delay: 0, continue-on: <% $.n > 0 %>}
      on-complete: noop
      on-error: noop

all_policies:
  input: [n]
  output: {seen: <% $.seen %>}
  tasks:
    t:
      action: std.echo output=<% $.n %> delay=0.05
      wait-before: 1
      wait-after: 1
      timeout: 600
      retry: {count: 3, delay: 1}
      safe-rerun: true
      keep-result: false
      publish: {seen: yes}

defaults:
  input: [n]
  output: {how: <% $.how %>}
  task-defaults:
    retry: {count: 1, delay: 0}
    on-error: mend
  tasks:
    bad: {action: std.fail}
    mend: {action: std.echo output=<% $.n %> delay=0.05, publish: {how: <% task().result %>}, on-error: noop}

built:
  type: reverse
  input: [n]
  output: {c: <% $.c %>}
  tasks:
    a: {action: std.echo output=<% $.n %> delay=0.1, publish: {a: <% task().result %>}}
    b: {action: std.echo output=<% $.n %> delay=0.05, publish: {b: <% task().result %>}}
    c: {action: std.echo output=<% $.a + $.b %>, requires: [a, b], publish: {c: <% task().result %>}}
    other: {action: std.fail}

environed:
  input: [n]
  output: {k: <% $.k %>}
  tasks:
    sub: {workflow: environed_child n=<% $.n %>, publish: {k: <% task().result.k %>}}

environed_child:
  input: [n]
  output: {k: <% $.k %>}
  tasks:
    t: {action: std.echo output=<% env().k + $.n %> delay=0.1, publish: {k: <% task().result %>}}

global:
  input: [n]
  output: {g: <% $.g %>, b: <% $.b %>}
  tasks:
    set:
      action: std.echo output=<% $.n %> delay=0.05
      on-success:
        publish: {global: {g: <% task().result %>}, branch: {b: 1}, atomic: {c: 1}}
        next: read
    read: {action: std.echo output=<% $.g %> delay=0.05}

answered:
  input: [n]
  output: {result: <% $.r %>}
  tasks:
    awaited: {action: std.async_noop, publish: {r: <% task().result %>}, on-success: after}
    after: {action: std.echo output=1 delay=0.05}

run_again:
  input: [n]
  output: {v: <% $.v %>}
  tasks:
    t:
      action: std.echo output=<% $.n %> delay=0.05
      fail-on: <% not env().ok %>
      publish: {v: <% task().result %>}
      on-success: after
    after: {action: std.echo output=1 delay=0.05}

passed_over:
  input: [n]
  output: {v: <% $.v %>}
  tasks:
    t: {action: std.fail, publish-on-skip: {v: skipped}, on-skip: after}
    after: {action: std.echo output=1 delay=0.05}

cancelled:
  input: [n]
  tasks:
    sub: {workflow: never_ending n=<% $.n %>}

never_ending:
  input: [n]
  tasks:
    t: {action: std.async_noop}

late:
  input: [n]
  timeout: 1
  output-on-error: {n: <% $.n %>}
  tasks:
    sub: {workflow: never_ending n=<% $.n %>}

backed_off:
  input: [n]
  vars: {times: '{{ 2 }}'}
  output: {how: <% $.how %>}
  tasks:
    bad:
      action: std.fail error_data=<% $.n %>
      retry: {count: <% $.times %>, delay: 1, backoff: 2, max-delay: 1, jitter: 0.5, on: fail-on}
      publish-on-error: {how: of no class that is tried again}
      on-error: worse
    worse:
      action: std.echo output=1
      fail-on: true
      retry: {count: 2, delay: 1, backoff: exponential, max-delay: 1, on: [fail-on, timeout]}
      on-error: noop

paused_tree:
  input: [n]
  output: {doubled: <% $.doubled %>}
  tasks:
    first: {action: std.echo output=1 delay=0.1, on-success: sub}
    sub: {workflow: child n=<% $.n %>, publish: {doubled: <% task().result.doubled %>}, on-success: last}
    last: {action: std.echo output=1 delay=0.1}

stopped:
  input: [n]
  output-on-error: {n: <% $.n %>}
  tasks:
    sub: {workflow: never_ending n=<% $.n %>}

member:
  input: [n]
  output: {r: <% $.r %>}
  tasks:
    t: {workflow: book.main n=<% $.n %>, publish: {r: <% task().result.greeting %>}}

adhoc:
  input: [n]
  output: {r: <% $.r %>}
  tasks:
    t: {action: twice what=<% $.n %>, publish: {r: <% task().result %>}}
`

/** An ad-hoc action over one that waits. */
export const ACTIONS = `
version: '2.0'
twice:
  base: std.echo
  input: [what]
  base-input: {output: <% $.what * 2 %>, delay: 0.05}
  output: {twice: <% $ %>}
`

export const WORKBOOK = `
version: '2.0'
name: book
actions:
  greet: {base: std.echo, input: [who], base-input: {output: 'Hello, <% $.who %>!', delay: 0.05}}
workflows:
  main:
    input: [n]
    output: {greeting: <% $.g %>}
    tasks: {t: {workflow: inner n=<% $.n %>, publish: {g: <% task().result.g %>}}}
  inner:
    input: [n]
    output: {g: <% $.g %>}
    tasks: {t: {action: greet who=<% $.n %>, publish: {g: <% task().result %>}}}
`

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

export const SHAPES: readonly Shape[] = [
  { workflow: 'chain', output: (n) => ({ v: n + 6 }), actions: 6 },
  { workflow: 'forked', output: (n) => ({ sum: n * 111 }), actions: 5 },
  { workflow: 'items', output: (n) => ({ all: range(12).map((i) => n + i) }), actions: 12 },
  { workflow: 'few_at_once', output: (n) => ({ all: range(6).map((i) => n * i) }), actions: 6 },
  { workflow: 'tried', output: (n) => ({ after: n }), actions: 3 },
  { workflow: 'parent', output: (n) => ({ all: [n * 2, n * 2 + 2, n * 2 + 4] }), children: 3 },
  { workflow: 'delayed', output: (n) => ({ seen: [1, 2, n] }), actions: 3 },
  { workflow: 'mended', output: (n) => ({ how: n + 1 }), actions: 2 },
  { workflow: 'circle', output: () => ({ rounds: 4 }), actions: 17 },
  { workflow: 'timed_out', output: (n) => ({ late: n }), actions: 1 },
  {
    workflow: 'failing',
    output: (n) => ({ result: 'as told', n }),
    state: 'ERROR',
    actions: 1,
  },
  { workflow: 'some_arrive', output: (n) => ({ n, j: 'two' }), actions: 5 },
  { workflow: 'one_arrives', output: (n) => ({ n, j: n }), actions: 4 },
  { workflow: 'error_routes', output: () => ({ how: 'caught' }), actions: 4 },
  { workflow: 'unreachable', output: () => ({ how: 'in vain' }), actions: 3 },
  { workflow: 'nested_joins', output: (n) => ({ sum: 3 * n }), actions: 6 },
  { workflow: 'guarded', output: () => ({ way: 'small' }), actions: 3 },
  { workflow: 'countdown', output: () => ({ left: 0 }), actions: 6 },
  { workflow: 'commanded', output: (n) => ({ n }), actions: 3 },
  { workflow: 'held', output: (n) => ({ n }), actions: 3 },
  {
    workflow: 'two_lists',
    output: (n) => ({ all: range(5).map((i) => i + 10 * (i + 1) + n) }),
    actions: 5,
  },
  { workflow: 'no_items', output: () => ({ all: [] }), actions: 0 },
  { workflow: 'items_fail', output: () => ({ how: 'all failed' }), actions: 8 },
  {
    workflow: 'item_workflows',
    output: (n) => ({ all: range(4).map((i) => 2 * (n + i)) }),
    children: 4,
  },
  { workflow: 'failing_below', output: (n) => ({ how: n }), children: 2 },
  { workflow: 'refused', output: () => ({ how: 'refused' }), actions: 1 },
  { workflow: 'broken_off', output: () => ({ how: 'broken off' }), actions: 4 },
  { workflow: 'all_policies', output: () => ({ seen: true }), actions: 1 },
  { workflow: 'defaults', output: (n) => ({ how: n }), actions: 3 },
  { workflow: 'built', output: (n) => ({ c: 2 * n }), actions: 3, params: { task_name: 'c' } },
  {
    workflow: 'environed',
    output: (n) => ({ k: 100 + n }),
    children: 1,
    params: { env: { k: 100 } },
  },
  { workflow: 'global', output: (n) => ({ g: n, b: 1 }), actions: 2 },
  { workflow: 'member', output: (n) => ({ r: `Hello, ${n}!` }), children: 1 },
  { workflow: 'adhoc', output: (n) => ({ r: { twice: 2 * n } }), actions: 1 },
  {
    workflow: 'answered',
    output: () => ({ result: { by: 'awaited' } }),
    actions: 2,
    care: 'answer',
  },
  {
    workflow: 'run_again',
    output: (n) => ({ v: n }),
    actions: 3,
    params: { env: { ok: false } },
    care: 'rerun',
  },
  { workflow: 'passed_over', output: () => ({ v: 'skipped' }), actions: 2, care: 'skip' },
  { workflow: 'paused_tree', output: (n) => ({ doubled: 2 * n }), children: 1, care: 'pause' },
  {
    workflow: 'stopped',
    output: (n) => ({ result: 'enough', n }),
    state: 'ERROR',
    children: 1,
    care: 'stop',
  },
  { workflow: 'late', output: null, state: 'ERROR', children: 1 },
  {
    workflow: 'backed_off',
    output: () => ({ how: 'of no class that is tried again' }),
    actions: 4,
  },
  {
    workflow: 'cancelled',
    output: () => ({ result: 'enough' }),
    state: 'CANCELLED',
    care: 'cancel',
  },
]
