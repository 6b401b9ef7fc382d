import type { ActionContext, ActionSettings } from '../../../actors/action/action.ts'
import { readConfig } from '../../../runtime/config.ts'

/** What an operator has who changed nothing. */
export const defaultHttp: ActionSettings['http'] = {
  allowedHosts: [],
  deniedCidrs: ['127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10'],
  defaultTimeoutMs: 60_000,
  maxResponseBytes: 5_242_880,
}

/** Settings of an operator who changed nothing, but for these. */
export function settings(overrides: Partial<ActionSettings> = {}): ActionSettings {
  return { ...readConfig({}).actions, http: { ...defaultHttp, deniedCidrs: [] }, ...overrides }
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
    settings: settings(),
    ...overrides,
  }
}
