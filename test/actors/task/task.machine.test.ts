/**
 * Every state of the task machine that events can lead to, by a shortest path each, from XState's own
 * walk over the machine.
 */
import { getShortestPaths } from 'xstate/graph'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { taskLogic, taskMachine } from '../../../actors/task/task.machine.ts'
import type { TaskEvent, TaskInput, TaskSnapshot } from '../../../actors/task/task.machine.ts'
import type { Outcome, Policies } from '../../../actors/records.ts'
import { stateOf } from '../../../actors/records.ts'
import type { TaskState } from '../../../actors/records.ts'

type Event = TaskEvent | { readonly type: `xstate.after.${string}`; readonly now: number }

const now = 1000
const FINAL: readonly TaskState[] = ['SUCCESS', 'ERROR', 'CANCELLED', 'SKIPPED']

const input = (isJoin: boolean): TaskInput => ({
  id: 't',
  executionId: 'e',
  name: 'task',
  type: 'ACTION',
  tags: [],
  isJoin,
  triggeredBy: [],
  now: 0,
})

const policies = (some: Partial<Policies> = {}): Policies => ({
  pauseBefore: false,
  waitBeforeMs: 0,
  timeoutMs: 0,
  concurrency: 0,
  retries: 0,
  keepResult: true,
  safeRerun: false,
  ...some,
})

const complete = (state: Outcome['state'], some: object = {}): TaskEvent => ({
  type: 'COMPLETE',
  now,
  outcome: { state, info: state === 'ERROR' ? 'oh' : null },
  waitAfterMs: 0,
  failed: null,
  retryDelayMs: null,
  ...some,
})

const COMPLETIONS: readonly TaskEvent[] = [
  complete('SUCCESS'),
  complete('ERROR'),
  complete('CANCELLED'),
  complete('SUCCESS', { waitAfterMs: 10 }),
  complete('ERROR', { retryDelayMs: 10 }),
  complete('SUCCESS', { failed: { state: 'ERROR', info: 'fail-on' } }),
]

const after = (delay: string): Event => ({ type: `xstate.after.delay.task.${delay}`, now })

const EVENTS: readonly Event[] = [
  { type: 'START', now, policies: policies() },
  { type: 'START', now, policies: policies({ waitBeforeMs: 10 }) },
  { type: 'START', now, policies: policies({ pauseBefore: true, timeoutMs: 5 }) },
  { type: 'RUN', now },
  ...COMPLETIONS,
  { type: 'FORCE_FAIL', now, info: 'wrong' },
  { type: 'PAUSE', now },
  { type: 'RESUME', now },
  { type: 'RERUN', now, policies: policies(), only: null },
  { type: 'SKIP', now },
  { type: 'REARM', now },
  after('DELAYED.waitBefore'),
  after('DELAYED.waitAfter'),
  after('DELAYED.retry'),
  after('WAITING.retryDelay'),
]

/** Attempts and tries are counted without end; what they are does not make another state. */
function kindOf({ value, context }: TaskSnapshot): string {
  const { waited, processed, outcome } = context
  return JSON.stringify([value, waited, processed, outcome?.state ?? null])
}

function stateIn(snapshot: TaskSnapshot): TaskState {
  const { value, context } = snapshot
  return stateOf({ machine: '', value: value as TaskState, context })
}

const pathsOf = (isJoin: boolean) =>
  getShortestPaths(taskMachine, {
    input: input(isJoin),
    events: (isJoin ? [{ type: 'AWAIT' }, ...EVENTS] : EVENTS) as TaskEvent[],
    serializeState: (snapshot) => kindOf(snapshot as TaskSnapshot),
  })

/** The events of a path, without the one that only says that it begins. */
function eventsOf(path: ReturnType<typeof pathsOf>[number]): TaskEvent[] {
  return path.steps.map(({ event }) => event as TaskEvent)
    .filter(({ type }) => type as string !== 'xstate.init')
}

/** Steps through a path with what the host uses. @returns Every snapshot on the way. */
function walk(isJoin: boolean, path: ReturnType<typeof pathsOf>[number]): TaskSnapshot[] {
  const [first] = taskLogic.init(input(isJoin))
  const snapshots = [first]
  for (const event of eventsOf(path)) snapshots.push(taskLogic.step(snapshots.at(-1)!, event)[0])
  return snapshots
}

for (const isJoin of [false, true]) {
  const it = suite(isJoin ? 'a join task, on every path' : 'a task, on every path')
  const paths = pathsOf(isJoin)
  const ends = paths.map((path) => walk(isJoin, path).at(-1)!)

  it('reaches every state', () => {
    const reached = new Set(ends.map(stateIn))
    const states: TaskState[] = [
      'RUNNING',
      'DELAYED',
      'PAUSED',
      'IDLE',
      'SUCCESS',
      'ERROR',
      'CANCELLED',
      'SKIPPED',
    ]
    assert.equal(states.filter((state) => !reached.has(state)), [])
    assert.is(reached.has('WAITING'), isJoin)
  })

  it('is stepped by the host as XState walks it', () => {
    paths.forEach((path, i) => assert.is(kindOf(ends[i]!), kindOf(path.state as TaskSnapshot)))
  })

  it('stays final: no completion, start or delay changes what has ended', () => {
    const deaf = EVENTS.filter(({ type }) =>
      ['START', 'RUN', 'COMPLETE', 'PAUSE'].includes(type) || type.startsWith('xstate.after.')
    )
    for (const end of ends.filter((snapshot) => FINAL.includes(stateIn(snapshot)))) {
      for (const event of deaf) {
        const [next, effects] = taskLogic.step(end, event as TaskEvent)
        assert.is(next, end, `${event.type} in ${kindOf(end)}`)
        assert.equal(effects, [])
      }
    }
  })

  it('can always be completed as long as it is not final', () => {
    for (const end of ends.filter((snapshot) => !FINAL.includes(stateIn(snapshot)))) {
      const [next] = taskLogic.step(end, complete('SUCCESS'))
      assert.is(stateIn(next), 'SUCCESS', kindOf(end))
    }
  })

  it('asks what follows once for each time that it ends, except where the definition is wrong', () => {
    for (const path of paths) {
      let snapshot = taskLogic.init(input(isJoin))[0]
      for (const event of eventsOf(path)) {
        const before = snapshot
        const [next, effects] = taskLogic.step(before, event)
        snapshot = next
        const ended = FINAL.includes(stateIn(next)) && stateIn(next) !== stateIn(before)
        const routes = effects.filter((effect) => effect.kind === 'run' && effect.type === 'route')
        const expected = ended && event.type !== 'FORCE_FAIL' ? 1 : 0
        assert.is(routes.length, expected, `${event.type} in ${kindOf(before)}`)
      }
    }
  })

  it('counts attempts up and never down', () => {
    for (const path of paths) {
      const attempts = walk(isJoin, path).map(({ context }) => context.attempt)
      assert.equal(attempts, [...attempts].sort((a, b) => a - b))
    }
  })

  it('has a timer only where it is delayed, and clears it when it leaves', () => {
    for (const path of paths) {
      const timers = new Set<string>()
      let snapshot = taskLogic.init(input(isJoin))[0]
      for (const event of eventsOf(path)) {
        // A timer that fires is gone.
        timers.delete(event.type)
        const [next, effects] = taskLogic.step(snapshot, event)
        snapshot = next
        for (const effect of effects) {
          if (effect.kind === 'timer.set') timers.add(effect.timerId)
          if (effect.kind === 'timer.clear') timers.delete(effect.timerId)
        }
      }
      const isDelayed = /DELAYED|retryDelay/.test(JSON.stringify(snapshot.value))
      assert.is(timers.size, isDelayed ? 1 : 0, kindOf(snapshot))
    }
  })

  it('is the same after it was stored and read back', () => {
    for (const end of ends) {
      const stored = JSON.parse(JSON.stringify({ value: end.value, context: end.context }))
      const restored = taskLogic.restore(stored.value, stored.context)
      for (const event of EVENTS) {
        const [a, effectsOfA] = taskLogic.step(end, event as TaskEvent)
        const [b, effectsOfB] = taskLogic.step(restored, event as TaskEvent)
        assert.equal([b.value, b.context, effectsOfB], [a.value, a.context, effectsOfA])
      }
    }
  })

  it.run()
}
