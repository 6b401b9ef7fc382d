/**
 * @module
 * What a simulation is asked to do: generated workflows over the whole language, and what people do to
 * their executions, each with what it must come to.
 */
import {
  absorb,
  act,
  broken,
  brokenBelow,
  brokenInside,
  brokenItems,
  cancels,
  DEEP_KINDS,
  fails,
  finish,
  KINDS,
  lead,
  LOOSE,
  risky,
  succeeds,
} from './blocks.ts'
import type { Block, Body, Builder, Kind, TaskPlan, WorkflowPlan } from './blocks.ts'
import type { RetentionPolicy } from '../../runtime/retention.ts'
import type { Dice } from './dice.ts'

/** What somebody does to an execution while it runs. */
export type Meddling =
  | 'none'
  | 'pause'
  | 'pause below'
  | 'cancel'
  | 'cancel below'
  | 'stop'
  | 'fail'
  | 'delete'
  | 'delete below'

export interface Job {
  readonly id: string
  readonly plan: WorkflowPlan
  readonly n: number
  readonly meddling: Meddling
  /** When it is submitted, in simulated milliseconds. */
  readonly at: number
  readonly hasWebhook: boolean
  /** Its environment is a stored one. */
  readonly isEnvStored: boolean
}

/** Somebody pauses the whole service for a while; in simulated milliseconds. */
export interface MaintenanceJob {
  readonly at: number
  readonly forMs: number
}

export interface CronJob {
  readonly name: string
  readonly plan: WorkflowPlan
  readonly n: number
  /** How many times it fires. */
  readonly count: number
  readonly at: number
}

export interface Workload {
  readonly jobs: readonly Job[]
  readonly crons: readonly CronJob[]
  readonly maintenance: MaintenanceJob | null
  /** What is let go when it has ended; failed executions are kept, as somebody may mend them. */
  readonly retention: RetentionPolicy | null
}

/** An ad-hoc action over the simulated one. */
export const AD_HOC: Body = {
  version: '2.0',
  'sim.twice': {
    base: 'sim.do',
    input: ['what', 'key'],
    'base-input': { key: '<% $.key %>', output: '<% $.what * 2 %>' },
    output: { twice: '<% $ %>' },
  },
}

/** Names within a workbook are relative to it. */
export const WORKBOOK: Body = {
  version: '2.0',
  name: 'book',
  actions: {
    greet: {
      base: 'sim.do',
      input: ['who', 'key'],
      'base-input': { key: '<% $.key %>', output: 'Hello, <% $.who %>!' },
    },
  },
  workflows: {
    main: {
      input: ['n'],
      output: { greeting: '<% $.g %>' },
      tasks: {
        greets: {
          action: 'greet',
          input: { who: '<% $.n %>', key: 'greets' },
          'safe-rerun': true,
          publish: { g: '<% task().result %>' },
        },
      },
    },
  },
}

export const ENVIRONMENT = { k: 'value of k' }
/** An environment in the catalogue, with the same variables. */
export const STORED_ENVIRONMENT = 'settings'

class Author implements Builder {
  readonly dice: Dice
  readonly depth: number
  readonly #names: { next: number }
  readonly #plans: WorkflowPlan[]
  readonly #kinds: readonly Kind[]

  constructor(
    dice: Dice,
    names: { next: number },
    plans: WorkflowPlan[],
    depth: number,
    kinds: readonly Kind[],
  ) {
    this.dice = dice
    this.#names = names
    this.#plans = plans
    this.depth = depth
    this.#kinds = kinds
  }

  readonly name = (kind: string): string => `${kind}${++this.#names.next}`

  chain(length: number): Block {
    const deeper = new Author(this.dice, this.#names, this.#plans, this.depth + 1, this.#kinds)
    return deeper.row(Array.from({ length }, () => deeper.any()))
  }

  readonly workflow = (): WorkflowPlan => {
    const { dice, depth } = this
    return author(dice, this.#names, this.#plans, depth + 1, dice.int(1, 2), [])
  }

  readonly add = (plan: WorkflowPlan): void => void this.#plans.push(plan)

  any(): Kind {
    const { dice, depth } = this
    return depth < 2 && dice.chance(0.3) ? dice.pick(DEEP_KINDS) : dice.pick(this.#kinds)
  }

  row(kinds: readonly Kind[]): Block {
    const [first, ...rest] = kinds.map((kind) => kind(this)) as [Block, ...Block[]]
    let last = first
    const all = { ...first }
    for (const block of rest) {
      lead(last, block.first)
      absorb(all, block)
      last = block
    }
    return { ...all, last: last.last, clauses: last.clauses }
  }
}

/** A direct workflow, and below it those that it calls. */
function author(
  dice: Dice,
  names: { next: number },
  plans: WorkflowPlan[],
  depth: number,
  length: number,
  special: readonly Kind[],
): WorkflowPlan {
  const ends = depth === 0 ? [fails, fails, succeeds, cancels] : [fails, fails, succeeds]
  const end = special.length === 0 && dice.chance(0.15) ? dice.pick(ends) : null
  const kinds = end ? KINDS : [...KINDS, LOOSE]
  const builder = new Author(dice, names, plans, depth, kinds)
  const chosen = Array.from({ length }, () => builder.any())
  for (const kind of special) chosen.splice(dice.int(0, chosen.length), 0, kind)
  chosen.push(end ?? finish)
  const block = builder.row(chosen)
  const name = builder.name('wf')
  const body: Body = {
    input: ['n'],
    tasks: Object.fromEntries(block.bodies),
  }
  if (block.output.size > 0) {
    body['output'] = Object.fromEntries(
      [...block.output.keys()].map((key) => [key, `<% $.${key} %>`]),
    )
  }
  if (dice.chance(0.2)) body['task-defaults'] = { timeout: 1_000_000 }
  const plan: WorkflowPlan = {
    name,
    body,
    state: end === fails ? 'ERROR' : end === cancels ? 'CANCELLED' : 'SUCCESS',
    output: block.output,
    tasks: block.plans,
  }
  plans.push(plan)
  return plan
}

/** A reverse workflow: some of its tasks are needed, some are not. */
function reverse(dice: Dice, names: { next: number }, plans: WorkflowPlan[]): WorkflowPlan {
  const name = `rev${++names.next}`
  const count = dice.int(3, 6)
  const task = (i: number) => `${name}_${i}`
  const needs = Array.from(
    { length: count },
    (_, i) =>
      i === 0 ? [] : [...new Set(Array.from({ length: dice.int(1, 2) }, () => dice.int(0, i - 1)))],
  )
  const target = count - 1
  const needed = new Set<number>()
  const visit = (i: number) => {
    if (needed.has(i)) return
    needed.add(i)
    needs[i]!.forEach(visit)
  }
  visit(target)
  const bodies = needs.map((before, i): [string, Body] => [task(i), {
    ...act(task(i), { output: i }),
    publish: { [task(i)]: '<% task().result %>' },
    ...(before.length > 0 && { requires: before.map(task) }),
  }])
  const plan: WorkflowPlan = {
    name,
    body: {
      type: 'reverse',
      input: ['n'],
      output: { [task(target)]: `<% $.${task(target)} %>` },
      tasks: Object.fromEntries(bodies),
    },
    state: 'SUCCESS',
    output: new Map([[task(target), () => target]]),
    tasks: new Map(
      [...needed].map((i) => [task(i), { count: 1, state: 'SUCCESS', actions: 1 } as TaskPlan]),
    ),
    target: task(target),
  }
  plans.push(plan)
  return plan
}

/** Workflows that several seeds share, since to check and compile them takes longer than to run them. */
export interface Library {
  /** Definitions of them and of what they call. */
  readonly definitions: Body
  readonly plans: readonly WorkflowPlan[]
  /** A short one, for cron. */
  readonly small: WorkflowPlan
}

export function library(dice: Dice): Library {
  const names = { next: 0 }
  const plans: WorkflowPlan[] = []
  const roots = [
    reverse(dice, names, plans),
    author(dice, names, plans, 0, dice.int(1, 3), [broken('rerun')]),
    author(dice, names, plans, 0, dice.int(1, 3), [broken('skip')]),
    author(dice, names, plans, 0, dice.int(1, 2), [
      dice.pick([brokenBelow, brokenInside, brokenItems]),
    ]),
    author(dice, names, plans, 0, dice.int(1, 2), [risky, risky]),
    ...Array.from({ length: 4 }, () => author(dice, names, plans, 0, dice.int(1, 4), [])),
  ]
  const small = author(dice, names, plans, 1, 1, [])
  const bodies = Object.fromEntries(plans.map(({ name, body }) => [name, body]))
  return { definitions: { version: '2.0', ...bodies }, plans: roots, small }
}

/** The task that people have to mend, if there is one, here or below. */
export function brokenTask({ tasks }: WorkflowPlan): string | null {
  for (const [name, { children }] of tasks) {
    if (/^(broken|skipped)/.test(name)) return name
    const below = children && brokenTask(children.plan)
    if (below) return below
  }
  return null
}

/**
 * What people do in a simulation, from its chance.
 *
 * @param spanMs How long they begin things.
 * @param likesRisk They begin what must not be run twice rather than anything else.
 */
export function workload(
  dice: Dice,
  { plans, small }: Library,
  spanMs: number,
  likesRisk: boolean,
): Workload {
  const risks = plans.filter(({ tasks }) => [...tasks.values()].some(({ isRisky }) => isRisky))
  const jobs = Array.from({ length: dice.int(2, 3) }, (): Job => {
    const plan = dice.pick(likesRisk && dice.chance(0.7) ? risks : plans)
    const meddling = brokenTask(plan)
      ? dice.pick<Meddling>(['none', 'pause', 'pause below'])
      : dice.pick<Meddling>([
        'none',
        'none',
        'none',
        'pause',
        'pause',
        'pause below',
        'cancel',
        'cancel below',
        'stop',
        'fail',
        'delete',
        'delete below',
      ])
    return {
      id: dice.uuid(),
      plan,
      n: dice.int(1, 50),
      meddling,
      at: dice.random() * spanMs,
      hasWebhook: dice.chance(0.25),
      isEnvStored: dice.chance(0.2),
    }
  })
  const cron: CronJob = {
    name: 'every minute',
    plan: small,
    n: dice.int(1, 50),
    count: dice.int(1, 2),
    at: dice.random() * spanMs,
  }
  const crons = dice.chance(0.05) ? [cron] : []
  const maintenance = { at: dice.random() * spanMs, forMs: dice.between(500, 10_000) }
  return {
    jobs,
    crons,
    maintenance: dice.chance(0.08) ? maintenance : null,
    // It is judged by what is left of them whether they fired once.
    retention: crons.length === 0 && dice.chance(0.1) ? letGo(dice) : null,
  }
}

function letGo(dice: Dice): RetentionPolicy {
  const byAge = dice.chance(0.5)
  return {
    everyMs: dice.pick([500, 3000]),
    olderThanMs: byAge ? dice.pick([1000, 5000]) : 0,
    maxFinished: byAge ? 0 : 1,
    ignoredStates: ['ERROR'],
  }
}
