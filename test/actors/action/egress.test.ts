import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createProxy } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  allowedAddresses,
  type EgressPolicy,
  type Resolve,
  UrlNotAllowedError,
} from '../../../actors/action/http/egress.ts'
import { HeaderMap } from '../../../actors/action/http/header-map.ts'
import { send } from '../../../actors/action/http/send.ts'
import { cert, key } from './certificate.ts'
import { defaultHttp } from './context.ts'

const PUBLIC = '198.51.100.7'

/** Every name resolves to these addresses, as they are to themselves. */
function resolvingTo(...addresses: string[]): Resolve {
  return (host) =>
    Promise.resolve(
      (/^[\d.]+$|:/.test(host) ? [host] : addresses).map((address) => ({
        address,
        family: address.includes(':') ? 6 as const : 4 as const,
      })),
    )
}

async function refusal(
  url: string,
  addresses = [PUBLIC],
  policy: EgressPolicy = defaultHttp,
): Promise<string | null> {
  try {
    await allowedAddresses(new URL(url), policy, resolvingTo(...addresses))
    return null
  } catch (error) {
    assert.instance(error, UrlNotAllowedError)
    return (error as Error).message
  }
}

const egress = suite('the egress policy')

egress('allows what resolves to public addresses, and says which', async () => {
  const resolve = resolvingTo(PUBLIC, '2001:db8::7')
  const addresses = await allowedAddresses(new URL('http://h/'), defaultHttp, resolve)
  assert.equal(addresses.map(({ address }) => address), [PUBLIC, '2001:db8::7'])
})

egress('denies schemes other than http and https', async () => {
  assert.match(await refusal('ftp://h/') ?? '', /^URL scheme 'ftp' is not allowed/)
  assert.match(await refusal('file:///etc/passwd') ?? '', /^URL scheme 'file' is not allowed/)
})

egress('denies hosts that are not listed, if any are', async () => {
  const listed = { ...defaultHttp, allowedHosts: ['API.example'] }
  assert.is(await refusal('http://api.example:81/x', [PUBLIC], listed), null)
  assert.is(
    await refusal('http://sub.api.example/', [PUBLIC], listed),
    "Host 'sub.api.example' is not in [action_std_http] allowed_hosts.",
  )
})

egress('denies addresses in denied ranges, whichever way they are written', async () => {
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::169.254.169.254]',
    '169.254.169.254',
    '[fe80::1]',
  ]
  for (const host of hosts) {
    assert.match(await refusal(`http://${host}/`) ?? '', /resolves to a blocked address/, host)
  }
})

egress('denies a name if any of its addresses is denied', async () => {
  assert.is(
    await refusal('http://mixed.example/', [PUBLIC, '::ffff:169.254.169.254']),
    "URL host 'mixed.example' resolves to a blocked address (::ffff:169.254.169.254).",
  )
})

egress('ignores ranges that are none, and checks nothing without ranges', async () => {
  const odd = { ...defaultHttp, deniedCidrs: ['300.0.0.0/8', 'x', '127.0.0.0/8'] }
  assert.match(await refusal('http://127.0.0.1/', [], odd) ?? '', /blocked/)
  assert.is(await refusal('http://127.0.0.1/', [], { ...defaultHttp, deniedCidrs: [] }), null)
})

egress.run()

const rebinding = suite('sending')

const request = {
  method: 'GET',
  headers: new HeaderMap(),
  body: null,
  cookies: new Map<string, string>(),
  auth: null,
  timeoutMs: 2000,
  followRedirects: false,
  proxies: {},
  verify: true,
}

rebinding('connects to the addresses that were checked, and resolves a name once', async () => {
  const { createServer } = await import('node:http')
  const server = createServer((asked, response) => response.end(asked.headers.host))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  let asked = 0
  const answer = await send({ ...request, url: `http://rebind.invalid:${port}/` }, {
    settings: { ...defaultHttp, deniedCidrs: ['10.0.0.0/8'] },
    signal: new AbortController().signal,
    // Whoever asks again is led to an address that is denied.
    resolve: () => Promise.resolve([{ address: asked++ ? '10.0.0.1' : '127.0.0.1', family: 4 }]),
  })
  assert.is(new TextDecoder().decode(answer.body), `rebind.invalid:${port}`)
  assert.is(asked, 1)
  server.closeAllConnections()
  server.close()
})

rebinding('checks certificates for the name, unless told otherwise', async () => {
  const { createServer } = await import('node:https')
  const directory = await mkdtemp(join(tmpdir(), 'mestral-tls-'))
  const bundle = join(directory, 'ca.pem')
  await writeFile(bundle, cert)
  const server = createServer({ key, cert }, (_, response) => response.end('secure'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const get = async (host: string, verify: boolean | string) => {
    try {
      const answer = await send({ ...request, url: `https://${host}:${port}/`, verify }, {
        settings: { ...defaultHttp, deniedCidrs: [] },
        signal: new AbortController().signal,
        resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
      })
      return new TextDecoder().decode(answer.body)
    } catch {
      return 'refused'
    }
  }
  assert.is(await get('secure.invalid', true), 'refused')
  assert.is(await get('secure.invalid', false), 'secure')
  assert.is(await get('secure.invalid', bundle), 'secure')
  assert.is(await get('other.invalid', bundle), 'refused')
  assert.is(await get('secure.invalid', join(directory, 'none.pem')), 'refused')
  server.closeAllConnections()
  server.close()
  await rm(directory, { recursive: true })
})

rebinding('tunnels https through a proxy', async () => {
  const { createServer } = await import('node:https')
  const target = createServer({ key, cert }, (_, response) => response.end('secure'))
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  const { port } = target.address() as { port: number }
  const asked: string[] = []
  const proxy = createProxy().on('connect', ({ url = '' }, socket) => {
    asked.push(url)
    const tunnel = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      tunnel.pipe(socket).pipe(tunnel)
    })
    for (const end of [tunnel, socket]) end.on('error', () => {})
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port: proxyPort } = proxy.address() as { port: number }
  const answer = await send({
    ...request,
    url: 'https://secure.invalid/',
    verify: false,
    proxies: { all: `127.0.0.1:${proxyPort}` },
  }, { settings: { ...defaultHttp, deniedCidrs: [] }, signal: new AbortController().signal })
  assert.equal([new TextDecoder().decode(answer.body), asked], ['secure', ['secure.invalid:443']])
  for (const server of [target, proxy]) {
    server.closeAllConnections()
    server.close()
  }
})

rebinding('reaches IPv6 addresses', async () => {
  const loopback = Object.values(networkInterfaces()).flat()
  if (!loopback.some((found) => found?.address === '::1')) return
  const { createServer } = await import('node:http')
  const server = createServer((_, response) => response.end('six'))
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
  const { port } = server.address() as { port: number }
  const answer = await send({ ...request, url: `http://[::1]:${port}/` }, {
    settings: { ...defaultHttp, deniedCidrs: [] },
    signal: new AbortController().signal,
  })
  assert.is(new TextDecoder().decode(answer.body), 'six')
  server.closeAllConnections()
  server.close()
})

rebinding('refuses what is no URL of a host', async () => {
  const refused = async (url: string) => {
    try {
      await send({ ...request, url }, { settings: defaultHttp, signal: AbortSignal.timeout(1000) })
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.match(await refused('no-scheme') ?? '', /^URL scheme '' is not allowed/)
  assert.is(await refused('http://'), 'URL does not contain a host.')
})

rebinding.run()
