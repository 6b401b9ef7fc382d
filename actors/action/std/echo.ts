import { type ActionInput, defineAction } from '../action.ts'
import { toFloat } from './python.ts'
import { wait } from './wait.ts'

export const action = defineAction({
  name: 'std.echo',
  className: 'mistral.actions.std_actions.EchoAction',
  description: 'Returns `output` as it is, after `delay` seconds.',
  parameters: [{ name: 'output' }, { name: 'delay', default: 0 }],
  pure: true,
  now: (input) => delayMs(input) > 0 ? undefined : { data: input['output'] ?? null },
  async run(input, { signal }) {
    await wait(delayMs(input), signal)
    return { data: input['output'] ?? null }
  },
})

/** What is no number, or negative, is no delay. */
function delayMs({ delay = 0 }: ActionInput): number {
  return Math.max(0, toFloat(delay) ?? 0) * 1000
}
