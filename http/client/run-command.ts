/**
 * @module
 * `mestral run FILE`: the whole service in this process, for one execution.
 */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import pc from 'picocolors'
import { parseWorkflows } from '../../actors/language/definitions.ts'
import type { Config } from '../../runtime/config.ts'
import type { Log } from '../../runtime/log.ts'
import { startRuntime } from '../../runtime/runtime.ts'
import { localApp } from '../local-server.ts'
import { ApiClient } from './api-client.ts'
import type { Execution, Task } from './api-client.ts'

export interface RunOptions {
  readonly input: string
  readonly workflow?: string
  readonly params: string
}

const POLL_MS = 50

/** Runs a file's workflow and prints its output. @returns The exit code: 0 if it succeeded. */
export async function runWorkflow(
  file: string,
  options: RunOptions,
  config: Config,
  log: Log,
): Promise<number> {
  const text = await readFile(file, 'utf8')
  const input = await jsonArgument(options.input, '--input')
  const params = await jsonArgument(options.params, '--params')
  const name = chooseWorkflow(text, file, options.workflow)

  const runtime = await startRuntime(config, null, log)
  try {
    const client = new ApiClient(localApp(runtime, config, log))
    await client.putWorkflows(text)
    const execution = await client.startExecution({ workflow_name: name, input, params })
    return await watch(client, execution)
  } finally {
    await runtime.close()
  }
}

async function jsonArgument(argument: string, option: string): Promise<string> {
  const text = argument.startsWith('@') ? await readFile(argument.slice(1), 'utf8') : argument
  try {
    JSON.parse(text)
  } catch (error) {
    throw new Error(`${option} must be a JSON object or @FILE: ${(error as Error).message}`)
  }
  return text
}

function chooseWorkflow(text: string, file: string, wanted: string | undefined): string {
  const names = parseWorkflows(text).map((workflow) => workflow.name)
  if (wanted === undefined) {
    if (names.length === 1) return names[0]!
    throw new Error(
      `${file} has several workflows; choose one with --workflow: ${names.join(', ')}`,
    )
  }
  if (names.includes(wanted)) return wanted
  throw new Error(`${file} has no workflow ${wanted}; it has ${names.join(', ')}`)
}

/** Shows tasks as they go; the output is all that goes to standard output. */
async function watch(client: ApiClient, { id, workflow_name }: Execution): Promise<number> {
  const started = Date.now()
  const shown = new Map<string, string>()
  say(`${pc.bold(workflow_name)} ${pc.dim(id)}`)
  for (;;) {
    const execution = await client.execution(id)
    for (const task of await client.tasksOf(id)) {
      if (shown.get(task.id) === task.state) continue
      shown.set(task.id, task.state)
      say(`${elapsed(started)} ${mark(task.state)} ${task.name} ${pc.dim(detail(task))}`)
    }
    if (['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED'].includes(execution.state)) {
      return conclude(execution, started)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function conclude(execution: Execution, started: number): number {
  const { state, state_info: info } = execution
  say(`${elapsed(started)} ${mark(state)} ${pc.bold(state)}${info ? ` ${info}` : ''}`)
  process.stdout.write(`${JSON.stringify(JSON.parse(execution.output ?? '{}'), null, 2)}\n`)
  return state === 'SUCCESS' ? 0 : 1
}

function detail({ state, state_info: info }: Task): string {
  const firstLine = info?.split('\n')[0]
  return firstLine ? `${state} ${firstLine}` : state
}

const MARKS: Record<string, string> = {
  SUCCESS: pc.green('✔'),
  ERROR: pc.red('✘'),
  CANCELLED: pc.yellow('■'),
  SKIPPED: pc.yellow('↷'),
  PAUSED: pc.yellow('‖'),
  DELAYED: pc.blue('◔'),
  WAITING: pc.blue('…'),
}

function mark(state: string): string {
  return MARKS[state] ?? pc.cyan('▸')
}

function elapsed(started: number): string {
  return pc.dim(`${((Date.now() - started) / 1000).toFixed(2).padStart(7)} s`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
