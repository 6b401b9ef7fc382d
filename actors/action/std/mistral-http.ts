import { type ActionContext, defineAction } from '../action.ts'
import { httpParameters, toRequest, withTextHeaders } from '../http/input.ts'

export const action = defineAction({
  name: 'std.mistral_http',
  className: 'mistral.actions.std_actions.MistralHTTPAction',
  description: 'Sends an HTTP request to a service that answers later: by PUT to the URL of the ' +
    'header `Mistral-Callback-URL`. An error status fails at once.',
  parameters: httpParameters,
  async: true,
  prepare: withTextHeaders,
  check: (input) => void toRequest(input, 0),
  async run(input, context) {
    const { call } = await import('../http/call.ts')
    return call(input, context, headersOf(context))
  },
})

/** Tells the service which action it works for, and where its result goes. */
function headersOf(context: ActionContext): Map<string, string> {
  const { actionExecutionId, callbackUrl } = context
  const headers: [name: string, value: string | null][] = [
    ['Mistral-Workflow-Name', context.workflowName],
    ['Mistral-Workflow-Execution-Id', context.workflowExecutionId],
    ['Mistral-Task-Id', context.taskExecutionId],
    ['Mistral-Action-Execution-Id', actionExecutionId],
    ['Mistral-Callback-URL', callbackUrl ?? `/v2/action_executions/${actionExecutionId}`],
  ]
  return new Map(headers.filter((header): header is [string, string] => header[1] !== null))
}
