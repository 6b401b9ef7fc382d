/**
 * @module
 * The life of a task (`reference/engine.md` §2, §4, §8). The states carry Mistral's names. What the
 * policies say was evaluated by whoever sends the event; here it is only decided.
 */
import { assign, setup } from 'xstate'
import type { SnapshotFrom } from 'xstate'
import { effect, pureLogic } from '../pure-logic.ts'
import { NO_ITEMS } from '../records.ts'
import { NO_POLICIES } from '../rows.ts'
import type { Outcome, Policies, TaskContext } from '../records.ts'

export interface TaskInput {
  readonly id: string
  readonly executionId: string
  readonly name: string
  readonly type: 'ACTION' | 'WORKFLOW'
  readonly tags: readonly string[]
  readonly isJoin: boolean
  readonly triggeredBy: TaskContext['triggeredBy']
  readonly now: number
}

export type TaskEvent =
  /** It is a join: it waits for others to arrive. */
  | { readonly type: 'AWAIT' }
  /** The first run; for a join: enough have arrived. */
  | {
    readonly type: 'START'
    readonly now: number
    readonly policies: Policies
  }
  /** A task held by pause-before goes on. */
  | { readonly type: 'RUN'; readonly now: number }
  /** The attempt ended. */
  | {
    readonly type: 'COMPLETE'
    readonly now: number
    readonly outcome: Outcome
    /** Before the next tasks, once. */
    readonly waitAfterMs: number
    /** fail-on turned a success into this. */
    readonly failed: Outcome | null
    /** The retry policy wants another attempt after this delay; null: accept the outcome. */
    readonly retryDelayMs: number | null
  }
  /** The definition is wrong: nothing that follows a completion applies. */
  | { readonly type: 'FORCE_FAIL'; readonly now: number; readonly info: string }
  | { readonly type: 'PAUSE'; readonly now: number }
  | { readonly type: 'RESUME'; readonly now: number }
  | {
    readonly type: 'RERUN'
    readonly now: number
    readonly policies: Policies
    readonly only: readonly number[] | null
  }
  | { readonly type: 'SKIP'; readonly now: number }
  /** A join that could not be reached is tried again. */
  | { readonly type: 'REARM'; readonly now: number }

const setupTask = setup({
  types: {
    input: {} as TaskInput,
    context: {} as TaskContext,
    events: {} as TaskEvent | { readonly type: `xstate.after.${string}`; readonly now: number },
  },
  delays: { delay: ({ context }) => context.delayMs },
  guards: {
    pausesBefore: ({ event }) => policiesOf(event).pauseBefore,
    waitsBefore: ({ event }) => policiesOf(event).waitBeforeMs > 0,
    isJoin: ({ context }) => context.isJoin,
    waitsAfter: ({ context, event }) =>
      event.type === 'COMPLETE' && event.waitAfterMs > 0 && !context.waited &&
      event.outcome.state !== 'CANCELLED',
    retriesAsJoin: ({ context, event }) => context.isJoin && retries(event),
    retries: ({ event }) => retries(event),
    neverStarted: ({ context }) => context.attempt === 0,
    succeeds: ({ event }) => verdict(event) === 'SUCCESS',
    succeedsAtOnce: ({ event }) =>
      event.type === 'COMPLETE' && event.waitAfterMs === 0 && event.retryDelayMs === null &&
      verdict(event) === 'SUCCESS',
    isCancelled: ({ event }) => verdict(event) === 'CANCELLED',
  },
  actions: {
    begin: assign(({ context, event }) => {
      if (event.type !== 'START') return {}
      return {
        policies: event.policies,
        startedAt: event.now,
        updatedAt: event.now,
        stateInfo: null,
        attempt: context.attempt + 1,
        ...delayOf(event.now, event.policies.waitBeforeMs),
        timeoutAt: timeoutOf(event.now, event.policies),
      }
    }),
    beginAgain: assign(({ context, event }) => {
      if (event.type !== 'RERUN') return {}
      return {
        policies: event.policies,
        startedAt: event.now,
        finishedAt: null,
        updatedAt: event.now,
        stateInfo: null,
        processed: false,
        nextTasks: null,
        errorHandled: false,
        retryNo: 0,
        waited: false,
        outcome: null,
        attempt: context.attempt + 1,
        lastError: null,
        ...delayOf(event.now, event.policies.waitBeforeMs),
        timeoutAt: timeoutOf(event.now, event.policies),
        items: event.only && context.items
          ? { ...NO_ITEMS, count: context.items.count, only: event.only }
          : null,
      }
    }),
    holdBefore: assign({ stateInfo: () => "Set by 'pause-before' policy" }),
    delayBefore: assign({
      stateInfo: ({ event }) =>
        `Delayed by 'wait-before' policy [delay=${policiesOf(event).waitBeforeMs / 1000}]`,
    }),
    proceed: assign(({ event }) => ({ stateInfo: null, updatedAt: timeOf(event) })),
    delayAfter: assign(({ event }) => {
      if (event.type !== 'COMPLETE') return {}
      return {
        outcome: event.outcome,
        waited: true,
        ...delayOf(event.now, event.waitAfterMs),
        updatedAt: event.now,
        stateInfo: `Delayed by 'wait-after' policy [delay=${event.waitAfterMs / 1000}]`,
      }
    }),
    delayRetry: assign(({ context, event }) => {
      if (event.type !== 'COMPLETE') return {}
      const delayMs = event.retryDelayMs ?? 0
      return {
        outcome: null,
        retryNo: context.retryNo + 1,
        // A join that could not start had none.
        attempt: context.attempt === 0 ? 0 : context.attempt + 1,
        items: null,
        lastError: cutShort((event.failed ?? event.outcome).info),
        ...delayOf(event.now, delayMs),
        // The next attempt begins when its delay is over.
        timeoutAt: timeoutOf(event.now + delayMs, context.policies),
        updatedAt: event.now,
        stateInfo: `Delayed by 'retry' policy [delay=${delayMs / 1000}]`,
      }
    }),
    finish: assign(({ event }) => {
      if (event.type !== 'COMPLETE') return {}
      return {
        outcome: null,
        stateInfo: (event.failed ?? event.outcome).info,
        finishedAt: event.now,
        updatedAt: event.now,
      }
    }),
    forceFail: assign(({ event }) => {
      if (event.type !== 'FORCE_FAIL') return {}
      return {
        stateInfo: event.info,
        finishedAt: event.now,
        updatedAt: event.now,
        outcome: null,
        // Nothing follows, and whoever waits for what follows shall know.
        processed: true,
        nextTasks: [],
      }
    }),
    skip: assign(({ event }) => ({
      stateInfo: 'Task was skipped.',
      processed: false,
      finishedAt: timeOf(event),
      updatedAt: timeOf(event),
    })),
    awaitAgain: assign(({ event }) => ({
      stateInfo: 'Task is waiting.',
      updatedAt: timeOf(event),
    })),
    rearm: assign(({ event }) => ({
      stateInfo: 'Task is waiting.',
      processed: false,
      nextTasks: null,
      errorHandled: false,
      finishedAt: null,
      updatedAt: timeOf(event),
    })),
    touch: assign(({ event }) => ({ updatedAt: timeOf(event) })),
    /** Schedule what the task runs. */
    schedule: effect(),
    /** Pause the execution: pause-before holds this task. */
    holdExecution: effect(),
    /** wait-after is over: complete again with the outcome that was held. */
    completeHeld: effect(),
    /** The results of this attempt no longer count. */
    rejectResults: effect(),
    /** A join is tried again: look who has arrived by now. */
    lookAgain: effect(),
    /** Publish was done; work out what follows. */
    route: effect(),
  },
})

const started = [
  {
    guard: 'pausesBefore',
    target: '#task.IDLE',
    actions: ['begin', 'holdBefore', 'holdExecution'],
  },
  {
    guard: 'waitsBefore',
    target: '#task.DELAYED.waitBefore',
    actions: ['begin', 'delayBefore'],
  },
  { target: '#task.RUNNING.acting', actions: ['begin', 'schedule'] },
] as const

const completed = {
  COMPLETE: [
    { guard: 'succeedsAtOnce', target: '#task.SUCCESS', actions: ['finish', 'route'] },
    { guard: 'waitsAfter', target: '#task.DELAYED.waitAfter', actions: ['delayAfter'] },
    {
      guard: 'retriesAsJoin',
      target: '#task.WAITING.retryDelay',
      actions: ['delayRetry', 'rejectResults'],
    },
    {
      guard: 'retries',
      target: '#task.DELAYED.retry',
      actions: ['delayRetry', 'rejectResults'],
    },
    { guard: 'isCancelled', target: '#task.CANCELLED', actions: ['finish', 'route'] },
    { guard: 'succeeds', target: '#task.SUCCESS', actions: ['finish', 'route'] },
    { target: '#task.ERROR', actions: ['finish', 'route'] },
  ],
  FORCE_FAIL: { target: '#task.ERROR', actions: ['forceFail'] },
} as const

/** A condition of what would follow cannot be evaluated. */
const undone = { FORCE_FAIL: { target: '#task.ERROR', actions: ['forceFail'] } } as const

/** The task machine, version `task@1`. State and delay names are part of what is stored. */
export const taskMachine = setupTask.createMachine({
  id: 'task',
  version: '1',
  context: ({ input }) => ({
    id: input.id,
    executionId: input.executionId,
    name: input.name,
    type: input.type,
    tags: input.tags,
    isJoin: input.isJoin,
    stateInfo: input.isJoin ? 'Task is waiting.' : null,
    processed: false,
    createdAt: input.now,
    updatedAt: input.now,
    startedAt: null,
    finishedAt: null,
    arrivedAt: [],
    policies: null,
    delayMs: 0,
    dueAt: null,
    timeoutAt: null,
    outcome: null,
    waited: false,
    attempt: 0,
    triggeredBy: input.triggeredBy,
    nextTasks: null,
    errorHandled: false,
    retryNo: 0,
    lastError: null,
    items: null,
  }),
  initial: 'IDLE',
  states: {
    IDLE: {
      on: {
        ...completed,
        START: started,
        AWAIT: { target: 'WAITING' },
        RUN: { target: 'RUNNING', actions: ['proceed', 'schedule'] },
      },
    },
    WAITING: {
      on: { ...completed, START: started },
      initial: 'arrivals',
      states: {
        arrivals: {},
        retryDelay: {
          after: {
            delay: [
              { guard: 'neverStarted', target: 'arrivals', actions: ['awaitAgain', 'lookAgain'] },
              { target: '#task.RUNNING', actions: ['proceed', 'schedule'] },
            ],
          },
        },
      },
    },
    DELAYED: {
      on: completed,
      initial: 'waitBefore',
      states: {
        waitBefore: {
          after: { delay: { target: '#task.RUNNING', actions: ['proceed', 'schedule'] } },
        },
        waitAfter: {
          after: { delay: { target: '#task.RUNNING.completing', actions: ['completeHeld'] } },
        },
        retry: {
          after: { delay: { target: '#task.RUNNING', actions: ['proceed', 'schedule'] } },
        },
      },
    },
    RUNNING: {
      on: {
        ...completed,
        PAUSE: { target: 'PAUSED', actions: ['touch'] },
      },
      initial: 'acting',
      states: { acting: {}, completing: {} },
    },
    PAUSED: {
      on: {
        ...completed,
        RESUME: { target: 'RUNNING', actions: ['touch'] },
      },
    },
    SUCCESS: { on: undone },
    ERROR: {
      on: {
        ...undone,
        REARM: { guard: 'isJoin', target: 'WAITING', actions: ['rearm'] },
        SKIP: { target: 'SKIPPED', actions: ['skip', 'route'] },
        RERUN: [
          {
            guard: 'pausesBefore',
            target: 'IDLE',
            actions: ['beginAgain', 'holdBefore', 'holdExecution'],
          },
          {
            guard: 'waitsBefore',
            target: 'DELAYED.waitBefore',
            actions: ['beginAgain', 'delayBefore'],
          },
          { target: 'RUNNING', actions: ['beginAgain', 'schedule'] },
        ],
        /** A sub-workflow of it was rerun: it is under way again. */
        RESUME: { target: 'RUNNING', actions: ['rearm', 'proceed'] },
      },
    },
    CANCELLED: {
      on: {
        ...undone,
        RESUME: { target: 'RUNNING', actions: ['rearm', 'proceed'] },
      },
    },
    SKIPPED: { on: undone },
  },
})

export type TaskSnapshot = SnapshotFrom<typeof taskMachine>

export const taskLogic = pureLogic(taskMachine)

type AnyTaskEvent = TaskEvent | { readonly type: `xstate.after.${string}`; readonly now: number }

function policiesOf(event: AnyTaskEvent): Policies {
  return event.type === 'START' || event.type === 'RERUN' ? event.policies : NO_POLICIES
}

function delayOf(now: number, delayMs: number) {
  return { delayMs, dueAt: delayMs > 0 ? now + delayMs : null }
}

function timeoutOf(from: number, policies: Policies | null): number | null {
  return policies && policies.timeoutMs > 0 ? from + policies.timeoutMs : null
}

/** The longest that is kept of an error once its task is tried again. */
const LONGEST_ERROR = 500

function cutShort(text: string | null): string | null {
  return text !== null && text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)}…` : text
}

function retries(event: AnyTaskEvent): boolean {
  return event.type === 'COMPLETE' && event.retryDelayMs !== null
}

function verdict(event: AnyTaskEvent): Outcome['state'] | null {
  return event.type === 'COMPLETE' ? (event.failed ?? event.outcome).state : null
}

function timeOf(event: AnyTaskEvent): number {
  return 'now' in event ? event.now : 0
}
