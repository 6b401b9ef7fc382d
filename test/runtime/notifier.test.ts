import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Notifier } from '../../runtime/notifier.ts'
import type { Notice } from '../../actors/notifications.ts'
import { OwnClock } from '../actors/execution/world.ts'

const it = suite('the notifier')

const notice = (id: string): Notice => ({
  id,
  rootId: 'root',
  url: 'http://hook',
  headers: {},
  event: 'WORKFLOW_SUCCEEDED',
  body: {},
})

const quiet = { info() {}, warn() {}, error() {} }

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

it('tries again later, in order, and leaves nothing behind', async () => {
  const clock = new OwnClock()
  const posted: string[] = []
  let listeners = 0
  const seen = new WeakSet<AbortSignal>()
  const notifier = new Notifier({
    clock,
    log: quiet,
    post: ({ id }, signal) => {
      if (!seen.has(signal)) {
        seen.add(signal)
        const { addEventListener, removeEventListener } = signal
        signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
          listeners++
          addEventListener.apply(signal, args)
        }
        signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
          listeners--
          removeEventListener.apply(signal, args)
        }
      }
      posted.push(id)
      return Promise.resolve(posted.length <= 3 ? 'not now' : null)
    },
  })
  const done: string[] = []
  for (const id of ['first', 'second']) notifier.deliver(notice(id), () => done.push(id))
  await settled()
  while (clock.jump()) await settled()
  assert.equal(posted, ['first', 'first', 'first', 'first', 'second'])
  assert.equal(done, ['first', 'second'])
  assert.is(listeners, 0)
})

it('that is stopped leaves the rest to another', async () => {
  const clock = new OwnClock()
  const done: string[] = []
  const notifier = new Notifier({ clock, log: quiet, post: () => Promise.resolve('not now') })
  notifier.deliver(notice('first'), () => done.push('first'))
  await settled()
  notifier.stop()
  await settled()
  assert.is(clock.jump(), false)
  assert.equal(done, [])
})

it.run()
