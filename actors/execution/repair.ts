/**
 * @module
 * Sets what rests for ever going again (`reference/engine.md` §19, integrity check).
 */
import { timerKey } from '../turn.ts'
import type { Message, Turn } from '../turn.ts'
import { standingsOf } from './integrity.ts'
import type { Standing, Surroundings } from './integrity.ts'
import { openRound } from '../join/joins.ts'
import { delayTimer } from './live.ts'
import type { LiveExecution, LiveTask } from './live.ts'
import { actionsOf, childrenOf } from './results.ts'

type Repair = Extract<Message, { type: 'execution.repair' }>

/** Children of one task that are looked at; a task with more is trusted to count them. */
export const MOST_CHILDREN = 1000

/**
 * Tells whatever rests for ever what should have moved it, and answers what that was: a fault each.
 * To be called when no message is under way for the execution. @throws {NotLoaded}
 */
export function repairExecution(live: LiveExecution, { unset, ask }: Repair, turn: Turn): void {
  const missing = new Set<string>()
  for (const task of live.open) {
    const timer = delayTimer(task)
    if (timer !== null && unset.includes(unsetTimer(task, timer))) {
      missing.add(timerKey(live.id, task.id, timer))
    }
  }
  const around: Surroundings = {
    timer: (key) => missing.has(key) ? null : turn.now,
    isRunning: (actionId) => turn.isRunning(actionId),
    actions: (task) => isCountable(task, 'actions.task', turn) ? actionsOf(task, turn) : null,
    children: (task) => isCountable(task, 'executions.task', turn) ? childrenOf(task, turn) : null,
    messages: [],
  }
  const faulty = standingsOf(live, around).filter(({ fault }) => fault !== null)
  for (const { id, remedy } of faulty) {
    if (!remedy) continue
    // What the round of a join says is what is wrong with it.
    if (remedy.type === 'task.settle') openRound(live, live.tasks.get(id)!)
    turn.tell(remedy)
  }
  turn.reply(ask, faulty satisfies readonly Standing[])
}

/** Names the delay of a task whose timer is not set, and no other of its delays. */
export function unsetTimer({ context }: LiveTask, timer: string): string {
  return `${context.id} ${timer} ${context.attempt} ${context.dueAt}`
}

function isCountable(
  task: LiveTask,
  list: 'actions.task' | 'executions.task',
  turn: Turn,
): boolean {
  return !task.isFinal && turn.list(list, task.id).length <= MOST_CHILDREN
}
