import { defineAction } from '../action.ts'

export const action = defineAction({
  name: 'std.ssh',
  className: 'mistral.actions.std_actions.SSHAction',
  description: 'Runs `cmd` on a host, or on each of a list of hosts in turn, and returns what it ' +
    'wrote. With `return_result_on_error` the result has `stdout`, `stderr` and `exit_code`, and a ' +
    'failed command is no error.',
  parameters: [
    { name: 'cmd' },
    { name: 'host' },
    { name: 'username' },
    { name: 'password', default: '' },
    { name: 'private_key_filename', default: null },
    { name: 'private_key', default: null },
    { name: 'return_result_on_error', default: false },
  ],
  async run(input, context) {
    const { runSsh } = await import('../ssh/run.ts')
    return runSsh(input, context)
  },
})
