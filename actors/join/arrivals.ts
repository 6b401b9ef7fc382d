/**
 * @module
 * Which round of a join an arrival belongs to (`decisions.md`). A round is a run of the join.
 *
 * What a run of the join brought about, however far on, belongs to the round after it: so a circle that
 * leads back to the join begins a new round, and a branch that is left over from an earlier round is
 * absorbed by that one. Where the join is not among its ancestors, a task's second arrival begins the
 * second round.
 */
import type { Event, TaskSpec } from '../language/spec.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'

/** The runs of a task of the definition, oldest first. */
export function runsOf(live: LiveExecution, name: string): readonly LiveTask[] {
  return live.byName.get(name) ?? []
}

/** Completed, and its successors are known. */
export function isSettled(task: LiveTask): boolean {
  const { processed, nextTasks } = task.context
  return task.isFinal && (processed || nextTasks !== null || task.state === 'CANCELLED')
}

/** How many of its inbound tasks have to arrive at a join. */
export function neededOf({ join, inbound }: TaskSpec): number {
  return join === 'all' || join === null ? inbound.length : join
}

/** The clause by which a settled task leads to another; undefined if it does not. */
export function clauseTo(task: LiveTask, name: string): Event | null | undefined {
  return task.context.nextTasks?.find(([next]) => next === name)?.[1]
}

/** A place among the runs of a join. */
export interface Place {
  /** Of the run, or of the one that is to be made. */
  readonly index: number
  /** Only because the task had arrived before does it not belong to an earlier one. */
  readonly again: boolean
}

/**
 * Where the arrival of a task belongs, or would if it arrived now.
 *
 * @param via The inbound task by which it comes, if it is not one itself.
 */
export function placeOf(
  live: LiveExecution,
  join: string,
  from: LiveTask,
  via: string = from.name,
): Place {
  const runs = runsOf(live, join)
  const begins = ancestorRound(live, runs, from) + 1
  let index = begins
  while (hasBegun(runs[index]) && hasArrived(live, runs[index]!, via, from)) index++
  return { index, again: index > begins }
}

/** The run of a join that a settled task arrived at. Only later ones than the first are noted. */
export function arrivalOf(live: LiveExecution, join: string, from: LiveTask): string | undefined {
  const noted = from.context.arrivedAt.find(([name]) => name === join)
  return noted ? noted[1] : runsOf(live, join)[0]?.id
}

function hasBegun(run: LiveTask | undefined): boolean {
  return run !== undefined && run.context.attempt > 0
}

/** Whether another run of an inbound task arrived there. */
function hasArrived(live: LiveExecution, join: LiveTask, via: string, from: LiveTask): boolean {
  return runsOf(live, via).some((run) => run !== from && hasArrivedAt(live, join, run))
}

/** The index of the latest of a join's runs that a task descends from or is, -1 if there is none. */
export function ancestorRound(
  live: LiveExecution,
  runs: readonly LiveTask[],
  from: LiveTask,
): number {
  let found = from.name === runs[0]?.name ? runs.lastIndexOf(from) : -1
  const seen = new Set<string>()
  const left = [from]
  while (found < runs.length - 1 && left.length > 0) {
    for (const parent of parentsOf(live, left.pop()!)) {
      // Ids rise with time: what is older than a run of the join does not descend from it.
      if (seen.has(parent.id) || parent.id < runs[Math.max(found, 0)]!.id) continue
      seen.add(parent.id)
      if (parent.name !== runs[0]!.name) left.push(parent)
      else found = Math.max(found, runs.lastIndexOf(parent))
    }
  }
  return found
}

/** The tasks that brought a task about; of a join that waits, those that arrived so far. */
function parentsOf(live: LiveExecution, task: LiveTask): LiveTask[] {
  if (!task.awaits) {
    return task.context.triggeredBy.map(({ taskId }) => live.tasks.get(taskId))
      .filter((parent) => parent !== undefined)
  }
  return task.spec.inbound
    .map((name) => runsOf(live, name).findLast((run) => hasArrivedAt(live, task, run)))
    .filter((parent) => parent !== undefined)
}

/** Whether a task arrived at a run of a join. */
export function hasArrivedAt(live: LiveExecution, join: LiveTask, from: LiveTask): boolean {
  return isSettled(from) && clauseTo(from, join.name) !== undefined &&
    arrivalOf(live, join.name, from) === join.id
}
