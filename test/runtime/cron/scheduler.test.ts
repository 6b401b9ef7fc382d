import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Clock } from '../../../runtime/clock.ts'
import { CronScheduler } from '../../../runtime/cron/scheduler.ts'

/** Time that passes when the test says so. */
class ManualClock implements Clock {
  #now = 0
  readonly #alarms = new Set<{ readonly at: number; readonly call: () => void }>()

  now(): number {
    return this.#now
  }

  elapsed(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const alarm = { at: this.#now + ms, call }
    this.#alarms.add(alarm)
    return () => void this.#alarms.delete(alarm)
  }

  soon(call: () => void): void {
    this.after(0, call)
  }

  get alarms(): number {
    return this.#alarms.size
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const due = [...this.#alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      const [first] = due
      if (!first) break
      this.#alarms.delete(first)
      this.#now = first.at
      first.call()
    }
    this.#now = end
    await settled()
  }
}

/** Lets all that is ready run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

interface Context {
  readonly clock: ManualClock
  /** When ticks came. */
  readonly ticks: number[]
}

const scheduler = suite<Context>('the cron scheduler')

scheduler.before.each((context) =>
  void Object.assign(context, { clock: new ManualClock(), ticks: [] })
)

function scheduling({ clock, ticks }: Context, nextDueAt: (now: number) => number | null) {
  const running = new CronScheduler({
    clock,
    tick: (now) => {
      ticks.push(now)
      return Promise.resolve({ nextDueAt: nextDueAt(now) })
    },
  })
  running.start()
  return running
}

scheduler('ticks at once, and then when something is due', async (context) => {
  const { clock, ticks } = context
  const running = scheduling(context, (now) => now + 400)
  await clock.pass(1000)
  assert.equal(ticks, [0, 400, 800])
  await running.stop()
})

scheduler('looks every second for what others changed, and no more often', async (context) => {
  const { clock, ticks } = context
  const running = scheduling(context, (now) => now < 2000 ? null : now + 60_000)
  await clock.pass(4500)
  assert.equal(ticks, [0, 1000, 2000, 3000, 4000])
  await running.stop()
})

scheduler('is in no hurry for what is overdue', async (context) => {
  const { clock, ticks } = context
  const running = scheduling(context, () => 0)
  await clock.pass(100)
  assert.equal(ticks, [0, 50, 100])
  await running.stop()
})

scheduler('ticks when it is woken, also while a tick is under way', async (context) => {
  const { clock, ticks } = context
  const running = scheduling(context, () => null)
  await clock.pass(300)
  running.wake()
  await settled()
  assert.equal(ticks, [0, 300])
  await running.stop()

  let finish = () => {}
  const slow = new CronScheduler({
    clock,
    tick: (now) => {
      ticks.push(now)
      return new Promise((resolve) => {
        finish = () => resolve({ nextDueAt: null })
      })
    },
  })
  slow.start()
  await settled()
  slow.wake()
  finish()
  await settled()
  assert.equal(ticks, [0, 300, 300, 300])
  const stopped = slow.stop()
  finish()
  await stopped
})

scheduler('goes on after a tick that failed', async ({ clock, ticks }) => {
  const errors: unknown[] = []
  const running = new CronScheduler({
    clock,
    tick: (now) => {
      ticks.push(now)
      return Promise.reject(new Error('The store is away'))
    },
    onError: (error) => errors.push((error as Error).message),
  })
  running.start()
  await clock.pass(1500)
  assert.equal(ticks, [0, 1000])
  assert.equal(errors, ['The store is away', 'The store is away'])
  await running.stop()
})

scheduler('stops, and leaves no timer behind', async (context) => {
  const { clock, ticks } = context
  const running = scheduling(context, () => null)
  await clock.pass(100)
  assert.is(clock.alarms, 1)
  await running.stop()
  assert.is(clock.alarms, 0)
  running.start()
  running.wake()
  await clock.pass(5000)
  assert.equal(ticks, [0])
})

scheduler.run()
