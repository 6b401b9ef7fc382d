/**
 * @module
 * Joins (`reference/engine.md` §7, `decisions.md`): when a join may start, and when it never can.
 *
 * A run of a join is a round. For each inbound task a round knows whether it arrived, can no longer
 * arrive, or is awaited, and whose completion may change that. So a completion looks only at the rounds
 * that it can change, and a join of thousands of branches costs the same for each of them.
 */
import type { Event, TaskSpec } from '../language/spec.ts'
import type { TaskContext, Trigger } from '../records.ts'
import {
  ancestorRound,
  clauseTo,
  hasArrivedAt,
  isSettled,
  neededOf,
  placeOf,
  runsOf,
} from './arrivals.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { allUnderWay, prospectOf } from './reach.ts'

type Entry =
  /** Undefined ways: it is under way itself. */
  | { readonly kind: 'awaited'; readonly ways?: ReadonlySet<string> }
  | { readonly kind: 'arrived'; readonly taskId: string; readonly event: Event | null }
  | { readonly kind: 'failed'; readonly taskId: string | null }

/** An open round of a join. */
export interface Round {
  readonly task: LiveTask
  /** Among the runs of the join. */
  readonly index: number
  readonly entries: Map<string, Entry>
  /** Of each inbound task, the first run that was not looked at when it had settled. */
  readonly looked: Map<string, number>
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

/**
 * Opens the round of a join task that waits.
 *
 * @param from The first to arrive, if the task is new: then what ended before is of earlier rounds.
 *   Without it, everything that happened so far is looked at.
 */
export function openRound(live: LiveExecution, task: LiveTask, from?: LiveTask): Round {
  const round = newRound(live, task)
  live.rounds.set(task.name, round)
  if (from && round.index > 0) skipEarlier(live, round, from)
  for (const inbound of task.spec.inbound) look(live, round, inbound)
  return round
}

function skipEarlier(live: LiveExecution, round: Round, from: LiveTask): void {
  for (const inbound of round.task.spec.inbound) {
    const runs = runsOf(live, inbound)
    const left = [...live.unsettled.get(inbound) ?? [], ...(inbound === from.name ? [from] : [])]
    round.looked.set(inbound, Math.min(runs.length, ...left.map((run) => runs.lastIndexOf(run))))
  }
}

function newRound(live: LiveExecution, task: LiveTask): Round {
  const index = runsOf(live, task.name).lastIndexOf(task)
  return { task, index, entries: new Map(), looked: new Map(), arrived: 0, failed: 0 }
}

/**
 * What a join that waits has come to, worked out anew from its execution's tasks, and the tasks under
 * way whose completion may change that. Changes nothing.
 */
export function inspectJoin(
  live: LiveExecution,
  task: LiveTask,
): {
  readonly verdict: Verdict
  readonly awaited: readonly LiveTask[]
  readonly arrived: TaskContext['triggeredBy']
} {
  const round = newRound(live, task)
  const awaited = new Set<LiveTask>()
  for (const inbound of task.spec.inbound) {
    const { entry } = entryOf(live, round, inbound, undefined)
    round.entries.set(inbound, entry)
    if (entry.kind === 'arrived') round.arrived++
    else if (entry.kind === 'failed') round.failed++
    else for (const run of allUnderWay(live, task.name, inbound)) awaited.add(run)
  }
  awaited.delete(task)
  return {
    verdict: verdictOf(live, round),
    awaited: [...awaited],
    arrived: triggers(live, round, 'arrived'),
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

/** Whether a join may still start, if the task arrives now and the others that may do so follow. */
export function mayStart(live: LiveExecution, join: TaskSpec, from: LiveTask): boolean {
  const others = join.inbound.filter((name) =>
    name !== from.name && (live.unsettled.has(name) || prospectOf(live, join.name, name).may)
  )
  return 1 + others.length >= neededOf(join)
}

/** A task's arrival was noted. The round that it is of, if that is open. */
export function noteArrival(live: LiveExecution, join: LiveTask, from: string): Round | null {
  const round = live.rounds.get(join.name)
  if (round?.task !== join) return null
  round.looked.delete(from)
  look(live, round, from)
  return round
}

export function closeRound(live: LiveExecution, task: LiveTask): void {
  if (live.rounds.get(task.name)?.task === task) live.rounds.delete(task.name)
}

/**
 * A task completed or was started: brings up to date the rounds that this may change, which are
 * answered oldest first, in whatever order they came to watch it.
 *
 * @param rerun An earlier run of it runs again.
 */
export function lookAgain(live: LiveExecution, name: string, rerun = false): Round[] {
  const watchers = live.watched.get(name)
  if (!watchers) return []
  live.watched.delete(name)
  const changed = new Set<Round>()
  for (const { join, inbound } of watchers.values()) {
    const round = live.rounds.get(join)
    if (!round) continue
    if (rerun) round.looked.delete(inbound)
    const next = name === inbound ? undefined : nextOnTheWay(live, round, inbound, name)
    if (next === undefined) look(live, round, inbound)
    else watch(live, next, join, inbound)
    changed.add(round)
  }
  return [...changed].sort((a, b) => a.task.id < b.task.id ? -1 : 1)
}

/** A task that was started on the way to an inbound one, so that nothing but the way there has changed. */
function nextOnTheWay(
  live: LiveExecution,
  round: Round,
  inbound: string,
  name: string,
): string | undefined {
  const entry = round.entries.get(inbound)
  if (round.index > 0 || entry?.kind !== 'awaited' || !entry.ways) return undefined
  const next = live.latest(name)?.context.nextTasks?.find(([next]) =>
    entry.ways!.has(next) && live.unsettled.has(next)
  )
  return next?.[0]
}

/** Somebody who waits for a task's completion. */
export interface Watcher {
  readonly join: string
  readonly inbound: string
}

/** What a round has come to. */
export function verdictOf(live: LiveExecution, round: Round): Verdict {
  const { join, inbound: { length: total } } = round.task.spec
  const needed = neededOf(round.task.spec)
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

  const { entry, hangsOn } = entryOf(live, round, inbound, before)
  round.entries.set(inbound, entry)
  if (entry.kind === 'arrived') round.arrived++
  if (entry.kind === 'failed') round.failed++
  watch(live, inbound, round.task.name, inbound)
  for (const name of hangsOn) watch(live, name, round.task.name, inbound)
}

const NOTHING: ReadonlySet<string> = new Set()

/** An inbound task's part in a round, and on whose completion that hangs besides its own. */
function entryOf(
  live: LiveExecution,
  round: Round,
  inbound: string,
  before: Entry | undefined,
): { entry: Entry; hangsOn: ReadonlySet<string> } {
  const arrived = newArrival(live, round, inbound) ?? before
  if (
    arrived?.kind === 'arrived' && hasArrivedAt(live, round.task, live.tasks.get(arrived.taskId)!)
  ) {
    return { entry: arrived, hangsOn: NOTHING }
  }
  const { name: join } = round.task
  for (const run of live.unsettled.get(inbound) ?? []) {
    if (run === round.task) continue
    if (round.index > 0 && placeOf(live, join, run).index !== round.index) continue
    return { entry: { kind: 'awaited' }, hangsOn: NOTHING }
  }
  const { may, hangsOn, ways } = prospectOf(live, join, inbound)
  if (may) return { entry: { kind: 'awaited', ways }, hangsOn }
  const elsewhere = live.latest(inbound)
  const taskId = elsewhere && isOfRound(live, round, elsewhere) ? elsewhere.id : null
  return { entry: { kind: 'failed', taskId }, hangsOn }
}

/** The latest of the runs that arrived, among those that were not looked at before. */
function newArrival(live: LiveExecution, round: Round, inbound: string): Entry | undefined {
  const runs = runsOf(live, inbound)
  const first = round.looked.get(inbound) ?? 0
  let unsettled = runs.length
  for (let i = runs.length - 1; i >= first; i--) {
    const run = runs[i]!
    if (!isSettled(run)) {
      unsettled = i
      continue
    }
    const event = clauseTo(run, round.task.name)
    if (event !== undefined && hasArrivedAt(live, round.task, run)) {
      return { kind: 'arrived', taskId: run.id, event }
    }
  }
  round.looked.set(inbound, unsettled)
  return undefined
}

/** Whether a task that led elsewhere did so in this round, and not in an earlier one. */
function isOfRound(live: LiveExecution, round: Round, run: LiveTask): boolean {
  if (round.index === 0) return true
  return ancestorRound(live, runsOf(live, round.task.name), run) === round.index - 1
}

function watch(live: LiveExecution, name: string, join: string, inbound: string): void {
  const watchers = live.watched.get(name) ?? new Map<string, Watcher>()
  live.watched.set(name, watchers.set(`${join} ${inbound}`, { join, inbound }))
}
