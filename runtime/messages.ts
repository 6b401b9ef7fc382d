/**
 * @module
 * Turns commands of the edge into messages to actors, and answers into replies.
 */
import { shardOf } from '../actors/ids.ts'
import { DomainError } from '../actors/errors.ts'
import { parseTask } from '../actors/rows.ts'
import type { Ask, Message } from '../actors/turn.ts'
import type { Command } from './commands.ts'
import type { ShardStore } from './store/store.ts'

/** The shard that a command is for. */
export function shardOfCommand(command: Command, shards: number): number {
  return shardOf(command.id, shards)
}

/** What the shard sends back. */
export type ReplyBody =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly error: WireError }

export interface WireError {
  readonly code: string
  readonly status: number
  readonly message: string
}

/** An error as it crosses threads and mailboxes. */
export function toWire(error: Error): WireError {
  if (error instanceof DomainError) {
    return { code: error.code, status: error.status, message: error.message }
  }
  return {
    code: 'internal',
    status: 500,
    message: 'Internal error: the log of the server says more',
  }
}

/** An error that came from a shard. */
export class RemoteError extends DomainError {
  override readonly name = 'RemoteError'
  readonly code: string
  readonly status: number

  constructor({ code, status, message }: WireError) {
    super(message)
    this.code = code
    this.status = status
  }
}

/**
 * The message that a command becomes; a task's id is resolved to its execution's by a look into the
 * store, so that the message finds its actor.
 *
 * @returns Null if it names a task that does not exist.
 */
export async function messageOf(
  command: Command,
  ask: Ask,
  store: ShardStore,
  shard: number,
): Promise<Message | null> {
  switch (command.type) {
    case 'startExecution':
      return {
        type: 'start',
        ask,
        id: command.id,
        isNew: command.isNew,
        project: command.project,
        workflow: {
          id: command.workflowId,
          name: command.workflowName,
          namespace: command.workflowNamespace,
          workbook: command.workbook,
          definition: command.definition,
        },
        input: command.input,
        params: command.params,
        description: command.description,
        triggerId: command.triggerId,
        parent: null,
      }
    case 'updateExecution': {
      const { id, state, stateInfo, description, env } = command
      return { type: 'update', ask, executionId: id, state, stateInfo, description, env }
    }
    case 'deleteExecution':
      return { type: 'delete', ask, executionId: command.id, force: command.force }
    case 'holdExecution':
      return { type: 'hold', ask, executionId: command.id, hold: command.hold }
    case 'rerunTask': {
      const executionId = await executionOfTask(command.id, store, shard)
      if (executionId === null) return null
      const { id: taskId, reset, env } = command
      return { type: 'rerun', ask, executionId, taskId, reset, env }
    }
    case 'skipTask': {
      const executionId = await executionOfTask(command.id, store, shard)
      return executionId === null ? null : { type: 'skip', ask, executionId, taskId: command.id }
    }
    case 'evaluateInTask': {
      const executionId = await executionOfTask(command.id, store, shard)
      if (executionId === null) return null
      const { id: taskId, expression, data } = command
      return { type: 'evaluate', ask, executionId, taskId, expression, data }
    }
    case 'updateAction': {
      const { id: actionId, state, output } = command
      return { type: 'action.update', ask, actionId, state, output }
    }
    case 'runAction': {
      const { type: _, ...rest } = command
      return { type: 'action.run', ask, ...rest }
    }
    case 'deleteAction':
      return { type: 'action.delete', ask, actionId: command.id }
  }
}

async function executionOfTask(
  id: string,
  store: ShardStore,
  shard: number,
): Promise<string | null> {
  const [body] = await store.read(shard, [{ table: 'task', id }])
  return body ? parseTask(body).context.executionId : null
}
