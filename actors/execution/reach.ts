/**
 * @module
 * Whether a task may still run (`reference/engine.md` §7): what a join has to wait for, and what it
 * would wait for in vain.
 */
import { ancestorRound, clauseTo, isSettled, runsOf } from './arrivals.ts'
import type { LiveExecution, LiveTask } from './live.ts'

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
  /** The runs of a join that lies between; what comes by this way has to come after the last of them. */
  readonly after: readonly LiveTask[]
}

/** The names of a task and of the join that lies between. */
function namesOf(name: string, [first]: readonly LiveTask[]): Set<string> {
  return new Set(first ? [name, first.name] : [name])
}

/**
 * Whether a task may be started, once more if it ran before, without a join having started: by a task
 * that is under way or about to be, however far back. A join that had its round is started again only
 * by what comes after that round.
 */
export function prospectOf(live: LiveExecution, join: string, name: string): Prospect {
  const ways = new Set<string>()
  const visited = new Set([join])
  const left: Step[] = [{ name, after: [] }]
  const behindJoins: Step[] = []
  for (let step = left.pop(); step; step = left.pop() ?? behindJoins.pop()) {
    const { name: at, after } = step
    if (visited.has(at)) continue
    visited.add(at)
    const spec = live.spec.tasks.get(at)!
    const runs = runsOf(live, at)
    // A start task that did not run yet is about to.
    if (spec.inbound.length === 0 && runs.length === 0) {
      return { may: true, hangsOn: namesOf(at, after), ways }
    }
    const isBehind = after.length === 0 && spec.join !== null && runs.length > 0 &&
      !runs.at(-1)!.awaits
    if (after.length === 0) ways.add(at)
    for (const from of spec.inbound) {
      if (from === join) continue
      const behind = isBehind ? runs : after
      if (isUnderWay(live, from, behind)) {
        return { may: true, hangsOn: namesOf(from, behind), ways }
      }
      if (isAboutToStart(live, from, at)) return { may: true, hangsOn: namesOf(at, after), ways }
      if (isBehind) behindJoins.push({ name: from, after: runs })
      else left.push({ name: from, after })
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

/** @param after It has to come after the last of these runs of a join, if there are any. */
function isUnderWay(live: LiveExecution, name: string, after: readonly LiveTask[]): boolean {
  const runs = live.unsettled.get(name)
  if (!runs || after.length === 0) return runs !== undefined
  return [...runs].some((run) => ancestorRound(live, after, run) === after.length - 1)
}

/** A task led to it, and its run is not made yet. */
function isAboutToStart(live: LiveExecution, from: string, name: string): boolean {
  const by = runsOf(live, from).findLast(isSettled)
  if (!by || clauseTo(by, name) === undefined) return false
  const run = runsOf(live, name).at(-1)
  return !run || (!run.context.isJoin && run.id < by.id)
}
