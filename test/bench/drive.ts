/**
 * @module
 * Puts a load on an API and waits until all of it is done.
 *
 * How the end is seen: an execution whose start is answered in a final state is done. For the others,
 * the newest is looked at, with a pause in between that grows with the time gone by (2 % of it, 5 to
 * 250 ms), until it is done; then the newest `inFlight` are listed in one request, in the same way. So
 * looking costs little, and the end is seen at most one pause late. The clock stops when those are
 * done; then all are counted, and if one is not done after all, the clock goes on.
 */
import type { Api } from './http-api.ts'
import type { Load } from './loads.ts'

export interface Driven {
  /** From the first request until the last execution was seen to be done. */
  readonly seconds: number
  /** From the first request to the last answer. */
  readonly submitSeconds: number
  /** How long each start took to be answered, in milliseconds. */
  readonly submitMs: readonly number[]
  /** Share of one core that this process used meanwhile. */
  readonly clientCpu: number
}

interface Started {
  readonly id: string
  readonly state: string
}

const MIN_PAUSE_MS = 5
const MAX_PAUSE_MS = 250
const PAGE = 1000
const DEADLINE_MS = 600_000

/** @throws {Error} If the definition is refused. */
export async function define(api: Api, { definition }: Load): Promise<void> {
  const { status, body } = await api.call('POST', '/v2/workflows', definition)
  if (status !== 201) throw new Error(`The workflow was refused: ${JSON.stringify(body)}`)
}

/** @throws {Error} If an execution is refused, or ends in another state than SUCCESS. */
export async function drive(api: Api, load: Load): Promise<Driven> {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  const { areDone, submitMs } = await submit(api, load)
  const submitted = performance.now()
  const end = areDone ? submitted : await finish(api, load, begin)
  const { user, system } = process.cpuUsage(cpu)
  const used = (user + system) / 1000 / (performance.now() - begin)
  return {
    seconds: (end - begin) / 1000,
    submitSeconds: (submitted - begin) / 1000,
    submitMs,
    clientCpu: used,
  }
}

/** Starts all executions. Tells whether all were done when that was answered. */
export async function submit(
  api: Api,
  { workflow, input, executions, inFlight }: Load,
): Promise<{ areDone: boolean; submitMs: number[] }> {
  const request = { workflow_name: workflow, input }
  const submitMs: number[] = []
  let areDone = true
  let sent = 0
  async function client(): Promise<void> {
    while (sent++ < executions) {
      const asked = performance.now()
      const { status, body } = await api.call('POST', '/v2/executions', request)
      submitMs.push(performance.now() - asked)
      if (status !== 201) throw new Error(`An execution was refused: ${JSON.stringify(body)}`)
      if (!isDone(body as Started)) areDone = false
    }
  }
  await Promise.all(Array.from({ length: inFlight }, client))
  return { areDone, submitMs }
}

/** Returns when the last was seen to be done. */
async function finish(api: Api, { executions, inFlight }: Load, begin: number): Promise<number> {
  await untilDone(() => newest(api, 1), begin)
  const seen = await untilDone(() => newest(api, inFlight), begin)
  if ((await everyState(api, executions)).every(isDone)) return seen
  return await untilDone(() => everyState(api, executions), begin)
}

async function untilDone(look: () => Promise<Started[]>, begin: number): Promise<number> {
  for (;;) {
    const states = await look()
    const seen = performance.now()
    if (states.every(isDone)) return seen
    if (seen - begin > DEADLINE_MS) throw new Error('The executions do not end')
    const pause = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, 0.02 * (seen - begin)))
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** The newest executions, page by page. */
async function everyState(api: Api, executions: number): Promise<Started[]> {
  const states: Started[] = []
  while (states.length < executions) {
    const limit = Math.min(PAGE, executions - states.length)
    const page = await newest(api, limit, states.at(-1)?.id)
    if (page.length === 0) throw new Error('Executions are missing')
    states.push(...page)
  }
  return states
}

async function newest(api: Api, limit: number, before?: string): Promise<Started[]> {
  const marker = before === undefined ? '' : `&marker=${before}`
  const query = `sort_keys=id&sort_dirs=desc&fields=id,state,state_info&limit=${limit}${marker}`
  const { status, body } = await api.call('GET', `/v2/executions?${query}`)
  if (status !== 200) throw new Error(`The list was refused: ${JSON.stringify(body)}`)
  return (body as { executions: Started[] }).executions
}

/** @throws {Error} If it failed. */
function isDone(started: Started): boolean {
  if (started.state === 'ERROR') throw new Error(`Failed: ${JSON.stringify(started)}`)
  return started.state === 'SUCCESS'
}
