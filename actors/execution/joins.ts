/**
 * @module
 * Joins (`reference/engine.md` §7, `decisions.md`): when a join may start, and when it never can.
 *
 * A join belongs to a round: arrivals since its last firing. For each inbound task a round knows
 * whether it arrived, can no longer arrive, or is awaited, and whose completion may change that.
 * So a completion looks only at the rounds that it can change, and a join of thousands of branches
 * costs the same for each of them.
 */
import type { Event, TaskSpec } from '../language/spec.ts'
import type { TaskContext, Trigger } from '../records.ts'
import type { LiveExecution, LiveTask } from './live.ts'

type Entry =
  | { readonly kind: 'awaited' }
  | { readonly kind: 'arrived'; readonly taskId: string; readonly event: Event | null }
  | { readonly kind: 'failed'; readonly taskId: string | null }

/** An open round of a join. */
export interface Round {
  readonly task: LiveTask
  /** The run of the join that fired last; what it consumed does not count again. */
  readonly fired: LiveTask | null
  readonly consumed: ReadonlySet<string>
  readonly entries: Map<string, Entry>
  arrived: number
  failed: number
}

export type Verdict =
  | { readonly kind: 'wait' }
  | { readonly kind: 'start'; readonly triggeredBy: TaskContext['triggeredBy'] }
  | {
    readonly kind: 'fail'
    readonly info: string
    readonly triggeredBy: TaskContext['triggeredBy']
  }

/** What an arrival means for the latest run of the join. */
export type Arrival = 'first' | 'same round' | 'absorb' | 'rearm'

/** Tells where an arrival from `from` belongs, given the join's latest run. */
export function placeArrival(latest: LiveTask | null, from: string, live: LiveExecution): Arrival {
  if (!latest) return 'first'
  if (latest.state === 'WAITING') return 'same round'
  // It never started because it could not be reached; now it can.
  if (latest.state === 'ERROR' && latest.context.attempt === 0) return 'rearm'
  const { triggeredBy, absorbed } = latest.context
  const arrivedThen = triggeredBy.some(({ taskId, event }) =>
    event !== 'not triggered' && live.tasks.get(taskId)?.name === from
  )
  return arrivedThen || absorbed.includes(from) ? 'first' : 'absorb'
}

/** Opens the round of a join task that waits, looking at everything that happened so far. */
export function openRound(live: LiveExecution, task: LiveTask): Round {
  const round = newRound(live, task)
  live.rounds.set(task.name, round)
  for (const inbound of task.spec.inbound) look(live, round, inbound)
  return round
}

function newRound(live: LiveExecution, task: LiveTask): Round {
  const runs = live.byName.get(task.name) ?? []
  const fired = runs[runs.indexOf(task) - 1] ?? null
  const consumed = new Set(
    fired?.context.triggeredBy
      .filter(({ event }) => event !== 'not triggered').map(({ taskId }) => taskId),
  )
  return { task, fired, consumed, entries: new Map(), arrived: 0, failed: 0 }
}

/**
 * What a join that waits has come to, worked out anew from its execution's tasks, and the tasks under
 * way whose completion may change that. Changes nothing.
 */
export function inspectJoin(
  live: LiveExecution,
  task: LiveTask,
): { readonly verdict: Verdict; readonly awaited: readonly LiveTask[] } {
  const round = newRound(live, task)
  const awaited = new Set<string>()
  for (const inbound of task.spec.inbound) {
    const watched = new Set([inbound])
    const entry = entryOf(live, round, inbound, watched)
    round.entries.set(inbound, entry)
    if (entry.kind === 'arrived') round.arrived++
    else if (entry.kind === 'failed') round.failed++
    else for (const name of watched) awaited.add(name)
  }
  const runs = [...awaited].map((name) => live.latest(name))
  return {
    verdict: verdictOf(live, round),
    awaited: runs.filter((run) => run !== null && run !== task && !isSettled(run)) as LiveTask[],
  }
}

/**
 * Of joins that wait, those that no task under way can bring on, because it is a join that waits for
 * them: none of them would ever start.
 *
 * @param waiting What each of them waits for.
 */
export function waitingInVain(
  waiting: ReadonlyMap<LiveTask, readonly LiveTask[]>,
): Set<LiveTask> {
  const vain = new Set(waiting.keys())
  for (let size = Infinity; vain.size < size;) {
    size = vain.size
    for (const join of vain) {
      if (waiting.get(join)!.some((task) => !vain.has(task))) vain.delete(join)
    }
  }
  return vain
}

export function closeRound(live: LiveExecution, task: LiveTask): void {
  if (live.rounds.get(task.name)?.task === task) live.rounds.delete(task.name)
}

/** A task completed: brings the rounds up to date that this may change, and returns them. */
export function noteCompletion(live: LiveExecution, name: string): Round[] {
  const watchers = live.watched.get(name)
  if (!watchers) return []
  live.watched.delete(name)
  const changed = new Set<Round>()
  for (const { join, inbound } of watchers.values()) {
    const round = live.rounds.get(join)
    if (!round) continue
    look(live, round, inbound)
    changed.add(round)
  }
  return [...changed]
}

/** Somebody who waits for a task's completion. */
export interface Watcher {
  readonly join: string
  readonly inbound: string
}

/** What a round has come to. */
export function verdictOf(live: LiveExecution, round: Round): Verdict {
  const { join } = round.task.spec
  const total = round.task.spec.inbound.length
  const needed = join === 'all' || join === null ? total : join
  const tooManyFailed = join === 'all' ? round.failed > 0 : round.failed > total - needed
  if (round.arrived >= needed) {
    return { kind: 'start', triggeredBy: triggers(live, round, 'arrived') }
  }
  if (!tooManyFailed) return { kind: 'wait' }
  const names = namesOf(round, 'failed').map((name) => `'${name}'`).join(', ')
  return {
    kind: 'fail',
    info: `Failed by tasks: [${names}]`,
    triggeredBy: [...triggers(live, round, 'failed'), ...triggers(live, round, 'arrived')],
  }
}

function namesOf(round: Round, kind: Entry['kind']): string[] {
  return [...round.entries].flatMap(([name, entry]) => entry.kind === kind ? [name] : [])
}

/** Those who brought the round about, earliest finished first. */
function triggers(
  live: LiveExecution,
  round: Round,
  kind: 'arrived' | 'failed',
): TaskContext['triggeredBy'] {
  const list: (Trigger & { at: number })[] = []
  for (const entry of round.entries.values()) {
    if (entry.kind !== kind || entry.taskId === null) continue
    const at = live.tasks.get(entry.taskId)?.context.finishedAt ?? 0
    const event = entry.kind === 'arrived' ? entry.event : 'not triggered'
    list.push({ taskId: entry.taskId, event, at })
  }
  list.sort((a, b) => a.at - b.at || (a.taskId < b.taskId ? -1 : 1))
  return list.map(({ taskId, event }) => ({ taskId, event }))
}

/** Works out one inbound task's part in a round, and watches what may change it. */
function look(live: LiveExecution, round: Round, inbound: string): void {
  const before = round.entries.get(inbound)
  if (before?.kind === 'arrived') round.arrived--
  if (before?.kind === 'failed') round.failed--

  const watched = new Set([inbound])
  const entry = entryOf(live, round, inbound, watched)
  round.entries.set(inbound, entry)
  if (entry.kind === 'arrived') round.arrived++
  if (entry.kind === 'failed') round.failed++
  for (const name of watched) watch(live, name, round.task.name, inbound)
}

/** @param watched Gets the names of the tasks whose completion may change the entry. */
function entryOf(live: LiveExecution, round: Round, inbound: string, watched: Set<string>): Entry {
  const run = currentRun(live, round, inbound)
  if (run) {
    if (!isSettled(run)) return { kind: 'awaited' }
    const trigger = run.context.nextTasks?.find(([name]) => name === round.task.name)
    return trigger
      ? { kind: 'arrived', taskId: run.id, event: trigger[1] }
      : { kind: 'failed', taskId: run.id }
  }
  const visited = new Set([round.task.name])
  if (!hasRoute(live, round, inbound, visited)) return { kind: 'failed', taskId: null }
  visited.delete(round.task.name)
  for (const name of visited) watched.add(name)
  return { kind: 'awaited' }
}

/** Completed, and its successors are known. */
function isSettled(task: LiveTask): boolean {
  return task.isFinal && (task.context.processed || task.context.nextTasks !== null ||
    task.state === 'CANCELLED')
}

/** The run of an inbound task that counts for this round, not for an earlier one. */
function currentRun(live: LiveExecution, round: Round, name: string): LiveTask | null {
  const run = live.latest(name)
  if (!run || round.consumed.has(run.id)) return null
  return round.fired && isSettled(run) && run.id < round.fired.id ? null : run
}

/**
 * Whether a task that has not run may still be started, by a task that is under way or about to be. A
 * route through the join itself is none, for it cannot begin before the join does.
 *
 * @param visited Gets the names of the tasks that the answer depends on.
 */
function hasRoute(live: LiveExecution, round: Round, name: string, visited: Set<string>): boolean {
  if (visited.has(name)) return false
  visited.add(name)
  const spec = live.spec.tasks.get(name) as TaskSpec
  // A start task that did not run yet is about to.
  if (spec.inbound.length === 0) return live.latest(name) === null
  for (const inbound of spec.inbound) {
    if (inbound === round.task.name) continue
    const run = currentRun(live, round, inbound)
    if (!run) {
      if (hasRoute(live, round, inbound, visited)) return true
    } else if (!isSettled(run)) {
      visited.add(inbound)
      return true
    } else if (run.context.nextTasks?.some(([next]) => next === name)) return true
  }
  return false
}

function watch(live: LiveExecution, name: string, join: string, inbound: string): void {
  const watchers = live.watched.get(name) ?? new Map<string, Watcher>()
  live.watched.set(name, watchers.set(`${join} ${inbound}`, { join, inbound }))
}
