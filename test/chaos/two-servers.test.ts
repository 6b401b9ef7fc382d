/**
 * Two servers on one Redis: one is frozen for longer than its lease lasts and wakes up again, then the
 * other is killed. Whoever is left brings everything to its right end, and the one that was deposed
 * writes nothing.
 */
import { suite } from 'uvu'
import { call, until } from '../e2e/support.ts'
import type { Json } from '../e2e/support.ts'
import { assertLeftInOrder } from '../integrity.ts'
import { hasRedis, startRedis } from '../redis-server.ts'
import { startServerProcess } from '../server-process.ts'
import type { ServerProcess } from '../server-process.ts'
import { SEED, seeded } from '../seeded.ts'
import { care, check, define, jobs, submit } from './driver.ts'

const EXECUTIONS = 120
const LEASE_MS = 1000
const SHARDS = 8

const NOTHING = "version: '2.0'\nnothing:\n  tasks: {t: {action: std.noop}}\n"

const it = suite('two servers on one Redis')

it('share the work, and survive that one freezes and the other is killed', async () => {
  const random = seeded(SEED)
  const seed = `SEED=${SEED}`
  const redis = await startRedis()
  const env = {
    REDIS_URL: redis.url,
    MESTRAL_LEASE_MS: String(LEASE_MS),
    MESTRAL_THREADS: '1',
    MESTRAL_SHARDS: String(SHARDS),
    MESTRAL_ASK_MS: '3000',
  }
  const frozen = await startServerProcess(env)
  const killed = await startServerProcess(env)
  try {
    await define(frozen.url)
    await call(frozen.url, 'POST', '/workflows', NOTHING)
    const list = jobs(EXECUTIONS, random)
    const first = list.slice(0, EXECUTIONS / 2)
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

    // Both are asked, whichever of them holds the shard.
    let turn = 0
    const either = () => ++turn % 2 === 0 ? frozen.url : killed.url
    const stopCaring = care(() => killed.url, list)
    const submitting = submit(either, first, () => false)
    await pause(random() * 1500)
    frozen.signal('SIGSTOP')
    await until(
      `the frozen one is given up, ${seed}`,
      async () => await enginesSeenBy(killed) === 1,
    )
    // What it held is taken over, and what it has not said yet is out of date.
    await until(`the other one goes on, ${seed}`, () => ownsAll(killed))
    frozen.signal('SIGCONT')
    await until(`the frozen one is back, ${seed}`, async () => await enginesSeenBy(killed) === 2)
    await submitting
    await until(`the first half is acknowledged, ${seed}`, async () => {
      await submit(either, first, () => false)
      return first.every((job) => job.acknowledged)
    })

    const rest = submit(either, list, () => false)
    await pause(random() * 700)
    await killed.end('SIGKILL')
    await stopCaring()
    await rest
    await until(`all are acknowledged, ${seed}`, async () => {
      await submit(() => frozen.url, list, () => false)
      return list.every((job) => job.acknowledged)
    })
    await check(frozen.url, list, seed).catch((error: Error) => {
      error.message += `\n${frozen.log()}`
      throw error
    })
    await frozen.end('SIGKILL')
    await assertLeftInOrder(env, seed)
  } finally {
    await Promise.all([frozen.end('SIGKILL'), killed.end('SIGKILL')])
    await redis.stop()
  }
})

async function enginesSeenBy({ url }: ServerProcess): Promise<number> {
  const { services } = await call(url, 'GET', '/services')
  return services.filter(({ type }: Json) => type === 'engine_group').length
}

/** Whether every shard has an owner that works: enough new executions to be in each are taken. */
async function ownsAll({ url }: ServerProcess): Promise<boolean> {
  const starts = Array.from(
    { length: SHARDS * 4 },
    () => call(url, 'POST', '/executions', { workflow_name: 'nothing' }).catch(() => null),
  )
  return (await Promise.all(starts)).every((started) => started !== null)
}

if (hasRedis()) it.run()
