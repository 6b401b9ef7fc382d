import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActionContext, ActionInput, ActionResult } from '../../../../actors/action/action.ts'
import { ActionRegistry, admitInput } from '../../../../actors/action/registry.ts'
import { context, defaultHttp, settings } from '../context.ts'
import { type SshServer, startSshServer } from '../ssh-server.ts'

const registry = new ActionRegistry()
const ed25519 = ssh2.utils.generateKeyPairSync('ed25519')
const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
const ecdsa = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 })
const locked = ssh2.utils.generateKeyPairSync('ed25519', {
  passphrase: 'open sesame',
  cipher: 'aes256-ctr',
  rounds: 16,
})
const keys = [ed25519, rsa, ecdsa, locked].map((pair) => pair.public)

function withSsh(overrides: Partial<ReturnType<typeof settings>['ssh']>): Partial<ActionContext> {
  const ssh = { timeoutMs: 10_000, keyDirectory: null, ...overrides }
  return { settings: settings({ ssh }) }
}

function run(
  name: string,
  input: ActionInput,
  overrides: Partial<ActionContext> = {},
): Promise<ActionResult> {
  const action = registry.get(name)!
  return action.run(admitInput(action, { username: 'jo', ...input }), context(overrides))
}

async function failure(ran: Promise<unknown>): Promise<string> {
  try {
    await ran
  } catch (error) {
    return (error as Error).message
  }
  return assert.unreachable('It did not fail') as never
}

interface Kept {
  server: SshServer
  folder: string
}

const it = suite<Kept>('std.ssh')

it.before.each(async (kept) => {
  kept.server = await startSshServer({ keys })
  kept.folder = await mkdtemp(join(tmpdir(), 'mestral-'))
})
it.after.each(async ({ server, folder }) => {
  await server.close()
  await rm(folder, { recursive: true })
})

it('returns what a command writes', async ({ server }) => {
  const input = { cmd: 'say hällo', host: server.address, password: 'secret' }
  assert.equal(await run('std.ssh', input), { data: 'hällo' })
  assert.equal(server.log, ['jo by password', 'ran say hällo'])
})

it('runs on one host after the other', async ({ server }) => {
  const input = { cmd: 'say hi', password: 'secret' }
  const host = [server.address, server.address]
  assert.equal(await run('std.ssh', { ...input, host }), { data: ['hi', 'hi'] })
  assert.equal(await run('std.ssh', { ...input, host: [server.address] }), { data: 'hi' })
  const down = [server.address, '127.0.0.1:1', server.address]
  server.log.length = 0
  assert.match(
    await failure(run('std.ssh', { ...input, host: down })),
    /^Failed to execute ssh cmd 'say hi' on 127\.0\.0\.1: .*refused/i,
  )
  assert.equal(server.log, ['jo by password', 'ran say hi'])
})

it('fails when the command does, unless all of the result is wanted', async ({ server }) => {
  const input = { cmd: 'fail 3 what went wrong', host: server.address, password: 'secret' }
  assert.is(
    await failure(run('std.ssh', input)),
    "Failed to execute ssh cmd 'fail 3 what went wrong' on 127.0.0.1: " +
      'it ended with exit code 3: what went wrong',
  )
  assert.equal(await run('std.ssh', { ...input, return_result_on_error: true }), {
    data: { stdout: 'before', stderr: 'what went wrong', exit_code: 3 },
  })
  assert.equal(await run('std.ssh', { ...input, cmd: 'die', return_result_on_error: true }), {
    data: { stdout: '', stderr: '', exit_code: -1 },
  })
  const shown = { ...input, cmd: 'say x', return_result_on_error: true }
  assert.equal(await run('std.ssh', { ...shown, host: [server.address, server.address] }), {
    data: [{ stdout: 'x', stderr: 'noise', exit_code: 0 }, {
      stdout: 'x',
      stderr: 'noise',
      exit_code: 0,
    }],
  })
})

it('logs in with keys of any kind', async ({ server }) => {
  // Deno refuses every other ECDSA key as ssh2 hands it on: those that begin with a set bit.
  const kinds = 'Deno' in globalThis ? [ed25519, rsa] : [ed25519, rsa, ecdsa]
  for (const pair of kinds) {
    const input = { cmd: 'say in', host: server.address, private_key: pair.private }
    assert.equal(await run('std.ssh', input), { data: 'in' })
  }
  assert.equal(server.log.filter((line) => line === 'jo by key').length, kinds.length)
})

it('opens a key with the password, which the server does not get to see', async ({ server }) => {
  const input = { cmd: 'say in', host: server.address, private_key: locked.private }
  assert.equal(await run('std.ssh', { ...input, password: 'open sesame' }), { data: 'in' })
  assert.equal(server.log, ['jo by key', 'ran say in'])
  assert.match(await failure(run('std.ssh', { ...input, password: 'wrong' })), /passphrase|key/i)
})

it('answers a server that asks for the password', async () => {
  const server = await startSshServer({ asks: true })
  const input = { cmd: 'say in', host: server.address, password: 'secret' }
  assert.equal(await run('std.ssh', input), { data: 'in' })
  await server.close()
})

it('does not tell a password that is wrong', async ({ server }) => {
  const input = { cmd: 'say in', host: server.address, password: 'not-it-4711' }
  const text = await failure(run('std.ssh', input))
  assert.match(text, /^Failed to execute ssh cmd 'say in' on 127\.0\.0\.1: .*authentication/i)
  assert.not.match(text, /4711/)
})

it('reads keys from the directory of the operator', async ({ server, folder }) => {
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'sub', 'id'), ed25519.private)
  await symlink(join('sub', 'id'), join(folder, 'linked'))
  const input = { cmd: 'say in', host: server.address }
  const options = withSsh({ keyDirectory: folder })
  for (const name of ['sub/id', 'linked', join(folder, 'sub', 'id')]) {
    const named = { ...input, private_key_filename: name }
    assert.equal(await run('std.ssh', named, options), { data: 'in' }, name)
  }
  const both = { ...input, private_key: rsa.private, private_key_filename: 'none' }
  assert.equal(await run('std.ssh', both, options), { data: 'in' })
})

it('reads keys from nowhere else, and tells nothing of what is there', async ({ server, folder }) => {
  const keyDirectory = join(folder, 'keys')
  await mkdir(keyDirectory)
  await writeFile(join(folder, 'outside'), ed25519.private)
  await writeFile(join(folder, 'keys-too'), ed25519.private)
  await symlink(join(folder, 'outside'), join(keyDirectory, 'link'))
  await symlink(folder, join(keyDirectory, 'up'))
  const names = [
    '../outside',
    'sub/../../outside',
    '..\\outside',
    'link',
    'up/outside',
    'up/keys-too',
    join(folder, 'outside'),
    '/etc/passwd',
    '..',
    '.',
    'missing',
    'a\0b',
  ]
  for (const name of names) {
    const input = { cmd: 'say in', host: server.address, private_key_filename: name }
    assert.is(
      await failure(run('std.ssh', input, withSsh({ keyDirectory }))),
      "Failed to execute ssh cmd 'say in' on 127.0.0.1: There is no private key " +
        `'${name}' in the server's directory of keys`,
    )
    assert.match(await failure(run('std.ssh', input)), /no directory of private keys/)
  }
  assert.equal(server.log, [])
})

it('goes only where the policy lets it', async ({ server }) => {
  const input = { cmd: 'say in', host: server.address, password: 'secret' }
  const denied = { settings: settings({ http: defaultHttp }) }
  assert.match(await failure(run('std.ssh', input, denied)), /Host '127\.0\.0\.1' .* blocked/)
  assert.equal(server.log, [])
})

it('takes no more than there is room for', async ({ server }) => {
  const small = { settings: settings({ resultSize: 1_000 }) }
  const input = { cmd: 'flood', host: server.address, password: 'secret' }
  assert.match(await failure(run('std.ssh', input, small)), /wrote more than 1000 bytes/)
})

it('ends when it is no longer wanted', async ({ server }) => {
  const abort = new AbortController()
  const input = { cmd: 'hang', host: server.address, password: 'secret' }
  const ran = run('std.ssh', input, { signal: abort.signal })
  while (!server.log.includes('ran hang')) await new Promise((resolve) => setTimeout(resolve, 5))
  abort.abort(new Error('No longer wanted'))
  assert.is(await failure(ran), 'No longer wanted')
})

it('says what is wrong with its input', async () => {
  assert.is(
    await failure(run('std.ssh', { cmd: null, host: 'h' })),
    "The parameter 'cmd' must be text, not None",
  )
  assert.is(
    await failure(run('std.ssh', { cmd: 'ls', host: 'a b' })),
    "'a b' is no host; write HOST or HOST:PORT",
  )
  assert.is(
    await failure(run('std.ssh', { cmd: 'ls', host: '127.0.0.1:1', username: 5 })),
    "Failed to execute ssh cmd 'ls' on 127.0.0.1: The parameter 'username' must be text, not 5",
  )
})

it('can be waited for', async ({ server }) => {
  const input = { host: server.address, password: 'secret' }
  assert.equal(await run('std.wait_ssh', input), { data: 'total 0' })
  assert.equal(server.log, ['jo by password', 'ran ls -l'])
  assert.match(await failure(run('std.wait_ssh', { ...input, password: 'no' })), /authentication/)
})

it.run()

const proxied = suite<{ gateway: SshServer; target: SshServer }>('std.ssh_proxied')

proxied.before.each(async (kept) => {
  kept.gateway = await startSshServer({ keys, forwards: true })
  kept.target = await startSshServer({ keys })
})
proxied.after.each(async ({ gateway, target }) => {
  await gateway.close()
  await target.close()
})

function inputOf(kept: { gateway: SshServer; target: SshServer }) {
  return {
    cmd: 'say through',
    host: kept.target.address,
    gateway_host: kept.gateway.address,
    private_key_filename: null,
    private_key: ed25519.private,
  }
}

proxied('runs a command behind a gateway', async (kept) => {
  assert.equal(await run('std.ssh_proxied', { ...inputOf(kept), gateway_username: 'gate' }), {
    data: 'through',
  })
  assert.equal(kept.gateway.log, ['gate by key', `forward ${kept.target.address}`])
  assert.equal(kept.target.log, ['jo by key', 'ran say through'])
})

proxied('goes through nc where the gateway does not forward', async (kept) => {
  const gateway = await startSshServer({ keys })
  const input = inputOf({ ...kept, gateway })
  assert.equal(await run('std.ssh_proxied', input), { data: 'through' })
  const [host, port] = kept.target.address.split(':')
  assert.equal(gateway.log.slice(-1), [`ran nc ${host} ${port}`])
  await gateway.close()
})

proxied('fails when the command does, or the host is not there', async (kept) => {
  const input = inputOf(kept)
  assert.is(
    await failure(run('std.ssh_proxied', { ...input, cmd: 'fail 2 no' })),
    "Failed to execute ssh cmd 'fail 2 no' on 127.0.0.1: it ended with exit code 2: no",
  )
  assert.match(
    await failure(run('std.ssh_proxied', { ...input, host: '127.0.0.1:1' })),
    /^Failed to execute ssh cmd 'say through' on 127\.0\.0\.1: ./,
  )
})

proxied('runs nothing on this server, nor on the gateway', async (kept) => {
  const input = inputOf(kept)
  assert.match(
    await failure(run('std.ssh_proxied', { ...input, proxy_command: 'touch /tmp/x' })),
    /'proxy_command' would run a command on this server and is not supported/,
  )
  for (const host of ['h; touch x', '$(touch x)', '-e sh', 'h`x`', 'a|b']) {
    assert.is(
      await failure(run('std.ssh_proxied', { ...input, host })),
      `'${host}' is no host; write HOST or HOST:PORT`,
    )
  }
  assert.equal(kept.gateway.log, [])
})

proxied('goes only where the policy lets it', async (kept) => {
  const [, port] = kept.target.address.split(':')
  const http = { ...defaultHttp, deniedCidrs: ['127.0.0.2/32'] }
  const input = { ...inputOf(kept), host: `127.0.0.2:${port}` }
  const text = await failure(run('std.ssh_proxied', input, { settings: settings({ http }) }))
  assert.match(text, /Host '127\.0\.0\.2' resolves to a blocked address/)
  assert.equal(kept.gateway.log, [])
})

proxied.run()
