import { defineAction } from '../action.ts'

export const action = defineAction({
  name: 'std.async_noop',
  className: 'mistral.actions.std_actions.AsyncNoOpAction',
  description: 'Does nothing, and stays RUNNING until its result is given through the API.',
  parameters: [],
  async: true,
  pure: true,
  run: () => Promise.resolve({ data: null }),
})
