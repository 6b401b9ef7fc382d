/**
 * @module
 * A typed client of the API, over anything that answers requests: a server far away or an app in the
 * same process.
 */
import { parseJson, stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Value } from '../../actors/expressions/values/value.ts'
import type { Servable } from '../server.ts'

export interface Execution {
  readonly id: string
  readonly workflow_name: string
  readonly state: string
  readonly state_info: string | null
  /** JSON text. */
  readonly output: string | null
}

export interface Task {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly state_info: string | null
}

/** What an execution waits for, or why it ended as it did. */
export interface Why {
  readonly execution_id: string
  readonly workflow_name: string
  readonly state: string
  readonly sentence: string
  /** Of an execution that has not ended. */
  readonly waiting?: readonly WhyTask[]
  /** Of one that has. */
  readonly failed?: readonly WhyTask[]
  /** How many tasks more there are. */
  readonly more: number
}

export interface WhyTask {
  readonly sentence: string
  /** Sub-workflow executions: themselves, or where to ask for more. */
  readonly executions: readonly (Why | { readonly execution_id: string; readonly why: string })[]
}

export interface StartRequest {
  readonly workflow_name: string
  /** JSON text of an object. */
  readonly input: string
  readonly params: string
}

/** The server refused; the message is its own. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Requests `fetch` them. */
export class ApiClient {
  readonly #server: Servable
  readonly #base: string

  /** @param base Root of the API, without `/v2`. */
  constructor(server: Servable, base = 'http://mestral.local') {
    this.#server = server
    this.#base = base
  }

  /** Creates the workflows of a text, or updates those that exist. */
  async putWorkflows(text: string): Promise<void> {
    const init = { headers: { 'content-type': 'text/plain' }, body: text }
    try {
      await this.#call('POST', '/v2/workflows', init)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error
      await this.#call('PUT', '/v2/workflows', init)
    }
  }

  async startExecution(request: StartRequest): Promise<Execution> {
    const headers = { 'content-type': 'application/json' }
    return await this.#call('POST', '/v2/executions', { headers, body: JSON.stringify(request) })
  }

  async execution(id: string): Promise<Execution> {
    return await this.#call('GET', `/v2/executions/${encodeURIComponent(id)}`)
  }

  async tasksOf(executionId: string): Promise<Task[]> {
    const path = `/v2/executions/${encodeURIComponent(executionId)}/tasks`
    return (await this.#call<{ tasks: Task[] }>('GET', path)).tasks
  }

  /** @param depth How many levels of sub-workflows are told of. */
  async why(id: string, depth: string): Promise<Why> {
    const query = new URLSearchParams({ max_depth: depth })
    return await this.#call('GET', `/v2/executions/${encodeURIComponent(id)}/why?${query}`)
  }

  /** The value of an expression where a task stands; `data` goes before what the task sees. */
  async evaluate(expression: string, data: Value, taskId: string): Promise<Value> {
    const body = stringifyJson({ expression, data, task_execution_id: taskId })
    const headers = { 'content-type': 'application/json' }
    const response = await this.#send('POST', '/v2/expressions/evaluate', { headers, body })
    return (parseJson(await response.text()) as { readonly result: Value }).result
  }

  async #call<T>(method: string, path: string, init: RequestInit = {}): Promise<T> {
    return await (await this.#send(method, path, init)).json() as T
  }

  async #send(method: string, path: string, init: RequestInit): Promise<Response> {
    const request = new Request(`${this.#base}${path}`, { ...init, method })
    const response = await this.#server.fetch(request)
    if (response.ok) return response
    const { faultstring } = await response.json() as { readonly faultstring?: string }
    throw new ApiError(response.status, faultstring ?? response.statusText)
  }
}
