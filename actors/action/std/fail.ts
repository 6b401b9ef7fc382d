import { type ActionInput, type ActionResult, defineAction } from '../action.ts'
import { truthy } from '../../expressions/values/equality.ts'

export const action = defineAction({
  name: 'std.fail',
  className: 'mistral.actions.std_actions.FailAction',
  label: 'Fail action',
  description: 'Always fails: with `error_data` as its error if that is given.',
  parameters: [{ name: 'error_data', default: null }],
  pure: true,
  now: fail,
  run: (input) => Promise.resolve().then(() => fail(input)),
})

function fail({ error_data: data = null }: ActionInput): ActionResult {
  if (truthy(data)) return { error: data }
  throw new Error('Fail action expected exception.')
}
