import { defineAction } from '../action.ts'

export const action = defineAction({
  name: 'std.wait_ssh',
  description: 'Succeeds once a host can be logged in to; for a task with `retry`.',
  parameters: [{ name: 'host' }, { name: 'username' }, { name: 'password' }],
  async run(input, context) {
    const { runSsh } = await import('../ssh/run.ts')
    return runSsh({ ...input, cmd: 'ls -l' }, context)
  },
})
