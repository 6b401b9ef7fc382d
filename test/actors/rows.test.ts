import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActionRow, TaskRow } from '../../actors/records.ts'
import { actionText, parseAction, parseTask, taskText } from '../../actors/rows.ts'
import { taskLogic } from '../../actors/task/task.machine.ts'
import type { TaskSnapshot } from '../../actors/task/task.machine.ts'

const it = suite('rows')

const INPUT = {
  id: '01a20943-3d0f-7001-a773-fd1af62e8905',
  executionId: '01a20943-3cfb-7000-be36-6ac954ddc905',
  name: 'step1',
  type: 'ACTION',
  tags: ['a'],
  isJoin: false,
  triggeredBy: [{ taskId: '01a20943-3d06-7000-927e-9a76bbc72905', event: 'on-success' }],
  now: 1,
} as const
const POLICIES = {
  pauseBefore: false,
  waitBeforeMs: 0,
  timeoutMs: 0,
  concurrency: 0,
  retries: 0,
  keepResult: true,
  safeRerun: false,
}

function readBack({ value, context }: TaskSnapshot): void {
  const row = parseTask(taskText({ value, context } as TaskRow))
  assert.equal(row, { machine: 'task@1', value, context })
}

it('are read back as they were written: a task in each stage of its life', () => {
  const [created] = taskLogic.init(INPUT)
  readBack(created)
  const [plain] = taskLogic.step(created, { type: 'START', now: 2, policies: POLICIES })
  readBack(plain)
  const policies = { ...POLICIES, timeoutMs: 5000, keepResult: false }
  const [started] = taskLogic.step(created, { type: 'START', now: 2, policies })
  readBack(started)
  const outcome = { state: 'ERROR', info: 'no' } as const
  const [failed] = taskLogic.step(started, {
    type: 'COMPLETE',
    now: 3,
    outcome,
    waitAfterMs: 0,
    failed: null,
    retryDelayMs: null,
  })
  readBack(failed)
})

it('are read back as they were written: an action', () => {
  const usual: ActionRow = {
    id: 'a',
    name: 'std.echo',
    state: 'RUNNING',
    taskId: 't',
    taskName: 'step1',
    executionId: 'e',
    project: 'p',
    workflowName: 'w',
    workflowNamespace: '',
    stateInfo: null,
    description: null,
    tags: null,
    accepted: false,
    sync: true,
    index: 0,
    attempt: 1,
    timeoutMs: 0,
    safeRerun: false,
    createdAt: 1,
    updatedAt: 1,
  }
  const other = { ...usual, taskId: null, accepted: true, sync: false, index: 7, tags: [] }
  for (const row of [usual, other]) assert.equal(parseAction(actionText(row)), row)
})

it('hold no more than what sets them apart', () => {
  const [created] = taskLogic.init(INPUT)
  const [started] = taskLogic.step(created, { type: 'START', now: 2, policies: POLICIES })
  const { context } = JSON.parse(taskText(started as Pick<TaskRow, 'value' | 'context'>))
  assert.equal(context.policies, {})
  assert.not.ok('items' in context)
  assert.equal(context.tags, ['a'])
})

it.run()
