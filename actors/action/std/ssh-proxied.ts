import { defineAction } from '../action.ts'

export const action = defineAction({
  name: 'std.ssh_proxied',
  className: 'mistral.actions.std_actions.SSHProxiedAction',
  description:
    'Runs `cmd` on a host that `gateway_host` reaches, and returns what it wrote. The same ' +
    'key serves for both.',
  parameters: [
    { name: 'cmd' },
    { name: 'host' },
    { name: 'username' },
    { name: 'private_key_filename' },
    { name: 'gateway_host' },
    { name: 'gateway_username', default: null },
    { name: 'password', default: null },
    { name: 'proxy_command', default: null },
    { name: 'private_key', default: null },
  ],
  async run(input, context) {
    const { runSshProxied } = await import('../ssh/run.ts')
    return runSshProxied(input, context)
  },
})
