/**
 * @module
 * Pieces of workflows, each with what it must come to whatever happens to the servers. A piece is entered
 * by its first task and left by its last one; pieces are chained, and put into each other.
 */
import type { Dice } from './dice.ts'

// deno-lint-ignore no-explicit-any -- a definition is JSON
export type Json = any
export type Body = { [key: string]: Json }

/** What a value comes to: from the input `n`, and the tasks whose actions were lost with their server. */
export type Expected = (n: number, lost: ReadonlySet<string>) => Json

export interface TaskPlan {
  /** Task executions of this name; a list gives the least and the most. */
  readonly count: number | readonly [least: number, most: number]
  /** Null where its workflow ends before it. */
  readonly state: 'SUCCESS' | 'ERROR' | 'SKIPPED' | 'CANCELLED' | null
  /** Action executions of all of them; a list gives the least and the most. */
  readonly actions: number | readonly [least: number, most: number]
  readonly children?: ChildrenPlan
  /** Its action must not run twice: if its server dies meanwhile, it is lost, and the task fails. */
  readonly isRisky?: boolean
}

/** Sub-workflow executions of all tasks of a name, by their index and then by age. */
export interface ChildrenPlan {
  readonly plan: WorkflowPlan
  /** The input of each. */
  readonly inputs: (n: number) => number[]
  /** Which of them failed and were replaced by the next one, by position. */
  readonly failed?: (n: number) => number[]
}

export interface WorkflowPlan {
  readonly name: string
  readonly body: Body
  readonly state: 'SUCCESS' | 'ERROR' | 'CANCELLED'
  readonly output: ReadonlyMap<string, Expected>
  readonly tasks: ReadonlyMap<string, TaskPlan>
  /** For reverse workflows. */
  readonly target?: string
}

export interface Block {
  readonly first: string
  /** The task that is left last, and by which clauses. */
  readonly last: string
  readonly clauses: readonly ('on-success' | 'on-error' | 'on-complete' | 'on-skip')[]
  readonly bodies: Map<string, Body>
  readonly plans: Map<string, TaskPlan>
  readonly output: Map<string, Expected>
}

export interface Builder {
  readonly dice: Dice
  /** How deep in sub-workflows and forks it is. */
  readonly depth: number
  /** A name that nothing else has. */
  name(kind: string): string
  /** Blocks in a row, one level deeper. */
  chain(length: number): Block
  /** A workflow of its own, one level deeper. */
  workflow(): WorkflowPlan
  /** Adds a workflow to the definitions. */
  add(plan: WorkflowPlan): void
}

export type Kind = (builder: Builder) => Block

/** How tasks begin whose asynchronous action nobody answers. */
export const UNANSWERED = 'unanswered_'

/** Names of tasks, by how people answer their asynchronous action: otherwise than once with success. */
export const ANSWERED = {
  /** After it was paused and has been resumed. */
  held: 'held',
  /** When its task has been given up. */
  tardy: 'tardy',
  /** With an error first. */
  failing: 'asked',
  /** By calling it off. */
  cancelled: 'cancels',
} as const

const once = (actions: TaskPlan['actions'] = 1): TaskPlan => ({
  count: 1,
  state: 'SUCCESS',
  actions,
})
const NOOP: Body = { action: 'std.noop' }

/** An action of the simulation. */
export function act(key: string, input: Body = {}): Body {
  return { action: 'sim.do', input: { key, ...input }, 'safe-rerun': true }
}

function single(
  name: string,
  body: Body,
  plan: TaskPlan,
  output: readonly (readonly [string, Expected])[] = [],
  clauses: Block['clauses'] = ['on-success'],
): Block {
  return {
    first: name,
    last: name,
    clauses,
    bodies: new Map([[name, body]]),
    plans: new Map([[name, plan]]),
    output: new Map(output),
  }
}

/** Several tasks, the last of them a plain one. */
function group(
  first: string,
  last: string,
  tasks: readonly (readonly [string, Body, TaskPlan | null])[],
  output: readonly (readonly [string, Expected])[] = [],
): Block {
  return {
    first,
    last,
    clauses: ['on-success'],
    bodies: new Map(tasks.map(([name, body]) => [name, body])),
    plans: new Map(tasks.flatMap(([name, , plan]) => plan ? [[name, plan] as const] : [])),
    output: new Map(output),
  }
}

/** Leads from the last task of a block to another task. */
export function lead(block: Block, to: string): void {
  const body = block.bodies.get(block.last)!
  for (const clause of block.clauses) body[clause] = [...(body[clause] ?? []), to]
}

export function absorb(into: Block, block: Block): void {
  for (const [name, body] of block.bodies) into.bodies.set(name, body)
  for (const [name, plan] of block.plans) into.plans.set(name, plan)
  for (const [name, value] of block.output) into.output.set(name, value)
}

const RESULT = '<% task().result %>'

const echo: Kind = ({ dice, name }) => {
  const p = name('echo')
  const add = dice.int(1, 9)
  const value = dice.pick([`<% $.n + ${add} %>`, `{{ _.n + ${add} }}`])
  const body = { action: 'std.echo', input: { output: value }, publish: { [p]: RESULT } }
  return single(p, body, once(), [[p, (n) => n + add]])
}

const action: Kind = ({ dice, name }) => {
  const p = name('act')
  const add = dice.int(1, 9)
  const body = { ...act(p, { output: `<% $.n * ${add} %>` }), publish: { [p]: RESULT } }
  return single(p, body, once(), [[p, (n) => n * add]])
}

/** A task whose action must not be run twice: it may be lost. */
export const risky: Kind = ({ name }) => {
  const p = name('risky')
  const body = {
    action: 'sim.do',
    input: { key: p, output: 'done', safe: false },
    publish: { [p]: RESULT },
    'publish-on-error': { [p]: 'lost' },
  }
  const plan: TaskPlan = { ...once(), isRisky: true }
  const value: Expected = (_, lost) => lost.has(p) ? 'lost' : 'done'
  return single(p, body, plan, [[p, value]], ['on-success', 'on-error'])
}

const fork: Kind = (builder) => {
  const { dice, name } = builder
  const p = name('fork')
  const join = `${p}_join`
  const branches = Array.from({ length: dice.int(2, 3) }, () => builder.chain(dice.int(1, 2)))
  const block = group(p, join, [
    [p, { ...NOOP, 'on-success': branches.map(({ first }) => first) }, once()],
    [join, { ...NOOP, join: 'all', publish: { [join]: true } }, once()],
  ], [[join, () => true]])
  for (const branch of branches) {
    lead(branch, join)
    absorb(block, branch)
  }
  return block
}

/** A join of some; what its other branches bring comes too late for it. */
const partial: Kind = ({ dice, name }) => {
  const p = name('partial')
  const join = `${p}_join`
  const count = dice.int(2, 4)
  const names = Array.from({ length: count }, (_, i) => `${p}_${i}`)
  const needed = dice.pick(['one', dice.int(1, count - 1)])
  return group(p, join, [
    [p, { ...NOOP, 'on-success': names }, once()],
    [join, { ...NOOP, join: needed, publish: { [join]: 'joined' } }, once()],
    ...names.map((task) => [task, { ...act(task), 'on-success': [join] }, once()] as const),
  ], [[join, () => 'joined']])
}

/** A join that one branch reaches by its error and one can never reach. */
const errorRoutes: Kind = ({ name }) => {
  const p = name('routes')
  const [good, bad, never, join] = ['good', 'bad', 'never', 'join'].map((part) =>
    `${p}_${part}`
  ) as [string, string, string, string]
  return group(p, join, [
    [p, { ...NOOP, 'on-success': [good, bad] }, once()],
    [good, { ...act(good), 'on-success': [join] }, once()],
    [
      bad,
      {
        ...act(bad, { plan: 'fail' }),
        'publish-on-error': { [p]: 'caught' },
        'on-error': [join],
        'on-success': [never],
      },
      { count: 1, state: 'ERROR', actions: 1 },
    ],
    [never, { ...NOOP }, null],
    [join, { ...NOOP, join: 'all' }, once()],
  ], [[p, () => 'caught']])
}

const guard: Kind = ({ name }) => {
  const p = name('guard')
  const [yes, no] = [`${p}_yes`, `${p}_no`]
  return group(p, yes, [
    [p, {
      ...act(p),
      publish: { [p]: '<% $.n + 1 %>' },
      'on-success': [{ [yes]: `<% $.${p} > $.n %>` }, { [no]: `{{ _.${p} < _.n }}` }],
    }, once()],
    [yes, { ...NOOP }, once()],
    [no, { ...NOOP }, null],
  ], [[p, (n) => n + 1]])
}

const cycle: Kind = ({ dice, name }) => {
  const p = name('cycle')
  const [step, out] = [`${p}_step`, `${p}_out`]
  const rounds = dice.int(2, 4)
  const next = `<% $.${p} + 1 %>`
  const body = dice.chance(0.5)
    ? act(step, { output: next })
    : { action: 'std.echo', input: { output: next } }
  return group(p, out, [
    [p, { ...NOOP, publish: { [p]: 0 }, 'on-success': [step] }, once()],
    [step, {
      ...body,
      publish: { [p]: RESULT },
      'on-success': [{ [step]: `<% $.${p} < ${rounds} %>` }, {
        [out]: `<% $.${p} >= ${rounds} %>`,
      }],
    }, { count: rounds, state: 'SUCCESS', actions: rounds }],
    [out, { ...NOOP }, once()],
  ], [[p, () => rounds]])
}

/** A circle with a join in it: each round is a round of the join. */
const joinCycle: Kind = ({ dice, name }) => {
  const p = name('circle')
  const [split, left, right, join, out] = ['split', 'left', 'right', 'join', 'out']
    .map((part) => `${p}_${part}`) as [string, string, string, string, string]
  const rounds = dice.int(2, 3)
  const each: TaskPlan = { count: rounds, state: 'SUCCESS', actions: rounds }
  return group(p, out, [
    [p, { ...NOOP, publish: { [p]: 0 }, 'on-success': [split] }, once()],
    [split, { ...NOOP, 'on-success': [left, right] }, each],
    [left, { ...act(left), 'on-success': [join] }, each],
    [right, { ...act(right), 'on-success': [join] }, each],
    [join, {
      action: 'std.echo',
      join: 'all',
      input: { output: `<% $.${p} + 1 %>` },
      publish: { [p]: RESULT },
      'on-success': [{ [split]: `<% $.${p} < ${rounds} %>` }, {
        [out]: `<% $.${p} >= ${rounds} %>`,
      }],
    }, each],
    [out, { ...NOOP }, once()],
  ], [[p, () => rounds]])
}

const items: Kind = ({ dice, name }) => {
  const p = name('items')
  const count = dice.int(0, 5)
  const body: Body = {
    'with-items': `i in <% range(${count}) %>`,
    ...act(`${p}/<% $.i %>`, { output: '<% $.i * 10 + $.n %>' }),
    publish: { [p]: RESULT },
  }
  if (dice.chance(0.6)) body['concurrency'] = dice.int(1, 3)
  const value: Expected = (n) => Array.from({ length: count }, (_, i) => i * 10 + n)
  return single(p, body, once(count), [[p, value]])
}

/** Items that fail at first, all tried again; and two variables. */
const itemsTried: Kind = ({ dice, name }) => {
  const p = name('again')
  const count = dice.int(2, 4)
  const body: Body = {
    'with-items': [`i in <% range(${count}) %>`, `j in <% range(${count}) %>`],
    ...act(`${p}/<% $.i %>`, { plan: 'fail:1', output: '<% $.i + $.j %>' }),
    retry: { count: 3, delay: 1 },
    publish: { [p]: RESULT },
  }
  if (dice.chance(0.6)) body['concurrency'] = dice.int(1, 3)
  const value: Expected = () => Array.from({ length: count }, (_, i) => 2 * i)
  return single(p, body, once([count + 1, 2 * count]), [[p, value]])
}

const retried: Kind = ({ dice, name }) => {
  const p = name('retried')
  const fails = dice.int(1, 3)
  const body = {
    ...act(p, { plan: `fail:${fails}`, output: 'at last' }),
    retry: { count: fails + dice.int(0, 2), delay: dice.int(0, 2) },
    publish: { [p]: RESULT },
  }
  return single(p, body, once(fails + 1), [[p, () => 'at last']])
}

/** Tried again after delays that grow and that chance has a part in. */
const backedOff: Kind = ({ dice, name }) => {
  const p = name('backoff')
  const fails = dice.int(1, 3)
  const body = {
    ...act(p, { plan: `fail:${fails}`, output: 'at last' }),
    retry: {
      count: fails,
      delay: 1,
      backoff: dice.pick(['exponential', 1.5]),
      'max-delay': 3,
      jitter: 0.5,
    },
    publish: { [p]: RESULT },
  }
  return single(p, body, once(fails + 1), [[p, () => 'at last']])
}

/** A sub-workflow that never ends by itself, and has a deadline. */
const deadline: Kind = ({ name, add }) => {
  const p = name('deadline')
  const task = `${UNANSWERED}${p}`
  const plan: WorkflowPlan = {
    name: name('wf'),
    body: { input: ['n'], timeout: 2, tasks: { [task]: { action: 'std.async_noop' } } },
    state: 'ERROR',
    output: new Map(),
    // Paused before it began, it may time out with nothing done.
    tasks: new Map([[task, { count: [0, 1], state: null, actions: [0, 1] }]]),
  }
  add(plan)
  const body = {
    workflow: plan.name,
    input: { n: '<% $.n %>' },
    'publish-on-error': { [p]: 'too long' },
  }
  const children = { plan, inputs: (n: number) => [n] }
  const calls: TaskPlan = { count: 1, state: 'ERROR', actions: 0, children }
  return single(p, body, calls, [[p, () => 'too long']], ['on-error'])
}

/** The workbook's workflow, which calls its own action. */
export const MEMBER: WorkflowPlan = {
  name: 'book.main',
  body: {},
  state: 'SUCCESS',
  output: new Map([['greeting', (n) => `Hello, ${n}!`]]),
  tasks: new Map([['greets', once()]]),
}

const member: Kind = ({ name }) => {
  const p = name('member')
  const body = {
    workflow: MEMBER.name,
    input: { n: '<% $.n %>' },
    publish: { [p]: '<% task().result.greeting %>' },
  }
  const children = { plan: MEMBER, inputs: (n: number) => [n] }
  return single(p, body, { ...once(0), children }, [[p, (n) => `Hello, ${n}!`]])
}

const exhausted: Kind = ({ dice, name }) => {
  const p = name('exhausted')
  const count = dice.int(1, 3)
  const body = {
    ...act(p, { plan: 'fail' }),
    retry: { count, delay: 1 },
    'publish-on-error': { [p]: 'gave up' },
  }
  const plan: TaskPlan = { count: 1, state: 'ERROR', actions: count + 1 }
  return single(p, body, plan, [[p, () => 'gave up']], ['on-error'])
}

/** Tried until what it gives is enough; its result says how often. */
const breakOn: Kind = ({ name }) => {
  const p = name('break')
  const body = {
    ...act(p, { plan: 'fail' }),
    retry: { count: 5, delay: 1, 'break-on': '<% $.n > 0 %>' },
    'publish-on-error': { [p]: 'broken off' },
  }
  const plan: TaskPlan = { count: 1, state: 'ERROR', actions: 1 }
  return single(p, body, plan, [[p, () => 'broken off']], ['on-error'])
}

/** Tried again until its second error. */
const breakLate: Kind = ({ name }) => {
  const p = name('breaks')
  const body = {
    ...act(p, { plan: 'fail' }),
    retry: { count: 5, delay: 1, 'break-on': "<% str(task().result).endsWith('try 2') %>" },
    'publish-on-error': { [p]: 'broken off' },
  }
  const plan: TaskPlan = { count: 1, state: 'ERROR', actions: 2 }
  return single(p, body, plan, [[p, () => 'broken off']], ['on-error'])
}

/** Tried again although it succeeds, until what it gives is enough. */
const continueOn: Kind = ({ dice, name }) => {
  const p = name('continued')
  const enough = dice.int(1, 3)
  const body: Body = {
    ...act(p, { plan: 'count' }),
    retry: { count: 9, delay: 1, 'continue-on': `<% task().result < ${enough} %>` },
    publish: { [p]: RESULT },
  }
  return single(p, body, once(enough), [[p, () => enough]])
}

const timedOut: Kind = ({ name }) => {
  const p = name('late')
  const body = {
    ...act(p, { plan: 'hang' }),
    timeout: 2,
    'publish-on-error': { [p]: 'too late' },
  }
  const plan: TaskPlan = { count: 1, state: 'ERROR', actions: 1 }
  return single(p, body, plan, [[p, () => 'too late']], ['on-error'])
}

const hangsFirst: Kind = ({ name }) => {
  const p = name('hangs')
  const body = {
    ...act(p, { plan: 'hang:1', output: 'woken' }),
    timeout: 4,
    retry: { count: 50, delay: 1 },
    publish: { [p]: RESULT },
  }
  return single(p, body, once([2, 50]), [[p, () => 'woken']])
}

const waits: Kind = ({ dice, name }) => {
  const p = name('waits')
  const body: Body = { ...act(p), publish: { [p]: 'waited' } }
  if (dice.chance(0.7)) body['wait-before'] = dice.int(1, 3)
  if (dice.chance(0.7)) body['wait-after'] = dice.int(1, 3)
  return single(p, body, once(), [[p, () => 'waited']])
}

const pauseBefore: Kind = ({ name }) => {
  const p = name('paused')
  return single(p, { ...act(p), 'pause-before': true }, once())
}

const pauseCommand: Kind = ({ name }) => {
  const p = name('pause')
  const out = `${p}_out`
  return group(p, out, [
    [p, { ...act(p), 'on-success': ['pause', out] }, once()],
    [out, { ...NOOP }, once()],
  ])
}

/** Its result comes from outside, by the API. */
const awaited: Kind = ({ name }) => {
  const p = name('async')
  const body = { action: 'std.async_noop', publish: { [p]: RESULT } }
  return single(p, body, once(), [[p, () => ({ by: p })]])
}

/** Paused by whoever has its result, and resumed. */
const held: Kind = ({ name }) => {
  const p = name(ANSWERED.held)
  const body = { action: 'std.async_noop', publish: { [p]: RESULT } }
  return single(p, body, once(), [[p, () => ({ by: p })]])
}

/** Its result comes when nobody waits for it any more. */
const tardy: Kind = ({ name }) => {
  const p = name(ANSWERED.tardy)
  const body = {
    action: 'std.async_noop',
    timeout: 1,
    publish: { [p]: RESULT },
    'publish-on-error': { [p]: 'too late' },
  }
  const plan: TaskPlan = { count: 1, state: 'ERROR', actions: 1 }
  return single(p, body, plan, [[p, () => 'too late']], ['on-error'])
}

/** Whoever has its result says first that there is none. */
const askedAgain: Kind = ({ dice, name }) => {
  const p = name(ANSWERED.failing)
  const body = {
    action: 'std.async_noop',
    retry: { count: 3, delay: dice.int(0, 1) },
    publish: { [p]: RESULT },
  }
  return single(p, body, once(2), [[p, () => ({ by: p })]])
}

const globals: Kind = ({ name }) => {
  const p = name('global')
  const out = `${p}_out`
  const publish = { branch: { [p]: 1 }, global: { [`${p}_all`]: '<% $.n %>' } }
  const body = { ...act(p), 'on-success': { publish, next: [out] } }
  return group(p, out, [
    [p, body, once()],
    [
      out,
      { action: 'std.echo', input: { output: `<% $.${p}_all %>` }, publish: { [out]: RESULT } },
      once(),
    ],
  ], [[p, () => 1], [out, (n) => n]])
}

const failOn: Kind = ({ name }) => {
  const p = name('failon')
  const body = {
    ...act(p, { output: 5 }),
    'fail-on': '<% task().result > 3 %>',
    publish: { [p]: 'refused' },
  }
  const plan: TaskPlan = { count: 1, state: 'ERROR', actions: 1 }
  return single(p, body, plan, [[p, () => 'refused']], ['on-error'])
}

const keepNothing: Kind = ({ name }) => {
  const p = name('unkept')
  const body = { ...act(p, { output: 'big' }), 'keep-result': false }
  const out = `${p}_out`
  return group(p, out, [
    [p, { ...body, 'on-success': [out] }, once()],
    [out, { ...NOOP, publish: { [p]: `<% task(${p}).result %>` } }, once()],
  ], [[p, () => null]])
}

const environment: Kind = ({ name }) => {
  const p = name('env')
  const body = {
    ...act(p, { output: '<% env().k %>' }),
    publish: { [p]: RESULT },
  }
  return single(p, body, once(), [[p, () => 'value of k']])
}

const adHoc: Kind = ({ name }) => {
  const p = name('adhoc')
  const body = {
    action: 'sim.twice',
    input: { what: '<% $.n %>', key: p },
    'safe-rerun': true,
    publish: { [p]: RESULT },
  }
  return single(p, body, once(), [[p, (n) => ({ twice: n * 2 })]])
}

const sub: Kind = ({ dice, name, workflow }) => {
  const p = name('sub')
  const plan = workflow()
  const body: Body = {
    workflow: plan.name,
    input: { n: '<% $.n + 1 %>' },
  }
  if (plan.state === 'ERROR') {
    body['publish-on-error'] = { [p]: 'failed below' }
    const task: TaskPlan = {
      count: 1,
      state: 'ERROR',
      actions: 0,
      children: { plan, inputs: (n) => [n + 1] },
    }
    return single(p, body, task, [[p, () => 'failed below']], ['on-error'])
  }
  if (dice.chance(0.2)) body['wait-before'] = 1
  const [key] = plan.output.keys()
  if (key) body['publish'] = { [p]: `<% task().result.${key} %>` }
  const value = key && isCertain(plan) ? plan.output.get(key)! : null
  return single(
    p,
    body,
    { ...once(0), children: { plan, inputs: (n) => [n + 1] } },
    value ? [[p, (n, lost) => value(n + 1, lost)]] : [],
  )
}

/** A sub-workflow that always fails, and is tried again. */
const subTried: Kind = ({ dice, name, add }) => {
  const p = name('subtried')
  const task = name('fails')
  const plan: WorkflowPlan = {
    name: name('wf'),
    body: { input: ['n'], tasks: { [task]: act(task, { plan: 'fail' }) } },
    state: 'ERROR',
    output: new Map(),
    tasks: new Map([[task, { count: 1, state: 'ERROR', actions: 1 }]]),
  }
  add(plan)
  const count = dice.int(1, 2)
  const body = {
    workflow: plan.name,
    input: { n: '<% $.n %>' },
    retry: { count, delay: dice.int(0, 1) },
    'publish-on-error': { [p]: 'gave up' },
  }
  const inputs = (n: number) => Array.from({ length: count + 1 }, () => n)
  const calls: TaskPlan = { count: 1, state: 'ERROR', actions: 0, children: { plan, inputs } }
  return single(p, body, calls, [[p, () => 'gave up']], ['on-error'])
}

const itemSubs: Kind = ({ dice, name, workflow }) => {
  const p = name('subs')
  const plan = workflow()
  const count = dice.int(1, 3)
  const body: Body = {
    'with-items': `i in <% range(${count}) %>`,
    workflow: plan.name,
    input: { n: '<% $.n + $.i %>' },
  }
  if (dice.chance(0.5)) body['concurrency'] = dice.int(1, 2)
  const inputs = (n: number) => Array.from({ length: count }, (_, i) => n + i)
  const state = plan.state
  const task: TaskPlan = { count: 1, state, actions: 0, children: { plan, inputs } }
  if (state === 'ERROR') return single(p, body, task, [], ['on-error'])
  const [key] = plan.output.keys()
  if (!key || !isCertain(plan)) return single(p, body, task)
  body['publish'] = { [p]: `<% task().result.${key} %>` }
  const value = plan.output.get(key)!
  return single(p, body, task, [[p, (n, lost) => inputs(n).map((m) => value(m, lost))]])
}

/** Whether its output does not depend on what was lost in it. */
function isCertain(plan: WorkflowPlan): boolean {
  return [...plan.tasks.values()].every(({ isRisky, children }) =>
    !isRisky && (!children || isCertain(children.plan))
  )
}

/** What may stand anywhere; the first leaves tasks behind that are still at work. */
export const LOOSE: Kind = partial
export const KINDS: readonly Kind[] = [
  echo,
  action,
  action,
  risky,
  errorRoutes,
  guard,
  cycle,
  joinCycle,
  items,
  itemsTried,
  retried,
  backedOff,
  exhausted,
  breakOn,
  breakLate,
  continueOn,
  timedOut,
  deadline,
  subTried,
  member,
  hangsFirst,
  waits,
  pauseBefore,
  pauseCommand,
  awaited,
  held,
  tardy,
  askedAgain,
  globals,
  failOn,
  keepNothing,
  environment,
  adHoc,
]

/** What has others in it. */
export const DEEP_KINDS: readonly Kind[] = [fork, fork, sub, itemSubs]

/** A task that people have to mend: it is run again, or skipped. */
export const broken = (how: 'rerun' | 'skip'): Kind => ({ name }) => {
  const p = name(how === 'rerun' ? 'broken' : 'skipped')
  const body = {
    ...act(p, { plan: 'broken', output: 'mended' }),
    publish: { [p]: RESULT },
    'publish-on-skip': { [p]: 'skipped' },
  }
  return how === 'rerun'
    ? single(p, body, once(2), [[p, () => 'mended']])
    : single(p, body, { count: 1, state: 'SKIPPED', actions: 1 }, [[p, () => 'skipped']], [
      'on-skip',
    ])
}

/** A task that people have to mend, in a workflow below. */
export const brokenBelow: Kind = (builder) => {
  const { name, add } = builder
  const p = name('above')
  const block = broken('rerun')(builder)
  const plan: WorkflowPlan = {
    name: name('wf'),
    body: { input: ['n'], tasks: Object.fromEntries(block.bodies) },
    state: 'SUCCESS',
    output: new Map(),
    tasks: block.plans,
  }
  add(plan)
  const body = { workflow: plan.name, input: { n: '<% $.n %>' }, publish: { [p]: 'mended' } }
  const children = { plan, inputs: (n: number) => [n] }
  return single(p, body, { ...once(0), children }, [[p, () => 'mended']])
}

/** A workflow below that fails until people mend it: the task that calls it is run again. */
export const brokenInside: Kind = ({ dice, name, add }) => {
  const p = name('calls')
  const isItems = dice.chance(0.5)
  const task = name(isItems ? 'broken_insidesome' : 'broken_inside')
  const fails = isItems ? "<% switch($.n mod 2 = 1 => 'broken', true => 'ok') %>" : 'broken'
  const plan: WorkflowPlan = {
    name: name('wf'),
    body: { input: ['n'], tasks: { [task]: act(task, { plan: fails }) } },
    state: 'SUCCESS',
    output: new Map(),
    tasks: new Map([[task, once()]]),
  }
  add(plan)
  const body: Body = { workflow: plan.name, publish: { [p]: 'mended' } }
  const output = [[p, () => 'mended']] as const
  if (!isItems) {
    body['input'] = { n: '<% $.n %>' }
    const children = { plan, inputs: (n: number) => [n, n], failed: () => [0] }
    return single(p, body, { ...once(0), children }, output)
  }
  const count = dice.int(2, 4)
  body['with-items'] = `i in <% range(${count}) %>`
  body['input'] = { n: '<% $.n + $.i %>' }
  if (dice.chance(0.5)) body['concurrency'] = dice.int(1, 2)
  const inputs = (n: number) =>
    Array.from({ length: count }, (_, i) => n + i)
      .flatMap((m) => m % 2 === 1 ? [m, m] : [m])
  const failed = (n: number) => inputs(n).flatMap((m, at, all) => all[at + 1] === m ? [at] : [])
  return single(p, body, { ...once(0), children: { plan, inputs, failed } }, output)
}

/** Items of which people have to mend some: all are run again, or those that failed. */
export const brokenItems: Kind = ({ dice, name }) => {
  const isReset = dice.chance(0.5)
  const p = name(isReset ? 'broken_all' : 'broken_some')
  const count = dice.int(2, 5)
  const body: Body = {
    'with-items': `i in <% range(${count}) %>`,
    ...act(`${p}/<% $.i %>`, {
      plan: "<% switch($.i mod 2 = 1 => 'broken', true => 'ok') %>",
      output: '<% $.i %>',
    }),
    publish: { [p]: RESULT },
  }
  if (dice.chance(0.6)) body['concurrency'] = dice.int(1, 3)
  const again = isReset ? count : Math.floor(count / 2)
  const value: Expected = () => Array.from({ length: count }, (_, i) => i)
  return single(p, body, once(count + again), [[p, value]])
}

/** A last task, so that whatever was before it led somewhere. */
export const finish: Kind = ({ name }) => single(name('end'), { ...NOOP }, once())

/** How a workflow ends otherwise than by running out of tasks. */
export const fails: Kind = ({ dice, name }) => {
  const p = name('fails')
  return dice.chance(0.5)
    ? single(p, { ...act(p), 'on-success': [{ 'fail msg="as told"': '<% $.n > 0 %>' }] }, once())
    : single(p, act(p, { plan: 'fail' }), { count: 1, state: 'ERROR', actions: 1 })
}

/** Ends as cancelled, since its action is. */
export const cancels: Kind = ({ name }) =>
  single(
    name(ANSWERED.cancelled),
    { action: 'std.async_noop' },
    {
      count: 1,
      state: 'CANCELLED',
      actions: 1,
    },
    [],
    ['on-error'],
  )

export const succeeds: Kind = ({ name }) => {
  const p = name('succeeds')
  return single(p, { ...act(p), 'on-success': ['succeed'] }, once())
}
