/**
 * @module
 * What is asked of a server: workflows of a shape, so many executions of them, so many at once.
 */

/** What a step does: nothing inside the turn, or nothing outside of it, between two commits. */
export type Step = 'noop' | 'awaits'

export const STEPS: readonly Step[] = ['noop', 'awaits']

export interface Load {
  readonly workflow: string
  /** JSON, which is YAML. */
  readonly definition: string
  readonly input: { readonly [name: string]: unknown }
  readonly executions: number
  readonly inFlight: number
  /** Of one execution. */
  readonly steps: number
}

const ACTIONS = { noop: 'std.noop', awaits: 'bench.awaits' } as const

type Tasks = { readonly [name: string]: object }

function loadOf(
  workflow: string,
  tasks: Tasks,
  numbers: Pick<Load, 'executions' | 'inFlight' | 'steps'>,
  input: Load['input'] = {},
): Load {
  const names = Object.keys(input)
  const spec = { ...(names.length > 0 && { input: names }), tasks }
  const definition = JSON.stringify({ version: '2.0', [workflow]: spec })
  return { workflow, definition, input, ...numbers }
}

export function oneStep(step: Step, executions: number, inFlight: number): Load {
  const tasks = { only: { action: ACTIONS[step] } }
  return loadOf(`one_${step}`, tasks, { executions, inFlight, steps: 1 })
}

/** All executions at once. */
export function chains(step: Step, executions: number, steps: number): Load {
  const tasks = Object.fromEntries(
    Array.from({ length: steps }, (_, i) => [
      `step${i}`,
      { action: ACTIONS[step], ...(i + 1 < steps && { 'on-success': `step${i + 1}` }) },
    ]),
  )
  return loadOf(`chain${steps}_${step}`, tasks, { executions, inFlight: executions, steps })
}

export function fanOut(step: Step, width: number): Load {
  const branches = Array.from({ length: width }, (_, i) => `branch${i}`)
  const tasks: Tasks = {
    fork: { action: 'std.noop', 'on-success': branches },
    ...Object.fromEntries(
      branches.map((name) => [name, { action: ACTIONS[step], 'on-success': 'joined' }]),
    ),
    joined: { join: 'all', action: 'std.noop' },
  }
  return loadOf(`fan_${step}`, tasks, { executions: 1, inFlight: 1, steps: width + 2 })
}

/** @param concurrency How many items run at once; any number if not given. */
export function withItems(step: Step, count: number, concurrency?: number): Load {
  const tasks = {
    each: {
      'with-items': 'i in <% $.items %>',
      action: ACTIONS[step],
      ...(concurrency && { concurrency }),
    },
  }
  const items = Array.from({ length: count }, (_, i) => i)
  const numbers = { executions: 1, inFlight: 1, steps: count }
  return loadOf(`items${count}_${step}`, tasks, numbers, { items })
}

/** A chain in which every task publishes a variable of its own, made from the one before. */
export function publishingChain(steps: number): Load {
  const tasks = Object.fromEntries(
    Array.from({ length: steps }, (_, i) => [`step${i}`, {
      action: 'std.noop',
      publish: { [`v${i}`]: i === 0 ? 0 : `<% $.v${i - 1} + 1 %>` },
      ...(i + 1 < steps && { 'on-success': `step${i + 1}` }),
    }]),
  )
  return loadOf(`publishing_chain${steps}`, tasks, { executions: 1, inFlight: 1, steps })
}

/** A join of branches that each publish a variable of their own. */
export function publishingJoin(width: number): Load {
  const branches = Array.from({ length: width }, (_, i) => `branch${i}`)
  const tasks: Tasks = {
    fork: { action: 'std.noop', publish: { base: 1 }, 'on-success': branches },
    ...Object.fromEntries(branches.map((name, i) => [name, {
      action: 'std.noop',
      publish: { [`v${i}`]: `<% $.base + ${i} %>` },
      'on-success': 'joined',
    }])),
    joined: {
      join: 'all',
      action: 'std.noop',
      publish: { sum: `<% $.v0 + $.v${width - 1} %>` },
    },
  }
  const numbers = { executions: 1, inFlight: 1, steps: width + 2 }
  return loadOf(`publishing_join${width}`, tasks, numbers)
}

/** Executions that wait for a result that nobody gives. */
export function parked(executions: number, inFlight: number): Load {
  const tasks = { waits: { action: 'std.async_noop' } }
  return loadOf('parked', tasks, { executions, inFlight, steps: 1 })
}
