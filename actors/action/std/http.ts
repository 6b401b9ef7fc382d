import { defineAction } from '../action.ts'
import { httpParameters, toRequest, withTextHeaders } from '../http/input.ts'

export const action = defineAction({
  name: 'std.http',
  className: 'mistral.actions.std_actions.HTTPAction',
  description: 'Sends an HTTP request. The result has `content`, `status`, `headers`, `url`, ' +
    '`history`, `encoding`, `reason`, `cookies` and `elapsed`; a status outside of 200 to 306 is an ' +
    'error with the same fields.',
  parameters: httpParameters,
  prepare: withTextHeaders,
  check: (input) => void toRequest(input, 0),
  async run(input, context) {
    const { call } = await import('../http/call.ts')
    return call(input, context)
  },
})
