import type { ActionContext, ActionSettings } from '../../../actors/action/action.ts'

/** What an operator has who changed nothing. */
export const defaultHttp: ActionSettings['http'] = {
  allowedHosts: [],
  deniedCidrs: ['127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10'],
  defaultTimeoutMs: 60_000,
  maxResponseBytes: 5_242_880,
}

/** The context of an action that may reach this machine. */
export function context(overrides: Partial<ActionContext> = {}): ActionContext {
  return {
    actionExecutionId: 'ae-1',
    workflowExecutionId: 'we-1',
    taskExecutionId: 't-1',
    workflowName: 'wf',
    callbackUrl: 'https://mestral.example/v2/action_executions/ae-1',
    signal: new AbortController().signal,
    settings: { http: { ...defaultHttp, deniedCidrs: [] } },
    ...overrides,
  }
}
