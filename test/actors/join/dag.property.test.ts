/**
 * Random workflows without circles end as a small model of the language says, whatever the order in
 * which their tasks happen to end.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineAction } from '../../../actors/action/action.ts'
import { World } from '../execution/world.ts'
import type { Ended } from '../execution/world.ts'

let made = 0

type Clause = 'on-success' | 'on-error' | 'on-complete'

interface Edge {
  readonly to: number
  readonly clause: Clause
  readonly holds: boolean
}

interface Node {
  readonly fails: boolean
  /** Seconds of wait-before. */
  readonly wait: number
  /** Rounds of the event loop that its action takes; 0: it ends inside the turn. */
  readonly rounds: number
  readonly join: 'all' | number
  readonly edges: readonly Edge[]
}

/** What the model says of a task that came into being. */
interface Fate {
  readonly state: 'SUCCESS' | 'ERROR'
  readonly handled: boolean
  readonly next: ReadonlySet<number>
  readonly started: boolean
}

const edges = (from: number, size: number) =>
  from === size - 1 ? fc.constant([]) : fc.uniqueArray(
    fc.record({
      to: fc.integer({ min: from + 1, max: size - 1 }),
      clause: fc.constantFrom<Clause>('on-success', 'on-success', 'on-error', 'on-complete'),
      holds: fc.boolean().map((flag) => flag || from % 3 > 0),
    }),
    { maxLength: 4, selector: ({ to, clause }) => `${to} ${clause}` },
  )

const graph = fc.integer({ min: 2, max: 12 }).chain((size) =>
  fc.tuple(...Array.from({ length: size }, (_, i) =>
    fc.record<Node>({
      fails: fc.integer({ max: 3, min: 0 }).map((n) => n === 0),
      wait: fc.constantFrom(0, 0, 0, 1, 2),
      rounds: fc.constantFrom(0, 0, 1, 3),
      join: fc.constantFrom<'all' | number>('all', 'all', 1, 2),
      edges: edges(i, size),
    })))
)

/** Inbound tasks by task. */
function inboundOf(nodes: readonly Node[]): number[][] {
  return nodes.map((_, to) =>
    nodes.flatMap((node, from) => node.edges.some((edge) => edge.to === to) ? [from] : [])
  )
}

/** A number that a join can have at most. */
function neededBy(node: Node, inbound: readonly number[]): number {
  return node.join === 'all' ? inbound.length : Math.min(node.join, inbound.length)
}

/** The model: every task happens at most once, so its fate follows from those before it. */
function fatesOf(nodes: readonly Node[]): (Fate | null)[] {
  const inbound = inboundOf(nodes)
  const fates: (Fate | null)[] = []
  nodes.forEach((node, i) => {
    const arrived = inbound[i]!.filter((from) => fates[from]?.next.has(i)).length
    if (inbound[i]!.length > 0 && arrived === 0) return fates.push(null)
    const started = arrived >= neededBy(node, inbound[i]!)
    const state = started && !node.fails ? 'SUCCESS' : 'ERROR'
    const taken = node.edges.filter(({ clause, holds }) =>
      holds &&
      (clause === 'on-complete' || clause === (state === 'SUCCESS' ? 'on-success' : 'on-error'))
    )
    fates.push({
      state,
      started,
      handled: taken.some(({ clause }) => clause === 'on-error'),
      next: new Set(taken.map(({ to }) => to)),
    })
  })
  return fates
}

function textOf(name: string, nodes: readonly Node[]): string {
  const inbound = inboundOf(nodes)
  const clause = (node: Node, wanted: Clause) => {
    const list = node.edges.filter((edge) => edge.clause === wanted)
    if (list.length === 0) return ''
    const entries = list.map(({ to, holds }) => holds ? `t${to}` : `{t${to}: <% false %>}`)
    return `, ${wanted}: [${entries.join(', ')}]`
  }
  const tasks = nodes.map((node, i) => {
    const join = nodes.flatMap((other) => other.edges).filter(({ to }) => to === i).length > 1
      ? `join: ${node.join === 'all' ? 'all' : neededBy(node, inbound[i]!)}, `
      : ''
    const action = node.rounds === 0
      ? node.fails ? 'std.fail' : 'std.noop'
      : `test.later rounds=${node.rounds} fails=${node.fails}`
    const wait = node.wait > 0 ? `, wait-before: ${node.wait}` : ''
    const after = (['on-success', 'on-error', 'on-complete'] as const).map((c) => clause(node, c))
    return `    t${i}: {${join}action: ${action}${wait}, publish: {v${i}: 1}${after.join('')}}`
  })
  return `${name}:\n  tasks:\n${tasks.join('\n')}\n`
}

/** Variables that lead from the beginning to the ends, where every join waited for all. */
function variablesOf(nodes: readonly Node[], fates: readonly (Fate | null)[]): string[] {
  const inbound = inboundOf(nodes)
  const known: Set<string>[] = []
  const end = new Set<string>()
  fates.forEach((fate, i) => {
    const own = new Set(
      inbound[i]!.flatMap((from) => fates[from]?.next.has(i) ? [...known[from]!] : []),
    )
    if (fate?.state === 'SUCCESS') own.add(`v${i}`)
    known.push(own)
    if (fate && fate.next.size === 0) own.forEach((name) => end.add(name))
  })
  return [...end].sort()
}

const later = defineAction({
  name: 'test.later',
  description: 'Ends after some rounds of the event loop',
  parameters: [{ name: 'rounds' }, { name: 'fails' }],
  pure: true,
  async run({ rounds, fails }) {
    for (let i = 0; i < Number(rounds); i++) await new Promise((resolve) => setImmediate(resolve))
    return fails === true || fails === 'true' || fails === 'True'
      ? { error: 'as told' }
      : { data: null }
  },
})

const it = suite<{ world: World }>('a random workflow')

it.before(async (context) => {
  context.world = new World()
  await context.world.open({ actions: [later] })
})
it.after(({ world }) => world.close())

/** Runs graphs, and compares each with the model. */
async function compare(
  world: World,
  numRuns: number,
  run: (name: string, nodes: readonly Node[]) => Promise<Ended>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(graph, async (nodes) => {
      const fates = fatesOf(nodes)
      const { id, state, output } = await run(`w${++made}`, nodes)
      const runs = (await world.tasks(id)).map((task) => `${task.name} ${task.state}`)
      const expected = fates.flatMap((fate, i) => fate ? [`t${i} ${fate.state}`] : [])
      assert.equal(runs.sort(), expected.sort())

      const fails = fates.some((fate) => fate?.state === 'ERROR' && !fate.handled)
      assert.is(state, fails ? 'ERROR' : 'SUCCESS')
      const allWaited = fates.every((fate, i) =>
        !fate || fate.started && (inboundOf(nodes)[i]!.length < 2 || nodes[i]!.join === 'all')
      )
      if (!fails && allWaited) assert.equal(Object.keys(output).sort(), variablesOf(nodes, fates))
    }),
    { numRuns },
  )
}

it('ends with every task, and as a whole, in the state that the model says', async ({ world }) => {
  await compare(world, 80, (name, nodes) => world.run(textOf(name, nodes)))
})

it('ends so although the service starts anew at every step', async ({ world }) => {
  await compare(world, 40, async (name, nodes) => {
    await world.define(textOf(name, nodes))
    return await world.end(await world.start(name), () => world.restart())
  })
})

it('ends so although it is paused and resumed at every step', async ({ world }) => {
  await compare(world, 40, async (name, nodes) => {
    await world.define(textOf(name, nodes))
    const id = await world.start(name)
    return await world.end(id, async () => {
      if (await world.state(id) !== 'RUNNING') return
      await world.update(id, { state: 'PAUSED' })
      world.clock.jump()
      await world.quiet()
      await world.update(id, { state: 'RUNNING' })
    })
  })
})

it.run()
