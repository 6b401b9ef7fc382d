/**
 * Random workflows with circles and joins come to an end, and to the same one in a service that knows
 * only what is stored.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from '../execution/world.ts'

let made = 0

interface Node {
  readonly fails: boolean
  /** Seconds of wait-before. */
  readonly wait: number
  readonly join: 'all' | 'one' | number | null
  readonly clause: 'own' | 'on-complete'
  /** Tasks that it leads to while fewer than so many came before. */
  readonly edges: readonly { readonly to: number; readonly below: number }[]
}

const graph = fc.integer({ min: 3, max: 8 }).chain((size) =>
  fc.tuple(...Array.from({ length: size }, () =>
    fc.record<Node>({
      fails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      wait: fc.constantFrom(0, 0, 1, 2, 3),
      join: fc.constantFrom<Node['join']>(null, null, null, 'all', 'one', 1, 2),
      clause: fc.constantFrom<Node['clause']>('own', 'own', 'on-complete'),
      edges: fc.uniqueArray(
        fc.record({
          to: fc.integer({ min: 1, max: size - 1 }),
          below: fc.integer({ min: 4, max: 7 }),
        }),
        { minLength: 1, maxLength: 2, selector: ({ to }) => to },
      ),
    })))
)

function textOf(name: string, nodes: readonly Node[]): string {
  const tasks = nodes.map(({ fails, wait, join, clause, edges }, i) => {
    const inbound = nodes.filter((node) => node.edges.some(({ to }) => to === i)).length
    const isJoin = join !== null && inbound > 0
    const needed = typeof join === 'number' ? Math.min(join, inbound) : join
    const counted = `{n: '<% $.get(n, 0) + 1 %>'}`
    const next = edges.map(({ to, below }) => `{t${to}: '<% $.get(n, 0) < ${below} %>'}`)
    const when = clause === 'own' ? fails ? 'on-error' : 'on-success' : clause
    return `    t${i}: {action: ${fails ? 'std.fail' : 'std.noop'}, wait-before: ${wait}, ` +
      `${isJoin ? `join: ${needed}, ` : ''}publish: ${counted}, publish-on-error: ${counted}, ` +
      `${when}: [${next.join(', ')}]}`
  })
  return `${name}:\n  tasks:\n${tasks.join('\n')}\n`
}

const it = suite<{ world: World }>('a random workflow with circles')

it.before(async (context) => {
  context.world = new World()
  await context.world.open()
})
it.after(({ world }) => world.close())

it('comes to an end, the same one if the service starts anew at every step', async ({ world }) => {
  await fc.assert(
    fc.asyncProperty(graph, async (nodes) => {
      const name = `w${++made}`
      await world.define(textOf(name, nodes))
      const play = async (between?: () => Promise<void>) => {
        const { id, state } = await world.end(await world.start(name), between)
        const runs = (await world.tasks(id)).map((task) => `${task.name} ${task.state}`)
        return { state, runs: runs.sort() }
      }
      assert.equal(await play(() => world.restart()), await play())
    }),
    { numRuns: 25 },
  )
})

it.run()
