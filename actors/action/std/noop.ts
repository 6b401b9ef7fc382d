import { defineAction } from '../action.ts'

export const action = defineAction({
  name: 'std.noop',
  className: 'mistral.actions.std_actions.NoOpAction',
  description: 'Does nothing; the result is null.',
  parameters: [],
  pure: true,
  now: () => ({ data: null }),
  run: () => Promise.resolve({ data: null }),
})
