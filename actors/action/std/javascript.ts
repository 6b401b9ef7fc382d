import { defineAction } from '../action.ts'

export const action = defineAction({
  name: 'std.javascript',
  className: 'mistral.actions.std_actions.JavaScriptAction',
  description:
    'Runs `script`, the body of a JavaScript function, which sees `context` as `$`; what ' +
    'it returns is the result. There is no I/O, and time and memory are limited.',
  parameters: [{ name: 'script' }, { name: 'context', default: null }],
  pure: true,
  async run(input, context) {
    const { runScript } = await import('../javascript/run.ts')
    return runScript(input, context)
  },
})
