import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Worker } from '../worker.ts'

const it = suite<{ worker: Worker }>('a worker that runs test files')

it.before.each((context) => {
  context.worker = new Worker('Deno' in globalThis ? 'deno' : 'node')
})
it.after.each(({ worker }) => worker.end())

it('tells of every test that failed, and of hooks', async ({ worker }) => {
  const { result: { passed, total, failures } } = await worker.run('runner/fails.ts')
  assert.equal([passed, total], [1, 4])
  assert.is(failures.length, 3)
  assert.match(failures[0]!, /FAIL +a suite +"differs"[^]*"a":·2/)
  assert.match(failures[1]!, /FAIL +a suite +"throws"[^]*as told/)
  assert.match(failures[2]!, /a hook\n.*1 of 1 tests did not run/)
})

it('goes on with another file', async ({ worker }) => {
  const [missing] = (await worker.run('runner/missing.ts')).result.failures
  assert.match(missing!, /the file itself\n.*not found|the file itself\n.*Cannot find module/i)
  assert.is((await worker.run('runner/fails.ts')).result.passed, 1)
})

it('tells what a file said whose process ended', async ({ worker }) => {
  const { result } = await worker.run('runner/dies.ts')
  assert.is(result.failures.length, 1)
  assert.match(result.failures[0]!, /its process ended with 1[^]*out of the blue/)
  assert.not(worker.isAlive)
})

it.run()
