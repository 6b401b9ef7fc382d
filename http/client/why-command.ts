/**
 * @module
 * `mestral why ID`: says what an execution waits for, or why it ended as it did.
 */
import process from 'node:process'
import pc from 'picocolors'
import type { Why, WhyTask } from './api-client.ts'
import { clientOf } from './reach.ts'

export interface WhyCommandOptions {
  /** Address of the server, with or without `/v2`. */
  readonly server?: string
  readonly depth: string
  readonly json?: boolean
}

/** @throws {ApiError} If there is no such execution. */
export async function explain(id: string, options: WhyCommandOptions): Promise<void> {
  const why = await clientOf(options.server).why(id, options.depth)
  const text = options.json ? JSON.stringify(why, null, 2) : linesOf(why).join('\n')
  process.stdout.write(`${text}\n`)
}

const COLOURS: Readonly<Record<string, (text: string) => string>> = {
  SUCCESS: pc.green,
  ERROR: pc.red,
  CANCELLED: pc.yellow,
  PAUSED: pc.yellow,
}

/** What is shown, a line each; what is below a task is indented under it. */
function linesOf(why: Why, indent = ''): string[] {
  const colour = COLOURS[why.state] ?? pc.cyan
  const tasks = why.waiting ?? why.failed ?? []
  return [
    `${indent}${pc.bold(why.workflow_name)} ${pc.dim(why.execution_id)} ${colour(why.state)}`,
    `${indent}  ${why.sentence}`,
    ...tasks.flatMap((task) => taskLines(task, `${indent}  `)),
    ...(why.more > 0 ? [`${indent}  and ${why.more} more`] : []),
  ]
}

function taskLines({ sentence, executions }: WhyTask, indent: string): string[] {
  const below = executions.flatMap((execution) =>
    'sentence' in execution
      ? linesOf(execution, `${indent}    `)
      : [`${indent}    mestral why ${execution.execution_id}`]
  )
  return [`${indent}- ${sentence}`, ...below]
}
