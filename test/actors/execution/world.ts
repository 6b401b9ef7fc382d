/**
 * @module
 * A service whose time the test owns: workflows are started through the API and waited for, and time
 * passes only when nothing else can happen.
 */
import type { Action } from '../../../actors/action/action.ts'
import type { Clock } from '../../../runtime/clock.ts'
import { MemoryStore } from '../../../runtime/store/memory.ts'
import type { Command } from '../../../runtime/commands.ts'
import type { Commit, Store } from '../../../runtime/store/store.ts'
import { startService } from '../../in-process.ts'
import type { Service, ServiceOptions } from '../../in-process.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Test } from 'uvu'

export const START = Date.UTC(2026, 0, 2, 3, 4, 5)

/** Time that stands still until it is told to move. */
export class OwnClock implements Clock {
  #now = START
  readonly #alarms = new Set<{ readonly at: number; readonly call: () => void }>()

  now(): number {
    return this.#now
  }

  elapsed(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const alarm = { at: this.#now + ms, call }
    this.#alarms.add(alarm)
    return () => void this.#alarms.delete(alarm)
  }

  soon(call: () => void): void {
    setImmediate(call)
  }

  /** Passes without anybody noticing, as for a process that is frozen. */
  skip(ms: number): void {
    this.#now += ms
  }

  /** Moves to the next alarm and lets it ring. @returns Whether there was one. */
  jump(): boolean {
    const next = [...this.#alarms].reduce((a, b) => b.at < a.at ? b : a, NO_ALARM)
    if (next === NO_ALARM) return false
    this.#alarms.delete(next)
    this.#now = Math.max(this.#now, next.at)
    next.call()
    return true
  }

  /** Lets time pass without ringing what is due later. */
  pass(ms: number): void {
    this.#now += ms
    for (const alarm of [...this.#alarms]) {
      if (alarm.at > this.#now || !this.#alarms.delete(alarm)) continue
      alarm.call()
    }
  }
}

const NO_ALARM = { at: Infinity, call: () => {} }

/** Tells whether anything was written lately. */
class WatchedStore extends MemoryStore {
  commits = 0

  override commit(commit: Commit): Promise<void> {
    this.commits++
    return super.commit(commit)
  }
}

/** Bodies of the API, which tests look into. */
// deno-lint-ignore no-explicit-any
export type Json = any

export interface Ended {
  readonly id: string
  readonly state: string
  readonly info: string | null
  readonly output: Json
  /** When it ended by the clock, in seconds after its start. */
  readonly seconds: number
  /** State by the names of its tasks; of several runs, the last. */
  readonly states: Readonly<Record<string, string>>
}

const FINAL = ['SUCCESS', 'ERROR', 'CANCELLED']
/** Rounds of the event loop without a commit after which nothing more happens by itself. */
const QUIET_ROUNDS = 12

/** What a world may be given besides its store and its time. */
export type WorldOptions = Omit<ServiceOptions, 'store' | 'clock'>

export class World {
  readonly clock = new OwnClock()
  readonly #store = new WatchedStore({ shards: 2, now: () => this.clock.now() })
  #service: Service | null = null

  #options: WorldOptions = {}
  /** What chance gives next, from 0 up to 1. */
  random = Math.random

  async open(options: WorldOptions = {}): Promise<void> {
    this.#options = options
    this.#service = await startService({
      ...options,
      store: this.#store,
      clock: this.clock,
      random: () => this.random(),
    })
  }

  /** Goes on in a service that knows only what is stored. */
  async restart(): Promise<void> {
    await this.#service!.close()
    await this.open(this.#options)
    await this.quiet()
  }

  /** Closes it, once; what failed inside fails the test. */
  async close(): Promise<void> {
    const service = this.#service
    this.#service = null
    if (!service) return
    await service.close()
    await this.#store.close()
  }

  /** What it is kept in, for a look past the API. */
  get store(): Store {
    return this.#store
  }

  get commits(): number {
    return this.#store.commits
  }

  /** Calls the API and insists on its success. */
  async call(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.#service!.call(method, `/v2${path}`, body)
    assert.ok(
      answer.status < 300,
      `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`,
    )
    return answer.body
  }

  /** Calls the API. @returns How it was answered. */
  async status(method: string, path: string, body?: unknown): Promise<number> {
    return (await this.#service!.call(method, `/v2${path}`, body)).status
  }

  /** Calls the API and insists on its refusal. @returns What it says. */
  async refused(method: string, path: string, body?: unknown): Promise<string> {
    const answer = await this.#service!.call(method, `/v2${path}`, body)
    assert.ok(answer.status >= 400, `${method} ${path} should be refused: ${answer.status}`)
    return `${answer.status} ${answer.body.faultstring}`
  }

  /** Asks past the API for several things that one turn handles, in this order. */
  async together(...commands: readonly Command[]): Promise<void> {
    await Promise.all(commands.map((command) => this.#service!.engine.ask(command)))
  }

  /** Makes the workflows of a text; `version` may be left out. */
  async define(text: string): Promise<void> {
    await this.call('POST', '/workflows', `version: '2.0'\n${unindented(text)}`)
  }

  async start(workflow: string, input: object = {}, params: object = {}): Promise<string> {
    const body = {
      workflow_name: workflow,
      input: JSON.stringify(input),
      params: JSON.stringify(params),
    }
    return (await this.call('POST', '/executions', body)).id
  }

  /** Defines workflows, starts the first one and lets it come to its end. */
  async run(text: string, input: object = {}, params: object = {}): Promise<Ended> {
    await this.define(text)
    return await this.end(await this.start(nameOf(text), input, params))
  }

  /** Defines workflows and starts the first of them. @returns Its id, when all is quiet. */
  async launch(text: string, input: object = {}, params: object = {}): Promise<string> {
    await this.define(text)
    const id = await this.start(nameOf(text), input, params)
    await this.quiet()
    return id
  }

  /** Waits until nothing more happens without time passing. */
  async quiet(): Promise<void> {
    for (let rounds = 0, seen = this.commits; rounds < QUIET_ROUNDS; rounds++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.commits === seen) continue
      seen = this.commits
      rounds = 0
    }
  }

  /**
   * Lets an execution come to its end, passing the time it needs.
   *
   * @param between Called whenever nothing more happens without time passing.
   */
  async end(id: string, between: () => Promise<void> = async () => {}): Promise<Ended> {
    const startedAt = this.clock.now()
    for (;;) {
      await this.quiet()
      await between()
      const body = await this.execution(id)
      if (FINAL.includes(body.state)) return await this.#ended(body, startedAt)
      assert.ok(this.clock.jump(), `Execution hangs: ${await this.#picture(id)}`)
    }
  }

  /** Passes this many seconds, one alarm after the other. */
  async pass(seconds: number): Promise<void> {
    await this.quiet()
    this.clock.pass(seconds * 1000)
    await this.quiet()
  }

  async execution(id: string): Promise<Json> {
    return await this.call('GET', `/executions/${id}`)
  }

  async state(id: string): Promise<string> {
    return (await this.execution(id)).state
  }

  async update(id: string, change: object): Promise<void> {
    await this.call('PUT', `/executions/${id}`, change)
    await this.quiet()
  }

  /** All tasks of an execution, oldest first. */
  async tasks(id: string): Promise<Json[]> {
    return (await this.call('GET', `/executions/${id}/tasks`)).tasks
  }

  /** The latest run of a task, with everything. */
  async task(id: string, name: string): Promise<Json> {
    const found = (await this.tasks(id)).filter((task) => task.name === name).at(-1)
    assert.ok(found, `Execution ${id} has no task ${name}`)
    return await this.call('GET', `/tasks/${found.id}`)
  }

  async states(id: string): Promise<Record<string, string>> {
    return Object.fromEntries((await this.tasks(id)).map((task) => [task.name, task.state]))
  }

  /** Results of a task's runs, oldest first. */
  async results(id: string, name: string): Promise<Json[]> {
    const runs = (await this.tasks(id)).filter((task) => task.name === name)
    const bodies = await Promise.all(runs.map((run) => this.call('GET', `/tasks/${run.id}`)))
    return bodies.map(({ result }) => JSON.parse(result))
  }

  /** Action executions of a task's latest run, oldest first. */
  async actions(id: string, name: string): Promise<Json[]> {
    const task = await this.task(id, name)
    return (await this.call('GET', `/tasks/${task.id}/action_executions`)).action_executions
  }

  /** Sub-workflow executions of a task's latest run, oldest first. */
  async children(id: string, name: string): Promise<Json[]> {
    const task = await this.task(id, name)
    return (await this.call('GET', `/tasks/${task.id}/workflow_executions`)).executions
  }

  /** Answers the running asynchronous action of a task. @param at Which of its items. */
  async answer(
    id: string,
    name: string,
    output: object = {},
    state: 'SUCCESS' | 'ERROR' | 'CANCELLED' = 'SUCCESS',
    at = 0,
  ): Promise<void> {
    const running = (await this.actions(id, name)).filter((action) => action.state === 'RUNNING')
    assert.ok(running[at], `Task ${name} has no running action ${at}`)
    await this.call('PUT', `/action_executions/${running[at].id}`, {
      state,
      output: JSON.stringify(output),
    })
    await this.quiet()
  }

  async rerun(id: string, name: string, reset = true, env?: object): Promise<void> {
    const task = await this.task(id, name)
    const change = {
      id: task.id,
      state: 'RUNNING',
      reset,
      ...(env && { env: JSON.stringify(env) }),
    }
    await this.call('PUT', `/tasks/${task.id}`, change)
    await this.quiet()
  }

  async skip(id: string, name: string): Promise<void> {
    const task = await this.task(id, name)
    await this.call('PUT', `/tasks/${task.id}`, { id: task.id, state: 'SKIPPED' })
    await this.quiet()
  }

  async #ended(body: Json, startedAt: number): Promise<Ended> {
    const output = (await this.call('GET', `/executions/${body.id}`)).output
    return {
      id: body.id,
      state: body.state,
      info: body.state_info,
      output: JSON.parse(output),
      seconds: (this.clock.now() - startedAt) / 1000,
      states: await this.states(body.id),
    }
  }

  async #picture(id: string): Promise<string> {
    return JSON.stringify([await this.state(id), await this.states(id)])
  }
}

function nameOf(text: string): string {
  const name = /^([\w.-]+):/m.exec(unindented(text))?.[1]
  if (name === undefined) throw new Error(`There is no workflow in ${text}`)
  return name
}

/** Takes the indentation of the test away. */
function unindented(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const indent = Math.min(...lines.map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indent)).join('\n')
}

/** A suite whose every test gets a service of its own, in which in the end nothing may rest for ever. */
export function worldSuite(
  name: string,
  actions: () => readonly Action[] = () => [],
  options: WorldOptions = {},
): Test<{ world: World }> {
  const it = suite<{ world: World }>(name)
  it.before.each(async (context) => {
    context.world = new World()
    await context.world.open({ ...options, actions: actions() })
  })
  // A test that failed has said why; one that passed has closed its world, and heard of its faults.
  it.after.each(({ world }) => world.close().catch(() => {}))
  const test = (name: string, handler: (context: { world: World }) => Promise<void> | void) =>
    it(name, async (context) => {
      await handler(context)
      await context.world.close()
    })
  return Object.assign(test, it)
}
