/**
 * @module
 * Whether a task may still run (`reference/engine.md` §7): what a join has to wait for, and what it
 * would wait for in vain.
 */
import { clauseTo, isSettled, placeOf, runsOf } from './arrivals.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'

/** How a task may come to be started. */
export interface Prospect {
  readonly may: boolean
  /** Names of the tasks whose completion may change that. */
  readonly hangsOn: ReadonlySet<string>
  /** Names of tasks that lead to it, as far as it was looked. */
  readonly ways: ReadonlySet<string>
}

/** A task on the way back from the one that may be started. */
interface Step {
  readonly name: string
  /** A join that lies between and had its round, so that only what belongs to a later one leads on. */
  readonly behind: Behind | null
}

interface Behind {
  readonly join: string
  /** The task before the join. */
  readonly via: string
}

/**
 * Whether a task may be started, once more if it ran before, without a join having started: by a task
 * that is under way or about to be, however far back. A join that had its round is started again only
 * what belongs to a later one.
 */
export function prospectOf(live: LiveExecution, join: string, name: string): Prospect {
  const ways = new Set<string>()
  const visited = new Set([join])
  // Whether there is a way through a join changes with the join.
  const joins: string[] = []
  const left: Step[] = [{ name, behind: null }]
  const behindJoins: Step[] = []
  for (let step = left.pop(); step; step = left.pop() ?? behindJoins.pop()) {
    const { name: at, behind } = step
    if (visited.has(at)) continue
    visited.add(at)
    const spec = live.spec.tasks.get(at)!
    const runs = runsOf(live, at)
    if (spec.join !== null) joins.push(at)
    if (!behind) ways.add(at)
    const hangsOn = (name: string) => ({ may: true, hangsOn: new Set([name, ...joins]), ways })
    // A start task that did not run yet is about to.
    if (spec.inbound.length === 0 && runs.length === 0) return hangsOn(at)
    const hadRound = spec.join !== null && runs.length > 0 && !runs.at(-1)!.awaits
    for (const from of spec.inbound) {
      if (from === join) continue
      const next = behind ?? (hadRound ? { join: at, via: from } : null)
      if (isUnderWay(live, from, next)) return hangsOn(from)
      if (isAboutToStart(live, from, at)) return hangsOn(at)
      const steps = next ? behindJoins : left
      steps.push({ name: from, behind: next })
    }
  }
  visited.delete(join)
  return { may: false, hangsOn: visited, ways }
}

/** The tasks under way that may lead to one, itself included, without a join having started. */
export function allUnderWay(live: LiveExecution, join: string, name: string): Set<LiveTask> {
  const found = new Set(live.unsettled.get(name))
  const visited = new Set([join])
  const left = [name]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (visited.has(at)) continue
    visited.add(at)
    for (const run of live.unsettled.get(at) ?? []) found.add(run)
    left.push(...live.spec.tasks.get(at)!.inbound)
  }
  return found
}

function isUnderWay(live: LiveExecution, name: string, behind: Behind | null): boolean {
  const runs = live.unsettled.get(name)
  if (!runs || !behind) return runs !== undefined
  const { join, via } = behind
  const rounds = runsOf(live, join).length
  return [...runs].some((run) => placeOf(live, join, run, via).index >= rounds)
}

/** A task led to it, and its run is not made yet. */
function isAboutToStart(live: LiveExecution, from: string, name: string): boolean {
  const by = runsOf(live, from).findLast(isSettled)
  if (!by || clauseTo(by, name) === undefined) return false
  const run = runsOf(live, name).at(-1)
  return !run || (!run.context.isJoin && run.id < by.id)
}
