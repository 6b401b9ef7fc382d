/**
 * @module
 * A task starts: its policies are looked at, and then it runs, waits or holds (`engine.md` §4).
 */
import { stepTask } from '../execution/changes.ts'
import type { LiveExecution, LiveTask } from '../execution/live.ts'
import { taskScope } from '../data-flow/scope.ts'
import type { Turn } from '../turn.ts'
import { failing } from './force-fail.ts'
import { policiesBefore } from './policies.ts'

/** The first run of a task, or of a join whose round is decided. @throws {NotLoaded} */
export function startTask(live: LiveExecution, task: LiveTask, turn: Turn): void {
  if (task.state !== 'IDLE' && task.state !== 'WAITING') return
  failing(live, task, turn, () => ({ doing: 'run task' }), () => {
    const policies = policiesBefore(task.spec, () => taskScope(live, task, turn))
    return () => stepTask(live, task, { type: 'START', now: turn.now, policies }, turn)
  })
}
