import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { entriesOf, fieldOf, isObject } from '../../../actors/data.ts'
import { Context, EMPTY } from '../../../actors/data-flow/context.ts'
import type { Mapping, Value } from '../../../actors/expressions/values/value.ts'
import { runs } from '../../properties.ts'

const it = suite('contexts')

/** What contexts promise, copied whole at each step. */
interface Whole {
  readonly variables: ReadonlyMap<string, Value>
  readonly versions: ReadonlyMap<string, number>
}

const NONE: Whole = { variables: new Map(), versions: new Map() }

function publishTo(context: Whole, published: Mapping): Whole {
  const variables = new Map(context.variables)
  const versions = new Map(context.versions)
  for (const [name, value] of entriesOf(published)) {
    variables.set(name, value)
    for (const path of paths(name, value)) versions.set(path, (versions.get(path) ?? 0) + 1)
  }
  return { variables, versions }
}

function* paths(path: string, value: Value): Generator<string> {
  yield path
  for (const [key, inner] of entriesOf(value)) yield* paths(`${path}.${key}`, inner)
}

function mergeTwo(left: Whole, right: Whole): Whole {
  const variables = new Map(left.variables)
  for (const [name, value] of right.variables) {
    const own = variables.get(name)
    variables.set(name, own === undefined ? value : mergeValue(name, own, value, left, right))
  }
  const versions = new Map(left.versions)
  for (const [path, count] of right.versions) {
    versions.set(path, Math.max(count, versions.get(path) ?? 0))
  }
  return { variables, versions }
}

function mergeValue(path: string, own: Value, value: Value, left: Whole, right: Whole): Value {
  if (!isObject(own) || !isObject(value)) {
    return (right.versions.get(path) ?? 0) >= (left.versions.get(path) ?? 0) ? value : own
  }
  const merged = new Map<Value, Value>(entriesOf(own))
  for (const [key, inner] of entriesOf(value)) {
    const mine = merged.get(key)
    merged.set(
      key,
      mine === undefined ? inner : mergeValue(`${path}.${key}`, mine, inner, left, right),
    )
  }
  return merged
}

const name = fc.constantFrom('a', 'b', 'c', 'd')
const leaf = fc.constantFrom<Value>(1, 2, 'x', null)
const value = fc.oneof(
  leaf,
  fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf, { maxKeys: 2 })), { maxKeys: 3 }),
)

const published = fc.dictionary(name, value, { maxKeys: 3 })

/** A context is published on top of an earlier one, or merged of several. */
const step = fc.oneof(
  fc.record({ on: fc.nat(19), published }),
  fc.record({ of: fc.array(fc.nat(19), { minLength: 1, maxLength: 5 }) }),
  // Branches of one fork, some of which publish nothing.
  fc.record({ fork: fc.nat(19), branches: fc.array(published, { minLength: 1, maxLength: 5 }) }),
  // Long chains, which are made one layer now and then.
  fc.record({ on: fc.nat(19), times: fc.integer({ min: 20, max: 80 }) }),
)

it('hold what was published and merged, in the order it came, however they share it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const made: [Context, Whole][] = [[EMPTY, NONE]]
      for (const now of steps) {
        const at = (index: number) => made[index % made.length]!
        if ('of' in now) {
          const parts = now.of.map(at)
          const whole = parts.map(([, whole]) => whole).reduce(mergeTwo)
          made.push([Context.merge(parts.map(([context]) => context)), whole])
          continue
        }
        if ('fork' in now) {
          const [context, whole] = at(now.fork)
          const branches = now.branches as Mapping[]
          made.push([
            Context.merge(branches.map((published) => context.publish(published))),
            branches.map((published) => publishTo(whole, published)).reduce(mergeTwo),
          ])
          continue
        }
        let [context, whole] = at(now.on)
        const all = 'times' in now
          ? Array.from({ length: now.times }, (_, i): Mapping => ({ [`v${i % 7}`]: i }))
          : [now.published as Mapping]
        for (const published of all) {
          context = context.publish(published)
          whole = publishTo(whole, published)
        }
        made.push([context, whole])
      }
      for (const [context, whole] of made) {
        assert.equal(plain([...entriesOf(context)]), plain([...whole.variables]))
      }
    }),
    { numRuns: runs(1000) },
  )
})

function plain(variables: readonly (readonly [string, Value])[]): unknown {
  const open = (value: Value): unknown =>
    isObject(value) ? [...entriesOf(value)].map(([key, inner]) => [key, open(inner)]) : value
  return variables.map(([name, value]) => [name, open(value)])
}

it('keep what one branch alone published, of whatever kind it was before', () => {
  fc.assert(
    fc.property(value, value, fc.boolean(), (before, after, last) => {
      const fork = EMPTY.publish({ v: before })
      const branches = [fork.publish({ v: after }), fork.publish({ other: 1 })]
      const merged = Context.merge(last ? branches.reverse() : branches).get('v')!
      assertKept(before, after, merged)
    }),
    { numRuns: runs(500) },
  )
})

/** Of two objects, what is in either is kept. */
function assertKept(before: Value | undefined, after: Value, merged: Value | undefined): void {
  if (!isObject(before) || !isObject(after)) return assert.equal(merged, after)
  for (const [key, inner] of entriesOf(after)) {
    assertKept(fieldOf(before, key), inner, fieldOf(merged, key))
  }
}

it('of branches that publish nothing are the one they began with', () => {
  const fork = EMPTY.publish({ a: 1 })
  assert.is(Context.merge([fork, fork.publish({}), fork]), fork)
})

it.run()
