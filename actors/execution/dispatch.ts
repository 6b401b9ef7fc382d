/**
 * @module
 * Carries out what completions lead to (`reference/engine.md` §5.1): runs tasks, lets them arrive at
 * joins, and obeys engine commands.
 */
import type { TaskSpec } from '../language/spec.ts'
import type { Cause, TaskContext } from '../records.ts'
import type { Turn } from '../turn.ts'
import { createTask, noteTask, stepExecution, stepTask } from './changes.ts'
import { placeOf, runsOf } from '../join/arrivals.ts'
import {
  closeRound,
  inspectJoin,
  lookAgain,
  mayStart,
  noteArrival,
  openRound,
  verdictOf,
  waitingInVain,
} from '../join/joins.ts'
import type { Round } from '../join/joins.ts'
import type { LiveExecution, LiveTask } from './live.ts'
import type { Command } from './next-commands.ts'

/**
 * Carries out commands in order; those that a pause catches wait in the backlog.
 *
 * @returns Whether one of them ends the execution: then joins are not decided any more, not even by an
 *   arrival before it (§7).
 */
export function dispatch(live: LiveExecution, commands: readonly Command[], turn: Turn): boolean {
  const kept: Command[] = []
  const wanted = withoutRepeats(live, untilEnd(commands))
  const ends = live.state === 'RUNNING' && wanted.some(isEnd) &&
    !wanted.some(({ command }) => command === 'pause')
  for (const command of wanted) {
    if (live.isFinal) return ends
    if (live.state === 'PAUSED') kept.push(command)
    else run(live, command, ends ? () => {} : settle, turn)
  }
  if (kept.length > 0) {
    stepExecution(live, { type: 'KEEP', backlog: [...live.context.backlog, ...kept] }, turn)
  }
  return ends
}

function isEnd({ command }: Command): boolean {
  return command === 'fail' || command === 'succeed'
}

/** The commands up to and with the first `fail` or `succeed`: what follows it can never happen. */
function untilEnd(commands: readonly Command[]): readonly Command[] {
  const end = commands.findIndex(isEnd)
  return end === -1 ? commands : commands.slice(0, end + 1)
}

/** A task that leads to a join by several clauses arrives there once. */
function withoutRepeats(live: LiveExecution, commands: readonly Command[]): readonly Command[] {
  const arrivals = new Set<string>()
  return commands.filter(({ task, trigger }) => {
    if (task === null || trigger === null || live.spec.tasks.get(task)?.join === null) return true
    const arrival = `${trigger.taskId} ${task}`
    return !arrivals.has(arrival) && arrivals.add(arrival)
  })
}

/** What is done about a round that an arrival may have decided. */
type Decide = (live: LiveExecution, round: Round, turn: Turn) => void

function run(live: LiveExecution, command: Command, decide: Decide, turn: Turn): void {
  const { task, message, trigger } = command
  const cause: Cause = {
    kind: 'command',
    at: turn.now,
    ...(trigger && { taskId: trigger.taskId }),
  }
  switch (command.command) {
    case 'pause':
      stepExecution(live, { type: 'PAUSE', now: turn.now, info: message, cause }, turn)
      return
    case 'fail':
    case 'succeed':
      return turn.tell({
        type: 'execution.finish',
        executionId: live.id,
        state: command.command === 'fail' ? 'ERROR' : 'SUCCESS',
        info: message,
        cause,
      })
  }
  const spec = live.spec.tasks.get(task!)
  if (!spec) throw new TypeError(`Task ${task} is not in the definition of ${live.id}`)
  if (spec.join !== null && trigger) {
    return arrive(live, spec.name, trigger.taskId, decide, turn)
  }

  const triggers = live.spec.type === 'reverse'
    ? requiredRuns(live, spec)
    : trigger
    ? [trigger]
    : []
  const created = createTask(live, spec, triggers, turn)
  lookAgain(live, spec.name)
  turn.tell({ type: 'task.start', executionId: live.id, taskId: created.id })
}

/** A task of a reverse workflow inherits from all that it requires, earliest finished first. */
function requiredRuns(live: LiveExecution, { requires }: TaskSpec): TaskContext['triggeredBy'] {
  return requires.map((name) => live.latest(name))
    .filter((task) => task !== null)
    .sort((a, b) =>
      (a.context.finishedAt ?? 0) - (b.context.finishedAt ?? 0) || (a.id < b.id ? -1 : 1)
    )
    .map(({ id }) => ({ taskId: id, event: null }))
}

/** A task leads to a join. */
function arrive(
  live: LiveExecution,
  join: string,
  fromId: string,
  decide: Decide,
  turn: Turn,
): void {
  const from = live.tasks.get(fromId)!
  const spec = live.spec.tasks.get(join)!
  const { index, again } = placeOf(live, join, from)
  const runs = runsOf(live, join)
  const run = runs[index]
  if (run) {
    place(live, from, run, index, turn)
    if (run === runs.at(-1) && isUnfollowed(run)) return rearm(live, run, decide, turn)
    // One that was decided meanwhile takes no more.
    const round = noteArrival(live, run, from.name)
    if (round) decide(live, round, turn)
  } else if (again && !mayStart(live, spec, from)) {
    place(live, from, runs.at(-1)!, index - 1, turn)
  } else {
    const task = createTask(live, spec, [], turn)
    place(live, from, task, index, turn)
    lookAgain(live, join)
    decide(live, openRound(live, task, from), turn)
  }
}

/** It failed without having started, and that led to nothing. */
function isUnfollowed({ state, context: { attempt, nextTasks } }: LiveTask): boolean {
  return state === 'ERROR' && attempt === 0 && nextTasks?.length === 0
}

/** Notes at which run of a join a task arrived. That it is the first needs no note. */
function place(
  live: LiveExecution,
  from: LiveTask,
  run: LiveTask,
  index: number,
  turn: Turn,
): void {
  if (index === 0) return
  const others = from.context.arrivedAt.filter(([join]) => join !== run.name)
  noteTask(live, from, { arrivedAt: [...others, [run.name, run.id]] }, turn)
}

/** A join that never started, because it could not be reached, is reached after all. */
function rearm(live: LiveExecution, task: LiveTask, decide: Decide, turn: Turn): void {
  const round = openRound(live, task)
  // As long as others make it impossible, it does not fail once more.
  if (verdictOf(live, round).kind === 'fail') return closeRound(live, task)
  stepTask(live, task, { type: 'REARM', now: turn.now }, turn)
  decide(live, round, turn)
}

/** A task is final and its successors were dispatched: decides the joins that this changes. */
export function settleJoins(live: LiveExecution, task: LiveTask, turn: Turn): void {
  for (const round of lookAgain(live, task.name)) settle(live, round, turn)
}

/** A join that cannot start fails, with all that keeps it from starting. */
export function settleJoin(live: LiveExecution, task: LiveTask, turn: Turn): void {
  const round = live.rounds.get(task.name)
  if (round?.task !== task || live.isFinal) return
  const verdict = verdictOf(live, round)
  if (verdict.kind !== 'fail') return settle(live, round, turn)
  noteTask(live, task, { triggeredBy: verdict.triggeredBy }, turn)
  failJoin(live, task, verdict.info, turn)
}

/** A join that could not start is tried again: it may be able to by now. */
export function awaitAgain(live: LiveExecution, task: LiveTask, turn: Turn): void {
  if (!task.awaits) return
  settle(live, openRound(live, task), turn)
  if (live.isStill) turn.tell({ type: 'joins.check', executionId: live.id })
}

/** Fails the first of joins that wait for each other: that may bring on the rest. */
export function failInVain(live: LiveExecution, turn: Turn): void {
  const waiting = new Map<LiveTask, readonly LiveTask[]>()
  for (const join of live.awaiting) {
    const { verdict, awaited } = inspectJoin(live, join)
    // One that was decided is about to start or fail.
    if (verdict.kind === 'wait') waiting.set(join, awaited)
  }
  const [first] = [...waitingInVain(waiting)].sort((a, b) => a.id < b.id ? -1 : 1)
  if (!first) return
  // It inherits from who arrived, as any join that fails.
  noteTask(live, first, { triggeredBy: inspectJoin(live, first).arrived }, turn)
  const names = waiting.get(first)!.map(({ name }) => `'${name}'`).join(', ')
  failJoin(live, first, `It waits for tasks that wait for it: [${names}]`, turn)
}

function failJoin(live: LiveExecution, task: LiveTask, info: string, turn: Turn): void {
  closeRound(live, task)
  turn.tell({
    type: 'task.complete',
    executionId: live.id,
    taskId: task.id,
    attempt: task.context.attempt,
    state: 'ERROR',
    info,
    result: [],
  })
}

/** Starts or fails a join if it is decided. One whose execution has ended waits for a rerun. */
function settle(live: LiveExecution, round: Round, turn: Turn): void {
  if (live.isFinal) return
  const verdict = verdictOf(live, round)
  if (verdict.kind === 'wait') return
  const { task } = round
  const at = { executionId: live.id, taskId: task.id }
  // Others that end in the same turn are heard before it fails.
  if (verdict.kind === 'fail') return turn.tell({ type: 'task.settle', ...at })
  closeRound(live, task)
  noteTask(live, task, { triggeredBy: verdict.triggeredBy }, turn)
  turn.tell({ type: 'task.start', ...at })
}
