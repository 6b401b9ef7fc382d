/**
 * @module
 * The people outside: they ask one server or another, hear nothing or an error now and then, and ask again
 * until they know.
 */
import { isFinal, stateOf } from '../../actors/records.ts'
import type { ActionRow } from '../../actors/records.ts'
import { readMaintenance } from '../../runtime/maintenance.ts'
import type { Store } from '../../runtime/store/store.ts'
import type { Outside } from './actions.ts'
import { ANSWERED } from './blocks.ts'
import type { Dice } from './dice.ts'
import type { History } from './history.ts'
import { isOver } from './history.ts'
import type { Loop } from './loop.ts'
import { Process } from './loop.ts'
import type { Answer, SimServer } from './server.ts'
import { brokenTask, ENVIRONMENT, STORED_ENVIRONMENT } from './workload.ts'
import type { CronJob, Job, MaintenanceJob } from './workload.ts'

export interface NetworkFaults {
  latencyMs: number
  /** Requests, and answers, that are lost. */
  lossRate: number
  /** Requests that arrive twice. */
  duplicateRate: number
}

export interface ClientsOptions {
  readonly loop: Loop
  readonly dice: Dice
  readonly history: History
  readonly outside: Outside
  readonly faults: NetworkFaults
  /** What the servers keep everything in, to look at. */
  readonly store: Store
  /** Those that may be asked, dead ones among them. */
  readonly servers: () => readonly SimServer[]
  readonly trace: (who: string, what: string) => void
}

/** How an execution was stopped by a client, as far as the client knows. */
export interface Fate {
  /** The server said that it is done. */
  acknowledged: boolean
  state: 'CANCELLED' | 'SUCCESS' | 'ERROR' | 'DELETED'
  /** This was done to one of its sub-workflows: others beside that one go on. */
  readonly isFromBelow?: boolean
}

/** It is paused or over, or its output needs what is not published yet. */
const REFUSALS = /Can't change workflow execution state|Can not evaluate/

const PATIENCE_MS = 5_000
/** What was asked is heard, or never, when this is over after the last blow. */
const LONGEST_WAY_MS = 25_000

export class Clients {
  readonly #options: ClientsOptions
  readonly process = new Process('clients')
  readonly problems: string[] = []
  /** Ends that clients brought about, by execution. */
  readonly fates = new Map<string, Fate>()
  /** Environments that people gave to executions that had failed. */
  readonly environments = new Map<string, { readonly [key: string]: string }>()
  /** Sub-workflow executions that people deleted. */
  readonly deleted = new Set<string>()
  #open = 0

  constructor(options: ClientsOptions) {
    this.#options = options
  }

  /** Whether everybody has what they wanted. */
  get areDone(): boolean {
    return this.#open === 0
  }

  run(script: () => Promise<void>): void {
    this.#open++
    script().catch((error: Error) => this.problems.push(`A client failed: ${error.stack}`))
      .finally(() => this.#open--)
  }

  #sleep(ms: number): Promise<void> {
    return this.#options.loop.sleep(this.process, ms)
  }

  /** Asks once. @returns Null if no answer came. */
  #ask(method: string, path: string, body?: unknown): Promise<Answer | null> {
    const { loop, dice, faults, servers } = this.#options
    const [server] = [dice.pick(servers())]
    const delay = () => dice.random() * faults.latencyMs
    return new Promise((resolve) => {
      const giveUp = loop.after(this.process, PATIENCE_MS, () => resolve(null))
      if (!server || !server.isServing || dice.chance(faults.lossRate)) return
      const arrive = () =>
        void server.call(method, path, body).then((answer) => {
          if (dice.chance(faults.lossRate)) return
          loop.after(this.process, delay(), () => {
            giveUp()
            resolve(answer)
          })
        }, (error: Error) => this.problems.push(`${method} ${path}: ${error.stack}`))
      loop.after(server.process, delay(), arrive)
      if (dice.chance(faults.duplicateRate)) {
        loop.after(server.process, dice.between(0, 2000), arrive)
      }
    })
  }

  /** Asks until somebody answers with something else than that it is not possible now. */
  async #insist(method: string, path: string, body?: unknown): Promise<Answer> {
    for (;;) {
      const answer = await this.#ask(method, path, body)
      const text = answer ? `${answer.status} ${answer.body?.faultstring ?? ''}` : 'no answer'
      this.#options.trace('client', `${method} ${path.slice(0, 30)}: ${text}`)
      // Asked again also when maintenance is over.
      if (answer && answer.status < 500 && answer.status !== 423) return answer
      await this.#sleep(this.#options.dice.between(50, 500))
    }
  }

  /** Submits a job, and sees to it until it is over. */
  async see(job: Job): Promise<void> {
    const { history, loop } = this.#options
    await this.#sleep(job.at - loop.now)
    const params = {
      env: job.isEnvStored ? STORED_ENVIRONMENT : ENVIRONMENT,
      ...(job.plan.target && { task_name: job.plan.target }),
      ...(job.hasWebhook && { notify: [{ type: 'webhook', url: `http://hook/${job.id}` }] }),
    }
    const answer = await this.#insist('POST', '/executions', {
      id: job.id,
      workflow_name: job.plan.name,
      input: { n: job.n },
      params,
    })
    if (answer.status !== 201) {
      this.problems.push(`Start of ${job.plan.name}: ${JSON.stringify(answer)}`)
      return
    }
    this.run(() => this.#resume(job))
    this.run(() => this.#mend(job))
    this.run(() => this.#meddle(job))
    await history.until(() => this.#isOver(job))
  }

  /** It has ended for good: nobody will run any of it again. */
  #isOver({ id, plan }: Job): boolean {
    const { history } = this.#options
    if (history.removed.has(id)) return true
    const state = history.stateOf(id)
    const fate = this.fates.get(id)
    if (fate?.state === 'DELETED') {
      return fate.acknowledged && (state === undefined || isOver(state))
    }
    if (fate) return isOver(state) || state === undefined
    return isOver(state) && (state === plan.state || state === 'CANCELLED')
  }

  /** Whatever pauses it, somebody resumes it. */
  async #resume(job: Job): Promise<void> {
    const { history, dice } = this.#options
    for (;;) {
      await history.until(() => history.stateOf(job.id) === 'PAUSED' || this.#isOver(job))
      if (this.#isOver(job)) return
      await this.#sleep(dice.between(10, 2000))
      if (history.stateOf(job.id) !== 'PAUSED') continue
      const params = { env: { resumed: 'yes' } }
      await this.#update(job.id, { state: 'RUNNING', ...(dice.chance(0.3) && { params }) })
    }
  }

  /** @returns What became of it: done, or refused since it has come to its end. */
  async #update(id: string, change: object, rootId = id): Promise<'done' | 'refused'> {
    const { status, body } = await this.#insist('PUT', `/executions/${id}`, change)
    if (status === 200) return 'done'
    const text = String(body?.faultstring)
    if (status === 400 && REFUSALS.test(text)) return 'refused'
    const { removed } = this.#options.history
    const isGone = removed.has(rootId) || this.fates.get(rootId)?.state === 'DELETED'
    if (status === 404 && isGone) return 'refused'
    this.problems.push(`PUT ${id} ${JSON.stringify(change)}: ${status} ${text}`)
    return 'refused'
  }

  async #meddle(job: Job): Promise<void> {
    const { dice } = this.#options
    const { id, meddling } = job
    switch (meddling) {
      case 'none':
        return
      case 'pause':
        for (let i = dice.int(1, 3); i > 0 && !this.#isOver(job); i--) {
          await this.#sleep(dice.between(0, 2000))
          if (!this.#isOver(job)) await this.#update(id, { state: 'PAUSED' })
        }
        return
      case 'pause below': {
        const below = await this.#below(job)
        if (below) await this.#update(below, { state: 'PAUSED' }, job.id)
        return
      }
      case 'cancel below': {
        const below = await this.#below(job)
        if (!below) return
        this.fates.set(id, { state: 'CANCELLED', acknowledged: false, isFromBelow: true })
        await this.#update(below, { state: 'CANCELLED' }, job.id)
        return this.#options.history.notice()
      }
      case 'delete below': {
        const below = await this.#below(job)
        if (!below) return
        this.fates.set(id, { state: 'ERROR', acknowledged: false, isFromBelow: true })
        const { status, body } = await this.#insist('DELETE', `/executions/${below}?force=true`)
        if (status !== 204 && status !== 404) {
          this.problems.push(`DELETE ${below}: ${status} ${JSON.stringify(body)}`)
        }
        this.deleted.add(below)
        return this.#options.history.notice()
      }
      case 'cancel':
      case 'stop':
      case 'fail':
        return await this.#end(job, meddling)
      case 'delete':
        return await this.#delete(job)
    }
  }

  /** A sub-workflow execution of a job, soon after it began; null if there is none. */
  async #below(job: Job): Promise<string | null> {
    const { history, dice } = this.#options
    const running = () =>
      [...history.executions].filter(([, row]) =>
        row.context.rootId === job.id && stateOf(row) === 'RUNNING'
      )
    await history.until(() => running().length > 0 || this.#isOver(job))
    await this.#sleep(dice.between(0, 1000))
    const [id] = dice.pick(running()) ?? []
    return id ?? null
  }

  async #end(job: Job, how: 'cancel' | 'stop' | 'fail'): Promise<void> {
    await this.#sleep(this.#options.dice.between(0, 4000))
    if (this.#isOver(job)) return
    const state = ({ cancel: 'CANCELLED', stop: 'SUCCESS', fail: 'ERROR' } as const)[how]
    const fate: Fate = { state, acknowledged: false }
    this.fates.set(job.id, fate)
    fate.acknowledged = await this.#update(job.id, { state }) === 'done'
    // Though refused at last, it may still be done: by a request before it that was never answered.
  }

  async #delete(job: Job): Promise<void> {
    await this.#sleep(this.#options.dice.between(0, 4000))
    const fate: Fate = { state: 'DELETED', acknowledged: false }
    this.fates.set(job.id, fate)
    const { status, body } = await this.#insist('DELETE', `/executions/${job.id}?force=true`)
    if (status === 204 || status === 404) fate.acknowledged = true
    else this.problems.push(`DELETE ${job.id}: ${status} ${JSON.stringify(body)}`)
    this.#options.history.notice()
  }

  /** Mends what is broken: runs it again, or skips it. */
  async #mend(job: Job): Promise<void> {
    const { history, outside, dice } = this.#options
    const broken = brokenTask(job.plan)
    if (broken === null) return
    await history.until(() => this.#isOver(job) || history.stateOf(job.id) === 'ERROR')
    if (this.#isOver(job)) return
    await this.#sleep(dice.between(10, 1000))
    const [own, { context }] = [...history.tasks].find(([, { context }]) =>
      history.rootOf(context.executionId) === job.id && context.name === broken
    )!
    outside.mended.add(`${job.id}/${broken}`)
    const below = history.executions.get(context.executionId)!.context
    const isInside = broken.startsWith('broken_inside')
    const id = isInside ? below.parentTaskId : own
    for (let at = isInside ? below.parentExecutionId : below.id; at !== null;) {
      history.revivals.set(at, 1)
      at = history.executions.get(at)?.context.parentExecutionId ?? null
    }
    if (dice.chance(0.3)) {
      const env = { mended: 'yes' }
      if (await this.#update(job.id, { params: { env } }) === 'done') {
        this.environments.set(job.id, env)
      }
    }
    const reset = !/^broken_(inside)?some/.test(broken)
    const change = broken.startsWith('broken')
      ? { id, state: 'RUNNING', reset }
      : { id, state: 'SKIPPED' }
    const { status, body } = await this.#insist('PUT', `/tasks/${id}`, change)
    if (status === 200) return
    // Asked again after an answer was lost, it is no longer in ERROR.
    if (status === 400 && /must be in ERROR/.test(String(body?.faultstring))) return
    if (status === 404 && history.removed.has(job.id)) return
    this.problems.push(`PUT task ${broken}: ${status} ${JSON.stringify(body)}`)
  }

  /** Answers an asynchronous action as people do that know of its task. */
  answer({ id, taskId, taskName }: ActionRow): void {
    const { dice, history } = this.#options
    const name = taskName ?? ''
    const success = { state: 'SUCCESS', output: { by: name } }
    const kind = /^[a-z]*/.exec(name)![0]
    this.run(async () => {
      await this.#sleep(dice.between(10, 2500))
      switch (kind) {
        case ANSWERED.held:
          if (!await this.#change(id, { state: 'PAUSED' })) return
          await this.#sleep(dice.between(10, 1000))
          if (!await this.#change(id, { state: 'RUNNING' })) return
          return await this.#finish(id, success)
        case ANSWERED.tardy: {
          const isGivenUp = () => {
            const task = history.tasks.get(taskId!)
            return !task || isFinal(stateOf(task)) || this.#isLeft(task.context.executionId)
          }
          await history.until(isGivenUp)
          await this.#sleep(dice.between(0, 2000))
          return await this.#finish(id, success)
        }
        case ANSWERED.failing: {
          const isFirst = ![...history.actions.values()].some((row) =>
            row.taskId === taskId && row.id !== id && row.state === 'ERROR'
          )
          return await this.#finish(
            id,
            isFirst ? { state: 'ERROR', output: { reason: 'not yet' } } : success,
          )
        }
        case ANSWERED.cancelled:
          return await this.#finish(id, { state: 'CANCELLED' })
        default:
          return await this.#finish(id, success)
      }
    })
  }

  /** Nobody waits for the end of its tasks, since it or what is above it is over. */
  #isLeft(executionId: string): boolean {
    const { history } = this.#options
    if (!history.executions.has(executionId)) return true
    return [executionId, history.rootOf(executionId)].some((id) => isOver(history.stateOf(id)))
  }

  /** Gives an action its result, now and then twice and then otherwise. */
  async #finish(id: string, result: object): Promise<void> {
    if (!await this.#change(id, result) || !this.#options.dice.chance(0.3)) return
    const path = `/action_executions/${id}`
    const second = await this.#insist('PUT', path, {
      state: 'ERROR',
      output: { reason: 'changed my mind' },
    })
    const isKnown = second.status === 400 && /already completed/.test(second.body.faultstring)
    if (!isKnown && second.status !== 404) {
      this.problems.push(
        `A second answer of ${id}: ${second.status} ${JSON.stringify(second.body)}`,
      )
    }
  }

  /** @returns False if the action is gone. */
  async #change(id: string, change: object): Promise<boolean> {
    const path = `/action_executions/${id}`
    const { status, body } = await this.#insist('PUT', path, change)
    const isKnown = status === 400 && /already completed/.test(body.faultstring)
    if (status !== 200 && status !== 404 && !isKnown) {
      this.problems.push(`PUT ${path} ${JSON.stringify(change)}: ${status} ${JSON.stringify(body)}`)
    }
    return status !== 404
  }

  /** Pauses the whole service, and lets it go on: whatever of that is heard late, or twice. */
  async maintain({ at, forMs }: MaintenanceJob, spanMs: number): Promise<void> {
    const { loop } = this.#options
    await this.#sleep(at - loop.now)
    await this.#setMaintenance('PAUSED')
    await this.#sleep(forMs)
    await this.#setMaintenance('RUNNING')
    // A request of before may still be on its way, or with a server that is frozen.
    while (loop.now < spanMs + LONGEST_WAY_MS || this.#open > 1) {
      await this.#sleep(2000)
      const { record } = await readMaintenance(this.#options.store)
      if (record.status !== 'RUNNING') await this.#setMaintenance('RUNNING')
    }
  }

  async #setMaintenance(status: 'RUNNING' | 'PAUSED'): Promise<void> {
    const { status: code, body } = await this.#insist('PUT', '/maintenance', { status })
    if (code !== 200) this.problems.push(`PUT maintenance: ${code} ${JSON.stringify(body)}`)
  }

  /** Makes a cron trigger, and waits until it has fired for the last time. */
  async schedule(job: CronJob): Promise<void> {
    const { loop, history } = this.#options
    await this.#sleep(job.at - loop.now)
    const { status, body } = await this.#insist('POST', '/cron_triggers', {
      name: job.name,
      workflow_name: job.plan.name,
      workflow_input: { n: job.n },
      workflow_params: { env: ENVIRONMENT },
      pattern: '* * * * *',
      remaining_executions: job.count,
    })
    if (status !== 201 && status !== 409) {
      this.problems.push(`POST cron trigger: ${status} ${JSON.stringify(body)}`)
      return
    }
    const mine = () =>
      [...history.executions].filter(([, { context }]) => context.triggerId !== null)
    const areDone = () =>
      mine().length >= job.count && mine().every(([id]) => isOver(history.stateOf(id)))
    this.run(async () => {
      for (;;) {
        const paused = () => mine().find(([id]) => history.stateOf(id) === 'PAUSED')
        await history.until(() => areDone() || paused() !== undefined)
        if (areDone()) return
        await this.#sleep(this.#options.dice.between(10, 2000))
        const [id] = paused() ?? []
        if (id) await this.#update(id, { state: 'RUNNING' })
      }
    })
    await history.until(areDone)
  }
}
