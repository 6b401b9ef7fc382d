/**
 * @module
 * Simulated actions, and the world outside in which they have their effects: it counts every start, and
 * remembers what each was to come to.
 */
import { defineAction } from '../../actors/action/action.ts'
import type { Action, ActionContext, ActionResult } from '../../actors/action/action.ts'
import type { Value } from '../../actors/expressions/values/value.ts'
import type { Dice } from './dice.ts'
import type { Loop, Process } from './loop.ts'

/** An action execution as the world outside saw it. */
export interface Deed {
  readonly key: string
  starts: number
  /** It may be started again. */
  readonly isSafe: boolean
}

/** Milliseconds that a plain action takes. */
export interface ActionTimes {
  usual: number
  slowRate: number
  slow: number
}

export class Outside {
  /** By action execution. */
  readonly deeds = new Map<string, Deed>()
  /** Action executions by what they are to do, in the order of their first starts. */
  readonly #tries = new Map<string, string[]>()
  /** What was broken and works now: `ROOT/TASK`. */
  readonly mended = new Set<string>()
  readonly #loop: Loop
  readonly #dice: Dice
  readonly times: ActionTimes
  readonly #rootOf: (executionId: string) => string

  /** @param rootOf The root of the tree that an execution is in. */
  constructor(loop: Loop, dice: Dice, times: ActionTimes, rootOf: (executionId: string) => string) {
    this.#rootOf = rootOf
    this.#loop = loop
    this.#dice = dice
    this.times = times
  }

  /** The actions as a thread runs them: they die with it. */
  actionsIn(thread: Process): Action[] {
    return [defineAction({
      name: 'sim.do',
      description:
        'Does as planned: ok, fail, broken, hang, fail:N and hang:N for the first N tries, or count: the tries',
      parameters: [
        { name: 'key' },
        { name: 'plan', default: 'ok' },
        { name: 'output', default: null },
        { name: 'safe', default: true },
      ],
      run: (input, context) => this.#run(input, context, thread),
    })]
  }

  async #run(
    { key, plan, output, safe }: { readonly [name: string]: Value },
    context: ActionContext,
    thread: Process,
  ): Promise<ActionResult> {
    const { actionExecutionId: id, workflowExecutionId } = context
    const what = `${workflowExecutionId}/${key}`
    const deed = this.deeds.get(id) ?? { key: what, starts: 0, isSafe: safe !== false }
    deed.starts++
    this.deeds.set(id, deed)
    const tries = this.#tries.get(what) ?? []
    this.#tries.set(what, tries)
    if (!tries.includes(id)) tries.push(id)

    const [kind, count] = String(plan).split(':')
    const isEarly = count === undefined || tries.indexOf(id) < Number(count)
    if (kind === 'hang' && isEarly) return await forEver(context.signal)
    await this.#loop.sleep(thread, this.#timeMs())
    const nth = tries.indexOf(id) + 1
    if (kind === 'fail' && isEarly) return { error: `${key} fails as planned, try ${nth}` }
    if (kind === 'broken' && !this.#isMended(what)) return { error: `${key} is broken` }
    if (kind === 'count') return { data: nth }
    return { data: output ?? null }
  }

  /** Items are mended with their task. */
  #isMended(what: string): boolean {
    const [executionId, task] = what.split('/')
    return this.mended.has(`${this.#rootOf(executionId!)}/${task}`)
  }

  #timeMs(): number {
    const { usual, slow, slowRate } = this.times
    return this.#dice.random() * (this.#dice.chance(slowRate) ? slow : usual)
  }
}

function forEver(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('called off')), { once: true })
  })
}
