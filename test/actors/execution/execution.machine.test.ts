/**
 * Which operation is legal in which state of an execution: the table of `reference/engine.md` §2, walked
 * over every state that events can lead to.
 */
import { getShortestPaths } from 'xstate/graph'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { executionLogic, executionMachine } from '../../../actors/execution/execution.machine.ts'
import type {
  ExecutionEvent,
  ExecutionSnapshot,
} from '../../../actors/execution/execution.machine.ts'
import type { ExecutionContext, ExecutionState } from '../../../actors/records.ts'

const now = 1000

const input: ExecutionContext = {
  id: 'e',
  project: 'p',
  workflowId: 'w',
  workflowName: 'flow',
  workflowNamespace: '',
  definition: 'hash',
  workbook: null,
  description: '',
  tags: [],
  rootId: null,
  parentTaskId: null,
  parentExecutionId: null,
  index: 0,
  attempt: 0,
  triggerId: null,
  stateInfo: null,
  backlog: [],
  createdAt: 0,
  updatedAt: 0,
  endedAt: null,
}

const EVENTS: Readonly<Record<string, ExecutionEvent>> = {
  start: { type: 'START', now },
  pause: { type: 'PAUSE', now, info: 'held' },
  resume: { type: 'RESUME', now },
  succeed: { type: 'FINISH', now, state: 'SUCCESS', info: null },
  fail: { type: 'FINISH', now, state: 'ERROR', info: 'oh' },
  cancel: { type: 'FINISH', now, state: 'CANCELLED', info: 'no' },
  rerun: { type: 'RERUN', now },
}

/** Where each event leads; an event that is missing changes nothing. */
const TABLE: Readonly<Record<ExecutionState, Readonly<Record<string, ExecutionState>>>> = {
  IDLE: { start: 'RUNNING', succeed: 'SUCCESS', fail: 'ERROR', cancel: 'CANCELLED' },
  RUNNING: { pause: 'PAUSED', succeed: 'SUCCESS', fail: 'ERROR', cancel: 'CANCELLED' },
  PAUSED: {
    resume: 'RUNNING',
    succeed: 'SUCCESS',
    fail: 'ERROR',
    cancel: 'CANCELLED',
  },
  SUCCESS: { succeed: 'SUCCESS' },
  ERROR: { rerun: 'RUNNING' },
  CANCELLED: { rerun: 'RUNNING' },
}

const paths = getShortestPaths(executionMachine, {
  input,
  events: Object.values(EVENTS),
  serializeState: (snapshot) =>
    JSON.stringify([snapshot.value, (snapshot as ExecutionSnapshot).context.stateInfo]),
})
const ends = paths.map((path) =>
  path.steps
    .filter(({ event }) => event.type as string !== 'xstate.init')
    .reduce((at, { event }) => executionLogic.step(at, event)[0], executionLogic.init(input)[0])
)

const it = suite('an execution, on every path')

it('reaches every state', () => {
  assert.equal(new Set(ends.map(({ value }) => value)), new Set(Object.keys(TABLE)))
})

it('goes where the table says, and nowhere else', () => {
  for (const end of ends) {
    const state = end.value as ExecutionState
    for (const [name, event] of Object.entries(EVENTS)) {
      const [next] = executionLogic.step(end, event)
      assert.is(next.value, TABLE[state][name] ?? state, `${name} in ${state}`)
      if (!(name in TABLE[state])) assert.is(next, end, `${name} in ${state} changes nothing`)
    }
  }
})

it('tells its parent once of every change after its start', () => {
  for (const end of ends) {
    for (const [name, event] of Object.entries(EVENTS)) {
      const [next, effects] = executionLogic.step(end, event)
      const changed = next.value !== end.value && name !== 'start'
      assert.is(effects.length, changed ? 1 : 0, `${name} in ${String(end.value)}`)
    }
  }
})

it('keeps no message of a state that it has left', () => {
  for (const end of ends) {
    if (end.value === 'RUNNING') assert.is(end.context.stateInfo, null)
  }
})

it.run()
