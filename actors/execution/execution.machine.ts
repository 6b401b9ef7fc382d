/**
 * @module
 * The life of an execution (`reference/engine.md` §2). Which operation is legal in which state is this
 * machine; why one is refused is said by `operations.ts`.
 */
import { assign, setup } from 'xstate'
import type { SnapshotFrom } from 'xstate'
import { effect, pureLogic } from '../pure-logic.ts'
import type { BacklogCommand, Cause, Deadline, ExecutionContext } from '../records.ts'

export type FinalState = 'SUCCESS' | 'ERROR' | 'CANCELLED'

export type ExecutionEvent =
  | { readonly type: 'START'; readonly now: number; readonly deadline?: Deadline | undefined }
  | {
    readonly type: 'PAUSE'
    readonly now: number
    readonly info: string | null
    /** For maintenance. */
    readonly held?: boolean
    readonly cause?: Cause | undefined
  }
  | { readonly type: 'RESUME'; readonly now: number }
  /** It is over: completed by itself or stopped. */
  | {
    readonly type: 'FINISH'
    readonly now: number
    readonly state: FinalState
    readonly info: string | null
    readonly cause?: Cause | undefined
  }
  /** A task is run again, here or in a sub-workflow. */
  | { readonly type: 'RERUN'; readonly now: number; readonly deadline?: Deadline | undefined }
  /** The executions above it were given more time. */
  | { readonly type: 'DEFER'; readonly deadline: Deadline }
  | { readonly type: 'DESCRIBE'; readonly now: number; readonly description: string }
  | { readonly type: 'TOUCH'; readonly now: number }
  | { readonly type: 'KEEP'; readonly backlog: readonly BacklogCommand[] }

const setupExecution = setup({
  types: {
    input: {} as ExecutionContext,
    context: {} as ExecutionContext,
    events: {} as ExecutionEvent,
  },
  guards: {
    succeeds: ({ event }) => event.type === 'FINISH' && event.state === 'SUCCESS',
    isCancelled: ({ event }) => event.type === 'FINISH' && event.state === 'CANCELLED',
  },
  actions: {
    touch: assign({ updatedAt: ({ event }) => 'now' in event ? event.now : 0 }),
    proceed: assign(({ context, event }) => ({
      held: undefined,
      stateInfo: null,
      cause: undefined,
      updatedAt: 'now' in event ? event.now : 0,
      deadline: 'deadline' in event ? event.deadline : context.deadline,
      endedAt: null,
    })),
    defer: assign(({ event }) => event.type === 'DEFER' ? { deadline: event.deadline } : {}),
    inform: assign(({ event }) =>
      event.type === 'PAUSE' || event.type === 'FINISH'
        ? {
          held: event.type === 'PAUSE' && event.held ? true : undefined,
          stateInfo: event.info,
          cause: event.cause,
          updatedAt: event.now,
          endedAt: event.type === 'FINISH' ? event.now : null,
        }
        : {}
    ),
    describe: assign(({ event }) =>
      event.type === 'DESCRIBE' ? { description: event.description, updatedAt: event.now } : {}
    ),
    keep: assign(({ event }) => event.type === 'KEEP' ? { backlog: event.backlog } : {}),
    /** The task that started this one, and whoever listens, learn of the new state. */
    announce: effect(),
  },
})

const finished = [
  { guard: 'succeeds', target: '#execution.SUCCESS', actions: ['inform', 'announce'] },
  { guard: 'isCancelled', target: '#execution.CANCELLED', actions: ['inform', 'announce'] },
  { target: '#execution.ERROR', actions: ['inform', 'announce'] },
] as const

const rerun = { target: '#execution.RUNNING', actions: ['proceed', 'announce'] } as const

/** The execution machine, version `execution@1`. State names are part of what is stored. */
export const executionMachine = setupExecution.createMachine({
  id: 'execution',
  version: '1',
  context: ({ input }) => input,
  initial: 'IDLE',
  on: {
    DESCRIBE: { actions: ['describe'] },
    KEEP: { actions: ['keep'] },
    DEFER: { actions: ['defer'] },
    TOUCH: { actions: ['touch'] },
  },
  states: {
    IDLE: { on: { START: { target: 'RUNNING', actions: ['proceed'] }, FINISH: finished } },
    RUNNING: {
      on: { PAUSE: { target: 'PAUSED', actions: ['inform', 'announce'] }, FINISH: finished },
    },
    PAUSED: {
      on: {
        RESUME: { target: 'RUNNING', actions: ['proceed', 'announce'] },
        FINISH: finished,
      },
    },
    SUCCESS: {
      // Stopped with SUCCESS once more: its message and output are written anew.
      on: { FINISH: { guard: 'succeeds', target: 'SUCCESS', actions: ['inform'] } },
    },
    ERROR: { on: { RERUN: rerun } },
    CANCELLED: { on: { RERUN: rerun } },
  },
})

export type ExecutionSnapshot = SnapshotFrom<typeof executionMachine>

export const executionLogic = pureLogic(executionMachine)
