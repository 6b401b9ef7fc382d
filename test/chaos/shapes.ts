/**
 * @module
 * Workflows of every shape, each with the output that it must come to whatever happens on the way.
 */

export interface Shape {
  readonly workflow: string
  readonly output: (n: number) => unknown
  readonly state?: 'ERROR'
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
`

export const SHAPES: readonly Shape[] = [
  { workflow: 'chain', output: (n) => ({ v: n + 6 }) },
  { workflow: 'forked', output: (n) => ({ sum: n * 111 }) },
  { workflow: 'items', output: (n) => ({ all: Array.from({ length: 12 }, (_, i) => n + i) }) },
  { workflow: 'few_at_once', output: (n) => ({ all: Array.from({ length: 6 }, (_, i) => n * i) }) },
  { workflow: 'tried', output: (n) => ({ after: n }) },
  { workflow: 'parent', output: (n) => ({ all: [n * 2, n * 2 + 2, n * 2 + 4] }) },
  { workflow: 'delayed', output: (n) => ({ seen: [1, 2, n] }) },
  { workflow: 'mended', output: (n) => ({ how: n + 1 }) },
  { workflow: 'circle', output: () => ({ rounds: 4 }) },
  { workflow: 'timed_out', output: (n) => ({ late: n }) },
  { workflow: 'failing', output: (n) => ({ result: 'as told', n }), state: 'ERROR' },
]
