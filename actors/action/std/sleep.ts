import { type ActionInput, defineAction } from '../action.ts'
import { toInt } from './python.ts'
import { wait } from './wait.ts'

export const action = defineAction({
  name: 'std.sleep',
  className: 'mistral.actions.std_actions.SleepAction',
  description: 'Waits for `seconds`, a whole number; the result is null.',
  parameters: [{ name: 'seconds', default: 1 }],
  pure: true,
  check: (input) => void delayMs(input),
  now: (input) => delayMs(input) > 0 ? undefined : { data: null },
  async run(input, { signal }) {
    await wait(delayMs(input), signal)
    return { data: null }
  },
})

/** Text that is no whole number, and what is negative, is no delay. */
function delayMs({ seconds = 1 }: ActionInput): number {
  const whole = toInt(seconds) ?? 0
  if (!Number.isFinite(whole)) throw new RangeError('std.sleep cannot wait forever')
  return Math.max(0, whole) * 1000
}
